//! Order along an axis: sorting, ranks, quantiles.

use crate::ops::{LaneOp, Lanewise};
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The elements in rising order along an axis. Equal ones (0 and −0 are) keep their order; NaN comes last. vjp: each
    /// adjoint goes back to the element it belongs to.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[3.0, 1.0, 2.0]));
    /// let weights = tape.constant(arr1(&[10.0, 20.0, 30.0]));
    /// assert_eq!(x.sort(0).value()?, arr1(&[1.0, 2.0, 3.0]).into_dyn());
    /// assert_eq!(x.sort(0).dot(weights).grad(x).value()?, arr1(&[30.0, 10.0, 20.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn sort(self, axis: usize) -> Self {
        match self.refused_along("sort", axis, WHOLE) {
            Some(refusal) => refusal,
            None => self.lanewise(Lanewise { op: LaneOp::Sort, axis: axis as u8, reverse: false }, &[self, self]),
        }
    }

    /// The median of all elements: the middle one in order, or the mean of the middle two, among which the derivative is
    /// shared. NaN if an element is. The median of nothing is an error.
    #[track_caller]
    pub fn median(self) -> Self {
        self.median_along(None)
    }

    /// The median along the axes given (the rows axis is not among them), as [`median`](Self::median).
    #[track_caller]
    pub fn median_axes(self, axes: &[usize]) -> Self {
        self.median_along(Some(axes))
    }

    #[track_caller]
    fn median_along(self, axes: Option<&[usize]>) -> Self {
        if self.is_failed() {
            return self;
        }
        let shape = self.shape();
        let axes = match self.chosen_axes(axes) {
            Ok(axes) if shape.has_rows() && axes.contains(0) => return self.tape().not_streamable("median", WHOLE),
            Ok(axes) => axes,
            Err(reason) => return self.tape().fail("median", &[self], reason),
        };
        if axes.is_empty() {
            return self;
        }
        let lanes = self.merge_last(axes);
        let last = lanes.shape().ndim().saturating_sub(1);
        let len = lanes.shape().len_of(last).unwrap_or(0);
        if len == 0 {
            return self.tape().fail("median", &[self], "the median of nothing is undefined".into());
        }
        let sorted = lanes.sort(last);
        let middle = sorted.slice_axis(last, ((len - 1) / 2) as isize..(len / 2 + 1) as isize).mean_axes(&[last]);
        let largest = sorted.index_axis(last, len - 1);
        largest.not_equal(largest).select(largest, middle)
    }
}

const WHOLE: &str = "the order of the rows needs all of them at once; bind the data as a fixed input";

impl Lanewise {
    pub(super) fn sort_vjp<'t, T: Scalar>(self, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
        let back = Lanewise { reverse: !self.reverse, ..self };
        rule.each(|index| (index == 0).then(|| rule.adjoint.lanewise(back, &[rule.adjoint, rule.args[1]])))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::test_support::{assert_close, check, check_rows, orders, random};
    use crate::{Error, Tape};
    use ndarray::{arr1, arr2};

    #[test]
    fn sort_and_median_have_their_derivatives_to_second_order() {
        check(&[random(&[3, 5], 1)], |x| x[0].sort(1) * x[0]);
        check(&[random(&[4, 3], 2)], |x| x[0].median_axes(&[0]).powi(3));
        check(&[random(&[2, 3, 2], 3)], |x| x[0].median_axes(&[0, 2]).exp());
    }

    #[test]
    fn equal_elements_keep_their_order() {
        let tape = Tape::<f64>::new();
        let x = tape.variable("x", arr1(&[5.0, 5.0, 1.0]));
        let y = x.sort(0).dot(tape.constant(arr1(&[1.0, 2.0, 3.0])));
        assert_eq!(y.grad(x).value().unwrap(), arr1(&[2.0, 3.0, 1.0]).into_dyn());
        assert_eq!(y.grad(x).sum().grad(x).value().unwrap(), arr1(&[0.0; 3]).into_dyn());
    }

    #[test]
    fn nan_comes_last_and_makes_the_median_nan() {
        let [y, ..] = orders(&[f64::NAN, 2.0, f64::NEG_INFINITY, 1.0], |x| x.sort(0));
        assert_close(&y, &arr1(&[f64::NEG_INFINITY, 1.0, 2.0, f64::NAN]).into_dyn(), 0.0);
        assert!(orders(&[1.0, f64::NAN, 2.0], |x| x.median())[0][[]].is_nan());
        assert_eq!(orders(&[1.0, 2.0, f64::INFINITY], |x| x.median())[0][[]], 2.0);
    }

    #[test]
    fn an_even_median_is_shared_by_the_middle_two() {
        let [y, first, second] = orders(&[4.0, 2.0, 3.0, 1.0], |x| x.median());
        assert_eq!((y[[]], first), (2.5, arr1(&[0.0, 0.5, 0.5, 0.0]).into_dyn()));
        assert_eq!(second, arr1(&[0.0; 4]).into_dyn());
    }

    #[test]
    fn the_order_within_a_row_streams_and_that_of_the_rows_is_refused() {
        check_rows(&[random(&[200, 4], 4)], &[true], |x| x[0].sort(1) * x[0]);
        check_rows(&[random(&[200, 2, 3], 5)], &[true], |x| x[0].median_axes(&[1, 2]));
        let tape = Tape::<f64>::new();
        let x = tape.data("x", arr2(&[[1.0, 2.0]]));
        let error = x.sort(0).value().unwrap_err();
        assert!(matches!(&error, Error::NotStreamable { operation, .. } if operation == "sort"), "{error}");
        assert!(error.to_string().contains("fixed input"), "{error}");
        let tape = Tape::<f64>::new();
        assert!(matches!(tape.rows("x", &[]).median().value(), Err(Error::NotStreamable { .. })));
    }

    #[test]
    fn the_median_of_nothing_is_an_error() {
        let tape = Tape::<f64>::new();
        assert!(matches!(tape.input("x", &[0]).median().value(), Err(Error::Recording { .. })));
    }
}
