//! Elementwise operations of one operand: the table, and how its entries are evaluated and differentiated.
//!
//! An entry is all there is to an operation: its method, formula, derivative and domain (also its documentation), its
//! value and its partial derivative. To add one, add an entry. `value` may use `M`, the mathematics of the caller (the
//! library's own for the interpreter, vectorised for blocks); `partial` forms `∂y/∂x` with ordinary operations, from
//! the operand `x` and the result `y`, so that it can be differentiated again.

use crate::kernels::{Tile, VectorMath, special};
use crate::ops::{Entry, Sample};
use crate::scalar::{Scalar, real};

/// The table, given to a macro that reads it: here for what the operations are, in `ops/partial.rs` for their derivatives, in
/// `rules/elementwise.rs` for the methods that record them.
macro_rules! unary_table {
    ($read:ident) => {
        $read! {
            Neg, neg, "−x", "−1", "all reals";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| -x;
            partial: |_, _| MinusOne;

            Recip, recip, "1/x", "−y²", "x ≠ 0; ±∞ at ±0";
            sample [0.1, 5.0], ulp [0.5, 0.5];
            value: |x| x.recip();
            partial: |_, y| Twice(-y, y);

            Exp, exp, "eˣ", "y", "all reals";
            sample [-5.0, 5.0], ulp [1.1, 1.0];
            value: |x| M::exp(x);
            partial: |_, y| Of(y);

            ExpM1, exp_m1, "eˣ − 1", "eˣ", "all reals";
            sample [-3.0, 3.0], ulp [1.3, 1.2];
            value: |x| M::exp_m1(x);
            partial: |x, _| Of(x.exp());

            // By its series near 0, where the difference cancels.
            ExpRemainder, exp_remainder, "eˣ − 1 − x", "eˣ − 1", "all reals; of full relative accuracy near 0";
            sample [-5.0, 5.0], ulp [3.0, 3.0];
            value: |x| {
                if x.abs() < T::one() {
                    let (mut term, mut sum, mut n) = (x * x * real::<T>(0.5), T::zero(), real::<T>(2.0));
                    while sum + term != sum {
                        sum = sum + term;
                        n = n + T::one();
                        term = term * (x / n);
                    }
                    sum
                } else {
                    M::exp_m1(x) - x
                }
            };
            partial: |x, _| Of(x.exp_m1());

            Exp2, exp2, "2ˣ", "y·ln 2", "all reals";
            sample [-5.0, 5.0], ulp [0.6, 0.5];
            value: |x| x.exp2();
            partial: |_, y| Of(y * T::LN_2());

            Ln, ln, "ln x", "1/x", "x ≥ 0; −∞ at 0, NaN below";
            sample [0.1, 9.0], ulp [0.9, 0.8];
            value: |x| M::ln(x);
            partial: |x, _| Of(x.recip_nonnegative());

            Ln1p, ln_1p, "ln(1 + x)", "1/(1 + x)", "x ≥ −1; −∞ at −1, NaN below";
            sample [-0.9, 9.0], ulp [0.9, 0.9];
            value: |x| M::ln_1p(x);
            partial: |x, _| Of((x + T::one()).recip_nonnegative());

            Log2, log2, "log₂ x", "1/(x·ln 2)", "x ≥ 0; −∞ at 0, NaN below";
            sample [0.1, 9.0], ulp [0.6, 0.8];
            value: |x| x.log2();
            partial: |x, _| Of(x.recip_nonnegative() * T::LOG2_E());

            Log10, log10, "log₁₀ x", "1/(x·ln 10)", "x ≥ 0; −∞ at 0, NaN below";
            sample [0.1, 9.0], ulp [1.5, 1.7];
            value: |x| x.log10();
            partial: |x, _| Of(x.recip_nonnegative() * T::LOG10_E());

            // 1/x within the domain of ln: ln's own derivative is NaN where ln is, though 1/x isn't.
            RecipNonnegative, recip_nonnegative, "1/x", "−y²", "x ≥ 0; ∞ at ±0, NaN below";
            sample [0.1, 5.0], ulp [0.5, 0.5];
            value: |x| if x < T::zero() { T::nan() } else { x.abs().recip() };
            partial: |_, y| Twice(-y, y);

            Sqrt, sqrt, "√x", "1/(2y)", "x ≥ 0; derivative ∞ at 0; NaN below";
            sample [0.1, 9.0], ulp [0.5, 0.5];
            value: |x| x.sqrt();
            partial: |_, y| Of(y.recip() * real::<T>(0.5));

            Rsqrt, rsqrt, "1/√x", "−y/(2x)", "x > 0; ∞ at 0; NaN below";
            sample [0.1, 9.0], ulp [1.4, 1.5];
            value: |x| x.sqrt().recip();
            partial: |x, y| Of(-(y / x) * real::<T>(0.5));

            Cbrt, cbrt, "∛x", "1/(3y²)", "all reals; derivative ∞ at 0";
            sample [-9.0, 9.0], ulp [0.5, 0.5];
            value: |x| x.cbrt();
            partial: |_, y| Of((y * y * real::<T>(3.0)).recip());

            Sin, sin, "sin x", "cos x", "all reals";
            sample [-8.0, 8.0], ulp [0.8, 1.6];
            value: |x| x.sin();
            partial: |x, _| Of(x.cos());

            Cos, cos, "cos x", "−sin x", "all reals";
            sample [-8.0, 8.0], ulp [0.8, 1.5];
            value: |x| x.cos();
            partial: |x, _| Of(-x.sin());

            Tan, tan, "tan x", "1 + y²", "all reals but odd multiples of π/2";
            sample [-1.4, 1.4], ulp [0.6, 0.8];
            value: |x| x.tan();
            partial: |_, y| Of(y * y + T::one());

            Asin, asin, "arcsin x", "1/√((1 − x)(1 + x))", "|x| ≤ 1; derivative ∞ at ±1";
            sample [-0.9, 0.9], ulp [0.6, 0.8];
            value: |x| x.asin();
            partial: |x, _| Of(x.rsqrt_one_minus_square());

            Acos, acos, "arccos x", "−1/√((1 − x)(1 + x))", "|x| ≤ 1; derivative −∞ at ±1";
            sample [-0.9, 0.9], ulp [0.5, 0.8];
            value: |x| x.acos();
            partial: |x, _| Of(-x.rsqrt_one_minus_square());

            // Of one piece, since the derivative of the product (1 − x)(1 + x) is a difference that cancels near 0.
            RsqrtOneMinusSquare, rsqrt_one_minus_square, "1/√(1 − x²)", "x·y³", "|x| ≤ 1; ∞ at ±1";
            sample [-0.9, 0.9], ulp [1.5, 1.7];
            value: |x| ((T::one() - x) * (T::one() + x)).sqrt().recip();
            partial: |x, y| Of(x * (y * y * y));

            Atan, atan, "arctan x", "1/(1 + x²)", "all reals";
            sample [-8.0, 8.0], ulp [0.6, 0.8];
            value: |x| x.atan();
            partial: |x, _| Of((x * x + T::one()).recip());

            Sinh, sinh, "sinh x", "cosh x", "all reals";
            sample [-5.0, 5.0], ulp [1.4, 1.3];
            value: |x| M::sinh(x);
            partial: |x, _| Of(x.cosh());

            Cosh, cosh, "cosh x", "sinh x", "all reals";
            sample [-5.0, 5.0], ulp [1.4, 1.6];
            value: |x| M::cosh(x);
            partial: |x, _| Of(x.sinh());

            // Near 0 by ½·ln(1 + sinh²x), since cosh drops the digits of a small x².
            LnCosh, ln_cosh, "ln cosh x", "tanh x", "all reals; no overflow, of full relative accuracy near 0";
            sample [-5.0, 5.0], ulp [4.0, 4.0];
            value: |x| {
                let (magnitude, sinh) = (x.abs(), M::sinh(x));
                if magnitude < T::one() {
                    M::ln_1p(sinh * sinh) * real::<T>(0.5)
                } else {
                    magnitude - (T::LN_2() - M::ln_1p(M::exp(-(magnitude + magnitude))))
                }
            };
            partial: |x, _| Of(x.tanh());

            // 1 − tanh² cancels for large |x|; 4σ(2x)σ(−2x) keeps its digits in both tails.
            Tanh, tanh, "tanh x", "4σ(2x)σ(−2x)", "all reals";
            sample [-3.0, 3.0], ulp [2.5, 2.5];
            value: |x| M::tanh(x);
            partial: |x, _| Of((x + x).sigmoid_slope() * real::<T>(4.0));

            Asinh, asinh, "arsinh x", "1/√(1 + x²)", "all reals";
            sample [-8.0, 8.0], ulp [1.4, 1.3];
            value: |x| crate::kernels::asinh(x);
            partial: |x, _| Of(x.hypot(x.number(T::one())).recip());

            Acosh, acosh, "arcosh x", "1/(√(x − 1)·√(x + 1))", "x ≥ 1; derivative ∞ at 1";
            sample [1.1, 9.0], ulp [2.2, 1.5];
            value: |x| crate::kernels::acosh(x);
            partial: |x, _| Of((x - T::one()).rsqrt() * (x + T::one()).rsqrt());

            Atanh, atanh, "artanh x", "1/((1 − x)(1 + x))", "|x| ≤ 1; ±∞ at ±1";
            sample [-0.9, 0.9], ulp [1.6, 1.4];
            value: |x| crate::kernels::atanh(x);
            partial: |x, _| Of(x.recip_one_minus_square());

            RecipOneMinusSquare, recip_one_minus_square, "1/(1 − x²)", "2x·y²", "|x| ≤ 1; ∞ at ±1, NaN beyond";
            sample [-0.9, 0.9], ulp [1.9, 1.9];
            value: |x| if x.abs() > T::one() { T::nan() } else { ((T::one() - x) * (T::one() + x)).recip() };
            partial: |x, y| Of((x + x) * (y * y));

            Abs, abs, "|x|", "sign x (0 at 0)", "all reals";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| x.abs();
            partial: |x, _| Of(x.signum());

            Signum, signum, "sign x (0 at ±0)", "0", "all reals";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| if x > T::zero() { T::one() } else if x < T::zero() { -T::one() } else { x };
            partial: |_, _| Zero;

            Floor, floor, "⌊x⌋", "0", "all reals";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| x.floor();
            partial: |_, _| Zero;

            Ceil, ceil, "⌈x⌉", "0", "all reals";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| x.ceil();
            partial: |_, _| Zero;

            Round, round, "x rounded, halves away from 0", "0", "all reals";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| x.round();
            partial: |_, _| Zero;

            Trunc, trunc, "x rounded towards 0", "0", "all reals";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| x.trunc();
            partial: |_, _| Zero;

            Fract, fract, "x − trunc(x)", "1", "all reals";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| x.fract();
            partial: |_, _| One;

            ToDegrees, to_degrees, "180·x/π", "180/π", "all reals";
            sample [-8.0, 8.0], ulp [0.9, 0.8];
            value: |x| x.to_degrees();
            partial: |x, _| Of(x.number(T::one().to_degrees()));

            ToRadians, to_radians, "π·x/180", "π/180", "all reals";
            sample [-360.0, 360.0], ulp [0.7, 0.7];
            value: |x| x.to_radians();
            partial: |x, _| Of(x.number(T::one().to_radians()));

            Sigmoid, sigmoid, "σ(x) = 1/(1 + e⁻ˣ)", "σ(x)σ(−x)", "all reals";
            sample [-8.0, 8.0], ulp [2.7, 2.8];
            value: |x| M::sigmoid(x);
            partial: |x, _| Of(x.sigmoid_slope());

            // Of one piece, since the derivative of the product is a difference that cancels near 0. A program takes it as the product.
            SigmoidSlope, sigmoid_slope, "σ(x)σ(−x)", "−y·tanh(x/2)", "all reals";
            sample [-8.0, 8.0], ulp [3.5, 3.8];
            value: |x| { let values = M::logistic(x); values.sigmoid * values.sigmoid_neg };
            partial: |x, y| Of(-(y * (x * real::<T>(0.5)).tanh()));

            Softplus, softplus, "ln(1 + eˣ)", "σ(x)", "all reals";
            sample [-8.0, 8.0], ulp [1.9, 2.0];
            value: |x| M::softplus(x);
            partial: |x, _| Of(x.sigmoid());

            LogSigmoid, log_sigmoid, "ln σ(x) = −softplus(−x)", "σ(−x)", "all reals";
            sample [-8.0, 8.0], ulp [1.9, 2.0];
            value: |x| -M::softplus(-x);
            partial: |x, _| Of((-x).sigmoid());

            // ln x − ln(1 − x), except about ½, where that cancels.
            Logit, logit, "ln(x/(1 − x))", "1/(x(1 − x))", "0 ≤ x ≤ 1; ∓∞ at 0 and 1, NaN beyond";
            sample [0.05, 0.95], ulp [1.5, 2.4];
            value: |x| {
                let (quarter, rest) = (real::<T>(0.25), T::one() - x);
                let from_half = x - real(0.5);
                if x >= quarter && rest >= quarter {
                    M::ln_1p((from_half + from_half) / rest)
                } else {
                    M::ln(x) - M::ln_1p(-x)
                }
            };
            partial: |x, _| Of(x.logit_slope());

            LogitSlope, logit_slope, "1/(x(1 − x))", "(2x − 1)·y²", "0 ≤ x ≤ 1; ∞ at 0 and 1, NaN beyond";
            sample [0.05, 0.95], ulp [1.6, 1.8];
            value: |x| if x < T::zero() || x > T::one() { T::nan() } else { (x * (T::one() - x)).abs().recip() };
            partial: |x, y| Of((x - real::<T>(0.5)) * real::<T>(2.0) * (y * y));

            // Mächler 2012, Accurately computing log(1 − exp(−|a|)).
            Log1mexp, log1mexp, "ln(1 − e⁻ˣ)", "1/(eˣ − 1)", "x ≥ 0; −∞ at 0, NaN below";
            sample [0.1, 8.0], ulp [2.2, 1.8];
            value: |x| if x < T::LN_2() { M::ln(-M::exp_m1(-x)) } else { M::ln_1p(-M::exp(-x)) };
            partial: |x, _| Of(x.recip_exp_m1());

            RecipExpM1, recip_exp_m1, "1/(eˣ − 1)", "−y·(1 + y)", "x ≥ 0; ∞ at ±0, NaN below";
            sample [0.1, 8.0], ulp [1.8, 1.8];
            value: |x| if x < T::zero() { T::nan() } else { (M::exp(-x) / M::exp_m1(-x)).abs() };
            partial: |_, y| Of(-(y * (y + T::one())));

            Gaussian, gaussian, "exp(−x²)", "−2x·y", "all reals; of full relative accuracy in the tails";
            sample [-3.0, 3.0], ulp [1.5, 0.5];
            value: |x| M::gaussian(x);
            partial: |x, y| ZeroWith(x + x, -y);

            Erf, erf, "2/√π·∫₀ˣ exp(−u²) du", "2/√π·exp(−x²)", "all reals";
            sample [-3.0, 3.0], ulp [2.0, 0.5];
            value: |x| M::erf(x);
            partial: |x, _| Of(x.gaussian() * T::FRAC_2_SQRT_PI());

            Erfc, erfc, "1 − erf x", "−2/√π·exp(−x²)", "all reals; of full relative accuracy in the right tail";
            sample [-3.0, 3.0], ulp [3.6, 0.5];
            value: |x| special::erfc(x);
            partial: |x, _| Of(-(x.gaussian() * T::FRAC_2_SQRT_PI()));

            // 2x·y − 2/√π cancels on the right; Mills' ratio has the slope −R·(1/R − x).
            Erfcx, erfcx, "exp(x²)·erfc x", "2x·y − 2/√π", "all reals; ∞ from about −26.6 (f64) down";
            sample [-3.0, 8.0], ulp [4.0, 0.5];
            value: |x| special::erfcx(x);
            partial: |x, y| Of(-(y.strong_mul((-(x * T::SQRT_2())).norm_residual()) * T::SQRT_2()));

            NormPdf, norm_pdf, "φ(x) = exp(−x²/2)/√(2π)", "−x·y", "all reals; of full relative accuracy in the tails";
            sample [-4.0, 4.0], ulp [2.4, 0.5];
            value: |x| M::norm_pdf(x);
            partial: |x, y| ZeroWith(x, -y);

            NormCdf, norm_cdf, "Φ(x) = ½·erfc(−x/√2)", "φ(x)", "all reals; of full relative accuracy in the left tail";
            sample [-4.0, 4.0], ulp [4.6, 0.5];
            value: |x| M::norm_cdf(x);
            partial: |x, _| Of(x.norm_pdf());

            LogNormCdf, log_norm_cdf, "ln Φ(x)", "φ(x)/Φ(x)", "all reals; of full relative accuracy in both tails";
            sample [-8.0, 4.0], ulp [4.2, 0.5];
            value: |x| M::log_norm_cdf(x);
            partial: |x, _| Of(x.norm_hazard());

            // The derivatives of ln Φ from the second on are a family of their own, since on the left −y·(x + y) loses digits twice.
            NormHazard, norm_hazard, "φ(x)/Φ(x)", "−y·(x + y)", "all reals; the derivative of `log_norm_cdf`, the inverse of Mills' ratio at −x";
            sample [-8.0, 4.0], ulp [4.1, 0.5];
            value: |x| M::norm_hazard(x);
            partial: |x, _| Of(x.ordered(Ordered::LogNormCdf, 2));

            Lgamma, lgamma, "ln |Γ(x)|", "ψ(x)", "all reals; ∞ at 0 and the negative whole numbers, where the derivative is ∓∞ at ±0 and NaN elsewhere. The error is absolute for x < 0, where it crosses 0";
            sample [0.1, 9.0], ulp [1.9, 0.5];
            value: |x| special::lgamma(x);
            partial: |x, _| Of(x.polygamma(0));

            Relu, relu, "max(x, 0)", "1 for x > 0, else 0", "all reals";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| if x < T::zero() { T::zero() } else { x };
            partial: |x, _| Of(x.step());

            Step, step, "1 for x > 0, else 0", "0", "all reals; NaN at NaN";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| if x > T::zero() { T::one() } else if x <= T::zero() { T::zero() } else { x };
            partial: |_, _| Zero;

            StopGradient, stop_gradient, "x", "0 by decree", "all reals";
            sample [-5.0, 5.0], ulp [0.0, 0.0];
            value: |x| x;
            partial: |_, _| Zero;
        }
    };
}
pub(crate) use unary_table;

