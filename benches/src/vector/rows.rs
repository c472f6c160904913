//! Sums over a row, and sums of rows.
//!
//! What is left of a row after its whole vectors is read as the row's last vector, in part once more: no loop over single
//! elements, and nothing that a compiler could make one of.

use super::{LINE, Real};
use pulp::Simd;

/// A vector that rows are multiplied by.
pub struct Factor<'a, T, const W: usize> {
    elements: &'a [T],
    /// The last `W` elements, with zeros instead of those that are in the whole vectors before; none if there are fewer.
    last: [T; W],
}

impl<'a, T: Real, const W: usize> Factor<'a, T, W> {
    /// Ready to be multiplied by rows of as many elements.
    #[inline(always)]
    pub fn new(elements: &'a [T]) -> Self {
        let tail = elements.as_chunks::<W>().1;
        let mut last = [T::zero(); W];
        last[W - tail.len()..].copy_from_slice(tail);
        Factor { elements, last }
    }

    /// `Σ row·elements`, by four vectors of sums.
    #[inline(always)]
    pub fn dot<S: Simd>(&self, simd: S, row: &[T]) -> T {
        let (vectors, tail) = self.elements.as_chunks::<W>();
        let row = &row[..self.elements.len()];
        let Some(end) = row.last_chunk::<W>() else {
            let mut sum = T::zero();
            for j in 0..tail.len() {
                sum = row[j].mul_add(tail[j], sum);
            }
            return sum;
        };
        let (groups, rest) = vectors.as_chunks::<4>();
        let (row_groups, row_rest) = row.as_chunks::<W>().0.as_chunks::<4>();
        let mut sums = [[T::zero(); W]; 4];
        for (a, b) in row_groups.iter().zip(groups) {
            for v in 0..4 {
                sums[v] = T::mul_add_lanes(simd, a[v], b[v], sums[v]);
            }
        }
        for (a, b) in row_rest.iter().zip(rest) {
            sums[0] = T::mul_add_lanes(simd, *a, *b, sums[0]);
        }
        sums[1] = T::mul_add_lanes(simd, *end, self.last, sums[1]);
        let halves = [add::<T, S, W>(simd, sums[0], sums[1]), add::<T, S, W>(simd, sums[2], sums[3])];
        T::lane_sum(simd, add::<T, S, W>(simd, halves[0], halves[1]))
    }

    /// `z[i] = Σⱼ x[i, j]·elements[j]` for the row-major rows `x`: four rows side by side, where they fill a vector.
    #[inline(always)]
    pub fn dots<S: Simd>(&self, simd: S, x: &[T], z: &mut [T]) {
        let cols = self.elements.len();
        let done = if cols < W { 0 } else { z.len() / 4 * 4 };
        let (fours, rest) = z.split_at_mut(done);
        for (z, rows) in fours.as_chunks_mut::<4>().0.iter_mut().zip(x.chunks_exact(4 * cols)) {
            *z = self.four_dots(simd, rows);
        }
        for (z, row) in rest.iter_mut().zip(x[done * cols..].chunks_exact(cols)) {
            *z = self.dot(simd, row);
        }
    }

    /// The products of four rows, of a vector or more, by one vector of sums each.
    #[inline(always)]
    fn four_dots<S: Simd>(&self, simd: S, rows: &[T]) -> [T; 4] {
        let cols = self.elements.len();
        let (vectors, tail) = self.elements.as_chunks::<W>();
        let mut sums = [[T::zero(); W]; 4];
        for v in 0..vectors.len() {
            for k in 0..4 {
                let row = &rows[k * cols..][..cols];
                sums[k] = T::mul_add_lanes(simd, row.as_chunks::<W>().0[v], vectors[v], sums[k]);
            }
        }
        let mut products = [T::zero(); 4];
        for k in 0..4 {
            if !tail.is_empty()
                && let Some(end) = rows[k * cols..][..cols].last_chunk::<W>()
            {
                sums[k] = T::mul_add_lanes(simd, *end, self.last, sums[k]);
            }
            products[k] = T::lane_sum(simd, sums[k]);
        }
        products
    }
}

/// Asks for `x` to be brought into the first-level cache: a hint, which waits for nothing.
#[inline(always)]
#[cfg_attr(not(target_arch = "x86_64"), allow(unused_variables))]
pub fn prefetch<T>(x: &[T]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(sse) = pulp::core_arch::x86::Sse::try_new() {
        for line in x.chunks(LINE / size_of::<T>()) {
            sse._mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(line.as_ptr().cast());
        }
    }
}

