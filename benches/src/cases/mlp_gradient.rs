//! Value and gradient of a small network, `Σ (tanh(XW₁ + b₁)·W₂ + b₂ − y)²/n`, by all of its parameters.
//!
//! No handwritten loop: it would be two matrix products written by hand. The measure is the best peer.

use super::{Outcome, enter_read, finish};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Array, Draws, digest};
use crate::peers;
use crate::settings::Settings;
use crate::vector::Real;
use autodiff::{Program, Tape, Workspace, bind};
use ndarray::{Array0, Array1, Array2};

const HIDDEN: usize = 64;

struct Data<T> {
    x: Array2<T>,
    y: Array1<T>,
    w1: Array2<T>,
    b1: Array1<T>,
    w2: Array2<T>,
    b2: Array1<T>,
}

pub(super) fn run<T: Real>(settings: &Settings) -> Result<Outcome> {
    let mut draws = Draws::new(3);
    let data = Data::<T> {
        x: draws.matrix(settings.rows, settings.cols, 1.0),
        y: draws.vector(settings.rows, 1.0),
        w1: draws.matrix(settings.cols, HIDDEN, 2.0 / (settings.cols as f64).sqrt()),
        b1: draws.vector(HIDDEN, 0.1),
        w2: draws.matrix(HIDDEN, 1, 2.0 / (HIDDEN as f64).sqrt()),
        b2: draws.vector(1, 0.1),
    };
    let mut ours = Ours::new(settings)?;
    let mut contest = Contest::new(settings, (data.x.len() + data.y.len()) * size_of::<T>());
    contest.enter("autodiff", || ours.call(&data))?;
    enter_read(&mut contest, data.x.as_slice().unwrap_or(&[]))?;
    peers::enter(&mut contest, &arrays(&data))?;
    finish(contest)
}

fn arrays<T: Real>(data: &Data<T>) -> Vec<Array<'_, T>> {
    let matrices = [("x", &data.x), ("w1", &data.w1), ("w2", &data.w2)];
    let vectors = [("y", &data.y), ("b1", &data.b1), ("b2", &data.b2)];
    let matrices = matrices.map(|(name, array)| (name, array.shape().to_vec(), array.as_slice()));
    let vectors = vectors.map(|(name, array)| (name, array.shape().to_vec(), array.as_slice()));
    let array = |(name, shape, elements): (_, _, Option<_>)| Array { name, shape, elements: elements.unwrap_or(&[]) };
    matrices.into_iter().chain(vectors).map(array).collect()
}

/// The program, and where its results go.
struct Ours<T: Real> {
    program: Program<T>,
    workspace: Workspace<T>,
    loss: Array0<T>,
    w1: Array2<T>,
    b1: Array1<T>,
    w2: Array2<T>,
    b2: Array1<T>,
}

impl<T: Real> Ours<T> {
    fn new(settings: &Settings) -> Result<Self> {
        let tape = Tape::<T>::new();
        let (x, y) = (tape.rows("X", &[settings.cols]), tape.rows("y", &[1]));
        let (w1, b1) = (tape.input("w1", &[settings.cols, HIDDEN]), tape.input("b1", &[HIDDEN]));
        let (w2, b2) = (tape.input("w2", &[HIDDEN, 1]), tape.input("b2", &[1]));
        let residual = (x.dot(w1) + b1).tanh().dot(w2) + b2 - y;
        let loss = (residual * residual).mean();
        let gradients = loss.grads(&[w1, b1, w2, b2]);
        let program = tape.compile(&[&[loss], &gradients[..]].concat())?.with_threads(settings.threads);
        let workspace = program.workspace();
        Ok(Ours {
            program,
            workspace,
            loss: Array0::zeros(()),
            w1: Array2::zeros((settings.cols, HIDDEN)),
            b1: Array1::zeros(HIDDEN),
            w2: Array2::zeros((HIDDEN, 1)),
            b2: Array1::zeros(1),
        })
    }

    fn call(&mut self, data: &Data<T>) -> Result<f64> {
        let y = data.y.view().insert_axis(ndarray::Axis(1));
        let inputs = [
            bind("X", &data.x),
            bind("y", &y),
            bind("w1", &data.w1),
            bind("b1", &data.b1),
            bind("w2", &data.w2),
            bind("b2", &data.b2),
        ];
        let mut outputs = [
            self.loss.view_mut().into_dyn(),
            self.w1.view_mut().into_dyn(),
            self.b1.view_mut().into_dyn(),
            self.w2.view_mut().into_dyn(),
            self.b2.view_mut().into_dyn(),
        ];
        self.program.run_into(&mut self.workspace, &inputs, &mut outputs)?;
        let all = self.loss.iter().chain(&self.w1).chain(&self.b1).chain(&self.w2).chain(&self.b2);
        Ok(digest(all))
    }
}
