//! Quotients that are 1 at 0, where their derivatives would cancel: `(eˣ − 1)/x`, `sinh(x)/x`, their inverses and their logarithms.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Ordered, Unary};
use crate::scalar::Scalar;

const EXP: Op = Op::Unary(Unary::Exp);
const MUL: Op = Op::Binary(Binary::Mul);
const SUB: Op = Op::Binary(Binary::Sub);

/// How many signs and numbers of a function are looked through.
const MOST_FACTORS: usize = 4;

impl<T: Scalar> Rewriter<'_, T> {
    /// `f(u)/(c·u)` or `c·u/f(u)` where f is `eᵘ − 1` or sinh.
    pub(super) fn ratio_at_zero(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if !self.rewrites.contains(Rewrite::RatioAtZero) {
            return None;
        }
        if let Some((function, u, factor)) = self.vanishing(a)
            && let Some(c) = self.multiple_between(b, u)
        {
            self.apply(Rewrite::RatioAtZero)?;
            let ratio = match function {
                Unary::Sinh => {
                    let log = self.make(Op::Ordered(Ordered::LnSinhRatio, 0), &[u]);
                    self.unary(Unary::Exp, log)
                }
                _ => self.make(Op::Ordered(Ordered::ExpM1Ratio, 0), &[u]),
            };
            return Some(self.times(factor / c, ratio));
        }
        let (function, u, factor) = self.vanishing(b)?;
        let c = self.multiple_between(a, u)?;
        self.apply(Rewrite::RatioAtZero)?;
        let inverse = match function {
            Unary::Sinh => {
                let log = self.make(Op::Ordered(Ordered::LnSinhRatio, 0), &[u]);
                let log = self.negated(log);
                self.unary(Unary::Exp, log)
            }
            _ => self.inverse_exp_m1_ratio(u),
        };
        Some(self.times(c / factor, inverse))
    }

    /// `ln(1 − e⁻ʷ) − ln(c·w)`.
    pub(super) fn ln_of_ratio_at_zero(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let w = self.operand_of(a, Op::Unary(Unary::Log1mexp))?;
        let multiple = self.operand_of(b, Op::Unary(Unary::Ln))?;
        let c = self.multiple_between(multiple, w).filter(|&c| c > T::zero());
        let factor = if c.is_none() { Some(self.other_factor(w, multiple)?) } else { None };
        self.apply(Rewrite::RatioAtZero)?;
        let minus_w = self.negated(w);
        let log = self.ln_exp_m1_ratio(minus_w);
        Some(match (c, factor) {
            (_, Some(factor)) => {
                let ln_factor = self.unary(Unary::Ln, factor);
                self.make(Op::Binary(Binary::Add), &[log, ln_factor])
            }
            (c, None) => {
                let ln_c = self.number(c.unwrap_or(T::one()).ln());
                self.difference(log, ln_c)
            }
        })
    }

    /// The b of a product `a·b`.
    fn other_factor(&self, product: NodeId, a: NodeId) -> Option<NodeId> {
        let (MUL, &[x, y]) = (self.seen(product)?, self.graph.args(product)) else { return None };
        if self.same(x, a) { Some(y) } else { self.same(y, a).then_some(x) }
    }

    /// `ln((eᵘ − 1)/u)`.
    pub(super) fn ln_exp_m1_ratio(&mut self, u: NodeId) -> NodeId {
        let half = self.multiple(0.5, u);
        let even = self.make(Op::Ordered(Ordered::LnSinhRatio, 0), &[half]);
        self.make(Op::Binary(Binary::Add), &[half, even])
    }

    /// `u/(eᵘ − 1)`; on the right as `e⁻ᵘ·(−u)/(e⁻ᵘ − 1)`, without overflow.
    fn inverse_exp_m1_ratio(&mut self, u: NodeId) -> NodeId {
        let (zero, one, minus_u) = (self.number(T::zero()), self.number(T::one()), self.negated(u));
        let is_right = self.make(Op::Binary(Binary::Gt), &[u, zero]);
        let left = self.make(Op::Select, &[is_right, minus_u, u]);
        let ratio = self.make(Op::Ordered(Ordered::ExpM1Ratio, 0), &[left]);
        let (inverse, power) = (self.unary(Unary::Recip, ratio), self.unary(Unary::Exp, left));
        let factor = self.make(Op::Select, &[is_right, power, one]);
        self.make(MUL, &[factor, inverse])
    }

    /// A node as a number times `eᵘ − 1` or `sinh u`.
    fn vanishing(&self, x: NodeId) -> Option<(Unary, NodeId, T)> {
        let (mut x, mut factor) = (x, T::one());
        for _ in 0..MOST_FACTORS {
            let number = |x: NodeId| self.graph.scalar_value(x).filter(|_| self.seen(x).is_some());
            match (self.seen(x)?, self.graph.args(x)) {
                (Op::Unary(function @ (Unary::ExpM1 | Unary::Sinh)), &[u]) => return Some((function, u, factor)),
                (Op::Unary(Unary::Neg), &[a]) => (x, factor) = (a, -factor),
                (MUL, &[a, b]) => {
                    let (c, rest) = number(a).map(|c| (c, b)).or_else(|| number(b).map(|c| (c, a)))?;
                    (x, factor) = (rest, factor * c);
                }
                (SUB, &[a, b]) => {
                    let [u, v] = [self.operand_of(a, EXP)?, self.operand_of(b, EXP)?];
                    let is_odd = [(u, v), (v, u)].iter().any(|&(u, v)| self.negative_of(u).is_some_and(|u| u == v));
                    return is_odd.then_some((Unary::Sinh, u, factor + factor));
                }
                _ => return None,
            }
        }
        None
    }

    /// The number c of `x = c·u`.
    fn multiple_between(&self, x: NodeId, u: NodeId) -> Option<T> {
        let [x, u] = [x, u].map(|x| self.combined(&[(x, T::one())]));
        match (&x.parts[..], &u.parts[..]) {
            (&[(a, p)], &[(b, q)]) if x.constant == T::zero() && u.constant == T::zero() => {
                self.same(a, b).then_some(p / q)
            }
            _ => None,
        }
    }
}
