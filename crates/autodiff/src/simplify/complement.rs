//! `1 − p` and `1 + t`, which cancel near 0, as functions of one piece; and `eˣ − 1`.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Normalise, Op, Reduce, Unary};
use crate::scalar::Scalar;

impl<T: Scalar> Rewriter<'_, T> {
    /// What `a + b` is of one piece.
    pub(super) fn stable_sum(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        for (number, x) in [(a, b), (b, a)] {
            if self.is_number(number, T::one()) {
                return self.one_plus_function(x);
            }
            if self.is_number(number, -T::one()) {
                let negative = self.one_minus(x)?;
                return Some(self.negated(negative));
            }
            let found = self.log_sum_with_shift(number, x).or_else(|| self.common_factor(number, x, false));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// What `a − b` is of one piece.
    pub(super) fn stable_difference(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if self.is_number(a, T::one()) {
            return self.one_minus(b);
        }
        if self.is_number(b, T::one())
            && let Some(negative) = self.one_minus(a)
        {
            return Some(self.negated(negative));
        }
        if self.is_number(a, T::one() + T::one())
            && let Some(x) = self.operand_of(b, Op::Unary(Unary::Erfc))
        {
            self.apply(Rewrite::Complement)?;
            let minus_x = self.negated(x);
            return Some(self.make(Op::Unary(Unary::Erfc), &[minus_x]));
        }
        self.common_factor(a, b, true)
            .or_else(|| self.difference_of_roots(a, b))
            .or_else(|| self.difference_of_logs(a, b))
    }

    /// `c ± c·t` of a number c as `c·(1 ± t)`.
    fn common_factor(&mut self, number: NodeId, product: NodeId, subtracts: bool) -> Option<NodeId> {
        let c = self.graph.scalar_value(number).filter(|_| self.seen(number).is_some())?;
        let (factor, t) = match (self.seen(product)?, self.graph.args(product)) {
            (Op::Binary(Binary::Mul), &[x, y]) if self.is_number(x, c) => (x, y),
            (Op::Binary(Binary::Mul), &[x, y]) if self.is_number(y, c) => (y, x),
            (Op::Binary(Binary::Div), &[t, y]) if self.is_number(y, c.recip()) => (number, t),
            _ => return None,
        };
        if c == T::one() {
            return None;
        }
        let sum = if subtracts { self.one_minus(t)? } else { self.one_plus_function(t)? };
        Some(self.make(Op::Binary(Binary::Mul), &[factor, sum]))
    }

    /// The node that x is the negative of.
    pub(super) fn negative_of(&self, x: NodeId) -> Option<NodeId> {
        match (self.seen(x)?, self.graph.args(x)) {
            (Op::Unary(Unary::Neg), &[inner]) => Some(inner),
            (Op::Binary(Binary::Mul), &[number, inner]) if self.is_number(number, -T::one()) => Some(inner),
            (Op::Binary(Binary::Mul), &[inner, number]) if self.is_number(number, -T::one()) => Some(inner),
            _ => None,
        }
    }

    /// `1 + x` of one piece.
    pub(super) fn one_plus_function(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(negative) = self.negative_of(x) {
            return self.one_minus(negative);
        }
        let Op::Unary(unary) = self.seen(x)? else { return None };
        let z = self.graph.args(x)[0];
        match unary {
            Unary::Tanh => {
                self.apply(Rewrite::Complement)?;
                Some(self.double_sigmoid(2.0, z))
            }
            Unary::Erf => {
                self.apply(Rewrite::Complement)?;
                let minus_z = self.negated(z);
                Some(self.make(Op::Unary(Unary::Erfc), &[minus_z]))
            }
            Unary::ExpM1 => {
                self.apply(Rewrite::Complement)?;
                Some(self.make(Op::Unary(Unary::Exp), &[z]))
            }
            _ => None,
        }
    }

    /// `1 − x` of one piece.
    pub(super) fn one_minus(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(negative) = self.negative_of(x) {
            return self.one_plus_function(negative);
        }
        if let Some(z) = self.squared_tanh(x) {
            self.apply(Rewrite::Complement)?;
            let twice = self.multiple(2.0, z);
            let slope = self.make(Op::Unary(Unary::SigmoidSlope), &[twice]);
            return Some(self.multiple(4.0, slope));
        }
        if let (Op::Select, &[condition, a, b]) = (self.seen(x)?, self.graph.args(x)) {
            let choice = self.one_minus_choice(condition, [a, b]);
            return choice.or_else(|| self.one_minus_by_log(x));
        }
        if let Some((other, sum)) = self.other_share(x) {
            self.apply(Rewrite::Complement)?;
            return Some(self.make(Op::Binary(Binary::Div), &[other, sum]));
        }
        if let Some(rest) = self.one_minus_mixture(x).or_else(|| self.one_minus_by_log(x)) {
            return Some(rest);
        }
        let Op::Unary(unary) = self.seen(x)? else { return None };
        let z = self.graph.args(x)[0];
        let (rewrite, of_minus) = match unary {
            Unary::Sigmoid => (Rewrite::OneMinusSigmoid, Unary::Sigmoid),
            Unary::NormCdf => (Rewrite::Complement, Unary::NormCdf),
            Unary::Tanh => {
                self.apply(Rewrite::Complement)?;
                return Some(self.double_sigmoid(-2.0, z));
            }
            Unary::Erf | Unary::Erfc => {
                self.apply(Rewrite::Complement)?;
                let other = if unary == Unary::Erf { Unary::Erfc } else { Unary::Erf };
                return Some(self.make(Op::Unary(other), &[z]));
            }
            Unary::Exp => {
                self.apply(Rewrite::ExpM1)?;
                let difference = self.make(Op::Unary(Unary::ExpM1), &[z]);
                return Some(self.negated(difference));
            }
            _ => return None,
        };
        self.apply(rewrite)?;
        let minus_z = self.negated(z);
        Some(self.make(Op::Unary(of_minus), &[minus_z]))
    }

    /// `1 − x` of a product, a power or an element of what has a logarithm.
    fn one_minus_by_log(&mut self, x: NodeId) -> Option<NodeId> {
        let is_composed = matches!(
            self.seen(x)?,
            Op::Binary(Binary::Mul | Binary::Pow)
                | Op::Powi(_)
                | Op::Powf(_)
                | Op::Unary(Unary::Sqrt)
                | Op::Reduce(Reduce::Prod, _)
                | Op::Select
                | Op::Normalise(Normalise::Softmax, _)
                | Op::Slice(_)
                | Op::Reshape
                | Op::Gather
        );
        let log = if is_composed { self.known_log(x)? } else { return None };
        self.apply(Rewrite::Complement)?;
        let difference = self.unary(Unary::ExpM1, log);
        Some(self.negated(difference))
    }

    /// Of a share `a/(a + b)`: b, and the sum.
    fn other_share(&self, x: NodeId) -> Option<(NodeId, NodeId)> {
        let (part, sum) = match (self.seen(x)?, self.graph.args(x)) {
            (Op::Unary(Unary::Recip), &[sum]) => (None, sum),
            (Op::Binary(Binary::Div), &[a, sum]) => (Some(a), sum),
            _ => return None,
        };
        let is_part = |x: NodeId| part.map_or(self.is_number(x, T::one()), |part| self.same(part, x));
        match (self.seen(sum)?, self.graph.args(sum)) {
            (Op::Binary(Binary::Add), &[a, b]) if is_part(a) => Some((b, sum)),
            (Op::Binary(Binary::Add), &[a, b]) if is_part(b) => Some((a, sum)),
            _ => None,
        }
    }

    /// `1 − select(c, a, b)` as the choice of the complements, if one of them is of one piece.
    fn one_minus_choice(&mut self, condition: NodeId, branches: [NodeId; 2]) -> Option<NodeId> {
        let is_probability = |rewriter: &Self, branch: NodeId| {
            matches!(rewriter.seen(branch), Some(Op::Unary(Unary::Sigmoid | Unary::NormCdf | Unary::Erf | Unary::Tanh)))
        };
        if !branches.iter().any(|&branch| is_probability(self, branch)) {
            return None;
        }
        self.apply(Rewrite::Complement)?;
        let one = self.number(T::one());
        let [a, b] = branches.map(|branch| self.make(Op::Binary(Binary::Sub), &[one, branch]));
        Some(self.make(Op::Select, &[condition, a, b]))
    }

    /// `2σ(factor·z)`.
    fn double_sigmoid(&mut self, factor: f64, z: NodeId) -> NodeId {
        let scaled = self.multiple(factor, z);
        let sigmoid = self.make(Op::Unary(Unary::Sigmoid), &[scaled]);
        self.multiple(2.0, sigmoid)
    }

    /// The z whose `tanh² z` a node is.
    fn squared_tanh(&self, x: NodeId) -> Option<NodeId> {
        let base = match (self.seen(x)?, self.graph.args(x)) {
            (Op::Powi(2), &[base]) => base,
            (Op::Binary(Binary::Mul), &[a, b]) if a == b => a,
            _ => return None,
        };
        self.operand_of(base, Op::Unary(Unary::Tanh))
    }
}
