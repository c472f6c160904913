//! Matrix times vector, and transposed matrix times vector.

use super::matrix::LINE;
use super::{Matrix, MulAdd, Number};
use crate::kernels::reads_in_order;

/// `z[i] = Σ_j X[i,j]·θ[j]`, with `X` of shape `rows × cols`, whose rows are read one after the other if they are to be `in_order`.
///
/// # Panics
/// If `θ` or `z` does not fit `X`.
#[inline(always)]
pub(crate) fn matvec<T: Number, M: MulAdd<T>, const L: usize>(x: Matrix<T>, theta: &[T], z: &mut [T], in_order: bool) {
    assert!(theta.len() == x.cols() && z.len() == x.rows());
    if are_long(x) {
        long_rows::<T, M, L, 1>(x, [theta], [z], in_order);
    } else {
        other_rows::<T, M, L>(x, theta, z);
    }
}

/// Whether rows are slices of some vectors' length.
#[inline(always)]
fn are_long<T: Number>(x: Matrix<T>) -> bool {
    x.rows_are_slices() && x.cols() >= 8
}

/// [`matvec`] for rows that are short or no slices.
#[inline(always)]
fn other_rows<T: Number, M: MulAdd<T>, const L: usize>(x: Matrix<T>, theta: &[T], z: &mut [T]) {
    if !x.rows_are_slices() {
        z.fill(T::zero());
        return add_rows::<T, M, L, false>(x.transposed(), theta, z, 0);
    }
    if const { !M::UNROLLED } {
        return for (i, z) in z.iter_mut().enumerate() {
            let products = x.row(i).iter().zip(theta);
            let sum = products.fold(None, |sum, (&x, &theta)| Some(sum.map_or(x * theta, |sum| M::fma(x, theta, sum))));
            *z = sum.unwrap_or_else(T::zero);
        };
    }
    match x.cols() {
        0 => z.fill(T::zero()),
        1 => short_rows::<T, M, 1>(x, theta, z),
        2 => short_rows::<T, M, 2>(x, theta, z),
        3 => short_rows::<T, M, 3>(x, theta, z),
        4 => short_rows::<T, M, 4>(x, theta, z),
        5 => short_rows::<T, M, 5>(x, theta, z),
        6 => short_rows::<T, M, 6>(x, theta, z),
        _ => short_rows::<T, M, 7>(x, theta, z),
    }
}

/// [`matvec`] with two vectors, row by row: bit for bit the same, and rows are read from memory once.
///
/// # Panics
/// If a vector or a result does not fit `X`.
#[inline(always)]
pub(crate) fn matvec_pair<T: Number, M: MulAdd<T>, const L: usize>(
    x: Matrix<T>,
    theta: [&[T]; 2],
    z: [&mut [T]; 2],
    in_order: bool,
) {
    assert!(theta.iter().all(|theta| theta.len() == x.cols()) && z.iter().all(|z| z.len() == x.rows()));
    if are_long(x) {
        return long_rows::<T, M, L, 2>(x, theta, z, in_order);
    }
    for (theta, z) in theta.into_iter().zip(z) {
        other_rows::<T, M, L>(x, theta, z);
    }
}

/// Bytes of a row that is longer than [`MulAdd::four_dots`] has unrolled code for.
pub(super) const LONG: usize = 9 * 32;

/// [`matvec`] with `N` vectors.
#[inline(always)]
fn long_rows<T: Number, M: MulAdd<T>, const L: usize, const N: usize>(
    x: Matrix<T>,
    theta: [&[T]; N],
    z: [&mut [T]; N],
    in_order: bool,
) {
    let one_by_one = const { !M::FOUR_DOTS } || in_order && x.cols() * size_of::<T>() >= LONG;
    if !one_by_one && in_order {
        rows_by_fours::<T, M, L, N, true>(x, theta, z);
    } else if !one_by_one {
        rows_by_fours::<T, M, L, N, false>(x, theta, z);
    } else {
        for i in 0..x.rows() {
            let products = M::dots::<L, N>(theta, x.row(i));
            for n in 0..N {
                z[n][i] = products[n];
            }
        }
    }
}

/// [`long_rows`], four at a time: with fewer instructions a number, and on an Intel Xeon a sixth faster from memory, than by
/// [`MulAdd::dots`].
#[inline(always)]
fn rows_by_fours<T: Number, M: MulAdd<T>, const L: usize, const N: usize, const IN_ORDER: bool>(
    x: Matrix<T>,
    theta: [&[T]; N],
    z: [&mut [T]; N],
) {
    for first in (0..x.rows()).step_by(4) {
        // One call for whole groups and the rest: it is unrolled for many lengths.
        let count = x.rows() - first;
        let rows = if count >= 4 { x.rows_from(first) } else { last_rows(x, count) };
        let products = M::four_dots::<L, N, IN_ORDER>(theta, rows);
        for n in 0..N {
            let z = &mut z[n][first..];
            match z.first_chunk_mut::<4>() {
                Some(z) => *z = products[n],
                None => z.iter_mut().zip(products[n]).for_each(|(z, product)| *z = product),
            }
        }
    }
}

