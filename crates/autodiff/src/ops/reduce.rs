//! Reductions along axes, the rows axis included.

use super::Rule;
use crate::ops::{Normalise, Op};
use crate::scalar::{Scalar, count};
use crate::shape::{Axes, Dims, Shape};
use crate::tape::Var;
use crate::value::Value;
use ndarray::{Array2, ArrayD, IxDyn};

/// A reduction along a set of axes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Reduce {
    Sum,
    Mean,
    Max,
    Min,
    LogSumExp,
    Prod,
    Norm,
}

macro_rules! reductions {
    ($($(#[$doc:meta])* $all:ident, $axis:ident, $variant:ident;)*) => {
        impl<'t, T: Scalar> Var<'t, T> {
            $(
                $(#[$doc])*
                ///
                /// Over all axes, the rows included: the result is one number.
                #[track_caller]
                pub fn $all(self) -> Self {
                    self.reduce(Reduce::$variant, None)
                }

                $(#[$doc])*
                ///
                /// Over the axes given (those of length `shape[axis]`, the rows axis being axis 0), which vanish from the shape.
                #[track_caller]
                pub fn $axis(self, axes: &[usize]) -> Self {
                    self.reduce(Reduce::$variant, Some(axes))
                }
            )*
        }
    };
}

reductions! {
    /// The sum; derivative 1 by each element. The sum of nothing is 0.
    sum, sum_axes, Sum;
    /// The arithmetic mean; derivative 1/n by each element. The mean along an axis of length 0 is an error.
    mean, mean_axes, Mean;
    /// The largest element, NaN if one is; the derivative is shared evenly among ties. An axis of length 0 is an error.
    max, max_axes, Max;
    /// The smallest element, NaN if one is; the derivative is shared evenly among ties. An axis of length 0 is an error.
    min, min_axes, Min;
    /// `ln Σ eˣ`, without overflow; derivative `softmax(x)`. −∞ for nothing, or for nothing but −∞ (where the derivative is 0).
    logsumexp, logsumexp_axes, LogSumExp;
    /// The product; derivative the product of the others, exact to any order where elements are 0. The product of nothing
    /// is 1. Over the rows it has a value but no derivative: that of a row needs all the others at once.
    prod, prod_axes, Prod;
    /// The Euclidean norm `√Σx²`, without overflow or underflow; derivative `x/‖x‖`, 0 at 0. The second derivative of a function of
    /// the norm that is smooth at 0, such as `½‖x‖²`, is right there too. The norm of nothing is 0.
    /// Infinite with an infinite element, where the derivative by that element is NaN.
    norm, norm_axes, Norm;
}

impl<'t, T: Scalar> Var<'t, T> {
    /// The sum over the leading axis: over the rows, for a node that has them.
    #[track_caller]
    pub fn sum_rows(self) -> Self {
        self.sum_axes(&[0])
    }

    /// The mean over the leading axis: over the rows, for a node that has them.
    #[track_caller]
    pub fn mean_rows(self) -> Self {
        self.mean_axes(&[0])
    }

    #[track_caller]
    pub(crate) fn reduce(self, reduce: Reduce, axes: Option<&[usize]>) -> Self {
        if self.is_failed() {
            return self;
        }
        match self.chosen_axes(axes) {
            Ok(axes) => self.tape().record(Op::Reduce(reduce, axes), &[self]),
            Err(reason) => self.tape().fail(reduce.name(), &[self], reason),
        }
    }

    /// The set of the axes given, all of them for `None`, or what is wrong with them.
    pub(crate) fn chosen_axes(self, axes: Option<&[usize]>) -> Result<Axes, String> {
        let ndim = self.shape().ndim();
        axes.map_or(Ok(Axes::all(ndim)), |axes| Axes::from_list(axes, ndim))
    }

    /// This adjoint summed over the axes along which `operand` was stretched to its shape, and of `operand`'s shape.
    #[track_caller]
    pub(crate) fn sum_to(self, operand: Var<'t, T>) -> Self {
        if self.is_failed() || operand.is_failed() || self.shape_id() == operand.shape_id() {
            return self;
        }
        let axes = self.shape().stretched_axes(&operand.shape());
        let summed = if axes.is_empty() { self } else { self.tape().record(Op::Reduce(Reduce::Sum, axes), &[self]) };
        summed.reshape_as(operand)
    }

    /// This result of a reduction of `x` along `axes`, stretched back to the shape of `x`.
    #[track_caller]
    pub(crate) fn stretch_back(self, x: Var<'t, T>, axes: Axes) -> Self {
        let shape = x.shape();
        self.reshape_to(&shape.reduce(axes, true)).broadcast_shape(&shape)
    }
}

impl Reduce {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Reduce::Sum => "sum",
            Reduce::Mean => "mean",
            Reduce::Max => "max",
            Reduce::Min => "min",
            Reduce::LogSumExp => "logsumexp",
            Reduce::Prod => "prod",
            Reduce::Norm => "norm",
        }
    }

    pub(crate) fn shape(self, x: &Shape, axes: Axes) -> Result<Shape, String> {
        if matches!(self, Reduce::Mean | Reduce::Max | Reduce::Min)
            && let Some(axis) = axes.iter().find(|&axis| x.len_of(axis) == Some(0))
        {
            return Err(format!("axis {axis} has length 0, and the {} of nothing is undefined", self.name()));
        }
        Ok(x.reduce(axes, false))
    }

    pub(crate) fn evaluate<T: Scalar>(self, x: &Value<T>, axes: Axes, dims: &Dims) -> ArrayD<T> {
        let lanes = lanes(x, axes);
        let values = lanes.rows().into_iter().map(|lane| self.lane(&lane.to_vec())).collect();
        ArrayD::from_shape_vec(IxDyn(dims), values).unwrap_or_else(|_| ArrayD::from_elem(IxDyn(dims), T::nan()))
    }

    /// The reduction of one lane of elements.
    pub(crate) fn lane<T: Scalar>(self, lane: &[T]) -> T {
        match self {
            Reduce::Sum => pairwise_sum(lane),
            Reduce::Mean => pairwise_sum(lane) / count(lane.len()),
            Reduce::Max => lane.iter().fold(T::neg_infinity(), |a, &b| {
                if a > b {
                    a
                } else if b >= a {
                    b
                } else {
                    a + b
                }
            }),
            Reduce::Min => lane.iter().fold(T::infinity(), |a, &b| {
                if a < b {
                    a
                } else if b <= a {
                    b
                } else {
                    a + b
                }
            }),
            Reduce::LogSumExp => logsumexp(lane),
            Reduce::Prod => lane.iter().fold(T::one(), |a, &b| a * b),
            Reduce::Norm => norm(lane),
        }
    }

    pub(crate) fn vjp<'t, T: Scalar>(self, axes: Axes, rule: &Rule<'t, T>) -> Option<Var<'t, T>> {
        let (x, adjoint) = (rule.args[0], rule.adjoint);
        Some(match self {
            Reduce::Sum => adjoint.stretch_back(x, axes),
            Reduce::Mean => (adjoint * x.lane_count(axes).recip()).stretch_back(x, axes),
            Reduce::Max | Reduce::Min => {
                // ½ where the extremum is reached, since nothing is beyond it; NaN where it is NaN.
                let extremum = rule.output.stretch_back(x, axes);
                let share = if self == Reduce::Max { x.share(extremum) } else { extremum.share(x) };
                let ties = share.tape().record(Op::Reduce(Reduce::Sum, axes), &[share]);
                adjoint.stretch_back(x, axes).strong_mul(share.strong_div(ties.stretch_back(x, axes)))
            }
            Reduce::LogSumExp => {
                let weights = x.tape().record(Op::Normalise(Normalise::Weights, axes), &[x]);
                adjoint.stretch_back(x, axes).strong_mul(weights)
            }
            Reduce::Prod if x.shape().has_rows() && axes.contains(0) => {
                let reason = "the derivative by a row is the product of all other rows; bind the data as a fixed input, or \
                              take `exp` of the sum of logarithms where all are positive";
                x.tape().not_streamable("the derivative of prod", reason)
            }
            Reduce::Prod => adjoint.stretch_back(x, axes).strong_mul(x.product_of_others(axes)),
            Reduce::Norm => x.radial(rule.output, adjoint, axes),
        })
    }
}

