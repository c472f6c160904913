//! Compositions that undo one another, in part or whole: `exp(ln x)`, `√x²`, `(eˣ)ᵖ`.
//!
//! Taken as they stand, the inner function over- or underflows where the composition is harmless, and beside the ∞ or 0 the chain
//! rule has nothing to multiply. What stands instead has the same domain: where the inner function is NaN, so is the result
//! ([`Rewriter::within`]).

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::{Scalar, real};

const MUL: Op = Op::Binary(Binary::Mul);
const ADD: Op = Op::Binary(Binary::Add);
const DIV: Op = Op::Binary(Binary::Div);

/// Where a composition is defined, if not everywhere.
#[derive(Clone, Copy)]
pub(super) enum Domain {
    From(f64),
    Between(f64, f64),
}

impl<T: Scalar> Rewriter<'_, T> {
    /// What an operation on the result of another is, where one undoes the other.
    pub(super) fn inverse_pair(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        let (outer, inner) = match (op, args) {
            (Op::Unary(_) | Op::Powi(_) | Op::Powf(_), &[inner]) => (op, inner),
            (DIV, &[one, inner]) if self.is_number(one, T::one()) => (Op::Unary(Unary::Recip), inner),
            (DIV, &[y, inner]) => return self.over_reciprocal(y, inner),
            _ => return None,
        };
        let (seen, x) = self.function(inner)?;
        if let (Op::Unary(outer), Op::Unary(inner)) = (outer, seen)
            && let Some(undone) = self.undone(outer, inner, x)
        {
            return Some(undone);
        }
        match (outer, seen) {
            (Op::Unary(logarithm @ (Unary::Ln | Unary::Log2 | Unary::Log10)), _) => {
                self.ln_of_power(logarithm, seen, x)
            }
            (_, Op::Unary(exponential @ (Unary::Exp | Unary::Exp2))) => {
                let p = self.exponent(outer)?;
                self.apply(Rewrite::PowerOfExp)?;
                let scaled = self.times(p, x);
                Some(self.unary(exponential, scaled))
            }
            _ => self.power_of_power(outer, seen, x),
        }
    }

    /// `y/(1/x)` as `y·x`.
    fn over_reciprocal(&mut self, y: NodeId, inner: NodeId) -> Option<NodeId> {
        let (Op::Unary(Unary::Recip), x) = self.function(inner)? else { return None };
        self.apply(Rewrite::PowerOfPower.by("y/(1/x) → y·x"))?;
        Some(self.make(MUL, &[y, x]))
    }

    /// What a node is of one operand, as an operation and that: `x·x` and `1/x` are powers too.
    pub(super) fn function(&self, id: NodeId) -> Option<(Op, NodeId)> {
        match (self.seen(id)?, self.graph.args(id)) {
            (op @ (Op::Unary(_) | Op::Powi(_) | Op::Powf(_)), &[x]) => Some((op, x)),
            (MUL, &[x, y]) if x == y => Some((Op::Powi(2), x)),
            (DIV, &[one, x])
                if self.is_number(one, T::one()) && self.graph.node(x).shape == self.graph.node(id).shape =>
            {
                Some((Op::Unary(Unary::Recip), x))
            }
            _ => None,
        }
    }

    pub(super) fn unary(&mut self, unary: Unary, x: NodeId) -> NodeId {
        self.make(Op::Unary(unary), &[x])
    }

    pub(super) fn times(&mut self, factor: T, x: NodeId) -> NodeId {
        if factor == T::one() {
            return x;
        }
        if factor == -T::one() {
            return self.negated(x);
        }
        let factor = self.number(factor);
        self.make(MUL, &[x, factor])
    }

    /// `x` inside the domain, NaN with a NaN derivative outside.
    pub(super) fn within(&mut self, domain: Domain, x: NodeId) -> NodeId {
        if matches!(domain, Domain::From(low) if low <= 0.0) && self.branch(x).positive().is_some() {
            return x;
        }
        let at_least = |rewriter: &mut Self, low: f64| {
            let low = rewriter.number(real(low));
            rewriter.make(Op::Binary(Binary::Ge), &[x, low])
        };
        let inside = match domain {
            Domain::From(low) => at_least(self, low),
            Domain::Between(low, high) => {
                let from_below = at_least(self, low);
                let high = self.number(real(high));
                let from_above = self.make(Op::Binary(Binary::Le), &[x, high]);
                self.make(MUL, &[from_below, from_above])
            }
        };
        let nan = self.number(T::nan());
        let outside = self.make(MUL, &[x, nan]);
        self.make(Op::Select, &[inside, x, outside])
    }

    /// `f(g(x))` for elementary functions of which f is the inverse of g, or nearly.
    fn undone(&mut self, f: Unary, g: Unary, x: NodeId) -> Option<NodeId> {
        use Unary::{
            Acos, Acosh, Asin, Asinh, Atan, Atanh, Cos, Cosh, Exp, Exp2, ExpM1, Ln, Ln1p, Log2, Log10, LogNormCdf,
            LogSigmoid, Logit, NormCdf, Sigmoid, Sin, Sinh, Softplus, Tan, Tanh,
        };
        let (rewrite, domain) = match (f, g) {
            (Sinh, Asinh)
            | (Asinh, Sinh)
            | (Atanh, Tanh)
            | (Tan, Atan)
            | (Log2, Exp2)
            | (Ln1p, ExpM1)
            | (Logit, Sigmoid) => (Rewrite::InversePair, None),
            (Exp, Ln) | (Exp2, Log2) | (ExpM1, Ln) | (Softplus, Ln) => (Rewrite::InversePair, Some(Domain::From(0.0))),
            (ExpM1, Ln1p) | (Exp, Ln1p) => (Rewrite::InversePair, Some(Domain::From(-1.0))),
            (Cosh, Asinh) => (Rewrite::InversePair, None),
            (Cosh | Sinh, Acosh) => (Rewrite::InversePair, Some(Domain::From(1.0))),
            (Tanh, Atanh) | (Sin, Asin) | (Cos, Acos) => (Rewrite::InversePair, Some(Domain::Between(-1.0, 1.0))),
            (Sigmoid, Logit) => (Rewrite::InversePair, Some(Domain::Between(0.0, 1.0))),
            (Ln | Log10, Exp2) | (Log2 | Log10, Exp) => (Rewrite::LnExp, None),
            (Acosh, Cosh) | (Exp, LogSigmoid | LogNormCdf | Softplus) | (ExpM1, Softplus) => {
                (Rewrite::InversePair, None)
            }
            (Sigmoid, Ln) => (Rewrite::SigmoidOfLn, Some(Domain::From(0.0))),
            _ => return None,
        };
        self.apply(rewrite.by(equation_of_pair(f, g)))?;
        let x = match domain {
            Some(domain) => self.within(domain, x),
            None => x,
        };
        let one = self.number(T::one());
        Some(match (f, g) {
            (Ln, Exp2) => self.times(T::LN_2(), x),
            (Log2, Exp) => self.times(T::LOG2_E(), x),
            (Log10, Exp) => self.times(T::LOG10_E(), x),
            (Log10, Exp2) => self.times(T::LOG10_2(), x),
            (ExpM1, Ln) => self.make(Op::Binary(Binary::Sub), &[x, one]),
            (Exp, Ln1p) => self.make(ADD, &[x, one]),
            (Softplus, Ln) => self.unary(Ln1p, x),
            (Acosh, Cosh) => self.unary(Unary::Abs, x),
            (Cosh, Asinh) => self.make(Op::Binary(Binary::Hypot), &[x, one]),
            (Sinh, Acosh) => {
                let factors = [Binary::Sub, Binary::Add].map(|op| self.make(Op::Binary(op), &[x, one]));
                let roots = factors.map(|factor| self.unary(Unary::Sqrt, factor));
                self.make(MUL, &roots)
            }
            (Exp, LogSigmoid) => self.unary(Sigmoid, x),
            (Exp, LogNormCdf) => self.unary(NormCdf, x),
            (Exp, Softplus) => {
                let exponential = self.unary(Exp, x);
                self.make(ADD, &[exponential, one])
            }
            (ExpM1, Softplus) => self.unary(Exp, x),
            (Sigmoid, Ln) => self.odds_to_probability(x),
            _ => x,
        })
    }

    /// `x/(1 + x)`, which is 1 at ∞.
    fn odds_to_probability(&mut self, x: NodeId) -> NodeId {
        let one = self.number(T::one());
        let (inverse, is_small) = (self.unary(Unary::Recip, x), self.make(Op::Binary(Binary::Le), &[x, one]));
        let [below, above] = [x, inverse].map(|x| self.make(ADD, &[x, one]));
        let (below, above) = (self.make(DIV, &[x, below]), self.unary(Unary::Recip, above));
        self.make(Op::Select, &[is_small, below, above])
    }

    /// The exponent of an operation that is a power, but for a cube root.
    pub(super) fn exponent(&self, op: Op) -> Option<T> {
        Some(match op {
            Op::Unary(Unary::Recip) => -T::one(),
            Op::Unary(Unary::Sqrt) => real(0.5),
            Op::Unary(Unary::Rsqrt) => real(-0.5),
            Op::Unary(Unary::Cbrt) => T::one() / real(3.0),
            Op::Powi(n) => real(f64::from(n)),
            Op::Powf(index) => self.graph.payloads.scalar(index),
            _ => return None,
        })
    }

    fn ln_of_power(&mut self, logarithm: Unary, power: Op, x: NodeId) -> Option<NodeId> {
        let p = self.exponent(power)?;
        if p == T::zero() {
            return None;
        }
        self.apply(Rewrite::LnPower)?;
        let base = match power {
            Op::Powi(n) if n % 2 == 0 => self.unary(Unary::Abs, x),
            _ => x,
        };
        let logarithm = self.unary(logarithm, base);
        Some(self.times(p, logarithm))
    }

    /// `xⁿ` as the operation that is best at it.
    fn powi(&mut self, x: NodeId, n: i32) -> NodeId {
        match n {
            1 => x,
            -1 => self.unary(Unary::Recip, x),
            _ => self.make(Op::Powi(n), &[x]),
        }
    }

    pub(super) fn powf(&mut self, x: NodeId, p: T) -> NodeId {
        if let Some(n) = p.to_i32().filter(|&n| real::<T>(f64::from(n)) == p) {
            return self.powi(x, n);
        }
        let half = real::<T>(0.5);
        if p.abs() == half {
            return self.unary(if p > T::zero() { Unary::Sqrt } else { Unary::Rsqrt }, x);
        }
        let index = self.graph.payloads.keep_scalar(p);
        self.make(Op::Powf(index), &[x])
    }

    /// `(xᵃ)ᵇ`.
    fn power_of_power(&mut self, outer: Op, inner: Op, x: NodeId) -> Option<NodeId> {
        const CBRT: Op = Op::Unary(Unary::Cbrt);
        let (b, a) = (self.exponent(outer)?, self.exponent(inner)?);
        let whole = |p: T| p.to_i32().filter(|&n| real::<T>(f64::from(n)) == p && n != 0);
        let (m, n) = (whole(b), whole(a));
        if a == T::zero() || b == T::zero() || !a.is_finite() || !b.is_finite() {
            return None;
        }
        match (m, n) {
            (Some(m), Some(n)) => {
                let product = m.checked_mul(n)?;
                self.apply(Rewrite::PowerOfPower)?;
                Some(self.powi(x, product))
            }
            // The cube root is odd, and defined on both sides of 0: it is taken first, unless there is nothing left of it.
            (None, Some(n)) if outer == CBRT => {
                self.apply(Rewrite::PowerOfPower.by("∛(xⁿ) → (∛x)ⁿ"))?;
                let root = self.unary(Unary::Cbrt, x);
                Some(self.powi(root, n))
            }
            (Some(m), None) if inner == CBRT && m % 3 == 0 => {
                self.apply(Rewrite::PowerOfPower.by("(∛x)³ⁿ → xⁿ"))?;
                Some(self.powi(x, m / 3))
            }
            _ if outer == CBRT || inner == CBRT => None,
            // What is inside is even, or the result isn't negative.
            (None, Some(n)) if n % 2 == 0 => {
                self.apply(Rewrite::PowerOfPower.by(match (n, b == real(0.5)) {
                    (2, true) => "√(x²) → |x|",
                    _ => "(x²ⁿ)ᵖ → |x|²ⁿᵖ",
                }))?;
                let base = self.unary(Unary::Abs, x);
                Some(self.powf(base, b * real(f64::from(n))))
            }
            (None, Some(n)) if n != -1 => None,
            // Powers that want x ≥ 0, to which the result may be blind.
            _ => {
                let product = a * b;
                // A root stays in range, and its slope serves as its own.
                let stays = a > T::zero() && a <= T::one();
                if product == T::zero() || !product.is_finite() || stays && whole(product).is_none() {
                    return None;
                }
                self.apply(Rewrite::PowerOfPower)?;
                let x = if whole(product).is_some() { self.within(Domain::From(0.0), x) } else { x };
                Some(self.powf(x, product))
            }
        }
    }
}

