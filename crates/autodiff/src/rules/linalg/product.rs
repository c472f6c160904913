//! The product of batched matrices.

use crate::ops::linalg::{Linalg, is_matrix};
use crate::rules::matmul::vjp_by;
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The products of the matrices in the last two axes, for each of the *batch*, the axes before them (the rows among
    /// them), which broadcast. vjp: `Ā = C̄Bᵀ`, `B̄ = AᵀC̄`.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{Array3, arr2, arr3};
    /// let tape = Tape::<f64>::new();
    /// let pair = tape.constant(arr3(&[[[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]]));
    /// let m = tape.constant(arr2(&[[1.0], [10.0]]));
    /// assert_eq!(pair.matmul(m).value()?, arr3(&[[[21.0], [43.0]], [[10.0], [1.0]]]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn matmul(self, other: Var<'t, T>) -> Self {
        let op = Linalg::Product { ta: false, tb: false, strong: false };
        if self.is_failed() || other.is_failed() || !std::ptr::eq(self.tape(), other.tape()) {
            return self.linalg(op, other);
        }
        if self.shape().ndim() == 2 && other.shape().ndim() == 2 {
            return self.dot(other);
        }
        if is_matrix(&self.shape()) || is_matrix(&other.shape()) {
            return self.linalg(op, other);
        }
        match self.same_batch(other) {
            Ok((a, b)) => a.linalg(op, b),
            Err(reason) => self.tape().fail(op.name(), &[self, other], reason),
        }
    }
}

/// The adjoint of an operand that is the same for all of the batch is summed over that.
pub(super) fn vjp<'t, T: Scalar>(ta: bool, tb: bool, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let adjoints = vjp_by(ta, tb, rule, |a, b, ta, tb| a.linalg(Linalg::Product { ta, tb, strong: true }, b));
    adjoints.into_iter().zip(&rule.args).map(|(adjoint, operand)| Some(adjoint?.sum_to(*operand))).collect()
}

#[cfg(test)]
mod tests {
    use crate::Tape;
    use crate::rules::test_support::{check, check_rows, random};

    #[test]
    fn batched_products_have_their_derivatives_to_second_order() {
        check(&[random(&[2, 2, 3], 1), random(&[2, 3, 2], 2)], |x| x[0].matmul(x[1]));
        check(&[random(&[2, 2, 3], 3), random(&[3, 1], 4)], |x| x[0].matmul(x[1]));
        check(&[random(&[2, 2, 2], 5)], |x| x[0].matmul(x[0]));
        check(&[random(&[2, 2], 6), random(&[2, 2], 7)], |x| x[0].matmul(x[1]));
    }

    #[test]
    fn products_of_rows_of_matrices_stream() {
        let operands = [random(&[100, 2, 3], 8), random(&[100, 3, 2], 9), random(&[2, 3], 10)];
        check_rows(&operands, &[true, true, false], |x| x[0].matmul(x[1]).matmul(x[2]));
    }

    #[test]
    fn empty_matrices_have_products() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.input("a", &[2, 3, 0]), tape.input("b", &[2, 0, 2]));
        let program = tape.compile(&[a.matmul(b)]).unwrap();
        let zeros = |shape: [usize; 3]| ndarray::Array3::<f64>::zeros(shape);
        let result = program.run(&[a.bind(&zeros([2, 3, 0])), b.bind(&zeros([2, 0, 2]))]).unwrap();
        assert_eq!(result[0], zeros([2, 3, 2]).into_dyn());
    }

    #[test]
    fn lengths_that_do_not_fit_are_errors() {
        let tape = Tape::<f64>::new();
        let error = tape.input("a", &[2, 3, 4]).matmul(tape.input("b", &[2, 3, 4])).value().unwrap_err();
        assert!(error.to_string().contains("4 on the left, 3 on the right"), "{error}");
        let tape = Tape::<f64>::new();
        assert!(tape.input("a", &[2, 3, 4]).matmul(tape.input("b", &[3, 4, 5])).value().is_err());
    }
}
