//! Differences of ln Γ and its derivatives at `a + b` and `a`, which cancel where b is small beside a.
//!
//! Both arguments are moved up by steps of 1 until Stirling's series (DLMF 5.11) holds for them, and each difference of its terms
//! is taken in closed form: `1/(a + b) − 1/a` is `−b/(a(a + b))`. For large arguments ln B as in Didonato and Morris, *Algorithm 708*
//! (1992).

use super::gamma::{bernoulli, far};
use super::{digamma, lgamma, polygamma};
use crate::kernels::by_type::by_type;
use crate::scalar::{Scalar, count, real};

/// Functions of two arguments, of `f32` by way of `f64`.
macro_rules! by_way_of_double {
    ($($(#[$doc:meta])* $name:ident: $of_any:path;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name<T: Scalar>(a: T, b: T) -> T {
            by_type(
                [a, b],
                |[a, b]: [f64; 2]| $of_any(a, b),
                |[a, b]: [f32; 2]| $of_any(f64::from(a), f64::from(b)) as f32,
                |[a, b]: [T; 2]| $of_any(a, b),
            )
        }
    )*};
}

by_way_of_double! {
    /// `ln Γ(a) + ln Γ(b) − ln Γ(a + b)` without the cancellation for a, b ≥ 0.
    ln_beta: ln_beta_of;
    /// `ln Γ(a + b) − ln Γ(a)`.
    ln_rising: ln_rising_of;
    /// `ψ(a + b) − ψ(a)`.
    digamma_rise: digamma_rise_of;
    /// `ψ₁(a + b) − ψ₁(a)`.
    trigamma_rise: trigamma_rise_of;
}

/// Two positive numbers whose difference is `b`.
#[derive(Clone, Copy)]
struct Pair<T> {
    low: T,
    high: T,
    /// `high − low`, which may be negative.
    b: T,
}

impl<T: Scalar> Pair<T> {
    /// `a` and `a + b`; `None` unless both are positive and finite.
    fn new(a: T, b: T) -> Option<Self> {
        let high = a + b;
        (a > T::zero() && high > T::zero() && a.is_finite() && high.is_finite()).then_some(Pair { low: a, high, b })
    }

    /// The pair as many whole steps further up as Stirling's series asks for, and the sum of `f` over the pairs on the way.
    fn raised(self, order: usize, f: impl Fn(Pair<T>) -> T) -> (Self, T) {
        let (mut pair, mut sum, far) = (self, T::zero(), far::<T>(order).max(real(10.0)));
        while pair.low.min(pair.high) < far {
            sum = sum + f(pair);
            pair = Pair { low: pair.low + T::one(), high: pair.high + T::one(), ..pair };
        }
        (pair, sum)
    }

    /// `ln(high/low)`.
    fn ln_ratio(self) -> T {
        let ratio = self.b / self.low;
        if ratio.abs() < real(0.5) { ratio.ln_1p() } else { (self.high / self.low).ln() }
    }

    /// `high⁻¹ − low⁻¹`.
    fn reciprocals(self) -> T {
        -(self.b / self.low) / self.high
    }

    /// `Σ factor(k)·(high^−p − low^−p)` over the Bernoulli numbers B₂ₖ, with `p = 2k + shift`, each power's difference by
    /// `vᵖ − uᵖ = (v − u)·(vᵖ⁻¹ + vᵖ⁻²u + … + uᵖ⁻¹)`.
    fn tail(self, shift: usize, start: usize, factor: impl Fn(usize, T) -> T) -> T {
        let (u, v) = (self.low.recip(), self.high.recip());
        // (vᵖ − uᵖ)/(v − u) and uᵖ, from p = 1 up.
        let (mut quotient, mut power, mut p) = (T::one(), u, 1);
        let (mut sum, mut k) = (T::zero(), start);
        for number in bernoulli::<T>() {
            while p < 2 * k + 2 - shift {
                quotient = quotient * v + power;
                power = power * u;
                p += 1;
            }
            k += 1;
            sum = sum + factor(k, number) * quotient;
        }
        sum * self.reciprocals()
    }
}

