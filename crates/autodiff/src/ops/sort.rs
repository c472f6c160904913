//! Sorting along an axis, and the median. One operation does it: the elements of one array put in the order of another's
//! (or back), linear in the first; where the order changes, its derivative jumps.

use super::{Adjoints, Rule};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::Var;
use crate::value::Value;
use ndarray::{ArrayD, IxDyn};
use std::cmp::Ordering;

/// `x` in the order that sorts the keys along an axis, or, `inverse`, back from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Sort {
    pub(crate) axis: u8,
    pub(crate) inverse: bool,
}

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
        if self.is_failed() {
            return self;
        }
        let shape = self.shape();
        if axis >= shape.ndim() {
            let reason = format!("axis {axis} does not exist: there are {} axes, numbered from 0", shape.ndim());
            return self.tape().fail("sort", &[self], reason);
        }
        if axis == 0 && shape.has_rows() {
            return self.tape().not_streamable("sort", WHOLE);
        }
        self.ordered_by(self, Sort { axis: axis as u8, inverse: false })
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

    #[track_caller]
    pub(crate) fn ordered_by(self, keys: Self, order: Sort) -> Self {
        self.tape().record(Op::Sort(order), &[self, keys])
    }
}

const WHOLE: &str = "the order of the rows needs all of them at once; bind the data as a fixed input";

impl Sort {
    pub(crate) fn name(self) -> &'static str {
        if self.inverse { "unsort" } else { "sort" }
    }

    pub(crate) fn shape(self, x: &Shape, keys: &Shape) -> Result<Shape, String> {
        if x == keys { Ok(x.clone()) } else { Err("there must be a key for every element".into()) }
    }

    pub(crate) fn vjp<'t, T: Scalar>(self, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
        let back = Sort { inverse: !self.inverse, ..self };
        rule.each(|index| (index == 0).then(|| rule.adjoint.ordered_by(rule.args[1], back)))
    }

    pub(crate) fn evaluate<T: Scalar>(self, x: &Value<T>, keys: &Value<T>) -> ArrayD<T> {
        let dims = x.shape();
        let axis = usize::from(self.axis);
        let lanes = [dims[..axis].iter().product(), dims[axis], dims[axis + 1..].iter().product()];
        let [x, keys] = [x, keys].map(|operand| operand.iter().copied().collect::<Vec<T>>());
        let mut out = vec![T::zero(); x.len()];
        self.run([&x, &keys], &mut out, &mut Vec::new(), lanes);
        ArrayD::from_shape_vec(IxDyn(dims), out).unwrap_or_else(|_| ArrayD::from_elem(IxDyn(dims), T::nan()))
    }

    /// Orders the lanes of arrays of `[outer, len, inner]` elements; `places` is memory to work in.
    pub(crate) fn run<T: Scalar>(
        self,
        [x, keys]: [&[T]; 2],
        out: &mut [T],
        places: &mut Vec<u32>,
        [outer, len, inner]: [usize; 3],
    ) {
        if out.is_empty() {
            return;
        }
        for lane in 0..outer * inner {
            let first = lane / inner * len * inner + lane % inner;
            let at = |k: u32| first + k as usize * inner;
            places.clear();
            places.extend(0..len as u32);
            // By place among equals: the order is then stable without the memory that a stable sort allocates.
            places.sort_unstable_by(|&a, &b| compare(keys[at(a)], keys[at(b)]).then(a.cmp(&b)));
            for (k, &place) in places.iter().enumerate() {
                let (from, to) = if self.inverse { (k as u32, place) } else { (place, k as u32) };
                out[at(to)] = x[at(from)];
            }
        }
    }
}

/// Rising, with NaN last.
fn compare<T: Scalar>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

#[cfg(test)]
mod tests {
    use crate::ops::test_support::{assert_close, check, check_rows, orders, random};
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
