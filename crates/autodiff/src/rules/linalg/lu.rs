//! Solving, inverse and log-determinant of any square matrix.

use crate::ops::Op;
use crate::ops::linalg::{Linalg, square};
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// `A⁻¹b` of `self`, a square matrix A, by elimination with partial pivoting. b is a vector or a matrix; A may have axes
    /// before its last two, a *batch*, with a b for each; of a fixed A, b may be a vector a row.
    ///
    /// vjp: `b̄ = A⁻ᵀx̄`, `Ā = −b̄xᵀ`. A singular matrix (a pivot of exactly 0) is an error of evaluation that names the pivot.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr1, arr2};
    /// let tape = Tape::<f64>::new();
    /// let a = tape.variable("A", arr2(&[[0.0, 2.0], [1.0, 1.0]]));
    /// let b = tape.variable("b", arr1(&[4.0, 5.0]));
    /// let x = a.solve(b);
    /// assert_eq!(x.value()?, arr1(&[3.0, 2.0]).into_dyn());
    /// assert_eq!(x.sum().grad(b).value()?, arr1(&[0.0, 1.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn solve(self, b: Var<'t, T>) -> Self {
        self.solve_by(Linalg::Solve { transposed: false }, b)
    }

    /// `A⁻¹` of the square matrices in the last two axes; to solve an equation, [`solve`](Self::solve) is the better way.
    #[track_caller]
    pub fn inverse(self) -> Self {
        if self.is_failed() {
            return self;
        }
        match square(&self.shape()) {
            Ok(_) => self.linalg(Linalg::Solve { transposed: false }, self.identities()),
            Err(reason) => self.tape().fail("inverse", &[self], reason),
        }
    }

    /// `ln|det A|` of the square matrices in the last two axes, without overflow; −∞ for a singular one. The derivative is
    /// `A⁻ᵀ`, an error of evaluation where A is singular. For a symmetric positive definite A take
    /// [`log_det_spd`](Self::log_det_spd).
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr2;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.variable("A", arr2(&[[0.0, 2.0], [3.0, 1.0]]));
    /// assert!((a.log_abs_det().item()? - 6.0f64.ln()).abs() < 1e-15);
    /// assert_eq!(a.det_sign().item()?, -1.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn log_abs_det(self) -> Self {
        self.tape().record(Op::Linalg(Linalg::LogAbsDet), &[self])
    }

    /// The sign of `det A` of the square matrices in the last two axes: 1, −1, or 0 for a singular one; derivative 0.
    #[track_caller]
    pub fn det_sign(self) -> Self {
        self.tape().record(Op::Linalg(Linalg::DetSign), &[self])
    }
}

pub(super) fn solve_vjp<'t, T: Scalar>(transposed: bool, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let (a, x) = (rule.args[0], rule.output);
    let b_bar = a.linalg(Linalg::Solve { transposed: !transposed }, rule.adjoint);
    rule.each(|index| {
        let outer = Linalg::Product { ta: false, tb: true, strong: true };
        Some(match (index, transposed) {
            (1, _) => b_bar,
            (_, false) => -b_bar.linalg(outer, x),
            (_, true) => -x.linalg(outer, b_bar),
        })
    })
}

pub(super) fn log_abs_det_vjp<'t, T: Scalar>(rule: &Rule<'t, T>) -> Var<'t, T> {
    let a = rule.args[0];
    let shape = rule.adjoint.shape();
    let inverse_t = a.linalg(Linalg::Solve { transposed: true }, a.identities());
    rule.adjoint.reshape_to(&shape.with_last(1).with_last(1)).strong_mul(inverse_t)
}

#[cfg(test)]
mod tests {
    use crate::rules::test_support::{assert_close, check, check_rows, random};
    use crate::{Error, Tape};
    use ndarray::{Array2, ArrayD, arr2};

    #[test]
    fn solve_inverse_and_log_determinant_have_their_derivatives_to_second_order() {
        check(&[random(&[3, 3], 1), random(&[3], 2)], |x| x[0].solve(x[1]));
        check(&[random(&[2, 2, 2], 3), random(&[2, 2, 1], 4)], |x| x[0].solve(x[1]));
        check(&[random(&[3, 3], 5)], |x| x[0].inverse());
        check(&[random(&[2, 3, 3], 6)], |x| x[0].log_abs_det() * x[0].det_sign());
        check(&[random(&[1, 1], 7)], |x| x[0].inverse() + x[0].log_abs_det());
    }

    #[test]
    fn a_solution_solves_the_equation() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.constant(random(&[6, 6], 8)), tape.constant(random(&[6, 2], 9)));
        assert_close(&a.dot(a.solve(b)).value().unwrap(), &b.value().unwrap(), 1e-13);
        assert_close(&a.dot(a.inverse()).value().unwrap(), &Array2::eye(6).into_dyn(), 1e-13);
    }

    #[test]
    fn determinants_have_the_sign_of_the_permutation() {
        let tape = Tape::<f64>::new();
        let a = tape.constant(arr2(&[[0.0, 2.0, 0.0], [5.0, 0.0, 0.0], [0.0, 0.0, 3.0]]));
        assert_eq!(a.det_sign().item(), Ok(-1.0));
        assert!((a.log_abs_det().item().unwrap() - 30f64.ln()).abs() < 1e-15);
        assert_eq!(a.index_axis(0, 0).outer(a.index_axis(0, 1)).det_sign().item(), Ok(0.0));
    }

    #[test]
    fn systems_of_rows_stream() {
        check_rows(&[random(&[50, 3, 3], 10), random(&[50, 3], 11)], &[true, true], |x| {
            x[0].solve(x[1]) + x[0].log_abs_det().insert_axis(1)
        });
        check_rows(&[random(&[50, 2, 2], 12), random(&[1, 2, 2], 13)], &[true, false], |x| x[0].solve(x[1]));
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.variable("A", random(&[3, 3], 14)), tape.data("b", random(&[40, 3], 15)));
        let fixed = a.solve(tape.constant(random(&[40, 3], 15)).t()).t();
        let [by_rows, by_fixed] = [a.solve(b), fixed].map(|y| (y * y).sum().grad(a));
        assert_close(&tape.compile(&[by_rows]).unwrap().run(&[]).unwrap()[0], &by_fixed.value().unwrap(), 1e-12);
    }

    #[test]
    fn a_singular_matrix_is_an_error_but_has_a_log_determinant() {
        let tape = Tape::<f64>::new();
        let a = tape.variable("A", arr2(&[[1.0, 2.0], [2.0, 4.0]]));
        let inverse = a.inverse();
        let errors = [inverse.value().unwrap_err(), tape.compile(&[inverse]).unwrap().run(&[]).unwrap_err()];
        for error in errors {
            assert!(matches!(error, Error::Singular { pivot: 1, .. }), "{error}");
        }
        assert_eq!(a.log_abs_det().item(), Ok(f64::NEG_INFINITY));
        assert!(matches!(a.log_abs_det().grad(a).value(), Err(Error::Singular { .. })));
    }

    #[test]
    fn empty_matrices_are_solved() {
        let tape = Tape::<f64>::new();
        let a = tape.variable("A", ArrayD::<f64>::zeros(vec![0, 0]));
        assert_eq!(a.inverse().value().unwrap().shape(), [0, 0]);
        assert_eq!(a.log_abs_det().item(), Ok(0.0));
        assert_eq!(a.det_sign().item(), Ok(1.0));
        assert_eq!(tape.compile(&[a.cholesky(), a.inverse()]).unwrap().run(&[]).unwrap()[0].len(), 0);
    }
}
