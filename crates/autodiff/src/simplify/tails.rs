//! Functions of what grows or vanishes so fast that it leaves the range of the numbers, while what is made of it stays: `√Φ(x)`,
//! `arsinh(eˣ)`, `1/cosh x`. Far out the inner function is known by its logarithm alone; elsewhere everything stays as it was.

use super::Rewriter;
use super::inverse_pairs::Domain;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Ordered, Unary};
use crate::scalar::{Scalar, real};

const ADD: Op = Op::Binary(Binary::Add);
const SUB: Op = Op::Binary(Binary::Sub);
const LT: Op = Op::Binary(Binary::Lt);
const GT: Op = Op::Binary(Binary::Gt);

/// The end at which a function leaves the range.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Small,
    /// Small and negative.
    SmallBelow,
    Large,
    /// Large of either sign.
    Both,
}

/// What an operation on a function becomes in its tail, as an equation.
fn equation(op: Op, function: Op) -> &'static str {
    use Unary::{
        Acosh, Asinh, Atan, Cosh, Erfc, Exp, Exp2, ExpM1, Gaussian, Ln, Ln1p, Log2, Log10, LogNormCdf, NormCdf,
        NormPdf, Recip, Sigmoid, Sinh, Softplus,
    };
    match (op, function) {
        (Op::Unary(Ln1p), _) => "ln(1 + g(x)) → ln g(x), where g(x) is huge",
        (Op::Unary(Asinh), _) => "arsinh(g(x)) → ln g(x) + ln 2, where g(x) is huge",
        (Op::Unary(Acosh), _) => "arcosh(g(x)) → ln g(x) + ln 2, where g(x) is huge",
        (Op::Unary(Atan), _) => "arctan(g(x)) → π/2 − e^(−ln g(x)), where g(x) is huge",
        (Op::Unary(Ln | Log2 | Log10), Op::Unary(function)) => match function {
            Sigmoid => "ln(σ(x)) → −softplus(−x), where σ(x) is tiny",
            Softplus => "ln(softplus(x)) → x + ln(ln_1p(eˣ)/eˣ), where eˣ is tiny",
            ExpM1 => "ln(eˣ − 1) → x + ln(1 − e⁻ˣ), where eˣ is huge",
            Exp => "ln(eˣ) → x, where eˣ is huge or tiny",
            Exp2 => "ln(2ˣ) → x·ln 2, where 2ˣ is huge or tiny",
            Sinh => "ln(sinh x) → x + ln(1 − e^(−2x)) − ln 2, where sinh x is huge",
            Cosh => "ln(cosh x) → ln_cosh(x), where cosh x is huge",
            NormCdf => "ln(Φ(x)) → log_norm_cdf(x), where Φ(x) is tiny",
            Erfc => "ln(erfc x) → ln 2 + log_norm_cdf(−√2·x), where erfc x is tiny",
            Gaussian => "ln(e^(−x²)) → −x², where e^(−x²) is tiny",
            NormPdf => "ln(φ(x)) → −x²/2 − ln √(2π), where φ(x) is tiny",
            Recip => "ln(1/x) → −ln x, where 1/x is huge or tiny",
            _ => Rewrite::Tail.equation(),
        },
        (Op::Unary(Ln | Log2 | Log10), Op::Powi(_) | Op::Powf(_)) => "ln(xᵖ) → p·ln |x|, where xᵖ is huge or tiny",
        (_, Op::Unary(function)) => match function {
            Sigmoid => "σ(x)ᵖ → e^(−p·softplus(−x)), where σ(x) is tiny",
            Softplus => "softplus(x)ᵖ → e^(p·(x + ln(ln_1p(eˣ)/eˣ))), where eˣ is tiny",
            ExpM1 => "(eˣ − 1)ᵖ → e^(p·(x + ln(1 − e⁻ˣ))), where eˣ is huge",
            Exp => "(eˣ)ᵖ → eᵖˣ, where eˣ is huge or tiny",
            Exp2 => "(2ˣ)ᵖ → e^(p·x·ln 2), where 2ˣ is huge or tiny",
            Sinh => "sinh(x)ᵖ → e^(p·(x + ln(1 − e^(−2x)) − ln 2)), where sinh x is huge",
            Cosh => "cosh(x)ᵖ → e^(p·ln_cosh(x)), where cosh x is huge",
            LogNormCdf => "log_norm_cdf(x)ᵖ → (−x²/2)ᵖ, where x is far left of 0",
            NormCdf => "Φ(x)ᵖ → e^(p·log_norm_cdf(x)), where Φ(x) is tiny",
            Erfc => "erfc(x)ᵖ → e^(p·(ln 2 + log_norm_cdf(−√2·x))), where erfc x is tiny",
            Gaussian => "(e^(−x²))ᵖ → e^(−p·x²), where e^(−x²) is tiny",
            NormPdf => "φ(x)ᵖ → e^(−p·(x²/2 + ln √(2π))), where φ(x) is tiny",
            _ => Rewrite::Tail.equation(),
        },
        _ => Rewrite::Tail.equation(),
    }
}

