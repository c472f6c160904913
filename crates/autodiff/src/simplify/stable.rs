//! The rules of the stable rewrites: which rule sees which operation. A rule sees an operation and its operands, which have been
//! rewritten already, so rules build on each other: `ln(1 − σ(z))` becomes `ln(σ(−z))` and then `−softplus(z)`.
//!
//! | file | rules |
//! |---|---|
//! | [`log_domain`](super::log_domain), `log_terms`, `log_sum` | logarithms of sums, products and powers of exponentials |
//! | [`complement`](super::complement) | `1 − p`, `1 + t`, `eˣ − 1` |
//! | [`quotient`](super::quotient), `common_factors` | softmax written by hand; factors above and below |
//! | [`gamma`](super::gamma) | differences of ln Γ |
//! | [`limits`](super::limits), `scale` | sums whose terms grow and cancel on the way to a limit |
//! | [`ratios`](super::ratios), `divided`, `powers` | quotients that are 1 at 0; divided differences; powers of 1 + u |
//! | [`mixtures`](super::mixtures), `differences` | means of probabilities near 1; differences of roots and of logarithms |

use super::Rewriter;
use super::form::Form;
use super::rewrite::{Rewrite, Rewrites, Rule};
use crate::graph::NodeId;
use crate::ops::{Binary, Normalise, Op, Reduce, Unary, Weighted};
use crate::scalar::Scalar;
use crate::shape::Axes;

const NEG: Op = Op::Unary(Unary::Neg);
const EXP: Op = Op::Unary(Unary::Exp);
const LN: Op = Op::Unary(Unary::Ln);
const LN_1P: Op = Op::Unary(Unary::Ln1p);
const SIGMOID: Op = Op::Unary(Unary::Sigmoid);
const SOFTPLUS: Op = Op::Unary(Unary::Softplus);

