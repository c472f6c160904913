//! The Cholesky factorisation, and what is computed by it of symmetric positive definite matrices.

use crate::ops::linalg::Breakdown;
use crate::scalar::{Scalar, real};

/// The factor of the symmetric part of A, row by row.
pub(super) fn factor<T: Scalar>(a: &[T], l: &mut [T], n: usize) -> Result<(), Breakdown> {
    let half = real::<T>(0.5);
    l.fill(T::zero());
    for i in 0..n {
        for j in 0..=i {
            let entry = if i == j { a[i * n + i] } else { (a[i * n + j] + a[j * n + i]) * half };
            let rest = (0..j).fold(entry, |rest, k| rest - l[i * n + k] * l[j * n + k]);
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
