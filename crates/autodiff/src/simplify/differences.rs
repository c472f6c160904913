//! Differences of roots and of logarithms whose operands differ by less than they are: `√(1 + x) − 1`, `ln a − ln(a + b)`.

use super::Rewriter;
use super::gamma::Affine;
use super::inverse_pairs::Domain;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::Scalar;

const ADD: Op = Op::Binary(Binary::Add);
const MUL: Op = Op::Binary(Binary::Mul);
const LN: Op = Op::Unary(Unary::Ln);
const HYPOT: Op = Op::Binary(Binary::Hypot);

impl<T: Scalar> Rewriter<'_, T> {
    /// `√p − √q` as `(p − q)/(√p + √q)`, where p and q have terms in common.
    pub(super) fn difference_of_roots(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if !self.rewrites.contains(Rewrite::RootDifference) {
            return None;
        }
        if let Some(x) = self.beside_in_hypot(a, b) {
            self.apply(Rewrite::RootDifference)?;
            let sum = self.make(ADD, &[a, b]);
            let share = self.make(Op::Binary(Binary::StrongDiv), &[x, sum]);
            return Some(self.make(MUL, &[x, share]));
        }
        let [p, q] = [self.operand_of(a, Op::Unary(Unary::Sqrt)), self.operand_of(b, Op::Unary(Unary::Sqrt))];
        let number = self.graph.scalar_value(b).filter(|&b| b >= T::zero());
        let difference = match (p, q, number) {
            (Some(p), Some(q), _) => self.shorter_difference(p, q)?,
            (Some(p), None, Some(root)) => {
                let alone = self.combined(&[(p, T::one())]);
                // Exactly, though the root may be a rounded one.
                let rest = (-root).mul_add(root, alone.constant);
                let is_less = rest.abs() <= T::epsilon() * (alone.constant.abs() + alone.constant.abs());
                (is_less && alone.constant != T::zero()).then_some(Affine { constant: rest, ..alone })?
            }
            _ => return None,
        };
        self.apply(Rewrite::RootDifference)?;
        let (difference, sum) = (self.sum_of_multiples(&difference), self.make(ADD, &[a, b]));
        Some(self.make(Op::Binary(Binary::StrongDiv), &[difference, sum]))
    }

    /// Of `√(x² + b²)`, the x.
    fn beside_in_hypot(&self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (HYPOT, &[x, y]) = (self.seen(a)?, self.graph.args(a)) else { return None };
        let is_positive = |x: NodeId| self.graph.scalar_value(x).is_some_and(|x| x >= T::zero());
        match () {
            () if self.same(y, b) && is_positive(y) => Some(x),
            () if self.same(x, b) && is_positive(x) => Some(y),
            () => None,
        }
    }

    /// `ln p − ln q` as `∓ln(1 + (q − p)/p)`, where p and q have terms in common.
    pub(super) fn difference_of_logs(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (p, q) = (self.operand_of(a, LN)?, self.operand_of(b, LN)?);
        if !self.rewrites.contains(Rewrite::LnRatio) {
            return None;
        }
        let difference = self.shorter_difference(q, p)?;
        self.apply(Rewrite::LnRatio)?;
        let terms = |rewriter: &Self, x: NodeId| rewriter.combined(&[(x, T::one())]).parts.len();
        let p_is_part = terms(self, p) <= terms(self, q);
        let difference = self.sum_of_multiples(&difference);
        let (part, difference) = if p_is_part { (p, difference) } else { (q, self.negated(difference)) };
        let part = self.within(Domain::From(0.0), part);
        // By a reciprocal, whose derivative stays in range.
        let inverse = self.unary(Unary::Recip, part);
        let ratio = self.make(MUL, &[difference, inverse]);
        let log = self.unary(Unary::Ln1p, ratio);
        Some(if p_is_part { self.negated(log) } else { log })
    }

    /// `p − q`, if terms cancel.
    fn shorter_difference(&self, p: NodeId, q: NodeId) -> Option<Affine<T>> {
        let size = |affine: &Affine<T>| affine.parts.len() + usize::from(affine.constant != T::zero());
        let [alone, other] = [p, q].map(|x| size(&self.combined(&[(x, T::one())])));
        let difference = self.combined(&[(p, T::one()), (q, -T::one())]);
        let left = size(&difference);
        (left > 0 && left < alone.max(other)).then_some(difference)
    }

    fn sum_of_multiples(&mut self, sum: &Affine<T>) -> NodeId {
        let mut total = (sum.constant != T::zero()).then(|| self.number(sum.constant));
        for &(part, factor) in &sum.parts {
            let term = self.times(factor, part);
            total = Some(total.map_or(term, |total| self.make(ADD, &[total, term])));
        }
        total.unwrap_or_else(|| self.number(T::zero()))
    }
}
