//! A rise of ln Γ and the logarithms that it cancels with: `ln Γ(b + r) − ln Γ(r) − b·ln r` as `ln_rising_steps(1/r, b)`.

use super::Rewriter;
use super::atom::{Atom, Logs};
use super::gamma::{Affine, Joined, Summand};
use super::rewrite::Rewrite;
use super::scale::Scale;
use crate::graph::NodeId;
use crate::ops::{Binary, Op};
use crate::scalar::Scalar;
use smallvec::SmallVec;

const ADD: Op = Op::Binary(Binary::Add);
const STEPS: Op = Op::Binary(Binary::LnRisingSteps);

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
        self.apply(Rewrite::Limit.by("ln Γ(b + r) − ln Γ(r) − b·ln r → ln_rising_steps(1/r, b)"))?;
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
}
