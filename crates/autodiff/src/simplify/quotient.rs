//! Quotients of exponentials: a softmax written by hand, as a quotient or as `x − ln Σ eˣ`.

use super::Rewriter;
use super::form::{Form, Term};
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Normalise, Op, Reduce, Unary, Weighted};
use crate::scalar::Scalar;
use crate::shape::Axes;

impl<T: Scalar> Rewriter<'_, T> {
    /// `a/b` for a sum of exponentials b, or for exponentials a and b: neither overflows.
    pub(super) fn stable_quotient(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if !self.rewrites.contains(Rewrite::Softmax) {
            return None;
        }
        let sum = self.without_layout(b);
        let is_sum = match self.seen(sum)? {
            Op::Binary(Binary::Add) | Op::Reduce(Reduce::Sum | Reduce::Mean, _) => true,
            Op::Unary(Unary::Exp) => false,
            _ => return None,
        };
        let log_sum = match self.form_of(b) {
            Form::Plain | Form::Sum(_) => return None,
            _ => self.known_log(b),
        };
        let numerator = self.term(a);
        if numerator.log.is_none() && !is_sum {
            return None;
        }
        let Some(log_sum) = log_sum else { return self.weighted_share(numerator, sum, b) };
        self.apply(Rewrite::Softmax)?;
        let zero = self.number(T::zero());
        let share = self.share(numerator.log.unwrap_or(zero), sum, log_sum, b);
        if numerator.weight.is_none() && !numerator.negative {
            return Some(share);
        }
        let weight = self.signed_weight(numerator);
        Some(if self.is_number(weight, T::one()) {
            share
        } else {
            self.make(Op::Binary(Binary::Mul), &[weight, share])
        })
    }

    /// `e^log/e^log_sum`, where the sum is of `sum` and stretched as `denominator`.
    fn share(&mut self, log: NodeId, sum: NodeId, log_sum: NodeId, denominator: NodeId) -> NodeId {
        if let Some(axes) = self.normalised_along(log, log_sum, denominator) {
            return self.make(Op::Normalise(Normalise::Softmax, axes), &[log]);
        }
        if sum == denominator
            && let Some(share) = self.share_of_summand(log, sum)
        {
            return share;
        }
        let difference = self.difference(log, log_sum);
        self.make(Op::Unary(Unary::Exp), &[difference])
    }

    /// `eˣ/(eˣ + eʸ + …)` is `σ(x − ln(eʸ + …))`.
    fn share_of_summand(&mut self, log: NodeId, sum: NodeId) -> Option<NodeId> {
        let summands = self.summands(sum);
        let mut logs = Vec::new();
        for &(summand, negative) in &summands {
            let term = self.term(summand);
            logs.push(self.with_log_of_weight(term).positive().filter(|_| !negative)?);
        }
        let place = logs.iter().position(|&other| self.same(other, log))?;
        logs.remove(place);
        let others = self.log_sum(&logs, sum);
        let is_zero = |rewriter: &Self, x: NodeId| rewriter.graph.scalar_value(x) == Some(T::zero());
        if is_zero(self, others) {
            return Some(self.make(Op::Unary(Unary::Sigmoid), &[log]));
        }
        if is_zero(self, log) {
            let minus = self.negated(others);
            return Some(self.make(Op::Unary(Unary::Sigmoid), &[minus]));
        }
        Some(self.make(Op::Binary(Binary::LogaddexpWeight), &[log, others]))
    }

    /// `w·eˣ/Σ w·eˣ` for weights whose sign nobody knows.
    fn weighted_share(&mut self, numerator: Term, sum: NodeId, denominator: NodeId) -> Option<NodeId> {
        let Form::Reduced { x, w, axes } = self.form_of(sum) else { return None };
        let (log, weight) = (numerator.log?, numerator.weight?);
        let (log, weight) = (self.stretched_like(log, x)?, self.stretched_like(weight, w)?);
        if numerator.negative || !self.same(log, x) || !self.same(weight, w) || !self.is_kept_axis(denominator, x, axes)
        {
            return None;
        }
        self.apply(Rewrite::Softmax)?;
        let share = self.make(Op::Weighted(Weighted::Share, axes), &[x, w]);
        Some(self.make(Op::Binary(Binary::Mul), &[w, share]))
    }

    /// x of the shape of `like`, if it is that or a single number.
    fn stretched_like(&mut self, x: NodeId, like: NodeId) -> Option<NodeId> {
        let fits = self.graph.shape(x).is_scalar() || self.graph.node(x).shape == self.graph.node(like).shape;
        fits.then(|| self.stretched(x, like))
    }

    /// `x − ln Σ eˣ` as `log_softmax(x)`.
    pub(super) fn log_softmax_by_hand(&mut self, x: NodeId, log_sum: NodeId) -> Option<NodeId> {
        let axes = self.normalised_along(x, log_sum, log_sum)?;
        self.apply(Rewrite::LogSoftmax)?;
        Some(self.make(Op::Normalise(Normalise::LogSoftmax, axes), &[x]))
    }

    /// The axes along which `log_sum` is log-sum-exp of x, if it stands beside x as x's own lanes do; it is stretched as `stretched`.
    fn normalised_along(&self, x: NodeId, log_sum: NodeId, stretched: NodeId) -> Option<Axes> {
        let reduced = self.without_layout(log_sum);
        let Some(Op::Reduce(Reduce::LogSumExp, axes)) = self.seen(reduced) else { return None };
        let summed = self.graph.args(reduced)[0];
        let is_it = self.graph.node(summed).shape == self.graph.node(x).shape
            && self.same(summed, x)
            && self.is_kept_axis(stretched, x, axes);
        is_it.then_some(axes)
    }

    /// Whether `reduced`, a reduction of x along axes under some layout, meets the lanes of x that it is of when both are broadcast.
    pub(super) fn is_kept_axis(&self, reduced: NodeId, x: NodeId, axes: Axes) -> bool {
        // Before it was stretched, if it was: then axes of length 1 stand for those reduced.
        let mut reduced = reduced;
        while self.seen(reduced) == Some(Op::Broadcast) {
            reduced = self.graph.args(reduced)[0];
        }
        let (part, whole) = (self.graph.shape(reduced), self.graph.shape(x));
        let Some(gap) = whole.ndim().checked_sub(part.ndim()) else { return false };
        (0..whole.ndim()).all(|axis| {
            let len = if axis < gap { Some(1) } else { part.len_of(axis - gap) };
            if axes.contains(axis) { len == Some(1) } else { len == whole.len_of(axis) }
        })
    }

    /// The node under reshapes and stretches.
    pub(super) fn without_layout(&self, x: NodeId) -> NodeId {
        let mut x = x;
        while let Some(Op::Reshape | Op::Broadcast) = self.seen(x) {
            x = self.graph.args(x)[0];
        }
        x
    }

    /// Whether two nodes compute the same, as far as a few operations tell.
    pub(super) fn same(&self, a: NodeId, b: NodeId) -> bool {
        let mut open: smallvec::SmallVec<[(NodeId, NodeId); 8]> = smallvec::smallvec![(a, b)];
        let mut looked_at = 0;
        while let Some((a, b)) = open.pop() {
            if a == b {
                continue;
            }
            looked_at += 1;
            let (left, right) = (self.graph.node(a), self.graph.node(b));
            let numbers = (self.graph.scalar_value(a), self.graph.scalar_value(b));
            if let (Some(left), Some(right)) = numbers
                && left == right
            {
                continue;
            }
            let (args, others) = (self.graph.args(a), self.graph.args(b));
            let is_leaf = args.is_empty() || args.len() != others.len();
            if looked_at > 16 || is_leaf || left.op != right.op || left.shape != right.shape {
                return false;
            }
            open.extend(args.iter().copied().zip(others.iter().copied()));
        }
        true
    }
}
