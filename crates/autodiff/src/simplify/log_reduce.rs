//! Sums of terms `±w·eˡ` ([`log_domain`](super::log_domain)) along axes: reductions, and products of matrices with vectors.

use super::Rewriter;
use super::form::{Form, Term};
use super::rewrite::{Rewrite, Rules};
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::Scalar;
use crate::shape::{Axes, Shape};

impl<T: Scalar> Rewriter<'_, T> {
    /// A sum or mean along axes.
    pub(super) fn reduced(&mut self, id: NodeId, reduce: Reduce, axes: Axes) -> Option<(Form, Rules)> {
        let arg = self.graph.args(id)[0];
        let mut shift = None;
        if reduce == Reduce::Mean {
            let count = self.lane_count(arg, axes);
            shift = Some(self.make(Op::Unary(Unary::Ln), &[count]));
        }
        let form = self.form(arg).form;
        if let Form::Sum(terms) = &form
            && let Some((x, w)) = self.stacked(terms, arg)
        {
            let stacked = Form::Reduced { x: self.less(x, shift), w, axes: axes.with(self.graph.shape(arg).ndim()) };
            return self.if_on(Rewrite::WeightedLogSumExp, stacked);
        }
        let term = self.as_term(&form, arg);
        let term = self.with_log_of_weight(term);
        let log = match term.log {
            Some(log) => log,
            None => self.number(T::zero()),
        };
        let log = self.stretched(log, arg);
        let log = self.less(log, shift);
        if term.weight.is_none() {
            let log = self.make(Op::Reduce(Reduce::LogSumExp, axes), &[log]);
            return self.if_on(Rewrite::LogSumExp, Form::Term(Term { log: Some(log), ..term }));
        }
        let w = self.signed_weight(term);
        let w = self.stretched(w, arg);
        self.if_on(Rewrite::WeightedLogSumExp, Form::Reduced { x: log, w, axes })
    }

    /// `a + ln Σ e^(x − a)` as `ln Σ eˣ`, which takes the largest element out by itself.
    pub(super) fn log_sum_with_shift(&mut self, a: NodeId, log_sum: NodeId) -> Option<NodeId> {
        let Some(Op::Reduce(Reduce::LogSumExp, axes)) = self.seen(log_sum) else { return None };
        let difference = self.graph.args(log_sum)[0];
        let (Op::Binary(Binary::Sub), &[x, taken]) = (self.seen(difference)?, self.graph.args(difference)) else {
            return None;
        };
        let is_it = self.graph.node(x).shape == self.graph.node(difference).shape
            && self.graph.node(a).shape == self.graph.node(log_sum).shape
            && self.same(self.without_layout(taken), self.without_layout(a))
            && self.is_kept_axis(taken, x, axes);
        if !is_it {
            return None;
        }
        self.apply(Rewrite::LogSumExp)?;
        Some(self.make(Op::Reduce(Reduce::LogSumExp, axes), &[x]))
    }

    /// `x − shift`, if there is one.
    fn less(&mut self, x: NodeId, shift: Option<NodeId>) -> NodeId {
        match shift {
            Some(shift) => self.make(Op::Binary(Binary::Sub), &[x, shift]),
            None => x,
        }
    }

    /// A product of matrices of which one is a vector: a sum along the axis they share.
    pub(super) fn product_of_vectors(&mut self, id: NodeId, [ta, tb]: [bool; 2]) -> Option<(Form, Rules)> {
        let (a, b, result) = (self.graph.args(id)[0], self.graph.args(id)[1], self.graph.shape(id));
        let is_single = |axis: usize| result.len_of(axis) == Some(1);
        let (matrix, vector, axis) = if is_single(1) {
            (a, b, usize::from(!ta))
        } else if is_single(0) {
            (b, a, usize::from(tb))
        } else {
            return None;
        };
        let vector = self.laid_along(vector, axis)?;
        let products = self.make(Op::Binary(Binary::Mul), &[matrix, vector]);
        let sum = self.make(Op::Reduce(Reduce::Sum, Axes::NONE.with(axis)), &[products]);
        let shape = self.graph.node(id).shape;
        let known = self.form(sum);
        let term = self.as_term(&known.form, sum);
        let mut part = |part: Option<NodeId>| {
            part.map(|part| {
                let whole = self.stretched(part, sum);
                self.make_as(Op::Reshape, &[whole], shape)
            })
        };
        let (weight, log) = (part(term.weight), part(term.log));
        Some((Form::Term(Term { weight, log, ..term }), known.uses))
    }

    /// A vector, given as a matrix of one row or column, along `axis`; `None` for rows along another axis than the first.
    fn laid_along(&mut self, vector: NodeId, axis: usize) -> Option<NodeId> {
        let shape = self.graph.shape(vector);
        if shape.has_rows() {
            return (axis == 0 && shape.row_len() == 1).then_some(vector);
        }
        let mut dims = [1, 1];
        dims[axis] = shape.row_len();
        Some(self.make_shaped(Op::Reshape, &[vector], &Shape::fixed(&dims)))
    }
}
