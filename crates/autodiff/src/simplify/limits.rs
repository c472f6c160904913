//! Sums whose terms grow with some r while the sum has a limit: `r·ln(1 + m/r)` as `m·ln_1p_ratio(m/r)`, and
//! `ln Γ(b + r) − ln Γ(r) − b·ln r` as `ln_rising_steps(1/r, b)`. So a negative binomial likelihood goes over into Poisson's, Student's t
//! into the normal, generalised extreme values into Gumbel's, derivatives included.
//!
//! What stands in a logarithm ([`logarithms`](super::logarithms)) is taken as `rᵈ·rest` ([`scale`](super::scale)); terms belong together if the powers
//! cancel. Powers are in `limits_of_powers`, ln Γ in `limits_of_rises`.

use super::Rewriter;
use super::atom::{Atom, Logs};
use super::form::Term;
use super::rewrite::Rewrite;
use super::scale::Scale;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Ordered, Unary};
use crate::scalar::Scalar;

const ADD: Op = Op::Binary(Binary::Add);
const MUL: Op = Op::Binary(Binary::Mul);
const DIV: Op = Op::Binary(Binary::Div);
const RATIO: Op = Op::Ordered(Ordered::Ln1pRatio, 0);

/// What `r·(eˡ − 1)` becomes, as an equation.
pub(super) const OF_DIFFERENCE: &str = "r·(e^(m/r) − 1) → m·exp_m1_ratio(m/r)";

