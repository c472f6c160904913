//! Logarithms: `ln`, `ln_1p`.
//!
//! `x = 2ᵉ·(1 + f)` with `1 + f` in `[√½, √2)`. With `s = f/(2 + f)`, `ln(1 + f) = 2·artanh s = 2s + s·R(s²)`. The first
//! term is written as `f − f²/2 + s·f²/2`, whose largest part `f` is exact (Tang 1990, *Table-driven implementation of
//! the logarithm function*; the arrangement of Sun's fdlibm, 1993; Muller, *Elementary Functions*, 3rd ed., ch. 4).

use super::{LN_2_HIGH, LN_2_LOW, madd, polynomial};
use std::f32::consts::FRAC_1_SQRT_2;

/// `(2·artanh s − 2s)/s³` in powers of `s²` for `s ≤ (√2 − 1)/(√2 + 1)`; relative error 2⁻³⁰ in the logarithm.
const ARTANH_TAIL: [f32; 3] = [0.66666776, 0.39977533, 0.29872003];

/// The same for `s ≤ 1/3`; relative error 2⁻²⁷ in the logarithm.
const ARTANH_TAIL_WIDE: [f32; 4] = [0.6666641, 0.400217, 0.27999127, 0.28024527];

const MANTISSA_MASK: u32 = 0x007f_ffff;
const ONE_BITS: u32 = 1.0_f32.to_bits();
const SQRT_HALF_BITS: u32 = FRAC_1_SQRT_2.to_bits();
/// The bits of 2²³: with a biased exponent in the low bits it is the number `2²³ + exponent`.
const TWO_23_BITS: u32 = 8388608.0_f32.to_bits();
/// Undoes [`TWO_23_BITS`] and the bias of the exponent.
const EXPONENT_OFFSET: f32 = 8388608.0 + 127.0;

/// `x = 2ᵉ·m` with `m` in `[√½, √2)`, for positive normal `x`: `(2²³ + e + 127, m)`.
///
/// Adding the distance from √½ to 1 to the bits lets the exponent step at √½ instead of at 1.
#[inline(always)]
fn split(x: f32) -> (f32, f32) {
    let stepped = x.to_bits().wrapping_add(ONE_BITS - SQRT_HALF_BITS);
    let exponent = f32::from_bits((stepped >> 23) | TWO_23_BITS);
    (exponent, f32::from_bits((stepped & MANTISSA_MASK) + SQRT_HALF_BITS))
}

/// `e·ln 2 + ln(1 + f) + low` for `1 + f` in `[√½, √2)`.
#[inline(always)]
fn combine<const FMA: bool>(e: f32, f: f32, low: f32) -> f32 {
    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    let rest = z * polynomial::<FMA, 3>(z, &ARTANH_TAIL);
    let tail = madd::<FMA>(s, half_square + rest, madd::<FMA>(e, LN_2_LOW, low));
    madd::<FMA>(e, LN_2_HIGH, f - (half_square - tail))
}

/// Natural logarithm; −∞ at ±0, NaN for negative numbers.
///
/// Measured error at most 0.8 ulp.
#[inline(always)]
pub(crate) fn ln<const FMA: bool>(x: f32) -> f32 {
    // A subnormal is scaled by 2²⁵ first.
    let subnormal = x < f32::MIN_POSITIVE;
    let scaled = if subnormal { x * 33554432.0 } else { x };
    let offset = if subnormal { EXPONENT_OFFSET + 25.0 } else { EXPONENT_OFFSET };
    let (exponent, m) = split(scaled);
    let result = combine::<FMA>(exponent - offset, m - 1.0, 0.0);
    let at_most_zero = if x == 0.0 { f32::NEG_INFINITY } else { f32::NAN };
    let result = if x < f32::INFINITY { result } else { x };
    if x > 0.0 { result } else { at_most_zero }
}

/// `ln(1 + x)`, accurate for small `x` too; −∞ at −1, NaN below.
///
/// The rounding error of `1 + x` (Knuth's two-sum, TAOCP 4.2.2) is scaled by `2⁻ᵉ` and added to `f`; at `e = 0` that
/// restores `f = x` exactly.
///
/// Measured error at most 0.9 ulp.
#[inline(always)]
pub(crate) fn ln_1p<const FMA: bool>(x: f32) -> f32 {
    let sum = 1.0 + x;
    let x_part = sum - 1.0;
    let error = (1.0 - (sum - x_part)) + (x - x_part);
    let (exponent, m) = split(sum);
    // 2⁻ᵉ, by the subtraction of biased exponents. The error is zero for x > 2²⁵, and the power may not exist.
    let inverse_power = f32::from_bits(254_u32.wrapping_sub(exponent.to_bits()) << 23);
    let scale = if x < 33554432.0 { inverse_power } else { 0.0 };
    let f_high = m - 1.0;
    let f_low = error * scale;
    let f = f_high + f_low;
    let lost = (f_high - f) + f_low;
    let result = combine::<FMA>(exponent - EXPONENT_OFFSET, f, lost);
    let at_most_minus_one = if x == -1.0 { f32::NEG_INFINITY } else { f32::NAN };
    // ∞ is its own logarithm, and so is ±0, whose sign the sums have lost.
    let result = if x < f32::INFINITY { result } else { x };
    let result = if x == 0.0 { x } else { result };
    if x > -1.0 { result } else { at_most_minus_one }
}

/// `ln(1 + t)` for `t` in `[0, 1]`: a longer polynomial over `s ≤ 1/3` costs less than splitting off the exponent.
#[inline(always)]
pub(super) fn ln_1p_of_unit<const FMA: bool>(t: f32) -> f32 {
    let s = t / (2.0 + t);
    let z = s * s;
    let half_square = 0.5 * t * t;
    let rest = z * polynomial::<FMA, 4>(z, &ARTANH_TAIL_WIDE);
    t - madd::<FMA>(-s, half_square + rest, half_square)
}

#[cfg(test)]
mod tests {
    use crate::kernels::math::test_support::{assert_close_single, everywhere_single, grid_single};
    const LN: [fn(f32) -> f32; 2] = [super::ln::<true>, super::ln::<false>];
    const LN_1P: [fn(f32) -> f32; 2] = [super::ln_1p::<true>, super::ln_1p::<false>];

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
        assert_close_single(super::ln_1p_of_unit::<true>, f64::ln_1p, unit(), 2);
        assert_close_single(super::ln_1p_of_unit::<false>, f64::ln_1p, unit(), 2);
    }
}
