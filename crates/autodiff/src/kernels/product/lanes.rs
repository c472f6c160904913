//! Sums and dot products of slices, several vectors at a time.

use super::{MulAdd, Number};

/// `a[l] + b[l]` in every lane.
#[inline(always)]
pub(crate) fn add<T: Number, const L: usize>(a: [T; L], b: [T; L]) -> [T; L] {
    let mut out = a;
    for l in 0..L {
        out[l] = a[l] + b[l];
    }
    out
}

/// `Σ_j a[j]·b[j]`
///
/// Four accumulators hide the latency of the additions. What is left after the whole vectors is added as their sum is
/// halved, each piece at the width it has: a loop over single elements would take longer than a short row itself.
#[inline(always)]
pub(crate) fn dot<T: Number, M: MulAdd<T>, const L: usize>(a: &[T], b: &[T]) -> T {
    let n = a.len().min(b.len());
    let (va, ta) = a[..n].as_chunks::<L>();
    let (vb, tb) = b[..n].as_chunks::<L>();
    let mut acc = [[T::zero(); L]; 4];
    let (qa, ra) = va.as_chunks::<4>();
    let (qb, rb) = vb.as_chunks::<4>();
    for (a, b) in qa.iter().zip(qb) {
        for v in 0..4 {
            acc[v] = M::fma_lanes(a[v], b[v], acc[v]);
        }
    }
    // Into the sum of the accumulators: added to one accumulator after another, the compiler splits all four into smaller
    // registers, which takes two to three times as long in f32.
    let mut sum = add(add(acc[0], acc[1]), add(acc[2], acc[3]));
    for (a, b) in ra.iter().zip(rb) {
        sum = M::fma_lanes(*a, *b, sum);
    }
    with_rest::<T, M, L>(sum, ta, tb)
}

/// `Σ acc[l] + Σ_j a[j]·b[j]` for fewer than `L ≤ 16` elements.
#[inline(always)]
fn with_rest<T: Number, M: MulAdd<T>, const L: usize>(acc: [T; L], a: &[T], b: &[T]) -> T {
    let mut rest = (a, b);
    let sixteen: [T; 16] = resized(acc);
    let eight = if L > 8 { plus::<T, M, 8>(halved(sixteen), &mut rest) } else { resized(sixteen) };
    let four = if L > 4 { plus::<T, M, 4>(halved::<T, 8, 4>(eight), &mut rest) } else { resized(eight) };
    let two = plus::<T, M, 2>(halved::<T, 4, 2>(four), &mut rest);
    let mut total = two[0] + two[1];
    for (&a, &b) in rest.0.iter().zip(rest.1) {
        total = M::fma(a, b, total);
    }
    total
}

/// The first elements, or all and zeros after them.
#[inline(always)]
fn resized<T: Number, const L: usize, const N: usize>(x: [T; L]) -> [T; N] {
    let mut out = [T::zero(); N];
    for l in 0..N {
        if l < L {
            out[l] = x[l];
        }
    }
    out
}

/// The sum of both halves: `H` is half of `L`.
#[inline(always)]
fn halved<T: Number, const L: usize, const H: usize>(x: [T; L]) -> [T; H] {
    let mut out = [T::zero(); H];
    for l in 0..H {
        out[l] = x[l] + x[l + H];
    }
    out
}

/// `acc + a·b` for the next `N` elements of either, if there are so many.
#[inline(always)]
fn plus<T: Number, M: MulAdd<T>, const N: usize>(acc: [T; N], rest: &mut (&[T], &[T])) -> [T; N] {
    match (rest.0.split_first_chunk::<N>(), rest.1.split_first_chunk::<N>()) {
        (Some((a, a_rest)), Some((b, b_rest))) => {
            *rest = (a_rest, b_rest);
            M::fma_lanes(*a, *b, acc)
        }
        _ => acc,
    }
}
