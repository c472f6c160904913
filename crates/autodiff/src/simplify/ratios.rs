//! Quotients that are 1 at 0, where their derivatives would cancel: `(eˣ − 1)/x`, `sinh(x)/x`, their inverses and their logarithms.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Ordered, Unary};
use crate::scalar::Scalar;

const EXP: Op = Op::Unary(Unary::Exp);
const MUL: Op = Op::Binary(Binary::Mul);
const SUB: Op = Op::Binary(Binary::Sub);
const LT: Op = Op::Binary(Binary::Lt);

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
            self.apply(Rewrite::RatioAtZero.by(match function {
                Unary::Sinh => "sinh(x)/x → e^ln_sinh_ratio(x)",
                _ => Rewrite::RatioAtZero.equation(),
            }))?;
            let ratio = match function {
                Unary::Sinh => {
                    let log = self.make(Op::Ordered(Ordered::LnSinhRatio, 0), &[u]);
                    self.unary(Unary::Exp, log)
                }
                _ => self.make(Op::Ordered(Ordered::ExpM1Ratio, 0), &[u]),
            };
            return Some(self.times(factor / c, ratio));
        }
        if let Some(quotient) = self.divided_difference(a, b) {
            return Some(quotient);
        }
        let (function, u, factor) = self.vanishing(b)?;
        let c = self.multiple_between(a, u)?;
        self.apply(Rewrite::RatioAtZero.by(match function {
            Unary::Sinh => "x/sinh(x) → e^(−ln_sinh_ratio(x))",
            _ => "x/(eˣ − 1) → 1/exp_m1_ratio(x)",
        }))?;
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
        if let Some(v) = self.operand_of(b, Op::Unary(Unary::Log1mexp)) {
            return self.difference_of_ratios((a, w), (b, v));
        }
        let multiple = self.operand_of(b, Op::Unary(Unary::Ln))?;
        let c = self.multiple_between(w, multiple).filter(|&c| c > T::zero());
        let (c, factor) = match c {
            Some(c) => (c, None),
            None => self.other_factor(w, multiple).map(|(c, factor)| (c, Some(factor)))?,
        };
        self.apply(Rewrite::RatioAtZero.by("ln(1 − e⁻ʷ) − ln(c·w) → ln exp_m1_ratio(−w) − ln c"))?;
        let one = self.number(T::one());
        let is_small = self.make(LT, &[w, one]);
        let log = self.ln_ratio_of_small(w, is_small);
        let factor = match factor {
            Some(factor) => self.times(c, factor),
            None => self.number(c),
        };
        let ln_factor = self.unary(Unary::Ln, factor);
        let (near, far) = (self.total(log, ln_factor), self.as_it_is(|rewriter| rewriter.make(SUB, &[a, b])));
        Some(self.make(Op::Select, &[is_small, near, far]))
    }

    /// `ln((1 − e⁻ʷ)/w)`, where w is small.
    fn ln_ratio_of_small(&mut self, w: NodeId, is_small: NodeId) -> NodeId {
        let (zero, minus_w) = (self.number(T::zero()), self.negated(w));
        let small = self.make(Op::Select, &[is_small, minus_w, zero]);
        self.ln_exp_m1_ratio(small)
    }

    /// `ln(1 − e⁻ʷ) − ln(1 − e⁻ᵛ)` where v is `c·r·w`.
    fn difference_of_ratios(&mut self, (a, w): (NodeId, NodeId), (b, v): (NodeId, NodeId)) -> Option<NodeId> {
        let (c, r) = self.other_factor(v, w)?;
        let equation = "ln(1 − e⁻ʷ) − ln(1 − e^(−c·w)) → ln exp_m1_ratio(−w) − ln exp_m1_ratio(−c·w) − ln c";
        self.apply(Rewrite::RatioAtZero.by(equation))?;
        let one = self.number(T::one());
        let are_small = [w, v].map(|rate| self.make(LT, &[rate, one]));
        let are_small = self.make(MUL, &are_small);
        let [of_w, of_v] = [w, v].map(|rate| self.ln_ratio_of_small(rate, are_small));
        let factor = self.times(c, r);
        let (ln_factor, difference) = (self.unary(Unary::Ln, factor), self.difference(of_w, of_v));
        let near = self.difference(difference, ln_factor);
        let far = self.as_it_is(|rewriter| rewriter.make(SUB, &[a, b]));
        Some(self.make(Op::Select, &[are_small, near, far]))
    }

    /// `1/tanh x − 1/x`, the derivative of `ln(sinh(x)/x)`.
    pub(super) fn langevin(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let inverse_of = |rewriter: &Self, x: NodeId| match rewriter.function(x)? {
            (Op::Unary(Unary::Recip), x) => Some(x),
            _ => None,
        };
        let x = self.operand_of(inverse_of(self, a)?, Op::Unary(Unary::Tanh))?;
        if !self.same(x, inverse_of(self, b)?) {
            return None;
        }
        self.apply(Rewrite::RatioAtZero.by("1/tanh x − 1/x → (ln(sinh(x)/x))′"))?;
        Some(self.make(Op::Ordered(Ordered::LnSinhRatio, 1), &[x]))
    }

    /// `sinh x/cosh x`, its reciprocal, and `φ(x)/Φ(±x)`: of one piece where the parts leave the range.
    pub(super) fn ratio_of_functions(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (Op::Unary(f), Op::Unary(g)) = (self.seen(a)?, self.seen(b)?) else { return None };
        let [x, y] = [a, b].map(|node| self.graph.args(node)[0]);
        match (f, g) {
            (Unary::Sinh, Unary::Cosh) | (Unary::Cosh, Unary::Sinh) if self.same(x, y) => {
                self.apply(Rewrite::RatioAtZero.by(match f {
                    Unary::Sinh => "sinh(x)/cosh(x) → tanh x",
                    _ => "cosh(x)/sinh(x) → 1/tanh x",
                }))?;
                let tanh = self.unary(Unary::Tanh, x);
                Some(if f == Unary::Sinh { tanh } else { self.unary(Unary::Recip, tanh) })
            }
            (Unary::NormPdf, Unary::NormCdf) if self.multiple_between(x, y).is_some_and(|c| c.abs() == T::one()) => {
                self.apply(Rewrite::LnTail.by("φ(x)/Φ(x) → norm_hazard(x)"))?;
                Some(self.unary(Unary::NormHazard, y))
            }
            _ => None,
        }
    }

    /// The number c and the b of `product = c·a·b`.
    fn other_factor(&self, product: NodeId, a: NodeId) -> Option<(T, NodeId)> {
        let rest = self.quotient_of_monomials(product, a);
        if let [(b, 1)] = rest.factors[..] { Some((rest.number, b)) } else { None }
    }

    /// `ln((eᵘ − 1)/u)`.
    pub(super) fn ln_exp_m1_ratio(&mut self, u: NodeId) -> NodeId {
        let half = self.multiple(0.5, u);
        let even = self.make(Op::Ordered(Ordered::LnSinhRatio, 0), &[half]);
        self.make(Op::Binary(Binary::Add), &[half, even])
    }

    /// `u/(eᵘ − 1)` as `e⁻ᵘ·(−u)/(e⁻ᵘ − 1)`, without overflow; on the left that of −u, and −u, whose curvature is 0.
    fn inverse_exp_m1_ratio(&mut self, u: NodeId) -> NodeId {
        let (zero, minus_u) = (self.number(T::zero()), self.negated(u));
        let is_right = self.make(Op::Binary(Binary::Gt), &[u, zero]);
        let [minus_size, excess] =
            [[minus_u, u], [zero, minus_u]].map(|[a, b]| self.make(Op::Select, &[is_right, a, b]));
        let ratio = self.make(Op::Ordered(Ordered::ExpM1Ratio, 0), &[minus_size]);
        let (inverse, power) = (self.unary(Unary::Recip, ratio), self.unary(Unary::Exp, minus_size));
        let inverse = self.make(MUL, &[power, inverse]);
        self.make(Op::Binary(Binary::Add), &[excess, inverse])
    }

    /// A node as a number times `eᵘ − 1` or `sinh u`.
    fn vanishing(&self, x: NodeId) -> Option<(Unary, NodeId, T)> {
        let (mut x, mut factor) = (x, T::one());
        for _ in 0..MOST_FACTORS {
            let number = |x: NodeId| self.seen_number(x);
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
    pub(super) fn multiple_between(&self, x: NodeId, u: NodeId) -> Option<T> {
        let [of_x, of_u] = [x, u].map(|x| self.combined(&[(x, T::one())]));
        self.proportion(&of_x, &of_u).or_else(|| {
            let rest = self.quotient_of_monomials(x, u);
            (rest.factors.is_empty() && self.graph.scalar_value(x).is_none()).then_some(rest.number)
        })
    }
}
