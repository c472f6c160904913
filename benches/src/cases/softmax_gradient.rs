//! Value and gradient of a multinomial logistic loss: `−Σ labels·log_softmax(XW)`, the labels 1 for a row's class.

use super::{Outcome, enter_read, finish, on_parts};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Array, Draws, digest};
use crate::peers;
use crate::settings::Settings;
use crate::vector::{Job, Real, add_rows};
use autodiff::{Program, Tape, Workspace, bind};
use ndarray::{Array0, Array2};
use pulp::Simd;

const CLASSES: usize = 10;
/// Rows a block of the handwritten loop.
const BLOCK: usize = 8;

struct Data<T> {
    x: Array2<T>,
    labels: Array2<T>,
    weights: Array2<T>,
}

pub(super) fn run<T: Real>(settings: &Settings) -> Result<Outcome> {
    let mut draws = Draws::new(2);
    let x = draws.matrix(settings.rows, settings.cols, 1.0);
    let weights = draws.matrix(settings.cols, CLASSES, 3.0 / (settings.cols as f64).sqrt());
    let mut labels = Array2::zeros((settings.rows, CLASSES));
    for mut row in labels.rows_mut() {
        row[(draws.uniform() * CLASSES as f64) as usize] = T::one();
    }
    let data = Data { x, labels, weights };
    let mut ours = Ours::new(settings)?;
    let mut handwritten = vec![(T::zero(), vec![T::zero(); settings.cols * CLASSES]); settings.threads];
    let mut contest = Contest::new(settings, (data.x.len() + data.labels.len()) * size_of::<T>());
    contest.enter("autodiff", || ours.call(&data))?;
    contest.enter("handwritten", || Ok(call_handwritten(&data, &mut handwritten)))?;
    enter_read(&mut contest, elements(&data.x))?;
    peers::enter(&mut contest, &arrays(&data))?;
    finish(contest)
}

fn elements<T>(array: &Array2<T>) -> &[T] {
    // All of them are made row-major here.
    array.as_slice().unwrap_or(&[])
}

fn arrays<T: Real>(data: &Data<T>) -> [Array<'_, T>; 3] {
    [("x", &data.x), ("labels", &data.labels), ("weights", &data.weights)].map(|(name, array)| Array {
        name,
        shape: array.shape().to_vec(),
        elements: elements(array),
    })
}

/// The program, and where its results go.
struct Ours<T: Real> {
    program: Program<T>,
    workspace: Workspace<T>,
    loss: Array0<T>,
    gradient: Array2<T>,
}

impl<T: Real> Ours<T> {
    fn new(settings: &Settings) -> Result<Self> {
        let tape = Tape::<T>::new();
        let (x, labels) = (tape.rows("X", &[settings.cols]), tape.rows("labels", &[CLASSES]));
        let weights = tape.input("weights", &[settings.cols, CLASSES]);
        let loss = -(labels * x.dot(weights).log_softmax(&[1])).sum();
        let program = tape.compile(&[loss, loss.grad(weights)])?.with_threads(settings.threads);
        let workspace = program.workspace();
        Ok(Ours { program, workspace, loss: Array0::zeros(()), gradient: Array2::zeros((settings.cols, CLASSES)) })
    }

    fn call(&mut self, data: &Data<T>) -> Result<f64> {
        let inputs = [bind("X", &data.x), bind("labels", &data.labels), bind("weights", &data.weights)];
        let mut outputs = [self.loss.view_mut().into_dyn(), self.gradient.view_mut().into_dyn()];
        self.program.run_into(&mut self.workspace, &inputs, &mut outputs)?;
        Ok(digest(self.loss.iter().chain(&self.gradient)))
    }
}

fn call_handwritten<T: Real>(data: &Data<T>, parts: &mut [(T, Vec<T>)]) -> f64 {
    let (rows, cols) = data.x.dim();
    let (x, labels, weights) = (elements(&data.x), elements(&data.labels), elements(&data.weights));
    on_parts(rows, BLOCK, parts, |part, (loss, gradient)| {
        let x = &x[part.start * cols..part.end * cols];
        let labels = &labels[part.start * CLASSES..part.end * CLASSES];
        *loss = T::vectorised(OnePass { x, labels, weights, gradient });
    });
    parts.iter().map(|(loss, gradient)| digest(gradient.iter().chain([loss]))).sum()
}

struct OnePass<'a, T> {
    x: &'a [T],
    labels: &'a [T],
    weights: &'a [T],
    gradient: &'a mut [T],
}

impl<T: Real> Job for OnePass<'_, T> {
    type Output = T;

    /// A row's predictors are sums of rows of the weights; its gradient is added to the sums column by column.
    #[inline(always)]
    fn run<S: Simd, const W: usize>(self, simd: S) -> T {
        self.gradient.fill(T::zero());
        let cols = self.weights.len() / CLASSES;
        let mut loss = T::zero();
        for (x, labels) in self.x.chunks_exact(cols).zip(self.labels.as_chunks::<CLASSES>().0) {
            let mut z = [T::zero(); CLASSES];
            add_rows::<T, S, W>(simd, self.weights, x, &mut z);
            let largest = z.iter().fold(T::neg_infinity(), |a, &b| if b > a { b } else { a });
            let exponentials = z.map(|z| T::exp_of_negative(z - largest));
            let total: T = exponentials.iter().copied().sum();
            let log = largest + total.ln();
            let mut residual = [T::zero(); CLASSES];
            for k in 0..CLASSES {
                loss += labels[k] * (log - z[k]);
                residual[k] = exponentials[k] / total - labels[k];
            }
            for (sums, &x) in self.gradient.as_chunks_mut::<CLASSES>().0.iter_mut().zip(x) {
                for k in 0..CLASSES {
                    sums[k] = x.mul_add(residual[k], sums[k]);
                }
            }
        }
        loss
    }
}
