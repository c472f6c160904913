//! Powers of `1 + u`: the sum drops the digits of a small u, which a large exponent, a difference from 1, or arcosh brings back.

use super::Rewriter;
use super::form::Form;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::{Scalar, real};

const ADD: Op = Op::Binary(Binary::Add);
const SUB: Op = Op::Binary(Binary::Sub);
const LT: Op = Op::Binary(Binary::Lt);
const POW: Op = Op::Binary(Binary::Pow);

impl<T: Scalar> Rewriter<'_, T> {
    /// `(1 + u)ᵖ` by its logarithm where u is small.
    pub(super) fn power_beside_one(&mut self, base: NodeId, p: NodeId) -> Option<NodeId> {
        if !self.rewrites.contains(Rewrite::PowerBesideOne) {
            return None;
        }
        if let Some(difference) = self.negative_of(base)
            && let Some(log) = self.operand_of(difference, Op::Unary(Unary::ExpM1))
        {
            // (1 − eˡ)ᵖ.
            self.apply(Rewrite::PowerBesideOne.by("(1 − eˡ)ᵖ → e^(p·ln(1 − eˡ))"))?;
            let minus_log = self.negated(log);
            let log = self.unary(Unary::Log1mexp, minus_log);
            let log = self.make(Op::Binary(Binary::StrongMul), &[p, log]);
            return Some(self.unary(Unary::Exp, log));
        }
        if !matches!(self.form_of(base), Form::Plain) {
            return None;
        }
        let u = self.beside_one(base)?;
        self.apply(Rewrite::PowerBesideOne)?;
        let [half, zero, one] = [real(0.5), T::zero(), T::one()].map(|number| self.number(number));
        let size = self.unary(Unary::Abs, u);
        let is_near = self.make(LT, &[size, half]);
        let near = self.make(Op::Select, &[is_near, u, zero]);
        let log = self.unary(Unary::Ln1p, near);
        let log = self.make(Op::Binary(Binary::Mul), &[p, log]);
        let near = self.unary(Unary::Exp, log);
        let far = self.make(Op::Select, &[is_near, one, base]);
        let far = self.make(POW, &[far, p]);
        Some(self.make(Op::Select, &[is_near, near, far]))
    }

    /// `arcosh(1 + u)` as `2·arsinh √(u/2)`.
    pub(super) fn acosh_beside_one(&mut self, x: NodeId) -> Option<NodeId> {
        let u = self.beside_one(x)?;
        self.apply(Rewrite::Ln1p.by("arcosh(1 + u) → 2 arsinh(√(u/2))"))?;
        let half = self.multiple(0.5, u);
        let root = self.unary(Unary::Sqrt, half);
        let value = self.unary(Unary::Asinh, root);
        Some(self.multiple(2.0, value))
    }

    /// `1 − (1 + u)ᵖ` as `−(e^(p·ln(1 + u)) − 1)` where that is small.
    pub(super) fn one_minus_power(&mut self, x: NodeId) -> Option<NodeId> {
        let (base, p) = self.base_and_exponent(x)?;
        if !self.rewrites.contains(Rewrite::PowerBesideOne) || !matches!(self.form_of(base), Form::Plain) {
            return None;
        }
        let u = self.beside_one(base)?;
        self.apply(Rewrite::PowerBesideOne.by("1 − (1 + u)ᵖ → −exp_m1(p·ln_1p(u))"))?;
        let [zero, one] = [T::zero(), T::one()].map(|number| self.number(number));
        let log = self.unary(Unary::Ln1p, u);
        let log = self.make(Op::Binary(Binary::Mul), &[p, log]);
        let size = self.unary(Unary::Abs, log);
        let is_near = self.make(LT, &[size, one]);
        let near = self.make(Op::Select, &[is_near, log, zero]);
        let near = self.unary(Unary::ExpM1, near);
        let near = self.negated(near);
        let far = self.as_it_is(|rewriter| rewriter.make(SUB, &[one, x]));
        let difference = self.make(Op::Select, &[is_near, near, far]);
        self.powers_from_one.insert(difference, (base, p));
        Some(difference)
    }

    /// The base and the exponent of a power, which [`power_beside_one`](Self::power_beside_one) may have rewritten.
    fn base_and_exponent(&mut self, x: NodeId) -> Option<(NodeId, NodeId)> {
        let op = self.seen(x)?;
        let base = *self.graph.args(x).first()?;
        match op {
            POW => Some((base, self.graph.args(x)[1])),
            Op::Select => {
                let &[_, near, far] = self.graph.args(x) else { return None };
                let (POW, &[far, p]) = (self.seen(far)?, self.graph.args(far)) else { return None };
                self.operand_of(near, Op::Unary(Unary::Exp))?;
                (self.seen(far)? == Op::Select).then(|| (self.graph.args(far)[2], p))
            }
            op => {
                let exponent = self.exponent(op)?;
                Some((base, self.number(exponent)))
            }
        }
    }

    /// The u of `1 + u`.
    pub(super) fn beside_one(&mut self, x: NodeId) -> Option<NodeId> {
        let one = |rewriter: &Self, x: NodeId| rewriter.is_number(x, T::one());
        match (self.seen(x)?, self.graph.args(x)) {
            (ADD, &[a, u]) if one(self, a) => Some(u),
            (ADD, &[u, a]) if one(self, a) => Some(u),
            (SUB, &[a, u]) if one(self, a) => Some(self.negated(u)),
            _ => None,
        }
    }
}
