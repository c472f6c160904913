//! Matrix times vector, and transposed matrix times vector.

use super::matrix::LINE;
use super::{Matrix, MulAdd, Number};
use crate::kernels::Level;

/// `z[n][i] = Σ_j X[i,j]·θ[n][j]`, with `X` of shape `rows × cols`, whose rows are read once for all `N` vectors, and one after the other if
/// they are to be `in_order`. The bits of each product are those it has alone.
///
/// # Panics
/// If a vector or a result does not fit `X`.
#[inline(always)]
pub(crate) fn matvec<T: Number, M: MulAdd<T>, const L: usize, const N: usize>(
    x: Matrix<T>,
    theta: [&[T]; N],
    z: [&mut [T]; N],
    in_order: bool,
) {
    assert!((0..N).all(|n| theta[n].len() == x.cols() && z[n].len() == x.rows()));
    if are_long(x) {
        return long_rows::<T, M, L, N>(x, theta, z, in_order);
    }
    for (theta, z) in theta.into_iter().zip(z) {
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
        return by_columns::<T, M, L>(x.transposed(), theta, z);
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

/// Bytes of a row that is longer than [`MulAdd::four_dots`] has unrolled code for.
pub(super) const LONG: usize = 9 * 32;

/// [`matvec`] for rows of some vectors' length.
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

/// `g[j] += Σ_i X[i,j]·r[i]`, with `X` of shape `rows × cols`: by sums of `granule` rows, which are formed first. They and their order
/// are the same for every length of vector, and for every split of the rows between granules. `g` may be longer than a row, up to
/// whole vectors: what comes after has no meaning.
///
/// The first `ahead` bytes after `X` in memory are prefetched on the way: prefetchers don't follow the reading of what is in a cache, and
/// memory would idle.
///
/// # Panics
/// If `r` or `g` does not fit `X`.
#[inline(always)]
pub(crate) fn transposed_matvec<T: Number, M: MulAdd<T>, const L: usize>(
    x: Matrix<T>,
    r: &[T],
    g: &mut [T],
    granule: usize,
    ahead: usize,
) {
    assert!(r.len() == x.rows() && g.len() >= x.cols());
    if x.cols_are_slices() && !x.rows_are_slices() {
        add_dots::<T, M, L>(x.transposed(), r, &mut g[..x.cols()], granule);
    } else {
        let ahead = ahead / (x.cols() * size_of::<T>()).max(1);
        add_rows::<T, M, L>(x, r, g, granule, ahead);
    }
}

/// [`transposed_matvec`] of the matrix whose columns are the rows of `columns`.
#[inline(always)]
fn add_dots<T: Number, M: MulAdd<T>, const L: usize>(columns: Matrix<T>, r: &[T], g: &mut [T], granule: usize) {
    let last = g.len().saturating_sub(1);
    for (four, g) in g.chunks_mut(4).enumerate() {
        let columns = [0, 1, 2, 3].map(|k| columns.row(last.min(4 * four + k)));
        let mut start = 0;
        for r in r.chunks(granule) {
            let [sums] = M::four_dots::<L, 1, false>([r], columns.map(|column| &column[start..start + r.len()]));
            g.iter_mut().zip(sums).for_each(|(g, sum)| *g = *g + sum);
            start += r.len();
        }
    }
}

/// Whether registers have room for sixteen vectors of sums: with those of 64 bytes a processor has 32. Numbers other than `f64` and
/// `f32`, which run by fours, are no vectors, whatever their size.
#[inline(always)]
pub(super) const fn sixteen_sums_fit<T, const L: usize>() -> bool {
    size_of::<[T; L]>() == 64 && L >= 8
}

/// `out[i] += Σ_j coef[j]·X[j,i]`, each by two sums that hide the latency of the additions, in up to four vectors at a time: the
/// same bits for every element, wherever it stands.
#[inline(always)]
fn by_columns<T: Number, M: MulAdd<T>, const L: usize>(x: Matrix<T>, coef: &[T], out: &mut [T]) {
    if !x.rows_are_slices() {
        return by_elements::<T, M>(x, coef, out);
    }
    let lanes = std::hint::black_box(L);
    let width = if const { M::UNROLLED } { 4 * L } else { L };
    for (panel, out) in out.chunks_mut(width).enumerate() {
        let first = width * panel;
        let columns = Columns { x, first, last: first + out.len(), lanes, granule: coef.len().max(1), ahead: 0 };
        in_vectors::<T, M, 2, L>(columns, coef, out);
    }
}

#[inline(always)]
fn by_elements<T: Number, M: MulAdd<T>>(x: Matrix<T>, coef: &[T], out: &mut [T]) {
    for (i, &c) in coef.iter().enumerate() {
        for (j, out) in out.iter_mut().enumerate() {
            *out = M::fma(c, x.at(i, j), *out);
        }
    }
}

/// `out[j] += Σ_i coef[i]·X[i,j]`, by granules; the first `ahead` rows after these are prefetched on the way.
///
/// Columns are taken eight vectors at a time, or sixteen, whose sums stay in registers
/// while the rows pass in order: reading eight rows side by side instead sends
/// the hardware prefetcher after lines that are in the cache already.
#[inline(always)]
fn add_rows<T: Number, M: MulAdd<T>, const L: usize>(
    x: Matrix<T>,
    coef: &[T],
    out: &mut [T],
    granule: usize,
    ahead: usize,
) {
    if !x.rows_are_slices() {
        return by_elements::<T, M>(x, coef, &mut out[..x.cols()]);
    }
    // The compiler is not to know that they are all: see `MulAdd::load`.
    let lanes = std::hint::black_box(L);
    let mut first = 0;
    while first < x.cols() {
        let vectors = (x.cols() - first).div_ceil(L);
        let wide = const { sixteen_sums_fit::<T, L>() };
        let width = match vectors {
            _ if const { !M::UNROLLED } => 1,
            9..=16 if wide => vectors,
            9..16 => vectors.div_ceil(2),
            _ => vectors.min(8),
        };
        let end = first + width * L;
        let columns = Columns { x, first, last: end.min(x.cols()), lanes, granule, ahead };
        let room = end.min(out.len());
        let out = &mut out[first..room];
        // A few columns are added up by several sums each, which hide the latency of the additions: by how many is a matter of the
        // columns, not of the vectors they are in, so that all processors give the same bits.
        if x.cols() < 8 {
            in_vectors::<T, M, 4, L>(columns, coef, out);
        } else {
            in_vectors::<T, M, 1, L>(columns, coef, out);
        }
        first = end;
    }
}

/// Columns of a matrix, and how their sums are formed.
#[derive(Clone, Copy)]
struct Columns<'x, T> {
    x: Matrix<'x, T>,
    first: usize,
    /// The column after the last.
    last: usize,
    /// The elements of a vector, hidden from the compiler: see [`MulAdd::load`].
    lanes: usize,
    /// Rows whose sums are formed first.
    granule: usize,
    /// Rows prefetched after the last.
    ahead: usize,
}

/// [`add_columns`] in as many vectors as there are, each by `U` sums. Code for more than can be is left out.
#[inline(always)]
fn in_vectors<T: Number, M: MulAdd<T>, const U: usize, const L: usize>(columns: Columns<T>, coef: &[T], out: &mut [T]) {
    match (columns.last - columns.first).div_ceil(L) {
        1 => add_columns::<T, M, U, 1, L>(columns, coef, out),
        2 if const { has_code::<T, M, U, L>(2) } => add_columns::<T, M, U, 2, L>(columns, coef, out),
        3 if const { has_code::<T, M, U, L>(3) } => add_columns::<T, M, U, 3, L>(columns, coef, out),
        4 if const { has_code::<T, M, U, L>(4) } => add_columns::<T, M, U, 4, L>(columns, coef, out),
        5 if const { has_code::<T, M, U, L>(5) } => add_columns::<T, M, U, 5, L>(columns, coef, out),
        6 if const { has_code::<T, M, U, L>(6) } => add_columns::<T, M, U, 6, L>(columns, coef, out),
        7 if const { has_code::<T, M, U, L>(7) } => add_columns::<T, M, U, 7, L>(columns, coef, out),
        8 if const { has_code::<T, M, U, L>(8) } => add_columns::<T, M, U, 8, L>(columns, coef, out),
        // Smaller vectors have no such code, which is known before it is compiled.
        _ if const { M::UNROLLED && U == 1 && sixteen_sums_fit::<T, L>() } => {
            add_wide_columns::<T, M, L>(columns, coef, out)
        }
        _ => {}
    }
}

/// Whether columns that are added up by `U` sums may take so many vectors, more than one: by two [`by_columns`], by four fewer than 8
/// elements.
const fn has_code<T: Number, M: MulAdd<T>, const U: usize, const L: usize>(vectors: usize) -> bool {
    M::UNROLLED
        && match U {
            1 => true,
            2 => vectors <= 4,
            _ => vectors <= 7usize.div_ceil(L),
        }
}

/// [`add_columns`] in 9 to 16 vectors of 64 bytes.
#[inline(always)]
fn add_wide_columns<T: Number, M: MulAdd<T>, const L: usize>(columns: Columns<T>, coef: &[T], out: &mut [T]) {
    match (columns.last - columns.first).div_ceil(L) {
        9 => add_columns::<T, M, 1, 9, L>(columns, coef, out),
        10 => add_columns::<T, M, 1, 10, L>(columns, coef, out),
        11 => add_columns::<T, M, 1, 11, L>(columns, coef, out),
        12 => add_columns::<T, M, 1, 12, L>(columns, coef, out),
        13 => add_columns::<T, M, 1, 13, L>(columns, coef, out),
        14 => add_columns::<T, M, 1, 14, L>(columns, coef, out),
        15 => add_columns::<T, M, 1, 15, L>(columns, coef, out),
        _ => add_columns::<T, M, 1, 16, L>(columns, coef, out),
    }
}

/// The sums of `V` vectors of columns, the last of which may be one in part, by `U` sums each.
#[inline(always)]
fn add_columns<T: Number, M: MulAdd<T>, const U: usize, const V: usize, const L: usize>(
    columns: Columns<T>,
    coef: &[T],
    out: &mut [T],
) {
    let Columns { x, first, last, lanes, granule, ahead } = columns;
    let mut row = 0;
    for coef in coef.chunks(granule) {
        let mut sums = [[[T::zero(); L]; V]; U];
        let (groups, rest) = coef.as_chunks::<U>();
        for coef in groups {
            for u in 0..U {
                if row < ahead {
                    for line in 0..(V * L * size_of::<T>()).div_ceil(LINE) {
                        x.prefetch([x.rows() + row, first], line, Level::First);
                    }
                }
                let elements = vectors::<T, M, V, L>(&x.row(row)[first..last], lanes);
                for v in 0..V {
                    sums[u][v] = M::fma_lanes([coef[u]; L], elements[v], sums[u][v]);
                }
                row += 1;
            }
        }
        for u in 0..U {
            // Not a loop over `rest`, by which the sums would be kept in memory.
            let Some(&c) = rest.get(u) else { break };
            let elements = vectors::<T, M, V, L>(&x.row(row)[first..last], lanes);
            for v in 0..V {
                sums[u][v] = M::fma_lanes([c; L], elements[v], sums[u][v]);
            }
            row += 1;
        }
        add_sums(sums, out);
    }
}

/// `out[j] += Σ_u sums[u][j]`, the sums in vectors, the last of which may be one in part, if `out` has no room for all of it.
#[inline(always)]
pub(super) fn add_sums<T: Number, const U: usize, const V: usize, const L: usize>(
    sums: [[[T; L]; V]; U],
    out: &mut [T],
) {
    for v in 0..V {
        let mut total = sums[0][v];
        for u in 1..U {
            total = add(total, sums[u][v]);
        }
        let end = out.len().min((v + 1) * L);
        add_vector(total, &mut out[v * L..end]);
    }
}

/// `out[l] += sum[l]`, as far as `out` has elements.
#[inline(always)]
pub(super) fn add_vector<T: Number, const L: usize>(sum: [T; L], out: &mut [T]) {
    match out.first_chunk_mut::<L>() {
        Some(out) => *out = add(*out, sum),
        None => out.iter_mut().zip(sum).for_each(|(out, sum)| *out = *out + sum),
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
