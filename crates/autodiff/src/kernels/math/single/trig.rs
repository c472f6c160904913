//! Sine and cosine.
//!
//! Argument reduction by Cody & Waite (1980) in `f64`, which holds `x − n·π/2` without loss of accuracy up to
//! [`TRIG_BOUND`]; the polynomials are in `f32`. The slice functions leave larger arguments to `std`.

use super::super::double;
use super::{madd, polynomial};
use std::f64::consts::FRAC_2_PI;

/// [`sin_bounded`] and [`cos_bounded`] hold for `|x|` up to here: `n` then has 16 bits.
pub(crate) const TRIG_BOUND: f32 = 1e5;

/// `π/2` to 37 bits, then 53 more: the first times a 16-bit integer is exact.
const HALF_PI_HIGH: f64 = 1.5707963267923333;
const HALF_PI_LOW: f64 = 2.563344151594519e-12;

/// `1.5·2⁵²`, as in [`double`]: rounds to an integer and leaves it in the low bits.
const ROUNDER: f64 = 6755399441055744.0;

/// `(sin r − r)/r³` in powers of `r²` for `|r| ≤ π/4`; relative error 2⁻²⁷ in `sin r`.
const SIN_TAIL: [f32; 3] = [-0.16666655, 0.008332178, -0.00019517235];

/// `(cos r − 1 + r²/2)/r⁴` in powers of `r²` for `|r| ≤ π/4`; error 2⁻³⁰ in `cos r`.
const COS_TAIL: [f32; 3] = [0.041666646, -0.0013887367, 2.4438381e-05];

/// `sin r`, `cos r` and the quadrant `n` in the low two bits, for `|x| ≤` [`TRIG_BOUND`].
#[inline(always)]
fn reduced<const FMA: bool>(x: f32) -> (f32, f32, u32) {
    let wide = f64::from(x);
    let shifted = double::madd::<FMA>(wide, FRAC_2_PI, ROUNDER);
    let n = shifted - ROUNDER;
    let r = double::madd::<FMA>(n, -HALF_PI_LOW, double::madd::<FMA>(n, -HALF_PI_HIGH, wide)) as f32;
    let z = r * r;
    let sin = madd::<FMA>(r * z, polynomial::<FMA, 3>(z, &SIN_TAIL), r);
    let half = 0.5 * z;
    let head = 1.0 - half;
    let head_error = (1.0 - head) - half;
    let cos = head + madd::<FMA>(z * z, polynomial::<FMA, 3>(z, &COS_TAIL), head_error);
    (sin, cos, shifted.to_bits() as u32)
}

/// `value` with its sign turned over in the quadrants 2 and 3.
#[inline(always)]
fn signed(value: f32, quadrant: u32) -> f32 {
    f32::from_bits(value.to_bits() ^ ((quadrant & 2) << 30))
}

/// Sine for `|x| ≤` [`TRIG_BOUND`]; a NaN gives a NaN, any other argument a meaningless number.
///
/// Measured error at most 1.6 ulp.
#[inline(always)]
pub(crate) fn sin_bounded<const FMA: bool>(x: f32) -> f32 {
    let (sin, cos, quadrant) = reduced::<FMA>(x);
    let result = signed(if quadrant & 1 == 0 { sin } else { cos }, quadrant);
    if x == 0.0 { x } else { result } // the sums lose the sign of zero
}

/// Cosine for `|x| ≤` [`TRIG_BOUND`]; a NaN gives a NaN, any other argument a meaningless number.
///
/// Measured error at most 1.5 ulp.
#[inline(always)]
pub(crate) fn cos_bounded<const FMA: bool>(x: f32) -> f32 {
    let (sin, cos, quadrant) = reduced::<FMA>(x);
    signed(if quadrant & 1 == 0 { cos } else { sin }, quadrant.wrapping_add(1))
}

/// Whether some lane needs the slow path. A NaN doesn't: the fast one hands it on.
#[inline(always)]
fn any_beyond_bound(x: &[f32]) -> bool {
    // No early exit, so that the loop vectorises.
    x.iter().fold(false, |beyond, v| beyond | (v.abs() > TRIG_BOUND))
}

/// `out[i] = sin(x[i])`, for as many as both slices have.
///
/// A lane's result doesn't depend on its neighbours: those within the bound take the fast formula either way.
#[inline(always)]
pub(crate) fn sin_slice<const FMA: bool>(x: &[f32], out: &mut [f32]) {
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
pub(crate) fn cos_slice<const FMA: bool>(x: &[f32], out: &mut [f32]) {
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
    use crate::kernels::math::test_support::{assert_close_single, everywhere_single, grid_single};
    use std::f32::consts::FRAC_PI_2;

    /// Also the neighbours of multiples of π/2, where the reduction cancels most.
    fn points() -> impl Iterator<Item = f32> {
        let zeros = (1..63_000).step_by(7).map(|n| n as f32 * FRAC_PI_2);
        let tiny = everywhere_single().filter(|x| x.abs() <= TRIG_BOUND || x.is_nan());
        grid_single(-TRIG_BOUND, TRIG_BOUND, 20_001).chain(grid_single(-7.0, 7.0, 20_000)).chain(zeros).chain(tiny)
    }

    #[test]
    fn close_to_std_within_the_bound() {
        assert_close_single(sin_bounded::<true>, f64::sin, points(), 1);
        assert_close_single(sin_bounded::<false>, f64::sin, points(), 1);
        assert_close_single(cos_bounded::<true>, f64::cos, points(), 1);
        assert_close_single(cos_bounded::<false>, f64::cos, points(), 1);
    }

    #[test]
    fn sine_is_the_identity_next_to_zero() {
        for x in [0.0, -0.0, f32::from_bits(1), -f32::from_bits(3), f32::MIN_POSITIVE, -1e-40] {
            assert_eq!(sin_bounded::<true>(x).to_bits(), x.to_bits(), "at {x:e}");
            assert_eq!(cos_bounded::<true>(x), 1.0);
        }
    }

    #[test]
    fn slices_take_any_argument_and_lanes_are_independent() {
        let x = [0.5, 1e10, -3.0, f32::INFINITY, f32::NAN, 1e30, TRIG_BOUND, -0.0];
        let (mut sin, mut cos) = ([9.0; 8], [9.0; 8]);
        sin_slice::<false>(&x, &mut sin);
        cos_slice::<false>(&x, &mut cos);
        for (i, &x) in x.iter().enumerate() {
            let (mut alone_sin, mut alone_cos) = ([9.0], [9.0]);
            sin_slice::<false>(&[x], &mut alone_sin);
            cos_slice::<false>(&[x], &mut alone_cos);
            assert!(sin[i] == alone_sin[0] || sin[i].is_nan() && alone_sin[0].is_nan(), "at {x}");
            assert!(cos[i] == alone_cos[0] || cos[i].is_nan() && alone_cos[0].is_nan(), "at {x}");
            assert_close_single(|_| sin[i], f64::sin, [x], 1);
            assert_close_single(|_| cos[i], f64::cos, [x], 1);
        }
    }
}
