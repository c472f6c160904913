//! Sums that cancel to second order: `eᵘ − 1 − u`, as in a Kullback–Leibler divergence of normals, `w − ln(1 + w)`, and the deviances of
//! gamma and Poisson models, `q − 1 − ln q` and `y·ln(y/m) − y + m`.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::Scalar;
use smallvec::SmallVec;

const ADD: Op = Op::Binary(Binary::Add);
const SUB: Op = Op::Binary(Binary::Sub);
const MUL: Op = Op::Binary(Binary::Mul);
const DIV: Op = Op::Binary(Binary::Div);
const LN: Op = Op::Unary(Unary::Ln);

/// How many summands are looked at.
const SUMMANDS: usize = 6;

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
                self.remainder(&used, u)
            }
            (Op::Unary(Unary::ExpM1), &[u]) => {
                let used = [place, find(self, u, !negative)?];
                self.remainder(&used, u)
            }
            // q − 1 − ln q is of the sign of q.
            (LN, &[q]) => {
                let used = [place, find(self, q, !negative)?, find_one(self, negative)?];
                let (used, value) = self.remainder(&used, node)?;
                Some((used, self.negated(value)))
            }
            (Op::Unary(Unary::Ln1p), &[w]) => {
                let used = [place, find(self, w, !negative)?];
                let (used, value) = self.remainder(&used, node)?;
                Some((used, self.negated(value)))
            }
            // y·ln(y/m) − y + m = y·(eᵘ − 1 − u) where u = ln(m/y).
            (MUL, &[x, y]) => {
                let (y, ln) = if self.seen(y) == Some(LN) { (x, y) } else { (y, x) };
                let ratio = self.operand_of(ln, LN)?;
                let (DIV, &[p, m]) = (self.seen(ratio)?, self.graph.args(ratio)) else { return None };
                if !self.same(p, y) {
                    return None;
                }
                let used = [place, find(self, y, !negative)?, find(self, m, negative)?];
                let minus_ln = self.negated(ln);
                let (used, value) = self.remainder(&used, minus_ln)?;
                Some((used, self.make(MUL, &[y, value])))
            }
            _ => None,
        }
    }

    fn remainder(&mut self, used: &[usize], u: NodeId) -> Option<(SmallVec<[usize; 3]>, NodeId)> {
        self.apply(Rewrite::ExpRemainder)?;
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
