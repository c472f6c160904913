//! `ln Σ w·eˣ` along axes for weights of any sign, and what its derivative is made of.
//!
//! The term that is largest in magnitude, the *pivot*, is taken out of the sum, so nothing overflows; a weight of 0 leaves its term
//! out, but has a derivative, `eˣ/Σ w·eˣ`, which `ln w` added to x would lose.

use crate::kernels::product::strong;
use crate::ops::lanes;
use crate::scalar::{Scalar, real};
use crate::shape::{Axes, Dims, Shape};
use crate::value::Value;
use ndarray::{ArrayD, IxDyn};

/// What is computed of numbers x and weights w of one shape, along a set of axes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Weighted {
    /// `ln Σ w·eˣ`.
    LogSumExp,
    /// `ln |Σ w·eˣ|`.
    LogAbs,
    /// The sign of `Σ w·eˣ`.
    Sign,
    /// `eˣ/Σ w·eˣ`, the derivative of `LogAbs` by the weights; of the shape of x.
    Share,
    /// `w·eˣ/Σ w·eˣ`, the derivative of `LogAbs` by x; of the shape of x.
    Part,
}

impl Weighted {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Weighted::LogSumExp => "logsumexp_weighted",
            Weighted::LogAbs => "log_abs_sum_weighted",
            Weighted::Sign => "sign_of_weighted_sum",
            Weighted::Share => "share_of_weighted_sum",
            Weighted::Part => "part_of_weighted_sum",
        }
    }

    /// Whether the result is of the shape of x.
    pub(crate) fn keeps_shape(self) -> bool {
        matches!(self, Weighted::Share | Weighted::Part)
    }

    pub(crate) fn shape(self, x: &Shape, w: &Shape, axes: Axes) -> Result<Shape, String> {
        if x != w {
            return Err("there must be a weight for every element".into());
        }
        Ok(if self.keeps_shape() { x.clone() } else { x.reduce(axes, false) })
    }

    pub(crate) fn evaluate<T: Scalar>(self, x: &Value<T>, w: &Value<T>, axes: Axes, dims: &Dims) -> ArrayD<T> {
        let (x_lanes, w_lanes) = (lanes(x, axes), lanes(w, axes));
        if !self.keeps_shape() {
            let rows = x_lanes.rows().into_iter().zip(w_lanes.rows());
            let values = rows.map(|(x, w)| self.of_sum(&Sum::new(x.len(), |k| (x[k], w[k])))).collect();
            return ArrayD::from_shape_vec(IxDyn(dims), values)
                .unwrap_or_else(|_| ArrayD::from_elem(IxDyn(dims), T::nan()));
        }
        let mut shares = x_lanes;
        for (mut x, w) in shares.rows_mut().into_iter().zip(w_lanes.rows()) {
            let sum = Sum::new(x.len(), |k| (x[k], w[k]));
            x.zip_mut_with(&w, |x, &w| *x = self.of_term(&sum, *x, w));
        }
        let ndim = x.ndim();
        let order: Vec<usize> = (0..ndim)
            .filter(|&axis| !axes.contains(axis))
            .chain((0..ndim).filter(|&axis| axes.contains(axis)))
            .collect();
        let mut out = ArrayD::from_elem(x.raw_dim(), T::nan());
        for (out, share) in out.view_mut().permuted_axes(order).iter_mut().zip(shares) {
            *out = share;
        }
        out
    }

    /// The lanes of arrays of `[outer, len]` elements.
    pub(crate) fn run<T: Scalar>(self, [x, w]: [&[T]; 2], out: &mut [T], [outer, len]: [usize; 2]) {
        for lane in 0..outer {
            let (x, w) = (&x[lane * len..][..len], &w[lane * len..][..len]);
            let sum = Sum::new(len, |k| (x[k], w[k]));
            if self.keeps_shape() {
                let terms = x.iter().zip(w);
                out[lane * len..][..len]
                    .iter_mut()
                    .zip(terms)
                    .for_each(|(out, (&x, &w))| *out = self.of_term(&sum, x, w));
            } else {
                out[lane] = self.of_sum(&sum);
            }
        }
    }

    fn of_term<T: Scalar>(self, sum: &Sum<T>, x: T, w: T) -> T {
        if self == Weighted::Share { sum.share(x) } else { sum.part(x, w) }
    }

    fn of_sum<T: Scalar>(self, sum: &Sum<T>) -> T {
        match self {
            Weighted::Sign => sum.sign(),
            Weighted::LogSumExp if sum.sign() < T::zero() => T::nan(),
            _ => sum.log_abs(),
        }
    }
}

