//! Measures and sample points for the tests of this module.

/// How many representable numbers `a` and `b` are apart; two NaNs count as equal, as do the zeros.
pub(crate) fn ulps(a: f64, b: f64) -> u64 {
    let ordered = |x: f64| {
        let bits = x.to_bits() as i64;
        if bits < 0 { i64::MIN - bits } else { bits }
    };
    if a.is_nan() || b.is_nan() {
        return if a.is_nan() && b.is_nan() { 0 } else { u64::MAX };
    }
    if a.is_infinite() != b.is_infinite() {
        return u64::MAX;
    }
    ordered(a).abs_diff(ordered(b))
}

/// [`ulps`] for `f32`.
pub(crate) fn ulps_single(a: f32, b: f32) -> u32 {
    let ordered = |x: f32| {
        let bits = x.to_bits() as i32;
        if bits < 0 { i32::MIN - bits } else { bits }
    };
    if a.is_nan() || b.is_nan() {
        return if a.is_nan() && b.is_nan() { 0 } else { u32::MAX };
    }
    if a.is_infinite() != b.is_infinite() {
        return u32::MAX;
    }
    ordered(a).abs_diff(ordered(b))
}

/// Fails unless `function` stays within `bound` ulps of `expected` at every point.
pub(crate) fn assert_close(
    function: impl Fn(f64) -> f64,
    expected: impl Fn(f64) -> f64,
    points: impl IntoIterator<Item = f64>,
    bound: u64,
) {
    for x in points {
        let (got, want) = (function(x), expected(x));
        assert!(ulps(got, want) <= bound, "at {x:e}: {got:e} for {want:e}");
    }
}

/// [`assert_close`] for `f32`; `expected` is computed in `f64` and rounded.
pub(crate) fn assert_close_single(
    function: impl Fn(f32) -> f32,
    expected: impl Fn(f64) -> f64,
    points: impl IntoIterator<Item = f32>,
    bound: u32,
) {
    for x in points {
        let (got, want) = (function(x), expected(f64::from(x)) as f32);
        assert!(ulps_single(got, want) <= bound, "at {x:e}: {got:e} for {want:e}");
    }
}

/// Numbers of every binade and both signs, with subnormals, zeros, infinities and NaNs among them.
pub(crate) fn everywhere() -> impl Iterator<Item = f64> {
    (0..=u64::MAX).step_by(0x0000_7a3d_19c5_4b21).map(f64::from_bits).chain([
        0.0,
        -0.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::from_bits(1),
        f64::MIN_POSITIVE,
        f64::MAX,
    ])
}

/// [`everywhere`] for `f32`.
pub(crate) fn everywhere_single() -> impl Iterator<Item = f32> {
    (0..=u32::MAX).step_by(10_007).map(f32::from_bits).chain([
        0.0,
        -0.0,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::from_bits(1),
        f32::MIN_POSITIVE,
        f32::MAX,
    ])
}

/// `n + 1` equidistant points from `from` to `to`.
pub(crate) fn grid(from: f64, to: f64, n: u32) -> impl Iterator<Item = f64> {
    (0..=n).map(move |i| from + (to - from) * f64::from(i) / f64::from(n))
}

/// [`grid`] for `f32`.
pub(crate) fn grid_single(from: f32, to: f32, n: u32) -> impl Iterator<Item = f32> {
    grid(f64::from(from), f64::from(to), n).map(|x| x as f32)
}