/// `ln(1 + t) − t`.
pub(super) fn ln_1p_minus<T: Scalar>(t: T) -> T {
    if t.abs() > real(0.25) {
        return t.ln_1p() - t;
    }
    // With s = t/(2 + t), ln(1 + t) = 2·(s + s³/3 + s⁵/5 + …) and t = 2s/(1 − s), so 2s − t = −t·s.
    let s = t / (t + T::one() + T::one());
    let square = s * s;
    let (mut power, mut sum) = (s * square, T::zero());
    for k in 1..200 {
        let term = power / count(2 * k + 1);
        sum = sum + term;
        if term.abs() <= T::epsilon() * real(0.125) * sum.abs() {
            break;
        }
        power = power * square;
    }
    sum + sum - t * s
}

pub(super) fn ln_rising_of<T: Scalar>(a: T, b: T) -> T {
    let Some(pair) = Pair::new(a, b) else {
        return if b == T::zero() && a > T::zero() { b } else { lgamma(a + b) - lgamma(a) };
    };
    let (Pair { low, high, b }, below) = pair.raised(0, Pair::ln_ratio);
    let pair = Pair { low, high, b };
    let (half, ratio, ln_ratio) = (real::<T>(0.5), b / low, pair.ln_ratio());
    // (high − ½)·ln high − (low − ½)·ln low − b.
    let leading = if ratio.abs() < real(0.5) {
        low * ln_1p_minus(ratio) - half * ln_ratio + b * high.ln()
    } else {
        (low - half) * ln_ratio + b * (high.ln() - T::one())
    };
    leading + stirling_difference(pair) - below
}

/// The difference of `Σ B₂ₖ/(2k(2k − 1)x^(2k−1))`.
fn stirling_difference<T: Scalar>(pair: Pair<T>) -> T {
    pair.tail(1, 0, |k, number| number / count(2 * k * (2 * k - 1)))
}

fn ln_beta_of<T: Scalar>(a: T, b: T) -> T {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if a.is_nan() || b.is_nan() || low < T::zero() {
        return lgamma(a) + lgamma(b) - lgamma(a + b);
    }
    if low == T::zero() || high.is_infinite() {
        return if low == T::zero() && high.is_infinite() {
            T::nan()
        } else if low == T::zero() {
            T::infinity()
        } else {
            T::neg_infinity()
        };
    }
    if low < far::<T>(0).max(real(10.0)) {
        return lgamma(low) - ln_rising_of(high, low);
    }
    let (ratio, half) = (low / high, real::<T>(0.5));
    let ln_root_two_pi = half * (T::PI() + T::PI()).ln();
    // What Stirling's series has beside the leading terms: that of low, and the difference of those of high and the sum.
    let alone: T = {
        let (mut power, mut sum) = (low.recip(), T::zero());
        for (k, number) in bernoulli::<T>().enumerate() {
            sum = sum + number * power / count((2 * k + 2) * (2 * k + 1));
            power = power / low / low;
        }
        sum
    };
    let corrections = alone - stirling_difference(Pair { low: high, high: high + low, b: low });
    let by_low = (low - half) * (ratio / (T::one() + ratio)).ln();
    by_low - high * ratio.ln_1p() - half * high.ln() + (ln_root_two_pi + corrections)
}

pub(super) fn digamma_rise_of<T: Scalar>(a: T, b: T) -> T {
    let Some(pair) = Pair::new(a, b) else {
        return if b == T::zero() && a > T::zero() { b } else { digamma(a + b) - digamma(a) };
    };
    let (pair, below) = pair.raised(0, Pair::reciprocals);
    let tail = pair.tail(0, 0, |k, number| number / count(2 * k));
    pair.ln_ratio() - real::<T>(0.5) * pair.reciprocals() - tail - below
}

