//! Sine and cosine.
//!
//! Argument reduction by Cody & Waite (1980): `x = n·π/2 + r` with `|r| ≤ π/4`, where `π/2` is a sum of three numbers and
//! the products of `n` with the first two are exact up to [`TRIG_BOUND`]. `r` is kept with the error of its rounding, so
//! results next to a zero have full relative accuracy. Larger arguments need the reduction of Payne & Hanek (1983),
//! which doesn't vectorise: the slice functions leave those lanes to `std`.

use super::{ROUNDER, madd, polynomial};
use std::f64::consts::FRAC_2_PI;

/// [`sin_bounded`] and [`cos_bounded`] hold for `|x|` up to here: `n` then has 16 bits.
pub(crate) const TRIG_BOUND: f64 = 1e5;

/// `π/2` to 37 bits, then 37 more, then 53 more: the first two times a 16-bit integer are exact.
const HALF_PI_HIGH: f64 = 1.5707963267923333;
const HALF_PI_MIDDLE: f64 = 2.5633441515839558e-12;
const HALF_PI_LOW: f64 = 1.0562999066987428e-23;

/// `(sin r − r)/r³` in powers of `r²` for `|r| ≤ π/4`; relative error 2⁻⁵⁷ in `sin r`.
const SIN_TAIL: [f64; 6] = [
    -0.16666666666666632,
    0.008333333333322413,
    -0.00019841269829807778,
    2.755731369191555e-06,
    -2.5050758115698192e-08,
    1.5896795713489568e-10,
];

/// `(cos r − 1 + r²/2)/r⁴` in powers of `r²` for `|r| ≤ π/4`; error 2⁻⁵⁹ in `cos r`.
const COS_TAIL: [f64; 6] = [
    0.0416666666666666,
    -0.0013888888888874125,
    2.480158728948234e-05,
    -2.7557314352372173e-07,
    2.0875723278132235e-09,
    -1.13596480422716e-11,
];

/// `sin r`, `cos r` and the quadrant `n` in the low two bits, for `|x| ≤` [`TRIG_BOUND`].
#[inline(always)]
fn reduced<const FMA: bool>(x: f64) -> (f64, f64, u64) {
    let shifted = madd::<FMA>(x, FRAC_2_PI, ROUNDER);
    let n = shifted - ROUNDER;
    let high = madd::<FMA>(n, -HALF_PI_HIGH, x);
    let product = n * HALF_PI_MIDDLE;
    let middle = high - product;
    let middle_error = (high - middle) - product;
    let low = madd::<FMA>(n, -HALF_PI_LOW, middle_error);
    let r = middle + low;
    let r_error = (middle - r) + low;
    let z = r * r;
    let half = 0.5 * z;
    // sin(r + δ) ≈ sin r + δ·(1 − r²/2) and cos(r + δ) ≈ cos r − δ·r suffice for the last place.
    let head = 1.0 - half;
    let sin = r + madd::<FMA>(r * z, polynomial::<FMA, 6>(z, &SIN_TAIL), head * r_error);
    let head_error = (1.0 - head) - half;
    let cos = head + (head_error + madd::<FMA>(z * z, polynomial::<FMA, 6>(z, &COS_TAIL), -r * r_error));
    (sin, cos, shifted.to_bits())
}

/// `value` with its sign turned over in the quadrants 2 and 3.
#[inline(always)]
fn signed(value: f64, quadrant: u64) -> f64 {
    f64::from_bits(value.to_bits() ^ ((quadrant & 2) << 62))
}

/// Sine for `|x| ≤` [`TRIG_BOUND`]; a NaN gives a NaN, any other argument a meaningless number.
///
/// Measured error at most 0.8 ulp.
#[inline(always)]
pub(crate) fn sin_bounded<const FMA: bool>(x: f64) -> f64 {
    let (sin, cos, quadrant) = reduced::<FMA>(x);
    let result = signed(if quadrant & 1 == 0 { sin } else { cos }, quadrant);
    if x == 0.0 { x } else { result } // the sums lose the sign of zero
}

