//! Sums whose terms grow with some r while the sum has a limit: `r·ln(1 + m/r)` as `m·ln_1p_ratio(m/r)`, and
//! `ln Γ(b + r) − ln Γ(r) − b·ln r` as `ln_rising_steps(1/r, b)`. So a negative binomial likelihood goes over into Poisson's, Student's t
//! into the normal, generalised extreme values into Gumbel's, derivatives included.
//!
//! What stands in a logarithm is taken as `rᵈ·rest` ([`scale`](super::scale)); terms belong together if the powers cancel.

use super::Rewriter;
use super::atom::{Atom, Logs};
use super::form::Term;
use super::gamma::{Affine, Joined, Summand};
use super::rewrite::Rewrite;
use super::scale::Scale;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Ordered, Unary};
use crate::scalar::Scalar;
use smallvec::SmallVec;

const ADD: Op = Op::Binary(Binary::Add);
const MUL: Op = Op::Binary(Binary::Mul);
const DIV: Op = Op::Binary(Binary::Div);
const RATIO: Op = Op::Ordered(Ordered::Ln1pRatio, 0);
const STEPS: Op = Op::Binary(Binary::LnRisingSteps);

/// How many logarithms are looked at together.
const LOGARITHMS: usize = 8;
/// The most nodes that are looked at for them: chains of signs and numbers are cut, too.
const LOOKS: usize = 4 * LOGARITHMS;