pub(super) fn trigamma_rise_of<T: Scalar>(a: T, b: T) -> T {
    let Some(pair) = Pair::new(a, b) else {
        return if b == T::zero() && a > T::zero() { -b } else { polygamma(1, a + b) - polygamma(1, a) };
    };
    let squares = |pair: Pair<T>| pair.reciprocals() * (pair.low.recip() + pair.high.recip());
    let (pair, below) = pair.raised(1, squares);
    // B₂ₖ/x^(2k+1), the first of power 3.
    let tail = pair.tail(1, 1, |_, number| number);
    pair.reciprocals() + real::<T>(0.5) * squares(pair) + tail + below
}

#[cfg(test)]
mod tests {
    /// a, b, and `ln B` (of positive b), the rises of ln Γ, ψ and ψ₁, by mpmath with 60 digits.
    const REFERENCE: [(f64, f64, [f64; 4]); 13] = [
        (1e20, 3.0, [-137.4619583990828, 138.15510557964274, 3e-20, -3e-40]),
        (3.0, 1e20, [-137.4619583990828, 4.505170185988091e21, 45.128917524782445, -0.39493406684822646]),
        (1e8, 0.5, [-8.637975427801482, 9.210340370726183, 5.0000000125e-09, -5.000000025e-17]),
        (0.001, 1e-09, [20.723266836944266, -1.0005750719313224e-06, 0.0010000006425341947, -1.9999970024016323]),
        (2.5, 1e-12, [27.63102111592727, 7.031566406454884e-13, 4.903577561001168e-13, -2.3620405164161546e-13]),
        (7.0, 0.25, [0.815088285969639, 0.4729342387284384, 0.03766919178526889, -0.005665944800405378]),
        (1e-05, 1e5, [11.512804563691175, 1051276.1961690933, 100012.09011968074, -10000000001.644897]),
        (9.5, 9.0, [-12.6493794533343, 23.25398235607955, 0.6927624129685918, -0.05545600649576451]),
        (1e16, 1e16, [-1.3862943611198924e16, 3.722765584902462e17, std::f64::consts::LN_2, -5e-17]),
        (40.0, -39.5, [f64::NAN, -106.05939531771875, -5.639837400056266, 4.909487096703388]),
        (123.0, 45.0, [-98.45393039344567, 223.77120154280257, 0.3128710297943578, -0.0021930884533194837]),
        (0.1, 0.2, [2.6809784793469147, -1.1569146569161304, 6.921230718210944, -89.18793460468501]),
        (1e3, 1e-3, [6.900271629687955, 0.0069072556958987286, 1.000499666166717e-06, -1.0009994984998354e-09]),
    ];

    #[test]
    fn what_the_terms_share_does_not_cancel() {
        for (a, b, expected) in REFERENCE {
            let found =
                [super::ln_beta(a, b), super::ln_rising(a, b), super::digamma_rise(a, b), super::trigamma_rise(a, b)];
            for (found, expected) in found.into_iter().zip(expected) {
                let is_right = (found - expected).abs() <= 2e-15 * expected.abs();
                assert!(is_right || expected.is_nan(), "at {a:e}, {b:e}: {found:e} for {expected:e}");
            }
        }
    }

    #[test]
    fn edges_are_those_of_the_gamma_function() {
        assert_eq!((super::ln_rising(5.0, 0.0), super::digamma_rise(5.0, 0.0)), (0.0, 0.0));
        assert_eq!((super::ln_beta(0.0, 2.0), super::ln_beta(2.0, f64::INFINITY)), (f64::INFINITY, f64::NEG_INFINITY));
        assert!(super::ln_beta(f64::NAN, 2.0).is_nan() && super::ln_rising(f64::NAN, 1.0).is_nan());
        assert!((super::ln_rising(-1.5, 4.0) - (super::lgamma(2.5f64) - super::lgamma(-1.5f64))).abs() < 1e-15);
        assert_eq!(super::ln_rising(0.0, 2.0), f64::NEG_INFINITY);
        assert!((super::ln_beta(2f32, 3.0) + 12f32.ln()).abs() < 1e-6);
    }
}
