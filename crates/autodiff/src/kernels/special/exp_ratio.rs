//! `(eˣ − 1)/x` and its derivatives of all orders.

use crate::scalar::{Scalar, count, real};

/// The derivative of `(eˣ − 1)/x` of order `n`, which is `∫₀¹ sⁿ·e^(sx) ds`.
///
/// By series of positive terms, `Σ xʲ/(j!·(n + 1 + j))` for x > 0 and after Kummer's transformation (DLMF 13.2.39) for x < 0; far out by
/// the recurrence `x·E⁽ᵏ⁾ + k·E⁽ᵏ⁻¹⁾ = eˣ`.
pub(crate) fn exp_m1_ratio_derivative<T: Scalar>(n: usize, x: T) -> T {
    if x.is_nan() || x == T::infinity() {
        return x;
    }
    if x == T::neg_infinity() {
        return T::zero();
    }
    if n == 0 {
        return if x == T::zero() { T::one() } else { x.exp_m1() / x };
    }
    if x > count(2 * n + 2) || x < -count::<T>(4 * n + 8) {
        return by_recurrence(n, x);
    }
    let (z, first) = (x.abs(), count::<T>(n + 1).recip());
    let (mut term, mut sum) = (first, first);
    for j in 1..20_000 {
        // j!·(n + 1 + j) for x > 0, (n + 1)(n + 2)…(n + 1 + j) for x < 0.
        term = if x > T::zero() {
            term * z / count(j) * (count::<T>(n + j) / count(n + 1 + j))
        } else {
            term * z / count(n + 1 + j)
        };
        sum = sum + term;
        if term <= T::epsilon() * real(0.01) * sum && count::<T>(j) > z {
            break;
        }
    }
    if x < T::zero() { sum * x.exp() } else { sum }
}

fn by_recurrence<T: Scalar>(n: usize, x: T) -> T {
    let power = x.exp();
    (1..=n).fold(x.exp_m1() / x, |value, k| (power - count::<T>(k) * value) / x)
}

#[cfg(test)]
mod tests {
    use super::exp_m1_ratio_derivative;

    /// x, and the derivatives of order 0, 1, 2 and 5, by mpmath with 400 digits.
    const REFERENCE: [(f64, [f64; 4]); 19] = [
        (0.0, [1.0, 0.5, 0.3333333333333333, 0.16666666666666666]),
        (1e-300, [1.0, 0.5, 0.3333333333333333, 0.16666666666666666]),
        (-1e-20, [1.0, 0.5, 0.3333333333333333, 0.16666666666666666]),
        (1e-08, [1.000000005, 0.5000000033333334, 0.33333333583333336, 0.1666666680952381]),
        (-0.001, [0.9995001666250083, 0.49966679163334027, 0.3330834333055615, 0.16652387200529517]),
        (0.1, [1.0517091807564762, 0.5346173731917138, 0.3593617169222009, 0.1815963238306086]),
        (-0.3, [0.8639392643942738, 0.41040347904185304, 0.2666291246732941, 0.12896651405023477]),
        (0.75, [1.4893333554835662, 0.8368888815054779, 0.5909630048022918, 0.31829923831250345]),
        (-1.0, [0.6321205588285577, 0.26424111765711533, 0.16060279414278839, 0.07130217810980316]),
        (2.5, [4.472997584281389, 3.0837985505688335, 2.4059587438263224, 1.4817131091259783]),
        (-3.0, [0.3167376438773787, 0.08898352516983825, 0.04272666065727085, 0.013813653009268057]),
        (5.0, [29.48263182051532, 23.78610545641226, 20.16818963795042, 14.065374430196055]),
        (-9.0, [0.11109739891065704, 0.012330443234063373, 0.0027263862960044518, 0.0001996781157251192]),
        (12.0, [13562.81595158366, 12432.664622285021, 11490.788514536156, 9396.441549018657]),
        (-14.0, [0.07142851203366292, 0.005101977178924558, 0.000728794487795001, 1.5849071448264006e-05]),
        (40.0, [5884631670925500.0, 5737515879152362.0, 5597755876967882.0, 5217362711811724.0]),
        (-50.0, [0.02, 0.0004, 1.6e-05, 7.679999999999995e-09]),
        (700.0, [1.4489029353357207e+301, 1.4468330739995269e+301, 1.444769126552865e+301, 1.4386125148207778e+301]),
        (-10000000000.0, [1e-10, 1e-20, 2e-30, 1.2e-58]),
    ];

    #[test]
    fn all_orders_keep_their_digits() {
        for (x, expected) in REFERENCE {
            for (n, expected) in [0, 1, 2, 5].into_iter().zip(expected) {
                let found = exp_m1_ratio_derivative(n, x);
                let tolerance = if n == 5 { 1e-13 } else { 4e-15 };
                assert!(
                    (found - expected).abs() <= tolerance * expected.abs(),
                    "order {n} at {x:e}: {found:e} for {expected:e}"
                );
            }
        }
        let ends = [f64::NEG_INFINITY, f64::INFINITY].map(|x| exp_m1_ratio_derivative(1, x));
        assert_eq!(ends, [0.0, f64::INFINITY]);
    }
}