macro_rules! unary_operations {
    ($(
        $variant:ident, $method:ident, $formula:literal, $derivative:literal, $domain:literal;
        sample [$low:literal, $high:literal], ulp [$double:literal, $single:literal];
        value: |$x:ident| $value:expr;
        partial: |$px:pat_param, $py:pat_param| $partial:expr;
    )*) => {
        /// An elementwise operation of one operand.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub(crate) enum Unary { $($variant),* }

        impl Unary {
            pub(crate) const ALL: &'static [Unary] = &[$(Unary::$variant),*];

            pub(crate) fn name(self) -> &'static str {
                self.entry().name
            }

            /// The operation as the catalogue states it.
            pub(crate) fn entry(self) -> &'static Entry {
                match self {
                    $(Unary::$variant => const { &Entry {
                        name: stringify!($method),
                        formula: $formula,
                        derivative: $derivative,
                        domain: $domain,
                        operands: &[Sample::elements($low, $high)],
                        ulp: Some([$double, $single]),
                    } }),*
                }
            }

            #[inline(always)]
            pub(crate) fn value<T: Scalar, M: VectorMath<T>>(self, x: T) -> T {
                match self { $(Unary::$variant => { let $x = x; $value })* }
            }

            /// The values of `count` tiles from `x` on, to `out`: one choice of the operation, then loops that vectorise.
            #[inline(always)]
            pub(crate) fn map<T: Scalar, M: VectorMath<T>>(self, tiles: &mut [Tile<T>], x: usize, out: usize, count: usize) {
                match self {
                    $(Unary::$variant => super::map_tiles(tiles, x, out, count, #[inline(always)] |$x: T| $value),)*
                }
            }
        }
    };
}

unary_table!(unary_operations);