impl<'t, T: Scalar> Var<'t, T> {
    /// The number of elements along `axes`: a number, times the number of rows if they are among them.
    pub(crate) fn lane_count(self, axes: Axes) -> Self {
        let shape = self.shape();
        let fixed = axes.iter().filter_map(|axis| shape.len_of(axis)).product();
        let fixed = self.tape().scalar(count(fixed));
        if shape.has_rows() && axes.contains(0) { self.tape().record(Op::RowCount, &[]) * fixed } else { fixed }
    }
}

/// The elements of `x` as a matrix: a row for each element of the reduction's result, the reduced ones along it.
pub(crate) fn lanes<T: Scalar>(x: &Value<T>, axes: Axes) -> Array2<T> {
    let ndim = x.ndim();
    let order: Vec<usize> =
        (0..ndim).filter(|&axis| !axes.contains(axis)).chain((0..ndim).filter(|&axis| axes.contains(axis))).collect();
    let inner: usize = axes.iter().filter(|&axis| axis < ndim).map(|axis| x.len_of(ndarray::Axis(axis))).product();
    let outer: usize =
        (0..ndim).filter(|&axis| !axes.contains(axis)).map(|axis| x.len_of(ndarray::Axis(axis))).product();
    let elements: Vec<T> = x.view().permuted_axes(order).iter().copied().collect();
    Array2::from_shape_vec((outer, inner), elements).unwrap_or_else(|_| Array2::from_elem((outer, inner), T::nan()))
}

