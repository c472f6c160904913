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

    /// The standard deviation of all elements, `√var`; its derivative is 0 where all elements are equal.
    #[track_caller]
    pub fn std(self, ddof: usize) -> Self {
        self.variance("std", None, ddof).sqrt()
    }

    /// The standard deviation along the axes given, which vanish from the shape, as [`std`](Self::std).
    #[track_caller]
    pub fn std_axes(self, axes: &[usize], ddof: usize) -> Self {
        self.variance("std", Some(axes), ddof).sqrt()
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

    #[track_caller]
    fn variance(self, name: &str, axes: Option<&[usize]>, ddof: usize) -> Self {
        if self.is_failed() {
            return self;
        }
        let axes = match self.chosen_axes(axes) {
            Ok(axes) => axes,
            Err(reason) => return self.tape().fail(name, &[self], reason),
        };
        let shape = self.shape();
        let open = shape.has_rows() && axes.contains(0);
        let fixed: usize = axes.iter().filter_map(|axis| shape.len_of(axis)).product();
        if !open && fixed <= ddof {
            let reason = format!("{fixed} elements are too few for a variance with ddof = {ddof}");
            return self.tape().fail(name, &[self], reason);
        }
        let list: Vec<usize> = axes.iter().collect();
        let mean = self.mean_axes(&list);
        // Rounded, the mean of equal elements may differ from them; within their range it can't.
        let within = mean.maximum(self.min_axes(&list)).minimum(self.max_axes(&list));
        let mean = mean + (within - mean).stop_gradient();
        let deviation = self - mean.stretch_back(self, axes);
        let freedom = (self.lane_count(axes) - count::<T>(ddof)).maximum(T::zero());
        (deviation * deviation).sum_axes(&list) / freedom
    }
}
