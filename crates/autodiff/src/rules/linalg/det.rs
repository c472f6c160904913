//! The determinant, differentiated by cofactors, hence at singular matrices too.

use crate::ops::Op;
use crate::ops::linalg::Linalg;
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// `det A` of the square matrices in the last two axes. The derivative is the matrix of the cofactors, of a singular matrix
    /// too, and so is the second derivative right there. A third derivative at a singular matrix is an error of evaluation. Where
    /// the determinant over- or underflows, [`log_abs_det`](Self::log_abs_det) and [`det_sign`](Self::det_sign) don't.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr2;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.variable("A", arr2(&[[0.0, 0.0], [0.0, 2.0]]));
    /// let determinant = a.det();
    /// assert_eq!(determinant.item()?, 0.0);
    /// assert_eq!(determinant.grad(a).value()?, arr2(&[[2.0, 0.0], [0.0, 0.0]]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn det(self) -> Self {
        self.tape().record(Op::Linalg(Linalg::Det), &[self])
    }

    /// The cofactors of the matrices in the last two axes.
    #[track_caller]
    fn cofactors(self) -> Self {
        self.tape().record(Op::Linalg(Linalg::Cofactors), &[self])
    }
}

pub(super) fn det_vjp<'t, T: Scalar>(rule: &Rule<'t, T>) -> Var<'t, T> {
    let shape = rule.adjoint.shape().with_last(1).with_last(1);
    rule.adjoint.reshape_to(&shape).strong_mul(rule.args[0].cofactors())
}

pub(super) fn cofactors_vjp<'t, T: Scalar>(rule: &Rule<'t, T>) -> Var<'t, T> {
    rule.args[0].linalg(Linalg::CofactorsSlope, rule.adjoint)
}