impl<T: Scalar> Rewriter<'_, T> {
    /// What an operation on a fast function is, with its tail.
    pub(super) fn with_tail(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        let &[inner] = args else { return None };
        if !matches!(op, Op::Unary(_) | Op::Powi(_) | Op::Powf(_)) {
            return None;
        }
        let (function, x) = self.function(inner)?;
        if op == Op::Unary(Unary::Tanh) && is_ln_at_0(function) {
            return self.tanh_of_ln(function, x);
        }
        let p = self.exponent(op).filter(|&p| p != T::zero());
        let is_odd = matches!(op, Op::Unary(Unary::Recip | Unary::Cbrt | Unary::Asinh | Unary::Atan))
            || matches!(op, Op::Powi(n) if n % 2 != 0);
        if function == Op::Unary(Unary::LogSigmoid) && p.is_some() && is_odd {
            let minus_x = self.negated(x);
            let softplus = self.unary(Unary::Softplus, minus_x);
            let result = self.make(op, &[softplus]);
            return Some(self.negated(result));
        }
        // As a program has it.
        if function == Op::Unary(Unary::Neg)
            && p.is_some()
            && is_odd
            && self.operand_of(x, Op::Unary(Unary::Softplus)).is_some()
        {
            let result = self.make(op, &[x]);
            return Some(self.negated(result));
        }
        if function == Op::Unary(Unary::Log1mexp) && is_odd {
            return self.power_of_log1mexp(op, p?, inner, x);
        }
        if function == Op::Unary(Unary::Softplus)
            && let Op::Unary(logarithm @ (Unary::Ln | Unary::Log2 | Unary::Log10)) = op
        {
            return self.ln_softplus(logarithm, x);
        }
        let end = self.end(function)?;
        let is_power = p.is_some() && self.exponent(function).is_none();
        let grows =
            matches!(op, Op::Unary(Unary::Ln1p | Unary::Asinh | Unary::Acosh | Unary::Atan)) && end != End::Small;
        if !(is_power || grows || matches!(op, Op::Unary(Unary::Ln | Unary::Log2 | Unary::Log10))) {
            return None;
        }
        // Below 0 an even operation is undefined or the same, so only the upper tail needs another form.
        let end = if end == End::Both && !is_odd { End::Large } else { end };
        self.apply(Rewrite::Tail.by(equation(op, function)))?;
        let base = if end == End::Both { self.unary(Unary::Abs, x) } else { x };
        let logarithm = self.logarithm(function, base)?;
        let mut far = self.by_logarithm(op, logarithm)?;
        if end == End::Both {
            far = self.make(Op::Binary(Binary::Copysign), &[far, inner]);
        }
        Some(self.up_to(end, inner, far, |rewriter, bounded| rewriter.make(op, &[bounded])))
    }

    /// `near` of x kept within moderate bounds, and `far` beyond these.
    fn up_to(&mut self, end: End, x: NodeId, far: NodeId, near: impl FnOnce(&mut Self, NodeId) -> NodeId) -> NodeId {
        // A square, and the square of a reciprocal, of what is within is in range.
        let small = T::min_positive_value().sqrt().sqrt();
        let [small, minus_small, large, minus_large] =
            [small, -small, small.recip(), -small.recip()].map(|bound| self.number(bound));
        let (is_near, bounded) = match end {
            End::Small => (self.make(GT, &[x, small]), self.make(Op::Binary(Binary::Maximum), &[x, small])),
            End::SmallBelow => {
                (self.make(LT, &[x, minus_small]), self.make(Op::Binary(Binary::Minimum), &[x, minus_small]))
            }
            End::Large => (self.make(LT, &[x, large]), self.make(Op::Binary(Binary::Minimum), &[x, large])),
            End::Both => {
                let size = self.unary(Unary::Abs, x);
                let from_above = self.make(Op::Binary(Binary::Minimum), &[x, large]);
                (self.make(LT, &[size, large]), self.make(Op::Binary(Binary::Maximum), &[from_above, minus_large]))
            }
        };
        let near = near(self, bounded);
        self.make(Op::Select, &[is_near, near, far])
    }

    /// `ln |f(x)|` where f is beyond the bounds of [`up_to`](Self::up_to).
    fn logarithm(&mut self, function: Op, x: NodeId) -> Option<NodeId> {
        use Unary::{
            Abs, Cosh, Erfc, Exp, Exp2, ExpM1, Gaussian, Ln, LogNormCdf, NormCdf, NormPdf, Recip, Sigmoid, Sinh,
            Softplus,
        };
        let ln_2 = T::LN_2();
        Some(match function {
            // Exact, though x is as good a value: its curvature is that of σ.
            Op::Unary(Sigmoid) => {
                let minus_x = self.negated(x);
                let softplus = self.unary(Softplus, minus_x);
                self.negated(softplus)
            }
            // As for σ: what is left beside x has a curvature.
            Op::Unary(Softplus) => self.ln_softplus_far_left(x),
            Op::Unary(ExpM1) => {
                let rest = self.unary(Unary::Log1mexp, x);
                self.make(ADD, &[x, rest])
            }
            Op::Unary(Exp) => x,
            Op::Unary(Exp2) => self.times(ln_2, x),
            Op::Unary(Sinh) => {
                let double = self.times(real(2.0), x);
                let rest = self.unary(Unary::Log1mexp, double);
                let log = self.make(ADD, &[x, rest]);
                self.plus(log, -ln_2)
            }
            Op::Unary(LogNormCdf) => {
                let size = self.unary(Abs, x);
                let logarithm = self.unary(Ln, size);
                let double = self.times(real(2.0), logarithm);
                self.plus(double, -ln_2)
            }
            Op::Unary(Cosh) => self.unary(Unary::LnCosh, x),
            Op::Unary(NormCdf) => self.unary(LogNormCdf, x),
            Op::Unary(Erfc) => {
                let scaled = self.times(-T::SQRT_2(), x);
                let logarithm = self.unary(LogNormCdf, scaled);
                self.plus(logarithm, ln_2)
            }
            Op::Unary(Gaussian) => {
                let square = self.make(Op::Powi(2), &[x]);
                self.negated(square)
            }
            Op::Unary(NormPdf) => {
                let square = self.make(Op::Powi(2), &[x]);
                let half = self.times(real(-0.5), square);
                self.plus(half, -real::<T>(0.5) * (T::PI() + T::PI()).ln())
            }
            Op::Unary(Recip) => {
                let logarithm = self.unary(Ln, x);
                self.negated(logarithm)
            }
            Op::Powf(index) => {
                let (p, logarithm) = (self.graph.payloads.scalar(index), self.unary(Ln, x));
                self.times(p, logarithm)
            }
            Op::Powi(n) => {
                let logarithm = self.ln_size(x);
                self.times(real(f64::from(n)), logarithm)
            }
            _ => return None,
        })
    }

    pub(super) fn plus(&mut self, x: NodeId, number: T) -> NodeId {
        let number = self.number(number);
        self.make(ADD, &[x, number])
    }

    /// An operation on what has this logarithm and is beyond the bounds.
    fn by_logarithm(&mut self, op: Op, logarithm: NodeId) -> Option<NodeId> {
        Some(match op {
            Op::Unary(Unary::Ln | Unary::Ln1p) => logarithm,
            Op::Unary(Unary::Log2) => self.times(T::LOG2_E(), logarithm),
            Op::Unary(Unary::Log10) => self.times(T::LOG10_E(), logarithm),
            Op::Unary(Unary::Asinh | Unary::Acosh) => self.plus(logarithm, T::LN_2()),
            Op::Unary(Unary::Atan) => {
                let negated = self.negated(logarithm);
                let (right_angle, rest) = (self.number(T::FRAC_PI_2()), self.unary(Unary::Exp, negated));
                self.make(SUB, &[right_angle, rest])
            }
            power => {
                let p = self.exponent(power)?;
                let scaled = self.times(p, logarithm);
                self.unary(Unary::Exp, scaled)
            }
        })
    }

    /// Whether x is a function, or its negative, that vanishes where 1 + x in one piece would lose it.
    pub(super) fn vanishes(&self, x: NodeId) -> bool {
        let function = self.negative_of(x).unwrap_or(x);
        matches!(self.seen(function), Some(Op::Unary(Unary::Tanh | Unary::Erf | Unary::Erfc)))
    }

    /// `ln(1 + x)` as it stands, but `far` near −1.
    pub(super) fn ln_1p_with_tail(&mut self, x: NodeId, far: NodeId) -> NodeId {
        let bound = self.number(real(-0.5));
        let (is_far, bounded) = (self.make(LT, &[x, bound]), self.make(Op::Binary(Binary::Maximum), &[x, bound]));
        let near = self.unary(Unary::Ln1p, bounded);
        self.make(Op::Select, &[is_far, far, near])
    }

    /// An odd power of `ln(1 − e⁻ˣ)`, which is `−e⁻ˣ` for large x.
    fn power_of_log1mexp(&mut self, op: Op, p: T, inner: NodeId, x: NodeId) -> Option<NodeId> {
        self.apply(Rewrite::Tail.by("ln(1 − e⁻ˣ) → −e⁻ˣ, where x is large"))?;
        let scaled = self.times(-p, x);
        let size = self.unary(Unary::Exp, scaled);
        let far = self.negated(size);
        Some(self.up_to(End::SmallBelow, inner, far, |rewriter, bounded| rewriter.make(op, &[bounded])))
    }

    /// `tanh(ln x)` is `2x² − 1` near 0, where the derivative of tanh underflows beside that of ln; so it is of what is `ln x` there,
    /// or a multiple.
    fn tanh_of_ln(&mut self, function: Op, x: NodeId) -> Option<NodeId> {
        // What this rule makes has the same form.
        if self.seen(x) == Some(Op::Binary(Binary::Maximum)) {
            return None;
        }
        self.apply(Rewrite::Tail.by("tanh(ln x) → 2x² − 1, where x is small"))?;
        let x = self.within(Domain::From(0.0), x);
        let square = match function {
            Op::Unary(Unary::Log2) => self.powf(x, real::<T>(2.0) * T::LOG2_E()),
            Op::Unary(Unary::Log10) => self.powf(x, real::<T>(2.0) * T::LOG10_E()),
            _ => self.make(Op::Powi(2), &[x]),
        };
        let double = self.times(real(2.0), square);
        let far = self.plus(double, -T::one());
        Some(self.up_to(End::Small, x, far, |rewriter, bounded| {
            let logarithm = rewriter.make(function, &[bounded]);
            rewriter.unary(Unary::Tanh, logarithm)
        }))
    }
}

