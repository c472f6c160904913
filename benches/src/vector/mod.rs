//! What the handwritten loops share: element functions, dot products and sums of rows that become vector instructions.
//!
//! Written apart from the library's kernels, on their ideas: straight-line arithmetic on small arrays, compiled for the
//! processor's best instructions, which `pulp` finds out at run time.

// As in the library's kernels: zipped iterators leave arrays in memory.
#![allow(clippy::needless_range_loop)]

mod elementary;
mod rows;

pub use rows::{add_rows, dot, sum_of_squares};

use pulp::{Arch, Simd, WithSimd};

/// The element types of the benchmarks.
pub trait Real: autodiff::Scalar + std::iter::Sum + std::ops::AddAssign {
    /// The nearest number to `x`.
    fn of(x: f64) -> Self;
    /// `eˣ` for x ≤ 0.
    fn exp_of_negative(x: Self) -> Self;
    /// `ln(1 + t)` for t in [0, 1].
    fn ln_1p_of_unit(t: Self) -> Self;
    /// Runs `job` on vectors of 64 bytes.
    fn vectorised<J: Job>(job: J) -> J::Output;
}

/// Work to be compiled for the processor's best instructions. `run` must be `#[inline(always)]`.
pub trait Job {
    /// What the work gives.
    type Output;
    /// The work, on vectors of `W` elements.
    fn run<const W: usize>(self) -> Self::Output;
}

struct OnVectors<J, const W: usize>(J);

impl<J: Job, const W: usize> WithSimd for OnVectors<J, W> {
    type Output = J::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> J::Output {
        self.0.run::<W>()
    }
}

impl Real for f64 {
    #[inline(always)]
    fn of(x: f64) -> f64 {
        x
    }

    #[inline(always)]
    fn exp_of_negative(x: f64) -> f64 {
        elementary::exp_of_negative_f64(x)
    }

    #[inline(always)]
    fn ln_1p_of_unit(t: f64) -> f64 {
        elementary::ln_1p_of_unit_f64(t)
    }

    fn vectorised<J: Job>(job: J) -> J::Output {
        Arch::new().dispatch(OnVectors::<J, 8>(job))
    }
}

impl Real for f32 {
    #[inline(always)]
    fn of(x: f64) -> f32 {
        x as f32
    }

    #[inline(always)]
    fn exp_of_negative(x: f32) -> f32 {
        elementary::exp_of_negative_f32(x)
    }

    #[inline(always)]
    fn ln_1p_of_unit(t: f32) -> f32 {
        elementary::ln_1p_of_unit_f32(t)
    }

    fn vectorised<J: Job>(job: J) -> J::Output {
        Arch::new().dispatch(OnVectors::<J, 16>(job))
    }
}

/// Loss, derivative and second derivative of `y·softplus(−z) + (1 − y)·softplus(z)`, from one exponential and one division.
#[inline(always)]
pub fn logistic_terms<T: Real>(z: T, y: T) -> [T; 3] {
    let t = T::exp_of_negative(-z.abs());
    let log = T::ln_1p_of_unit(t);
    let larger = T::one() / (T::one() + t);
    let smaller = t * larger;
    let positive = z > T::zero();
    let (above, below) = if positive { (z, T::zero()) } else { (T::zero(), -z) };
    let (sigmoid, sigmoid_neg) = if positive { (larger, smaller) } else { (smaller, larger) };
    let not_y = T::one() - y;
    let loss = y.mul_add(below + log, not_y * (above + log));
    [loss, not_y.mul_add(sigmoid, -(y * sigmoid_neg)), larger * smaller]
}
