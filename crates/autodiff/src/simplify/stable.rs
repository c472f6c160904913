//! The rules of the stable rewrites. A rule sees an operation and its operands, which have been rewritten already, so
//! rules build on each other: `ln(1 − σ(z))` becomes `ln(σ(−z))` and then `−softplus(z)`.

use super::Rewriter;
use super::rewrite::{AppliedRewrite, Rewrite};
use crate::graph::NodeId;
use crate::ops::{Binary, Normalise, Op, Reduce, Unary};
use crate::scalar::Scalar;

const NEG: Op = Op::Unary(Unary::Neg);
const EXP: Op = Op::Unary(Unary::Exp);
const LN: Op = Op::Unary(Unary::Ln);
const LN_1P: Op = Op::Unary(Unary::Ln1p);
const SIGMOID: Op = Op::Unary(Unary::Sigmoid);
const SOFTPLUS: Op = Op::Unary(Unary::Softplus);

impl<T: Scalar> Rewriter<'_, T> {
    /// What the stable rewrites make of an operation, if one applies.
    pub(crate) fn stable(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        match op {
            Op::Unary(Unary::Ln) => self.stable_ln(args[0]),
            Op::Unary(Unary::Ln1p) => self.stable_ln_1p(args[0]),
            Op::Unary(Unary::Recip) => self.sigmoid_of_denominator(args[0]),
            Op::Binary(Binary::Div) if self.is_number(args[0], T::one()) => self.sigmoid_of_denominator(args[1]),
            Op::Binary(Binary::Div) => self.sigmoid_of_ratio(args[0], args[1]),
            Op::Binary(Binary::Sub) => self.stable_sub(args[0], args[1]),
            Op::Binary(Binary::Add) => self.stable_add(args[0], args[1]),
            Op::Binary(Binary::Mul) => self.x_ln_x(args[0], args[1]).or_else(|| self.x_ln_x(args[1], args[0])),
            Op::Binary(Binary::LogLoss) => self.stable_log_loss(args[0], args[1]),
            _ => None,
        }
    }

    /// Whether `rewrite` is switched on; if so, that it was applied is kept.
    fn apply(&mut self, rewrite: Rewrite) -> Option<()> {
        if !self.rewrites.contains(rewrite) {
            return None;
        }
        self.applied.push(AppliedRewrite { rewrite, source_line: self.source });
        Some(())
    }

    pub(crate) fn negated(&mut self, x: NodeId) -> NodeId {
        match self.operand_of(x, NEG) {
            Some(inner) => inner,
            None => self.make(NEG, &[x]),
        }
    }

    /// The other operand of a sum with the number 1.
    fn one_plus(&self, x: NodeId) -> Option<NodeId> {
        if self.seen(x)? != Op::Binary(Binary::Add) {
            return None;
        }
        let &[a, b] = self.graph.args(x) else { return None };
        let other = if self.is_number(a, T::one()) {
            b
        } else if self.is_number(b, T::one()) {
            a
        } else {
            return None;
        };
        (self.graph.node(other).shape == self.graph.node(x).shape).then_some(other)
    }

    fn stable_ln(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(z) = self.operand_of(x, SIGMOID) {
            self.apply(Rewrite::LnSigmoid)?;
            let minus_z = self.negated(z);
            let softplus = self.make(SOFTPLUS, &[minus_z]);
            return Some(self.negated(softplus));
        }
        if let Some(inner) = self.operand_of(x, EXP) {
            self.apply(Rewrite::LnExp)?;
            return Some(inner);
        }
        if let Some(small) = self.one_plus(x) {
            self.apply(Rewrite::Ln1p)?;
            return Some(self.make(LN_1P, &[small]));
        }
        match self.seen(x)? {
            Op::Reduce(Reduce::Sum, axes) => {
                let exponent = self.operand_of(self.graph.args(x)[0], EXP)?;
                self.apply(Rewrite::LogSumExp)?;
                Some(self.make(Op::Reduce(Reduce::LogSumExp, axes), &[exponent]))
            }
            Op::Normalise(Normalise::Softmax, axes) => {
                self.apply(Rewrite::LogSoftmax)?;
                let inner = self.graph.args(x)[0];
                Some(self.make(Op::Normalise(Normalise::LogSoftmax, axes), &[inner]))
            }
            Op::Binary(Binary::Sub) if self.is_number(self.graph.args(x)[0], T::one()) => {
                let subtrahend = self.graph.args(x)[1];
                if self.graph.node(subtrahend).shape != self.graph.node(x).shape {
                    return None;
                }
                self.apply(Rewrite::Ln1p)?;
                let small = self.negated(subtrahend);
                Some(self.make(LN_1P, &[small]))
            }
            _ => None,
        }
    }

    fn stable_ln_1p(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(z) = self.operand_of(x, EXP) {
            self.apply(Rewrite::Softplus)?;
            return Some(self.make(SOFTPLUS, &[z]));
        }
        // ln_1p(−σ(z)), which is what ln_1p(−π) of a sigmoid's π is.
        let z = self.operand_of(self.operand_of(x, NEG)?, SIGMOID)?;
        self.apply(Rewrite::LnSigmoid)?;
        let softplus = self.make(SOFTPLUS, &[z]);
        Some(self.negated(softplus))
    }

    /// `1/(1 + eʷ)` is `σ(−w)`.
    fn sigmoid_of_denominator(&mut self, denominator: NodeId) -> Option<NodeId> {
        let exponential = self.one_plus(denominator)?;
        let w = self.operand_of(exponential, EXP)?;
        self.apply(Rewrite::Sigmoid)?;
        let minus_w = self.negated(w);
        Some(self.make(SIGMOID, &[minus_w]))
    }

    /// `eᶻ/(1 + eᶻ)` is `σ(z)`.
    fn sigmoid_of_ratio(&mut self, numerator: NodeId, denominator: NodeId) -> Option<NodeId> {
        let z = self.operand_of(numerator, EXP)?;
        let exponential = self.one_plus(denominator)?;
        if self.operand_of(exponential, EXP)? != z {
            return None;
        }
        self.apply(Rewrite::Sigmoid)?;
        Some(self.make(SIGMOID, &[z]))
    }

    fn stable_sub(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if self.is_number(a, T::one()) {
            if let Some(z) = self.operand_of(b, SIGMOID) {
                self.apply(Rewrite::OneMinusSigmoid)?;
                let minus_z = self.negated(z);
                return Some(self.make(SIGMOID, &[minus_z]));
            }
            let exponent = self.operand_of(b, EXP)?;
            self.apply(Rewrite::ExpM1)?;
            let difference = self.make(Op::Unary(Unary::ExpM1), &[exponent]);
            return Some(self.negated(difference));
        }
        let exponent = self.operand_of(a, EXP).filter(|_| self.is_number(b, T::one()))?;
        self.apply(Rewrite::ExpM1)?;
        Some(self.make(Op::Unary(Unary::ExpM1), &[exponent]))
    }

    /// `eˣ + (−1)` and `1 + (−σ(z))`, as differences are sometimes written.
    fn stable_add(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        for (x, number) in [(a, b), (b, a)] {
            if self.is_number(number, -T::one())
                && let Some(exponent) = self.operand_of(x, EXP)
            {
                self.apply(Rewrite::ExpM1)?;
                return Some(self.make(Op::Unary(Unary::ExpM1), &[exponent]));
            }
            if self.is_number(number, T::one())
                && let Some(negated) = self.operand_of(x, NEG)
                && let Some(z) = self.operand_of(negated, SIGMOID)
            {
                self.apply(Rewrite::OneMinusSigmoid)?;
                let minus_z = self.negated(z);
                return Some(self.make(SIGMOID, &[minus_z]));
            }
        }
        None
    }

    fn x_ln_x(&mut self, x: NodeId, logarithm: NodeId) -> Option<NodeId> {
        if self.operand_of(logarithm, LN)? != x {
            return None;
        }
        self.apply(Rewrite::XLogX)?;
        Some(self.make(Op::Binary(Binary::Xlogy), &[x, x]))
    }

    fn stable_log_loss(&mut self, probability: NodeId, y: NodeId) -> Option<NodeId> {
        let z = self.operand_of(probability, SIGMOID)?;
        self.apply(Rewrite::LogLoss)?;
        let minus_z = self.negated(z);
        let (if_one, if_zero) = (self.make(SOFTPLUS, &[minus_z]), self.make(SOFTPLUS, &[z]));
        let one = self.number(T::one());
        let not_y = self.make(Op::Binary(Binary::Sub), &[one, y]);
        let (yes, no) =
            (self.make(Op::Binary(Binary::Mul), &[y, if_one]), self.make(Op::Binary(Binary::Mul), &[not_y, if_zero]));
        Some(self.make(Op::Binary(Binary::Add), &[yes, no]))
    }
}