/// `Σ x²`: what reading the data once costs.
#[inline(always)]
pub fn sum_of_squares<T: Real, S: Simd, const W: usize>(simd: S, x: &[T]) -> T {
    Factor::<T, W>::new(x).dot(simd, x)
}

/// `out[j] += Σᵢ coef[i]·x[i, j]` for the row-major rows `x`: up to eight vectors of columns at a time, whose sums stay in
/// registers.
#[inline(always)]
pub fn add_rows<T: Real, S: Simd, const W: usize>(simd: S, x: &[T], coef: &[T], out: &mut [T]) {
    let cols = out.len();
    if cols < W {
        for j in 0..cols {
            add_columns::<T, S, 1, 1, 4>(simd, x, coef, j, out);
        }
        return;
    }
    let vectors = cols.div_ceil(W);
    let mut v = 0;
    while v < vectors {
        let left = vectors - v;
        // Two halves rather than eight and a few.
        let width = if left > 8 && left < 16 { left.div_ceil(2) } else { left.min(8) };
        let from = v * W;
        match width {
            1 => add_columns::<T, S, W, 1, 4>(simd, x, coef, from, out),
            2 => add_columns::<T, S, W, 2, 2>(simd, x, coef, from, out),
            3 => add_columns::<T, S, W, 3, 2>(simd, x, coef, from, out),
            4 => add_columns::<T, S, W, 4, 1>(simd, x, coef, from, out),
            5 => add_columns::<T, S, W, 5, 1>(simd, x, coef, from, out),
            6 => add_columns::<T, S, W, 6, 1>(simd, x, coef, from, out),
            7 => add_columns::<T, S, W, 7, 1>(simd, x, coef, from, out),
            _ => add_columns::<T, S, W, 8, 1>(simd, x, coef, from, out),
        }
        v += width;
    }
}

/// `V` vectors of columns from `from` on, by `U` sums each; the last vector may begin before its place.
#[inline(always)]
fn add_columns<T: Real, S: Simd, const W: usize, const V: usize, const U: usize>(
    simd: S,
    x: &[T],
    coef: &[T],
    from: usize,
    out: &mut [T],
) {
    let cols = out.len();
    let last = (from + (V - 1) * W).min(cols - W);
    let mut sums = [[[T::zero(); W]; V]; U];
    let (groups, rest) = coef.as_chunks::<U>();
    for (rows, coef) in x.chunks_exact(U * cols).zip(groups) {
        for u in 0..U {
            let row = vectors::<T, W, V>(&rows[u * cols..(u + 1) * cols], from, last);
            for v in 0..V {
                sums[u][v] = T::mul_add_lanes(simd, [coef[u]; W], row[v], sums[u][v]);
            }
        }
    }
    for (row, &c) in x[groups.len() * U * cols..].chunks_exact(cols).zip(rest) {
        let row = vectors::<T, W, V>(row, from, last);
        for v in 0..V {
            sums[0][v] = T::mul_add_lanes(simd, [c; W], row[v], sums[0][v]);
        }
    }
    let mut totals = [[T::zero(); W]; V];
    for v in 0..V {
        for u in 0..U {
            totals[v] = add::<T, S, W>(simd, totals[v], sums[u][v]);
        }
    }
    add_columns_to::<T, S, W, V>(simd, totals, from, last, out);
}

/// Adds `V` vectors to the columns from `from` on, the last of them to those from `last` on which the others don't have.
#[inline(always)]
pub(super) fn add_columns_to<T: Real, S: Simd, const W: usize, const V: usize>(
    simd: S,
    totals: [[T; W]; V],
    from: usize,
    last: usize,
    out: &mut [T],
) {
    let (whole, _) = out[from..].as_chunks_mut::<W>();
    for v in 0..V - 1 {
        whole[v] = add::<T, S, W>(simd, totals[v], whole[v]);
    }
    let new = from + (V - 1) * W - last;
    for (out, &total) in out[last + new..last + W].iter_mut().zip(&totals[V - 1][new..]) {
        *out += total;
    }
}

/// `V` vectors of a row, all but the last of them neighbours from element `from` on.
#[inline(always)]
pub(super) fn vectors<T: Real, const W: usize, const V: usize>(row: &[T], from: usize, last: usize) -> [[T; W]; V] {
    let mut out = [[T::zero(); W]; V];
    let (whole, end) = (row[from..].as_chunks::<W>().0, &row[last..][..W]);
    out[..V - 1].copy_from_slice(&whole[..V - 1]);
    out[V - 1].copy_from_slice(end);
    out
}

#[inline(always)]
fn add<T: Real, S: Simd, const W: usize>(simd: S, a: [T; W], b: [T; W]) -> [T; W] {
    T::mul_add_lanes(simd, [T::one(); W], a, b)
}
