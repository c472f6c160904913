//! What looks along the rows, by sums and extrema over them: a sweep for each that needs the one before.

use super::Rewriter;
use crate::graph::{NodeId, ShapeId};
use crate::ops::{Binary, Normalise, Op, Reduce, Unary};
use crate::scalar::Scalar;
use crate::shape::Axes;

impl<T: Scalar> Rewriter<'_, T> {
    /// A softmax over the rows, in two sweeps: the largest element with the sum of the exponentials of the distances from it, and their
    /// quotients. By `x − ln Σ eˣ` it would lose as many digits as x has before the point. Over other axes too, in three sweeps.
    pub(super) fn normalisation_over_rows(
        &mut self,
        normalise: Normalise,
        axes: Axes,
        x: NodeId,
        shape: ShapeId,
    ) -> Option<NodeId> {
        let operand = self.graph.shape(x).clone();
        if !operand.has_rows() || !axes.contains(0) {
            return None;
        }
        let largest = self.over_rows(axes, Reduce::Max, x);
        let difference = self.make_as(Op::Binary(Binary::Sub), &[x, largest], shape);
        let [one, zero] = [T::one(), T::zero()].map(|number| self.number(number));
        // The largest are found by comparison: the exponential of ∞ − ∞ would lose them.
        let is_largest = self.make_as(Op::Binary(Binary::Equal), &[x, largest], shape);
        let exponential = self.make_as(Op::Unary(Unary::Exp), &[difference], shape);
        let excess = match axes == Axes::NONE.with(0) {
            true => self.over_rows(axes, Reduce::Excess, x),
            false => {
                let smaller = self.make_as(Op::Select, &[is_largest, zero, exponential], shape);
                let [ties, rest] = [is_largest, smaller].map(|x| self.over_rows(axes, Reduce::Sum, x));
                let others = self.make(Op::Binary(Binary::Sub), &[ties, one]);
                self.make(Op::Binary(Binary::Add), &[others, rest])
            }
        };
        if normalise == Normalise::LogSoftmax {
            let log = self.make(Op::Unary(Unary::Ln1p), &[excess]);
            return Some(self.make_as(Op::Binary(Binary::Sub), &[difference, log], shape));
        }
        let total = self.make(Op::Binary(Binary::Add), &[one, excess]);
        let exponential = self.make_as(Op::Select, &[is_largest, one, exponential], shape);
        let share = self.make_as(Op::Binary(Binary::Div), &[exponential, total], shape);
        let nothing = self.number(T::neg_infinity());
        let is_nothing = self.make(Op::Binary(Binary::Equal), &[largest, nothing]);
        let of_nothing = if normalise == Normalise::Weights { zero } else { self.number(T::nan()) };
        Some(self.make_as(Op::Select, &[is_nothing, of_nothing, share], shape))
    }

    /// A triple product over the rows. A sum without the element's own term is the total less that; where it is the
    /// largest, it is the sum of all smaller ones and of those that are as large.
    pub(super) fn triple_over_rows(&mut self, axes: Axes, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        if !self.graph.shape_of(shape).has_rows() || !axes.contains(0) {
            return None;
        }
        let &[a, b, c] = args else { return None };
        let strong = Op::Binary(Binary::StrongMul);
        let parts = [(a, b), (b, a)].map(|(x, other)| {
            let terms = self.make(strong, &[other, c]);
            let terms = self.whole(terms, shape);
            let others = self.sum_of_others(axes, terms, shape);
            self.make_as(strong, &[x, others], shape)
        });
        Some(self.make_as(Op::Binary(Binary::Sub), &parts, shape))
    }

    /// Of each of `terms`, the sum of the others along `axes`: one that is no finite number is in that of all but itself.
    fn sum_of_others(&mut self, axes: Axes, terms: NodeId, shape: ShapeId) -> NodeId {
        let [zero, one, infinity] = [T::zero(), T::one(), T::infinity()].map(|number| self.number(number));
        let size = self.make_as(Op::Unary(Unary::Abs), &[terms], shape);
        let is_finite = self.make_as(Op::Binary(Binary::Lt), &[size, infinity], shape);
        let finite = self.make_as(Op::Select, &[is_finite, terms, zero], shape);
        let others = self.sum_of_finite_others(axes, finite, shape);
        let is_other = self.make_as(Op::Binary(Binary::Equal), &[is_finite, zero], shape);
        let not_finite = self.make_as(Op::Select, &[is_finite, zero, terms], shape);
        let [count, total] = [is_other, not_finite].map(|x| self.over_rows(axes, Reduce::Sum, x));
        let with_all = self.make_as(Op::Binary(Binary::Add), &[others, total], shape);
        let only = self.make(Op::Binary(Binary::Equal), &[count, one]);
        let is_the_only = self.make_as(Op::Binary(Binary::Mul), &[is_other, only], shape);
        self.make_as(Op::Select, &[is_the_only, others, with_all], shape)
    }

    fn sum_of_finite_others(&mut self, axes: Axes, terms: NodeId, shape: ShapeId) -> NodeId {
        let zero = self.number(T::zero());
        let size = self.make_as(Op::Unary(Unary::Abs), &[terms], shape);
        let largest = self.over_rows(axes, Reduce::Max, size);
        let is_largest = self.make_as(Op::Binary(Binary::Equal), &[size, largest], shape);
        let large = self.make_as(Op::Select, &[is_largest, terms, zero], shape);
        let small = self.make_as(Op::Select, &[is_largest, zero, terms], shape);
        let [large, small] = [large, small].map(|x| self.over_rows(axes, Reduce::Sum, x));
        let other_large = self.make_as(Op::Binary(Binary::Sub), &[large, terms], shape);
        let of_largest = self.make_as(Op::Binary(Binary::Add), &[small, other_large], shape);
        let total = self.make(Op::Binary(Binary::Add), &[large, small]);
        let of_small = self.make_as(Op::Binary(Binary::Sub), &[total, terms], shape);
        self.make_as(Op::Select, &[is_largest, of_largest, of_small], shape)
    }

    /// A reduction along `axes`, which keep a length of 1.
    fn over_rows(&mut self, axes: Axes, reduce: Reduce, x: NodeId) -> NodeId {
        let kept = self.graph.shape(x).reduce(axes, true);
        let reduced = self.make(Op::Reduce(reduce, axes), &[x]);
        self.make_shaped(Op::Reshape, &[reduced], &kept)
    }

    fn whole(&mut self, x: NodeId, shape: ShapeId) -> NodeId {
        if self.graph.node(x).shape == shape { x } else { self.make_as(Op::Broadcast, &[x], shape) }
    }
}
