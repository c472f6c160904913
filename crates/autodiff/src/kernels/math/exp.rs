//! Exponentials: `exp`, `exp_m1`.
//!
//! Argument reduction by Cody & Waite (*Software Manual for the Elementary Functions*, 1980): `x = k·ln 2 + r` with an
//! integer `k` and `|r| ≤ ln 2 / 2`, where `ln 2` is a sum of two numbers and the product of `k` with the first is exact.
//! Then `eʳ = 1 + r + (sinh r − r) + (cosh r − 1)`: the two tails are polynomials in `r²`, evaluated side by side, and
//! the hyperbolic functions use them too.

use super::format::Format;

/// `sinh r − r` and `cosh r − 1` for `|r| ≤ ln 2 / 2`.
#[inline(always)]
pub(super) fn tails<F: Format, const FMA: bool>(r: F) -> (F, F) {
    let z = r * r;
    let odd = r * z * F::sinh_tail::<FMA>(z);
    let even = z * F::madd::<FMA>(z, F::cosh_tail::<FMA>(z), F::HALF);
    (odd, even)
}

/// `eˣ` as `(p, biased)`: `p` in `[0.7, 1.42]` and the exponent `k` as `ROUNDER + bias + k`.
#[inline(always)]
fn reduced<F: Format, const FMA: bool>(x: F, bias: F) -> (F, F) {
    let biased = F::madd::<FMA>(x, F::LOG2_E, F::ROUNDER + bias);
    let k = biased - (F::ROUNDER + bias);
    let r = F::madd::<FMA>(k, -F::LN_2_LOW, F::madd::<FMA>(k, -F::LN_2_HIGH, x));
    let (odd, even) = tails::<_, FMA>(r);
    (F::ONE + (r + (odd + even)), biased)
}

/// `eˣ`.
///
/// Overflows to infinity and underflows through the subnormals where the true value does.
///
/// Measured error at most 1.1 ulp (`f32`: 1.0).
#[inline(always)]
pub(crate) fn exp<F: Format, const FMA: bool>(x: F) -> F {
    // Beyond these bounds the result is ∞ or 0; `k` stays within what two powers of two span. A NaN passes both selections.
    let x = if x > F::EXP_OVERFLOWS { F::EXP_OVERFLOWS } else { x };
    let x = if x < F::EXP_UNDERFLOWS { F::EXP_UNDERFLOWS } else { x };
    // One power of two can't span subnormal to overflow, so 2ᵏ is applied as two factors with exponents ⌊k/2⌋ and ⌈k/2⌉;
    // twice the exponent bias is added before halving, which keeps the integers positive for a logical shift.
    let (p, biased) = reduced::<_, FMA>(x, F::BIAS + F::BIAS);
    let [low, high] = F::halves_of_power(biased);
    p * low * high
}

/// `eˣ` for `x ≤ 0`: no overflow to guard against, so 2ᵏ is a normal number times a constant.
#[inline(always)]
pub(super) fn exp_of_negative<F: Format, const FMA: bool>(x: F) -> F {
    let x = if x < F::EXP_UNDERFLOWS { F::EXP_UNDERFLOWS } else { x };
    let (p, biased) = reduced::<_, FMA>(x, F::BIAS + F::SIXTY_FOUR);
    p * F::power_of_two(biased) * F::TWO_TO_MINUS_64 // 2⁻⁶⁴: the only rounding, if the result is subnormal
}

/// `eˣ − 1` for x up to where it overflows; the sign of zero is lost.
///
/// `2ᵏ·((eʳ − 1) + (1 − 2⁻ᵏ))`. Near `k = ±1` the two terms cancel in part, so the rounding errors of `r` and of the
/// leading sum are carried along (Dekker's fast two-sum, 1971).
#[inline(always)]
pub(super) fn exp_m1_signless<F: Format, const FMA: bool>(x: F) -> F {
    // From here down the result is −1, and 2⁻ᵏ stays finite.
    let x = if x < F::EXP_IS_LOST_IN_ONE { F::EXP_IS_LOST_IN_ONE } else { x };
    let biased = F::madd::<FMA>(x, F::LOG2_E, F::ROUNDER + (F::BIAS - F::ONE)); // of 2ᵏ⁻¹: finite for the largest k too
    let k = biased - (F::ROUNDER + (F::BIAS - F::ONE));
    let high = F::madd::<FMA>(k, -F::LN_2_HIGH, x);
    let low = k * F::LN_2_LOW;
    let r = high - low;
    let r_error = (high - r) - low;
    let (odd, even) = tails::<_, FMA>(r);
    let tail = F::madd::<FMA>(r, r_error, r_error) + (odd + even);
    let shift = F::madd::<FMA>(F::power_of_two((F::ROUNDER + (F::BIAS + F::ONE)) - k), -F::HALF, F::ONE); // 1 − 2⁻ᵏ
    let head = shift + r;
    let head_error = (shift - head) + r;
    let m = head + (head_error + tail);
    // Doubling first keeps subnormal results, where k = 0, exact.
    (m + m) * F::power_of_two(biased)
}

