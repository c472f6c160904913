//! The Cholesky factorisation, and what is computed by it of symmetric positive definite matrices.

use super::{Breakdown, Linalg};
use crate::ops::{Op, Rule};
use crate::scalar::{Scalar, real};
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The lower triangular L with a positive diagonal and `LLᵀ = (A + Aᵀ)/2`, A being `self`, or each matrix in its last two
    /// axes. A is taken for symmetric: of another matrix the symmetric part is factored, and the derivative is symmetric.
    ///
    /// vjp: `Ā` is the symmetric part of `L⁻ᵀ Φ(LᵀL̄) L⁻¹`, Φ the lower triangle with half the diagonal (Murray,
    /// *Differentiation of the Cholesky decomposition*, 2016). A matrix that is not positive definite is an error of
    /// evaluation that names the pivot.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr2;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.variable("A", arr2(&[[4.0, 2.0], [2.0, 10.0]]));
    /// assert_eq!(a.cholesky().value()?, arr2(&[[2.0, 0.0], [1.0, 3.0]]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn cholesky(self) -> Self {
        self.tape().record(Op::Linalg(Linalg::Cholesky), &[self])
    }

    /// `A⁻¹b` of a symmetric positive definite A, by its Cholesky factor; b as in [`solve`](Self::solve).
    #[track_caller]
    pub fn solve_spd(self, b: Var<'t, T>) -> Self {
        let l = self.cholesky();
        l.solve_lower_t(l.solve_lower(b))
    }

    /// `ln det A` of a symmetric positive definite A, or of each matrix in the last two axes: `2·Σ ln Lᵢᵢ`. The
    /// derivative is `A⁻¹`.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr2;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.variable("A", arr2(&[[4.0, 2.0], [2.0, 10.0]]));
    /// assert!((a.log_det_spd().item()? - 36.0f64.ln()).abs() < 1e-15);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn log_det_spd(self) -> Self {
        self.cholesky().diagonal().ln().sum_last() * real::<T>(2.0)
    }
}

pub(super) fn vjp<'t, T: Scalar>(rule: &Rule<'t, T>) -> Var<'t, T> {
    let l = rule.output;
    // Above the diagonal L is 0 whatever A is, so an adjoint there belongs to nothing.
    let product = l.linalg(Linalg::Product { ta: true, tb: false }, rule.adjoint.lower_triangle());
    let phi = product.masked("cholesky", |row, column| match row.cmp(&column) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    });
    let transposed = Linalg::SolveTriangular { lower: true, transposed: true };
    let s = l.linalg(transposed, l.linalg(transposed, phi).transpose_last());
    (s + s.transpose_last()) * real::<T>(0.5)
}

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
