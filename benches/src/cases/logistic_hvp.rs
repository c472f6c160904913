//! A Hessian-vector product of the logistic loss: `Xᵀ(σ(z)σ(−z)·Xv)`, `z = Xθ`.

use super::{Outcome, enter_read, finish, on_parts};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Logistic, digest, record_logistic};
use crate::peers;
use crate::settings::Settings;
use crate::vector::{Factor, Job, Real, add_and_multiply, add_rows, logistic_terms};
use autodiff::{Program, Tape, Workspace, bind};
use ndarray::Array1;
use pulp::Simd;

/// Rows a block: their further uses find them in the first-level cache.
const BLOCK: usize = 16;

pub(super) fn run<T: Real>(settings: &Settings) -> Result<Outcome> {
    let data = Logistic::<T>::draw(settings.rows, settings.cols);
    let mut ours = Ours::new(settings)?;
    let mut products = [(); 2].map(|()| vec![vec![T::zero(); settings.cols]; settings.threads]);
    let [handwritten, in_turn] = &mut products;
    let mut contest = Contest::new(settings, data.bytes());
    contest.enter("autodiff", || ours.call(&data))?;
    contest.enter("handwritten", || Ok(call_handwritten(&data, handwritten, |rows| T::vectorised(OnePass(rows)))))?;
    contest
        .enter("handwritten-in-turn", || Ok(call_handwritten(&data, in_turn, |rows| T::vectorised(InTurn(rows)))))?;
    enter_read(&mut contest, data.design())?;
    peers::enter(&mut contest, &data.arrays())?;
    finish(contest)
}

/// The program, and where its result goes.
struct Ours<T: Real> {
    program: Program<T>,
    workspace: Workspace<T>,
    product: Array1<T>,
}

impl<T: Real> Ours<T> {
    fn new(settings: &Settings) -> Result<Self> {
        let tape = Tape::<T>::new();
        let (theta, loss) = record_logistic(&tape, settings.cols);
        let direction = tape.input("direction", &[settings.cols]);
        let program = tape.compile(&[loss.hvp(theta, direction)])?.with_threads(settings.threads);
        let workspace = program.workspace();
        Ok(Ours { program, workspace, product: Array1::zeros(settings.cols) })
    }

    fn call(&mut self, data: &Logistic<T>) -> Result<f64> {
        let Logistic { x, y, theta, direction } = data;
        let inputs = [bind("X", x), bind("y", y), bind("theta", theta), bind("direction", direction)];
        self.program.run_into(&mut self.workspace, &inputs, &mut [self.product.view_mut().into_dyn()])?;
        Ok(digest(&self.product))
    }
}

fn call_handwritten<T: Real>(data: &Logistic<T>, products: &mut [Vec<T>], job: impl Fn(Rows<'_, T>) + Sync) -> f64 {
    let (x, y, theta) = data.slices();
    let direction = data.direction.as_slice().unwrap_or(&[]);
    let cols = theta.len();
    on_parts(y.len(), BLOCK, products, |part, product| {
        job(Rows { x: &x[part.start * cols..part.end * cols], theta, direction, product });
    });
    products.iter().map(|product| digest(product)).sum()
}

/// The rows of a thread, and where their product goes.
struct Rows<'a, T> {
    x: &'a [T],
    theta: &'a [T],
    direction: &'a [T],
    product: &'a mut [T],
}

/// The product, block by block.
struct OnePass<'a, T>(Rows<'a, T>);

impl<T: Real> Job for OnePass<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const W: usize>(self, simd: S) {
        let Rows { x, theta, direction, product } = self.0;
        let cols = theta.len();
        let (theta, direction) = (Factor::<T, W>::new(theta), Factor::<T, W>::new(direction));
        product.fill(T::zero());
        for x in x.chunks(BLOCK * cols) {
            let (mut z, mut along) = ([T::zero(); BLOCK], [T::zero(); BLOCK]);
            let rows = x.len() / cols;
            theta.dots(simd, x, &mut z[..rows]);
            direction.dots(simd, x, &mut along[..rows]);
            add_rows::<T, S, W>(simd, x, &weighted(&z, &along)[..rows], product);
        }
    }
}

/// The product, a block's sum and the next one's products at once.
struct InTurn<'a, T>(Rows<'a, T>);

impl<T: Real> Job for InTurn<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const W: usize>(self, simd: S) {
        let Rows { x, theta, direction, product } = self.0;
        let cols = theta.len();
        let factors = [Factor::<T, W>::new(theta), Factor::<T, W>::new(direction)];
        product.fill(T::zero());
        let (mut z, mut along, mut rest) = ([T::zero(); BLOCK], [T::zero(); BLOCK], x);
        let first = x.len().min(BLOCK * cols);
        factors[0].dots(simd, &x[..first], &mut z[..first / cols]);
        factors[1].dots(simd, &x[..first], &mut along[..first / cols]);
        while !rest.is_empty() {
            let (x, after) = rest.split_at(rest.len().min(BLOCK * cols));
            rest = after;
            let weighted = weighted(&z, &along);
            let products = [&mut z[..], &mut along[..]];
            add_and_multiply(simd, [x, after], &weighted[..x.len() / cols], product, &factors, products);
        }
    }
}

/// A block's second derivatives along the direction.
#[inline(always)]
fn weighted<T: Real>(z: &[T; BLOCK], along: &[T; BLOCK]) -> [T; BLOCK] {
    let mut weighted = [T::zero(); BLOCK];
    for i in 0..BLOCK {
        let [_, _, curvature] = logistic_terms(z[i], T::zero());
        weighted[i] = curvature * along[i];
    }
    weighted
}
