//! `ln((1)(1 + a)(1 + 2a)…(1 + (b − 1)a)) = ln Γ(b + 1/a) − ln Γ(1/a) + b·ln a` and its derivatives by a, which those terms lose where
//! a is small.

use super::gamma::{bernoulli, far};
use super::gamma_rise::{digamma_rise_of, ln_1p_minus, ln_rising_of, trigamma_rise_of};
use super::log_ratio::ln_1p_ratio_derivative;
use crate::kernels::by_type::by_type;
use crate::scalar::{Scalar, count, real};

/// The most steps that are summed one by one.
const STEPS: usize = 32;

/// The derivative by `a` of order `n ≤ 2`; of `f32` by way of `f64`.
pub(crate) fn ln_rising_steps_derivative<T: Scalar>(n: usize, a: T, b: T) -> T {
    by_type(
        [a, b],
        |[a, b]: [f64; 2]| derivative(n, a, b),
        |[a, b]: [f32; 2]| derivative(n, f64::from(a), f64::from(b)) as f32,
        |[a, b]: [T; 2]| derivative(n, a, b),
    )
}

fn derivative<T: Scalar>(n: usize, a: T, b: T) -> T {
    if a.is_nan() || b.is_nan() || a < T::zero() {
        return T::nan();
    }
    let whole = b.to_usize().filter(|&steps| steps <= STEPS && count::<T>(steps) == b);
    if let Some(steps) = whole {
        return by_steps(n, a, steps);
    }
    let (low, high) = (a.recip(), (a * b + T::one()) / a);
    let far = far::<T>(n).max(real(10.0));
    if low >= far && high >= far { by_series(n, a, b) } else { by_rises(n, a, b) }
}

fn by_steps<T: Scalar>(n: usize, a: T, steps: usize) -> T {
    (1..steps).fold(T::zero(), |sum, k| {
        let ratio = count::<T>(k) / (a * count(k) + T::one());
        match n {
            0 => sum + (a * count(k)).ln_1p(),
            1 => sum + ratio,
            _ => sum - ratio * ratio,
        }
    })
}

/// Stirling's series (DLMF 5.11.1) of both, the terms that cancel taken together.
fn by_series<T: Scalar>(n: usize, a: T, b: T) -> T {
    let (t, one) = (a * b, T::one());
    let rest = (t + one).recip();
    let near = b - real(0.5);
    let leading = match n {
        0 if t == T::zero() => T::zero(),
        0 => b * (ln_1p_minus(t) / t) + near * t.ln_1p(),
        1 => b * (b * ln_1p_ratio_derivative(1, t) + near * rest),
        _ => b * b * (b * ln_1p_ratio_derivative(2, t) - near * rest * rest),
    };
    // ((a/(1 + t))ᵐ − aᵐ)·B₂ₖ/(2k(2k − 1)) with m = 2k − 1, and its derivatives.
    let (mut sum, mut power, mut of_rest) = (T::zero(), one, rest);
    for (k, number) in bernoulli::<T>().enumerate() {
        let m: T = count(2 * k + 1);
        // a^(m − 1), and (1 + t)^(−m).
        let term = match n {
            0 => power * a * (of_rest - one),
            1 => m * power * (of_rest * rest - one),
            _ => {
                let below = if k == 0 { T::zero() } else { m * (m - one) * (power / a) * (of_rest * rest - one) };
                let below = if a == T::zero() { T::zero() } else { below };
                below - m * (m + one) * power * b * of_rest * rest * rest
            }
        };
        sum = sum + number * term / count((2 * k + 2) * (2 * k + 1));
        power = power * a * a;
        of_rest = of_rest * rest * rest;
    }
    leading + sum
}

/// By the differences of ln Γ and its derivatives, for a that isn't small.
fn by_rises<T: Scalar>(n: usize, a: T, b: T) -> T {
    let (low, two) = (a.recip(), T::one() + T::one());
    if n == 0 {
        return ln_rising_of(low, b) + b * a.ln();
    }
    let first = digamma_rise_of(low, b);
    if n == 1 {
        return low * (b - low * first);
    }
    low * low * (low * (two * first + low * trigamma_rise_of(low, b)) - b)
}

#[cfg(test)]
mod tests {
    use super::ln_rising_steps_derivative;

    /// a, b, and the derivatives of order 0 to 2, by mpmath with 120 digits.
    const REFERENCE: [(f64, f64, [f64; 3]); 17] = [
        (1e-08, 4.0, [5.999999930000002e-08, 5.9999998600000035, -13.99999928000003]),
        (1e-08, 1.0, [0.0, 0.0, 0.0]),
        (0.0, 3.0, [0.0, 3.0, -5.0]),
        (0.0, 2.5, [0.0, 1.875, -2.5]),
        (1e-08, 0.5, [-1.25e-09, -0.125, 3.1249999999999995e-10]),
        (1e-20, 100.0, [4.95e-17, 4950.0, -328350.0]),
        (1e-08, 1000000.0, [4983.411194810933, 496690973269.6649, -3.283921835874307e+17]),
        (0.01, 40.0, [6.937638915186512, 620.9511037920012, -12364.078601741043]),
        (0.04, 700.0, [1739.602610612085, 15383.287919819439, -347066.8964700847]),
        (0.2, 50.0, [80.67016281114222, 187.69757348972658, -753.8350140299202]),
        (0.5, 3.0, [1.0986122886681098, 1.6666666666666667, -1.4444444444444444]),
        (2.0, 0.5, [-0.22579135264472744, -0.09657359027997266, 0.01595683192394435]),
        (3.0, 100.0, [469.54395859385164, 32.47382887895276, -10.662621481211529]),
        (0.001, 0.25, [-9.375780956909261e-05, -0.09376561620605872, -0.015607407242694372]),
        (10000000000.0, 7.0, [144.73435679189785, 5.999999999755e-10, -5.99999999951e-20]),
        (0.3, 2.5, [0.4739625584816588, 1.3456135817357842, -1.250558743557175]),
        (0.0001, 1000000000000.0, [17420680938149.963, 9999998157926924.0, -9.999996415858847e+19]),
    ];

    #[test]
    fn what_the_terms_share_does_not_cancel() {
        for (a, b, expected) in REFERENCE {
            for (n, expected) in expected.into_iter().enumerate() {
                let found = ln_rising_steps_derivative(n, a, b);
                // Between whole numbers of steps, terms of the size of the powers of b are left to cancel.
                let tolerance = 4e-15 * expected.abs() + if b.fract() == 0.0 { 0.0 } else { 1e-14 };
                assert!((found - expected).abs() <= tolerance, "order {n} at {a:e}, {b:e}: {found:e} for {expected:e}");
            }
        }
        assert!(ln_rising_steps_derivative(0, -0.1, 2.0f64).is_nan());
        assert!((ln_rising_steps_derivative(0, 0.5f32, 3.0) - 3f32.ln()).abs() < 1e-6);
    }
}
