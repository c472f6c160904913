//! Value and gradient of a multinomial logistic loss: `−Σ labels·log_softmax(XW)`, the labels 1 for a row's class.

use super::{Outcome, enter_read, finish, on_parts, part};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Array, Draws, digest};
use crate::peers;
use crate::settings::Settings;
use crate::vector::{Factors, Job, Real, Rows, prefetch, tile};
use autodiff::{Program, Tape, Workspace, bind};
use ndarray::{Array0, Array2};
use pulp::Simd;

const CLASSES: usize = 10;
/// Rows a block of the handwritten loop.
const BLOCK: usize = 64;

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

    #[inline(always)]
    fn run<S: Simd, const W: usize>(self, simd: S) -> T {
        // As many sums as fit in the registers: of rows by classes, then of classes by vectors of columns.
        if S::REGISTER_COUNT >= 32 { self.pass::<S, W, 2>(simd) } else { self.pass::<S, W, 1>(simd) }
    }
}

/// Numbers of a block, by class.
type Block<T> = [[T; BLOCK]; CLASSES];

impl<T: Real> OnePass<'_, T> {
    /// Scores are dot products of rows; their residuals are what rows are multiplied by and added up to the gradient.
    #[inline(always)]
    fn pass<S: Simd, const W: usize, const V: usize>(self, simd: S) -> T {
        let cols = self.weights.len() / CLASSES;
        let weights = Factors::<T, CLASSES, W>::columns(self.weights);
        let (mut rows, mut gradient) = (Rows::<T, W>::zeros(BLOCK, cols), Rows::<T, W>::zeros(CLASSES, cols));
        let mut loss = T::zero();
        for (block, labels) in self.labels.chunks(BLOCK * CLASSES).enumerate() {
            let labels = labels.as_chunks::<CLASSES>().0;
            let x = &self.x[block * BLOCK * cols..];
            let (mut scores, mut by_class) = ([[T::zero(); BLOCK]; CLASSES], [[T::zero(); BLOCK]; CLASSES]);
            for i in (0..BLOCK).step_by(V) {
                // Meanwhile rows of four groups later are asked for.
                rows.copy(i, part(x, i * cols, V * cols));
                prefetch(part(x, (i + 4 * V) * cols, V * cols));
                let dots = weights.dots::<S, V>(simd, &rows, i);
                for c in 0..CLASSES {
                    scores[c][i..i + V].copy_from_slice(&dots[c]);
                    for (r, labels) in labels.iter().enumerate().skip(i).take(V) {
                        by_class[c][r] = labels[c];
                    }
                }
            }
            let losses = to_residuals(&mut scores, &by_class);
            loss += losses[..labels.len()].iter().copied().sum();
            let residuals = scores.each_ref().map(|residuals| &residuals[..labels.len()]);
            add_products::<T, S, W, V>(simd, residuals, &rows, &mut gradient);
        }
        for (j, row) in self.gradient.as_chunks_mut::<CLASSES>().0.iter_mut().enumerate() {
            for (c, sum) in row.iter_mut().enumerate() {
                *sum = gradient.row(c)[j];
            }
        }
        loss
    }
}

/// `gradient[c, j] += Σᵢ residuals[c][i]·rows[i, j]`
#[inline(always)]
fn add_products<T: Real, S: Simd, const W: usize, const V: usize>(
    simd: S,
    residuals: [&[T]; CLASSES],
    rows: &Rows<T, W>,
    gradient: &mut Rows<T, W>,
) {
    let (width, depth) = (rows.width(), residuals[0].len());
    for v in (0..width / V * V).step_by(V) {
        let sums = tile::<T, S, CLASSES, V, W>(simd, depth, residuals, rows, v);
        gradient.add(0, v, &sums);
    }
    for v in width / V * V..width {
        let sums = tile::<T, S, CLASSES, 1, W>(simd, depth, residuals, rows, v);
        gradient.add(0, v, &sums);
    }
}

/// Makes residuals of scores, and gives the loss of each row.
#[inline(always)]
fn to_residuals<T: Real>(scores: &mut Block<T>, labels: &Block<T>) -> [T; BLOCK] {
    let mut largest = scores[0];
    for scores in &scores[1..] {
        for i in 0..BLOCK {
            largest[i] = if scores[i] > largest[i] { scores[i] } else { largest[i] };
        }
    }
    let (mut totals, mut labelled) = ([T::zero(); BLOCK], [T::zero(); BLOCK]);
    for (scores, labels) in scores.iter_mut().zip(labels) {
        for i in 0..BLOCK {
            let score = scores[i] - largest[i];
            labelled[i] = labels[i].mul_add(score, labelled[i]);
            scores[i] = T::exp_of_negative(score);
            totals[i] += scores[i];
        }
    }
    let mut losses = [T::zero(); BLOCK];
    let mut shares = [T::zero(); BLOCK];
    for i in 0..BLOCK {
        losses[i] = T::ln_from_one(totals[i]) - labelled[i];
        shares[i] = T::one() / totals[i];
    }
    for (scores, labels) in scores.iter_mut().zip(labels) {
        for i in 0..BLOCK {
            scores[i] = scores[i].mul_add(shares[i], -labels[i]);
        }
    }
    losses
}
