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

/// `Σ a[l]`, halving the vector each time.
#[inline(always)]
pub(crate) fn sum<T: Number, const L: usize>(mut a: [T; L]) -> T {
    let mut n = L;
    while n > 1 {
        let half = n.div_ceil(2);
        for l in 0..n / 2 {
            a[l] = a[l] + a[l + half];
        }
        n = half;
    }
    a[0]
}

/// `Σ_j a[j]·b[j]`
///
/// Four accumulators hide the latency of the additions. What is left after the whole vectors is the end of one more, which
/// is read from `L` places before the end.
#[inline(always)]
pub(crate) fn dot<T: Number, M: MulAdd<T>, const L: usize>(a: &[T], b: &[T]) -> T {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let (Some(last_a), Some(last_b)) = (a.last_chunk::<L>(), b.last_chunk::<L>()) else {
        return short_dot::<T, M>(a, b);
    };
    let mut acc = [[T::zero(); L]; 4];
    let (qa, ra) = a.as_chunks::<L>().0.as_chunks::<4>();
    let (qb, rb) = b.as_chunks::<L>().0.as_chunks::<4>();
    for (a, b) in qa.iter().zip(qb) {
        for v in 0..4 {
            acc[v] = M::fma_lanes(a[v], b[v], acc[v]);
        }
    }
    // Spelt out: an accumulator chosen by a run-time index lives in memory.
    if let (Some(a), Some(b)) = (ra.first(), rb.first()) {
        acc[0] = M::fma_lanes(*a, *b, acc[0]);
    }
    if let (Some(a), Some(b)) = (ra.get(1), rb.get(1)) {
        acc[1] = M::fma_lanes(*a, *b, acc[1]);
    }
    if let (Some(a), Some(b)) = (ra.get(2), rb.get(2)) {
        acc[2] = M::fma_lanes(*a, *b, acc[2]);
    }
    if n % L > 0 {
        let (a, b) = (end::<T, L>(*last_a, n % L), end::<T, L>(*last_b, n % L));
        acc[3] = M::fma_lanes(a, b, acc[3]);
    }
    sum(add(add(acc[0], acc[1]), add(acc[2], acc[3])))
}

/// The last `kept` elements, zeros before them: the others may be infinite, so a product with 0 would not do.
#[inline(always)]
fn end<T: Number, const L: usize>(x: [T; L], kept: usize) -> [T; L] {
    let mut out = [T::zero(); L];
    for l in 0..L {
        out[l] = if l + kept >= L { x[l] } else { T::zero() };
    }
    out
}

/// The dot product of fewer elements than a vector has.
#[inline(always)]
fn short_dot<T: Number, M: MulAdd<T>>(a: &[T], b: &[T]) -> T {
    let mut total = T::zero();
    for (&a, &b) in a.iter().zip(b) {
        total = M::fma(a, b, total);
    }
    total
}
