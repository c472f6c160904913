//! The error function's family and the normal distribution's: `erf`, `erfc`, `erfcx`, `e^(−x²)`, φ, Φ, ln Φ and its slope.
//!
//! All rest on the scaled complement `erfcx(x) = e^(x²)·erfc(x)` for `x ≥ 0`, which falls from 1 to 0 like `1/x`: with
//! `t = (x − 3)/(x + 3)` in `[−1, 1]`, `(1 + 2x)·erfcx(x)` is one polynomial in `t` for all x (Shepherd & Laframboise 1981,
//! *Chebyshev approximation of (1 + 2x)exp(x²)erfc x in 0 ≤ x < ∞*; the coefficients here are of a shorter one, computed
//! with 60 digits). The tails are its products with `e^(−x²)`, whose argument is kept to twice the digits: an error of half
//! an ulp in `x²` would be one of `x²` ulp in the exponential.

use super::super::exp::exp_of_negative;
use super::super::log::{ln, ln_1p};
use super::{madd, polynomial};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, SQRT_2};

/// `(½ + x)·erfcx(x)` in powers of `t = (x − 3)/(x + 3)`.
const SCALED: [f64; 25] = [
    0.6265040291348648,
    -0.06781055306229058,
    -0.0237811471767246,
    0.0648225793513797,
    -0.05963683170769319,
    0.03415401367200495,
    -0.01188525745858567,
    0.0012646959078469848,
    0.0009443451724995859,
    -0.0003899161348271653,
    -5.2579859792240326e-05,
    6.254967122918645e-05,
    2.4745983249841725e-06,
    -1.0050271134262806e-05,
    -3.654140734391807e-07,
    1.736185472488584e-06,
    1.7788043342040298e-07,
    -3.083005730199363e-07,
    -7.023827157714231e-08,
    5.091810301921368e-08,
    2.0532006833970177e-08,
    -6.6564598305193435e-09,
    -4.108797529355727e-09,
    4.931266755172794e-10,
    4.1968674293454387e-10,
];

/// `(x + 2)·(1/R(x) − x)` in powers of `t = (x − 4)/(x + 4)`, with Mills' ratio `R(x) = Φ(−x)/φ(x)`.
const RESIDUAL: [f64; 31] = [
    1.3536428669368263,
    -0.43543908716051766,
    0.005916402474851724,
    0.1511276218936877,
    -0.08678888662834532,
    -0.009278372131857235,
    0.032168312522060545,
    -0.0076862088190701346,
    -0.008566555876387457,
    0.004848910432457071,
    0.0017101623171571355,
    -0.0019577375529215776,
    -0.0001753006822256123,
    0.000647821597993205,
    -5.0614884788020424e-05,
    -0.0001850263377479431,
    4.113507725528383e-05,
    4.531959347292494e-05,
    -1.7479549072941414e-05,
    -8.857819344619272e-06,
    5.852603878997115e-06,
    1.000195110700117e-06,
    -1.6745723975184637e-06,
    1.415794708595925e-07,
    4.143180747531124e-07,
    -1.1177627394470238e-07,
    -8.499696566959283e-08,
    2.8612395948586016e-08,
    1.2766014512679434e-08,
    -3.1097206341070494e-09,
    -1.023071492698955e-09,
];

/// `erf(x)/x` in powers of `x²` for `|x| ≤ 1`.
const ERF: [f64; 13] = [
    FRAC_2_SQRT_PI,
    -0.3761263890318375,
    0.11283791670954882,
    -0.026866170645077334,
    0.005223977624823223,
    -0.0008548326981129666,
    0.00012055331122299266,
    -1.4925595519506043e-05,
    1.6461004480962034e-06,
    -1.6350354461959655e-07,
    1.4660051998394848e-08,
    -1.1373902296430911e-09,
    5.958930743134941e-11,
];

/// `1/√(2π)`.
const PEAK: f64 = 0.3989422804014327;
/// `√(2/π)`.
const SQRT_FRAC_2_PI: f64 = 0.7978845608028654;

/// `(x − middle)/(x + middle)` for `x ≥ 0`, 1 at ∞ too.
#[inline(always)]
fn position(x: f64, middle: f64) -> f64 {
    let x = if x > 1e18 { 1e18 } else { x };
    (x - middle) / (x + middle)
}

/// `erfcx(x)` for `x ≥ 0`.
#[inline(always)]
fn erfcx_nonnegative<const FMA: bool>(x: f64) -> f64 {
    let t = position(x, 3.0);
    polynomial::<FMA, 25>(t, &SCALED) / (x + 0.5)
}

/// `erfcx(x/√2)` for `x ≥ 0`, which is `√(2/π)·R(x)` with Mills' ratio R.
#[inline(always)]
fn mills<const FMA: bool>(x: f64) -> f64 {
    let t = position(x, 3.0 * SQRT_2);
    polynomial::<FMA, 25>(t, &SCALED) / madd::<FMA>(x, FRAC_1_SQRT_2, 0.5)
}

/// `x²` as a rounded square and its error (Dekker 1971), for `|x|` up to 40, where `e^(−x²/2)` is 0 already.
#[inline(always)]
fn square<const FMA: bool>(x: f64) -> (f64, f64) {
    let x = x.abs();
    let x = if x > 40.0 { 40.0 } else { x };
    let high = x * x;
    let low = if FMA {
        x.mul_add(x, -high)
    } else {
        let split = 134217729.0 * x; // 2²⁷ + 1
        let head = split - (split - x);
        let tail = x - head;
        ((head * head - high) + 2.0 * head * tail) + tail * tail
    };
    (high, low)
}

