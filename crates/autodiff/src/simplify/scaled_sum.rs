//! Sums of terms `±w·eˡ` ([`log_domain`](super::log_domain)) of which values are made: they have derivatives where they are 0, too, which the
//! sign and the logarithm of a size don't.

use super::Rewriter;
use super::form::{Form, Known, ScaledSum, Term};
use super::rewrite::{Rewrite, Rules};
use crate::graph::NodeId;
use crate::ops::{Binary, Normalise, Op, Reduce, Unary, Weighted};
use crate::scalar::{Scalar, real};
use crate::shape::Axes;

/// A sum of which less is left than `e^−30` of its summands is taken for one that may be 0.
const MOST_CANCELLED: f64 = 30.0;

impl<T: Scalar> Rewriter<'_, T> {
    /// x as a sum of at most so many terms, of which a value is made.
    pub(super) fn terms_of_value(&mut self, x: NodeId, most: usize) -> Vec<Term> {
        let is_outer = !std::mem::replace(&mut self.of_values, true);
        if is_outer {
            std::mem::swap(&mut self.forms, &mut self.forms_of_values);
        }
        let terms = match self.form_of(x) {
            Form::Sum(terms) if terms.len() <= most && self.of_known_signs(&terms, x).is_none() => terms.to_vec(),
            _ => vec![self.term(x)],
        };
        if is_outer {
            std::mem::swap(&mut self.forms, &mut self.forms_of_values);
            self.of_values = false;
        }
        terms
    }

    /// `Σ w·eˣ` as `(Σ w·e^(x − s))·eˢ`: right for any number s, so derivatives take it for one. Over rows, which are read once, as
    /// `(Σ w·softmax(x))·Σ eˣ`.
    pub(super) fn scaled_sum(&mut self, x: NodeId, w: NodeId, axes: Axes) -> Term {
        let is_over_rows = self.graph.shape(x).has_rows() && axes.contains(0);
        let (weight, scale) = self.as_it_is(|rewriter| {
            if is_over_rows {
                let shares = rewriter.make(Op::Normalise(Normalise::Softmax, axes), &[x]);
                let weighted = rewriter.make(Op::Binary(Binary::Mul), &[w, shares]);
                let all = rewriter.make(Op::Reduce(Reduce::LogSumExp, axes), &[x]);
                return (rewriter.sum_along(weighted, axes), all);
            }
            // The sum's own size, however much cancels in it, until nothing is left: a product of sums is of its size then, too.
            let size = rewriter.make(Op::Weighted(Weighted::LogAbs, axes), &[x, w]);
            let all = rewriter.make(Op::Reduce(Reduce::LogSumExp, axes), &[x]);
            let most_cancelled = rewriter.number(real(MOST_CANCELLED));
            let least = rewriter.make(Op::Binary(Binary::Sub), &[all, most_cancelled]);
            let scale = rewriter.make(Op::Binary(Binary::Maximum), &[size, least]);
            let lowest = rewriter.number(T::min_value());
            let scale = rewriter.make(Op::Binary(Binary::Maximum), &[scale, lowest]);
            let scale = rewriter.make(Op::Unary(Unary::StopGradient), &[scale]);
            let kept = rewriter.graph.shape(x).reduce(axes, true);
            let along = rewriter.make_shaped(Op::Reshape, &[scale], &kept);
            let rest = rewriter.make(Op::Binary(Binary::Sub), &[x, along]);
            let rest = rewriter.make(Op::Unary(Unary::Exp), &[rest]);
            let weighted = rewriter.make(Op::Binary(Binary::Mul), &[w, rest]);
            (rewriter.sum_along(weighted, axes), scale)
        });
        self.scaled_sums.insert(weight, ScaledSum { x, w, axes, scale });
        Term { negative: false, weight: Some(weight), log: Some(scale) }
    }

    /// The form of the weight of a scaled sum: as a value it stays a weight. Found of what it was made of, it would be made of that once
    /// more by every quotient around it.
    pub(super) fn form_of_scaled(&mut self, ScaledSum { x, w, axes, scale }: ScaledSum) -> Known {
        let plain = Known { form: Form::Plain, uses: Rules::new() };
        if self.of_values {
            return plain;
        }
        let Term { negative, weight, log } = self.sign_and_log(x, w, axes);
        let log = log.map(|size| self.difference(size, scale));
        let form = self.if_on(Rewrite::WeightedLogSumExp, Form::Term(Term { negative, weight, log }));
        form.map_or(plain, |(form, uses)| Known { form, uses })
    }
}
