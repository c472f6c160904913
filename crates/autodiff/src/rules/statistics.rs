//! Variance and standard deviation, and the norms other than the Euclidean one: compositions of the reductions.

use crate::scalar::{Scalar, count};
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The variance of all elements, `Σ(x − x̄)²/(n − ddof)`: `ddof` is 0 for that of the elements themselves, 1 for the
    /// unbiased estimate from a sample. In two passes, the mean first, so that no digits cancel; exactly 0 where all
    /// elements are equal. An error where there are at most `ddof` elements; NaN where there are at most `ddof` rows.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[1.0, 2.0, 6.0]));
    /// assert_eq!(x.var(1).item()?, 7.0);
    /// assert_eq!(x.var(1).grad(x).value()?, arr1(&[-2.0, -1.0, 3.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn var(self, ddof: usize) -> Self {
        self.variance("var", None, ddof)
    }

    /// The variance along the axes given, which vanish from the shape, as [`var`](Self::var).
    #[track_caller]
    pub fn var_axes(self, axes: &[usize], ddof: usize) -> Self {
        self.variance("var", Some(axes), ddof)
    }

    /// The standard deviation of all elements, `√var`, without overflow or underflow; its derivative is 0 where all elements are equal.
    #[track_caller]
    pub fn std(self, ddof: usize) -> Self {
        self.deviation(None, ddof)
    }

    /// The standard deviation along the axes given, which vanish from the shape, as [`std`](Self::std).
    #[track_caller]
    pub fn std_axes(self, axes: &[usize], ddof: usize) -> Self {
        self.deviation(Some(axes), ddof)
    }

    /// The sum of absolute values `Σ|x|`; derivative `sign x`, 0 at 0.
    #[track_caller]
    pub fn norm_l1(self) -> Self {
        self.abs().sum()
    }

    /// The sum of absolute values along the axes given, as [`norm_l1`](Self::norm_l1).
    #[track_caller]
    pub fn norm_l1_axes(self, axes: &[usize]) -> Self {
        self.abs().sum_axes(axes)
    }

    /// The largest absolute value; the derivative is shared evenly, with their signs, among ties. That of nothing is an error.
    #[track_caller]
    pub fn norm_max(self) -> Self {
        self.abs().max()
    }

    /// The largest absolute value along the axes given, as [`norm_max`](Self::norm_max).
    #[track_caller]
    pub fn norm_max_axes(self, axes: &[usize]) -> Self {
        self.abs().max_axes(axes)
    }

    /// The norm of the deviations from the mean, scaled: squares of very large or small ones would not be numbers.
    #[track_caller]
    fn deviation(self, axes: Option<&[usize]>, ddof: usize) -> Self {
        match self.spread("std", axes, ddof) {
            Ok(Spread { from_mean, axes, freedom }) => from_mean.norm_axes(&axes) / freedom.sqrt(),
            Err(failed) => failed,
        }
    }

    #[track_caller]
    fn variance(self, name: &str, axes: Option<&[usize]>, ddof: usize) -> Self {
        match self.spread(name, axes, ddof) {
            Ok(Spread { from_mean, axes, freedom }) => (from_mean * from_mean).sum_axes(&axes) / freedom,
            Err(failed) => failed,
        }
    }

    /// What variance and standard deviation are made of; or what failed.
    #[track_caller]
    fn spread(self, name: &str, axes: Option<&[usize]>, ddof: usize) -> Result<Spread<'t, T>, Self> {
        if self.is_failed() {
            return Err(self);
        }
        // Not by `map_err`: a closure has no caller, and the error would name a line of this file.
        let axes = match self.chosen_axes(axes) {
            Ok(axes) => axes,
            Err(reason) => return Err(self.tape().fail(name, &[self], reason)),
        };
        let shape = self.shape();
        let open = shape.has_rows() && axes.contains(0);
        let fixed: usize = axes.iter().filter_map(|axis| shape.len_of(axis)).product();
        if !open && fixed <= ddof {
            let reason = format!("{fixed} elements are too few for a variance with ddof = {ddof}");
            return Err(self.tape().fail(name, &[self], reason));
        }
        let list: Vec<usize> = axes.iter().collect();
        let mean = self.mean_axes(&list);
        // Rounded, the mean of equal elements may differ from them; within their range it can't.
        let within = mean.maximum(self.min_axes(&list)).minimum(self.max_axes(&list));
        let mean = mean + (within - mean).stop_gradient();
        let from_mean = self - mean.stretch_back(self, axes);
        let freedom = (self.lane_count(axes) - count::<T>(ddof)).maximum(T::zero());
        Ok(Spread { from_mean, axes: list, freedom })
    }
}

/// Elements less their mean along axes, and by what the sum of their squares is divided.
struct Spread<'t, T: Scalar> {
    from_mean: Var<'t, T>,
    axes: Vec<usize>,
    freedom: Var<'t, T>,
}

#[cfg(test)]
mod tests {
    use crate::rules::test_support::{assert_close, check, check_rows, orders, random};
    use crate::{Error, Tape};
    use ndarray::arr1;