impl<T: Scalar> Rewriter<'_, T> {
    /// What the stable rewrites make of an operation, if one applies.
    pub(crate) fn stable(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        if self.rewrites == Rewrites::NONE {
            return None;
        }
        let family = self.stable_norm(op, args).or_else(|| self.stable_family(op, args));
        family.or_else(|| self.inverse_pair(op, args)).or_else(|| self.with_tail(op, args))
    }

    fn stable_family(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        match op {
            Op::Unary(Unary::Ln) => self.stable_ln(args[0]),
            Op::Unary(Unary::Ln1p) => self.stable_ln_1p(args[0]),
            Op::Unary(Unary::Log2) => self.multiple_of_ln(args[0], T::LOG2_E()),
            Op::Unary(Unary::Log10) => self.multiple_of_ln(args[0], T::LOG10_E()),
            Op::Unary(Unary::Exp) => self.stable_exp(args[0]),
            Op::Unary(Unary::Recip) => {
                let is_sum = self.is_sum(args[0]) || self.is_power_of_sum(args[0]);
                let one = is_sum.then(|| self.number(T::one()))?;
                self.sigmoid_of_denominator(args[0]).or_else(|| self.stable_quotient(one, args[0]))
            }
            Op::Binary(Binary::Div) if self.is_number(args[0], T::one()) => {
                self.sigmoid_of_denominator(args[1]).or_else(|| self.stable_quotient(args[0], args[1]))
            }
            Op::Binary(Binary::Div) => {
                let quotient = self.over_norm(args[0], args[1]).or_else(|| self.ratio_of_functions(args[0], args[1]));
                let quotient = quotient.or_else(|| self.ratio_at_zero(args[0], args[1]));
                let quotient = quotient.or_else(|| self.sigmoid_of_ratio(args[0], args[1]));
                let quotient = quotient.or_else(|| self.stable_quotient(args[0], args[1]));
                let quotient = quotient.or_else(|| self.limit_of_product(op, args));
                let quotient = quotient.or_else(|| self.without_common_factors(op, args));
                let quotient = quotient.or_else(|| self.share_in_range(args[0], args[1]));
                quotient.or_else(|| self.share_apart(args[0], args[1]))
            }
            Op::Binary(Binary::Sub) => {
                let of_one_piece = self.stable_difference(args[0], args[1]);
                of_one_piece
                    .or_else(|| self.stable_lgammas(op, args))
                    .or_else(|| self.joined_with_earlier(args[0], args[1], true))
                    .or_else(|| self.with_remainder(op, args[0], args[1]))
            }
            Op::Binary(Binary::Add) => self
                .stable_sum(args[0], args[1])
                .or_else(|| self.stable_lgammas(op, args))
                .or_else(|| self.joined_with_earlier(args[0], args[1], false))
                .or_else(|| self.with_remainder(op, args[0], args[1])),
            Op::Binary(Binary::Mul) => {
                let swapped = [args[1], args[0]];
                let square = self.x_ln_x(args[0], args[1]).or_else(|| self.x_ln_x(swapped[0], swapped[1]));
                let product = square.or_else(|| self.one_plus_times_exp(args[0], args[1]));
                let product = product.or_else(|| self.one_plus_times_exp(swapped[0], swapped[1]));
                let product = product.or_else(|| self.limit_of_product(op, args));
                product.or_else(|| self.without_common_factors(op, args))
            }
            Op::Unary(Unary::Log1mexp) => self.log1mexp_of_exponential(args[0]),
            Op::Unary(Unary::Acosh) => self.acosh_beside_one(args[0]),
            Op::Binary(Binary::Pow) => {
                self.limit_of_power(args[0], args[1]).or_else(|| self.power_beside_one(args[0], args[1]))
            }
            Op::Binary(Binary::Xlogy) => self.stable_xlogy(args[0], args[1]),
            Op::Binary(Binary::Xlog1py) => self.stable_xlog1py(args[0], args[1]),
            Op::Unary(Unary::Logit) => self.stable_logit(args[0]),
            Op::Binary(Binary::LogLoss) => self.stable_log_loss(args[0], args[1]),
            Op::Reduce(Reduce::LogSumExp, axes) => self.log_sum_exp_of_weights(args[0], axes),
            _ => None,
        }
    }

    /// Whether a rule's rewrite is switched on; if so, that the rule was applied is kept.
    pub(super) fn apply(&mut self, rule: impl Into<Rule>) -> Option<()> {
        let rule = rule.into();
        if !self.rewrites.contains(rule.rewrite) {
            return None;
        }
        self.applied.push(rule.at(self.source));
        Some(())
    }

    pub(crate) fn negated(&mut self, x: NodeId) -> NodeId {
        match (self.operand_of(x, NEG), self.graph.scalar_value(x)) {
            (Some(inner), _) => inner,
            (None, Some(number)) if self.seen(x).is_some() => self.number(-number),
            _ => self.make(NEG, &[x]),
        }
    }

    fn is_sum(&self, x: NodeId) -> bool {
        matches!(self.seen(x), Some(Op::Binary(Binary::Add) | Op::Reduce(Reduce::Sum | Reduce::Mean, _)))
    }

    /// Whether a node is a power of a sum.
    pub(super) fn is_power_of_sum(&self, x: NodeId) -> bool {
        matches!(self.seen(x), Some(Op::Powi(_) | Op::Powf(_))) && self.is_sum(self.graph.args(x)[0])
    }

    /// The other operand of a sum with the number 1.
    fn one_plus(&self, x: NodeId) -> Option<NodeId> {
        if self.seen(x)? != Op::Binary(Binary::Add) {
            return None;
        }
        let &[a, b] = self.graph.args(x) else { return None };
        if self.is_number(a, T::one()) { Some(b) } else { self.is_number(b, T::one()).then_some(a) }
    }

    /// `ln x` by the rules for it; out of range, by those for its powers.
    fn stable_ln(&mut self, x: NodeId) -> Option<NodeId> {
        let x = self.shares.get(&x).copied().unwrap_or(x);
        let log = self.moderate_ln(x);
        let may_leave = matches!(
            self.seen(x),
            Some(Op::Binary(Binary::Add | Binary::Sub | Binary::Mul | Binary::Div) | Op::Unary(Unary::Recip))
        );
        if may_leave && matches!(self.form_of(x), Form::Plain) { self.ln_in_range(x, log) } else { log }
    }

    fn moderate_ln(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(inner) = self.operand_of(x, EXP) {
            self.apply(Rewrite::LnExp)?;
            return Some(inner);
        }
        if let Some(log) = self.ln_of_mixture(x).or_else(|| self.ln_of_choice(x)).or_else(|| self.log_of(x)) {
            return Some(log);
        }
        if let Some(log) = self.ln_of_quotient(x).or_else(|| self.inverse_hyperbolic(x)) {
            return Some(log);
        }
        if let Some(small) = self.one_plus(x).or_else(|| self.one_plus_before(x)) {
            self.apply(Rewrite::Ln1p)?;
            return Some(self.make(LN_1P, &[small]));
        }
        match (self.seen(x)?, self.graph.args(x)) {
            (Op::Binary(Binary::Sub), &[one, subtrahend]) if self.is_number(one, T::one()) => {
                self.apply(Rewrite::Ln1p.by("ln(1 − x) → ln_1p(−x)"))?;
                let small = self.negated(subtrahend);
                Some(self.make(LN_1P, &[small]))
            }
            (Op::Select, &[condition, a, b]) if [a, b].iter().any(|&branch| self.is_one_minus(branch)) => {
                self.apply(Rewrite::LnSelect)?;
                let [a, b] = [a, b].map(|branch| self.make(LN, &[branch]));
                Some(self.make(Op::Select, &[condition, a, b]))
            }
            _ => None,
        }
    }

    /// `ln` of a choice between sums that have logarithms of their own.
    fn ln_of_choice(&mut self, x: NodeId) -> Option<NodeId> {
        let (Op::Select, &[condition, a, b]) = (self.seen(x)?, self.graph.args(x)) else { return None };
        let is_sum = |rewriter: &mut Self, branch: NodeId| matches!(rewriter.form_of(branch), Form::Sum(_));
        if !is_sum(self, a) && !is_sum(self, b) {
            return None;
        }
        self.apply(Rewrite::LnSelect)?;
        let [a, b] = [a, b].map(|branch| self.make(LN, &[branch]));
        Some(self.make(Op::Select, &[condition, a, b]))
    }

    fn is_one_minus(&self, x: NodeId) -> bool {
        self.seen(x) == Some(Op::Binary(Binary::Sub)) && self.is_number(self.graph.args(x)[0], T::one())
    }

    /// `ln(x + √(x² ± 1))`.
    fn inverse_hyperbolic(&mut self, sum: NodeId) -> Option<NodeId> {
        if let (Op::Binary(Binary::HypotExcess), &[one, minus_x]) = (self.seen(sum)?, self.graph.args(sum)) {
            // √(1 + x²) − (−x).
            if !self.is_number(one, T::one()) {
                return None;
            }
            self.apply(Rewrite::RootDifference.by("ln(x + √(x² + 1)) → arsinh x"))?;
            let x = self.negated(minus_x);
            return Some(self.unary(Unary::Asinh, x));
        }
        let (Op::Binary(Binary::Add), &[a, b]) = (self.seen(sum)?, self.graph.args(sum)) else { return None };
        let is_one = |rewriter: &Self, x: NodeId| rewriter.is_number(x, T::one());
        let found =
            [(a, b), (b, a)].into_iter().find_map(|(x, root)| match (self.seen(root)?, self.graph.args(root)) {
                (Op::Unary(Unary::Sqrt), &[difference]) => {
                    let (Op::Binary(Binary::Sub), &[square, q]) = (self.seen(difference)?, self.graph.args(difference))
                    else {
                        return None;
                    };
                    (is_one(self, q) && self.same(self.root_of(square)?, x)).then_some((Unary::Acosh, x))
                }
                _ => None,
            });
        let (function, x) = found?;
        self.apply(Rewrite::RootDifference.by("ln(x + √(x² − 1)) → arcosh x"))?;
        Some(self.unary(function, x))
    }

    /// The rest of a sum `(1 + a) + b`.
    fn one_plus_before(&mut self, sum: NodeId) -> Option<NodeId> {
        let (Op::Binary(Binary::Add), &[first, b]) = (self.seen(sum)?, self.graph.args(sum)) else { return None };
        let a = self.one_plus(first)?;
        Some(self.make(Op::Binary(Binary::Add), &[a, b]))
    }

    fn stable_ln_1p(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(z) = self.operand_of(x, EXP) {
            self.apply(Rewrite::Softplus)?;
            return Some(self.make(SOFTPLUS, &[z]));
        }
        if let Some(whole) = self.one_plus_function(x) {
            let far = self.make(LN, &[whole]);
            return Some(if self.vanishes(x) { self.ln_1p_with_tail(x, far) } else { far });
        }
        if let Some(log) = self.log_of_one_plus(x) {
            return Some(log);
        }
        let is_composed = matches!(self.seen(x)?, Op::Binary(Binary::Add | Binary::Sub | Binary::Mul | Binary::Div));
        // A square, and what else is a function of one operand, has a tail of its own.
        (is_composed && self.function(x).is_none()).then(|| self.ln_1p_in_range(x))?
    }

    fn multiple_of_ln(&mut self, x: NodeId, factor: T) -> Option<NodeId> {
        let log = self.log_of(x)?;
        let factor = self.number(factor);
        Some(self.make(Op::Binary(Binary::Mul), &[log, factor]))
    }

    fn stable_exp(&mut self, x: NodeId) -> Option<NodeId> {
        let Op::Normalise(Normalise::LogSoftmax, axes) = self.seen(x)? else { return None };
        self.apply(Rewrite::Softmax.by("exp(log_softmax(x)) → softmax(x)"))?;
        Some(self.make(Op::Normalise(Normalise::Softmax, axes), &[self.graph.args(x)[0]]))
    }

    /// `ln Σ e^(a + ln b)` as log-sum-exp with weights b, whose derivative by a weight of 0 is there; NaN for b < 0 as ln b is.
    fn log_sum_exp_of_weights(&mut self, x: NodeId, axes: Axes) -> Option<NodeId> {
        let is_input = |rewriter: &Self, b: NodeId| !matches!(rewriter.graph.op(b), Op::Scalar(_) | Op::Constant(_));
        let summands = self.summands(x);
        let weight_of = |rewriter: &Self, &(summand, negative): &(NodeId, bool)| {
            rewriter.operand_of(summand, LN).filter(|&b| !negative && is_input(rewriter, b))
        };
        let place = summands.iter().position(|summand| weight_of(self, summand).is_some())?;
        let b = weight_of(self, &summands[place])?;
        self.apply(Rewrite::WeightedLogSumExp.by("ln(Σ e^(x + ln w)) → logsumexp_weighted(x, w)"))?;
        let (zero, nan) = (self.number(T::zero()), self.number(T::nan()));
        let mut rest = zero;
        for (_, &(summand, negative)) in summands.iter().enumerate().filter(|&(other, _)| other != place) {
            rest = if negative { self.difference(rest, summand) } else { self.total(rest, summand) };
        }
        let is_negative = self.make(Op::Binary(Binary::Lt), &[b, zero]);
        let weight = self.make(Op::Select, &[is_negative, nan, b]);
        let [rest, weight] = [rest, weight].map(|part| self.stretched(part, x));
        Some(self.make(Op::Weighted(Weighted::LogSumExp, axes), &[rest, weight]))
    }

    /// `1/(1 + eʷ)` is `σ(−w)`.
    fn sigmoid_of_denominator(&mut self, denominator: NodeId) -> Option<NodeId> {
        let exponential = self.one_plus(denominator)?;
        let w = self.operand_of(exponential, EXP)?;
        self.apply(Rewrite::Sigmoid.by("1/(1 + eʷ) → σ(−w)"))?;
        let minus_w = self.negated(w);
        Some(self.make(SIGMOID, &[minus_w]))
    }

    /// `eᶻ/(1 + eᶻ)` is `σ(z)`.
    fn sigmoid_of_ratio(&mut self, numerator: NodeId, denominator: NodeId) -> Option<NodeId> {
        let z = self.operand_of(numerator, EXP)?;
        let exponential = self.one_plus(denominator)?;
        if !self.same(self.operand_of(exponential, EXP)?, z) {
            return None;
        }
        self.apply(Rewrite::Sigmoid.by("eᶻ/(1 + eᶻ) → σ(z)"))?;
        Some(self.make(SIGMOID, &[z]))
    }

    fn x_ln_x(&mut self, x: NodeId, logarithm: NodeId) -> Option<NodeId> {
        if self.operand_of(logarithm, LN)? != x {
            return None;
        }
        self.apply(Rewrite::XLogX)?;
        Some(self.make(Op::Binary(Binary::Xlogy), &[x, x]))
    }

    /// `a·ln b`, 0 at a = 0, of the logarithm that b has.
    fn stable_xlogy(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let log = self.log_of(b)?;
        Some(self.make(Op::Binary(Binary::StrongMul), &[a, log]))
    }

    /// `a·ln(1 + b)`, 0 at a = 0, of the logarithm that 1 + b has.
    fn stable_xlog1py(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let log = match self.one_plus_function(b) {
            Some(whole) => self.log_of(whole)?,
            None => self.log_of_one_plus(b)?,
        };
        Some(self.make(Op::Binary(Binary::StrongMul), &[a, log]))
    }

    /// `ln p − ln(1 − p)` of the logarithms that both have.
    fn stable_logit(&mut self, p: NodeId) -> Option<NodeId> {
        if let Some(z) = self.operand_of(p, SIGMOID) {
            self.apply(Rewrite::LnSigmoid.by("logit(σ(z)) → z"))?;
            return Some(z);
        }
        let log = self.log_of(p)?;
        let one = self.number(T::one());
        let rest = self.make(Op::Binary(Binary::Sub), &[one, p]);
        let log_of_rest = self.make(LN, &[rest]);
        Some(self.difference(log, log_of_rest))
    }

    /// By the logarithms that a probability and its complement have.
    fn stable_log_loss(&mut self, probability: NodeId, y: NodeId) -> Option<NodeId> {
        let one = self.number(T::one());
        let (if_one, if_zero) = if let Some(z) = self.operand_of(probability, SIGMOID) {
            self.apply(Rewrite::LogLoss)?;
            let minus_z = self.negated(z);
            (self.make(SOFTPLUS, &[minus_z]), self.make(SOFTPLUS, &[z]))
        } else {
            if !self.rewrites.contains(Rewrite::LogLoss) {
                return None;
            }
            let log = self.log_of(probability)?;
            self.apply(Rewrite::LogLoss.by("log_loss(p, y) → −y·ln p − (1 − y)·ln(1 − p)"))?;
            let rest = self.make(Op::Binary(Binary::Sub), &[one, probability]);
            let log_of_rest = self.make(LN, &[rest]);
            (self.negated(log), self.negated(log_of_rest))
        };
        let not_y = self.make(Op::Binary(Binary::Sub), &[one, y]);
        let (yes, no) =
            (self.make(Op::Binary(Binary::Mul), &[y, if_one]), self.make(Op::Binary(Binary::Mul), &[not_y, if_zero]));
        Some(self.make(Op::Binary(Binary::Add), &[yes, no]))
    }
}