fn is_ln_at_0(function: Op) -> bool {
    matches!(function, Op::Unary(Unary::Ln | Unary::Log2 | Unary::Log10 | Unary::Logit | Unary::Log1mexp))
}

impl<T: Scalar> Rewriter<'_, T> {
    fn end(&self, function: Op) -> Option<End> {
        use Unary::{
            Cosh, Erfc, Exp, Exp2, ExpM1, Gaussian, LogNormCdf, NormCdf, NormPdf, Recip, Sigmoid, Sinh, Softplus,
        };
        match function {
            Op::Unary(Sigmoid | Softplus | NormCdf | Erfc | Gaussian | NormPdf) => Some(End::Small),
            Op::Unary(Exp | Exp2 | ExpM1 | Cosh) => Some(End::Large),
            Op::Unary(Sinh | Recip | LogNormCdf) => Some(End::Both),
            Op::Powi(n) if n > 1 => Some(End::Large),
            Op::Powf(index) if self.graph.payloads.scalar(index) > T::one() => Some(End::Large),
            _ => None,
        }
    }

    /// `ln softplus(z)`, left of 0 as `z + ln(ln(1 + eᶻ)/eᶻ)`, whose curvature doesn't cancel.
    fn ln_softplus(&mut self, logarithm: Unary, z: NodeId) -> Option<NodeId> {
        // What this rule makes has the same form.
        if self.seen(z) == Some(Op::Select) {
            return None;
        }
        self.apply(Rewrite::Tail.by("ln(softplus(z)) → z + ln(ln_1p(eᶻ)/eᶻ), left of 0"))?;
        let zero = self.number(T::zero());
        let is_left = self.make(LT, &[z, zero]);
        // Not by a minimum, whose derivative is halved at a tie.
        let [left, right] = [[z, zero], [zero, z]].map(|[a, b]| self.make(Op::Select, &[is_left, a, b]));
        let left = self.ln_softplus_far_left(left);
        let left = self.by_logarithm(Op::Unary(logarithm), left)?;
        let right = self.unary(Unary::Softplus, right);
        let right = self.unary(logarithm, right);
        Some(self.make(Op::Select, &[is_left, left, right]))
    }

    fn ln_softplus_far_left(&mut self, z: NodeId) -> NodeId {
        let power = self.unary(Unary::Exp, z);
        let ratio = self.make(Op::Ordered(Ordered::Ln1pRatio, 0), &[power]);
        let rest = self.unary(Unary::Ln, ratio);
        self.make(ADD, &[z, rest])
    }
}