/// The slope is linear in the second operand, and its own adjoint. By the first it is the third derivative of the determinant, which
/// is formed with the inverse: along X, V and W, with B = A⁻¹, M = B·W and N = B·V, it is the trace of `X·B·Y·det A`,
/// `Y = (tr M·tr N − tr MN)·I − tr M·N − tr N·M + MN + NM`.
pub(super) fn slope_vjp<'t, T: Scalar>(rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let (a, w, v) = (rule.args[0], rule.args[1], rule.adjoint);
    rule.each(|index| {
        if index == 1 {
            return Some(a.linalg(Linalg::CofactorsSlope, v));
        }
        let solve = |b: Var<'t, T>| a.linalg(Linalg::Solve { transposed: false }, b);
        let product = |a: Var<'t, T>, b| a.linalg(Linalg::Product { ta: false, tb: false, strong: true }, b);
        let raised = |x: Var<'t, T>| x.reshape_to(&x.shape().with_last(1).with_last(1));
        let (m, n) = (solve(w), solve(v));
        let (mn, nm) = (product(m, n), product(n, m));
        let [trace_m, trace_n, trace_mn] = [m, n, mn].map(|matrix| raised(matrix.trace()));
        let identity = a.identities();
        let y = (trace_m * trace_n - trace_mn) * identity - trace_m * n - trace_n * m + mn + nm;
        Some(raised(a.det()) * product(y, solve(identity)).transpose_last())
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::test_support::{assert_close, check, check_rows, random};
    use crate::{Error, Tape};
    use ndarray::{Array2, ArrayD, arr1, arr2, arr3};

    /// Gradient and Hessian of the determinant of a 2 × 2 matrix (a, b, c, d): (d, −c, −b, a), whatever it is.
    fn check_two(matrix: [[f64; 2]; 2]) {
        let tape = Tape::<f64>::new();
        let a = tape.variable("A", arr2(&matrix));
        let y = a.det();
        let outputs = [y, y.grad(a), y.hessian(a)];
        let [[p, q], [r, s]] = matrix;
        let mut second = Array2::zeros((4, 4));
        second[[0, 3]] = 1.0;
        second[[3, 0]] = 1.0;
        second[[1, 2]] = -1.0;
        second[[2, 1]] = -1.0;
        let expected = [ndarray::arr0(p * s - q * r).into_dyn(), arr2(&[[s, -r], [-q, p]]).into_dyn()];
        for found in [
            outputs.map(|output| output.value().unwrap()).to_vec(),
            tape.compile(&outputs).unwrap().run(&[]).unwrap().into_vec(),
        ] {
            assert_close(&found[0], &expected[0], 4e-16);
            assert_close(&found[1], &expected[1], 4e-16);
            let hessian = found[2].to_shape((4, 4)).unwrap().to_owned().into_dyn();
            assert_close(&hessian, &second.clone().into_dyn(), 4e-16);
        }
    }

    #[test]
    fn the_determinant_of_two_columns_has_its_derivatives_whatever_the_rank() {
        check_two([[0.0, 0.0], [0.0, 0.0]]);
        check_two([[0.0, 0.0], [0.0, 2.0]]);
        check_two([[1.0, 2.0], [2.0, 4.0]]);
        check_two([[3.0, 1.0], [-2.0, 5.0]]);
        check_two([[1e150, 0.0], [0.0, 1e-150]]);
    }

    #[test]
    fn it_has_its_derivatives_to_second_order() {
        check(&[random(&[3, 3], 1)], |x| x[0].det());
        check(&[random(&[2, 4, 4], 2)], |x| x[0].det());
        check(&[random(&[1, 1], 3)], |x| x[0].det());
        check_rows(&[random(&[50, 3, 3], 4)], &[true], |x| x[0].det());
    }

    #[test]
    fn third_derivatives_of_three_columns_are_the_signs_of_permutations() {
        let tape = Tape::<f64>::new();
        let a = tape.variable("A", random(&[3, 3], 5));
        let hessian = a.det().hessian(a);
        for (i, j, sign) in [(1, 1, 1.0), (1, 0, 0.0)] {
            let mut expected = ArrayD::zeros(vec![3, 3]);
            expected[[2, 2]] = sign;
            let second = hessian.index_axis(0, 0).index_axis(0, 0).index_axis(0, i).index_axis(0, j);
            assert_close(&(second.grad(a) + 1.0).value().unwrap(), &(expected + 1.0), 1e-12);
        }
    }

    #[test]
    fn cofactors_and_their_slopes_are_right_at_any_rank() {
        // Rank 2 of 4: no cofactor, but second derivatives. By the minors of integers.
        let a = arr2(&[[1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 1.0, 2.0], [1.0, 3.0, 1.0, 3.0], [2.0, 3.0, -1.0, 0.0]]);
        let minor = |rows: [usize; 2], columns: [usize; 2]| {
            let rest = |but: [usize; 2]| (0..4).filter(move |k| !but.contains(k));
            let m: Vec<f64> = rest(rows).flat_map(|i| rest(columns).map(move |j| (i, j))).map(|at| a[at]).collect();
            m[0] * m[3] - m[1] * m[2]
        };
        let tape = Tape::<f64>::new();
        let x = tape.variable("A", &a);
        let [gradient, hessian] = [x.det().grad(x), x.det().hessian(x)].map(|y| y.value().unwrap());
        assert!(gradient.iter().all(|x| x.abs() < 1e-14), "{gradient}");
        for (i, j, k, l) in (0..256).map(|at| (at / 64, at / 16 % 4, at / 4 % 4, at % 4)) {
            let sign = if (i + j + k + l + usize::from((i < k) != (j < l))) % 2 == 0 { 1.0 } else { -1.0 };
            let expected = if i == k || j == l { 0.0 } else { sign * minor([i, k], [j, l]) };
            let found = hessian[[i, j, k, l]];
            assert!((found - expected).abs() < 1e-14, "{found} for {expected} at {i} {j} {k} {l}");
        }
    }

    #[test]
    fn a_determinant_overflows_only_as_a_whole() {
        let tape = Tape::<f64>::new();
        let diagonal = arr1(&[1e200, 1e250, 1e-200, 1e-250]);
        let a = tape.variable("A", Array2::from_diag(&diagonal));
        assert!((a.det().item().unwrap() - 1.0).abs() < 1e-14);
        let gradient = a.det().grad(a).value().unwrap();
        for k in 0..4 {
            assert!((gradient[[k, k]] * diagonal[k] - 1.0).abs() < 1e-14, "{gradient}");
        }
    }

    #[test]
    fn a_third_derivative_at_a_singular_matrix_is_an_error() {
        let tape = Tape::<f64>::new();
        let a = tape.variable("A", arr2(&[[1.0, 2.0], [2.0, 4.0]]));
        let second = (a.det().grad(a) * a).sum().grad(a).sum();
        assert!(second.value().is_ok());
        assert!(matches!(second.grad(a).value(), Err(Error::Singular { .. })));
    }

    #[test]
    fn a_batch_has_a_determinant_each_and_nothing_has_one() {
        let tape = Tape::<f64>::new();
        let a = tape.variable("A", arr3(&[[[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]]));
        assert_close(&a.det().value().unwrap(), &arr1(&[-2.0, -1.0]).into_dyn(), 4e-16);
        assert_eq!(tape.constant(ArrayD::<f64>::zeros(vec![0, 0])).det().item(), Ok(1.0));
        assert!(matches!(tape.input("b", &[2, 3]).det().value(), Err(Error::Recording { .. })));
    }
}