/// The last `count` rows, 1 to 3, and then again the last.
#[inline(always)]
fn last_rows<'a, T: Number>(x: Matrix<'a, T>, count: usize) -> [&'a [T]; 4] {
    let (first, last) = (x.rows() - count, x.rows() - 1);
    [x.row(first), x.row(last.min(first + 1)), x.row(last.min(first + 2)), x.row(last)]
}

/// [`matvec`] for rows of `C` elements: shorter than a vector, so that several rows under way at once, not several sums, hide
/// the latency.
#[inline(always)]
fn short_rows<T: Number, M: MulAdd<T>, const C: usize>(x: Matrix<T>, theta: &[T], z: &mut [T]) {
    let Some(theta) = theta.first_chunk::<C>() else { return };
    for (i, z) in z.iter_mut().enumerate() {
        let row = x.elements::<C>(i, 0);
        let mut sum = row[0] * theta[0];
        for j in 1..C {
            sum = M::fma(row[j], theta[j], sum);
        }
        *z = sum;
    }
}

/// Bytes of the rows after a block's that its transposed product asks for: as many as come while a block is computed on. Asked for
/// all of them at a hundred columns, a processor waits for its own questions.
const AHEAD: usize = 5 * 1024;

/// `g[j] += Σ_i X[i,j]·r[i]`, with `X` of shape `rows × cols`.
///
/// The first rows after `X` in memory are asked for on the way: prefetchers don't follow the reading of what is in a cache, and
/// memory would idle.
///
/// # Panics
/// If `r` or `g` does not fit `X`.
#[inline(always)]
pub(crate) fn transposed_matvec<T: Number, M: MulAdd<T>, const L: usize>(x: Matrix<T>, r: &[T], g: &mut [T]) {
    assert!(r.len() == x.rows() && g.len() == x.cols());
    if x.cols_are_slices() && !x.rows_are_slices() {
        let columns = x.transposed();
        for (j, g) in g.iter_mut().enumerate() {
            let [product] = M::dots::<L, 1>([r], columns.row(j));
            *g = *g + product;
        }
    } else {
        let ahead = if reads_in_order() { 0 } else { AHEAD / (x.cols() * size_of::<T>()).max(1) };
        add_rows::<T, M, L, true>(x, r, g, ahead);
    }
}

/// Whether registers have room for sixteen vectors of sums: with those of 64 bytes a processor has 32. Numbers other than `f64` and
/// `f32`, which run by fours, are no vectors, whatever their size.
#[inline(always)]
pub(super) const fn sixteen_sums_fit<T, const L: usize>() -> bool {
    size_of::<[T; L]>() == 64 && L >= 8
}

/// `out[j] += Σ_i coef[i]·X[i,j]`; the first `ahead` rows after these are asked for on the way.
///
/// Columns are taken eight vectors at a time, or sixteen, whose sums stay in registers
/// while the rows pass in order: reading eight rows side by side instead sends
/// the hardware prefetcher after lines that are in the cache already.
#[inline(always)]
fn add_rows<T: Number, M: MulAdd<T>, const L: usize, const WIDE: bool>(
    x: Matrix<T>,
    coef: &[T],
    out: &mut [T],
    ahead: usize,
) {
    if !x.rows_are_slices() {
        for (i, &c) in coef.iter().enumerate() {
            for (j, out) in out.iter_mut().enumerate() {
                *out = M::fma(c, x.at(i, j), *out);
            }
        }
        return;
    }
    // The compiler is not to know that they are all: see `MulAdd::load`.
    let lanes = std::hint::black_box(L);
    if const { !M::UNROLLED } {
        return for (vector, out) in out.chunks_mut(L).enumerate() {
            add_columns::<T, M, 4, 1, L>(x, coef, vector * L, lanes, ahead, out);
        };
    }
    let mut rest = out;
    let mut j = 0;
    while !rest.is_empty() {
        let vectors = rest.len().div_ceil(L);
        let wide = const { WIDE && sixteen_sums_fit::<T, L>() };
        let width = match vectors {
            9..=16 if wide => vectors,
            9..16 => vectors.div_ceil(2),
            _ => vectors.min(8),
        };
        let (out, after) = rest.split_at_mut((width * L).min(rest.len()));
        match width {
            1 => add_columns::<T, M, 4, 1, L>(x, coef, j, lanes, ahead, out),
            2 => add_columns::<T, M, 2, 2, L>(x, coef, j, lanes, ahead, out),
            3 => add_columns::<T, M, 2, 3, L>(x, coef, j, lanes, ahead, out),
            4 => add_columns::<T, M, 1, 4, L>(x, coef, j, lanes, ahead, out),
            5 => add_columns::<T, M, 1, 5, L>(x, coef, j, lanes, ahead, out),
            6 => add_columns::<T, M, 1, 6, L>(x, coef, j, lanes, ahead, out),
            7 => add_columns::<T, M, 1, 7, L>(x, coef, j, lanes, ahead, out),
            8 => add_columns::<T, M, 1, 8, L>(x, coef, j, lanes, ahead, out),
            // Smaller vectors have no such code, which is known before it is compiled.
            _ if const { WIDE && sixteen_sums_fit::<T, L>() } => {
                add_wide_columns::<T, M, L>(x, coef, j, lanes, ahead, out)
            }
            _ => {}
        }
        j += width * L;
        rest = after;
    }
}

