//! The derivatives of `ln Φ(x)`, which the closed form loses on the left: there `φ/Φ` is nearly `−x`, and what matters is
//! the rest.

use crate::scalar::{Scalar, count};
use smallvec::{SmallVec, smallvec};

/// Places for orders that come up.
type Orders<T> = SmallVec<[T; 16]>;

/// The derivative of `ln Φ(x)` of order `n`.
///
/// With `Φ(x) = φ(x)·∫₀^∞ e^(xu − u²/2) du`, `ln Φ` is `−x²/2`, a constant, and the cumulant function of a variable U of
/// density proportional to `e^(xu − u²/2)` on u ≥ 0: so the derivatives from the third on are the cumulants of U, and no term
/// cancels on the left, where U is nearly exponential. On the right they follow from `h′ = −h·(x + h)` for `h = φ/Φ`.
pub(crate) fn log_norm_cdf_derivative<T: Scalar>(n: usize, x: T) -> T {
    match n {
        0 => super::log_norm_cdf(x),
        1 => super::norm_hazard(x),
        2 => slope_of_hazard(x),
        _ if x < -T::one() => cumulant(n, x),
        _ => by_recurrence(n, x),
    }
}

/// The derivative of `x + φ(x)/Φ(x)` of order `n`; the first is 1 − h·(x + h), the variance of U, which goes to 0 on the
/// left.
pub(crate) fn norm_residual_derivative<T: Scalar>(n: usize, x: T) -> T {
    match n {
        0 => super::norm_residual(x),
        1 if x < -T::one() => cumulant(2, x),
        1 => T::one() + log_norm_cdf_derivative(2, x),
        _ => log_norm_cdf_derivative(n + 1, x),
    }
}

/// `h′ = −h·(x + h)`; −1 and 0 at −∞ and ∞, where the product is of ∞ and 0.
fn slope_of_hazard<T: Scalar>(x: T) -> T {
    if x.is_infinite() {
        return if x < T::zero() { -T::one() } else { T::zero() };
    }
    -super::norm_hazard(x) * super::norm_residual(x)
}

/// The cumulant of U of order `n` from its moments (Smith 1995); these are products of
/// `E Uᵏ/E Uᵏ⁻¹ = k/(−x + (k + 1)/(−x + (k + 2)/(−x + …)))`.
fn cumulant<T: Scalar>(n: usize, x: T) -> T {
    if x == T::neg_infinity() {
        return T::zero();
    }
    let ratios = ratios_of_moments(n, x);
    let mut moments: Orders<T> = smallvec![T::one()];
    for k in 0..n {
        moments.push(moments[k] * ratios[k]);
    }
    let mut cumulants: Orders<T> = smallvec![T::zero()];
    for order in 1..=n {
        let mut binomial = T::one();
        let mut sum = moments[order];
        for m in 1..order {
            // C(order − 1, m − 1).
            sum = sum - binomial * cumulants[m] * moments[order - m];
            binomial = binomial * count(order - m) / count(m);
        }
        cumulants.push(sum);
    }
    cumulants[n]
}

/// The first `n` ratios of moments, from the far end of their continued fraction.
fn ratios_of_moments<T: Scalar>(n: usize, x: T) -> Orders<T> {
    let mut ratios: Orders<T> = smallvec![T::zero(); n];
    let mut rest = T::zero();
    for k in (1..=n + super::erf::fraction_terms(-x)).rev() {
        rest = count::<T>(k) / (rest - x);
        if k <= n {
            ratios[k - 1] = rest;
        }
    }
    ratios
}

/// `h⁽ᵏ⁺¹⁾` from those before by Leibniz' rule on `h′ = −h·x − h²`.
fn by_recurrence<T: Scalar>(n: usize, x: T) -> T {
    let mut h: Orders<T> = smallvec![super::norm_hazard(x), log_norm_cdf_derivative(2, x)];
    if h[0] == T::zero() {
        return T::zero(); // x is ∞, or so large that the products would be of ∞ and 0
    }
    for k in 1..n - 1 {
        let (mut binomial, mut sum) = (T::one(), x * h[k] + count::<T>(k) * h[k - 1]);
        for j in 0..=k {
            sum = sum + binomial * h[j] * h[k - j];
            binomial = binomial * count(k - j) / count(j + 1);
        }
        h.push(-sum);
    }
    h[n - 1]
}
