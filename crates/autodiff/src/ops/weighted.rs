//! `ln Σ w·eˣ` along axes for weights of any sign, and what its derivative is made of.
//!
//! The term that is largest in magnitude, the *pivot*, is taken out of the sum, so nothing overflows; a weight of 0 leaves its term
//! out, but has a derivative, `eˣ/Σ w·eˣ`, which `ln w` added to x would lose.

use super::{Adjoints, Rule};
use crate::ops::{Op, lanes};
use crate::scalar::{Scalar, real};
use crate::shape::{Axes, Dims, Shape};
use crate::tape::{Operand, Var};
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
}

impl<'t, T: Scalar> Var<'t, T> {
    /// `ln Σ w·eˣ` over all elements, without overflow, for weights of any sign and of the shape of x or stretched to it. −∞
    /// where the sum is 0, NaN where it is negative.
    ///
    /// Derivatives `w·q` by x and `q` by w, with `q = eˣ/Σ w·eˣ`: that of a weight which is 0 is there too.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let (x, w) = (tape.variable("x", arr1(&[1000.0, 1000.0])), tape.variable("w", arr1(&[1.0, 0.0])));
    /// let y = x.logsumexp_weighted(w);
    /// assert_eq!(y.item()?, 1000.0);
    /// assert_eq!(y.grad(w).value()?, arr1(&[1.0, 1.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn logsumexp_weighted(self, weights: impl Operand<'t, T>) -> Self {
        self.weighted(weights, None)
    }

    /// `ln Σ w·eˣ` along the axes given, which vanish from the shape, as [`logsumexp_weighted`](Self::logsumexp_weighted).
    #[track_caller]
    pub fn logsumexp_weighted_axes(self, weights: impl Operand<'t, T>, axes: &[usize]) -> Self {
        self.weighted(weights, Some(axes))
    }

    #[track_caller]
    fn weighted(self, weights: impl Operand<'t, T>, axes: Option<&[usize]>) -> Self {
        let weights = weights.on(self.tape());
        if self.is_failed() || weights.is_failed() {
            return if self.is_failed() { self } else { weights };
        }
        // Each stretched to the shape of both; the product says what that is, or what is wrong.
        let both = self * weights;
        if both.is_failed() {
            return both;
        }
        let [x, w] = [self, weights].map(|operand| operand.broadcast_shape(&both.shape()));
        match x.chosen_axes(axes) {
            Ok(axes) => self.tape().record(Op::Weighted(Weighted::LogSumExp, axes), &[x, w]),
            Err(reason) => self.tape().fail("logsumexp_weighted", &[self, weights], reason),
        }
    }
}

