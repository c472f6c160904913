//! Log-sum-exp with weights of any sign.

use crate::ops::{Op, Weighted};
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::shape::Axes;
use crate::tape::{Operand, Var};

impl<'t, T: Scalar> Var<'t, T> {
    /// `ln Σ w·eˣ` over all elements, without overflow, for weights of any sign and of the shape of x or stretched to it. −∞
    /// where the sum is 0, NaN where it is negative.
    ///
    /// A weight of 0 has its derivative too.
    ///
    #[doc = include_str!("../../formulas/logsumexp_weighted.html")]
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
    pub(crate) fn vjp<'t, T: Scalar>(self, axes: Axes, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
        let (x, w) = (rule.args[0], rule.args[1]);
        let recorded = |weighted: Weighted| x.tape().record(Op::Weighted(weighted, axes), &[x, w]);
        match self {
            Weighted::Sign => rule.each(|_| None),
            Weighted::LogSumExp | Weighted::LogAbs => {
                let mut adjoint = rule.adjoint;
                if self == Weighted::LogSumExp {
                    // As the derivative of ln is, NaN where the sum is negative.
                    let defined = rule.output.equal(rule.output);
                    adjoint = defined.select(adjoint, adjoint * T::nan());
                }
                let adjoint = adjoint.stretch_back(x, axes);
                let partials = [Weighted::Part, Weighted::Share];
                rule.each(|index| Some(adjoint.strong_mul(recorded(partials[index]))))
            }
            // By x and by w it is `pᵢ(aᵢ − Σ ap)` and `qᵢ(aᵢ − Σ ap)`, where the parts p = w·q add up to 1.
            Weighted::Part => rule.each(|index| {
                if index == 0 {
                    let one = x.tape().scalar(T::one());
                    return Some(rule.adjoint.strong_mul(rule.output).triple(rule.output, one, axes));
                }
                let shares = recorded(Weighted::Share);
                Some(rule.adjoint.strong_mul(shares).triple(shares, w, axes))
            }),
            Weighted::Share => {
                let shares = rule.adjoint.strong_mul(rule.output);
                rule.each(|index| {
                    if index == 0 {
                        // That of x is `a − b·Σa`, where the b add up to 1.
                        return Some(shares.triple(recorded(Weighted::Part), x.tape().scalar(T::one()), axes));
                    }
                    let total = shares.tape().record(Op::Reduce(crate::ops::Reduce::Sum, axes), &[shares]);
                    Some(-total.stretch_back(x, axes).strong_mul(rule.output))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::test_support::{check, check_rows, orders, random};
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
