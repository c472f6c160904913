//! Triangles of matrices, and solving with a triangular matrix by substitution.

use crate::ops::linalg::Breakdown;
use crate::scalar::Scalar;

/// Replaces b, n rows in `x`, by `op(A)⁻¹b`.
pub(crate) fn solve<T: Scalar>(a: &[T], x: &mut [T], n: usize, lower: bool, transposed: bool) -> Result<(), Breakdown> {
    // op(A) is lower triangular, and substitution goes forwards, if just one of the two holds.
    let forwards = lower != transposed;
    let m = x.len().checked_div(n).unwrap_or(0);
    for step in 0..n {
        let i = if forwards { step } else { n - 1 - step };
        let known = if forwards { 0..i } else { i + 1..n };
        for j in known {
            let factor = a[if transposed { j * n + i } else { i * n + j }];
            subtract_row(x, m, i, j, factor);
        }
        let pivot = a[i * n + i];
        if pivot == T::zero() {
            return Err(Breakdown::Singular { pivot: i });
        }
        x[i * m..][..m].iter_mut().for_each(|value| *value = *value / pivot);
    }
    Ok(())
}

/// `xᵢ −= factor·xⱼ`, rows of `m` elements.
pub(super) fn subtract_row<T: Scalar>(x: &mut [T], m: usize, i: usize, j: usize, factor: T) {
    for k in 0..m {
        x[i * m + k] = x[i * m + k] - factor * x[j * m + k];
    }
}