impl Weighted {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Weighted::LogSumExp => "logsumexp_weighted",
            Weighted::LogAbs => "log_abs_sum_weighted",
            Weighted::Sign => "sign_of_weighted_sum",
            Weighted::Share => "share_of_weighted_sum",
        }
    }

    pub(crate) fn shape(self, x: &Shape, w: &Shape, axes: Axes) -> Result<Shape, String> {
        if x != w {
            return Err("there must be a weight for every element".into());
        }
        Ok(if self == Weighted::Share { x.clone() } else { x.reduce(axes, false) })
    }

    pub(crate) fn vjp<'t, T: Scalar>(self, axes: Axes, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
        let (x, w) = (rule.args[0], rule.args[1]);
        let share = || x.tape().record(Op::Weighted(Weighted::Share, axes), &[x, w]);
        match self {
            Weighted::Sign => rule.each(|_| None),
            Weighted::LogSumExp | Weighted::LogAbs => {
                let mut adjoint = rule.adjoint;
                if self == Weighted::LogSumExp {
                    // As the derivative of ln is, NaN where the sum is negative.
                    let defined = rule.output.equal(rule.output);
                    adjoint = defined.select(adjoint, adjoint * T::nan());
                }
                let by_weight = adjoint.stretch_back(x, axes).strong_mul(share());
                rule.each(|index| Some(if index == 0 { w.strong_mul(by_weight) } else { by_weight }))
            }
            Weighted::Share => {
                let shares = rule.adjoint.strong_mul(rule.output);
                let total = shares.tape().record(Op::Reduce(super::Reduce::Sum, axes), &[shares]).stretch_back(x, axes);
                let of_total = total.strong_mul(rule.output);
                rule.each(|index| Some(if index == 0 { shares - w.strong_mul(of_total) } else { -of_total }))
            }
        }
    }

    pub(crate) fn evaluate<T: Scalar>(self, x: &Value<T>, w: &Value<T>, axes: Axes, dims: &Dims) -> ArrayD<T> {
        let (x_lanes, w_lanes) = (lanes(x, axes), lanes(w, axes));
        if self != Weighted::Share {
            let rows = x_lanes.rows().into_iter().zip(w_lanes.rows());
            let values = rows.map(|(x, w)| self.of_sum(&Sum::new(x.len(), |k| (x[k], w[k])))).collect();
            return ArrayD::from_shape_vec(IxDyn(dims), values)
                .unwrap_or_else(|_| ArrayD::from_elem(IxDyn(dims), T::nan()));
        }
        let mut shares = x_lanes;
        for (mut x, w) in shares.rows_mut().into_iter().zip(w_lanes.rows()) {
            let sum = Sum::new(x.len(), |k| (x[k], w[k]));
            x.mapv_inplace(|x| sum.share(x));
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
            if self == Weighted::Share {
                out[lane * len..][..len].iter_mut().zip(x).for_each(|(out, &x)| *out = sum.share(x));
            } else {
                out[lane] = self.of_sum(&sum);
            }
        }
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
    /// r, and 1 + r: where the one is near −1, the other is computed apart from it.
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

#[cfg(test)]
mod tests {
    use crate::ops::test_support::{check, check_rows, orders, random};
    use ndarray::{ArrayD, arr1};

    fn positive(shape: &[usize], seed: u64) -> ArrayD<f64> {
        random(shape, seed).mapv(|x: f64| x.abs() + 0.1)
    }

    #[test]
    fn it_has_its_derivatives_to_second_order_by_both_operands() {
        check(&[random(&[3, 4], 1), positive(&[3, 4], 2)], |x| x[0].logsumexp_weighted_axes(x[1], &[0]));
        check(&[random(&[3, 4], 1), positive(&[4], 2)], |x| x[0].logsumexp_weighted_axes(x[1], &[1]));
        check(&[random(&[2, 3, 2], 3), positive(&[2, 3, 2], 4)], |x| x[0].logsumexp_weighted_axes(x[1], &[0, 2]));
        check(&[random(&[4], 5), arr1(&[1.0, -0.01, 2.0, 0.0]).into_dyn()], |x| x[0].logsumexp_weighted(x[1]));
    }

    #[test]
    fn along_and_over_the_rows_it_streams() {
        check_rows(&[random(&[300, 3], 6), positive(&[300, 3], 7)], &[true, true], |x| {
            x[0].logsumexp_weighted_axes(x[1], &[1])
        });
        check_rows(&[random(&[300, 3], 6), positive(&[300, 3], 7)], &[true, true], |x| {
            x[0].logsumexp_weighted_axes(x[1], &[0])
        });
        check_rows(&[random(&[300], 8), positive(&[], 9)], &[true, false], |x| x[0].logsumexp_weighted(x[1]));
    }

    #[test]
    fn neither_large_numbers_nor_cancelling_weights_lose_digits() {
        let of = |x: [f64; 2], w: [f64; 2]| {
            let [y, first, _] = orders(&x, |x| x.logsumexp_weighted(x.tape().constant(arr1(&w))));
            (y[[]], [first[0], first[1]])
        };
        assert_eq!(of([1000.0, 1000.0], [1.0, 3.0]), (1000.0 + 4f64.ln(), [0.25, 0.75]));
        assert_eq!(of([0.0, -50.0], [1.0, 2.0]).0, 2.0 * (-50f64).exp());
        assert_eq!(of([0.0, -50.0], [1.0, -2.0]).0, -2.0 * (-50f64).exp());
        // e^(1e-10) − 1.
        assert!((of([1e-10, 0.0], [1.0, -1.0]).0 - 1e-10f64.exp_m1().ln()).abs() < 1e-14);
        assert!(of([0.0, 1.0], [1.0, -1.0]).0.is_nan());
        assert_eq!(of([1.0, 1.0], [1.0, -1.0]).0, f64::NEG_INFINITY);
        assert_eq!(of([800.0, 0.0], [0.0, 1.0]), (0.0, [0.0, 1.0]));
        assert_eq!(of([f64::NEG_INFINITY; 2], [1.0, 1.0]), (f64::NEG_INFINITY, [0.0, 0.0]));
        assert_eq!(of([f64::INFINITY, 0.0], [1.0, 1.0]), (f64::INFINITY, [1.0, 0.0]));
        assert!(of([f64::NAN, 0.0], [1.0, 1.0]).0.is_nan());
        assert_eq!(of([600.0, -600.0], [1e-300, 1e300]).0, 1e300f64.ln() - 600.0);
    }
}
