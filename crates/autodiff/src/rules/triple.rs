//! The triple product along axes.

use crate::ops::Op;
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::shape::Axes;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// `a(b·c) − b(a·c)` of a = `self`, the products summed along `axes` of the operands' common shape. A 0 wins over an infinite or
    /// undefined factor, as in the products of adjoints.
    #[track_caller]
    pub(crate) fn triple(self, b: Self, c: Self, axes: Axes) -> Self {
        let record = |operands: [Self; 3], axes: Axes| self.tape().record(Op::Triple(axes), &operands);
        if [self, b, c].iter().any(|operand| operand.is_failed()) {
            return record([self, b, c], axes);
        }
        let shape = self.shape();
        if is_run(axes) || shape.has_rows() && axes.contains(0) {
            return record([self, b, c], axes);
        }
        let merged = [self, b, c].map(|operand| match operand.shape().is_scalar() {
            true => operand,
            false => operand.broadcast_shape(&shape).merge_last(axes),
        });
        let last = merged[0].shape().ndim() - 1;
        record(merged, Axes::NONE.with(last)).split_last(self, axes)
    }
}

/// Whether axes are neighbours.
fn is_run(axes: Axes) -> bool {
    let mut between = axes.iter().zip(axes.iter().skip(1));
    between.all(|(axis, next)| next == axis + 1)
}

pub(crate) fn vjp<'t, T: Scalar>(axes: Axes, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let (a, b, c, w) = (rule.args[0], rule.args[1], rule.args[2], rule.adjoint);
    rule.each(|index| {
        let adjoint = match index {
            0 => w.triple(c, b, axes),
            1 => -w.triple(c, a, axes),
            _ => b.broadcast_shape(&w.shape()).triple(a, w, axes),
        };
        Some(adjoint.sum_to(rule.args[index]))
    })
}
