//! Log-sum-exp with weights over the rows, as reductions that stream.

use super::Rewriter;
use crate::graph::{NodeId, ShapeId};
use crate::ops::{Binary, Op, Reduce, Unary, Weighted};
use crate::scalar::Scalar;
use crate::shape::Axes;

impl<T: Scalar> Rewriter<'_, T> {
    /// In two sweeps: the largest `x + ln |w|`, then the sums of what remains of the terms, the largest separately, which keeps
    /// the digits of a small rest.
    pub(super) fn weighted_over_rows(
        &mut self,
        weighted: Weighted,
        axes: Axes,
        args: &[NodeId],
        shape: ShapeId,
    ) -> Option<NodeId> {
        let (x, w) = (args[0], args[1]);
        if !self.graph.shape(x).has_rows() || !axes.contains(0) {
            return None;
        }
        let whole = self.graph.node(x).shape;
        let kept = self.graph.shape(x).reduce(axes, true);
        if weighted == Weighted::Part {
            let share = self.make_as(Op::Weighted(Weighted::Share, axes), &[x, w], whole);
            return Some(self.make_as(Op::Binary(Binary::StrongMul), &[w, share], whole));
        }
        if weighted == Weighted::Share {
            let [sign, log] = [Weighted::Sign, Weighted::LogAbs].map(|part| {
                let part = self.make(Op::Weighted(part, axes), &[x, w]);
                self.make_shaped(Op::Reshape, &[part], &kept)
            });
            let difference = self.make_as(Op::Binary(Binary::Sub), &[x, log], whole);
            let size = self.make_as(Op::Unary(Unary::Exp), &[difference], whole);
            return Some(self.make_as(Op::Binary(Binary::Mul), &[size, sign], whole));
        }
        let [zero, nothing] = [T::zero(), T::neg_infinity()].map(|number| self.number(number));
        let size = self.make_as(Op::Unary(Unary::Abs), &[w], whole);
        let ln_size = self.make_as(Op::Unary(Unary::Ln), &[size], whole);
        let exponent = self.make_as(Op::Binary(Binary::Add), &[x, ln_size], whole);
        let exponent = self.make_as(Op::Select, &[w, exponent, nothing], whole);
        let largest = self.make(Op::Reduce(Reduce::Max, axes), &[exponent]);
        let stretched = self.make_shaped(Op::Reshape, &[largest], &kept);
        let sign = self.make_as(Op::Unary(Unary::Signum), &[w], whole);
        let is_largest = self.make_as(Op::Binary(Binary::Equal), &[exponent, stretched], whole);
        let difference = self.make_as(Op::Binary(Binary::Sub), &[exponent, stretched], whole);
        let power = self.make_as(Op::Unary(Unary::Exp), &[difference], whole);
        let power = self.make_as(Op::Binary(Binary::Mul), &[sign, power], whole);
        let of_largest = self.make_as(Op::Select, &[is_largest, sign, zero], whole);
        let of_rest = self.make_as(Op::Select, &[is_largest, zero, power], whole);
        let [ties, rest] = [of_largest, of_rest].map(|part| self.sum_along(part, axes));
        let total = self.make_as(Op::Binary(Binary::Add), &[ties, rest], shape);
        if weighted == Weighted::Sign {
            return Some(self.make_as(Op::Unary(Unary::Signum), &[total], shape));
        }
        let ratio = self.make_as(Op::Binary(Binary::Div), &[rest, ties], shape);
        let excess = self.make_as(Op::Unary(Unary::Ln1p), &[ratio], shape);
        let of_ties = self.make_as(Op::Unary(Unary::Ln), &[ties], shape);
        let separate = self.make_as(Op::Binary(Binary::Add), &[of_ties, excess], shape);
        let total =
            if weighted == Weighted::LogAbs { self.make_as(Op::Unary(Unary::Abs), &[total], shape) } else { total };
        let together = self.make_as(Op::Unary(Unary::Ln), &[total], shape);
        let is_positive = self.make_as(Op::Binary(Binary::Gt), &[ties, zero], shape);
        let excess = self.make_as(Op::Select, &[is_positive, separate, together], shape);
        let is_nothing = self.make_as(Op::Binary(Binary::Equal), &[largest, nothing], shape);
        // −∞ where all terms are 0, whatever −∞ − −∞ made of them.
        let excess = self.make_as(Op::Select, &[is_nothing, zero, excess], shape);
        Some(self.make_as(Op::Binary(Binary::Add), &[largest, excess], shape))
    }
}
