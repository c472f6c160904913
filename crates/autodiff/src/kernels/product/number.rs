//! What a product kernel needs of its numbers.

use num_traits::Zero;
use std::ops::{Add, Mul, Sub};

/// A number that can be added, subtracted and multiplied; with a zero.
///
/// Implemented for every `Copy` type with the three operations, so the kernels
/// also run on dual numbers, integers and the like.
pub(crate) trait Number: Copy + Zero + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {}

impl<T: Copy + Zero + Add<Output = T> + Sub<Output = T> + Mul<Output = T>> Number for T {}

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

    /// `Σ_j a[n][j]·b[j]` for each `n`, for slices of one length, on vectors of `L`; each sum as if it were alone, and the same bits
    /// for every `L`, and as [`four_dots`](Self::four_dots).
    #[inline(always)]
    fn dots<const L: usize, const N: usize>(a: [&[T]; N], b: &[T]) -> [T; N] {
        dots_by_lane::<T, Self, N>(a, b)
    }

    /// `Σ_j a[n][j]·b[k][j]` for each `n` and `k`, for slices of one length, on vectors of `L`; each sum as if it were alone.
    ///
    /// `IN_ORDER`, the slices `b` are read one after the other if they are short, and bit for bit the same comes out.
    #[inline(always)]
    fn four_dots<const L: usize, const N: usize, const IN_ORDER: bool>(a: [&[T]; N], b: [&[T]; 4]) -> [[T; 4]; N] {
        four_dots_by_lane::<T, Self, N>(a, b)
    }

    /// The elements of `x`, no more than `L`, and zeros after them: by a masked load, where the processor has it. `lanes` is `L`,
    /// hidden from the compiler, which would make a plain load of it.
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
pub(super) fn four_dots_by_lane<T: Number, M: MulAdd<T>, const N: usize>(a: [&[T]; N], b: [&[T]; 4]) -> [[T; 4]; N] {
    let mut sums = [[T::zero(); 4]; N];
    for n in 0..N {
        for k in 0..4 {
            sums[n][k] = dot_by_lane::<T, M>(a[n], b[k]);
        }
    }
    sums
}

/// [`MulAdd::dots`], for all processors.
#[inline(always)]
pub(super) fn dots_by_lane<T: Number, M: MulAdd<T>, const N: usize>(a: [&[T]; N], b: &[T]) -> [T; N] {
    let mut sums = [T::zero(); N];
    for n in 0..N {
        sums[n] = dot_by_lane::<T, M>(a[n], b);
    }
    sums
}

/// `Σ_j a[j]·b[j]`, in the order of a register of 32 bytes on every processor: so that all give the same bits.
#[inline(always)]
fn dot_by_lane<T: Number, M: MulAdd<T>>(a: &[T], b: &[T]) -> T {
    if size_of::<T>() == 4 { dot_in_lanes::<T, M, 8>(a, b) } else { dot_in_lanes::<T, M, 4>(a, b) }
}

/// A sum in each of `L` lanes, then neighbours added until one is left.
#[inline(always)]
fn dot_in_lanes<T: Number, M: MulAdd<T>, const L: usize>(a: &[T], b: &[T]) -> T {
    let (whole_a, rest_a) = a.as_chunks::<L>();
    let (whole_b, rest_b) = b.as_chunks::<L>();
    let mut sums = [T::zero(); L];
    for (a, b) in whole_a.iter().zip(whole_b) {
        sums = M::fma_lanes(*b, *a, sums);
    }
    if !rest_a.is_empty() {
        sums = M::fma_lanes(load_elements(rest_b, L), load_elements(rest_a, L), sums);
    }
    let mut width = L;
    while width > 1 {
        width /= 2;
        for l in 0..width {
            sums[l] = sums[2 * l] + sums[2 * l + 1];
        }
    }
    sums[0]
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
