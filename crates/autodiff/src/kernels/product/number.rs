//! What a product kernel needs of its numbers.

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
    /// Whether loops unrolled for each length of rows are worth their machine code.
    const UNROLLED: bool = false;

    /// Whether [`four_dots`](Self::four_dots) is more than [`dots`](Self::dots) four times.
    const FOUR_DOTS: bool = false;

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

    /// `Σ_j a[n][j]·b[j]` for each `n`, for slices of one length, on vectors of `L`; each sum as if it were alone.
    #[inline(always)]
    fn dots<const L: usize, const N: usize>(a: [&[T]; N], b: &[T]) -> [T; N] {
        dots_by_lane::<T, Self, L, N>(a, b)
    }

    /// `Σ_j a[n][j]·b[k][j]` for each `n` and `k`, for slices of one length, on vectors of `L`; each sum as if it were alone.
    ///
    /// `IN_ORDER`, the slices `b` are read one after the other if they are short, and bit for bit the same comes out.
    #[inline(always)]
    fn four_dots<const L: usize, const N: usize, const IN_ORDER: bool>(a: [&[T]; N], b: [&[T]; 4]) -> [[T; 4]; N] {
        four_dots_by_lane::<T, Self, L, N>(a, b)
    }

    /// The elements of `x`, no more than `L`, and zeros after them: by a masked load, where the processor has it. `lanes` is `L`,
    /// in a way that the compiler can't tell, or it would make a plain load of it.
    ///
    /// For what is in the cache already. Masked loads are not among those that prefetchers follow (seen on Zen 5): by plain
    /// ones, reading a block a second time leads them away from the next, which costs up to 30 % of a pass.
    #[inline(always)]
    fn load<const L: usize>(x: &[T], lanes: usize) -> [T; L] {
        load_elements(x, lanes)
    }
}

/// [`MulAdd::four_dots`], for all processors.
#[inline(always)]
pub(super) fn four_dots_by_lane<T: Number, M: MulAdd<T>, const L: usize, const N: usize>(
    a: [&[T]; N],
    b: [&[T]; 4],
) -> [[T; 4]; N] {
    let mut sums = [[T::zero(); 4]; N];
    for n in 0..N {
        for k in 0..4 {
            sums[n][k] = dot_by_lane::<T, M, L>(a[n], b[k]);
        }
    }
    sums
}

/// [`MulAdd::dots`], for all processors.
#[inline(always)]
pub(super) fn dots_by_lane<T: Number, M: MulAdd<T>, const L: usize, const N: usize>(a: [&[T]; N], b: &[T]) -> [T; N] {
    let mut sums = [T::zero(); N];
    for n in 0..N {
        sums[n] = dot_by_lane::<T, M, L>(a[n], b);
    }
    sums
}

/// `Σ_j a[j]·b[j]`: four accumulators hide the latency of the additions.
#[inline(always)]
fn dot_by_lane<T: Number, M: MulAdd<T>, const L: usize>(a: &[T], b: &[T]) -> T {
    let (va, ta) = a.as_chunks::<L>();
    let (vb, tb) = b.as_chunks::<L>();
    let (groups_a, rest_a) = va.as_chunks::<4>();
    let (groups_b, rest_b) = vb.as_chunks::<4>();
    let mut acc = [[T::zero(); L]; 4];
    for (a, b) in groups_a.iter().zip(groups_b) {
        for v in 0..4 {
            acc[v] = M::fma_lanes(a[v], b[v], acc[v]);
        }
    }
    for (a, b) in rest_a.iter().zip(rest_b) {
        acc[0] = M::fma_lanes(*a, *b, acc[0]);
    }
    let mut sum = T::zero();
    for l in 0..L {
        sum = sum + ((acc[0][l] + acc[1][l]) + (acc[2][l] + acc[3][l]));
    }
    ta.iter().zip(tb).fold(sum, |sum, (&a, &b)| M::fma(a, b, sum))
}

/// [`MulAdd::load`], for all processors.
#[inline(always)]
pub(super) fn load_elements<T: Number, const L: usize>(x: &[T], _: usize) -> [T; L] {
    if let Some(elements) = x.first_chunk::<L>() {
        return *elements;
    }
    let mut out = [T::zero(); L];
    for l in 0..L {
        if l < x.len() {
            out[l] = x[l];
        }
    }
    out
}
