//! The logarithm of the gamma function and its derivatives of all orders, in the arithmetic of any scalar.
//!
//! Far from 0, Stirling's series and its derivatives (Euler and Maclaurin's summation of Hurwitz's zeta function, DLMF 5.11,
//! 25.11.43) with the Bernoulli numbers below; how far is far follows from the scalar's precision. Nearer, the recurrence
//! leads there; left of ½, Euler's reflection (DLMF 5.5.3, 5.15.6). Near a zero, a Taylor series about it.

use super::gamma_series::{DIGAMMA_NEAR_ZERO, LGAMMA_NEAR_TWO};
use crate::scalar::{Scalar, count, real};

/// Numerators and denominators of the Bernoulli numbers B₂, B₄, …, B₃₄, each exact in 53 bits.
const BERNOULLI: [[f64; 2]; 17] = [
    [1.0, 6.0],
    [-1.0, 30.0],
    [1.0, 42.0],
    [-1.0, 30.0],
    [5.0, 66.0],
    [-691.0, 2730.0],
    [7.0, 6.0],
    [-3617.0, 510.0],
    [43867.0, 798.0],
    [-174611.0, 330.0],
    [854513.0, 138.0],
    [-236364091.0, 2730.0],
    [8553103.0, 6.0],
    [-23749461029.0, 870.0],
    [8615841276005.0, 14322.0],
    [-7709321041217.0, 510.0],
    [2577687858367.0, 6.0],
];

/// The zero of digamma on the right, as a sum of numbers.
const DIGAMMA_ZERO: [f64; 4] =
    [1.4616321449683622, 9.549995429965697e-17, 2.89392992820415e-33, -1.9996105742398195e-50];

pub(super) fn bernoulli<T: Scalar>() -> impl Iterator<Item = T> {
    BERNOULLI.iter().map(|&[numerator, denominator]| real::<T>(numerator) / real(denominator))
}

/// From where on the series with the Bernoulli numbers above has the scalar's precision, for the derivative of digamma of
/// the given order: the first term left out, `2·(34 + n)!/(2πx)³⁴` over n!, is below epsilon there.
pub(super) fn far<T: Scalar>(order: usize) -> T {
    let root = T::epsilon().ln() / real(34.0);
    count::<T>(order + 18) * (-root).exp() / (T::PI() + T::PI())
}

/// `ln |Γ(x)|`; ∞ at 0 and the negative whole numbers.
pub(super) fn lgamma<T: Scalar>(x: T) -> T {
    let half = real::<T>(0.5);
    if x.is_infinite() || is_pole(x) {
        return T::infinity();
    }
    if x < T::zero() {
        return (T::PI() / sin_cos_pi(x).0.abs()).ln() - lgamma(T::one() - x);
    }
    if x < half {
        // Γ(x) = Γ(x + 2)/(x(x + 1)); x itself is the distance of x + 2 from 2.
        return lgamma_near_two(x) - x.ln_1p() - x.ln();
    }
    if x < half + T::one() {
        let distance = x - T::one();
        return lgamma_near_two(distance) - distance.ln_1p();
    }
    if x < far(0) {
        let (mut x, mut product) = (x, T::one());
        while x > real(2.5) {
            x = x - T::one();
            product = product * x;
        }
        return lgamma_near_two(x - real(2.0)) + product.ln();
    }
    let reciprocal_square = (x * x).recip();
    let (mut power, mut tail, mut j) = (x.recip(), T::zero(), 0);
    for number in bernoulli::<T>() {
        j += 2;
        tail = tail + number * power / count(j * (j - 1));
        power = power * reciprocal_square;
    }
    let ln_root_two_pi = half * (T::PI() + T::PI()).ln();
    (x - half) * (x.ln() - T::one()) - half + ln_root_two_pi + tail
}

/// `ln Γ(2 + d)` for `|d| ≤ ½`, which is 0 at d = 0.
fn lgamma_near_two<T: Scalar>(d: T) -> T {
    let two = T::one() + T::one();
    taylor(d, &LGAMMA_NEAR_TWO, |k| polygamma(k, two))
}

/// `Σ derivative(k)·dᵏ⁺¹/(k + 1)!` from k = 0 on. Scalars of no more than 105 bits take the coefficients of d, d², … from `known`.
fn taylor<T: Scalar>(d: T, known: &[[f64; 2]], derivative: impl Fn(usize) -> T) -> T {
    let is_finer = T::epsilon() < real::<T>(f64::EPSILON) * real(f64::EPSILON);
    let (mut power, mut over_factorial, mut sum) = (d, d, T::zero());
    for k in 0..512 {
        let term = match known.get(k) {
            Some(&[high, low]) if !is_finer => (real::<T>(high) + real(low)) * power,
            _ => derivative(k) * over_factorial,
        };
        sum = sum + term;
        if term.abs() <= T::epsilon() * real(0.125) * sum.abs() {
            break;
        }
        (power, over_factorial) = (power * d, over_factorial * d / count(k + 2));
    }
    sum
}

/// `ψ(x) = Γ′(x)/Γ(x)`; ∓∞ at ±0, NaN at the negative whole numbers.
pub(super) fn digamma<T: Scalar>(x: T) -> T {
    if x <= T::zero() {
        return digamma_reflected(x, digamma);
    }
    let zero: [T; 4] = DIGAMMA_ZERO.map(real);
    let distance = zero.iter().fold(x, |rest, &part| rest - part);
    if distance.abs() < real(0.25) {
        return taylor(distance, &DIGAMMA_NEAR_ZERO, |k| polygamma(k + 1, zero[0] + zero[1]));
    }
    let (mut x, mut steps) = (x, T::zero());
    let far = far(0);
    while x < far {
        steps = steps + x.recip();
        x = x + T::one();
    }
    let reciprocal_square = (x * x).recip();
    let (mut power, mut tail, mut j) = (reciprocal_square, T::zero(), 0);
    for number in bernoulli::<T>() {
        j += 2;
        tail = tail + number * power / count(j);
        power = power * reciprocal_square;
    }
    x.ln() - (real::<T>(0.5) / x + tail) - steps
}

