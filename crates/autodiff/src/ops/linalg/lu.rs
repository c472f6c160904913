//! Gaussian elimination with partial pivoting, and what is computed by it of any square matrix.

use crate::kernels::Instructions;
use crate::ops::linalg::Breakdown;
use crate::ops::linalg::triangular::subtract_row;
use crate::scalar::Scalar;

/// `op(A)⁻¹B` to `x`; `work` holds the matrix that is eliminated.
pub(super) fn solve<T: Scalar>(
    instructions: Instructions,
    [a, b]: [&[T]; 2],
    x: &mut [T],
    work: &mut [T],
    n: usize,
    transposed: bool,
) -> Result<(), Breakdown> {
    let m = x.len().checked_div(n).unwrap_or(0);
    for (at, value) in work.iter_mut().enumerate() {
        *value = a[if transposed { at % n * n + at / n } else { at }];
    }
    x.copy_from_slice(b);
    for i in 0..n {
        let pivot = exchange(work, n, i);
        if pivot != i {
            (0..m).for_each(|k| x.swap(i * m + k, pivot * m + k));
        }
        let diagonal = work[i * n + i];
        if diagonal == T::zero() {
            return Err(Breakdown::Singular { pivot: i });
        }
        for row in i + 1..n {
            let factor = eliminate(work, n, i, row);
            subtract_row(x, m, row, i, factor);
        }
    }
    super::triangular::solve(instructions, work, x, n, false, false)
}

/// `ln|det A|` and its sign; −∞ and 0 of a singular matrix.
pub(super) fn log_abs_det<T: Scalar>(a: &[T], work: &mut [T], n: usize) -> (T, T) {
    let (mut log, mut sign) = (T::zero(), T::one());
    each_pivot(a, work, n, |pivot| {
        log = log + pivot.abs().ln();
        sign = if pivot == T::zero() { T::zero() } else { sign * pivot.signum() };
    });
    (log, sign)
}

/// Calls `f` with each pivot of an elimination, of the sign that their product needs to be the determinant; 0 is the last.
pub(super) fn each_pivot<T: Scalar>(a: &[T], work: &mut [T], n: usize, mut f: impl FnMut(T)) {
    work.copy_from_slice(a);
    for i in 0..n {
        let is_exchanged = exchange(work, n, i) != i;
        let pivot = work[i * n + i];
        f(if is_exchanged { -pivot } else { pivot });
        if pivot == T::zero() {
            return;
        }
        for row in i + 1..n {
            eliminate(work, n, i, row);
        }
    }
}

/// Brings the row with the largest element of column `i`, on or below the diagonal, to row `i`; which one it was.
fn exchange<T: Scalar>(work: &mut [T], n: usize, i: usize) -> usize {
    let mut pivot = i;
    for row in i + 1..n {
        if work[row * n + i].abs() > work[pivot * n + i].abs() {
            pivot = row;
        }
    }
    if pivot != i {
        (0..n).for_each(|k| work.swap(i * n + k, pivot * n + k));
    }
    pivot
}

/// Subtracts from `row` the multiple of row `i` that leaves a 0 in column `i`; the factor.
fn eliminate<T: Scalar>(work: &mut [T], n: usize, i: usize, row: usize) -> T {
    let factor = work[row * n + i] / work[i * n + i];
    for k in i..n {
        work[row * n + k] = work[row * n + k] - factor * work[i * n + k];
    }
    factor
}
