//! Elementwise operations of one operand: the table, and how its entries are evaluated and differentiated.
//!
//! An entry is all there is to an operation: its method, formula, derivative and domain (also its documentation), its
//! value and its partial derivative. To add one, add an entry. `value` may use `M`, the mathematics of the caller (the
//! library's own for the interpreter, vectorised for blocks); `partial` records `∂y/∂x` with ordinary operations, from
//! the operand `x` and the result `y`, so that it can be differentiated again.

use super::Partial;
use crate::catalogue::{Entry, Sample};
use crate::kernels::{Tile, VectorMath};
use crate::scalar::{Scalar, real};
use crate::tape::Var;

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

            pub(crate) fn partial<'t, T: Scalar>(self, x: Var<'t, T>, y: Var<'t, T>) -> Partial<'t, T> {
                match self {
                    $(Unary::$variant => { let ($px, $py) = (x, y); $partial })*
                }
            }
        }

        // `neg` stands beside the operator under its own name, as in num-traits.
        #[allow(clippy::should_implement_trait)]
        impl<'t, T: Scalar> Var<'t, T> {
            $(
                #[doc = concat!("`", $formula, "`, elementwise; derivative `", $derivative, "`. Domain: ", $domain, ".")]
                #[track_caller]
                pub fn $method(self) -> Self {
                    self.unary(Unary::$variant)
                }
            )*
        }
    };
}

use Partial::{MinusOne, Of, One, Zero};