/// What logarithms are multiplied by, beside a number.
#[derive(Clone, Copy, PartialEq)]
enum Coefficient {
    /// The b of `ln Γ(b + r) − ln Γ(r)`.
    Rise,
    /// r.
    Scale,
    Other(Option<NodeId>),
}

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
                self.apply(Rewrite::Limit)?;
                return Some(limit);
            }
            if self.is_difference(b)
                && let Some(limit) = self.limit_of_difference(&self.scale(a).inverse(), b)
            {
                self.apply(Rewrite::Limit)?;
                return Some(self.unary(Unary::Recip, limit));
            }
            let logs = self.logs(a)?;
            let total = self.scaled_logs(&self.scale(b).inverse(), &logs)?;
            self.apply(Rewrite::Limit)?;
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

    /// `c·(eᵘ − 1)`, where c or a factor of it is r.
    fn limit_beside(&mut self, c: NodeId, l: NodeId) -> Option<NodeId> {
        if !self.is_difference(l) {
            return None;
        }
        let factors = match (self.seen(c)?, self.graph.args(c)) {
            (DIV, &[p, d]) => [(self.scale(d).inverse(), Some(p)), (self.scale(c), None)],
            (MUL, &[p, q]) => [(self.scale(p), Some(q)), (self.scale(q), Some(p))],
            _ => [(self.scale(c), None); 2],
        };
        factors.into_iter().find_map(|(scale, factor)| {
            let limit = self.limit_of_difference(&scale, l)?;
            self.apply(Rewrite::Limit)?;
            Some(factor.map_or(limit, |factor| self.make(MUL, &[factor, limit])))
        })
    }

    /// Whether a node is what [`limit_of_difference`](Self::limit_of_difference) looks for. Asked of every product, before any scale.
    fn is_difference(&self, l: NodeId) -> bool {
        let l = self.negative_of(l).unwrap_or(l);
        matches!(self.seen(l), Some(Op::Unary(Unary::ExpM1) | Op::Binary(Binary::Sub)))
            || self.powers_from_one.contains_key(&l)
    }

    /// `r·(eᵘ − 1)` where u is m/r, as `m·((eᵘ − 1)/u)`; of a power `xᵘ` with ln x.
    fn limit_of_difference(&mut self, scale: &Scale<T>, l: NodeId) -> Option<NodeId> {
        let (l, negative) = self.negative_of(l).map_or((l, false), |l| (l, true));
        let limit = match (self.seen(l)?, self.graph.args(l)) {
            (Op::Unary(Unary::ExpM1), &[u]) if self.degree(scale, u) == -1 => {
                let m = self.rest(scale, u);
                self.limit_of_exp_m1(scale, m)
            }
            (Op::Binary(Binary::Sub), &[power, one]) if self.is_number(one, T::one()) => {
                let (Op::Binary(Binary::Pow), &[x, p]) = (self.seen(power)?, self.graph.args(power)) else {
                    return None;
                };
                self.limit_of_power_less_one(scale, x, p)?
            }
            _ => {
                let (x, p) = *self.powers_from_one.get(&l)?;
                let limit = self.limit_of_power_less_one(scale, x, p)?;
                self.negated(limit)
            }
        };
        Some(if negative { self.negated(limit) } else { limit })
    }

    /// `r·(xᵖ − 1)` where p is m/r.
    fn limit_of_power_less_one(&mut self, scale: &Scale<T>, x: NodeId, p: NodeId) -> Option<NodeId> {
        if self.degree(scale, p) != -1 {
            return None;
        }
        let (zero, one) = (self.number(T::zero()), self.number(T::one()));
        let is_positive = self.make(Op::Binary(Binary::Gt), &[x, zero]);
        let [positive, other] = [[x, one], [one, x]].map(|[a, b]| self.make(Op::Select, &[is_positive, a, b]));
        let log = match self.beside_one(x) {
            Some(u) => {
                let positive = self.make(Op::Select, &[is_positive, u, zero]);
                self.unary(Unary::Ln1p, positive)
            }
            None => self.unary(Unary::Ln, positive),
        };
        let m = self.rest(scale, p);
        let m = self.make(MUL, &[m, log]);
        let limit = self.limit_of_exp_m1(scale, m);
        // Elsewhere the power stands as it is: a negative number has whole ones.
        let inverse = self.inverse_of(scale);
        let other = self.as_it_is(|rewriter| {
            let other = rewriter.make(Op::Binary(Binary::Pow), &[other, p]);
            let difference = rewriter.make(Op::Binary(Binary::Sub), &[other, one]);
            rewriter.make(DIV, &[difference, inverse])
        });
        Some(self.make(Op::Select, &[is_positive, limit, other]))
    }

    fn limit_of_exp_m1(&mut self, scale: &Scale<T>, m: NodeId) -> NodeId {
        let inverse = self.inverse_of(scale);
        let u = self.make(MUL, &[m, inverse]);
        let ratio = self.make(Op::Ordered(Ordered::ExpM1Ratio, 0), &[u]);
        self.make(MUL, &[m, ratio])
    }

    /// `c·l` for what is l by its logarithms.
    fn limit_of_multiple(&mut self, c: NodeId, l: NodeId, logs: &Logs<T>) -> Option<NodeId> {
        let coefficient = self.combined(&[(c, T::one())]);
        let (place, limit) = coefficient.parts.iter().enumerate().find_map(|(place, &(part, factor))| {
            let scale = self.scale(part);
            let limit = self.scaled_logs(&scale, logs)?;
            Some((place, self.times(factor, limit)))
        })?;
        self.apply(Rewrite::Limit)?;
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
        self.apply(Rewrite::Limit)?;
        let (zero, one) = (self.number(T::zero()), self.number(T::one()));
        let is_positive = self.make(Op::Binary(Binary::Gt), &[x, zero]);
        let power = self.unary(Unary::Exp, log);
        // Elsewhere the power stands as it is: a negative number has whole ones.
        let base = self.make(Op::Select, &[is_positive, one, x]);
        let other = self.make(Op::Binary(Binary::Pow), &[base, p]);
        Some(self.make(Op::Select, &[is_positive, power, other]))
    }

    /// What a rise of ln Γ makes together with the logarithms among the summands.
    pub(super) fn limit_of_rise(&mut self, summands: &[Summand]) -> Option<Joined> {
        if !self.rewrites.contains(Rewrite::Limit) {
            return None;
        }
        summands.iter().enumerate().find_map(|(place, &summand)| self.limit_of_rise_at(place, summand, summands))
    }

    fn limit_of_rise_at(&mut self, place: usize, (rise, negative): Summand, summands: &[Summand]) -> Option<Joined> {
        let is_done = match self.seen(rise) {
            Some(Op::Binary(Binary::LnRising)) => false,
            Some(STEPS) => true,
            _ => return None,
        };
        let (low, b) = (self.graph.args(rise)[0], self.graph.args(rise)[1]);
        let scale = if is_done { self.scale(low).inverse() } else { self.scale(low) };
        let mut used = SmallVec::from_slice(&[place]);
        let mut parts: Vec<(Coefficient, Logs<T>)> = Vec::new();
        for (other, &(summand, minus)) in summands.iter().enumerate().filter(|&(other, _)| other != place) {
            let sign = if minus { -T::one() } else { T::one() };
            let Some(found) = self.products(&scale, b, summand, sign) else { continue };
            if found.iter().any(|(coefficient, _)| !matches!(coefficient, Coefficient::Other(_))) {
                used.push(other);
                parts.extend(found);
            }
        }
        let gathered = |coefficient: Coefficient| -> Logs<T> {
            parts.iter().filter(|part| part.0 == coefficient).flat_map(|part| part.1.iter().copied()).collect()
        };
        let (of_rise, of_scale) = (gathered(Coefficient::Rise), gathered(Coefficient::Scale));
        let balance = if negative { T::one() } else { -T::one() };
        let is_balanced = !is_done && self.degree_of_logs(&scale, &of_rise) == Some(balance);
        let limit = self.scaled_logs(&scale, &of_scale);
        if !is_balanced && (!is_done || limit.is_none()) {
            return None;
        }
        self.apply(Rewrite::Limit)?;
        let mut total = if is_done {
            rise
        } else {
            let inverse = self.inverse_of(&scale);
            self.make(STEPS, &[inverse, b])
        };
        if negative {
            total = self.negated(total);
        }
        let of_rise = self.rests(&scale, &of_rise);
        let limit = limit.or_else(|| self.times_logs(Some(low), &of_scale));
        for term in [self.times_logs(Some(b), &of_rise), limit].into_iter().flatten() {
            total = self.make(ADD, &[total, term]);
        }
        for (coefficient, logs) in &parts {
            if let &Coefficient::Other(coefficient) = coefficient
                && let Some(term) = self.times_logs(coefficient, logs)
            {
                total = self.make(ADD, &[total, term]);
            }
        }
        Some((used, (total, false)))
    }

    /// A summand as multiples of logarithms, by what multiplies them.
    fn products(&self, scale: &Scale<T>, b: NodeId, summand: NodeId, sign: T) -> Option<Vec<(Coefficient, Logs<T>)>> {
        // Of an exponential r, a multiple of ln r is any sum with the exponent in it.
        let logs_of = |x: NodeId| {
            self.logs(x).or_else(|| {
                (self.degree_of_exp(scale, x) != 0).then(|| SmallVec::from_slice(&[(T::one(), Atom::Exp(x))]))
            })
        };
        let (factors, logs) = match (self.seen(summand)?, self.graph.args(summand)) {
            (Op::Binary(Binary::Mul), &[x, y]) => match (logs_of(y), logs_of(x)) {
                (Some(logs), _) => (self.combined(&[(x, sign)]), logs),
                (None, logs) => (self.combined(&[(y, sign)]), logs?),
            },
            (Op::Binary(Binary::Xlogy), &[x, y]) => (self.combined(&[(x, sign)]), self.atoms(y)),
            (Op::Binary(Binary::Xlog1py), &[x, y]) => {
                (self.combined(&[(x, sign)]), SmallVec::from_slice(&[(T::one(), Atom::OnePlus(y))]))
            }
            _ => {
                let logs = self.logs(summand)?;
                (Affine { parts: SmallVec::new(), constant: sign }, logs)
            }
        };
        let multiple = |factor: T| logs.iter().map(|&(count, atom)| (factor * count, atom)).collect::<Logs<T>>();
        let number = self.graph.scalar_value(b).filter(|&b| b != T::zero());
        let mut found = Vec::new();
        for &(node, factor) in &factors.parts {
            let (coefficient, factor) = match self.power_of(scale, node) {
                _ if self.same(node, b) => (Coefficient::Rise, factor),
                Some((1, of_scale)) => (Coefficient::Scale, factor * of_scale),
                _ => (Coefficient::Other(Some(node)), factor),
            };
            found.push((coefficient, multiple(factor)));
        }
        if factors.constant != T::zero() {
            found.push(match number {
                Some(b) => (Coefficient::Rise, multiple(factors.constant / b)),
                None => (Coefficient::Other(None), multiple(factors.constant)),
            });
        }
        Some(found)
    }

    /// Whether a node is a logarithm or made of other nodes as sums of logarithms are. Asked of every product.
    fn may_be_logs(&self, x: NodeId) -> bool {
        let is_made_so = matches!(
            self.seen(x),
            Some(
                Op::Unary(Unary::Ln | Unary::Ln1p | Unary::Softplus | Unary::Neg)
                    | Op::Binary(Binary::Add | Binary::Sub | Binary::Mul)
            )
        );
        is_made_so || self.logs_of.contains_key(&x)
    }

    /// A node as logarithms, if there are some in it.
    fn logs(&self, x: NodeId) -> Option<Logs<T>> {
        if !self.may_be_logs(x) {
            return None;
        }
        let (mut found, mut open) = (Logs::new(), SmallVec::<[(NodeId, T); 4]>::from_slice(&[(x, T::one())]));
        let (mut is_log, mut looks) = (false, 0);
        while let Some((node, factor)) = open.pop() {
            looks += 1;
            let may_open = looks < LOOKS && found.len() + open.len() < LOGARITHMS;
            let number = |x: NodeId| self.graph.scalar_value(x).filter(|_| self.seen(x).is_some());
            let op = self.seen(node);
            if let Some(atoms) = self.atoms_of_log(node) {
                is_log = true;
                found.extend(atoms.into_iter().map(|(count, atom)| (factor * count, atom)));
                continue;
            }
            is_log |= matches!(op, Some(Op::Unary(Unary::Ln | Unary::Ln1p | Unary::Softplus)));
            match (op, self.graph.args(node)) {
                (Some(Op::Unary(Unary::Ln)), &[q]) => {
                    found.extend(self.atoms(q).into_iter().map(|(count, atom)| (factor * count, atom)));
                }
                (Some(Op::Unary(Unary::Ln1p)), &[u]) => found.push((factor, Atom::OnePlus(u))),
                (Some(Op::Unary(Unary::Softplus)), &[z]) => found.push((factor, Atom::OnePlusExp(z))),
                (Some(Op::Unary(Unary::Neg)), &[a]) if may_open => open.push((a, -factor)),
                (Some(Op::Binary(Binary::Add)), &[a, b]) if may_open => {
                    open.extend([(a, factor), (b, factor)]);
                }
                (Some(Op::Binary(Binary::Sub)), &[a, b]) if may_open => {
                    open.extend([(a, factor), (b, -factor)]);
                }
                (Some(MUL), &[a, b]) if may_open && (number(a).is_some() || number(b).is_some()) => {
                    let (number, rest) = number(a).map_or((number(b), a), |a| (Some(a), b));
                    open.push((rest, factor * number.unwrap_or_else(T::nan)));
                }
                _ => found.push((factor, Atom::Exp(node))),
            }
        }
        is_log.then_some(found)
    }

    /// The parts of what a log-domain form is the logarithm of, where it is a sum or quotient.
    fn atoms_of_log(&self, log: NodeId) -> Option<Logs<T>> {
        match *self.logs_of.get(&log)? {
            Atom::Plain(q) => {
                let is_composed = matches!(self.seen(q)?, Op::Binary(Binary::Add | Binary::Sub | Binary::Div));
                is_composed.then(|| self.atoms(q))
            }
            atom => Some(SmallVec::from_slice(&[(T::one(), atom)])),
        }
    }

    /// The parts of a quotient whose logarithms are taken one by one.
    fn atoms(&self, q: NodeId) -> Logs<T> {
        let (mut found, mut open) = (Logs::new(), SmallVec::<[(NodeId, T); 4]>::from_slice(&[(q, T::one())]));
        let mut looks = 0;
        while let Some((node, factor)) = open.pop() {
            looks += 1;
            let may_open = looks < LOOKS && found.len() + open.len() < LOGARITHMS;
            match (self.seen(node), self.graph.args(node)) {
                (Some(DIV), &[a, b]) if may_open => open.extend([(a, factor), (b, -factor)]),
                (Some(Op::Unary(Unary::Recip)), &[a]) if may_open => open.push((a, -factor)),
                (Some(ADD), &[one, x]) if self.is_number(one, T::one()) => found.push((factor, Atom::OnePlus(x))),
                (Some(ADD), &[x, one]) if self.is_number(one, T::one()) => found.push((factor, Atom::OnePlus(x))),
                _ if self.is_number(node, T::one()) => {}
                _ => found.push((factor, Atom::Plain(node))),
            }
        }
        found
    }

    /// By how much a sum of logarithms grows with `ln r`.
    fn degree_of_logs(&self, scale: &Scale<T>, logs: &Logs<T>) -> Option<T> {
        let of = |&(factor, atom): &(T, Atom)| Some(factor * T::from(self.degree_of_atom(scale, atom)?)?);
        logs.iter().map(of).try_fold(T::zero(), |sum, degree| Some(sum + degree?))
    }

    /// What logarithms are beside multiples of `ln r`.
    fn rests(&mut self, scale: &Scale<T>, logs: &Logs<T>) -> Logs<T> {
        let mut found = Logs::new();
        for &(factor, atom) in logs {
            let rest = self.rest_of_atom(scale, atom);
            found.extend(rest.into_iter().map(|atom| (factor, atom)));
        }
        found
    }

    /// `r·Σ logs`, if there is a limit and a logarithm among them that needs it.
    fn scaled_logs(&mut self, scale: &Scale<T>, logs: &Logs<T>) -> Option<NodeId> {
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
                let far = Atom::OnePlus(self.make(Op::Select, &[is_far, x, one]));
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

    fn ln_of_atom(&mut self, atom: Atom) -> NodeId {
        match atom {
            Atom::Plain(x) => self.unary(Unary::Ln, x),
            Atom::OnePlus(x) => self.unary(Unary::Ln1p, x),
            Atom::OnePlusExp(z) => self.unary(Unary::Softplus, z),
            Atom::Exp(log) => log,
        }
    }

    /// `coefficient·Σ logs`.
    fn times_logs(&mut self, coefficient: Option<NodeId>, logs: &Logs<T>) -> Option<NodeId> {
        let mut sum = None;
        for &(factor, atom) in logs {
            let log = self.ln_of_atom(atom);
            let log = self.times(factor, log);
            sum = Some(sum.map_or(log, |sum| self.make(ADD, &[sum, log])));
        }
        Some(match coefficient {
            Some(coefficient) => self.make(MUL, &[coefficient, sum?]),
            None => sum?,
        })
    }
}
