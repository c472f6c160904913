//! Matrix times vector, and transposed matrix times vector.

use super::lanes::{add, dot};
use super::{Matrix, MulAdd, Number};

/// `z[i] = Σ_j X[i,j]·θ[j]`, with `X` of shape `rows × cols`.
///
/// Rows are read one after the other: dots of interleaved rows would be a few
/// streams more than the hardware prefetcher follows.
///
/// # Panics
/// If `θ` or `z` does not fit `X`.
#[inline(always)]
pub(crate) fn matvec<T: Number, M: MulAdd<T>, const L: usize>(x: Matrix<T>, theta: &[T], z: &mut [T]) {
    assert!(theta.len() == x.cols() && z.len() == x.rows());
    if !x.rows_are_slices() {
        z.fill(T::zero());
        return add_rows::<T, M, L>(x.transposed(), theta, z);
    }
    match x.cols() {
        1 => short_rows::<T, M, 1>(x, theta, z),
        2 => short_rows::<T, M, 2>(x, theta, z),
        3 => short_rows::<T, M, 3>(x, theta, z),
        4 => short_rows::<T, M, 4>(x, theta, z),
        5 => short_rows::<T, M, 5>(x, theta, z),
        6 => short_rows::<T, M, 6>(x, theta, z),
        7 => short_rows::<T, M, 7>(x, theta, z),
        _ => z.iter_mut().enumerate().for_each(|(i, z)| *z = dot::<T, M, L>(x.row(i), theta)),
    }
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

/// `g[j] += Σ_i X[i,j]·r[i]`, with `X` of shape `rows × cols`.
///
/// # Panics
/// If `r` or `g` does not fit `X`.
#[inline(always)]
pub(crate) fn transposed_matvec<T: Number, M: MulAdd<T>, const L: usize>(x: Matrix<T>, r: &[T], g: &mut [T]) {
    assert!(r.len() == x.rows() && g.len() == x.cols());
    if x.cols_are_slices() && !x.rows_are_slices() {
        let columns = x.transposed();
        for (j, g) in g.iter_mut().enumerate() {
            *g = *g + dot::<T, M, L>(columns.row(j), r);
        }
    } else {
        add_rows::<T, M, L>(x, r, g);
    }
}

/// `out[j] += Σ_i coef[i]·X[i,j]`
///
/// Columns are taken eight vectors at a time, whose sums stay in registers
/// while the rows pass in order: reading eight rows side by side instead sends
/// the hardware prefetcher after lines that are in the cache already.
#[inline(always)]
fn add_rows<T: Number, M: MulAdd<T>, const L: usize>(x: Matrix<T>, coef: &[T], out: &mut [T]) {
    if !x.rows_are_slices() {
        for (i, &c) in coef.iter().enumerate() {
            for (j, out) in out.iter_mut().enumerate() {
                *out = M::fma(c, x.at(i, j), *out);
            }
        }
        return;
    }
    let mut j = 0;
    while out.len() - j >= 8 * L {
        j += add_columns::<T, M, 1, 8, L>(x, coef, j, out);
    }
    if out.len() - j >= 4 * L {
        j += add_columns::<T, M, 1, 4, L>(x, coef, j, out);
    }
    if out.len() - j >= 2 * L {
        j += add_columns::<T, M, 2, 2, L>(x, coef, j, out);
    }
    if out.len() - j >= L {
        j += add_columns::<T, M, 4, 1, L>(x, coef, j, out);
    }
    while out.len() - j >= 4 {
        j += add_columns::<T, M, 4, 1, 4>(x, coef, j, out);
    }
    match out.len() - j {
        3 => add_columns::<T, M, 4, 1, 3>(x, coef, j, out),
        2 => add_columns::<T, M, 4, 1, 2>(x, coef, j, out),
        1 => add_columns::<T, M, 4, 1, 1>(x, coef, j, out),
        _ => 0,
    };
}

/// [`add_rows`] in `V` vectors of columns from `j`, by `U` sums each, which hide the latency of the additions; gives the
/// number of columns.
#[inline(always)]
fn add_columns<T: Number, M: MulAdd<T>, const U: usize, const V: usize, const L: usize>(
    x: Matrix<T>,
    coef: &[T],
    j: usize,
    out: &mut [T],
) -> usize {
    let out = &mut out[j..j + V * L].as_chunks_mut::<L>().0[..V];
    let mut sums = [[[T::zero(); L]; V]; U];
    let (groups, rest) = coef.as_chunks::<U>();
    for (group, coef) in groups.iter().enumerate() {
        for u in 0..U {
            let row = &x.row(group * U + u)[j..j + V * L].as_chunks::<L>().0[..V];
            for v in 0..V {
                sums[u][v] = M::fma_lanes([coef[u]; L], row[v], sums[u][v]);
            }
        }
    }
    for (i, &c) in rest.iter().enumerate() {
        let row = &x.row(groups.len() * U + i)[j..j + V * L].as_chunks::<L>().0[..V];
        for v in 0..V {
            sums[0][v] = M::fma_lanes([c; L], row[v], sums[0][v]);
        }
    }
    for v in 0..V {
        let mut total = sums[0][v];
        for u in 1..U {
            total = add(total, sums[u][v]);
        }
        out[v] = add(out[v], total);
    }
    V * L
}
