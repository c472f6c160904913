//! Distances between numbers.

use autodiff::Scalar;
use ndarray::ArrayD;

/// How many `f64` numbers lie between `a` and `b`; 0 for two NaNs, [`u64::MAX`] for one. The two zeros are one number.
///
/// ```
/// assert_eq!(tests::compare::ulps(1.0, 1.0 + f64::EPSILON), 1);
/// assert_eq!(tests::compare::ulps(-5e-324, 5e-324), 2);
/// assert_eq!(tests::compare::ulps(f64::NAN, 1.0), u64::MAX);
/// ```
pub fn ulps(a: f64, b: f64) -> u64 {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => 0,
        (false, false) => rank(a).abs_diff(rank(b)),
        _ => u64::MAX,
    }
}

/// The place of a number among all numbers, 0 for either zero.
fn rank(x: f64) -> i64 {
    let magnitude = (x.to_bits() & !(1 << 63)) as i64;
    if x.is_sign_negative() { -magnitude } else { magnitude }
}

/// `|found − wanted|` in parts of `scale`; 0 where the two are equal (infinities, NaNs and zero scales included).
pub fn relative_error(found: f64, wanted: f64, scale: f64) -> f64 {
    if found == wanted || (found.is_nan() && wanted.is_nan()) {
        return 0.0;
    }
    let error = (found - wanted).abs() / scale;
    if error.is_nan() { f64::INFINITY } else { error }
}

/// Asserts that two arrays have one shape and that each element of `found` is within `tolerance` of `wanted`'s, relative
/// to the element of `scale`: the sum of the magnitudes of the terms it is the sum of, so that what the terms cancel is
/// not asked for.
#[track_caller]
pub fn assert_close(found: &ArrayD<f64>, wanted: &ArrayD<f64>, scale: &ArrayD<f64>, tolerance: f64, what: &str) {
    assert_eq!(found.shape(), wanted.shape(), "{what}: shapes");
    for ((index, &found), (&wanted, &scale)) in found.indexed_iter().zip(wanted.iter().zip(scale)) {
        let error = relative_error(found, wanted, scale);
        assert!(error <= tolerance, "{what} at {index:?}: {found:e} for {wanted:e}, error {error:e} of {scale:e}");
    }
}

/// [`assert_close`] with each element's own magnitude as its scale.
#[track_caller]
pub fn assert_relative(found: &ArrayD<f64>, wanted: &ArrayD<f64>, tolerance: f64, what: &str) {
    assert_close(found, wanted, &wanted.mapv(f64::abs), tolerance, what);
}

/// [`assert_close`] for any scalar, with the largest magnitude of `wanted`, or 1, as the scale of all: they must be finite.
#[track_caller]
pub fn assert_near<T: Scalar>(found: &ArrayD<T>, wanted: &ArrayD<T>, tolerance: f64, what: &str) {
    let [found, wanted] = [found, wanted].map(|array| array.mapv(|x| x.to_f64().unwrap()));
    assert!(wanted.iter().all(|x| x.is_finite()), "{what}: {wanted} is not finite");
    let scale = wanted.iter().fold(1.0, |scale: f64, x| scale.max(x.abs()));
    assert_close(&found, &wanted, &wanted.mapv(|_| scale), tolerance, what);
}
