//! Sums of a block's rows while the next block's are multiplied, a row of each in turn.

use super::rows::{Factor, add_columns_to, add_rows, vectors};
use super::{Real, prefetch};
use pulp::Simd;

/// Bytes from a row that is multiplied to the one that is asked for.
const AHEAD: usize = 12 * 1024;

/// `out[j] += Σᵢ coef[i]·x[i, j]`, and the products of the next block's rows, with which `after` begins, with each of the factors.
///
/// Blocks of different lengths, and rows of less than one vector or more than sixteen, are
/// taken one after the other.
#[inline(always)]
pub fn add_and_multiply<T: Real, S: Simd, const W: usize, const N: usize>(
    simd: S,
    [x, after]: [&[T]; 2],
    coef: &[T],
    out: &mut [T],
    factors: &[Factor<'_, T, W>; N],
    z: [&mut [T]; N],
) {
    let cols = out.len();
    let next = &after[..after.len().min(x.len())];
    if x.len() != next.len() || cols < W || cols > 16 * W {
        add_rows::<T, S, W>(simd, x, coef, out);
        for (factor, z) in factors.iter().zip(z) {
            factor.dots(simd, next, &mut z[..next.len() / cols]);
        }
        return;
    }
    let rows = [x, after];
    match cols.div_ceil(W) {
        1 => in_turn::<T, S, W, 1, N>(simd, rows, coef, out, factors, z),
        2 => in_turn::<T, S, W, 2, N>(simd, rows, coef, out, factors, z),
        3 => in_turn::<T, S, W, 3, N>(simd, rows, coef, out, factors, z),
        4 => in_turn::<T, S, W, 4, N>(simd, rows, coef, out, factors, z),
        5 => in_turn::<T, S, W, 5, N>(simd, rows, coef, out, factors, z),
        6 => in_turn::<T, S, W, 6, N>(simd, rows, coef, out, factors, z),
        7 => in_turn::<T, S, W, 7, N>(simd, rows, coef, out, factors, z),
        8 => in_turn::<T, S, W, 8, N>(simd, rows, coef, out, factors, z),
        9 => in_turn::<T, S, W, 9, N>(simd, rows, coef, out, factors, z),
        10 => in_turn::<T, S, W, 10, N>(simd, rows, coef, out, factors, z),
        11 => in_turn::<T, S, W, 11, N>(simd, rows, coef, out, factors, z),
        12 => in_turn::<T, S, W, 12, N>(simd, rows, coef, out, factors, z),
        13 => in_turn::<T, S, W, 13, N>(simd, rows, coef, out, factors, z),
        14 => in_turn::<T, S, W, 14, N>(simd, rows, coef, out, factors, z),
        15 => in_turn::<T, S, W, 15, N>(simd, rows, coef, out, factors, z),
        _ => in_turn::<T, S, W, 16, N>(simd, rows, coef, out, factors, z),
    }
}

/// [`add_and_multiply`] for rows of `V` vectors.
#[inline(always)]
fn in_turn<T: Real, S: Simd, const W: usize, const V: usize, const N: usize>(
    simd: S,
    [x, after]: [&[T]; 2],
    coef: &[T],
    out: &mut [T],
    factors: &[Factor<'_, T, W>; N],
    z: [&mut [T]; N],
) {
    let cols = out.len();
    let ahead = &after[after.len().min(AHEAD / size_of::<T>())..];
    let mut sums = [[T::zero(); W]; V];
    for (i, (row, next)) in x.chunks_exact(cols).zip(after.chunks_exact(cols)).enumerate() {
        for n in 0..N {
            z[n][i] = factors[n].dot(simd, next);
        }
        let row = vectors::<T, W, V>(row, 0, cols - W);
        for v in 0..V {
            sums[v] = T::mul_add_lanes(simd, [coef[i]; W], row[v], sums[v]);
        }
        prefetch(&ahead[ahead.len().min(i * cols)..ahead.len().min((i + 1) * cols)]);
    }
    add_columns_to::<T, S, W, V>(simd, sums, 0, cols - W, out);
}