/// `eˣ − 1`, accurate for small `x` too.
///
/// Measured error at most 1.3 ulp (`f32`: 1.2).
#[inline(always)]
pub(crate) fn exp_m1<F: Format, const FMA: bool>(x: F) -> F {
    let clamped = if x > F::EXP_OVERFLOWS { F::EXP_OVERFLOWS } else { x };
    let result = exp_m1_signless::<_, FMA>(clamped);
    if x == F::ZERO { x } else { result }
}

#[cfg(test)]
mod tests {
    use crate::kernels::math::test_support::{assert_close, everywhere, grid};
    const EXP: [fn(f64) -> f64; 2] = [super::exp::<_, true>, super::exp::<_, false>];
    const EXP_M1: [fn(f64) -> f64; 2] = [super::exp_m1::<_, true>, super::exp_m1::<_, false>];

    #[test]
    fn close_to_std_everywhere() {
        for exp in EXP {
            assert_close(exp, f64::exp, everywhere(), 1);
            assert_close(exp, f64::exp, grid(-746.0, 710.0, 20_000), 1);
        }
        for exp_m1 in EXP_M1 {
            assert_close(exp_m1, f64::exp_m1, everywhere(), 2);
            assert_close(exp_m1, f64::exp_m1, grid(-40.0, 710.0, 20_000), 2);
            assert_close(exp_m1, f64::exp_m1, grid(-1.5, 1.5, 20_000), 2);
        }
    }

    #[test]
    fn overflow_and_underflow_begin_where_the_true_value_does() {
        for exp in EXP {
            assert!(exp(709.782712893384) < f64::INFINITY);
            assert_eq!(exp(709.7827128933841), f64::INFINITY);
            assert_eq!(exp(-745.1332191019411), f64::from_bits(1));
            assert_eq!(exp(-745.1332191019412), 0.0);
            assert_eq!(exp(f64::INFINITY), f64::INFINITY);
            assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        }
        for exp_m1 in EXP_M1 {
            assert!(exp_m1(709.782712893384) < f64::INFINITY);
            assert_eq!(exp_m1(709.7827128933841), f64::INFINITY);
            assert_eq!(exp_m1(f64::INFINITY), f64::INFINITY);
            assert_eq!(exp_m1(f64::NEG_INFINITY), -1.0);
        }
    }

    #[test]
    fn exact_at_zero_and_below_the_precision_of_one() {
        for exp in EXP {
            assert_eq!(exp(0.0), 1.0);
            assert_eq!(exp(-0.0), 1.0);
        }
        for exp_m1 in EXP_M1 {
            for x in [0.0, -0.0, f64::from_bits(1), -f64::from_bits(3), f64::MIN_POSITIVE, -1e-300] {
                assert_eq!(exp_m1(x).to_bits(), x.to_bits(), "at {x:e}");
            }
        }
    }

    #[test]
    fn nan_stays_nan() {
        for function in EXP.into_iter().chain(EXP_M1) {
            assert!(function(f64::NAN).is_nan());
            assert!(function(-f64::NAN).is_nan());
        }
    }

    #[test]
    fn the_one_sided_exponential_is_the_same_function() {
        for x in grid(-750.0, 0.0, 20_000).chain([-0.0, f64::NEG_INFINITY]) {
            assert_eq!(super::exp_of_negative::<_, false>(x), super::exp::<_, false>(x), "at {x}");
        }
        assert!(super::exp_of_negative::<_, false>(f64::NAN).is_nan());
    }
}

#[cfg(test)]
mod tests_single {
    use crate::kernels::math::test_support::{assert_close_single, everywhere_single, grid_single};
    const EXP: [fn(f32) -> f32; 2] = [super::exp::<_, true>, super::exp::<_, false>];
    const EXP_M1: [fn(f32) -> f32; 2] = [super::exp_m1::<_, true>, super::exp_m1::<_, false>];

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
            assert_eq!(super::exp_of_negative::<_, false>(x), super::exp::<_, false>(x), "at {x}");
        }
        assert!(super::exp_of_negative::<_, false>(f32::NAN).is_nan());
    }
}
