//! Scans along an axis: cumulative sums and products, linear recurrences.

use crate::ops::{LaneOp, Lanewise};
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::shape::Axes;
use crate::tape::Var;
use crate::value::AxisSlice;
use smallvec::SmallVec;

impl<'t, T: Scalar> Var<'t, T> {
    /// The sums `yᵢ = x₀ + … + xᵢ` along an axis. vjp: the cumulative sum of the adjoint from the end.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[1.0, 2.0, 3.0]));
    /// let y = x.cumsum(0);
    /// assert_eq!(y.value()?, arr1(&[1.0, 3.0, 6.0]).into_dyn());
    /// assert_eq!(y.sum().grad(x).value()?, arr1(&[3.0, 2.0, 1.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn cumsum(self, axis: usize) -> Self {
        self.scan(LaneOp::CumSum, axis, false, &[self])
    }

    /// `yᵢ = ln(e^x₀ + … + e^xᵢ)` along an axis, without overflow: the risk sets of Cox's partial likelihood, of observations by
    /// falling time. vjp: `λᵢ = ȳᵢ + λᵢ₊₁·e^(yᵢ − yᵢ₊₁)`, a recurrence from the end; `x̄ᵢ = λᵢ·e^(xᵢ − yᵢ)`.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[1000.0, 1000.0]));
    /// let y = x.cumlogsumexp(0);
    /// assert_eq!(y.value()?, arr1(&[1000.0, 1000.0 + 2f64.ln()]).into_dyn());
    /// assert_eq!(y.sum().grad(x).value()?, arr1(&[1.5, 0.5]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn cumlogsumexp(self, axis: usize) -> Self {
        self.scan(LaneOp::CumLogSumExp, axis, false, &[self])
    }

    /// The products `yᵢ = x₀·…·xᵢ` along an axis; the derivative is exact where elements are 0.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[0.0, 2.0, 3.0]));
    /// assert_eq!(x.cumprod(0).sum().grad(x).value()?, arr1(&[9.0, 0.0, 0.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn cumprod(self, axis: usize) -> Self {
        if let Some(refusal) = self.refused_along("cumprod", axis, WHOLE) {
            return refusal;
        }
        self.product_of_earlier(axis, false) * self
    }

    /// The linear recurrence `hᵢ = aᵢ·hᵢ₋₁ + bᵢ` along an axis, h₀ = b₀ (a₀ is not used); b is `self`, and a of its shape
    /// or stretched to it. An autoregressive filter, a GARCH variance, an exponentially weighted mean.
    ///
    #[doc = include_str!("../../../formulas/linear_recurrence.html")]
    ///
    /// The adjoints λ are a recurrence from the end.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let (phi, shocks) = (tape.variable("phi", 0.5), tape.variable("shocks", arr1(&[1.0, 0.0, 2.0])));
    /// let h = shocks.linear_recurrence(phi, 0);
    /// assert_eq!(h.value()?, arr1(&[1.0, 0.5, 2.25]).into_dyn());
    /// assert_eq!(h.sum().grad(phi).item()?, 2.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn linear_recurrence(self, a: Var<'t, T>, axis: usize) -> Self {
        if let Some(failed) = self.tape().refused("linear_recurrence", &[self, a]) {
            return failed;
        }
        let a = a.broadcast_shape(&self.shape());
        self.scan(LaneOp::Recurrence, axis, false, &[self, a])
    }

    /// Of every element along `axes`, the product of the others. The rows are not among the axes.
    #[track_caller]
    pub(crate) fn product_of_others(self, axes: Axes) -> Self {
        if axes.is_empty() {
            return self.filled(1.0);
        }
        let lanes = self.merge_last(axes);
        let axis = lanes.shape().ndim().saturating_sub(1);
        let others = lanes.product_of_earlier(axis, false) * lanes.product_of_earlier(axis, true);
        others.split_last(self, axes)
    }

    /// Of every element, the product of those before it along `axis` (after it, if `reverse`): `hᵢ = xᵢ₋₁·hᵢ₋₁`, h₀ = 1.
    #[track_caller]
    fn product_of_earlier(self, axis: usize, reverse: bool) -> Self {
        let shape = self.shape();
        let start = self.first_along(axis, reverse, T::one()).broadcast_shape(&shape);
        self.scan(LaneOp::Recurrence, axis, reverse, &[start, self.shifted(axis, reverse)])
    }

    /// Zeros along `axis` (of length 1 along those behind it), but `value` at the first place, or at the last if `reverse`.
    #[track_caller]
    fn first_along(self, axis: usize, reverse: bool, value: T) -> Self {
        let shape = self.shape();
        let mut dims = vec![1; shape.ndim() - axis];
        dims[0] = shape.len_of(axis).unwrap_or(0);
        self.tape().constant_of("a scan", &dims, |start| {
            if let Some(first) = start.iter_mut().nth(if reverse { dims[0].saturating_sub(1) } else { 0 }) {
                *first = value;
            }
        })
    }

    /// `yᵢ = xᵢ₋₁` (`xᵢ₊₁`, if `reverse`) along `axis`, with a 0 at the end that is left empty.
    #[track_caller]
    fn shifted(self, axis: usize, reverse: bool) -> Self {
        let shape = self.shape();
        let first = usize::from(shape.has_rows());
        let kept = shape.trailing()[axis - first].saturating_sub(1);
        let part = |start: usize| -> SmallVec<[AxisSlice; 4]> {
            let whole = shape.trailing().iter().map(|&len| AxisSlice { start: 0, step: 1, len });
            let mut slices: SmallVec<[AxisSlice; 4]> = whole.collect();
            slices[axis - first] = AxisSlice { start, step: 1, len: kept };
            slices
        };
        if kept == 0 {
            return self.filled(0.0);
        }
        let (from, to) = if reverse { (1, 0) } else { (0, 1) };
        self.tape().record_slice(self, part(from)).record_unslice(part(to), &shape)
    }

    #[track_caller]
    fn scan(self, op: LaneOp, axis: usize, reverse: bool, operands: &[Self]) -> Self {
        match self.refused_along(op.name(), axis, WHOLE) {
            Some(refusal) => refusal,
            None => self.lanewise(Lanewise { op, axis: axis as u8, reverse }, operands),
        }
    }
}