unary_operations! {
    Neg, neg, "−x", "−1", "all reals";
    sample [-5.0, 5.0], ulp [0.0, 0.0];
    value: |x| -x;
    partial: |_, _| MinusOne;

    Recip, recip, "1/x", "−y²", "x ≠ 0; ±∞ at ±0";
    sample [0.1, 5.0], ulp [0.5, 0.5];
    value: |x| x.recip();
    partial: |_, y| Of(-(y * y));

    Exp, exp, "eˣ", "y", "all reals";
    sample [-5.0, 5.0], ulp [1.1, 1.1];
    value: |x| M::exp(x);
    partial: |_, y| Of(y);

    ExpM1, exp_m1, "eˣ − 1", "eˣ", "all reals";
    sample [-3.0, 3.0], ulp [1.3, 1.3];
    value: |x| M::exp_m1(x);
    partial: |x, _| Of(x.exp());

    Exp2, exp2, "2ˣ", "y·ln 2", "all reals";
    sample [-5.0, 5.0], ulp [1.0, 1.0];
    value: |x| x.exp2();
    partial: |_, y| Of(y * T::LN_2());

    Ln, ln, "ln x", "1/x", "x ≥ 0; −∞ at 0, NaN below";
    sample [0.1, 9.0], ulp [1.0, 1.0];
    value: |x| M::ln(x);
    partial: |x, _| Of(x.recip_nonnegative());

    Ln1p, ln_1p, "ln(1 + x)", "1/(1 + x)", "x ≥ −1; −∞ at −1, NaN below";
    sample [-0.9, 9.0], ulp [1.0, 1.0];
    value: |x| M::ln_1p(x);
    partial: |x, _| Of((x + T::one()).recip_nonnegative());

    Log2, log2, "log₂ x", "1/(x·ln 2)", "x ≥ 0; −∞ at 0, NaN below";
    sample [0.1, 9.0], ulp [1.0, 1.0];
    value: |x| x.log2();
    partial: |x, _| Of(x.recip_nonnegative() * T::LOG2_E());

    Log10, log10, "log₁₀ x", "1/(x·ln 10)", "x ≥ 0; −∞ at 0, NaN below";
    sample [0.1, 9.0], ulp [1.0, 1.0];
    value: |x| x.log10();
    partial: |x, _| Of(x.recip_nonnegative() * T::LOG10_E());

    // 1/x within the domain of ln: ln's own derivative is NaN where ln is, though 1/x isn't.
    RecipNonnegative, recip_nonnegative, "1/x", "−y²", "x ≥ 0; ∞ at ±0, NaN below";
    sample [0.1, 5.0], ulp [0.5, 0.5];
    value: |x| if x < T::zero() { T::nan() } else { x.abs().recip() };
    partial: |_, y| Of(-(y * y));

    Sqrt, sqrt, "√x", "1/(2y)", "x ≥ 0; derivative ∞ at 0; NaN below";
    sample [0.1, 9.0], ulp [0.5, 0.5];
    value: |x| x.sqrt();
    partial: |_, y| Of(y.recip() * real::<T>(0.5));

    Rsqrt, rsqrt, "1/√x", "−y/(2x)", "x > 0; ∞ at 0; NaN below";
    sample [0.1, 9.0], ulp [1.0, 1.0];
    value: |x| x.sqrt().recip();
    partial: |x, y| Of(-(y / x) * real::<T>(0.5));

    Cbrt, cbrt, "∛x", "1/(3y²)", "all reals; derivative ∞ at 0";
    sample [-9.0, 9.0], ulp [1.0, 1.0];
    value: |x| x.cbrt();
    partial: |_, y| Of((y * y * real::<T>(3.0)).recip());

    Sin, sin, "sin x", "cos x", "all reals";
    sample [-8.0, 8.0], ulp [1.0, 1.0];
    value: |x| x.sin();
    partial: |x, _| Of(x.cos());

    Cos, cos, "cos x", "−sin x", "all reals";
    sample [-8.0, 8.0], ulp [1.0, 1.0];
    value: |x| x.cos();
    partial: |x, _| Of(-x.sin());

    Tan, tan, "tan x", "1 + y²", "all reals but odd multiples of π/2";
    sample [-1.4, 1.4], ulp [1.0, 1.0];
    value: |x| x.tan();
    partial: |_, y| Of(y * y + T::one());

    Asin, asin, "arcsin x", "1/√((1 − x)(1 + x))", "|x| ≤ 1; derivative ∞ at ±1";
    sample [-0.9, 0.9], ulp [1.0, 1.0];
    value: |x| x.asin();
    partial: |x, _| Of(((x.num(1.0) - x) * (x + T::one())).rsqrt());

    Acos, acos, "arccos x", "−1/√((1 − x)(1 + x))", "|x| ≤ 1; derivative −∞ at ±1";
    sample [-0.9, 0.9], ulp [1.0, 1.0];
    value: |x| x.acos();
    partial: |x, _| Of(-((x.num(1.0) - x) * (x + T::one())).rsqrt());

    Atan, atan, "arctan x", "1/(1 + x²)", "all reals";
    sample [-8.0, 8.0], ulp [1.0, 1.0];
    value: |x| x.atan();
    partial: |x, _| Of((x * x + T::one()).recip());

    Sinh, sinh, "sinh x", "cosh x", "all reals";
    sample [-5.0, 5.0], ulp [1.4, 1.4];
    value: |x| M::sinh(x);
    partial: |x, _| Of(x.cosh());

    Cosh, cosh, "cosh x", "sinh x", "all reals";
    sample [-5.0, 5.0], ulp [1.4, 1.4];
    value: |x| M::cosh(x);
    partial: |x, _| Of(x.sinh());

    // 1 − tanh² cancels for large |x|; 4σ(2x)σ(−2x) keeps its digits in both tails.
    Tanh, tanh, "tanh x", "4σ(2x)σ(−2x)", "all reals";
    sample [-3.0, 3.0], ulp [2.5, 2.5];
    value: |x| M::tanh(x);
    partial: |x, _| Of({
        let double = x + x;
        double.sigmoid() * (-double).sigmoid() * real::<T>(4.0)
    });

    Asinh, asinh, "arsinh x", "1/√(1 + x²)", "all reals";
    sample [-8.0, 8.0], ulp [1.0, 1.0];
    value: |x| crate::kernels::asinh(x);
    partial: |x, _| Of(x.hypot(T::one()).recip());

    Acosh, acosh, "arcosh x", "1/(√(x − 1)·√(x + 1))", "x ≥ 1; derivative ∞ at 1";
    sample [1.1, 9.0], ulp [1.0, 1.0];
    value: |x| crate::kernels::acosh(x);
    partial: |x, _| Of((x - T::one()).rsqrt() * (x + T::one()).rsqrt());

    Atanh, atanh, "artanh x", "1/((1 − x)(1 + x))", "|x| ≤ 1; ±∞ at ±1";
    sample [-0.9, 0.9], ulp [1.0, 1.0];
    value: |x| crate::kernels::atanh(x);
    partial: |x, _| Of(((x.num(1.0) - x) * (x + T::one())).recip_nonnegative());

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

    Sigmoid, sigmoid, "σ(x) = 1/(1 + e⁻ˣ)", "σ(x)σ(−x)", "all reals";
    sample [-8.0, 8.0], ulp [2.7, 2.7];
    value: |x| M::sigmoid(x);
    partial: |x, y| Of(y * (-x).sigmoid());

    Softplus, softplus, "ln(1 + eˣ)", "σ(x)", "all reals";
    sample [-8.0, 8.0], ulp [1.9, 1.9];
    value: |x| M::softplus(x);
    partial: |x, _| Of(x.sigmoid());

    LogSigmoid, log_sigmoid, "ln σ(x) = −softplus(−x)", "σ(−x)", "all reals";
    sample [-8.0, 8.0], ulp [1.9, 1.9];
    value: |x| -M::softplus(-x);
    partial: |x, _| Of((-x).sigmoid());

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
