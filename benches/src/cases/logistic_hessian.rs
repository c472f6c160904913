//! The Hessian of the logistic loss: `Xᵀ diag(σ(z)σ(−z)) X`, `z = Xθ`.

use super::{Outcome, enter_read, finish, on_parts, part};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Logistic, digest, record_logistic};
use crate::peers;
use crate::settings::Settings;
use crate::vector::{Factor, Job, Neighbours, Real, Rows, logistic_terms, prefetch, tile};
use autodiff::{Program, Tape, Workspace, bind};
use ndarray::Array2;
use pulp::Simd;

/// Rows a block of the handwritten loop: the second-level cache keeps them.
const BLOCK: usize = 128;

pub(super) fn run<T: Real>(settings: &Settings) -> Result<Outcome> {
    let data = Logistic::<T>::draw(settings.rows, settings.cols);
    let mut ours = Ours::new(settings)?;
    let mut handwritten = vec![Array2::zeros((settings.cols, settings.cols)); settings.threads];
    let mut contest = Contest::new(settings, data.bytes());
    contest.enter("autodiff", || ours.call(&data))?;
    contest.enter("handwritten", || Ok(call_handwritten(&data, &mut handwritten)))?;
    enter_read(&mut contest, data.design())?;
    peers::enter(&mut contest, &data.arrays())?;
    finish(contest)
}

/// The program, and where its result goes.
struct Ours<T: Real> {
    program: Program<T>,
    workspace: Workspace<T>,
    hessian: Array2<T>,
}

impl<T: Real> Ours<T> {
    fn new(settings: &Settings) -> Result<Self> {
        let tape = Tape::<T>::new();
        let (theta, loss) = record_logistic(&tape, settings.cols);
        let program = tape.compile(&[loss.hessian(theta)])?.with_threads(settings.threads);
        let workspace = program.workspace();
        Ok(Ours { program, workspace, hessian: Array2::zeros((settings.cols, settings.cols)) })
    }

    fn call(&mut self, data: &Logistic<T>) -> Result<f64> {
        let inputs = [bind("X", &data.x), bind("y", &data.y), bind("theta", &data.theta)];
        self.program.run_into(&mut self.workspace, &inputs, &mut [self.hessian.view_mut().into_dyn()])?;
        Ok(digest(&self.hessian))
    }
}

fn call_handwritten<T: Real>(data: &Logistic<T>, parts: &mut [Array2<T>]) -> f64 {
    let (x, y, theta) = data.slices();
    let cols = theta.len();
    on_parts(y.len(), BLOCK, parts, |part, hessian| {
        let x = &x[part.start * cols..part.end * cols];
        T::vectorised(OnePass { x, theta, hessian });
    });
    parts.iter().map(|hessian| digest(hessian)).sum()
}

struct OnePass<'a, T> {
    x: &'a [T],
    theta: &'a [T],
    hessian: &'a mut Array2<T>,
}

impl<T: Real> Job for OnePass<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const W: usize>(self, simd: S) {
        // As many sums as fit in the registers.
        if S::REGISTER_COUNT >= 32 { self.pass::<S, W, 8, 3>(simd) } else { self.pass::<S, W, 4, 2>(simd) }
    }
}

impl<T: Real> OnePass<'_, T> {
    /// Rows times the root of their weights, and products of their columns.
    #[inline(always)]
    fn pass<S: Simd, const W: usize, const R: usize, const V: usize>(self, simd: S) {
        let cols = self.theta.len();
        let theta = Factor::<T, W>::new(self.theta);
        let (mut rows, mut sums) = (Rows::<T, W>::zeros(BLOCK, cols), Rows::<T, W>::zeros(cols, cols));
        for (block, x) in self.x.chunks(BLOCK * cols).enumerate() {
            let mut roots = [T::zero(); BLOCK];
            theta.dots(simd, x, &mut roots[..x.len() / cols]);
            for root in &mut roots {
                let [_, _, curvature] = logistic_terms(*root, T::zero());
                *root = curvature.sqrt();
            }
            rows.copy_weighted(x, &roots);
            let next = part(self.x, (block + 1) * BLOCK * cols, BLOCK * cols);
            add_upper::<T, S, W, R, V>(simd, &rows, x.len() / cols, next, &mut sums);
        }
        for i in 0..cols {
            for j in i..cols {
                self.hessian[(i, j)] = sums.row(i)[j];
                self.hessian[(j, i)] = sums.row(i)[j];
            }
        }
    }
}

/// Upper triangle of `sums += XᵀX`, `X` being the first `depth` of `rows`, in tiles of `R` rows and up to `V` vectors; asks
/// for the `next` rows meanwhile.
#[inline(always)]
fn add_upper<T: Real, S: Simd, const W: usize, const R: usize, const V: usize>(
    simd: S,
    rows: &Rows<T, W>,
    depth: usize,
    next: &[T],
    sums: &mut Rows<T, W>,
) {
    let (width, cols) = (rows.width(), rows.row(0).len());
    let mut ahead = next.chunks(BLOCK * 2 * R * V);
    for v in (0..width).step_by(V) {
        let end = width.min(v + V);
        for i in (0..cols.min(end * W)).step_by(R) {
            prefetch(ahead.next().unwrap_or(&[]));
            // Vectors left of the diagonal have nothing above it.
            let first = v.max(i / W);
            match end - first {
                3 if V >= 3 => add_tile::<T, S, W, R, 3>(simd, rows, depth, i, first, sums),
                2 => add_tile::<T, S, W, R, 2>(simd, rows, depth, i, first, sums),
                _ => add_tile::<T, S, W, R, 1>(simd, rows, depth, i, first, sums),
            }
        }
    }
}

#[inline(always)]
fn add_tile<T: Real, S: Simd, const W: usize, const R: usize, const V: usize>(
    simd: S,
    rows: &Rows<T, W>,
    depth: usize,
    i: usize,
    v: usize,
    sums: &mut Rows<T, W>,
) {
    let tile = tile::<T, S, R, V, W>(simd, depth, Neighbours { rows, from: i }, rows, v);
    sums.add(i, v, &tile);
}
