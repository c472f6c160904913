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
/// Four accumulators hide the latency of the additions.  What is left after
/// the whole vectors is taken eight, four and one at a time.
#[inline(always)]
pub(crate) fn dot<T: Number, M: MulAdd<T>, const L: usize>(a: &[T], b: &[T]) -> T {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let (va, ta) = a.as_chunks::<L>();
    let (vb, tb) = b.as_chunks::<L>();
    let tail = tail_dot::<T, M>(ta, tb);
    if va.is_empty() {
        return tail;
    }
    let mut acc = [[T::zero(); L]; 4];
    let (qa, ra) = va.as_chunks::<4>();
    let (qb, rb) = vb.as_chunks::<4>();
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
    let all = add(add(acc[0], acc[1]), add(acc[2], acc[3]));
    sum(all) + tail
}

/// The dot product of fewer than `L` elements.
#[inline(always)]
fn tail_dot<T: Number, M: MulAdd<T>>(mut a: &[T], mut b: &[T]) -> T {
    // Plain sums: eight lanes may be more than a register of the caller.
    let mut lanes = [T::zero(); 4];
    while let (Some((a4, a_rest)), Some((b4, b_rest))) = (a.split_first_chunk::<4>(), b.split_first_chunk::<4>()) {
        for l in 0..4 {
            lanes[l] = M::fma(a4[l], b4[l], lanes[l]);
        }
        (a, b) = (a_rest, b_rest);
    }
    let mut total = sum(lanes);
    for (&a, &b) in a.iter().zip(b) {
        total = M::fma(a, b, total);
    }
    total
}
