//! Sums that cancel to second order: `eᵘ − 1 − u`, as in a Kullback–Leibler divergence of normals, `w − ln(1 + w)`, and the deviances of
//! gamma, Poisson and binomial models, `q − 1 − ln q` and `y·ln(y/m) − y + m`; and `(1 + u)·e⁻ᵘ`, whose logarithm is one.

use super::Rewriter;
use super::atom::Atom;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::{Scalar, real};
use smallvec::SmallVec;

const ADD: Op = Op::Binary(Binary::Add);
const SUB: Op = Op::Binary(Binary::Sub);
const MUL: Op = Op::Binary(Binary::Mul);
const DIV: Op = Op::Binary(Binary::Div);
const LN: Op = Op::Unary(Unary::Ln);

/// How many summands are looked at.
const SUMMANDS: usize = 6;

const EXP: &str = "eᵘ − 1 − u → exp_remainder(u)";
const LN_OF: &str = "q − 1 − ln q → exp_remainder(ln q)";
const LN_1P: &str = "w − ln(1 + w) → exp_remainder(ln_1p(w))";
const LN_RATIO: &str = "y/m − 1 − ln y + ln m → exp_remainder(ln y − ln m)";
const DEVIANCE: &str = "y·ln(y/m) − y + m → y·exp_remainder(ln(m/y))";

/// A summand, and whether it is subtracted.
type Summand = (NodeId, bool);

