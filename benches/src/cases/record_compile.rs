//! Recording (`autodiff-record`), compiling (`autodiff-compile`), and both (`autodiff`), of a chain of single numbers;
//! `--rows` is the number of nodes. `autodiff-logistic` compiles value and gradient of a logistic loss. `handwritten-record`
//! pushes a node of 16 bytes for each operation: what memory alone costs a recording.

use super::{Outcome, finish};
use crate::Result;
use crate::contest::Contest;
use crate::data::record_logistic;
use crate::peers;
use crate::settings::Settings;
use crate::vector::Real;
use autodiff::{Tape, Var};
use std::hint::black_box;

pub(super) fn run<T: Real>(settings: &Settings) -> Result<Outcome> {
    let nodes = settings.rows;
    let recorded = Tape::<T>::new();
    let end = record(&recorded, nodes);
    let logistic = Tape::<T>::new();
    let (theta, loss) = record_logistic(&logistic, settings.cols);
    let outputs = [loss, loss.grad(theta)];
    let mut contest = Contest::new(settings, nodes * size_of::<T>());
    contest.enter_unchecked("autodiff", || {
        let tape = Tape::<T>::new();
        black_box(tape.compile(&[record(&tape, nodes)])?);
        Ok(())
    })?;
    contest.enter_unchecked("autodiff-record", || {
        let tape = Tape::<T>::new();
        black_box(record(&tape, nodes));
        Ok(())
    })?;
    contest.enter_unchecked("autodiff-compile", || {
        black_box(recorded.compile(&[end])?);
        Ok(())
    })?;
    contest.enter_unchecked("autodiff-logistic", || {
        black_box(logistic.compile(&outputs)?);
        Ok(())
    })?;
    contest.enter_unchecked("handwritten-record", || {
        black_box(push_nodes(nodes));
        Ok(())
    })?;
    peers::enter::<T>(&mut contest, &[])?;
    finish(contest)
}

/// A chain of `nodes` operations, no two of them the same.
fn record<T: Real>(tape: &Tape<T>, nodes: usize) -> Var<'_, T> {
    let a = tape.input("a", &[]);
    let mut x = tape.input("x", &[]);
    for _ in 0..nodes / 2 {
        x = (x * a).sin();
    }
    x
}

/// An operation, and the nodes it works on.
#[derive(Clone, Copy)]
#[expect(dead_code, reason = "Nodes are written, and nothing reads them.")]
struct Node {
    operation: u32,
    operands: [u32; 3],
}

/// The nodes of [`record`].
fn push_nodes(nodes: usize) -> Vec<Node> {
    let mut tape = vec![Node { operation: 0, operands: [0; 3] }; 2];
    let mut x = 1;
    for _ in 0..nodes / 2 {
        tape.push(Node { operation: 1, operands: [x, 0, 0] });
        tape.push(Node { operation: 2, operands: [x + 1, 0, 0] });
        x += 2;
    }
    tape
}
