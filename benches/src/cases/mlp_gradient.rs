//! Value and gradient of a small network, `Σ (tanh(XW₁ + b₁)·W₂ + b₂ − y)²/n`, by all of its parameters.

use super::{Outcome, enter_read, finish, on_parts, part};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Array, Draws, digest};
use crate::peers;
use crate::settings::Settings;
use crate::vector::{Factor, Job, Neighbours, Real, Rows, prefetch, tanh, tile};
use autodiff::{Program, Tape, Workspace, bind};
use ndarray::{Array0, Array1, Array2};
use pulp::Simd;

const HIDDEN: usize = 64;
/// Rows a block of the handwritten loop.
const BLOCK: usize = 48;

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
    let mut handwritten = vec![Gradient::zeros(settings.cols); settings.threads];
    let mut contest = Contest::new(settings, (data.x.len() + data.y.len()) * size_of::<T>());
    contest.enter("autodiff", || ours.call(&data))?;
    contest.enter("handwritten", || Ok(call_handwritten(&data, &mut handwritten)))?;
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
            bind("y", y),
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

/// The squared error and its derivatives.
#[derive(Clone)]
struct Gradient<T> {
    loss: T,
    w1: Vec<T>,
    b1: [T; HIDDEN],
    w2: [T; HIDDEN],
    b2: T,
}

impl<T: Real> Gradient<T> {
    fn zeros(cols: usize) -> Self {
        let zeros = [T::zero(); HIDDEN];
        Gradient { loss: T::zero(), w1: vec![T::zero(); cols * HIDDEN], b1: zeros, w2: zeros, b2: T::zero() }
    }
}

fn call_handwritten<T: Real>(data: &Data<T>, parts: &mut [Gradient<T>]) -> f64 {
    let (rows, cols) = data.x.dim();
    let (x, y) = (data.x.as_slice().unwrap_or(&[]), data.y.as_slice().unwrap_or(&[]));
    on_parts(rows, BLOCK, parts, |part, gradient| {
        let x = &x[part.start * cols..part.end * cols];
        T::vectorised(OnePass { x, y: &y[part], data, gradient });
    });
    let digests =
        parts.iter().map(|part| digest(part.w1.iter().chain(&part.b1).chain(&part.w2).chain([&part.loss, &part.b2])));
    digests.sum()
}

struct OnePass<'a, T> {
    x: &'a [T],
    y: &'a [T],
    data: &'a Data<T>,
    gradient: &'a mut Gradient<T>,
}

impl<T: Real> Job for OnePass<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const W: usize>(self, simd: S) {
        // As many sums as fit in the registers.
        if S::REGISTER_COUNT >= 32 { self.pass::<S, W, 6, 4>(simd) } else { self.pass::<S, W, 6, 2>(simd) }
    }
}

impl<T: Real> OnePass<'_, T> {
    /// The values of the hidden units take the place of their inputs, and the loss's derivatives by the inputs that of the
    /// values.
    #[inline(always)]
    fn pass<S: Simd, const W: usize, const R: usize, const V: usize>(self, simd: S) {
        let OnePass { x, y, data, gradient } = self;
        let cols = data.x.ncols();
        let mut rows = Rows::<T, W>::zeros(BLOCK, cols);
        let mut units = Rows::<T, W>::zeros(BLOCK, HIDDEN);
        let mut weights = Rows::<T, W>::zeros(cols, HIDDEN);
        let mut sums = Rows::<T, W>::zeros(cols, HIDDEN);
        weights.copy(0, data.w1.as_slice().unwrap_or(&[]));
        (gradient.loss, gradient.b2) = (T::zero(), T::zero());
        (gradient.b1, gradient.w2) = ([T::zero(); HIDDEN], [T::zero(); HIDDEN]);
        for (block, y) in y.chunks(BLOCK).enumerate() {
            rows.copy(0, part(x, block * BLOCK * cols, BLOCK * cols));
            for i in (0..BLOCK).step_by(R) {
                prefetch(part(x, ((block + 1) * BLOCK + i) * cols, R * cols));
                inputs::<T, S, W, R, V>(simd, &rows, &weights, data, i, &mut units);
            }
            for (i, &y) in y.iter().enumerate() {
                output_unit::<T, S, W>(simd, y, data, units.row_mut(i), gradient);
            }
            for v in (0..HIDDEN / W).step_by(V) {
                for i in (0..cols).step_by(R) {
                    let numbers = Neighbours { rows: &rows, from: i };
                    sums.add(i, v, &tile::<T, S, R, V, W>(simd, y.len(), numbers, &units, v));
                }
            }
        }
        for (i, row) in gradient.w1.chunks_exact_mut(HIDDEN).enumerate() {
            row.copy_from_slice(sums.row(i));
        }
    }
}

/// The inputs of the hidden units in `R` rows, from the `i`-th on.
#[inline(always)]
fn inputs<T: Real, S: Simd, const W: usize, const R: usize, const V: usize>(
    simd: S,
    rows: &Rows<T, W>,
    weights: &Rows<T, W>,
    data: &Data<T>,
    i: usize,
    units: &mut Rows<T, W>,
) {
    let mut numbers: [&[T]; R] = [&[]; R];
    for (r, numbers) in numbers.iter_mut().enumerate() {
        *numbers = rows.row(i + r);
        units.row_mut(i + r).copy_from_slice(data.b1.as_slice().unwrap_or(&[]));
    }
    for v in (0..HIDDEN / W).step_by(V) {
        units.add(i, v, &tile::<T, S, R, V, W>(simd, data.x.ncols(), numbers, weights, v));
    }
}

/// A row's part of the loss and of the derivatives behind the first layer; makes derivatives of the inputs of its hidden
/// units.
#[inline(always)]
fn output_unit<T: Real, S: Simd, const W: usize>(
    simd: S,
    y: T,
    data: &Data<T>,
    units: &mut [T],
    gradient: &mut Gradient<T>,
) {
    let Some((w2, units)) = data.w2.as_slice().and_then(|w2| w2.first_chunk::<HIDDEN>()).zip(units.first_chunk_mut())
    else {
        return;
    };
    let units: &mut [T; HIDDEN] = units;
    for unit in units.iter_mut() {
        *unit = tanh(*unit);
    }
    let residual = Factor::<T, W>::new(w2).dot(simd, units) + data.b2[0] - y;
    let share = residual / T::of(data.y.len() as f64);
    let slope = share + share;
    gradient.loss += residual * share;
    gradient.b2 += slope;
    for j in 0..HIDDEN {
        gradient.w2[j] = slope.mul_add(units[j], gradient.w2[j]);
        units[j] = slope * w2[j] * (T::one() - units[j] * units[j]);
        gradient.b1[j] += units[j];
    }
}
