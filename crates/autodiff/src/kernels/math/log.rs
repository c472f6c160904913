//! Logarithms: `ln`, `ln_1p`.
//!
//! `x = 2ᵉ·(1 + f)` with `1 + f` in `[√½, √2)`. With `s = f/(2 + f)`, `ln(1 + f) = 2·artanh s = 2s + s·R(s²)`. The first
//! term is written as `f − f²/2 + s·f²/2`, whose largest part `f` is exact (Tang 1990, *Table-driven implementation of
//! the logarithm function*; the arrangement of Sun's fdlibm, 1993; Muller, *Elementary Functions*, 3rd ed., ch. 4).

use super::format::Format;

/// `e·ln 2 + ln(1 + f) + low` for `1 + f` in `[√½, √2)`.
#[inline(always)]
fn combine<F: Format, const FMA: bool>(e: F, f: F, low: F) -> F {
    let s = f / (F::TWO + f);
    let z = s * s;
    let half_square = F::HALF * f * f;
    let rest = z * F::artanh_tail::<FMA>(z);
    let tail = F::madd::<FMA>(s, half_square + rest, F::madd::<FMA>(e, F::LN_2_LOW, low));
    F::madd::<FMA>(e, F::LN_2_HIGH, f - (half_square - tail))
}

/// Natural logarithm; −∞ at ±0, NaN for negative numbers.
///
/// Measured error at most 0.9 ulp (`f32`: 0.8).
#[inline(always)]
pub(crate) fn ln<F: Format, const FMA: bool>(x: F) -> F {
    // A subnormal is scaled first, by more than the digits of a number.
    let subnormal = x < F::MIN_POSITIVE;
    let scaled = if subnormal { x * F::BEYOND_DIGITS } else { x };
    let offset = if subnormal { F::EXPONENT_OFFSET + F::BEYOND_DIGITS_EXPONENT } else { F::EXPONENT_OFFSET };
    let (exponent, m) = F::split(scaled);
    let result = combine::<_, FMA>(exponent - offset, m - F::ONE, F::ZERO);
    let at_most_zero = if x == F::ZERO { -F::INFINITY } else { F::NAN };
    let result = if x < F::INFINITY { result } else { x };
    if x > F::ZERO { result } else { at_most_zero }
}

/// `ln(1 + x)`, accurate for small `x` too; −∞ at −1, NaN below.
///
/// The rounding error of `1 + x` (Knuth's two-sum, TAOCP 4.2.2) is scaled by `2⁻ᵉ` and added to `f`; at `e = 0` that
/// restores `f = x` exactly.
///
/// Measured error at most 0.9 ulp.
#[inline(always)]
pub(crate) fn ln_1p<F: Format, const FMA: bool>(x: F) -> F {
    let sum = F::ONE + x;
    let x_part = sum - F::ONE;
    let error = (F::ONE - (sum - x_part)) + (x - x_part);
    let (exponent, m) = F::split(sum);
    // 2⁻ᵉ, by the subtraction of biased exponents. The error is zero for large x, and the power may not exist.
    let inverse_power = F::inverse_power(exponent);
    let scale = if x < F::BEYOND_DIGITS { inverse_power } else { F::ZERO };
    let f_high = m - F::ONE;
    let f_low = error * scale;
    let f = f_high + f_low;
    let lost = (f_high - f) + f_low;
    let result = combine::<_, FMA>(exponent - F::EXPONENT_OFFSET, f, lost);
    let at_most_minus_one = if x == -F::ONE { -F::INFINITY } else { F::NAN };
    // ∞ is its own logarithm, and so is ±0, whose sign the sums have lost.
    let result = if x < F::INFINITY { result } else { x };
    let result = if x == F::ZERO { x } else { result };
    if x > -F::ONE { result } else { at_most_minus_one }
}

/// `ln(1 + t)` for `t` in `[0, 1]`: a longer polynomial over `s ≤ 1/3` costs less than splitting off the exponent.
#[inline(always)]
pub(super) fn ln_1p_of_unit<F: Format, const FMA: bool>(t: F) -> F {
    let s = t / (F::TWO + t);
    let z = s * s;
    let half_square = F::HALF * t * t;
    let rest = z * F::artanh_tail_wide::<FMA>(z);
    t - F::madd::<FMA>(-s, half_square + rest, half_square)
}

#[cfg(test)]
mod tests {
    use crate::kernels::math::test_support::{assert_close, everywhere, grid};
    const LN: [fn(f64) -> f64; 2] = [super::ln::<_, true>, super::ln::<_, false>];
    const LN_1P: [fn(f64) -> f64; 2] = [super::ln_1p::<_, true>, super::ln_1p::<_, false>];

