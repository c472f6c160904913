//! `ln(1 + t)/t` and its derivatives of all orders.

use crate::scalar::{Scalar, count, real};

/// The derivative of `ln(1 + t)/t` of order `n`, which is `(−1)ⁿ·n!·∫₀¹ sⁿ/(1 + ts)ⁿ⁺¹ ds`.
///
/// Beside 0 the integral as a series of positive terms (a hypergeometric function, for t > 0 after Pfaff's transformation: DLMF 15.8.1);
/// farther out the recurrence `t·L⁽ᵏ⁾ + k·L⁽ᵏ⁻¹⁾ = (ln(1 + t))⁽ᵏ⁾`.
pub(crate) fn ln_1p_ratio_derivative<T: Scalar>(n: usize, t: T) -> T {
    if t.is_nan() || t < -T::one() {
        return T::nan();
    }
    if t.is_infinite() {
        return T::zero();
    }
    if n == 0 {
        return if t == T::zero() { T::one() } else { t.ln_1p() / t };
    }
    if t > count(n) || t < real(-0.5) {
        return by_recurrence(n, t);
    }
    let whole = t + T::one();
    let (sum, power) = if t < T::zero() {
        // Σ (n + j over j)·|t|ʲ/(n + 1 + j).
        (series(n, -t, |j| count::<T>(n + j) / count(j)), T::one())
    } else {
        (series(n, t / whole, |_| T::one()), (0..=n).fold(T::one(), |power, _| power / whole))
    };
    let factorial = (1..=n).fold(T::one(), |product, k| product * count(k));
    let size = factorial * power * sum;
    if n.is_multiple_of(2) { size } else { -size }
}

/// `Σ cⱼ·zʲ/(n + 1 + j)`, c the product of the factors.
fn series<T: Scalar>(n: usize, z: T, factor: impl Fn(usize) -> T) -> T {
    let (mut power, mut sum) = (T::one(), T::zero());
    for j in 0..20_000 {
        if j > 0 {
            power = power * z * factor(j);
        }
        let term = power / count(n + 1 + j);
        sum = sum + term;
        // Terms may grow before they shrink.
        if term <= T::epsilon() * real(0.01) * sum && z * factor(j + 1) < T::one() {
            break;
        }
    }
    sum
}

fn by_recurrence<T: Scalar>(n: usize, t: T) -> T {
    let whole = t + T::one();
    // The derivative of ln(1 + t) of order k.
    let mut slope = whole.recip();
    let mut value = t.ln_1p() / t;
    for k in 1..=n {
        value = (slope - count::<T>(k) * value) / t;
        slope = -slope * count::<T>(k) / whole;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::ln_1p_ratio_derivative;

    /// t, and the derivatives of order 0, 1, 2 and 5, by mpmath with 80 digits.
    const REFERENCE: [(f64, [f64; 4]); 19] = [
        (0.0, [1.0, -0.5, 0.6666666666666666, -20.0]),
        (1e-300, [1.0, -0.5, 0.6666666666666666, -20.0]),
        (1e-20, [1.0, -0.5, 0.6666666666666666, -20.0]),
        (-1e-20, [1.0, -0.5, 0.6666666666666666, -20.0]),
        (1e-08, [0.999999995, -0.4999999933333334, 0.6666666516666669, -19.999998971428603]),
        (-0.001, [1.0005003335835334, -0.5006674174675009, 0.6681690700042909, -20.103172891038565]),
        (0.1, [0.9531017980432486, -0.4401088895233951, 0.5377149805505466, -12.24531334027229]),
        (-0.3, [1.1889164797957745, -0.79884982925218, 1.477055560087508, -124.52402349231723]),
        (-0.5, [1.3862943611198906, -1.2274112777602189, 3.090354888959125, -692.62965329962]),
        (-0.75, [1.8483924814931876, -2.86881002467575, 13.683173267531334, -23236.763505654802]),
        (-0.999, [6.914669948931067, -994.0794094605286, 999010.8520331103, -2.3994003994023336e+16]),
        (0.5, [0.8109302162163288, -0.28852709909932417, 0.2652195075084079, -2.4658574311962806]),
        (1.0, [std::f64::consts::LN_2, -0.19314718055994531, 0.13629436111989063, -0.5526616671934371]),
        (1.5, [0.6108604879161034, -0.1405736586107356, 0.08076487814764745, -0.17212820410632496]),
        (2.5, [0.5011051873981472, -0.0861563606735446, 0.03627202731434588, -0.029311359445307966]),
        (7.0, [0.2970630773828337, -0.0245804396261191, 0.004790839893176886, -0.00035617256695514036]),
        (50.0, [0.07863651265448651, -0.0011805733903446324, 3.9533585363881406e-05, -1.3398790056352983e-08]),
        (
            100000000.0,
            [1.8420680753952366e-07, -1.7420680763952365e-15, 3.384136154790473e-23, -1.9364816964742837e-45],
        ),
        (1e+200, [4.6051701859880914e-198, -0.0, 0.0, -0.0]),
    ];

    #[test]
    fn all_orders_keep_their_digits() {
        for (t, expected) in REFERENCE {
            for (n, expected) in [0, 1, 2, 5].into_iter().zip(expected) {
                let found = ln_1p_ratio_derivative(n, t);
                let tolerance = if n == 5 { 1e-13 } else { 4e-15 };
                assert!(
                    (found - expected).abs() <= tolerance * expected.abs(),
                    "order {n} at {t:e}: {found:e} for {expected:e}"
                );
            }
        }
        assert_eq!((ln_1p_ratio_derivative(0, -1.0), ln_1p_ratio_derivative(1, f64::INFINITY)), (f64::INFINITY, 0.0));
        assert!(ln_1p_ratio_derivative(0, -1.5f64).is_nan());
    }
}
