//! Hyperbolic functions: `tanh`, `sinh`, `cosh`.

use super::exp::{exp_m1_signless, tails};
use super::{LN_2_HIGH, LN_2_LOW, ROUNDER, madd, power_of_two};
use std::f64::consts::LOG2_E;

/// Hyperbolic tangent, `−E/(2 + E)` with `E = exp(−2|x|) − 1` and the sign of `x`.
///
/// The negative argument keeps `E` in `(−1, 0]`: no overflow and no cancellation.
///
/// Measured error at most 2.5 ulp.
#[inline(always)]
pub(crate) fn tanh<const FMA: bool>(x: f64) -> f64 {
    let e = exp_m1_signless::<FMA>(-2.0 * x.abs());
    (-e / (2.0 + e)).copysign(x)
}

/// `|x| = k·ln 2 + r` taken apart for [`sinh`] and [`cosh`].
struct Parts {
    /// `r` and the error of its rounding.
    r: f64,
    r_error: f64,
    /// `sinh r − r` and `cosh r − 1`.
    odd: f64,
    even: f64,
    /// `1 + 2⁻²ᵏ` and `1 − 2⁻²ᵏ`, which are `cosh` and `sinh` of `k·ln 2` over `2ᵏ⁻¹`.
    sum: f64,
    difference: f64,
    /// `2ᵏ⁻²`.
    quarter: f64,
}

#[inline(always)]
fn parts<const FMA: bool>(x: f64) -> Parts {
    let x = x.abs();
    // Both functions overflow from 710.4758 on; here k = 1025 and 2ᵏ⁻² is still finite.
    let x = if x > 710.5 { 710.5 } else { x };
    let biased = madd::<FMA>(x, LOG2_E, ROUNDER + 1021.0);
    let k = biased - (ROUNDER + 1021.0);
    let high = madd::<FMA>(k, -LN_2_HIGH, x);
    let low = k * LN_2_LOW;
    let r = high - low;
    let r_error = (high - r) - low;
    let (odd, even) = tails::<FMA>(r);
    // 2⁻²ᵏ no longer counts from k = 27 on; the bound keeps its exponent in range.
    let bounded = if k > 500.0 { 500.0 } else { k };
    let u = power_of_two(madd::<FMA>(bounded, -2.0, ROUNDER + 1023.0));
    Parts { r, r_error, odd, even, sum: 1.0 + u, difference: 1.0 - u, quarter: power_of_two(biased) }
}

/// Hyperbolic sine, by the addition theorem: `sinh(k·ln 2 + r)` from `sinh` and `cosh` of both summands.
///
/// No division, and exact cancellation of the constant term at `k = 0`.
///
/// Measured error at most 1.4 ulp.
#[inline(always)]
pub(crate) fn sinh<const FMA: bool>(x: f64) -> f64 {
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
/// Measured error at most 1.4 ulp.
#[inline(always)]
pub(crate) fn cosh<const FMA: bool>(x: f64) -> f64 {
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
    use crate::kernels::math::test_support::{assert_close, everywhere, grid};
    const TANH: [fn(f64) -> f64; 2] = [super::tanh::<true>, super::tanh::<false>];
    const SINH: [fn(f64) -> f64; 2] = [super::sinh::<true>, super::sinh::<false>];
    const COSH: [fn(f64) -> f64; 2] = [super::cosh::<true>, super::cosh::<false>];

    #[test]
    fn close_to_std_everywhere() {
        // The functions of std are themselves off by up to two units.
        for i in 0..2 {
            assert_close(TANH[i], f64::tanh, everywhere().chain(grid(-25.0, 25.0, 20_000)), 4);
            assert_close(SINH[i], f64::sinh, everywhere().chain(grid(-25.0, 25.0, 20_000)), 3);
            assert_close(COSH[i], f64::cosh, everywhere().chain(grid(-25.0, 25.0, 20_000)), 3);
        }
    }

    #[test]
    fn overflow_begins_where_the_true_value_does() {
        for i in 0..2 {
            assert!(SINH[i](710.4758600739439) < f64::INFINITY);
            assert!(COSH[i](-710.4758600739439) < f64::INFINITY);
            assert_eq!(SINH[i](-710.475860073944), f64::NEG_INFINITY);
            assert_eq!(COSH[i](710.475860073944), f64::INFINITY);
            assert_eq!(SINH[i](f64::NEG_INFINITY), f64::NEG_INFINITY);
            assert_eq!(COSH[i](f64::NEG_INFINITY), f64::INFINITY);
            assert_eq!(TANH[i](f64::NEG_INFINITY), -1.0);
        }
    }

    #[test]
    fn odd_functions_are_the_identity_next_to_zero() {
        for function in SINH.into_iter().chain(TANH) {
            for x in [0.0, -0.0, f64::from_bits(1), -f64::from_bits(3), f64::MIN_POSITIVE, -1e-300] {
                assert_eq!(function(x).to_bits(), x.to_bits(), "at {x:e}");
            }
        }
    }

    #[test]
    fn nan_stays_nan() {
        for function in SINH.into_iter().chain(TANH).chain(COSH) {
            assert!(function(f64::NAN).is_nan());
        }
    }

    #[test]
    fn tanh_stays_within_one() {
        for tanh in TANH {
            assert!(grid(-40.0, 40.0, 50_000).all(|x| tanh(x).abs() <= 1.0));
        }
    }
}
