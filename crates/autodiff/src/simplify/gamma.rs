//! Differences of ln Γ, which cancel for large arguments: `ln Γ(a) + ln Γ(b) − ln Γ(a + b)` as `ln_beta`, `ln Γ(a + b) − ln Γ(a)` as
//! `ln_rising`.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::{Scalar, count, real};
use smallvec::SmallVec;

/// `Σ coefficient·node + constant`.
pub(super) struct Affine<T> {
    pub(super) parts: SmallVec<[(NodeId, T); 4]>,
    pub(super) constant: T,
}

/// A summand of a sum, and whether it is subtracted.
pub(super) type Summand = (NodeId, bool);

/// The places of the summands that are taken together, and what they become.
pub(super) type Joined = (SmallVec<[usize; 3]>, Summand);

/// A rule for some of the summands.
type Joining<'g, T> = fn(&mut Rewriter<'g, T>, &[Summand]) -> Option<Joined>;

/// How many summands are looked at: more than a log-likelihood has terms.
const SUMMANDS: usize = 24;
/// The most factors of rising factorials that are divided one by one.
const MOST_STEPS: usize = 4;

impl<T: Scalar> Rewriter<'_, T> {
    /// What a sum or difference with terms ln Γ in it is.
    pub(super) fn stable_lgammas(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        let sides = [Op::Binary(Binary::Add), Op::Binary(Binary::Sub)];
        if !self.has_lgamma || !sides.contains(&op) || !self.rewrites.contains(Rewrite::LnBeta) {
            return None;
        }
        let mut summands = Vec::new();
        self.add_summands(args[0], false, &mut summands);
        self.add_summands(args[1], op == sides[1], &mut summands);
        let (used, replacement) = self.joined_lgammas(&summands).or_else(|| self.limit_of_rise(&summands))?;
        let mut total = replacement;
        for (_, &(summand, negative)) in summands.iter().enumerate().filter(|(place, _)| !used.contains(place)) {
            total = match (total, negative) {
                ((sum, true), false) => (self.make(sides[1], &[summand, sum]), false),
                ((sum, minus), negative) => (self.make(sides[usize::from(minus != negative)], &[sum, summand]), minus),
            };
        }
        Some(if total.1 { self.negated(total.0) } else { total.0 })
    }

    fn joined_lgammas(&mut self, summands: &[Summand]) -> Option<Joined> {
        let rules: [(Joining<'_, T>, _); 5] = [
            (Self::rises_of_betas, "ln_beta(a + m, b + n) − ln_beta(a, b) → rises of ln Γ by m, n and m + n"),
            (Self::beta_of, Rewrite::LnBeta.equation()),
            (Self::rising_of, "ln Γ(a + b) − ln Γ(a) → ln_rising(a, b)"),
            (Self::exchanged_rises, "ln_rising(n, m − n) − ln_rising(q, m) → rises of ln Γ by m − n and q − n"),
            (Self::difference_of_rises, "ln_rising(p, n) − ln_rising(q, n) → Σ ln_1p((p − q)/(q + k))"),
        ];
        let (joined, equation) =
            rules.into_iter().find_map(|(rule, equation)| Some((rule(self, summands)?, equation)))?;
        self.apply(Rewrite::LnBeta.by(equation))?;
        Some(joined)
    }

    fn add_summands(&self, x: NodeId, negative: bool, found: &mut Vec<Summand>) {
        let mut open: SmallVec<[Summand; 8]> = smallvec::smallvec![(x, negative)];
        while let Some((node, negative)) = open.pop() {
            match (self.seen(node), self.graph.args(node)) {
                (Some(Op::Unary(Unary::Neg)), &[a]) => open.push((a, !negative)),
                (Some(Op::Binary(op @ (Binary::Add | Binary::Sub))), &[a, b])
                    if found.len() + open.len() < SUMMANDS =>
                {
                    open.push((b, negative != (op == Binary::Sub)));
                    open.push((a, negative));
                }
                _ => found.push((node, negative)),
            }
        }
    }

    /// `±ln B`, and the places of the three summands it takes (of two, where one is a rise already).
    fn beta_of(&mut self, summands: &[Summand]) -> Option<Joined> {
        let lgammas = self.lgammas(summands);
        for &(whole, of_whole, sign) in &lgammas {
            let others: Vec<_> = lgammas.iter().filter(|other| other.2 != sign).collect();
            for (index, &&(first, a, _)) in others.iter().enumerate() {
                for &&(second, b, _) in &others[index + 1..] {
                    let rest = self.combined(&[(of_whole, T::one()), (a, -T::one()), (b, -T::one())]);
                    if rest.parts.is_empty() && rest.constant == T::zero() {
                        let beta = self.make(Op::Binary(Binary::LnBeta), &[a, b]);
                        return Some((SmallVec::from_slice(&[whole, first, second]), (beta, !sign)));
                    }
                }
            }
        }
        // ln Γ(b) − (ln Γ(a + b) − ln Γ(a)).
        for (place, &(summand, sign)) in summands.iter().enumerate() {
            if self.seen(summand) != Some(Op::Binary(Binary::LnRising)) {
                continue;
            }
            let (a, b) = (self.graph.args(summand)[0], self.graph.args(summand)[1]);
            let other = lgammas.iter().find(|other| other.2 != sign && self.same(other.1, b));
            if let Some(&(other, ..)) = other {
                let beta = self.make(Op::Binary(Binary::LnBeta), &[a, b]);
                return Some((SmallVec::from_slice(&[place, other]), (beta, !sign)));
            }
        }
        None
    }

    /// `ln B(a + m, b + n) − ln B(a, b)` as `ln (a)ₘ + ln (b)ₙ − ln (a + b)ₘ₊ₙ`, for small m and n beside a and b.
    fn rises_of_betas(&mut self, summands: &[Summand]) -> Option<Joined> {
        const LN_BETA: Op = Op::Binary(Binary::LnBeta);
        let betas = summands.iter().enumerate().filter(|(_, summand)| self.seen(summand.0) == Some(LN_BETA));
        let betas: SmallVec<[(usize, Summand); 4]> = betas.map(|(place, &summand)| (place, summand)).collect();
        for &(first, (high, sign)) in &betas {
            for &(second, (low, _)) in betas.iter().filter(|other| other.1.1 != sign) {
                let [[a, b], [c, d]] = [high, low].map(|beta| [self.graph.args(beta)[0], self.graph.args(beta)[1]]);
                for [c, d] in [[c, d], [d, c]] {
                    let (Some(m), Some(n)) = (self.rise_of_base(a, c), self.rise_of_base(b, d)) else { continue };
                    let (sum, both) = (self.total(c, d), self.total(m, n));
                    let [of_c, of_d, of_sum] =
                        [[c, m], [d, n], [sum, both]].map(|pair| self.make(Op::Binary(Binary::LnRising), &pair));
                    let parts = self.make(Op::Binary(Binary::Add), &[of_c, of_d]);
                    let total = self.make(Op::Binary(Binary::Sub), &[parts, of_sum]);
                    return Some((SmallVec::from_slice(&[first, second]), (total, sign)));
                }
            }
        }
        None
    }

    /// `high − low`, if it is one number or node.
    fn rise(&mut self, high: NodeId, low: NodeId) -> Option<NodeId> {
        let rise = self.combined(&[(high, T::one()), (low, -T::one())]);
        match rise.parts[..] {
            [] => Some(self.number(rise.constant)),
            [(node, one)] if one == T::one() && rise.constant == T::zero() => Some(node),
            _ => None,
        }
    }

    /// `high − low` if terms of low are in high, and not all that is left is subtracted.
    fn rise_of_base(&mut self, high: NodeId, low: NodeId) -> Option<NodeId> {
        if let Some(rise) = self.rise(high, low) {
            return Some(rise);
        }
        let rise = self.difference_with_less(high, low)?;
        let is_rise = rise.parts.iter().any(|part| part.1 > T::zero());
        is_rise.then(|| self.sum_of_multiples(&rise))
    }

    /// `ln (p)ₘ − ln (q)ₙ` as `ln (q + n)ₖ − ln (q)ₗ` with l = p − q and k = l + (m − n), where a rise from n by m − n tells that n is what
    /// rises and not what it rises by.
    fn exchanged_rises(&mut self, summands: &[Summand]) -> Option<Joined> {
        const RISING: Op = Op::Binary(Binary::LnRising);
        let rises = summands.iter().enumerate().filter(|(_, summand)| self.seen(summand.0) == Some(RISING));
        let rises: SmallVec<[(usize, Summand); 4]> = rises.map(|(place, &summand)| (place, summand)).collect();
        let parts = |rewriter: &Self, rise: NodeId| [rewriter.graph.args(rise)[0], rewriter.graph.args(rise)[1]];
        for &(first, (high, sign)) in &rises {
            for &(second, (low, _)) in rises.iter().filter(|other| other.1.1 != sign) {
                let [[p, m], [q, n]] = [high, low].map(|rise| parts(self, rise));
                let tells = |rewriter: &Self, &(place, (rise, _)): &(usize, Summand)| {
                    let [base, by] = parts(rewriter, rise);
                    let rest = rewriter.combined(&[(m, T::one()), (n, -T::one()), (by, -T::one())]);
                    let is_base = place != first && place != second && rewriter.same(base, n);
                    is_base && rest.parts.is_empty() && rest.constant == T::zero()
                };
                if !rises.iter().any(|rise| tells(self, rise)) {
                    continue;
                }
                let (Some(by), Some(excess)) = (self.rise(p, q), self.rise(m, n)) else { continue };
                let (from, both) = (self.total(q, n), self.total(by, excess));
                let [of_whole, of_part] =
                    [[from, both], [q, by]].map(|pair| self.make(Op::Binary(Binary::LnRising), &pair));
                let total = self.make(Op::Binary(Binary::Sub), &[of_whole, of_part]);
                return Some((SmallVec::from_slice(&[first, second]), (total, sign)));
            }
        }
        None
    }

    /// `ln (p)ₙ − ln (q)ₙ` for a small whole n as `Σ ln(1 + (p − q)/(q + k))`.
    fn difference_of_rises(&mut self, summands: &[Summand]) -> Option<Joined> {
        const RISING: Op = Op::Binary(Binary::LnRising);
        let rises = summands.iter().enumerate().filter(|(_, summand)| self.seen(summand.0) == Some(RISING));
        let rises: SmallVec<[(usize, Summand); 4]> = rises.map(|(place, &summand)| (place, summand)).collect();
        for &(first, (high, sign)) in &rises {
            for &(second, (low, _)) in rises.iter().filter(|other| other.1.1 != sign) {
                let [[p, n], [q, m]] = [high, low].map(|rise| [self.graph.args(rise)[0], self.graph.args(rise)[1]]);
                let Some(steps) = self.graph.scalar_value(n).and_then(|n| n.to_usize().filter(|&k| count::<T>(k) == n))
                else {
                    continue;
                };
                if !self.same(n, m) || steps == 0 || steps > MOST_STEPS {
                    continue;
                }
                let Some(distance) = self.shorter_difference(p, q) else { continue };
                let distance = self.sum_of_multiples(&distance);
                let logs = (0..steps).map(|k| {
                    let step = self.number(count(k));
                    let [from, to] = [q, p].map(|base| self.total(base, step));
                    self.ln_beside_one(distance, from, to)
                });
                let logs: SmallVec<[NodeId; MOST_STEPS]> = logs.collect();
                let total = logs.into_iter().reduce(|sum, log| self.total(sum, log))?;
                return Some((SmallVec::from_slice(&[first, second]), (total, sign)));
            }
        }
        None
    }

    /// `ln |to/from|`, where `distance = to − from` may be small.
    fn ln_beside_one(&mut self, distance: NodeId, from: NodeId, to: NodeId) -> NodeId {
        let inverse = self.unary(Unary::Recip, from);
        let ratio = self.make(Op::Binary(Binary::Mul), &[distance, inverse]);
        let [zero, half] = [T::zero(), real(0.5)].map(|number| self.number(number));
        let size = self.unary(Unary::Abs, ratio);
        let is_near = self.make(Op::Binary(Binary::Lt), &[size, half]);
        let near = self.make(Op::Select, &[is_near, ratio, zero]);
        let near = self.unary(Unary::Ln1p, near);
        let logs = [to, from].map(|x| {
            let size = self.unary(Unary::Abs, x);
            self.unary(Unary::Ln, size)
        });
        let far = self.as_it_is(|rewriter| rewriter.make(Op::Binary(Binary::Sub), &logs));
        self.make(Op::Select, &[is_near, near, far])
    }

    /// `±(ln Γ(a + b) − ln Γ(a))` where b is one number or node, and the places of its two summands.
    fn rising_of(&mut self, summands: &[Summand]) -> Option<Joined> {
        let lgammas = self.lgammas(summands);
        for &(first, high, sign) in &lgammas {
            for &(second, low, _) in lgammas.iter().filter(|other| other.2 != sign) {
                let by_terms = |rewriter: &mut Self| {
                    let rise = rewriter.shorter_difference(high, low)?;
                    (rise.parts.iter().all(|part| part.1 > T::zero())).then(|| rewriter.sum_of_multiples(&rise))
                };
                let Some(b) = self.rise(high, low).or_else(|| by_terms(self)) else { continue };
                // The other way round it is a rise.
                if self.graph.scalar_value(b).is_some_and(|b| b < T::zero()) {
                    continue;
                }
                let rising = self.make(Op::Binary(Binary::LnRising), &[low, b]);
                return Some((SmallVec::from_slice(&[first, second]), (rising, sign)));
            }
        }
        None
    }

    /// The summands ln Γ: place, argument, and whether it is subtracted.
    fn lgammas(&self, summands: &[Summand]) -> SmallVec<[(usize, NodeId, bool); 4]> {
        let of = |&(node, negative): &Summand| Some((self.operand_of(node, Op::Unary(Unary::Lgamma))?, negative));
        let found = summands.iter().enumerate();
        found.filter_map(|(place, summand)| of(summand).map(|(arg, negative)| (place, arg, negative))).collect()
    }

    /// A sum of multiples of nodes, expanded into multiples of simpler ones.
    pub(super) fn combined(&self, sum: &[(NodeId, T)]) -> Affine<T> {
        let mut affine = Affine { parts: SmallVec::new(), constant: T::zero() };
        let mut open: SmallVec<[(NodeId, T); 8]> = SmallVec::from_slice(sum);
        while let Some((node, factor)) = open.pop() {
            let number = |x: NodeId| self.seen_number(x);
            if let Some(number) = number(node) {
                affine.constant = affine.constant + factor * number;
                continue;
            }
            match (self.seen(node), self.graph.args(node)) {
                (Some(Op::Unary(Unary::Neg)), &[a]) => open.push((a, -factor)),
                (Some(Op::Binary(op @ (Binary::Add | Binary::Sub))), &[a, b])
                    if affine.parts.len() + open.len() < SUMMANDS =>
                {
                    open.push((b, if op == Binary::Sub { -factor } else { factor }));
                    open.push((a, factor));
                }
                (Some(Op::Binary(Binary::Mul)), &[a, b]) if number(a).is_some() || number(b).is_some() => {
                    let (c, rest) = number(a).map_or((number(b), a), |c| (Some(c), b));
                    open.push((rest, factor * c.unwrap_or_else(T::nan)));
                }
                (Some(Op::Binary(Binary::Div)), &[a, b]) if number(b).is_some() => {
                    open.push((a, factor / number(b).unwrap_or_else(T::nan)));
                }
                _ => self.add_part(&mut affine, node, factor),
            }
        }
        affine
    }

    fn add_part(&self, affine: &mut Affine<T>, node: NodeId, factor: T) {
        match affine.parts.iter_mut().find(|(other, _)| self.same(*other, node)) {
            Some((_, sum)) => *sum = *sum + factor,
            None => affine.parts.push((node, factor)),
        }
        affine.parts.retain(|(_, factor)| *factor != T::zero());
    }
}