impl<T: Scalar> Rewriter<'_, T> {
    /// A sum of which some summands are such a remainder.
    pub(super) fn with_remainder(&mut self, op: Op, a: NodeId, b: NodeId) -> Option<NodeId> {
        let summands = self.last_summands(a, b, op == SUB);
        let (used, value, negative) = summands.iter().enumerate().find_map(|(place, &(node, negative))| {
            let (used, value) = self.remainder_at(&summands, place, node, negative)?;
            Some((used, value, negative))
        })?;
        let rest = summands.iter().enumerate().filter(|(place, _)| !used.contains(place));
        let rest: SmallVec<[Summand; SUMMANDS]> = rest.map(|(_, &summand)| summand).collect();
        // Of the logarithm's own sign the remainder is the opposite.
        let value = if negative { self.negated(value) } else { value };
        Some(
            rest.into_iter()
                .fold(value, |sum, (summand, negative)| self.make(if negative { SUB } else { ADD }, &[sum, summand])),
        )
    }

    /// The remainder that a summand is the largest part of, as that part has its sign, and the places it takes.
    fn remainder_at(
        &mut self,
        summands: &[Summand],
        place: usize,
        node: NodeId,
        negative: bool,
    ) -> Option<(SmallVec<[usize; 3]>, NodeId)> {
        let op = self.seen(node)?;
        let args = self.graph.args(node);
        let find = |rewriter: &Self, wanted: NodeId, sign: bool| {
            let is_it = |&(_, &(other, of_other)): &(usize, &Summand)| of_other == sign && rewriter.same(other, wanted);
            summands.iter().enumerate().filter(|&(other, _)| other != place).find(is_it).map(|(other, _)| other)
        };
        let find_one = |rewriter: &Self, sign: bool| {
            summands.iter().position(|&(other, of_other)| of_other == sign && rewriter.is_number(other, T::one()))
        };
        match (op, args) {
            (Op::Unary(Unary::Exp), &[u]) => {
                let used = [place, find(self, u, !negative)?, find_one(self, !negative)?];
                self.remainder(EXP, &used, u)
            }
            (Op::Unary(Unary::ExpM1), &[u]) => {
                let used = [place, find(self, u, !negative)?];
                self.remainder(EXP, &used, u)
            }
            // q − 1 − ln q is of the sign of q.
            (LN, &[q]) => {
                let used = [place, find(self, q, !negative)?, find_one(self, negative)?];
                let (used, value) = self.remainder(LN_OF, &used, node)?;
                Some((used, self.negated(value)))
            }
            (Op::Unary(Unary::Ln1p), &[w]) => {
                let used = [place, find(self, w, !negative)?];
                let (used, value) = self.remainder(LN_1P, &used, node)?;
                Some((used, self.negated(value)))
            }
            // Of q = y/m, ln q as ln y − ln m.
            (DIV, &[y, m]) => {
                let log_of = |x: NodeId, sign: bool| {
                    let is_it = |&(other, of_other): &Summand| {
                        of_other == sign && self.operand_of(other, LN).is_some_and(|of| self.same(of, x))
                    };
                    summands.iter().position(is_it)
                };
                let (first, second) = (log_of(y, !negative)?, log_of(m, negative)?);
                let used = [place, first, second, find_one(self, !negative)?];
                let log = self.make(SUB, &[summands[first].0, summands[second].0]);
                self.remainder(LN_RATIO, &used, log)
            }
            (MUL, &[_, _]) => {
                let (y, m, ln) = self.times_log_of_ratio(node)?;
                if let (Some(of_y), Some(of_m)) = (find(self, y, !negative), find(self, m, negative)) {
                    return self.deviance(&[place, of_y, of_m], (y, ln));
                }
                // y·ln(y/m) + v·ln(v/w) where y + v = m + w.
                let (one, other) = (T::one(), summands.iter().enumerate());
                let (other, second) = other.filter(|&(other, part)| other != place && part.1 == negative).find_map(
                    |(other, &(part, _))| {
                        let (v, w, ln) = self.times_log_of_ratio(part)?;
                        let rest = self.combined(&[(y, one), (m, -one), (v, one), (w, -one)]);
                        (rest.parts.is_empty() && rest.constant == T::zero()).then_some((other, (v, ln)))
                    },
                )?;
                let (used, first) = self.deviance(&[place, other], (y, ln))?;
                let (_, second) = self.deviance(&[], second)?;
                Some((used, self.make(ADD, &[first, second])))
            }
            _ => None,
        }
    }

    /// `y·ln(y/m)`, with y and m terms of its sum, is `y·(eᵘ − 1 − u)` where `u = ln(m/y)`.
    fn deviance(&mut self, used: &[usize], (y, ln): (NodeId, NodeId)) -> Option<(SmallVec<[usize; 3]>, NodeId)> {
        let minus_ln = self.negated(ln);
        let (used, value) = self.remainder(DEVIANCE, used, minus_ln)?;
        Some((used, self.make(MUL, &[y, value])))
    }

    /// The y, the m and the logarithm of `y·ln(y/m)`.
    fn times_log_of_ratio(&self, product: NodeId) -> Option<(NodeId, NodeId, NodeId)> {
        let (MUL, &[a, b]) = (self.seen(product)?, self.graph.args(product)) else { return None };
        [(a, b), (b, a)].into_iter().find_map(|(y, ln)| {
            let (p, m) = self.ratio_in_log(ln)?;
            self.same(p, y).then_some((y, m, ln))
        })
    }

    /// The p and q of `ln(p/q)` or `ln p − ln q`.
    fn ratio_in_log(&self, log: NodeId) -> Option<(NodeId, NodeId)> {
        let ratio = match (self.seen(log)?, self.graph.args(log), self.logs_of.get(&log)) {
            (LN, &[ratio], _) => ratio,
            (SUB, &[a, b], _) => return Some((self.operand_of(a, LN)?, self.operand_of(b, LN)?)),
            (_, _, Some(&Atom::Plain(ratio))) => ratio,
            _ => return None,
        };
        let (DIV, &[p, q]) = (self.seen(ratio)?, self.graph.args(ratio)) else { return None };
        Some((p, q))
    }

    /// `(1 + u)·e⁻ᵘ` as `e^(−(u − ln(1 + u)))`, whose slope `−u·e⁻ᵘ` doesn't cancel near 0.
    pub(super) fn one_plus_times_exp(&mut self, sum: NodeId, power: NodeId) -> Option<NodeId> {
        let exponent = self.operand_of(power, Op::Unary(Unary::Exp))?;
        let u = self.beside_one(sum)?;
        if self.multiple_between(exponent, u) != Some(-T::one()) {
            return None;
        }
        self.apply(Rewrite::ExpRemainder.by("(1 + u)·e⁻ᵘ → e^(−exp_remainder(ln_1p(u)))"))?;
        let [zero, bound] = [T::zero(), real(-0.5)].map(|number| self.number(number));
        let is_right = self.make(Op::Binary(Binary::Gt), &[u, bound]);
        let bounded = self.make(Op::Select, &[is_right, u, zero]);
        let log = self.unary(Unary::Ln1p, bounded);
        let remainder = self.unary(Unary::ExpRemainder, log);
        let minus = self.negated(remainder);
        let right = self.unary(Unary::Exp, minus);
        let left = self.as_it_is(|rewriter| rewriter.make(MUL, &[sum, power]));
        Some(self.make(Op::Select, &[is_right, right, left]))
    }

    fn remainder(
        &mut self,
        equation: &'static str,
        used: &[usize],
        u: NodeId,
    ) -> Option<(SmallVec<[usize; 3]>, NodeId)> {
        self.apply(Rewrite::ExpRemainder.by(equation))?;
        Some((SmallVec::from_slice(used), self.unary(Unary::ExpRemainder, u)))
    }

    /// The last summands of `a ± b`; what is before them counts as one.
    fn last_summands(&self, a: NodeId, b: NodeId, subtracts: bool) -> SmallVec<[Summand; SUMMANDS]> {
        let parts = |x: NodeId| match (self.seen(x), self.graph.args(x)) {
            (Some(op @ (ADD | SUB)), &[a, b]) => Some((a, b, op == SUB)),
            _ => None,
        };
        let mut found = SmallVec::new();
        match parts(b) {
            Some((c, d, subtracts_d)) => found.extend([(c, subtracts), (d, subtracts != subtracts_d)]),
            None => found.push((b, subtracts)),
        }
        let mut rest = a;
        while let Some((before, last, subtracts)) = parts(rest).filter(|_| found.len() + 1 < SUMMANDS) {
            found.push((last, subtracts));
            rest = before;
        }
        found.push((rest, false));
        found
    }
}