/// What a pair becomes, as an equation.
fn equation_of_pair(f: Unary, g: Unary) -> &'static str {
    use Unary::{
        Acosh, Asinh, Cosh, Exp, Exp2, ExpM1, Ln, Ln1p, Log2, Log10, LogNormCdf, LogSigmoid, Sigmoid, Sinh, Softplus,
    };
    match (f, g) {
        (Ln, Exp2) => "ln(2ˣ) → x·ln 2",
        (Log2, Exp) => "log₂(eˣ) → x/ln 2",
        (Log10, Exp) => "log₁₀(eˣ) → x/ln 10",
        (Log10, Exp2) => "log₁₀(2ˣ) → x·log₁₀ 2",
        (ExpM1, Ln) => "exp_m1(ln x) → x − 1",
        (Exp, Ln1p) => "exp(ln_1p(x)) → 1 + x",
        (Softplus, Ln) => "softplus(ln x) → ln_1p(x)",
        (Acosh, Cosh) => "arcosh(cosh x) → |x|",
        (Cosh, Asinh) => "cosh(arsinh x) → hypot(x, 1)",
        (Sinh, Acosh) => "sinh(arcosh x) → √(x − 1)·√(x + 1)",
        (Exp, LogSigmoid) => "exp(log_sigmoid(x)) → σ(x)",
        (Exp, LogNormCdf) => "exp(log_norm_cdf(x)) → Φ(x)",
        (Exp, Softplus) => "exp(softplus(x)) → 1 + eˣ",
        (ExpM1, Softplus) => "exp_m1(softplus(x)) → eˣ",
        (Sigmoid, Ln) => Rewrite::SigmoidOfLn.equation(),
        _ => Rewrite::InversePair.equation(),
    }
}
