//! Value and gradient of the logistic loss: `Σ y·softplus(−z) + (1 − y)·softplus(z)`, `z = Xθ`.

use super::{Outcome, enter_read, finish, on_parts};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Logistic, digest, record_logistic};
use crate::peers;
use crate::settings::Settings;
use crate::vector::{Factor, Job, Real, add_and_multiply, add_rows, logistic_terms, prefetch};
use autodiff::{Program, Tape, Workspace, bind};
use ndarray::{Array0, Array1};
use pulp::Simd;

/// Rows a block: their second use finds them in the first-level cache.
const BLOCK: usize = 16;

pub(super) fn run<T: Real>(settings: &Settings) -> Result<Outcome> {
    let data = Logistic::<T>::draw(settings.rows, settings.cols);
    let mut ours = Ours::new(settings)?;
    let (mut handwritten, mut in_turn) = (Handwritten::new(settings), Handwritten::new(settings));
    let mut contest = Contest::new(settings, data.bytes());
    contest.enter("autodiff", || ours.call(&data))?;
    contest.enter("handwritten", || Ok(handwritten.call(&data, |rows| T::vectorised(OnePass(rows)))))?;
    contest.enter("handwritten-in-turn", || Ok(in_turn.call(&data, |rows| T::vectorised(InTurn(rows)))))?;
    enter_read(&mut contest, data.design())?;
    peers::enter(&mut contest, &data.arrays())?;
    finish(contest)
}

/// The program, and where its results go.
struct Ours<T: Real> {
    program: Program<T>,
    workspace: Workspace<T>,
    loss: Array0<T>,
    gradient: Array1<T>,
}

impl<T: Real> Ours<T> {
    fn new(settings: &Settings) -> Result<Self> {
        let tape = Tape::<T>::new();
        let (theta, loss) = record_logistic(&tape, settings.cols);
        let program = tape.compile(&[loss, loss.grad(theta)])?.with_threads(settings.threads);
        let workspace = program.workspace();
        Ok(Ours { program, workspace, loss: Array0::zeros(()), gradient: Array1::zeros(settings.cols) })
    }

    fn call(&mut self, data: &Logistic<T>) -> Result<f64> {
        let inputs = [bind("X", &data.x), bind("y", &data.y), bind("theta", &data.theta)];
        let mut outputs = [self.loss.view_mut().into_dyn(), self.gradient.view_mut().into_dyn()];
        self.program.run_into(&mut self.workspace, &inputs, &mut outputs)?;
        Ok(digest(self.loss.iter().chain(&self.gradient)))
    }
}

/// The loss and gradient of each thread's rows.
struct Handwritten<T>(Vec<(T, Vec<T>)>);

impl<T: Real> Handwritten<T> {
    fn new(settings: &Settings) -> Self {
        Handwritten(vec![(T::zero(), vec![T::zero(); settings.cols]); settings.threads])
    }

    fn call(&mut self, data: &Logistic<T>, job: impl Fn(Rows<'_, T>) -> T + Sync) -> f64 {
        let (x, y, theta) = data.slices();
        let cols = theta.len();
        on_parts(y.len(), BLOCK, &mut self.0, |part, (loss, gradient)| {
            let x = &x[part.start * cols..part.end * cols];
            *loss = job(Rows { x, y: &y[part], theta, gradient });
        });
        self.0.iter().map(|(loss, gradient)| digest(gradient.iter().chain([loss]))).sum()
    }
}

/// The rows of a thread, and where their gradient goes.
struct Rows<'a, T> {
    x: &'a [T],
    y: &'a [T],
    theta: &'a [T],
    gradient: &'a mut [T],
}

/// The loss, block by block.
struct OnePass<'a, T>(Rows<'a, T>);

impl<T: Real> Job for OnePass<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run<S: Simd, const W: usize>(self, simd: S) -> T {
        let Rows { x, y, theta, gradient } = self.0;
        let cols = theta.len();
        let mut losses = [T::zero(); BLOCK];
        let theta = Factor::<T, W>::new(theta);
        gradient.fill(T::zero());
        let mut rest = x;
        for y in y.chunks(BLOCK) {
            let (x, after) = rest.split_at(y.len() * cols);
            rest = after;
            let next = &after[..after.len().min(x.len())];
            let (sooner, later) = next.split_at(next.len() / 2);
            let mut z = [T::zero(); BLOCK];
            theta.dots(simd, x, &mut z[..y.len()]);
            prefetch(sooner);
            let residuals = residuals(&z, y, &mut losses);
            prefetch(later);
            add_rows::<T, S, W>(simd, x, &residuals[..y.len()], gradient);
        }
        losses.into_iter().sum()
    }
}

/// The loss, a block's gradient and the next one's products at once.
struct InTurn<'a, T>(Rows<'a, T>);

impl<T: Real> Job for InTurn<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run<S: Simd, const W: usize>(self, simd: S) -> T {
        let Rows { x, y, theta, gradient } = self.0;
        let cols = theta.len();
        let mut losses = [T::zero(); BLOCK];
        let theta = [Factor::<T, W>::new(theta)];
        gradient.fill(T::zero());
        let (mut z, mut rest) = ([T::zero(); BLOCK], x);
        theta[0].dots(simd, &x[..x.len().min(BLOCK * cols)], &mut z[..y.len().min(BLOCK)]);
        for y in y.chunks(BLOCK) {
            let (x, after) = rest.split_at(y.len() * cols);
            rest = after;
            let residuals = residuals(&z, y, &mut losses);
            add_and_multiply(simd, [x, after], &residuals[..y.len()], gradient, &theta, [&mut z]);
        }
        losses.into_iter().sum()
    }
}

/// The slopes of a block's losses, which are added up.
#[inline(always)]
fn residuals<T: Real>(z: &[T; BLOCK], y: &[T], losses: &mut [T; BLOCK]) -> [T; BLOCK] {
    let mut labels = [T::zero(); BLOCK];
    labels[..y.len()].copy_from_slice(y);
    let mut residuals = [T::zero(); BLOCK];
    let mut terms = [T::zero(); BLOCK];
    for i in 0..BLOCK {
        [terms[i], residuals[i], _] = logistic_terms(z[i], labels[i]);
    }
    for i in 0..y.len() {
        losses[i] += terms[i];
    }
    residuals
}
