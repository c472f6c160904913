//! Hyperbolic functions: `tanh`, `sinh`, `cosh`.

use super::exp::{exp_m1_signless, tails};
use super::format::Format;

/// Hyperbolic tangent, `−E/(2 + E)` with `E = exp(−2|x|) − 1` and the sign of `x`.
///
/// The negative argument keeps `E` in `(−1, 0]`: no overflow and no cancellation.
///
/// Measured error at most 2.5 ulp.
#[inline(always)]
pub(crate) fn tanh<F: Format, const FMA: bool>(x: F) -> F {
    let e = exp_m1_signless::<_, FMA>(-F::TWO * x.abs());
    (-e / (F::TWO + e)).copysign(x)
}

/// `|x| = k·ln 2 + r` split for [`sinh`] and [`cosh`].
struct Parts<F> {
    /// `r` and the error of its rounding.
    r: F,
    r_error: F,
    /// `sinh r − r` and `cosh r − 1`.
    odd: F,
    even: F,
    /// `1 + 2⁻²ᵏ` and `1 − 2⁻²ᵏ`, which are `cosh` and `sinh` of `k·ln 2` over `2ᵏ⁻¹`.
    sum: F,
    difference: F,
    /// `2ᵏ⁻²`.
    quarter: F,
}

#[inline(always)]
fn parts<F: Format, const FMA: bool>(x: F) -> Parts<F> {
    let x = x.abs();
    // Both functions overflow a little earlier; here 2ᵏ⁻² is still finite.
    let x = if x > F::SINH_OVERFLOWS { F::SINH_OVERFLOWS } else { x };
    let biased = F::madd::<FMA>(x, F::LOG2_E, F::ROUNDER + (F::BIAS - F::TWO));
    let k = biased - (F::ROUNDER + (F::BIAS - F::TWO));
    let high = F::madd::<FMA>(k, -F::LN_2_HIGH, x);
    let low = k * F::LN_2_LOW;
    let r = high - low;
    let r_error = (high - r) - low;
    let (odd, even) = tails::<_, FMA>(r);
    // For large k 2⁻²ᵏ no longer counts; the bound keeps its exponent in range.
    let bounded = if k > F::POWER_IS_LOST_IN_ONE { F::POWER_IS_LOST_IN_ONE } else { k };
    let u = F::power_of_two(F::madd::<FMA>(bounded, -F::TWO, F::ROUNDER + F::BIAS));
    Parts { r, r_error, odd, even, sum: F::ONE + u, difference: F::ONE - u, quarter: F::power_of_two(biased) }
}

/// Hyperbolic sine, by the addition theorem: `sinh(k·ln 2 + r)` from `sinh` and `cosh` of both summands.
///
/// No division, and exact cancellation of the constant term at `k = 0`.
///
/// Measured error at most 1.4 ulp (`f32`: 1.3).
#[inline(always)]
pub(crate) fn sinh<F: Format, const FMA: bool>(x: F) -> F {
    let p = parts::<_, FMA>(x);
    let leading = p.r * p.sum;
    let head = p.difference + leading;
    let head_error = (p.difference - head) + leading;
    let tail = F::madd::<FMA>(p.even, p.difference, (p.odd + p.r_error) * p.sum);
    let m = head + (head_error + tail);
    // Doubling before scaling keeps subnormal results, where k = 0, exact.
    ((m + m) * p.quarter).copysign(x)
}

/// Hyperbolic cosine, by the addition theorem: `cosh(k·ln 2 + r)` from `sinh` and `cosh` of both summands.
///
/// Measured error at most 1.4 ulp (`f32`: 1.6).
#[inline(always)]
pub(crate) fn cosh<F: Format, const FMA: bool>(x: F) -> F {
    let p = parts::<_, FMA>(x);
    let leading = p.r * p.difference;
    let head = p.sum + leading;
    let head_error = (p.sum - head) + leading;
    let tail = F::madd::<FMA>(p.even, p.sum, (p.odd + p.r_error) * p.difference);
    let m = head + (head_error + tail);
    (m + m) * p.quarter
}

#[cfg(test)]
mod tests {
    use crate::kernels::math::test_support::{assert_close, everywhere, grid};
    const TANH: [fn(f64) -> f64; 2] = [super::tanh::<_, true>, super::tanh::<_, false>];
    const SINH: [fn(f64) -> f64; 2] = [super::sinh::<_, true>, super::sinh::<_, false>];
    const COSH: [fn(f64) -> f64; 2] = [super::cosh::<_, true>, super::cosh::<_, false>];

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

#[cfg(test)]
mod tests_single {
    use crate::kernels::math::test_support::{assert_close_single, everywhere_single, grid_single};
    const TANH: [fn(f32) -> f32; 2] = [super::tanh::<_, true>, super::tanh::<_, false>];
    const SINH: [fn(f32) -> f32; 2] = [super::sinh::<_, true>, super::sinh::<_, false>];
    const COSH: [fn(f32) -> f32; 2] = [super::cosh::<_, true>, super::cosh::<_, false>];

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
