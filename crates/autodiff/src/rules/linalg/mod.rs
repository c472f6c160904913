//! Linear algebra on matrices, the last two axes of an array; those before them are a *batch*: a file for each of
//! `ops/linalg` ([`product`], [`triangular`], [`cholesky`], [`lu`], [`det`]).

mod cholesky;
mod det;
mod lu;
mod product;
mod triangular;

use crate::ops::linalg::{batched, square};
use crate::ops::{Linalg, Op};
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The last two axes exchanged.
    #[track_caller]
    fn transpose_last(self) -> Self {
        let ndim = self.shape().ndim();
        let mut order: Vec<usize> = (0..ndim).collect();
        if ndim >= 2 {
            order.swap(ndim - 2, ndim - 1);
        }
        self.permuted_axes(&order)
    }

    #[track_caller]
    fn linalg(self, op: Linalg, other: Self) -> Self {
        self.tape().record(Op::Linalg(op), &[self, other])
    }

    /// The identity for each matrix of `self`, square ones.
    #[track_caller]
    fn identities(self) -> Self {
        let shape = self.shape();
        let n = shape.trailing().last().copied().unwrap_or(0);
        self.tape().identity_matrix("inverse", n).broadcast_shape(&shape)
    }

    /// `op(A)⁻¹·b` of `self`, A, by an operation that solves: b is a vector (or one for each of the batch), or a matrix.
    #[track_caller]
    fn solve_by(self, op: Linalg, b: Self) -> Self {
        if self.is_failed() || b.is_failed() || !std::ptr::eq(self.tape(), b.tape()) {
            return self.linalg(op, b);
        }
        let (a, right) = (self.shape(), b.shape());
        if let Err(reason) = square(&a) {
            return self.tape().fail(op.name(), &[self, b], reason);
        }
        let is_vector = right.trailing().len() + 1 == a.trailing().len();
        if is_vector && right.has_rows() && !a.has_rows() {
            // A right-hand side for each row: as a product with the inverse it is streamed at the speed of products, and as
            // accurate (Druinsky and Toledo, *How accurate is inv(A)*b?*, 2012).
            return b.dot(self.linalg(op, self.identities()).t());
        }
        if is_vector {
            let column = b.reshape_to(&right.with_last(1));
            return self.solve_by(op, column).reshape_to(&right);
        }
        match self.same_batch(b) {
            Ok((a, b)) => a.linalg(op, b),
            Err(reason) => self.tape().fail(op.name(), &[self, b], reason),
        }
    }

    /// Both operands with the same axes before the last two: those of one are stretched to those of the other.
    #[track_caller]
    fn same_batch(self, other: Self) -> Result<(Self, Self), String> {
        let (a, b) = (self.shape(), other.shape());
        if a.trailing().len() < 2 || b.trailing().len() < 2 {
            return Err("both operands must be matrices, or arrays of matrices in their last two axes".into());
        }
        let batch = batched(&a, &[]).broadcast(&batched(&b, &[]))?;
        let stretched = |shape: &Shape| {
            let last = &shape.trailing()[shape.trailing().len() - 2..];
            let dims: Vec<usize> = batch.trailing().iter().chain(last).copied().collect();
            if batch.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) }
        };
        Ok((self.broadcast_shape(&stretched(&a)), other.broadcast_shape(&stretched(&b))))
    }
}

impl Linalg {
    pub(crate) fn vjp<'t, T: Scalar>(self, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
        match self {
            Linalg::Product { ta, tb, .. } => product::vjp(ta, tb, rule),
            Linalg::SolveTriangular { lower, transposed } => triangular::vjp(lower, transposed, rule),
            Linalg::Cholesky => rule.each(|_| Some(cholesky::vjp(rule))),
            Linalg::Solve { transposed } => lu::solve_vjp(transposed, rule),
            Linalg::LogAbsDet => rule.each(|_| Some(lu::log_abs_det_vjp(rule))),
            Linalg::DetSign => rule.each(|_| None),
            Linalg::Det => rule.each(|_| Some(det::det_vjp(rule))),
            Linalg::Cofactors => rule.each(|_| Some(det::cofactors_vjp(rule))),
            Linalg::CofactorsSlope => det::slope_vjp(rule),
        }
    }
}