impl<T: Scalar> Rewriter<'_, T> {
    /// `c·l` of a logarithm l that goes to 0 as 1/r, where r is c or a part of it.
    pub(super) fn limit_of_product(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        if !self.rewrites.contains(Rewrite::Limit) {
            return None;
        }
        let &[a, b] = args else { return None };
        if op == DIV {
            if self.is_difference(a)
                && let Some(limit) = self.limit_of_difference(&self.scale(b).inverse(), a)
            {
                self.apply(Rewrite::Limit.by(OF_DIFFERENCE))?;
                return Some(limit);
            }
            if self.is_difference(b)
                && let Some(limit) = self.limit_of_difference(&self.scale(a).inverse(), b)
            {
                self.apply(Rewrite::Limit.by(OF_DIFFERENCE))?;
                return Some(self.unary(Unary::Recip, limit));
            }
            let logs = self.logs(a)?;
            let total = self.scaled_logs(&self.scale(b).inverse(), &logs)?;
            self.apply(Rewrite::Limit.by(match logs.len() {
                1 => "ln(1 + m·h)/h → m·ln_1p_ratio(m·h)",
                _ => "Σ ln(1 + m·h)/h → Σ m·ln_1p_ratio(m·h)",
            }))?;
            return Some(total);
        }
        [(a, b), (b, a)].into_iter().find_map(|(c, l)| {
            if let Some(limit) = self.limit_beside(c, l) {
                return Some(limit);
            }
            let logs = self.logs(l)?;
            self.limit_of_multiple(c, l, &logs)
        })
    }

    /// `c·l` for what is l by its logarithms.
    fn limit_of_multiple(&mut self, c: NodeId, l: NodeId, logs: &Logs<T>) -> Option<NodeId> {
        let coefficient = self.combined(&[(c, T::one())]);
        let (place, limit) = coefficient.parts.iter().enumerate().find_map(|(place, &(part, factor))| {
            let scale = self.scale(part);
            let limit = self.scaled_logs(&scale, logs)?;
            Some((place, self.times(factor, limit)))
        })?;
        self.apply(match logs.len() {
            1 => Rewrite::Limit.into(),
            _ => Rewrite::Limit.by("r·Σ ln(1 + m/r) → Σ m·ln_1p_ratio(m/r)"),
        })?;
        let mut total = limit;
        let others = coefficient.parts.iter().enumerate().filter(|&(other, _)| other != place);
        for (_, &(part, factor)) in others {
            let multiple = self.times(factor, part);
            let term = self.make(MUL, &[multiple, l]);
            total = self.make(ADD, &[total, term]);
        }
        if coefficient.constant != T::zero() {
            let term = self.times(coefficient.constant, l);
            total = self.make(ADD, &[total, term]);
        }
        Some(total)
    }

    /// `(1 + m/r)ʳ` as the exponential of its logarithm, where that is defined.
    pub(super) fn limit_of_power(&mut self, x: NodeId, p: NodeId) -> Option<NodeId> {
        if !self.rewrites.contains(Rewrite::Limit) {
            return None;
        }
        let logs = self.atoms(x);
        let scale = self.scale(p);
        let log = self.scaled_logs(&scale, &logs)?;
        self.apply(Rewrite::Limit.by("(1 + m/r)ʳ → e^(m·ln_1p_ratio(m/r))"))?;
        let (zero, one) = (self.number(T::zero()), self.number(T::one()));
        let is_positive = self.make(Op::Binary(Binary::Gt), &[x, zero]);
        let power = self.unary(Unary::Exp, log);
        // Elsewhere the power stands as it is: a negative number has whole ones.
        let base = self.make(Op::Select, &[is_positive, one, x]);
        let other = self.make(Op::Binary(Binary::Pow), &[base, p]);
        Some(self.make(Op::Select, &[is_positive, power, other]))
    }

    /// By how much a sum of logarithms grows with `ln r`.
    pub(super) fn degree_of_logs(&self, scale: &Scale<T>, logs: &Logs<T>) -> Option<T> {
        let of = |&(factor, atom): &(T, Atom)| Some(factor * T::from(self.degree_of_atom(scale, atom)?)?);
        logs.iter().map(of).try_fold(T::zero(), |sum, degree| Some(sum + degree?))
    }

    /// What logarithms are beside multiples of `ln r`.
    pub(super) fn rests(&mut self, scale: &Scale<T>, logs: &Logs<T>) -> Logs<T> {
        let mut found = Logs::new();
        for &(factor, atom) in logs {
            let rest = self.rest_of_atom(scale, atom);
            found.extend(rest.into_iter().map(|atom| (factor, atom)));
        }
        found
    }

    /// `r·Σ logs`, if there is a limit and a logarithm among them that needs it.
    pub(super) fn scaled_logs(&mut self, scale: &Scale<T>, logs: &Logs<T>) -> Option<NodeId> {
        let needs_it = |rewriter: &Self| logs.iter().any(|&(_, atom)| rewriter.has_limit(scale, atom));
        if self.degree_of_logs(scale, logs)? != T::zero() || !needs_it(self) {
            return None;
        }
        let (mut total, mut others) = (None, Logs::new());
        for (factor, atom) in self.rests(scale, logs) {
            match self.limit_of_atom(scale, atom) {
                Some(limit) => {
                    let limit = self.times(factor, limit);
                    total = Some(total.map_or(limit, |total| self.make(ADD, &[total, limit])));
                }
                None => others.push((factor, atom)),
            }
        }
        if !others.is_empty() {
            let rest = self.times_logs(None, &others)?;
            let inverse = self.inverse_of(scale);
            let rest = self.make(DIV, &[rest, inverse]);
            total = Some(total.map_or(rest, |total| self.make(ADD, &[total, rest])));
        }
        total
    }

    /// `r·ln(1 + x)` where x is m/r, as `m·(ln(1 + x)/x)`.
    fn limit_of_atom(&mut self, scale: &Scale<T>, atom: Atom) -> Option<NodeId> {
        match atom {
            Atom::OnePlus(x) if self.degree(scale, x) == -1 => {
                let m = self.rest(scale, x);
                let (weight, log) = match self.term(m) {
                    Term { negative: false, weight, log: Some(log) } => (weight, Some(log)),
                    _ => (Some(m), None),
                };
                let one = self.number(T::one());
                let is_far = self.make(Op::Binary(Binary::Gt), &[x, one]);
                // Of x as it stands, where its powers may leave the range.
                let far = if self.has_powers(x) { x } else { self.make(Op::Select, &[is_far, x, one]) };
                let far = Atom::OnePlus(far);
                Some(self.limit_or_far(scale, far, is_far, (x, weight, log)))
            }
            Atom::OnePlusExp(z) if self.degree_of_exp(scale, z) == -1 => {
                let zero = self.number(T::zero());
                let is_far = self.make(Op::Binary(Binary::Gt), &[z, zero]);
                let [near, far] = [[zero, z], [z, zero]].map(|[a, b]| self.make(Op::Select, &[is_far, a, b]));
                let (x, log) = (self.unary(Unary::Exp, near), self.rest_of_log(scale, z));
                Some(self.limit_or_far(scale, Atom::OnePlusExp(far), is_far, (x, None, Some(log))))
            }
            _ => None,
        }
    }

    /// `w·eˡ·(ln(1 + x)/x)` where that is in range; far out, where nothing cancels, `r·ln(1 + x)`.
    fn limit_or_far(
        &mut self,
        scale: &Scale<T>,
        far: Atom,
        is_far: NodeId,
        (x, weight, log): (NodeId, Option<NodeId>, Option<NodeId>),
    ) -> NodeId {
        let (zero, inverse) = (self.number(T::zero()), self.inverse_of(scale));
        let far = self.ln_of_atom(far);
        let far = self.make(DIV, &[far, inverse]);
        let mut bounded = |near: NodeId| self.make(Op::Select, &[is_far, zero, near]);
        let (x, log) = (bounded(x), log.map(bounded));
        let (ratio, power) = (self.make(RATIO, &[x]), log.map(|log| self.unary(Unary::Exp, log)));
        let near = [weight, power].into_iter().flatten().fold(ratio, |near, factor| self.make(MUL, &[factor, near]));
        self.make(Op::Select, &[is_far, far, near])
    }
}
