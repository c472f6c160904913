//! Divided differences, which cancel where two numbers are close: `(eᵘ − eᵛ)/(u − v)`, as in Bateman's function of two rates, and the
//! logarithmic mean `(p − q)/(ln p − ln q)`.

use super::Rewriter;
use super::gamma::Affine;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Ordered, Unary};
use crate::scalar::{Scalar, real};

const MUL: Op = Op::Binary(Binary::Mul);
const DIV: Op = Op::Binary(Binary::Div);
const SUB: Op = Op::Binary(Binary::Sub);
const LN: Op = Op::Unary(Unary::Ln);

impl<T: Scalar> Rewriter<'_, T> {
    /// `a/b`, if it is such a quotient or a multiple of one.
    pub(super) fn divided_difference(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        self.divided_exponentials(a, b).or_else(|| self.logarithmic_mean(a, b))
    }

    /// `k·(eᵘ − eᵛ)/b`, where u − v is `c·t·b`, as `k·c·t·e^max(u, v)·(1 − e⁻ᵈ)/d` with `d = |u − v|`.
    fn divided_exponentials(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (factor, u, v) = self.multiple_of_exponentials(a)?;
        let (c, t) = self.distance_over(u, v, b)?;
        self.apply(Rewrite::RatioAtZero.by("(eᵘ − eᵛ)/(u − v) → eᵛ·exp_m1_ratio(u − v)"))?;
        let zero = self.number(T::zero());
        let mut distance = self.times(c, b);
        if let Some(t) = t {
            distance = self.make(MUL, &[distance, t]);
        }
        let is_first = self.make(Op::Binary(Binary::Gt), &[distance, zero]);
        let back = self.negated(distance);
        let [larger, below] = [[u, v], [back, distance]].map(|[a, b]| self.make(Op::Select, &[is_first, a, b]));
        let (power, ratio) = (self.unary(Unary::Exp, larger), self.make(Op::Ordered(Ordered::ExpM1Ratio, 0), &[below]));
        let slope = self.make(MUL, &[power, ratio]);
        let slope = self.times(c, slope);
        Some([t, factor].into_iter().flatten().fold(slope, |slope, factor| self.make(MUL, &[factor, slope])))
    }

    /// The k, u and v of `k·(eᵘ − eᵛ)`.
    fn multiple_of_exponentials(&self, a: NodeId) -> Option<(Option<NodeId>, NodeId, NodeId)> {
        let exponents = |x: NodeId| {
            let (SUB, &[p, q]) = (self.seen(x)?, self.graph.args(x)) else { return None };
            Some((self.operand_of(p, Op::Unary(Unary::Exp))?, self.operand_of(q, Op::Unary(Unary::Exp))?))
        };
        if let Some((u, v)) = exponents(a) {
            return Some((None, u, v));
        }
        let (MUL, &[x, y]) = (self.seen(a)?, self.graph.args(a)) else { return None };
        let found = |factor: NodeId, x: NodeId| exponents(x).map(|(u, v)| (Some(factor), u, v));
        found(x, y).or_else(|| found(y, x))
    }

    /// The c and t of `u − v = c·t·b`; no t where it is 1.
    fn distance_over(&self, u: NodeId, v: NodeId, b: NodeId) -> Option<(T, Option<NodeId>)> {
        let of_b = self.combined(&[(b, T::one())]);
        let distance = self.combined(&[(u, T::one()), (v, -T::one())]);
        if let Some(c) = self.proportion(&distance, &of_b) {
            return Some((c, None));
        }
        let (&[(first, f), (second, g)], true) = (&distance.parts[..], distance.constant == T::zero()) else {
            return None;
        };
        let factors = |x: NodeId| match (self.seen(x), self.graph.args(x)) {
            (Some(MUL), &[p, q]) => [Some((p, q)), Some((q, p))],
            _ => [None; 2],
        };
        for (t, p) in factors(first).into_iter().flatten() {
            for (_, q) in factors(second).into_iter().flatten().filter(|&(other, _)| self.same(other, t)) {
                if let Some(c) = self.proportion(&self.combined(&[(p, f), (q, g)]), &of_b) {
                    return Some((c, Some(t)));
                }
            }
        }
        None
    }

    /// `c·(p − q)/(ln p − ln q)`; of close p and q as `c·q·x/ln(1 + x)` with `x = (p − q)/q`.
    fn logarithmic_mean(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (SUB, &[ln_p, ln_q]) = (self.seen(b)?, self.graph.args(b)) else { return None };
        let (p, q) = (self.operand_of(ln_p, LN)?, self.operand_of(ln_q, LN)?);
        let difference = self.combined(&[(p, T::one()), (q, -T::one())]);
        let c = self.proportion(&self.combined(&[(a, T::one())]), &difference)?;
        self.apply(Rewrite::RatioAtZero.by("(p − q)/(ln p − ln q) → q/ln_1p_ratio((p − q)/q)"))?;
        let [zero, half] = [T::zero(), real(0.5)].map(|number| self.number(number));
        let (difference, inverse) = (self.times(c.recip(), a), self.unary(Unary::Recip, q));
        let x = self.make(MUL, &[difference, inverse]);
        let size = self.unary(Unary::Abs, x);
        let is_near = self.make(Op::Binary(Binary::Lt), &[size, half]);
        let near = self.make(Op::Select, &[is_near, x, zero]);
        let ratio = self.make(Op::Ordered(Ordered::Ln1pRatio, 0), &[near]);
        let near = self.make(DIV, &[q, ratio]);
        let near = self.times(c, near);
        let far = self.as_it_is(|rewriter| rewriter.make(DIV, &[a, b]));
        Some(self.make(Op::Select, &[is_near, near, far]))
    }

    /// The number c of `p = c·q`.
    pub(super) fn proportion(&self, p: &Affine<T>, q: &Affine<T>) -> Option<T> {
        let &(first, factor) = p.parts.first()?;
        let factor_in_q = |node: NodeId| q.parts.iter().find(|part| self.same(part.0, node)).map(|part| part.1);
        let c = factor / factor_in_q(first)?;
        let is_multiple = p.parts.len() == q.parts.len() && p.constant == c * q.constant;
        let all = p.parts.iter().all(|&(node, factor)| factor_in_q(node).is_some_and(|other| factor == c * other));
        (is_multiple && all).then_some(c)
    }
}
