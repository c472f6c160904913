//! Hyperbolic functions: `tanh`, `sinh`, `cosh`.

use super::exp::{exp_m1_signless, tails};
use super::{LN_2_HIGH, LN_2_LOW, ROUNDER, madd, power_of_two};
use std::f32::consts::LOG2_E;

/// Hyperbolic tangent, `−E/(2 + E)` with `E = exp(−2|x|) − 1` and the sign of `x`.
///
/// The negative argument keeps `E` in `(−1, 0]`: no overflow and no cancellation.
///
/// Measured error at most 2.5 ulp.
#[inline(always)]
pub(crate) fn tanh<const FMA: bool>(x: f32) -> f32 {
    let e = exp_m1_signless::<FMA>(-2.0 * x.abs());
    (-e / (2.0 + e)).copysign(x)
}

/// `|x| = k·ln 2 + r` taken apart for [`sinh`] and [`cosh`].
struct Parts {
    /// `r` and the error of its rounding.
    r: f32,
    r_error: f32,
    /// `sinh r − r` and `cosh r − 1`.
    odd: f32,
    even: f32,
    /// `1 + 2⁻²ᵏ` and `1 − 2⁻²ᵏ`, which are `cosh` and `sinh` of `k·ln 2` over `2ᵏ⁻¹`.
    sum: f32,
    difference: f32,
    /// `2ᵏ⁻²`.
    quarter: f32,
}

#[inline(always)]
fn parts<const FMA: bool>(x: f32) -> Parts {
    let x = x.abs();
    // Both functions overflow from 89.416 on; here k = 129 and 2ᵏ⁻² is still finite.
    let x = if x > 89.5 { 89.5 } else { x };
    let biased = madd::<FMA>(x, LOG2_E, ROUNDER + 125.0);
    let k = biased - (ROUNDER + 125.0);
    let high = madd::<FMA>(k, -LN_2_HIGH, x);
    let low = k * LN_2_LOW;
    let r = high - low;
    let r_error = (high - r) - low;
    let (odd, even) = tails::<FMA>(r);
    // 2⁻²ᵏ no longer counts from k = 13 on; the bound keeps its exponent in range.
    let bounded = if k > 60.0 { 60.0 } else { k };
    let u = power_of_two(madd::<FMA>(bounded, -2.0, ROUNDER + 127.0));
    Parts { r, r_error, odd, even, sum: 1.0 + u, difference: 1.0 - u, quarter: power_of_two(biased) }
}

/// Hyperbolic sine, by the addition theorem: `sinh(k·ln 2 + r)` from `sinh` and `cosh` of both summands.
///
/// No division, and exact cancellation of the constant term at `k = 0`.
///
/// Measured error at most 1.3 ulp.
#[inline(always)]
pub(crate) fn sinh<const FMA: bool>(x: f32) -> f32 {
    let p = parts::<FMA>(x);
    let leading = p.r * p.sum;
    let head = p.difference + leading;
    let head_error = (p.difference - head) + leading;
    let tail = madd::<FMA>(p.even, p.difference, (p.odd + p.r_error) * p.sum);
    let m = head + (head_error + tail);
    // Doubling before scaling keeps subnormal results, where k = 0, exact.
    ((m + m) * p.quarter).copysign(x)
}

/// Hyperbolic cosine, by the addition theorem: `cosh(k·ln 2 + r)` from `sinh` and `cosh` of both summands.
///
/// Measured error at most 1.6 ulp.
#[inline(always)]
pub(crate) fn cosh<const FMA: bool>(x: f32) -> f32 {
    let p = parts::<FMA>(x);
    let leading = p.r * p.difference;
    let head = p.sum + leading;
    let head_error = (p.sum - head) + leading;
    let tail = madd::<FMA>(p.even, p.sum, (p.odd + p.r_error) * p.difference);
    let m = head + (head_error + tail);
    (m + m) * p.quarter
}

#[cfg(test)]
mod tests {
    use crate::kernels::math::test_support::{assert_close_single, everywhere_single, grid_single};
    const TANH: [fn(f32) -> f32; 2] = [super::tanh::<true>, super::tanh::<false>];
    const SINH: [fn(f32) -> f32; 2] = [super::sinh::<true>, super::sinh::<false>];
    const COSH: [fn(f32) -> f32; 2] = [super::cosh::<true>, super::cosh::<false>];

    #[test]
    fn close_to_std_everywhere() {
        for i in 0..2 {
            assert_close_single(TANH[i], f64::tanh, everywhere_single().chain(grid_single(-25.0, 25.0, 20_000)), 4);
            assert_close_single(SINH[i], f64::sinh, everywhere_single().chain(grid_single(-25.0, 25.0, 20_000)), 3);
            assert_close_single(COSH[i], f64::cosh, everywhere_single().chain(grid_single(-25.0, 25.0, 20_000)), 3);
        }
    }

    #[test]
    fn overflow_begins_where_the_true_value_does() {
        for i in 0..2 {
            assert!(SINH[i](89.41598) < f32::INFINITY);
            assert!(COSH[i](-89.41598) < f32::INFINITY);
            assert_eq!(SINH[i](-89.41599), f32::NEG_INFINITY);
            assert_eq!(COSH[i](89.41599), f32::INFINITY);
            assert_eq!(SINH[i](f32::NEG_INFINITY), f32::NEG_INFINITY);
            assert_eq!(COSH[i](f32::NEG_INFINITY), f32::INFINITY);
            assert_eq!(TANH[i](f32::NEG_INFINITY), -1.0);
        }
    }

    #[test]
    fn odd_functions_are_the_identity_next_to_zero() {
        for function in SINH.into_iter().chain(TANH) {
            for x in [0.0, -0.0, f32::from_bits(1), -f32::from_bits(3), f32::MIN_POSITIVE, -1e-40] {
                assert_eq!(function(x).to_bits(), x.to_bits(), "at {x:e}");
            }
        }
    }

    #[test]
    fn nan_stays_nan() {
        for function in SINH.into_iter().chain(TANH).chain(COSH) {
            assert!(function(f32::NAN).is_nan());
        }
    }

    #[test]
    fn tanh_stays_within_one() {
        for tanh in TANH {
            assert!(grid_single(-20.0, 20.0, 50_000).all(|x| tanh(x).abs() <= 1.0));
        }
    }
}
