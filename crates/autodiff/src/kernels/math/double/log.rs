//! Logarithms: `ln`, `ln_1p`.
//!
//! `x = 2ᵉ·(1 + f)` with `1 + f` in `[√½, √2)`. With `s = f/(2 + f)`, `ln(1 + f) = 2·artanh s = 2s + s·R(s²)`. The first
//! term is written as `f − f²/2 + s·f²/2`, whose largest part `f` is exact (Tang 1990, *Table-driven implementation of
//! the logarithm function*; the arrangement of Sun's fdlibm, 1993; Muller, *Elementary Functions*, 3rd ed., ch. 4).

use super::{LN_2_HIGH, LN_2_LOW, madd, polynomial};
use std::f64::consts::FRAC_1_SQRT_2;

/// `(2·artanh s − 2s)/s³` in powers of `s²` for `s ≤ (√2 − 1)/(√2 + 1)`; relative error 2⁻⁵⁸ in the logarithm.
const ARTANH_TAIL: [f64; 7] = [
    0.6666666666666734,
    0.3999999999941394,
    0.2857142874256639,
    0.22222198553419195,
    0.1818356542430405,
    0.15314020708444642,
    0.1479626516469374,
];

/// The same for `s ≤ 1/3`; relative error 2⁻⁵⁸ in the logarithm.
const ARTANH_TAIL_WIDE: [f64; 10] = [
    0.6666666666666631,
    0.40000000000157254,
    0.28571428547852296,
    0.22222223969824942,
    0.18181743921632348,
    0.1538655999483766,
    0.13300972609828818,
    0.12106094299016304,
    0.0834006482838336,
    0.17018646243296645,
];

const MANTISSA_MASK: u64 = 0x000f_ffff_ffff_ffff;
const ONE_BITS: u64 = 1.0_f64.to_bits();
const SQRT_HALF_BITS: u64 = FRAC_1_SQRT_2.to_bits();
/// The bits of 2⁵²: with a biased exponent in the low bits it is the number `2⁵² + exponent`.
const TWO_52_BITS: u64 = 4503599627370496.0_f64.to_bits();
/// Undoes [`TWO_52_BITS`] and the bias of the exponent.
const EXPONENT_OFFSET: f64 = 4503599627370496.0 + 1023.0;

/// `x = 2ᵉ·m` with `m` in `[√½, √2)`, for positive normal `x`: `(2⁵² + e + 1023, m)`.
///
/// Adding the distance from √½ to 1 to the bits lets the exponent step at √½ instead of at 1.
#[inline(always)]
fn split(x: f64) -> (f64, f64) {
    let stepped = x.to_bits().wrapping_add(ONE_BITS - SQRT_HALF_BITS);
    let exponent = f64::from_bits((stepped >> 52) | TWO_52_BITS);
    (exponent, f64::from_bits((stepped & MANTISSA_MASK) + SQRT_HALF_BITS))
}

/// `e·ln 2 + ln(1 + f) + low` for `1 + f` in `[√½, √2)`.
#[inline(always)]
fn combine<const FMA: bool>(e: f64, f: f64, low: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    let rest = z * polynomial::<FMA, 7>(z, &ARTANH_TAIL);
    let tail = madd::<FMA>(s, half_square + rest, madd::<FMA>(e, LN_2_LOW, low));
    madd::<FMA>(e, LN_2_HIGH, f - (half_square - tail))
}

/// Natural logarithm; −∞ at ±0, NaN for negative numbers.
///
/// Measured error at most 0.9 ulp.
#[inline(always)]
pub(crate) fn ln<const FMA: bool>(x: f64) -> f64 {
    // A subnormal is scaled by 2⁵⁴ first.
    let subnormal = x < f64::MIN_POSITIVE;
    let scaled = if subnormal { x * 18014398509481984.0 } else { x };
    let offset = if subnormal { EXPONENT_OFFSET + 54.0 } else { EXPONENT_OFFSET };
    let (exponent, m) = split(scaled);
    let result = combine::<FMA>(exponent - offset, m - 1.0, 0.0);
    let at_most_zero = if x == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    let result = if x < f64::INFINITY { result } else { x };
    if x > 0.0 { result } else { at_most_zero }
}

/// `ln(1 + x)`, accurate for small `x` too; −∞ at −1, NaN below.
///
/// The rounding error of `1 + x` (Knuth's two-sum, TAOCP 4.2.2) is scaled by `2⁻ᵉ` and added to `f`; at `e = 0` that
/// restores `f = x` exactly.
///
/// Measured error at most 0.9 ulp.
#[inline(always)]
pub(crate) fn ln_1p<const FMA: bool>(x: f64) -> f64 {
    let sum = 1.0 + x;
    let x_part = sum - 1.0;
    let error = (1.0 - (sum - x_part)) + (x - x_part);
    let (exponent, m) = split(sum);
    // 2⁻ᵉ, by the subtraction of biased exponents. The error is zero for x > 2⁵⁴, and the power may not exist.
    let inverse_power = f64::from_bits(2046_u64.wrapping_sub(exponent.to_bits()) << 52);
    let scale = if x < 18014398509481984.0 { inverse_power } else { 0.0 };
    let f_high = m - 1.0;
    let f_low = error * scale;
    let f = f_high + f_low;
    let lost = (f_high - f) + f_low;
    let result = combine::<FMA>(exponent - EXPONENT_OFFSET, f, lost);
    let at_most_minus_one = if x == -1.0 { f64::NEG_INFINITY } else { f64::NAN };
    // ∞ is its own logarithm, and so is ±0, whose sign the sums have lost.
    let result = if x < f64::INFINITY { result } else { x };
    let result = if x == 0.0 { x } else { result };
    if x > -1.0 { result } else { at_most_minus_one }
}

/// `ln(1 + t)` for `t` in `[0, 1]`: a longer polynomial over `s ≤ 1/3` costs less than splitting off the exponent.
#[inline(always)]
pub(super) fn ln_1p_of_unit<const FMA: bool>(t: f64) -> f64 {
    let s = t / (2.0 + t);
    let z = s * s;
    let half_square = 0.5 * t * t;
    let rest = z * polynomial::<FMA, 10>(z, &ARTANH_TAIL_WIDE);
    t - madd::<FMA>(-s, half_square + rest, half_square)
}

#[cfg(test)]
mod tests {
    use crate::kernels::math::test_support::{assert_close, everywhere, grid};
    const LN: [fn(f64) -> f64; 2] = [super::ln::<true>, super::ln::<false>];
    const LN_1P: [fn(f64) -> f64; 2] = [super::ln_1p::<true>, super::ln_1p::<false>];

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
        assert_close(super::ln_1p_of_unit::<true>, f64::ln_1p, unit(), 2);
        assert_close(super::ln_1p_of_unit::<false>, f64::ln_1p, unit(), 2);
    }
}
