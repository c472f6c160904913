//! The Cholesky factorisation, by blocks of columns: those of a block are eliminated, then their part is taken out of the columns after
//! them.

use crate::kernels::Instructions;
use crate::kernels::product::Matrix;
use crate::ops::linalg::Breakdown;
use crate::ops::linalg::blocks::{BLOCK, subtract};
use crate::ops::linalg::triangular;
use crate::scalar::{Scalar, real};

/// Rows whose part below a block is updated at a time, their elements right of the diagonal with them.
const ROWS: usize = 2 * BLOCK;

/// The numbers that [`factor`] works in.
pub(super) fn work_len(n: usize) -> usize {
    if n > BLOCK { BLOCK * n } else { 0 }
}

/// The factor of the symmetric part of A, row by row.
pub(super) fn factor<T: Scalar>(
    instructions: Instructions,
    a: &[T],
    l: &mut [T],
    work: &mut [T],
    n: usize,
) -> Result<(), Breakdown> {
    let half = real::<T>(0.5);
    for i in 0..n {
        for j in 0..i {
            l[i * n + j] = (a[i * n + j] + a[j * n + i]) * half;
        }
        l[i * n + i] = a[i * n + i];
    }
    for first in (0..n).step_by(BLOCK) {
        let end = n.min(first + BLOCK);
        eliminate(l, n, first..end)?;
        if end < n {
            take_out(instructions, l, work, n, first..end);
        }
    }
    (0..n).for_each(|i| l[i * n + i + 1..(i + 1) * n].fill(T::zero()));
    Ok(())
}

/// Factors a block on the diagonal, of which the part of the columns before it is taken out already.
fn eliminate<T: Scalar>(l: &mut [T], n: usize, block: std::ops::Range<usize>) -> Result<(), Breakdown> {
    for i in block.clone() {
        for j in block.start..=i {
            let rest = (block.start..j).fold(l[i * n + j], |rest, k| rest - l[i * n + k] * l[j * n + k]);
            if i != j {
                l[i * n + j] = rest / l[j * n + j];
            } else if rest > T::zero() && rest.is_finite() {
                l[i * n + i] = rest.sqrt();
            } else {
                return Err(Breakdown::NotPositiveDefinite { pivot: i });
            }
        }
    }
    Ok(())
}

/// The rows of L below a block, and their part taken out of the rows' later columns.
fn take_out<T: Scalar>(
    instructions: Instructions,
    l: &mut [T],
    work: &mut [T],
    n: usize,
    block: std::ops::Range<usize>,
) {
    let (first, end, width) = (block.start, block.end, block.len());
    let below = n - end;
    // Transposed, so that what is done to one column is done to neighbours.
    let columns = &mut work[..width * below];
    for (i, row) in l[end * n..].chunks_exact(n).enumerate() {
        (0..width).for_each(|k| columns[k * below + i] = row[first + k]);
    }
    // The block's pivots aren't 0.
    let _ = triangular::substitute(&l[first * n + first..], n, columns, width, true, false);
    for (i, row) in l[end * n..].chunks_exact_mut(n).enumerate() {
        (0..width).for_each(|k| row[first + k] = columns[k * below + i]);
    }
    let columns = Matrix::row_major(columns, width, below);
    for start in (0..below).step_by(ROWS) {
        let rows = ROWS.min(below - start);
        let [left, right] = [columns.part([0, start], [width, rows]), columns.part([0, 0], [width, start + rows])];
        subtract(instructions, [left.transposed(), right], &mut l[(end + start) * n + end..], n);
    }
}