/// Undoes [`lanes`] of an array of lengths `dims`.
pub(crate) fn from_lanes<T: Scalar>(lanes: Array2<T>, axes: Axes, dims: &[usize]) -> ArrayD<T> {
    let ndim = dims.len();
    let order: Vec<usize> =
        (0..ndim).filter(|&axis| !axes.contains(axis)).chain((0..ndim).filter(|&axis| axes.contains(axis))).collect();
    let mut out = ArrayD::from_elem(IxDyn(dims), T::nan());
    for (out, value) in out.view_mut().permuted_axes(order).iter_mut().zip(lanes) {
        *out = value;
    }
    out
}

/// A running sum with the rounding errors of its additions (Neumaier, *Rundungsfehleranalyse einiger Verfahren zur Summation
/// endlicher Summen*, 1974): as exact as if it were rounded once or twice, however many terms there are.
#[derive(Clone, Copy)]
pub(crate) struct RunningSum<T> {
    pub(crate) sum: T,
    pub(crate) error: T,
}

impl<T: Scalar> RunningSum<T> {
    pub(crate) fn of_nothing() -> Self {
        RunningSum { sum: T::zero(), error: T::zero() }
    }

    pub(crate) fn add(&mut self, x: T) {
        let sum = self.sum + x;
        let added = sum - self.sum;
        self.error = self.error + ((self.sum - (sum - added)) + (x - added));
        self.sum = sum;
    }

    pub(crate) fn value(self) -> T {
        if self.error.is_finite() { self.sum + self.error } else { self.sum }
    }
}

/// The sum by halves: the rounding error grows with the logarithm of the length (Higham, *Accuracy and Stability*, 4.2).
pub(crate) fn pairwise_sum<T: Scalar>(lane: &[T]) -> T {
    pairwise_sum_of(lane, |x| x)
}

/// The sum of `f` of the elements, by halves.
fn pairwise_sum_of<T: Scalar>(lane: &[T], f: impl Fn(T) -> T + Copy) -> T {
    if lane.len() <= 16 {
        return lane.iter().fold(T::zero(), |a, &b| a + f(b));
    }
    let (left, right) = lane.split_at(lane.len() / 2);
    pairwise_sum_of(left, f) + pairwise_sum_of(right, f)
}

/// `√Σx²` of one lane. Where squares would overflow, or be lost below the smallest numbers, the largest element is taken
/// out of the sum (Blue, *A portable Fortran program to find the Euclidean norm of a vector*, 1978).
fn norm<T: Scalar>(lane: &[T]) -> T {
    let sum = pairwise_sum_of(lane, |x| x * x);
    let smallest = T::min_positive_value() / (T::epsilon() * T::epsilon());
    if sum.is_finite() && sum >= smallest {
        return sum.sqrt();
    }
    let largest = lane.iter().fold(T::zero(), |a, &b| if b.abs() > a || b.is_nan() { b.abs() } else { a });
    if largest == T::zero() || !largest.is_finite() {
        return largest;
    }
    largest * pairwise_sum_of(lane, |x| (x / largest) * (x / largest)).sqrt()
}

/// `ln Σ eˣ` of one lane: the largest element is taken out of the sum, so that nothing overflows.
pub(crate) fn logsumexp<T: Scalar>(lane: &[T]) -> T {
    let largest = Reduce::Max.lane(lane);
    largest + log_excess(lane, largest)
}

/// By how much `ln Σ eˣ` of one lane exceeds its largest element; 0 where that is infinite.
pub(crate) fn log_excess<T: Scalar>(lane: &[T], largest: T) -> T {
    if !largest.is_finite() {
        return T::zero();
    }
    let first = lane.iter().position(|&x| x == largest);
    let rest: Vec<T> =
        lane.iter().enumerate().filter(|&(i, _)| Some(i) != first).map(|(_, &x)| (x - largest).exp()).collect();
    pairwise_sum(&rest).ln_1p()
}