/// `ψ(x)` for x ≤ 0, by `digamma` for the others.
pub(super) fn digamma_reflected<T: Scalar>(x: T, digamma: impl Fn(T) -> T) -> T {
    if x == T::zero() {
        return -x.recip();
    }
    if is_pole(x) {
        return T::nan();
    }
    let (sin, cos) = sin_cos_pi(x);
    digamma(T::one() - x) - T::PI() * cos / sin
}

/// The derivative of digamma of order `n`; of order 0, digamma.
///
/// At the poles (0 and the negative whole numbers) ∞ for odd n; for even n, ∓∞ at ±0 and NaN elsewhere.
pub(super) fn polygamma<T: Scalar>(n: usize, x: T) -> T {
    if n == 0 {
        return digamma(x);
    }
    let is_odd = n % 2 == 1;
    if is_pole(x) {
        return match (is_odd, x == T::zero()) {
            (true, _) => T::infinity(),
            (false, true) => -x.recip(),
            (false, false) => T::nan(),
        };
    }
    if x < T::zero() {
        // ψⁿ(1 − x)·(−1)ⁿ − ψⁿ(x) = π·dⁿcot(πx)/dxⁿ.
        let of_poles = T::PI() * cot_pi_derivative(n, x);
        if of_poles.is_infinite() {
            // The pole nearby outweighs those that are further off than 1.
            return -of_poles;
        }
        let reflected = polygamma(n, T::one() - x);
        return if is_odd { -reflected } else { reflected } - of_poles;
    }
    let value = hurwitz(n, x);
    if is_odd { value } else { -value }
}

/// `n!·ζ(n + 1, x) = n!·Σ (x + k)^−(n+1)` for n > 0 and x > 0; NaN is carried.
fn hurwitz<T: Scalar>(n: usize, x: T) -> T {
    if x.is_infinite() {
        return T::zero();
    }
    // n!/xⁿ by its factors, so that neither overflows before the quotient does.
    let scaled = |x: T| (1..=n).fold(T::one(), |product, k| product * count::<T>(k) / x);
    let (mut x, mut sum, far) = (x, T::zero(), far::<T>(n));
    while x < far {
        let term = scaled(x) / x;
        sum = sum + term;
        // What is left is below the integral from here on.
        if term * (x / count(n)) <= T::epsilon() * real(0.01) * sum {
            return sum;
        }
        x = x + T::one();
    }
    // n!·(x^−n/n + x^−(n+1)/2 + Σ B₂ⱼ/(2j)!·(n + 1)(n + 2)…(n + 2j − 1)·x^(−n−2j)).
    let leading = scaled(x);
    let mut tail = leading / count(n) + leading / x * real(0.5);
    let mut factor = leading * count(n + 1) / x / x * real(0.5);
    for (j, number) in bernoulli::<T>().enumerate() {
        let k = 2 * (j + 1);
        tail = tail + number * factor;
        factor = factor * count::<T>(n + k) / x * count(n + k + 1) / x / count((k + 1) * (k + 2));
    }
    sum + tail
}

/// Whether x is 0 or a negative whole number.
fn is_pole<T: Scalar>(x: T) -> bool {
    x <= T::zero() && x == x.floor()
}

/// `(sin πr, cos πr)` for the distance r of x from the nearest whole number.
pub(super) fn sin_cos_pi<T: Scalar>(x: T) -> (T, T) {
    let r = x - x.round();
    let quarter = real::<T>(0.25);
    if r.abs() <= quarter {
        return ((T::PI() * r).sin(), (T::PI() * r).cos());
    }
    let rest = T::PI() * (real::<T>(0.5) - r.abs());
    (rest.cos() * r.signum(), rest.sin())
}

/// The derivative of `cot πx` of order n > 0, by Leibniz' rule from `c′ = −π(1 + c²)`.
fn cot_pi_derivative<T: Scalar>(n: usize, x: T) -> T {
    let (sin, cos) = sin_cos_pi(x);
    // It is (−1)ⁿ·n!/π·Σ (x − k)^−(n+1) over all whole k. The nearest is at most ½ away: n!·2ⁿ⁺¹ bounds that term from below.
    let overflows = (1..=n).fold(real::<T>(2.0), |bound, k| bound * count(2 * k)).is_infinite();
    if overflows {
        return match (n.is_multiple_of(2), cos == T::zero()) {
            (false, _) => T::neg_infinity(),
            (true, true) => T::zero(),
            (true, false) => (cos / sin).signum() * T::infinity(),
        };
    }
    let slope = -T::PI() / (sin * sin);
    let mut derivatives: smallvec::SmallVec<[T; 16]> = smallvec::smallvec![cos / sin, slope];
    for m in 1..n {
        let (mut binomial, mut sum) = (T::one(), T::zero());
        for j in 0..=m {
            sum = sum + binomial * derivatives[j] * derivatives[m - j];
            binomial = binomial * count(m - j) / count(j + 1);
        }
        derivatives.push(-T::PI() * sum);
    }
    derivatives[n]
}