    #[test]
    fn variance_and_norms_have_their_derivatives_to_second_order() {
        check(&[random(&[3, 4], 1)], |x| x[0].var_axes(&[0], 1));
        check(&[random(&[3, 4], 2)], |x| x[0].std_axes(&[1], 0));
        check(&[random(&[3, 4], 3)], |x| x[0].norm_axes(&[0]));
        check(&[random(&[2, 3, 2], 4)], |x| x[0].prod_axes(&[0, 2]));
        check(&[random(&[5], 5)], |x| x[0].norm_l1().powi(2) + x[0].norm_max().powi(2));
    }

    #[test]
    fn the_variance_keeps_its_digits_far_from_zero() {
        let values = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0];
        let [y, first, _] = orders(&values, |x| x.var(1));
        assert_eq!(y[[]], 30.0);
        assert_close(&first, &arr1(&[-4.0, -2.0, 2.0, 4.0]).into_dyn(), 1e-15);
    }

    #[test]
    fn equal_elements_have_no_variance() {
        for n in [2, 3, 7] {
            let [variance, first, _] = orders(&vec![0.1; n], |x| x.var(1));
            assert_eq!((variance[[]], first), (0.0, ndarray::ArrayD::zeros(vec![n])));
            let [deviation, first, _] = orders(&vec![0.1; n], |x| x.std(0));
            assert_eq!((deviation[[]], first), (0.0, ndarray::ArrayD::zeros(vec![n])));
        }
    }

    #[test]
    fn too_few_elements_for_a_variance_are_an_error() {
        let tape = Tape::<f64>::new();
        assert!(matches!(tape.input("x", &[1]).var(1).value(), Err(Error::Recording { .. })));
        let tape = Tape::<f64>::new();
        assert!(tape.data("x", arr1(&[2.0])).var(1).item().unwrap().is_nan());
    }

    #[test]
    fn the_norm_neither_overflows_nor_underflows() {
        let root = arr1(&[0.5f64.sqrt(); 2]).into_dyn();
        for size in [1e200, 1e-200, 1.0] {
            let [y, first, _] = orders(&[size, size], |x| x.norm());
            assert!((y[[]] / size / 2f64.sqrt() - 1.0).abs() < 1e-15, "{y}");
            assert_close(&first, &root, 1e-15);
        }
        let smallest = f64::from_bits(1);
        assert_eq!(orders(&[3.0 * smallest, 4.0 * smallest], |x| x.norm())[0][[]], 5.0 * smallest);
        let [y, first, _] = orders(&[0.0, 0.0], |x| x.norm());
        assert_eq!((y[[]], first), (0.0, arr1(&[0.0, 0.0]).into_dyn()));
        assert_eq!(orders(&[1.0, f64::INFINITY], |x| x.norm())[0][[]], f64::INFINITY);
        assert_eq!(orders(&[], |x| x.norm())[0][[]], 0.0);
        assert_eq!(orders(&[], |x| x.prod())[0][[]], 1.0);
    }

    #[test]
    fn the_other_norms_have_the_smallest_subgradient() {
        let [y, first, _] = orders(&[0.0, 1.0], |x| x.norm_l1());
        assert_eq!((y[[]], first), (1.0, arr1(&[0.0, 1.0]).into_dyn()));
        let [y, first, second] = orders(&[2.0, -2.0, 1.0], |x| x.norm_max());
        assert_eq!((y[[]], first), (2.0, arr1(&[0.5, -0.5, 0.0]).into_dyn()));
        assert_eq!(second, arr1(&[0.0; 3]).into_dyn());
    }

    #[test]
    fn over_the_rows_they_stream() {
        check_rows(&[random(&[1000, 3], 6)], &[true], |x| x[0].var_axes(&[0], 1));
        check_rows(&[random(&[1000], 7)], &[true], |x| x[0].std(0));
        check_rows(&[random(&[1000, 3], 8)], &[true], |x| x[0].norm_axes(&[0]));
        check_rows(&[random(&[1000, 3], 9)], &[true], |x| x[0].norm());
        check_rows(&[random(&[1000, 3], 10)], &[true], |x| x[0].norm_axes(&[1]) + x[0].prod_axes(&[1]));
        let tape = Tape::<f64>::new();
        let x = tape.data("x", arr1(&[1e200, 0.0, -1e200]));
        let program = tape.compile(&[x.norm(), x.var(1)]).unwrap();
        assert_eq!(program.passes(), 2);
        assert!((program.run(&[]).unwrap()[0][[]] / 2f64.sqrt() / 1e200 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_product_over_the_rows_has_a_value_and_refuses_its_derivative() {
        let tape = Tape::<f64>::new();
        let x = tape.data("x", arr1(&[2.0, 3.0, 4.0]));
        let y = x.prod();
        assert_eq!(tape.compile(&[y]).unwrap().run(&[]).unwrap()[0][[]], 24.0);
        assert!(matches!(y.grad(x).value(), Err(Error::NotStreamable { .. })));
    }
}
