//! Elementwise operations of two operands, with broadcasting: the table, as in [`unary`](super::unary).
//!
//! `partials` forms `∂y/∂a` and `∂y/∂b` from the operands `a`, `b` and the result `y`; only those asked for are
//! formed.

use crate::kernels::product::strong;
use crate::kernels::{Tile, VectorMath, special};
use crate::ops::{Entry, Sample};
use crate::scalar::Scalar;

/// The table, given to a macro that reads it.
macro_rules! binary_table {
    ($read:ident) => {
        $read! {
            Add, add, "a + b", "1; 1", "Also the operator `+`.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.5, 0.5];
            value: |a, b| a + b;
            partials: |_, _, _| One, One;

            Sub, sub, "a − b", "1; −1", "Also the operator `-`.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.5, 0.5];
            value: |a, b| a - b;
            partials: |_, _, _| One, MinusOne;

            Mul, mul, "a·b", "b; a", "Also the operator `*`.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.5, 0.5];
            value: |a, b| a * b;
            partials: |a, b, _| Of(b), Of(a);

            // In two factors: y/b may underflow where the adjoint makes up for it.
            Div, div, "a/b", "1/b; −y/b", "Also the operator `/`.";
            sample [-5.0, 5.0], [0.5, 5.0], ulp [0.5, 0.5];
            value: |a, b| a / b;
            partials: |_, b, y| Of(b.recip()), ZeroWith(-y, b.recip());

            // The product of a vjp rule: an adjoint of 0 wins over an infinite or undefined partial, and the other way round.
            StrongMul, strong_mul, "a·b, with 0·∞ = 0·NaN = 0", "b; a", "The product with which adjoints are formed.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.5, 0.5];
            value: |a, b| strong(a, b);
            partials: |a, b, _| Of(b), Of(a);

            Rem, rem, "a − b·trunc(a/b)", "1; −trunc(a/b)", "Also the operator `%`; the sign is that of a, as C's fmod. NaN at b = 0 or a = ±∞.";
            sample [-5.0, 5.0], [0.5, 5.0], ulp [0.0, 0.0];
            value: |a, b| a % b;
            // The quotient is whole: rounded, it is right even where a/b rounds up to a whole number.
            partials: |a, b, y| One, Of(-((a - y) / b).round());

            StrongDiv, strong_div, "a/b, with 0/0 = 0/NaN = 0", "1/b; −y/b", "For ratios such as x/‖x‖ at 0.";
            sample [-5.0, 5.0], [0.5, 5.0], ulp [0.5, 0.5];
            value: |a, b| if a == T::zero() { a } else { a / b };
            partials: |_, b, y| Of(b.recip()), Of(-y.strong_div(b));

            Pow, pow, "aᵇ", "b·aᵇ⁻¹; aᵇ·ln a", "At a = 0: derivatives 0 by b ≥ 0, and b·0ᵇ⁻¹ by a with 0·∞ = 0; for a < 0, NaN by b.";
            sample [0.1, 5.0], [-3.0, 3.0], ulp [0.6, 0.6];
            value: |a, b| a.powf(b);
            partials: |a, b, _| Of(b.strong_mul(a.pow(b - T::one()))), Of(a.pow_ln(b));

            PowLn, pow_ln, "aᵇ·ln a (0 at a = 0, b ≥ 0)", "b·aᵇ⁻¹·ln a + aᵇ⁻¹; aᵇ·(ln a)²", "The derivative of `pow` by its exponent.";
            sample [0.1, 5.0], [-3.0, 3.0], ulp [1.9, 2.0];
            value: |a, b| if a == T::zero() && b >= T::zero() { T::zero() } else { a.powf(b) * a.ln() };
            partials: |a, b, y| Of(b.strong_mul(a.pow_ln(b - T::one())) + a.pow(b - T::one())), Of(y.strong_mul(a.ln()));

            Maximum, maximum, "max(a, b)", "1, ½ at a tie, or 0", "NaN if either operand is.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            // Without branches, which random signs would mispredict.
            value: |a, b| { let larger = if a > b { a } else { b }; if a.is_nan() { a } else { larger } };
            partials: |a, b, _| Of(a.share(b)), Of(b.share(a));

            Minimum, minimum, "min(a, b)", "1, ½ at a tie, or 0", "NaN if either operand is.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| { let smaller = if a < b { a } else { b }; if a.is_nan() { a } else { smaller } };
            partials: |a, b, _| Of(b.share(a)), Of(a.share(b));

            // Where an operand is NaN the other wins: not so with `maximum`.
            Fmax, fmax, "max(a, b), the other if one is NaN", "1, ½ at a tie, or 0", "NaN if both operands are. IEEE 754's maxNum.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| if a > b || b.is_nan() { a } else { b };
            partials: |a, b, _| Of(a.fshare(b)), Of(b.fshare(a));

            Fmin, fmin, "min(a, b), the other if one is NaN", "1, ½ at a tie, or 0", "NaN if both operands are. IEEE 754's minNum.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| if a < b || b.is_nan() { a } else { b };
            partials: |a, b, _| Of((-a).fshare(-b)), Of((-b).fshare(-a));

            Fshare, fshare, "1 if a > b or b is NaN, ½ if a = b, else 0", "0; 0", "NaN if both operands are. The derivative of `fmax`.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| if a == b { T::one() / (T::one() + T::one()) } else if a.is_nan() { if b.is_nan() { a } else { T::zero() } } else { truth(a > b || b.is_nan()) };
            partials: |_, _, _| Zero, Zero;

            Copysign, copysign, "|a| with the sign of b", "±sign a (0 at 0); 0", "The sign is that of b's bit, for zeros too. NaN if b is: its bit means nothing.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| if b.is_nan() { b } else { a.abs().copysign(b) };
            partials: |a, b, _| Of(a.signum() * a.number(T::one()).copysign(b)), Zero;

            Share, share, "1 if a > b, ½ if a = b, 0 if a < b", "0; 0", "NaN if either operand is. The derivative of `maximum`.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| { let (share, sum) = (if a == b { T::one() / (T::one() + T::one()) } else { truth(a > b) }, a + b); if a.is_nan() | b.is_nan() { sum } else { share } };
            partials: |_, _, _| Zero, Zero;

            Lt, lt, "1 if a < b, else 0", "0; 0", "0 if either operand is NaN.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| truth(a < b);
            partials: |_, _, _| Zero, Zero;

            Le, le, "1 if a ≤ b, else 0", "0; 0", "0 if either operand is NaN.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| truth(a <= b);
            partials: |_, _, _| Zero, Zero;

            Gt, gt, "1 if a > b, else 0", "0; 0", "0 if either operand is NaN.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| truth(a > b);
            partials: |_, _, _| Zero, Zero;

            Ge, ge, "1 if a ≥ b, else 0", "0; 0", "0 if either operand is NaN.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| truth(a >= b);
            partials: |_, _, _| Zero, Zero;

            Equal, equal, "1 if a = b, else 0", "0; 0", "0 if either operand is NaN.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| truth(a == b);
            partials: |_, _, _| Zero, Zero;

            NotEqual, not_equal, "1 if a ≠ b, else 0", "0; 0", "1 if either operand is NaN.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.0, 0.0];
            value: |a, b| truth(a != b);
            partials: |_, _, _| Zero, Zero;

            Hypot, hypot, "√(a² + b²), without overflow", "a/y; b/y", "Derivatives 0; 0 at 0, 0.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [0.6, 0.6];
            value: |a, b| a.hypot(b);
            partials: |a, b, _| Of(a.direction(b)), Of(b.direction(a));

            // Of one piece, since the derivative of a/y is 1/y − a²/y³, which cancels where a is much the larger.
            Direction, direction, "a/√(a² + b²), without overflow", "b²/r³; −ab/r³", "0 at 0, 0. The derivative of `hypot`.";
            sample [-5.0, 5.0], [0.5, 5.0], ulp [1.6, 1.5];
            value: |a, b| {
                let r = a.hypot(b);
                if a == T::zero() && !b.is_nan() { a } else if a.is_infinite() && !b.is_infinite() { T::one().copysign(a) } else { a / r }
            };
            partials: |a, b, y|
                Of({ let s = b.direction(a); (s * s).strong_div(a.hypot(b)) }),
                Of(-(y * b.direction(a)).strong_div(a.hypot(b)));

            HypotExcess, hypot_excess, "√(a² + b²) − b, without overflow or cancellation", "a/√(a² + b²); −y/√(a² + b²)", "0 at 0, 0, derivatives included.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [3.0, 3.0];
            value: |a, b| {
                let r = a.hypot(b);
                if b <= T::zero() || r.is_infinite() { r - b } else { (a / r) * (a / (T::one() + b / r)) }
            };
            partials: |a, b, y| Of(a.direction(b)), Of(-y.strong_div(a.hypot(b)));

            Atan2, atan2, "the angle of the point (b, a)", "b/(a² + b²); −a/(a² + b²)", "Derivatives 0; 0 at 0, 0.";
            sample [-5.0, 5.0], [0.1, 5.0], ulp [0.6, 1.2];
            value: |a, b| a.atan2(b);
            partials: |a, b, _| Of(b.direction(a).strong_div(a.hypot(b))), Of(-a.direction(b).strong_div(a.hypot(b)));

            Xlogy, xlogy, "a·ln b, 0 at a = 0", "ln b; a/b", "At a = 0 the derivative by b is 0, by a it is ln b.";
            sample [-5.0, 5.0], [0.1, 5.0], ulp [1.5, 1.6];
            value: |a, b| if a == T::zero() && !b.is_nan() { T::zero() } else { a * M::ln(b) };
            partials: |a, b, _| Of(b.ln()), Of(a.strong_mul(b.recip_nonnegative()));

            Xlog1py, xlog1py, "a·ln(1 + b), 0 at a = 0", "ln(1 + b); a/(1 + b)", "At a = 0 the derivative by b is 0.";
            sample [-5.0, 5.0], [-0.9, 5.0], ulp [1.5, 1.6];
            value: |a, b| if a == T::zero() && !b.is_nan() { T::zero() } else { a * M::ln_1p(b) };
            partials: |a, b, _| Of(b.ln_1p()), Of(a.strong_mul((b + T::one()).recip_nonnegative()));

            Logaddexp, logaddexp, "ln(eᵃ + eᵇ)", "σ(a − b); σ(b − a)", "Derivatives 0; 0 at −∞, −∞ and ½; ½ at ∞, ∞. Where the result crosses 0, the error is one of the larger operand.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [1.4, 1.8];
            value: |a, b| {
                let (low, high) = if a > b { (b, a) } else { (a, b) };
                if low == high || high.is_infinite() { high + if low == high { T::LN_2() } else { T::zero() } } else { high + M::ln_1p(M::exp(low - high)) }
            };
            partials: |a, b, _| Of(a.logaddexp_weight(b)), Of(b.logaddexp_weight(a));

            LogaddexpWeight, logaddexp_weight, "σ(a − b)", "w(a, b)·w(b, a); −w(a, b)·w(b, a)", "½ where a = b, but 0 at −∞, −∞. The derivative of `logaddexp`.";
            sample [-5.0, 5.0], [-5.0, 5.0], ulp [2.2, 2.4];
            // The rounding error of a − b would be as many ulp in the tail as a − b is large: it is carried along.
            value: |a, b| {
                let difference = a - b;
                let back = a - difference;
                let error = (a - (difference + back)) + (back - b);
                if a == b {
                    if a == T::neg_infinity() { T::zero() } else { T::one() / (T::one() + T::one()) }
                } else {
                    let values = M::logistic(difference);
                    values.sigmoid + (if error.is_finite() { error } else { T::zero() }) * values.sigmoid * values.sigmoid_neg
                }
            };
            partials: |a, b, y| Of(y * b.logaddexp_weight(a)), Of(-(y * b.logaddexp_weight(a)));

            LnBeta, ln_beta, "ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b)", "ψ(a) − ψ(a + b); ψ(b) − ψ(a + b)", "a, b > 0; ∞ where one is 0; below, the three terms. For large a or b they cancel all but completely; here they don't. Where the result crosses 0, the error is absolute.";
            sample [0.1, 9.0], [0.1, 9.0], ulp [40.0, 1.0];
            value: |a, b| special::ln_beta(a, b);
            partials: |a, b, _| Of(-a.digamma_rise(b)), Of(-b.digamma_rise(a));

            LnRising, ln_rising, "ln Γ(a + b) − ln Γ(a) = ln (a)_b", "ψ(a + b) − ψ(a); ψ(a + b)", "a, a + b > 0; else the difference of `lgamma`. The logarithm of the rising factorial a(a + 1)…(a + b − 1), for large a and small b too. Where the result crosses 0, the error is absolute.";
            sample [0.1, 9.0], [0.1, 9.0], ulp [40.0, 1.0];
            value: |a, b| special::ln_rising(a, b);
            partials: |a, b, _| Of(a.digamma_rise(b)), Of((a + b).polygamma(0));

            DigammaRise, digamma_rise, "ψ(a + b) − ψ(a)", "ψ₁(a + b) − ψ₁(a); ψ₁(a + b)", "a, a + b > 0; else the difference of `digamma`. The derivative of `ln_rising`.";
            sample [0.1, 9.0], [0.1, 9.0], ulp [8.0, 1.0];
            value: |a, b| special::digamma_rise(a, b);
            partials: |a, b, _| Of(a.trigamma_rise(b)), Of((a + b).polygamma(1));

            TrigammaRise, trigamma_rise, "ψ₁(a + b) − ψ₁(a)", "ψ₂(a + b) − ψ₂(a); ψ₂(a + b)", "a, a + b > 0; else the difference of `trigamma`. The derivative of `digamma_rise`.";
            sample [0.1, 9.0], [0.1, 9.0], ulp [8.0, 1.0];
            value: |a, b| special::trigamma_rise(a, b);
            partials: |a, b, _| Of((a + b).polygamma(2) - a.polygamma(2)), Of((a + b).polygamma(2));

            // By b the derivative is that of the terms: b is a count, and hardly ever differentiated by.
            LnRisingSteps, ln_rising_steps, "ln(1·(1 + a)(1 + 2a)…(1 + (b − 1)a)) = ln Γ(b + 1/a) − ln Γ(1/a) + b·ln a", "Σ k/(1 + ka) over k < b; ψ(b + 1/a) + ln a", "a ≥ 0, b + 1/a > 0; NaN for a < 0. What a negative binomial density with dispersion a has beside Poisson's, for small a too. The logarithm of Pochhammer's k-symbol (Díaz and Pariguan 2007).";
            sample [0.01, 3.0], [0.1, 60.0], ulp [40.0, 1.0];
            value: |a, b| special::ln_rising_steps_derivative(0, a, b);
            partials: |a, b, _| Of(a.rising_steps_slope(b)), Of((a.recip() + b).polygamma(0) + a.ln());

            RisingStepsSlope, rising_steps_slope, "Σ k/(1 + ka) over k < b = b/a − (ψ(b + 1/a) − ψ(1/a))/a²", "−Σ (k/(1 + ka))² over k < b; 1/a − ψ₁(b + 1/a)/a²", "a ≥ 0, b + 1/a > 0. The derivative of `ln_rising_steps`.";
            sample [0.01, 3.0], [1.0, 60.0], ulp [100.0, 1.0];
            value: |a, b| special::ln_rising_steps_derivative(1, a, b);
            partials: |a, b, _| Of(a.rising_steps_curvature(b)), Of({ let r = a.recip(); r - r * r * (r + b).polygamma(1) });

            RisingStepsCurvature, rising_steps_curvature, "−Σ (k/(1 + ka))² over k < b", "2·Σ (k/(1 + ka))³ over k < b, by polygammas; (2·ψ₁(b + 1/a) + ψ₂(b + 1/a)/a)/a³ − 1/a²", "a ≥ 0, b + 1/a > 0. The derivative of `rising_steps_slope`; its own cancels for small a.";
            sample [0.05, 3.0], [2.0, 60.0], ulp [1000.0, 1.0];
            value: |a, b| special::ln_rising_steps_derivative(2, a, b);
            partials: |a, b, _|
                Of({
                    let r = a.recip();
                    let jerk = ((r + b).polygamma(2) - r.polygamma(2)) * r + r.trigamma_rise(b) * real::<T>(6.0);
                    r * r * r * (b * real::<T>(2.0) - r * (r.digamma_rise(b) * real::<T>(6.0) + r * jerk))
                }),
                Of({
                    let r = a.recip();
                    let high = r + b;
                    r * r * (r * (high.polygamma(1) * real::<T>(2.0) + r * high.polygamma(2)) - T::one())
                });

            // The third node of the derivation: a is the probability π, b the label y in [0, 1].
            LogLoss, log_loss, "−(b·ln a + (1 − b)·ln(1 − a))", "(1 − b)/(1 − a) − b/a = −(b − a)/(a(1 − a)); ln(1 − a) − ln a", "`a` is a probability, `b` a label in [0, 1]; 0·ln 0 = 0. With a = σ(z) it is rewritten to b·softplus(−z) + (1 − b)·softplus(z) before it is differentiated.";
            sample [0.05, 0.95], [0.0, 1.0], ulp [2.0, 2.1];
            value: |a, b| {
                let yes = if b == T::zero() { b } else { b * M::ln(a) };
                let no = if b == T::one() { T::zero() } else { (T::one() - b) * M::ln_1p(-a) };
                // So, and not negated, a loss of nothing is 0 and not −0.
                T::zero() - (yes + no)
            };
            partials: |a, b, _|
                Of(a.log_loss_slope(b)),
                Of(-a.logit());

            // Of one piece: as the difference of its two terms it would cancel near a = b.
            LogLossSlope, log_loss_slope, "(a − b)/(a(1 − a)) = (1 − b)/(1 − a) − b/a", "(1 − b)/(1 − a)² + b/a²; −1/(a(1 − a))", "The derivative of `log_loss`: 1/(1 − a) at b = 0 and −1/a at b = 1.";
            sample [0.05, 0.95], [0.0, 1.0], ulp [2.3, 2.3];
            value: |a, b| {
                let rest = T::one() - a;
                if a < T::zero() || rest < T::zero() { T::nan() } else if b == T::zero() { rest.recip() } else if b == T::one() { -a.abs().recip() } else { (a - b) / (a.abs() * rest) }
            };
            partials: |a, b, _|
                Of({
                    let (one, if_zero, if_one) = (a.number(T::one()), (a.number(T::one()) - a).recip_nonnegative(), a.recip_nonnegative());
                    (one - b).strong_mul(if_zero * if_zero) + b.strong_mul(if_one * if_one)
                }),
                Of(-a.logit_slope());
        }
    };
}
pub(crate) use binary_table;

