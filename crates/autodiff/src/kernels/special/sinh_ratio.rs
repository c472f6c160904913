//! `ln(sinh(x)/x)` and its derivatives, of which the first is Langevin's function `coth x − 1/x`.

use crate::scalar::{Scalar, count, real};

/// The derivative of `ln(sinh(x)/x)` of order `n`.
///
/// Near 0 by its series `Σ (−1)ᵏ⁺¹·ζ(2k)/k·(x/π)²ᵏ`; elsewhere as that of `|x| − ln(2|x|) + ln(1 − e^(−2|x|))`, term by term. The first two
/// have full relative accuracy. Higher ones change their sign; there the error is that of the terms, `(n − 1)!/xⁿ`.
pub(crate) fn ln_sinh_ratio_derivative<T: Scalar>(n: usize, x: T) -> T {
    let size = x.abs();
    if x.is_nan() || n == 0 && size == T::infinity() {
        return size;
    }
    let value = if size < real(2.0) { near(n, size) } else { far(n, size) };
    if n % 2 == 1 && x < T::zero() { -value } else { value }
}

/// ζ(2k)/π²ᵏ as quotients of whole numbers that are exact in double precision.
const ZETA: [(f64, f64); 10] = [
    (1.0, 6.0),
    (1.0, 90.0),
    (1.0, 945.0),
    (1.0, 9_450.0),
    (1.0, 93_555.0),
    (691.0, 638_512_875.0),
    (2.0, 18_243_225.0),
    (3_617.0, 325_641_566_250.0),
    (43_867.0, 38_979_295_480_125.0),
    (174_611.0, 1_531_329_465_290_625.0),
];

/// `ζ(2k)/π²ᵏ`.
fn zeta<T: Scalar>(k: usize) -> T {
    if let Some(&(numerator, denominator)) = ZETA.get(k - 1) {
        return real::<T>(numerator) / real(denominator);
    }
    let exponent = 2 * k as i32;
    let (mut sum, mut j) = (T::one(), 2);
    loop {
        let term = count::<T>(j).powi(-exponent);
        sum = sum + term;
        if term <= T::epsilon() * real(0.01) {
            return sum / T::PI().powi(exponent);
        }
        j += 1;
    }
}

fn near<T: Scalar>(n: usize, x: T) -> T {
    let first = n.div_ceil(2).max(1);
    let square = x * x;
    let mut power = x.powi((2 * first - n) as i32);
    let mut sum = T::zero();
    for k in first..first + 400 {
        // The derivative of x²ᵏ.
        let falling = (2 * k - n + 1..=2 * k).fold(T::one(), |product, factor| product * count(factor));
        let term = zeta::<T>(k) / count(k) * falling * power;
        sum = if k % 2 == 1 { sum + term } else { sum - term };
        if term <= T::epsilon() * real(0.01) * sum.abs() && k > n {
            break;
        }
        power = power * square;
    }
    sum
}

fn far<T: Scalar>(n: usize, x: T) -> T {
    let q = (-(x + x)).exp();
    if n == 0 {
        return x - (x + x).ln() + (-q).ln_1p();
    }
    let linear = if n == 1 { T::one() } else { T::zero() };
    // −(−2)ⁿ Σ jⁿ⁻¹·qʲ.
    let (mut sum, mut power) = (T::zero(), q);
    for j in 1..1000 {
        let term = count::<T>(j).powi(n as i32 - 1) * power;
        sum = sum + term;
        if term <= T::epsilon() * real(0.01) * sum {
            break;
        }
        power = power * q;
    }
    let factorial = (1..n).fold(T::one(), |product, factor| product * count(factor));
    let of_logarithm = factorial * x.recip().powi(n as i32);
    let of_exponential = sum * count::<T>(2).powi(n as i32);
    // Both change their sign with the order.
    if n % 2 == 1 { linear + (of_exponential - of_logarithm) } else { of_logarithm - of_exponential }
}

#[cfg(test)]
mod tests {
    use super::ln_sinh_ratio_derivative;

    /// x, and the derivatives of order 0, 1, 2 and 5, by mpmath with 200 digits.
    const REFERENCE: [(f64, [f64; 4]); 16] = [
        (0.0, [0.0, 0.0, 0.3333333333333333, 0.0]),
        (1e-300, [0.0, 0.0, 0.3333333333333333, 2.5396825396825397e-301]),
        (1e-20, [1.6666666666666665e-41, 3.3333333333333333e-21, 0.3333333333333333, 2.5396825396825395e-21]),
        (1e-08, [1.6666666666666667e-17, 3.3333333333333334e-09, 0.3333333333333333, 2.5396825396825395e-09]),
        (0.001, [1.6666666111111146e-07, 0.0003333333111111132, 0.33333326666667723, 0.00025396807619054083]),
        (0.25, [0.010395050992756737, 0.08298816507359656, 0.32920764386894497, 0.06077638493892693]),
        (1.0, [0.16143936157119562, 0.3130352854993313, 0.27593833903368953, 0.1268398361354455]),
        (1.75, [0.46657431524917237, 0.49084674708702813, 0.19810175991747944, 0.04967382364751807]),
        (1.9999, [0.5951664614520563, 0.5372973224491115, 0.17398739863047108, 0.024756599552273797]),
        (2.0, [0.5952201920542228, 0.537314720727548, 0.1739781701619289, 0.02474784002768585]),
        (2.5, [0.883801338116411, 0.6135673098126084, 0.13268130847923176, -0.006090866516979977]),
        (4.0, [1.9202229394120873, 0.7506711504016825, 0.06115724875377334, -0.012644979942346103]),
        (10.0, [7.004267724384856, 0.9000000041223073, 0.009999991755385476, -0.0002399340430819068]),
        (50.0, [45.394829814011906, 0.98, 0.0004, -7.68e-08]),
        (800.0, [792.6222410917721, 0.99875, 1.5625e-06, -7.32421875e-14]),
        (10000000000.0, [9999999976.281002, 0.9999999999, 1e-20, -2.4e-49]),
    ];

    #[test]
    fn it_has_its_values_and_derivatives() {
        for (x, expected) in REFERENCE {
            for (n, expected) in [0, 1, 2, 5].into_iter().zip(expected) {
                for (x, expected) in [(x, expected), (-x, if n % 2 == 1 { -expected } else { expected })] {
                    let found = ln_sinh_ratio_derivative(n, x);
                    let error = (found - expected).abs();
                    // From the third on there are zeros, where the terms cancel.
                    let terms = if n > 2 && x.abs() >= 2.0 { 24.0 / x.abs().powi(5) } else { 0.0 };
                    assert!(
                        error <= 1e-14 * expected.abs() + 1e-15 * terms || error < 1e-300,
                        "{n}, {x}: {found:e} for {expected:e}"
                    );
                }
            }
        }
    }

    #[test]
    fn at_infinity_it_is_the_straight_line() {
        let at = [0, 1, 2].map(|n| ln_sinh_ratio_derivative(n, f64::INFINITY));
        assert_eq!(at[1..], [1.0, 0.0]);
        assert!(ln_sinh_ratio_derivative(1, f64::NAN).is_nan());
    }
}
