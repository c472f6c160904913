//! What the handwritten loops share: element functions, dot products and sums of rows that become vector instructions.
//!
//! Written apart from the library's kernels, on their ideas: straight-line arithmetic on small arrays, compiled for the
//! processor's best instructions, which `pulp` finds out at run time. Only multiplications with additions and sums of lanes
//! are its own: of arrays that hold sums across a loop compilers make registers only sometimes.

// As in the library's kernels: zipped iterators leave arrays in memory.
#![allow(clippy::needless_range_loop)]

mod elementary;
mod in_turn;
mod products;
mod rows;

pub use in_turn::add_and_multiply;
pub use products::{Factors, Neighbours, Numbers, Rows, tile};
pub use rows::{Factor, add_rows, prefetch, sum_of_squares};

use pulp::{Arch, Simd, WithSimd};

/// Bytes a line of the cache.
const LINE: usize = 64;

/// The element types of the benchmarks.
pub trait Real: autodiff::Scalar + std::iter::Sum + std::ops::AddAssign {
    /// The nearest number to `x`.
    fn of(x: f64) -> Self;
    /// `eˣ` for x ≤ 0.
    fn exp_of_negative(x: Self) -> Self;
    /// `eˣ − 1` for x ≤ 0.
    fn exp_m1_of_negative(x: Self) -> Self;
    /// `ln(1 + t)` for t in [0, 1].
    fn ln_1p_of_unit(t: Self) -> Self;
    /// `ln x` for x ≥ 1.
    fn ln_from_one(x: Self) -> Self;
    /// `a·b + c` in each lane.
    fn mul_add_lanes<S: Simd, const W: usize>(simd: S, a: [Self; W], b: [Self; W], c: [Self; W]) -> [Self; W];
    /// The sum of the lanes.
    fn lane_sum<S: Simd, const W: usize>(simd: S, lanes: [Self; W]) -> Self;
    /// Runs `job` on vectors as long as the processor's registers.
    fn vectorised<J: Job>(job: J) -> J::Output;
}

/// Work to be compiled for the processor's best instructions. `run` must be `#[inline(always)]`.
pub trait Job {
    /// What the work gives.
    type Output;
    /// The work, on vectors of `W` elements, which fill a register of `simd`.
    fn run<S: Simd, const W: usize>(self, simd: S) -> Self::Output;
}

/// A job on doubles.
struct OnDoubles<J>(J);

/// A job on singles.
struct OnSingles<J>(J);

impl<J: Job> WithSimd for OnDoubles<J> {
    type Output = J::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> J::Output {
        match S::F64_LANES {
            8 => self.0.run::<S, 8>(simd),
            2 => self.0.run::<S, 2>(simd),
            _ => self.0.run::<S, 4>(simd),
        }
    }
}

impl<J: Job> WithSimd for OnSingles<J> {
    type Output = J::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> J::Output {
        match S::F32_LANES {
            16 => self.0.run::<S, 16>(simd),
            4 => self.0.run::<S, 4>(simd),
            _ => self.0.run::<S, 8>(simd),
        }
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
    fn exp_m1_of_negative(x: f64) -> f64 {
        elementary::exp_m1_of_negative_f64(x)
    }

    #[inline(always)]
    fn ln_1p_of_unit(t: f64) -> f64 {
        elementary::ln_1p_of_unit_f64(t)
    }

    #[inline(always)]
    fn ln_from_one(x: f64) -> f64 {
        elementary::ln_from_one_f64(x)
    }

    #[inline(always)]
    fn mul_add_lanes<S: Simd, const W: usize>(simd: S, a: [f64; W], b: [f64; W], c: [f64; W]) -> [f64; W] {
        let mut out = c;
        let ((a, rest_a), (b, rest_b)) = (S::as_simd_f64s(&a), S::as_simd_f64s(&b));
        let (sums, rest) = S::as_mut_simd_f64s(&mut out);
        for i in 0..sums.len() {
            sums[i] = simd.mul_add_f64s(a[i], b[i], sums[i]);
        }
        for i in 0..rest.len() {
            rest[i] = rest_a[i].mul_add(rest_b[i], rest[i]);
        }
        out
    }

    #[inline(always)]
    fn lane_sum<S: Simd, const W: usize>(simd: S, lanes: [f64; W]) -> f64 {
        let (whole, rest) = S::as_simd_f64s(&lanes);
        let mut sum = 0.0;
        for i in 0..whole.len() {
            sum += simd.reduce_sum_f64s(whole[i]);
        }
        for i in 0..rest.len() {
            sum += rest[i];
        }
        sum
    }

    fn vectorised<J: Job>(job: J) -> J::Output {
        Arch::new().dispatch(OnDoubles(job))
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
    fn exp_m1_of_negative(x: f32) -> f32 {
        elementary::exp_m1_of_negative_f32(x)
    }

    #[inline(always)]
    fn ln_1p_of_unit(t: f32) -> f32 {
        elementary::ln_1p_of_unit_f32(t)
    }

    #[inline(always)]
    fn ln_from_one(x: f32) -> f32 {
        elementary::ln_from_one_f32(x)
    }

    #[inline(always)]
    fn mul_add_lanes<S: Simd, const W: usize>(simd: S, a: [f32; W], b: [f32; W], c: [f32; W]) -> [f32; W] {
        let mut out = c;
        let ((a, rest_a), (b, rest_b)) = (S::as_simd_f32s(&a), S::as_simd_f32s(&b));
        let (sums, rest) = S::as_mut_simd_f32s(&mut out);
        for i in 0..sums.len() {
            sums[i] = simd.mul_add_f32s(a[i], b[i], sums[i]);
        }
        for i in 0..rest.len() {
            rest[i] = rest_a[i].mul_add(rest_b[i], rest[i]);
        }
        out
    }

    #[inline(always)]
    fn lane_sum<S: Simd, const W: usize>(simd: S, lanes: [f32; W]) -> f32 {
        let (whole, rest) = S::as_simd_f32s(&lanes);
        let mut sum = 0.0;
        for i in 0..whole.len() {
            sum += simd.reduce_sum_f32s(whole[i]);
        }
        for i in 0..rest.len() {
            sum += rest[i];
        }
        sum
    }

    fn vectorised<J: Job>(job: J) -> J::Output {
        Arch::new().dispatch(OnSingles(job))
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

/// `tanh x`
#[inline(always)]
pub fn tanh<T: Real>(x: T) -> T {
    let t = T::exp_m1_of_negative(-(x.abs() + x.abs()));
    (-t / (T::one() + T::one() + t)).copysign(x)
}
