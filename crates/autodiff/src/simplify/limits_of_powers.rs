//! Powers beside 1 that vanish as 1/r: `r·(eᵘ − 1)` where u is m/r, as Box and Cox's `(xᵖ − 1)/p`, and `((1 + m/r)ᵖ − 1)·r`.

use super::Rewriter;
use super::limits::OF_DIFFERENCE;
use super::rewrite::Rewrite;
use super::scale::Scale;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Ordered, Unary};
use crate::scalar::Scalar;

const MUL: Op = Op::Binary(Binary::Mul);
const DIV: Op = Op::Binary(Binary::Div);
const RATIO: Op = Op::Ordered(Ordered::Ln1pRatio, 0);

impl<T: Scalar> Rewriter<'_, T> {
    /// `c·(eᵘ − 1)`, where c or a factor of it is r.
    pub(super) fn limit_beside(&mut self, c: NodeId, l: NodeId) -> Option<NodeId> {
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
            self.apply(Rewrite::Limit.by(OF_DIFFERENCE))?;
            Some(factor.map_or(limit, |factor| self.make(MUL, &[factor, limit])))
        })
    }

    /// Whether a node is what [`limit_of_difference`](Self::limit_of_difference) looks for. Asked of every product, before any scale.
    pub(super) fn is_difference(&self, l: NodeId) -> bool {
        let l = self.negative_of(l).unwrap_or(l);
        matches!(self.seen(l), Some(Op::Unary(Unary::ExpM1) | Op::Binary(Binary::Sub)))
            || self.powers_from_one.contains_key(&l)
    }

    /// `r·(eᵘ − 1)` where u is m/r, as `m·((eᵘ − 1)/u)`; of a power `xᵘ` with ln x.
    pub(super) fn limit_of_difference(&mut self, scale: &Scale<T>, l: NodeId) -> Option<NodeId> {
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

    /// `r·(xᵖ − 1)` where p is m/r, or x is 1 + m/r.
    fn limit_of_power_less_one(&mut self, scale: &Scale<T>, x: NodeId, p: NodeId) -> Option<NodeId> {
        let u = self.beside_one(x);
        let is_by_base = self.degree(scale, p) == 0 && u.is_some_and(|u| self.degree(scale, u) == -1);
        if self.degree(scale, p) != -1 && !is_by_base {
            return None;
        }
        let (zero, one) = (self.number(T::zero()), self.number(T::one()));
        let is_positive = self.make(Op::Binary(Binary::Gt), &[x, zero]);
        let [positive, other] = [[x, one], [one, x]].map(|[a, b]| self.make(Op::Select, &[is_positive, a, b]));
        let m = match u {
            Some(u) if is_by_base => {
                let bounded = self.make(Op::Select, &[is_positive, u, zero]);
                let (rest, ratio) = (self.rest(scale, u), self.make(RATIO, &[bounded]));
                let m = self.make(MUL, &[rest, ratio]);
                self.make(MUL, &[p, m])
            }
            Some(u) => {
                let bounded = self.make(Op::Select, &[is_positive, u, zero]);
                let (rest, log) = (self.rest(scale, p), self.unary(Unary::Ln1p, bounded));
                self.make(MUL, &[rest, log])
            }
            None => {
                let (rest, log) = (self.rest(scale, p), self.unary(Unary::Ln, positive));
                self.make(MUL, &[rest, log])
            }
        };
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
}
