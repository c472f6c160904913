//! Sums of terms `±w·eˡ` ([`log_domain`](super::log_domain)): collected, sorted by sign, stacked where the weights have none.

use super::Rewriter;
use super::form::{Form, Term};
use super::rewrite::{Rewrite, Rules};
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::{Scalar, count};
use crate::shape::{Axes, MAX_AXES, Shape};

impl<T: Scalar> Rewriter<'_, T> {
    /// The form of a sum of terms, of the shape of `like`.
    pub(super) fn sum_of(&mut self, terms: Vec<Term>, like: NodeId) -> Option<(Form, Rules)> {
        let mut constant = T::zero();
        let mut kept = Vec::new();
        for term in terms {
            match (term.log, term.weight.and_then(|weight| self.plain_number(weight))) {
                (None, Some(number)) => constant = constant + if term.negative { -number } else { number },
                (Some(_), Some(zero)) if zero == T::zero() => {}
                // 1, of which another term may be the negative.
                (Some(log), None) if term.weight.is_none() && self.plain_number(log) == Some(T::zero()) => {
                    constant = constant + if term.negative { -T::one() } else { T::one() };
                }
                _ => kept.push(self.with_log_of_weight(term)),
            }
        }
        if kept.iter().all(|term| term.log.is_none()) {
            return None;
        }
        if constant != T::zero() {
            let number = self.number(constant);
            kept.push(self.with_log_of_weight(Term::plain(number)));
        }
        if let &[term] = &kept[..] {
            return Some((Form::Term(term), Rules::new()));
        }
        let positive: Option<Vec<NodeId>> = kept.iter().map(|term| term.positive()).collect();
        if let Some(logs) = positive {
            let log = self.log_sum(&logs, like);
            return self.if_on(Rewrite::LogSumExp, Form::Term(Term::exponential(log)));
        }
        let known = kept.iter().all(|term| term.weight.is_none());
        let rewrite = if known { Rewrite::LnDifference } else { Rewrite::WeightedLogSumExp };
        self.if_on(rewrite, Form::Sum(kept.into()))
    }

    /// A number of the recording, stretched or not.
    fn plain_number(&self, x: NodeId) -> Option<T> {
        match self.seen(x)? {
            Op::Scalar(index) => Some(self.graph.payloads.scalar(index)),
            Op::Broadcast => self.graph.scalar_value(self.graph.args(x)[0]),
            _ => None,
        }
    }

    /// `ln Σ eˡ`, of the shape of `like` or a single number, by halves.
    pub(super) fn log_sum(&mut self, logs: &[NodeId], like: NodeId) -> NodeId {
        let mut level: Vec<NodeId> = logs.iter().map(|&log| self.fitted(log, like)).collect();
        while level.len() > 1 {
            level = level.chunks(2).map(|pair| if let &[a, b] = pair { self.log_add(a, b) } else { pair[0] }).collect();
        }
        level.first().copied().unwrap_or_else(|| self.number(T::neg_infinity()))
    }

    /// `ln(eᵃ + eᵇ)`.
    fn log_add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        for (zero, other) in [(a, b), (b, a)] {
            if self.graph.scalar_value(zero) == Some(T::zero()) && self.apply(Rewrite::Softplus).is_some() {
                return self.make(Op::Unary(Unary::Softplus), &[other]);
            }
        }
        self.make(Op::Binary(Binary::Logaddexp), &[a, b])
    }

    /// The logarithms of the positive terms' sum and of the negative ones', if all signs are known and there are both.
    pub(super) fn of_known_signs(&mut self, terms: &[Term], like: NodeId) -> Option<(NodeId, NodeId)> {
        let mut sides = [Vec::new(), Vec::new()];
        for term in terms {
            if term.weight.is_some() {
                return None;
            }
            sides[usize::from(term.negative)].push(term.log?);
        }
        if sides.iter().any(Vec::is_empty) {
            return None;
        }
        let [plus, minus] = sides.map(|logs| self.log_sum(&logs, like));
        Some((plus, minus))
    }

    /// The exponents and the weights of terms along a new last axis; `None` where there is no room for one.
    pub(super) fn stacked(&mut self, terms: &[Term], like: NodeId) -> Option<(NodeId, NodeId)> {
        let axis = self.graph.shape(like).ndim();
        if axis >= MAX_AXES {
            return None;
        }
        let single = self.graph.shape(like).with_last(1);
        let zero = self.number(T::zero());
        let (mut logs, mut weights) = (Vec::new(), Vec::new());
        for &term in terms {
            let weight = self.signed_weight(term);
            for (part, parts) in [(term.log.unwrap_or(zero), &mut logs), (weight, &mut weights)] {
                let whole = self.stretched(part, like);
                parts.push(self.make_shaped(Op::Reshape, &[whole], &single));
            }
        }
        let [x, w] = [logs, weights].map(|parts| self.make(Op::Concatenate(axis as u8), &parts));
        Some((x, w))
    }

    /// The number of elements of x along axes.
    pub(super) fn lane_count(&mut self, x: NodeId, axes: Axes) -> NodeId {
        let shape: Shape = self.graph.shape(x).clone();
        let fixed = axes.iter().filter_map(|axis| shape.len_of(axis)).product();
        let fixed = self.number(count(fixed));
        if !shape.has_rows() || !axes.contains(0) {
            return fixed;
        }
        let rows = self.make(Op::RowCount, &[]);
        self.make(Op::Binary(Binary::Mul), &[rows, fixed])
    }

    /// `Σ x` along axes.
    pub(super) fn sum_along(&mut self, x: NodeId, axes: Axes) -> NodeId {
        self.make(Op::Reduce(Reduce::Sum, axes), &[x])
    }
}