/// [`add_columns`] in 9 to 16 vectors of 64 bytes.
#[inline(always)]
fn add_wide_columns<T: Number, M: MulAdd<T>, const L: usize>(
    x: Matrix<T>,
    coef: &[T],
    j: usize,
    lanes: usize,
    ahead: usize,
    out: &mut [T],
) {
    match out.len().div_ceil(L) {
        9 => add_columns::<T, M, 1, 9, L>(x, coef, j, lanes, ahead, out),
        10 => add_columns::<T, M, 1, 10, L>(x, coef, j, lanes, ahead, out),
        11 => add_columns::<T, M, 1, 11, L>(x, coef, j, lanes, ahead, out),
        12 => add_columns::<T, M, 1, 12, L>(x, coef, j, lanes, ahead, out),
        13 => add_columns::<T, M, 1, 13, L>(x, coef, j, lanes, ahead, out),
        14 => add_columns::<T, M, 1, 14, L>(x, coef, j, lanes, ahead, out),
        15 => add_columns::<T, M, 1, 15, L>(x, coef, j, lanes, ahead, out),
        _ => add_columns::<T, M, 1, 16, L>(x, coef, j, lanes, ahead, out),
    }
}

/// [`add_rows`] in `V` vectors of columns from `j`, the last of which may be one in part, by `U` sums each, which hide the
/// latency of the additions.
#[inline(always)]
fn add_columns<T: Number, M: MulAdd<T>, const U: usize, const V: usize, const L: usize>(
    x: Matrix<T>,
    coef: &[T],
    j: usize,
    lanes: usize,
    ahead: usize,
    out: &mut [T],
) {
    let mut sums = [[[T::zero(); L]; V]; U];
    let (groups, rest) = coef.as_chunks::<U>();
    for (group, coef) in groups.iter().enumerate() {
        for u in 0..U {
            if group * U + u < ahead {
                for line in 0..(V * L * size_of::<T>()).div_ceil(LINE) {
                    x.prefetch([x.rows() + group * U + u, j], line);
                }
            }
            let row = vectors::<T, M, V, L>(&x.row(group * U + u)[j..j + out.len()], lanes);
            for v in 0..V {
                sums[u][v] = M::fma_lanes([coef[u]; L], row[v], sums[u][v]);
            }
        }
    }
    for (i, &c) in rest.iter().enumerate() {
        let row = vectors::<T, M, V, L>(&x.row(groups.len() * U + i)[j..j + out.len()], lanes);
        for v in 0..V {
            sums[0][v] = M::fma_lanes([c; L], row[v], sums[0][v]);
        }
    }
    let mut totals = sums[0];
    for v in 0..V {
        for u in 1..U {
            totals[v] = add(totals[v], sums[u][v]);
        }
    }
    add_sums(totals, out);
}

/// `out[j] += sums[j]`, the sums in vectors, the last of which may be one in part.
#[inline(always)]
pub(super) fn add_sums<T: Number, const V: usize, const L: usize>(sums: [[T; L]; V], out: &mut [T]) {
    for v in 0..V {
        let end = out.len().min((v + 1) * L);
        let out = &mut out[v * L..end];
        match out.first_chunk_mut::<L>() {
            Some(out) => *out = add(*out, sums[v]),
            None => out.iter_mut().zip(sums[v]).for_each(|(out, sum)| *out = *out + sum),
        }
    }
}

/// The elements of a row as `V` vectors, with zeros after the last.
#[inline(always)]
pub(super) fn vectors<T: Number, M: MulAdd<T>, const V: usize, const L: usize>(row: &[T], lanes: usize) -> [[T; L]; V] {
    let (whole, last) = row.split_at((V - 1) * L);
    let mut out = [[T::zero(); L]; V];
    for v in 0..V - 1 {
        out[v] = M::load(&whole[v * L..(v + 1) * L], lanes);
    }
    out[V - 1] = M::load(last, lanes);
    out
}

#[inline(always)]
fn add<T: Number, const L: usize>(a: [T; L], b: [T; L]) -> [T; L] {
    let mut out = a;
    for l in 0..L {
        out[l] = a[l] + b[l];
    }
    out
}