macro_rules! binary_operations {
    ($(
        $variant:ident, $method:ident, $formula:literal, $derivatives:literal, $edges:literal;
        sample [$low_a:literal, $high_a:literal], [$low_b:literal, $high_b:literal], ulp [$double:literal, $single:literal];
        value: |$a:ident, $b:ident| $value:expr;
        partials: |$pa:pat_param, $pb:pat_param, $py:pat_param| $da:expr, $db:expr;
    )*) => {
        /// An elementwise operation of two operands.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub(crate) enum Binary { $($variant),* }

        impl Binary {
            pub(crate) const ALL: &'static [Binary] = &[$(Binary::$variant),*];

            pub(crate) fn name(self) -> &'static str {
                self.entry().name
            }

            /// The operation as the catalogue states it.
            pub(crate) fn entry(self) -> &'static Entry {
                match self {
                    $(Binary::$variant => const { &Entry {
                        name: stringify!($method),
                        formula: $formula,
                        derivative: $derivatives,
                        domain: $edges,
                        operands: &[Sample::elements($low_a, $high_a), Sample::elements($low_b, $high_b)],
                        ulp: Some([$double, $single]),
                    } }),*
                }
            }

            #[inline(always)]
            pub(crate) fn value<T: Scalar, M: VectorMath<T>>(self, a: T, b: T) -> T {
                match self { $(Binary::$variant => { let ($a, $b) = (a, b); $value })* }
            }

            /// The values of `count` tiles to `out`: one choice of the operation, then loops that vectorise. An operand
            /// is its first tile and its step (0 for one that is the same throughout).
            #[inline(always)]
            pub(crate) fn map<T: Scalar, M: VectorMath<T>>(
                self,
                tiles: &mut [Tile<T>],
                a: (usize, usize),
                b: (usize, usize),
                out: usize,
                count: usize,
            ) {
                match self {
                    $(Binary::$variant => super::zip_tiles(tiles, a, b, out, count, #[inline(always)] |$a: T, $b: T| $value),)*
                }
            }
        }
    };
}

fn truth<T: Scalar>(holds: bool) -> T {
    if holds { T::one() } else { T::zero() }
}

binary_table!(binary_operations);
