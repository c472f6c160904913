//! Matrix products and the `linear` node.

use crate::ops::Op;
use crate::ops::matmul::shape;
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The product as ndarray's `dot`: vector·vector, matrix·vector, vector·matrix or matrix·matrix.
    ///
    /// A matrix on the rows times a fixed vector or matrix stays on the rows; two vectors on the rows give one number, summed
    /// over the rows. For `Xᵀr` with both on the rows see [`t_dot`](Self::t_dot).
    #[track_caller]
    pub fn dot(self, other: Var<'t, T>) -> Self {
        self.product(other, false, false)
    }

    /// `selfᵀ·other`, both with as many rows: `Xᵀr` or `AᵀB`, a sum over the leading axis.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr1, arr2};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.data("X", arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let r = tape.data("r", arr1(&[1.0, -1.0]));
    /// assert_eq!(x.t_dot(r).value()?, arr1(&[-2.0, -2.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn t_dot(self, other: Var<'t, T>) -> Self {
        self.product(other, true, false)
    }

    /// The linear predictor `z = X·θ` of a design matrix X, n × p, and a parameter vector θ of length p: a product with
    /// its own name in printouts.
    ///
    #[doc = include_str!("../../formulas/linear.html")]
    #[track_caller]
    pub fn linear(self, theta: Var<'t, T>) -> Self {
        self.tape().record(Op::Linear, &[self, theta])
    }

    /// The outer product `self·otherᵀ` of two vectors; only the first may have rows.
    #[track_caller]
    pub fn outer(self, other: Var<'t, T>) -> Self {
        if let Some(failed) = self.tape().refused("outer", &[self, other]) {
            return failed;
        }
        if self.shape().ndim() != 1 || other.shape().ndim() != 1 || other.shape().has_rows() {
            let reason = "both operands must be vectors, the second without rows".into();
            return self.tape().fail("outer", &[self, other], reason);
        }
        self.insert_axis(1) * other.insert_axis(0)
    }

    #[track_caller]
    fn product(self, other: Self, transpose: bool, strong: bool) -> Self {
        if self.is_failed() || other.is_failed() || !std::ptr::eq(self.tape(), other.tape()) {
            return self.tape().record(Op::MatMul { ta: false, tb: false, strong }, &[self, other]);
        }
        let (a, b) = (self.shape(), other.shape());
        if !(1..=2).contains(&a.ndim()) || !(1..=2).contains(&b.ndim()) || (transpose && a.ndim() == 1 && b.ndim() == 1)
        {
            let reason = "the operands must be vectors or matrices; multiply by a number with `*`".into();
            let reason = if a.ndim() == 1 && b.ndim() == 1 { "both are vectors: use `dot`".into() } else { reason };
            return self.tape().fail(if transpose { "t_dot" } else { "dot" }, &[self, other], reason);
        }
        // A vector on the left is a row; one on the rows (or of a transposed product) is a column, taken transposed.
        let (left, ta) = match a.ndim() {
            1 => (self.insert_axis(1), true),
            _ => (self, transpose),
        };
        let right = if b.ndim() == 1 { other.insert_axis(1) } else { other };
        // Of the operands as the user knows them, not as the matrices they became.
        if let Err(reason) = shape(&left.shape(), &right.shape(), ta, false) {
            return self.tape().fail(if transpose { "t_dot" } else { "dot" }, &[self, other], reason);
        }
        let product = self.tape().record(Op::MatMul { ta, tb: false, strong }, &[left, right]);
        match (a.ndim(), b.ndim()) {
            (1, 1) => product.reshape_to(&Shape::fixed(&[])),
            (1, _) => product.remove_axis(0),
            (_, 1) => product.remove_axis(1),
            _ => product,
        }
    }
}

pub(crate) fn vjp<'t, T: Scalar>(ta: bool, tb: bool, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    vjp_by(ta, tb, rule, |a, b, ta, tb| a.tape().record(Op::MatMul { ta, tb, strong: true }, &[a, b]))
}

/// The adjoints of the factors of `op(A)·op(B)`, by an operation that gives such products.
pub(crate) fn vjp_by<'t, T: Scalar>(
    ta: bool,
    tb: bool,
    rule: &Rule<'t, T>,
    product: impl Fn(Var<'t, T>, Var<'t, T>, bool, bool) -> Var<'t, T>,
) -> Adjoints<'t, T> {
    let (a, b, adjoint) = (rule.args[0], rule.args[1], rule.adjoint);
    rule.each(|index| {
        Some(match (index, ta, tb) {
            (0, false, tb) => product(adjoint, b, false, !tb),
            (0, true, tb) => product(b, adjoint, tb, true),
            (_, ta, false) => product(a, adjoint, !ta, false),
            (_, ta, true) => product(adjoint, a, true, ta),
        })
    })
}

pub(crate) fn linear_vjp<'t, T: Scalar>(rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let (x, theta) = (rule.args[0], rule.args[1]);
    rule.each(|index| {
        Some(match index {
            0 => rule.adjoint.insert_axis(1).strong_mul(theta.insert_axis(0)),
            _ => x.product(rule.adjoint, true, true),
        })
    })
}