/// `Σ w·eˣ` as `w₀·e^x₀·(1 + r)`, the pivot being its term of the largest magnitude.
struct Sum<T> {
    /// x₀; −∞ where all terms are 0.
    x: T,
    weight: T,
    /// r, and 1 + r: where r is near −1, 1 + r is computed separately.
    rest: T,
    total: T,
}

impl<T: Scalar> Sum<T> {
    fn new(len: usize, term: impl Fn(usize) -> (T, T) + Copy) -> Self {
        let (zero, one) = (T::zero(), T::one());
        let magnitude = |(x, w): (T, T)| if w == zero && !x.is_nan() { T::neg_infinity() } else { x + w.abs().ln() };
        let (mut pivot, mut largest) = (0, T::neg_infinity());
        for k in 0..len {
            let size = magnitude(term(k));
            if size > largest || size.is_nan() {
                (pivot, largest) = (k, size);
            }
            if size.is_nan() {
                break;
            }
        }
        if largest == T::neg_infinity() {
            return Sum { x: largest, weight: one, rest: zero, total: zero };
        }
        let (x, weight) = term(pivot);
        if !largest.is_finite() {
            // Infinite terms of both signs have no sum.
            let sign = |k: usize| if magnitude(term(k)) == largest { term(k).1.signum() } else { weight.signum() };
            let agree = (0..len).all(|k| sign(k) == weight.signum());
            let total = if agree { one } else { T::nan() };
            return Sum { x: largest, weight: weight.signum(), rest: total - one, total };
        }
        let ratio = |k: usize| {
            let (other, w) = term(k);
            if w == zero { zero } else { quotient(other - x, w, weight) }
        };
        let rest = sum_by_halves(0, len, |k| if k == pivot { zero } else { ratio(k) });
        let mut total = one + rest;
        if total < real(0.5) {
            // Σ w/w₀ + Σ w/w₀·(e^(x − x₀) − 1): exact where the weights cancel and the numbers are close.
            let weights = sum_by_halves(0, len, |k| term(k).1) / weight;
            let excess = sum_by_halves(0, len, |k| {
                let (other, w) = term(k);
                if w == zero || k == pivot { zero } else { w / weight * (other - x).exp_m1() }
            });
            if (weights + excess).is_finite() {
                total = weights + excess;
            }
        }
        Sum { x, weight, rest, total }
    }

    fn sign(&self) -> T {
        let product = self.weight.signum() * self.total;
        if product > T::zero() {
            T::one()
        } else if product < T::zero() {
            -T::one()
        } else {
            product
        }
    }

    fn log_abs(&self) -> T {
        let excess = if self.total < real(0.5) { self.total.abs().ln() } else { self.rest.ln_1p() };
        if !self.x.is_finite() {
            return self.x + self.total.ln();
        }
        self.x + (self.weight.abs().ln() + excess)
    }

    /// `eˣ/Σ w·eˣ`; 0 where all terms are, as log-sum-exp of nothing but −∞ is constant.
    fn share(&self, x: T) -> T {
        if self.x == T::neg_infinity() {
            return if x == T::neg_infinity() { T::zero() } else { T::infinity() };
        }
        if self.x == T::infinity() {
            return if x == self.x { self.weight } else { T::zero() };
        }
        quotient(x - self.x, T::one(), self.weight) / self.total
    }

    /// `w·eˣ/Σ w·eˣ`.
    fn part(&self, x: T, w: T) -> T {
        if w == T::zero() && !x.is_nan() || !self.x.is_finite() {
            return strong(w, self.share(x));
        }
        quotient(x - self.x, w, self.weight) / self.total
    }
}

/// `eˣ·a/b`, by logarithms where a part of it over- or underflows.
fn quotient<T: Scalar>(x: T, a: T, b: T) -> T {
    let (power, ratio) = (x.exp(), a / b);
    let least = T::min_positive_value() / T::epsilon();
    let is_exact = |part: T| part.abs() > least && part.is_finite();
    if x.is_nan() || is_exact(power) && is_exact(ratio) {
        return power * ratio;
    }
    (x + (a.abs().ln() - b.abs().ln())).exp() * (a.signum() * b.signum())
}

/// The sum of `f` from `start` on, by halves.
fn sum_by_halves<T: Scalar>(start: usize, len: usize, f: impl Fn(usize) -> T + Copy) -> T {
    if len <= 16 {
        return (start..start + len).fold(T::zero(), |sum, k| sum + f(k));
    }
    let half = len / 2;
    sum_by_halves(start, half, f) + sum_by_halves(start + half, len - half, f)
}