const WHOLE: &str = "a row needs all rows before it, and its derivative all after it; bind the data as a fixed input";

impl Lanewise {
    pub(super) fn cumsum_vjp<'t, T: Scalar>(self, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
        let back = Lanewise { reverse: !self.reverse, ..self };
        rule.each(|_| Some(rule.adjoint.lanewise(back, &[rule.adjoint])))
    }

    pub(super) fn recurrence_vjp<'t, T: Scalar>(self, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
        let axis = usize::from(self.axis);
        let back = Lanewise { reverse: !self.reverse, ..self };
        let lambda = rule.adjoint.lanewise(back, &[rule.adjoint, rule.args[1].shifted(axis, back.reverse)]);
        rule.each(|index| {
            Some(if index == 0 { lambda } else { lambda.strong_mul(rule.output.shifted(axis, self.reverse)) })
        })
    }

    /// With the weights that the derivative of `ln(eᵃ + eᵇ)` has, which keep their digits.
    pub(super) fn cumlogsumexp_vjp<'t, T: Scalar>(self, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
        let (axis, back) = (usize::from(self.axis), !self.reverse);
        let (x, y) = (rule.args[0], rule.output);
        let before = y.shifted(axis, self.reverse) + x.first_along(axis, self.reverse, T::neg_infinity());
        let carried = y.logaddexp_weight(x.shifted(axis, back));
        let lambda = rule.adjoint.scan(LaneOp::Recurrence, axis, back, &[rule.adjoint, carried]);
        rule.each(|_| Some(lambda.strong_mul(x.logaddexp_weight(before))))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::test_support::{check, check_rows, orders, random};
    use crate::{Error, Tape, Var};
    use ndarray::{arr0, arr1};

    #[test]
    fn cumulative_sums_and_products_have_their_derivatives_to_second_order() {
        for axis in [0, 1] {
            check(&[random(&[3, 4], 1)], |x| x[0].cumsum(axis));
            check(&[random(&[3, 4], 2)], |x| x[0].cumprod(axis));
        }
        check(&[random(&[1], 3)], |x| x[0].cumprod(0));
    }

    #[test]
    fn a_recurrence_has_its_derivatives_to_second_order_by_both_operands() {
        check(&[random(&[2, 4], 4), random(&[2, 4], 5)], |x| x[0].linear_recurrence(x[1], 1));
        check(&[random(&[4, 2], 4), arr0(0.7).into_dyn()], |x| x[0].linear_recurrence(x[1], 0));
    }

    #[test]
    fn cumulative_log_sums_have_their_derivatives_to_second_order_and_do_not_overflow() {
        for axis in [0, 1] {
            check(&[random(&[3, 4], 8)], |x| x[0].cumlogsumexp(axis));
        }
        check_rows(&[random(&[300, 3, 2], 9)], &[true], |x| x[0].cumlogsumexp(1));
        let [y, first, _] = orders(&[-1000.0, 1000.0, 1000.0, f64::NEG_INFINITY], |x| x.cumlogsumexp(0));
        let both = 1000.0 + 2f64.ln();
        assert_eq!(
            (y, first),
            (arr1(&[-1000.0, 1000.0, both, both]).into_dyn(), arr1(&[1.0, 2.0, 1.0, 0.0]).into_dyn())
        );
        let [y, first, _] = orders(&[f64::NEG_INFINITY, 0.0], |x| x.cumlogsumexp(0));
        assert_eq!((y, first), (arr1(&[f64::NEG_INFINITY, 0.0]).into_dyn(), arr1(&[0.0, 1.0]).into_dyn()));
    }

    #[test]
    fn scans_along_the_axes_of_a_row_stream() {
        check_rows(&[random(&[300, 3, 2], 6)], &[true], |x| x[0].cumsum(1));
        check_rows(&[random(&[300, 3], 7)], &[true], |x| x[0].cumprod(1));
    }

    #[test]
    fn scans_along_the_rows_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.rows("x", &[2]);
        for refused in [x.cumsum(0), x.cumprod(0), x.linear_recurrence(x, 0)] {
            assert!(matches!(refused.value(), Err(Error::NotStreamable { .. })));
        }
        assert!(tape.check().unwrap_err().to_string().contains("bind the data as a fixed input"));
    }

    #[test]
    fn products_are_exact_at_zero_to_second_order() {
        let [y, first, second] = orders(&[0.0, 2.0, 3.0], |x| x.prod());
        assert_eq!((y[[]], first), (0.0, arr1(&[6.0, 0.0, 0.0]).into_dyn()));
        assert_eq!(second, arr1(&[5.0, 3.0, 2.0]).into_dyn());
        let [_, first, second] = orders(&[0.0, 0.0, 3.0], |x| x.prod());
        assert_eq!(first, arr1(&[0.0, 0.0, 0.0]).into_dyn());
        assert_eq!(second, arr1(&[3.0, 3.0, 0.0]).into_dyn());
        let [y, first, second] = orders(&[0.0, 2.0, 3.0], |x| x.cumprod(0));
        assert_eq!((y, first), (arr1(&[0.0; 3]).into_dyn(), arr1(&[9.0, 0.0, 0.0]).into_dyn()));
        assert_eq!(second, arr1(&[6.0, 4.0, 2.0]).into_dyn());
    }

    #[test]
    fn scans_of_nothing_are_nothing() {
        let scans: [fn(Var<'_, f64>) -> Var<'_, f64>; 2] = [|x| x.cumsum(0), |x| x.cumprod(0)];
        for record in scans {
            let [y, first, _] = orders(&[], record);
            assert_eq!((y.len(), first.len()), (0, 0));
        }
    }
}
