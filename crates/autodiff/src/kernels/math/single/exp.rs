//! Exponentials: `exp`, `exp_m1`.
//!
//! Argument reduction by Cody & Waite (*Software Manual for the Elementary Functions*, 1980): `x = k·ln 2 + r` with an
//! integer `k` and `|r| ≤ ln 2 / 2`, where `ln 2` is a sum of two numbers and the product of `k` with the first is exact.
//! Then `eʳ = 1 + r + (sinh r − r) + (cosh r − 1)`: the two tails are polynomials in `r²`, evaluated side by side, and
//! the hyperbolic functions use them too.

use super::{LN_2_HIGH, LN_2_LOW, ROUNDER, madd, polynomial, power_of_two};
use std::f32::consts::LOG2_E;

/// `(sinh r − r)/r³` in powers of `r²` for `|r| ≤ ln 2 / 2`; relative error 2⁻³⁰ in `sinh r`.
const SINH_TAIL: [f32; 3] = [0.16666667, 0.008333289, 0.00019904961];

/// `(cosh r − 1 − r²/2)/r⁴` in powers of `r²` for `|r| ≤ ln 2 / 2`; error 2⁻³³ in `cosh r`.
const COSH_TAIL: [f32; 2] = [0.04166646, 0.0013935404];

/// `sinh r − r` and `cosh r − 1` for `|r| ≤ ln 2 / 2`.
#[inline(always)]
pub(super) fn tails<const FMA: bool>(r: f32) -> (f32, f32) {
    let z = r * r;
    let odd = r * z * polynomial::<FMA, 3>(z, &SINH_TAIL);
    let even = z * madd::<FMA>(z, polynomial::<FMA, 2>(z, &COSH_TAIL), 0.5);
    (odd, even)
}

/// `eˣ` as `(p, biased)`: `p` in `[0.7, 1.42]` and the exponent `k` as `ROUNDER + bias + k`.
#[inline(always)]
fn reduced<const FMA: bool>(x: f32, bias: f32) -> (f32, f32) {
    let biased = madd::<FMA>(x, LOG2_E, ROUNDER + bias);
    let k = biased - (ROUNDER + bias);
    let r = madd::<FMA>(k, -LN_2_LOW, madd::<FMA>(k, -LN_2_HIGH, x));
    let (odd, even) = tails::<FMA>(r);
    (1.0 + (r + (odd + even)), biased)
}

/// `eˣ`.
///
/// Overflows to infinity and underflows through the subnormals where the true value does.
///
/// Measured error at most 1.0 ulp.
#[inline(always)]
pub(crate) fn exp<const FMA: bool>(x: f32) -> f32 {
    // Beyond these bounds the result is ∞ or 0; `k` stays in −152..=128. A NaN passes both selections.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -105.0 { -105.0 } else { x };
    // One power of two can't span subnormal to overflow, so 2ᵏ is applied as two factors with exponents ⌊k/2⌋ and ⌈k/2⌉;
    // twice the exponent bias is added before halving, which keeps the integers positive for a logical shift.
    let (p, biased) = reduced::<FMA>(x, 254.0);
    let bits = biased.to_bits();
    let half = bits >> 1;
    p * f32::from_bits(half << 23) * f32::from_bits((bits - half) << 23)
}

/// `eˣ` for `x ≤ 0`: no overflow to guard against, so 2ᵏ is a normal number times a constant.
#[inline(always)]
pub(super) fn exp_of_negative<const FMA: bool>(x: f32) -> f32 {
    let x = if x < -105.0 { -105.0 } else { x };
    let (p, biased) = reduced::<FMA>(x, 127.0 + 64.0);
    p * power_of_two(biased) * 5.421011e-20 // 2⁻⁶⁴: the only rounding, if the result is subnormal
}

