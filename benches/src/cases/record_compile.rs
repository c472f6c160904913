//! Recording (`autodiff-record`), compiling (`autodiff-compile`), and both (`autodiff`), of a chain of single numbers;
//! `--rows` is the number of nodes. `autodiff-logistic` compiles value and gradient of a logistic loss.

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
