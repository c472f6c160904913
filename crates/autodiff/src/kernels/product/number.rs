//! The two things a product kernel needs of its numbers.

use num_traits::Zero;
use std::ops::{Add, Mul};

/// A number that can be added and multiplied; with a zero.
///
/// Implemented for every `Copy` type with the two operations, so the kernels
/// also run on dual numbers, integers and the like.
pub(crate) trait Number: Copy + Zero + Add<Output = Self> + Mul<Output = Self> {}

impl<T: Copy + Zero + Add<Output = T> + Mul<Output = T>> Number for T {}

/// How `a·b + c` is rounded; a type parameter of every kernel.
pub(crate) trait MulAdd<T: Number>: Copy {
    /// `a·b + c`
    fn fma(a: T, b: T, c: T) -> T;

    /// `a[l]·b[l] + c[l]` in every lane.
    #[inline(always)]
    fn fma_lanes<const L: usize>(a: [T; L], b: [T; L], c: [T; L]) -> [T; L] {
        let mut out = c;
        for l in 0..L {
            out[l] = Self::fma(a[l], b[l], c[l]);
        }
        out
    }
}