/// `eˣ − 1` for `x ≤ 89`; the sign of zero is lost.
///
/// `2ᵏ·((eʳ − 1) + (1 − 2⁻ᵏ))`. Near `k = ±1` the two terms cancel in part, so the rounding errors of `r` and of the
/// leading sum are carried along (Dekker's fast two-sum, 1971).
#[inline(always)]
pub(super) fn exp_m1_signless<const FMA: bool>(x: f32) -> f32 {
    // From here down the result is −1, and 2⁻ᵏ stays finite.
    let x = if x < -20.0 { -20.0 } else { x };
    let biased = madd::<FMA>(x, LOG2_E, ROUNDER + 126.0); // of 2ᵏ⁻¹: finite for k = 128 too
    let k = biased - (ROUNDER + 126.0);
    let high = madd::<FMA>(k, -LN_2_HIGH, x);
    let low = k * LN_2_LOW;
    let r = high - low;
    let r_error = (high - r) - low;
    let (odd, even) = tails::<FMA>(r);
    let tail = madd::<FMA>(r, r_error, r_error) + (odd + even);
    let shift = madd::<FMA>(power_of_two((ROUNDER + 128.0) - k), -0.5, 1.0); // 1 − 2⁻ᵏ
    let head = shift + r;
    let head_error = (shift - head) + r;
    let m = head + (head_error + tail);
    // Doubling first keeps subnormal results, where k = 0, exact.
    (m + m) * power_of_two(biased)
}

/// `eˣ − 1`, accurate for small `x` too.
///
/// Measured error at most 1.2 ulp.
#[inline(always)]
pub(crate) fn exp_m1<const FMA: bool>(x: f32) -> f32 {
    let clamped = if x > 89.0 { 89.0 } else { x };
    let result = exp_m1_signless::<FMA>(clamped);
    if x == 0.0 { x } else { result }
}

#[cfg(test)]
mod tests {
    use crate::kernels::math::test_support::{assert_close_single, everywhere_single, grid_single};
    const EXP: [fn(f32) -> f32; 2] = [super::exp::<true>, super::exp::<false>];
    const EXP_M1: [fn(f32) -> f32; 2] = [super::exp_m1::<true>, super::exp_m1::<false>];

    #[test]
    fn close_to_std_everywhere() {
        for exp in EXP {
            assert_close_single(exp, f64::exp, everywhere_single(), 1);
            assert_close_single(exp, f64::exp, grid_single(-105.0, 89.0, 20_000), 1);
        }
        for exp_m1 in EXP_M1 {
            assert_close_single(exp_m1, f64::exp_m1, everywhere_single(), 2);
            assert_close_single(exp_m1, f64::exp_m1, grid_single(-20.0, 89.0, 20_000), 2);
            assert_close_single(exp_m1, f64::exp_m1, grid_single(-1.5, 1.5, 20_000), 2);
        }
    }

    #[test]
    fn overflow_and_underflow_begin_where_the_true_value_does() {
        for exp in EXP {
            assert!(exp(88.72283) < f32::INFINITY);
            assert_eq!(exp(88.72284), f32::INFINITY);
            assert_eq!(exp(-103.97208), f32::from_bits(1));
            assert_eq!(exp(-103.972084), 0.0);
            assert_eq!(exp(f32::INFINITY), f32::INFINITY);
            assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        }
        for exp_m1 in EXP_M1 {
            assert!(exp_m1(88.72283) < f32::INFINITY);
            assert_eq!(exp_m1(88.72284), f32::INFINITY);
            assert_eq!(exp_m1(f32::INFINITY), f32::INFINITY);
            assert_eq!(exp_m1(f32::NEG_INFINITY), -1.0);
        }
    }

    #[test]
    fn exact_at_zero_and_below_the_precision_of_one() {
        for exp in EXP {
            assert_eq!(exp(0.0), 1.0);
            assert_eq!(exp(-0.0), 1.0);
        }
        for exp_m1 in EXP_M1 {
            for x in [0.0, -0.0, f32::from_bits(1), -f32::from_bits(3), f32::MIN_POSITIVE, -1e-40] {
                assert_eq!(exp_m1(x).to_bits(), x.to_bits(), "at {x:e}");
            }
        }
    }

    #[test]
    fn nan_stays_nan() {
        for function in EXP.into_iter().chain(EXP_M1) {
            assert!(function(f32::NAN).is_nan());
            assert!(function(-f32::NAN).is_nan());
        }
    }

    #[test]
    fn the_one_sided_exponential_is_the_same_function() {
        for x in grid_single(-106.0, 0.0, 20_000).chain([-0.0, f32::NEG_INFINITY]) {
            assert_eq!(super::exp_of_negative::<false>(x), super::exp::<false>(x), "at {x}");
        }
        assert!(super::exp_of_negative::<false>(f32::NAN).is_nan());
    }
}