/// Cosine for `|x| ≤` [`TRIG_BOUND`]; a NaN gives a NaN, any other argument a meaningless number.
///
/// Measured error at most 0.8 ulp.
#[inline(always)]
pub(crate) fn cos_bounded<const FMA: bool>(x: f64) -> f64 {
    let (sin, cos, quadrant) = reduced::<FMA>(x);
    signed(if quadrant & 1 == 0 { cos } else { sin }, quadrant.wrapping_add(1))
}

/// Whether some lane needs the slow path. A NaN doesn't: the fast one hands it on.
#[inline(always)]
fn any_beyond_bound(x: &[f64]) -> bool {
    // No early exit, so that the loop vectorises.
    x.iter().fold(false, |beyond, v| beyond | (v.abs() > TRIG_BOUND))
}

/// `out[i] = sin(x[i])`, for as many as both slices have.
///
/// A lane's result doesn't depend on its neighbours: those within the bound take the fast formula either way.
#[inline(always)]
pub(crate) fn sin_slice<const FMA: bool>(x: &[f64], out: &mut [f64]) {
    if !any_beyond_bound(x) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = sin_bounded::<FMA>(x);
        }
    } else {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = if x.abs() > TRIG_BOUND { x.sin() } else { sin_bounded::<FMA>(x) };
        }
    }
}

/// `out[i] = cos(x[i])`, for as many as both slices have; see [`sin_slice`].
#[inline(always)]
pub(crate) fn cos_slice<const FMA: bool>(x: &[f64], out: &mut [f64]) {
    if !any_beyond_bound(x) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = cos_bounded::<FMA>(x);
        }
    } else {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = if x.abs() > TRIG_BOUND { x.cos() } else { cos_bounded::<FMA>(x) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TRIG_BOUND, cos_bounded, cos_slice, sin_bounded, sin_slice};
    use crate::kernels::math::test_support::{assert_close, everywhere, grid};
    use std::f64::consts::FRAC_PI_2;

    /// Also the neighbours of multiples of π/2, where the reduction cancels most.
    fn points() -> impl Iterator<Item = f64> {
        let zeros = (1..63_000).step_by(7).map(|n| f64::from(n) * FRAC_PI_2);
        let tiny = everywhere().filter(|x| x.abs() <= TRIG_BOUND || x.is_nan());
        grid(-TRIG_BOUND, TRIG_BOUND, 20_001).chain(grid(-7.0, 7.0, 20_000)).chain(zeros).chain(tiny)
    }

    #[test]
    fn close_to_std_within_the_bound() {
        assert_close(sin_bounded::<true>, f64::sin, points(), 1);
        assert_close(sin_bounded::<false>, f64::sin, points(), 1);
        assert_close(cos_bounded::<true>, f64::cos, points(), 1);
        assert_close(cos_bounded::<false>, f64::cos, points(), 1);
    }

    #[test]
    fn sine_is_the_identity_next_to_zero() {
        for x in [0.0, -0.0, f64::from_bits(1), -f64::from_bits(3), f64::MIN_POSITIVE, -1e-300] {
            assert_eq!(sin_bounded::<true>(x).to_bits(), x.to_bits(), "at {x:e}");
            assert_eq!(cos_bounded::<true>(x), 1.0);
        }
    }

    #[test]
    fn slices_take_any_argument_and_lanes_are_independent() {
        let x = [0.5, 1e10, -3.0, f64::INFINITY, f64::NAN, 1e300, TRIG_BOUND, -0.0];
        let (mut sin, mut cos) = ([9.0; 8], [9.0; 8]);
        sin_slice::<false>(&x, &mut sin);
        cos_slice::<false>(&x, &mut cos);
        for (i, &x) in x.iter().enumerate() {
            let (mut alone_sin, mut alone_cos) = ([9.0], [9.0]);
            sin_slice::<false>(&[x], &mut alone_sin);
            cos_slice::<false>(&[x], &mut alone_cos);
            assert!(sin[i] == alone_sin[0] || sin[i].is_nan() && alone_sin[0].is_nan(), "at {x}");
            assert!(cos[i] == alone_cos[0] || cos[i].is_nan() && alone_cos[0].is_nan(), "at {x}");
            assert_close(|_| sin[i], f64::sin, [x], 1);
            assert_close(|_| cos[i], f64::cos, [x], 1);
        }
    }
}