    #[test]
    fn close_to_std_everywhere() {
        for i in 0..2 {
            assert_close(LN[i], f64::ln, everywhere().chain(grid(0.0, 4.0, 20_000)), 1);
            assert_close(LN_1P[i], f64::ln_1p, everywhere().chain(grid(-1.0, 3.0, 20_000)), 2);
        }
    }

    #[test]
    fn edges_of_the_domain() {
        for ln in LN {
            assert_eq!(ln(1.0).to_bits(), 0);
            assert_eq!(ln(0.0), f64::NEG_INFINITY);
            assert_eq!(ln(-0.0), f64::NEG_INFINITY);
            assert_eq!(ln(f64::INFINITY), f64::INFINITY);
            for x in [-f64::from_bits(1), -1.0, f64::NEG_INFINITY, f64::NAN] {
                assert!(ln(x).is_nan(), "at {x:e}");
            }
        }
        for ln_1p in LN_1P {
            assert_eq!(ln_1p(-1.0), f64::NEG_INFINITY);
            assert_eq!(ln_1p(f64::INFINITY), f64::INFINITY);
            for x in [-1.0000000000000002, f64::NEG_INFINITY, f64::NAN] {
                assert!(ln_1p(x).is_nan(), "at {x:e}");
            }
            for x in [0.0, -0.0, f64::from_bits(1), -f64::from_bits(3), f64::MIN_POSITIVE, -1e-300] {
                assert_eq!(ln_1p(x).to_bits(), x.to_bits(), "at {x:e}");
            }
        }
    }

    #[test]
    fn the_form_for_the_unit_interval_is_the_same_function() {
        let unit = || grid(0.0, 1.0, 20_000).chain([1e-300, f64::from_bits(1)]);
        assert_close(super::ln_1p_of_unit::<_, true>, f64::ln_1p, unit(), 2);
        assert_close(super::ln_1p_of_unit::<_, false>, f64::ln_1p, unit(), 2);
    }
}

#[cfg(test)]
mod tests_single {
    use crate::kernels::math::test_support::{assert_close_single, everywhere_single, grid_single};
    const LN: [fn(f32) -> f32; 2] = [super::ln::<_, true>, super::ln::<_, false>];
    const LN_1P: [fn(f32) -> f32; 2] = [super::ln_1p::<_, true>, super::ln_1p::<_, false>];

    #[test]
    fn close_to_std_everywhere() {
        for i in 0..2 {
            assert_close_single(LN[i], f64::ln, everywhere_single().chain(grid_single(0.0, 4.0, 20_000)), 1);
            assert_close_single(LN_1P[i], f64::ln_1p, everywhere_single().chain(grid_single(-1.0, 3.0, 20_000)), 2);
        }
    }

    #[test]
    fn edges_of_the_domain() {
        for ln in LN {
            assert_eq!(ln(1.0).to_bits(), 0);
            assert_eq!(ln(0.0), f32::NEG_INFINITY);
            assert_eq!(ln(-0.0), f32::NEG_INFINITY);
            assert_eq!(ln(f32::INFINITY), f32::INFINITY);
            for x in [-f32::from_bits(1), -1.0, f32::NEG_INFINITY, f32::NAN] {
                assert!(ln(x).is_nan(), "at {x:e}");
            }
        }
        for ln_1p in LN_1P {
            assert_eq!(ln_1p(-1.0), f32::NEG_INFINITY);
            assert_eq!(ln_1p(f32::INFINITY), f32::INFINITY);
            for x in [-1.0000001, f32::NEG_INFINITY, f32::NAN] {
                assert!(ln_1p(x).is_nan(), "at {x:e}");
            }
            for x in [0.0, -0.0, f32::from_bits(1), -f32::from_bits(3), f32::MIN_POSITIVE, -1e-40] {
                assert_eq!(ln_1p(x).to_bits(), x.to_bits(), "at {x:e}");
            }
        }
    }

    #[test]
    fn the_form_for_the_unit_interval_is_the_same_function() {
        let unit = || grid_single(0.0, 1.0, 20_000).chain([1e-40, f32::from_bits(1)]);
        assert_close_single(super::ln_1p_of_unit::<_, true>, f64::ln_1p, unit(), 2);
        assert_close_single(super::ln_1p_of_unit::<_, false>, f64::ln_1p, unit(), 2);
    }
}
