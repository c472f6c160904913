//! The error function's family in the arithmetic of any scalar.
//!
//! Below 1 Kummer's series `erf x = 2x/√π·e^(−x²)·Σ (2x²)ᵏ/(2k + 1)!!`, whose terms are all positive; from 1 on the
//! continued fraction of the scaled complement, evaluated from its far end (DLMF 7.6.2, 7.9.1).

use crate::scalar::{Scalar, count, real};

/// `x²` as the square of `head`, which is exact, and the rest, which is small: `head` is x to eight binary places, and x is
/// bounded where `e^(−x²/2)` is 0 in any scalar, so that `x²` doesn't overflow.
fn square<T: Scalar>(x: T) -> (T, T) {
    let x = x.abs();
    let bound = real(1_099_511_627_776.0);
    let x = if x > bound { bound } else { x };
    let head = (x * real(256.0)).round() / real(256.0);
    (head * head, (x - head) * (x + head))
}

/// `e^(−x²)`, with the digits of the argument's rounding kept.
pub(super) fn gaussian<T: Scalar>(x: T) -> T {
    let (high, low) = square(x);
    (-high).exp() * (-low).exp()
}

/// `e^(−x²/2)`.
fn half_gaussian<T: Scalar>(x: T) -> T {
    let (high, low) = square(x);
    let half = real::<T>(0.5);
    (-high * half).exp() * (-low * half).exp()
}

/// `φ(x)`.
pub(super) fn norm_pdf<T: Scalar>(x: T) -> T {
    half_gaussian(x) * T::FRAC_2_SQRT_PI() * T::FRAC_1_SQRT_2() * real(0.5)
}

/// `erf x` for small x.
fn series<T: Scalar>(x: T) -> T {
    let double_square = (x + x) * x;
    let (mut term, mut sum, mut k) = (T::one(), T::one(), 0);
    while term > T::epsilon() * sum {
        k += 1;
        term = term * double_square / count(2 * k + 1);
        sum = sum + term;
    }
    T::FRAC_2_SQRT_PI() * x * gaussian(x) * sum
}

/// How many terms of [`mills_fraction`] the scalar's precision asks for: with n terms the error is about `e^(−2x√n)`, and
/// smaller where x is large (measured for 16, 32 and 64 digits).
pub(super) fn fraction_terms<T: Scalar>(x: T) -> usize {
    let digits = 3.0 - T::epsilon().ln().to_f64().unwrap_or(-100.0);
    let ratio = digits / x.to_f64().unwrap_or(1.0).max(1.0);
    (0.26 * ratio * ratio + 0.4 * digits).min(1e5) as usize
}

/// `1/(x + 1/(x + 2/(x + 3/(x + …))))` for x ≥ 1: Mills' ratio `R(x) = Φ(−x)/φ(x)`; with `first` = 2, `1/R(x) − x` is
/// `1/(x + 2/(x + 3/(x + …)))`.
fn mills_fraction<T: Scalar>(x: T, first: usize) -> T {
    let terms = fraction_terms(x);
    let mut rest = T::zero();
    for k in (first..first + terms).rev() {
        rest = count::<T>(k) / (x + rest);
    }
    (x + rest).recip()
}

/// `erfcx(x)` for x ≥ 0.
fn erfcx_nonnegative<T: Scalar>(x: T) -> T {
    if x < T::one() {
        return (T::one() - series(x)) / gaussian(x);
    }
    // erfcx(x) = √(2/π)·R(√2·x).
    T::FRAC_2_SQRT_PI() * T::FRAC_1_SQRT_2() * mills_fraction(x * T::SQRT_2(), 1)
}

/// `erf x`.
pub(super) fn erf<T: Scalar>(x: T) -> T {
    let magnitude = x.abs();
    if magnitude < T::one() {
        return series(x);
    }
    let far = T::one() - gaussian(x) * erfcx_nonnegative(magnitude);
    if x < T::zero() { -far } else { far }
}

/// `1 − erf x`.
pub(super) fn erfc<T: Scalar>(x: T) -> T {
    let half = real::<T>(0.5);
    if x.abs() < half {
        return T::one() - series(x);
    }
    let tail = gaussian(x) * erfcx_nonnegative(x.abs());
    if x < T::zero() { T::one() + T::one() - tail } else { tail }
}

/// `e^(x²)·erfc x`.
pub(super) fn erfcx<T: Scalar>(x: T) -> T {
    let right = erfcx_nonnegative(x.abs());
    if x < T::zero() { (T::one() + T::one()) / gaussian(x) - right } else { right }
}

/// `√(2/π)·R(x)` for x ≥ 0.
fn mills<T: Scalar>(x: T) -> T {
    erfcx_nonnegative(x * T::FRAC_1_SQRT_2())
}

/// `Φ(x)`.
pub(super) fn norm_cdf<T: Scalar>(x: T) -> T {
    let half = real::<T>(0.5);
    if x.abs() < half {
        return half + half * series(x * T::FRAC_1_SQRT_2());
    }
    let tail = half * half_gaussian(x) * mills(x.abs());
    if x > T::zero() { T::one() - tail } else { tail }
}

/// `ln Φ(x)`.
pub(super) fn log_norm_cdf<T: Scalar>(x: T) -> T {
    let half = real::<T>(0.5);
    if x < T::zero() { (half * mills(-x)).ln() - half * x * x } else { (-norm_cdf(-x)).ln_1p() }
}

/// `φ(x)/Φ(x)`.
pub(super) fn norm_hazard<T: Scalar>(x: T) -> T {
    if x < T::zero() { T::FRAC_2_SQRT_PI() * T::FRAC_1_SQRT_2() / mills(-x) } else { norm_pdf(x) / norm_cdf(x) }
}

/// `x + φ(x)/Φ(x)`.
pub(super) fn norm_residual<T: Scalar>(x: T) -> T {
    if x < -T::one() { mills_fraction(-x, 2) } else { x + norm_hazard(x) }
}
