//! The Cholesky factor; solving and log-determinant by it.

use crate::ops::Op;
use crate::ops::linalg::Linalg;
use crate::rules::Rule;
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
        if let Some(failed) = self.tape().refused("solve_spd", &[self, b]) {
            return failed;
        }
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
    let product = l.linalg(Linalg::Product { ta: true, tb: false, strong: true }, rule.adjoint.lower_triangle());
    let phi = product.masked("cholesky", |row, column| match row.cmp(&column) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    });
    let transposed = Linalg::SolveTriangular { lower: true, transposed: true };
    let s = l.linalg(transposed, l.linalg(transposed, phi).transpose_last());
    (s + s.transpose_last()) * real::<T>(0.5)
}

#[cfg(test)]
mod tests {
    use crate::rules::test_support::{assert_close, check, check_rows, random};
    use crate::{Error, Tape, Var};
    use ndarray::{ArrayD, arr2};

    /// `AAᵀ/2 + 1`, positive definite whatever A is.
    fn positive<'t>(a: Var<'t, f64>) -> Var<'t, f64> {
        let n = a.shape().trailing().last().copied().unwrap();
        let b = a.matmul(a.transpose_last()) * 0.5;
        b + a.tape().constant(ndarray::Array2::<f64>::eye(n))
    }

    #[test]
    fn the_factor_times_its_transpose_is_the_symmetric_part() {
        let tape = Tape::<f64>::new();
        let a = positive(tape.constant(random(&[2, 4, 4], 1)));
        let skewed = a + (tape.constant(random(&[2, 4, 4], 2)) * 0.1);
        let symmetric = (skewed + skewed.transpose_last()) * 0.5;
        let l = skewed.cholesky();
        assert_close(&l.matmul(l.transpose_last()).value().unwrap(), &symmetric.value().unwrap(), 1e-15);
        assert_eq!(l.value().unwrap(), l.lower_triangle().value().unwrap());
    }

    #[test]
    fn the_factor_has_its_derivatives_to_second_order() {
        check(&[random(&[3, 3], 3)], |x| positive(x[0]).cholesky());
        check(&[random(&[2, 2, 2], 4)], |x| positive(x[0]).cholesky());
        // By every element on its own, not by symmetric changes alone.
        let near: ArrayD<f64> = ndarray::Array2::<f64>::eye(3).into_dyn() * 2.0 + random(&[3, 3], 5) * 0.3;
        check(&[near], |x| x[0].cholesky());
        check(&[ArrayD::from_elem(vec![1, 1], 2.0)], |x| x[0].cholesky());
    }

    #[test]
    fn what_is_computed_by_the_factor_has_its_derivatives_to_second_order() {
        check(&[random(&[3, 3], 6), random(&[3], 7)], |x| positive(x[0]).solve_spd(x[1]));
        check(&[random(&[2, 2, 2], 8)], |x| positive(x[0]).log_det_spd());
    }

    #[test]
    fn the_derivative_of_the_log_determinant_is_the_inverse() {
        let tape = Tape::<f64>::new();
        let a = tape.variable("A", arr2(&[[4.0, 1.0], [1.0, 3.0]]));
        let expected = arr2(&[[3.0, -1.0], [-1.0, 4.0]]) / 11.0;
        assert_close(&a.log_det_spd().grad(a).value().unwrap(), &expected.into_dyn(), 1e-15);
    }

    #[test]
    fn a_factor_for_each_row_streams() {
        check_rows(&[random(&[60, 3, 3], 9)], &[true], |x| positive(x[0]).cholesky());
        check_rows(&[random(&[60, 2, 2], 10), random(&[60, 2], 11)], &[true, true], |x| {
            positive(x[0]).solve_spd(x[1]) + positive(x[0]).log_det_spd().insert_axis(1)
        });
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_is_an_error_that_names_the_pivot() {
        let mut matrices = ndarray::Array3::from_shape_fn((2000, 2, 2), |(_, i, j)| if i == j { 1.0 } else { 0.0 });
        matrices[[1500, 0, 1]] = 3.0;
        let tape = Tape::<f64>::new();
        let fixed = tape.variable("A", matrices.clone()).cholesky();
        let rows = tape.data("rows", matrices).cholesky();
        let mut errors = vec![fixed.value().unwrap_err()];
        errors.extend([fixed, rows].map(|l| tape.compile(&[l]).unwrap().run(&[]).unwrap_err()));
        for error in errors {
            assert!(matches!(error, Error::NotPositiveDefinite { matrix: 1500, pivot: 1, .. }), "{error}");
        }
        let nan = tape.constant(arr2(&[[f64::NAN]])).cholesky().value();
        assert!(matches!(nan, Err(Error::NotPositiveDefinite { pivot: 0, .. })));
    }
}
