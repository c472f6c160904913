//! Operations on lanes, the lines of elements along one axis: how they are recorded and refused, and whose rule is whose. In [`scan`] are
//! cumulative sums, products and recurrences, in [`sort`] order and medians.

mod scan;
mod sort;

use crate::ops::{LaneOp, Lanewise, Op};
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::tape::Var;

impl Lanewise {
    pub(crate) fn vjp<'t, T: Scalar>(self, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
        match self.op {
            LaneOp::CumSum => self.cumsum_vjp(rule),
            LaneOp::CumLogSumExp => self.cumlogsumexp_vjp(rule),
            LaneOp::Recurrence => self.recurrence_vjp(rule),
            LaneOp::Sort => self.sort_vjp(rule),
        }
    }
}

impl<'t, T: Scalar> Var<'t, T> {
    #[track_caller]
    fn lanewise(self, op: Lanewise, operands: &[Self]) -> Self {
        self.tape().record(Op::Lanewise(op), operands)
    }

    /// The failure that the operation `name` of `self` along `axis` is, if it is one; `whole` says why it can't go along the rows.
    #[track_caller]
    fn refused_along(self, name: &str, axis: usize, whole: &str) -> Option<Self> {
        if self.is_failed() {
            return Some(self);
        }
        let shape = self.shape();
        if axis >= shape.ndim() {
            let reason = format!("axis {axis} does not exist: there are {} axes, numbered from 0", shape.ndim());
            return Some(self.tape().fail(name, &[self], reason));
        }
        // No closure, which would be the line to blame.
        if axis == 0 && shape.has_rows() {
            return Some(self.tape().not_streamable(name, whole));
        }
        None
    }
}