/// `e^(−x²)`.
///
/// Measured error at most 1.5 ulp.
#[inline(always)]
pub(crate) fn gaussian<const FMA: bool>(x: f64) -> f64 {
    let (high, low) = square::<FMA>(x);
    let y = exp_of_negative::<_, FMA>(-high);
    madd::<FMA>(y, -low, y)
}

/// `e^(−x²/2)`.
#[inline(always)]
fn half_gaussian<const FMA: bool>(x: f64) -> f64 {
    let (high, low) = square::<FMA>(x);
    let y = exp_of_negative::<_, FMA>(-0.5 * high);
    madd::<FMA>(y, -0.5 * low, y)
}

/// The normal density `φ(x) = e^(−x²/2)/√(2π)`.
///
/// Measured error at most 2.4 ulp.
#[inline(always)]
pub(crate) fn norm_pdf<const FMA: bool>(x: f64) -> f64 {
    half_gaussian::<FMA>(x) * PEAK
}

/// `erf(x)` for `|x| ≤ 1`.
#[inline(always)]
fn erf_near_zero<const FMA: bool>(x: f64) -> f64 {
    x * polynomial::<FMA, 13>(x * x, &ERF)
}

/// The error function `2/√π·∫₀ˣ e^(−u²) du`.
///
/// Measured error at most 2.0 ulp.
#[inline(always)]
pub(crate) fn erf<const FMA: bool>(x: f64) -> f64 {
    let magnitude = x.abs();
    let near = erf_near_zero::<FMA>(if magnitude > 1.0 { 1.0 } else { x });
    let far = 1.0 - gaussian::<FMA>(x) * erfcx_nonnegative::<FMA>(magnitude);
    if magnitude < 1.0 { near } else { far.copysign(x) }
}

/// `1 − erf(x)`, without cancellation for large x.
///
/// Measured error at most 3.6 ulp.
#[inline(always)]
pub(crate) fn erfc<const FMA: bool>(x: f64) -> f64 {
    let magnitude = x.abs();
    let near = 1.0 - erf_near_zero::<FMA>(if magnitude > 1.0 { 1.0 } else { x });
    let tail = gaussian::<FMA>(x) * erfcx_nonnegative::<FMA>(magnitude);
    let far = if x < 0.0 { 2.0 - tail } else { tail };
    if magnitude < 0.5 { near } else { far }
}

/// `e^(x²)·erfc(x)`; overflows from −26.6 on down.
///
/// Measured error at most 4.1 ulp.
#[inline(always)]
pub(crate) fn erfcx<const FMA: bool>(x: f64) -> f64 {
    let right = erfcx_nonnegative::<FMA>(x.abs());
    let left = 2.0 / gaussian::<FMA>(x) - right;
    if x < 0.0 { left } else { right }
}

/// The normal distribution function `Φ(x)`, of full relative accuracy in the left tail.
///
/// Measured error at most 4.6 ulp.
#[inline(always)]
pub(crate) fn norm_cdf<const FMA: bool>(x: f64) -> f64 {
    let magnitude = x.abs();
    let near = madd::<FMA>(0.5, erf_near_zero::<FMA>(if magnitude > 1.0 { 1.0 } else { x * FRAC_1_SQRT_2 }), 0.5);
    let tail = half_gaussian::<FMA>(x) * (0.5 * mills::<FMA>(magnitude));
    let far = if x > 0.0 { 1.0 - tail } else { tail };
    if magnitude < 0.7 { near } else { far }
}

/// `ln Φ(x)`, of full relative accuracy in both tails: `−x²/2 + ln(R(−x)/√(2π))` on the left, `ln(1 − Φ(−x))` on the
/// right.
///
/// Measured error at most 4.2 ulp.
#[inline(always)]
pub(crate) fn log_norm_cdf<const FMA: bool>(x: f64) -> f64 {
    let left = ln::<_, FMA>(0.5 * mills::<FMA>(x.abs())) - 0.5 * x * x;
    // NaN fails the comparison and is carried by the right side.
    let right = ln_1p::<_, FMA>(-norm_cdf::<FMA>(-x));
    if x < -0.7 { left } else { right }
}

/// `φ(x)/Φ(x)`, the slope of `ln Φ` (the inverse of Mills' ratio at −x).
///
/// Measured error at most 4.1 ulp.
#[inline(always)]
pub(crate) fn norm_hazard<const FMA: bool>(x: f64) -> f64 {
    let left = SQRT_FRAC_2_PI / mills::<FMA>(x.abs());
    let right = norm_pdf::<FMA>(x) / norm_cdf::<FMA>(x);
    if x < -0.7 { left } else { right }
}

/// `x + φ(x)/Φ(x)`, which goes to 0 like `−1/x` on the left: the mean distance below x of a normal variable that is below x.
///
/// Measured error at most 2.6 ulp.
#[inline(always)]
pub(crate) fn norm_residual<const FMA: bool>(x: f64) -> f64 {
    let magnitude = x.abs();
    let t = position(magnitude, 4.0);
    let left = polynomial::<FMA, 31>(t, &RESIDUAL) / (magnitude + 2.0);
    if x < 0.0 { left } else { x + norm_hazard::<FMA>(x) }
}
