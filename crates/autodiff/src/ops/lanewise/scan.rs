//! Scans: cumulative sums, and the first-order linear recurrence, from which the cumulative product and the derivative of a product follow.
//! All but the logarithm are polynomials in their operands, without a division: exact at 0, to any order.

use crate::ops::RunningSum;
use crate::scalar::Scalar;

/// The sums of x so far, at each of `places`.
pub(super) fn cumsum<T: Scalar>(x: &[T], out: &mut [T], places: impl Iterator<Item = usize>) {
    let mut sum = RunningSum::of_nothing();
    for (k, at) in places.enumerate() {
        sum.add(x[at]);
        // The sum of one number has its sign, even if it is −0.
        out[at] = if k == 0 { x[at] } else { sum.value() };
    }
}

/// `hᵢ = aᵢ·hᵢ₋₁ + bᵢ` at each of `places`, from `h₀ = b₀`.
pub(super) fn recurrence<T: Scalar>([b, a]: [&[T]; 2], out: &mut [T], places: impl Iterator<Item = usize>) {
    let mut last = T::zero();
    for (k, at) in places.enumerate() {
        last = if k == 0 { b[at] } else { a[at] * last + b[at] };
        out[at] = last;
    }
}

/// The logarithms of the sums of eˣ so far. The largest x is kept apart from the sum, `(1 + rest)·e^largest`.
pub(super) fn cumlogsumexp<T: Scalar>(x: &[T], out: &mut [T], places: impl Iterator<Item = usize>) {
    let (mut largest, mut rest) = (T::neg_infinity(), T::zero());
    for at in places {
        let x = x[at];
        if x > largest || x.is_nan() {
            rest = if largest == T::neg_infinity() { T::zero() } else { (T::one() + rest) * (largest - x).exp() };
            largest = x;
        } else if x > T::neg_infinity() && x.is_finite() {
            rest = rest + (x - largest).exp();
        }
        out[at] = if largest.is_finite() { largest + rest.ln_1p() } else { largest };
    }
}
