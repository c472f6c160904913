//! Triangles of matrices, and solving with a triangular matrix by substitution.

use crate::kernels::Instructions;
use crate::kernels::product::Matrix;
use crate::ops::linalg::Breakdown;
use crate::ops::linalg::blocks::{BLOCK, FEW_COLUMNS, subtract};
use crate::scalar::Scalar;

/// Replaces b, n rows in `x`, by `op(A)⁻¹b`: block by block of the rows, each taken out of the rows after it.
pub(crate) fn solve<T: Scalar>(
    instructions: Instructions,
    a: &[T],
    x: &mut [T],
    n: usize,
    lower: bool,
    transposed: bool,
) -> Result<(), Breakdown> {
    let m = x.len().checked_div(n).unwrap_or(0);
    if m < FEW_COLUMNS || n <= BLOCK {
        return substitute(a, n, x, n, lower, transposed);
    }
    let matrix = Matrix::row_major(a, n, n);
    let matrix = if transposed { matrix.transposed() } else { matrix };
    // op(A) is lower triangular, and substitution goes forwards, if just one of the two holds.
    let forwards = lower != transposed;
    let blocks = n.div_ceil(BLOCK);
    for step in 0..blocks {
        let first = BLOCK * if forwards { step } else { blocks - 1 - step };
        let len = BLOCK.min(n - first);
        let (before, block_and_after) = x.split_at_mut(first * m);
        let (block, after) = block_and_after.split_at_mut(len * m);
        substitute(&a[first * n + first..], n, block, len, lower, transposed)
            .map_err(|breakdown| breakdown.after(first))?;
        let (rest, from, rows) = if forwards { (after, first + len, n - first - len) } else { (before, 0, first) };
        let factors = matrix.part([from, first], [rows, len]);
        subtract(instructions, [factors, Matrix::row_major(block, len, m)], rest, m);
    }
    Ok(())
}

/// The same row by row, of `n` rows; A has a row every `stride` elements.
pub(super) fn substitute<T: Scalar>(
    a: &[T],
    stride: usize,
    x: &mut [T],
    n: usize,
    lower: bool,
    transposed: bool,
) -> Result<(), Breakdown> {
    let forwards = lower != transposed;
    let m = x.len().checked_div(n).unwrap_or(0);
    for step in 0..n {
        let i = if forwards { step } else { n - 1 - step };
        if !transposed {
            let known = if forwards { 0..i } else { i + 1..n };
            known.for_each(|j| subtract_row(x, m, i, j, a[i * stride + j]));
        }
        let pivot = a[i * stride + i];
        if pivot == T::zero() {
            return Err(Breakdown::Singular { pivot: i });
        }
        x[i * m..][..m].iter_mut().for_each(|value| *value = *value / pivot);
        if transposed {
            // Out of the rows to come at once: the factors are neighbours.
            let unknown = if forwards { i + 1..n } else { 0..i };
            unknown.for_each(|j| subtract_row(x, m, j, i, a[i * stride + j]));
        }
    }
    Ok(())
}

/// `xᵢ −= factor·xⱼ`, rows of `m` elements.
pub(super) fn subtract_row<T: Scalar>(x: &mut [T], m: usize, i: usize, j: usize, factor: T) {
    let Ok([target, row]) = x.get_disjoint_mut([i * m..(i + 1) * m, j * m..(j + 1) * m]) else { return };
    target.iter_mut().zip(row).for_each(|(target, x)| *target = *target - factor * *x);
}
