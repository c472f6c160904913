//! `ln(1 − e^(−w))` of a rate w of which the logarithm is known: where w is small the curvature by what the logarithm is of would cancel.

use super::Rewriter;
use super::form::Form;
use super::monomial::Monomial;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Ordered, Reduce, Unary};
use crate::scalar::Scalar;

const ADD: Op = Op::Binary(Binary::Add);
const MUL: Op = Op::Binary(Binary::Mul);
const LT: Op = Op::Binary(Binary::Lt);
const EXP: Op = Op::Unary(Unary::Exp);
const SOFTPLUS: Op = Op::Unary(Unary::Softplus);

impl<T: Scalar> Rewriter<'_, T> {
    /// `ln(1 − e^(−w))` for w of which the logarithm is known.
    pub(super) fn log1mexp_of_exponential(&mut self, w: NodeId) -> Option<NodeId> {
        // What this rule makes has the same form.
        if self.seen(w) == Some(Op::Select) {
            return None;
        }
        let log = self.log_of_rate(w)?;
        self.apply(Rewrite::Tail.by("ln(1 − e⁻ʷ) → ln w + ln((1 − e⁻ʷ)/w), where w is small"))?;
        Some(self.log1mexp_by_log(w, log))
    }

    /// `ln(1 − e^(v − u))`, where u and v may be exponentials whose exponents have terms in common.
    pub(super) fn log1mexp_of_difference(&mut self, u: NodeId, v: NodeId) -> NodeId {
        let exponent = |rewriter: &Self, x: NodeId| rewriter.operand_of(x, EXP);
        let positive = exponent(self, u).zip(exponent(self, v));
        let negative = self.negative_of(u).zip(self.negative_of(v));
        let negative = negative.and_then(|(u, v)| exponent(self, v).zip(exponent(self, u)));
        if let Some((p, q)) = positive.or(negative)
            && let Some(distance) = self.difference_with_less(p, q)
            && self.apply(Rewrite::Tail.by("eᵖ − e^q → eᵖ·(1 − e^(q − p))")).is_some()
        {
            // u − v is eᵖ − e^q = eᵖ·(1 − e^(q − p)).
            let distance = self.sum_of_multiples(&distance);
            let rest = self.unary(Unary::Log1mexp, distance);
            let (log, back, power) = (self.make(ADD, &[p, rest]), self.negated(distance), self.unary(Unary::Exp, p));
            let rest = self.unary(Unary::ExpM1, back);
            let rest = self.negated(rest);
            let w = self.make(MUL, &[power, rest]);
            return self.log1mexp_by_log(w, log);
        }
        let distance = self.difference_apart(u, v);
        self.unary(Unary::Log1mexp, distance)
    }

    /// For small w it is `ln w + ln((1 − e^(−w))/w)`.
    fn log1mexp_by_log(&mut self, w: NodeId, log: NodeId) -> NodeId {
        let [zero, one] = [T::zero(), T::one()].map(|number| self.number(number));
        // A rate that underflows is 0, though its logarithm is there.
        let is_rate = self.make(Op::Binary(Binary::Ge), &[w, zero]);
        let is_small = self.make(LT, &[w, one]);
        let is_small = self.make(MUL, &[is_rate, is_small]);
        let small = self.make(Op::Select, &[is_small, w, one]);
        let minus_small = self.negated(small);
        let ratio = self.make(Op::Ordered(Ordered::ExpM1Ratio, 0), &[minus_small]);
        let rest = self.unary(Unary::Ln, ratio);
        let near = self.make(ADD, &[log, rest]);
        let far = self.make(Op::Select, &[is_small, one, w]);
        let far = self.unary(Unary::Log1mexp, far);
        self.make(Op::Select, &[is_small, near, far])
    }

    /// `ln w`, where w is positive, of an exponential, a power, or a multiple or sum of softplus.
    fn log_of_rate(&mut self, w: NodeId) -> Option<NodeId> {
        if let Some(log) = self.log_of_softplus(w) {
            return Some(log);
        }
        let args: smallvec::SmallVec<[NodeId; 3]> = self.graph.args(w).into();
        match (self.seen(w)?, args.as_slice()) {
            (Op::Powf(_) | Op::Powi(_), _) => Some(self.unary(Unary::Ln, w)),
            (Op::Reduce(Reduce::Sum, axes), &[x]) if self.operand_of(x, SOFTPLUS).is_some() => {
                let logs = self.unary(Unary::Ln, x);
                Some(self.make(Op::Reduce(Reduce::LogSumExp, axes), &[logs]))
            }
            (ADD, &[a, b]) if [a, b].iter().all(|&x| self.operand_of(x, SOFTPLUS).is_some()) => {
                let logs = [a, b].map(|x| self.unary(Unary::Ln, x));
                Some(self.make(Op::Binary(Binary::Logaddexp), &logs))
            }
            _ => match self.form_of(w) {
                Form::Sum(terms) if self.of_known_signs(&terms, w).is_some() => self.ln_of_form(&Form::Sum(terms), w),
                _ => self.known_log(w),
            },
        }
    }

    /// `ln |w|` of a softplus times what doesn't depend on its sign.
    fn log_of_softplus(&mut self, w: NodeId) -> Option<NodeId> {
        let Monomial { number, factors } = self.monomial(w);
        let is_softplus = |&(factor, count): &(NodeId, i32)| count == 1 && self.operand_of(factor, SOFTPLUS).is_some();
        factors.iter().find(|part| is_softplus(part))?;
        let mut log = (number.abs() != T::one()).then(|| self.number(number.abs().ln()));
        for (factor, count) in factors {
            let size =
                if self.operand_of(factor, SOFTPLUS).is_some() { factor } else { self.unary(Unary::Abs, factor) };
            let of_factor = self.unary(Unary::Ln, size);
            let of_factor = self.times(crate::scalar::real(f64::from(count)), of_factor);
            log = Some(log.map_or(of_factor, |log| self.make(ADD, &[log, of_factor])));
        }
        log
    }
}
