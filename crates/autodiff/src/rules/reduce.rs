//! Reductions along axes, the rows axis included.

use crate::ops::{Normalise, Op, Reduce};
use crate::rules::Rule;
use crate::scalar::{Scalar, count};
use crate::shape::Axes;
use crate::tape::Var;

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
    /// the norm that is smooth at 0, such as `½‖x‖²`, is right there too (NaN if more than 1 024 nodes make that function). The norm
    /// of nothing is 0.
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

impl<'t, T: Scalar> Var<'t, T> {
    /// The number of elements along `axes`: a number, times the number of rows if they are among them.
    pub(crate) fn lane_count(self, axes: Axes) -> Self {
        let shape = self.shape();
        let fixed = axes.iter().filter_map(|axis| shape.len_of(axis)).product();
        let fixed = self.tape().scalar(count(fixed));
        if shape.has_rows() && axes.contains(0) { self.tape().record(Op::RowCount, &[]) * fixed } else { fixed }
    }
}

impl Reduce {
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
            Reduce::Excess => x.tape().not_streamable("the derivative of an excess", "it is for programs alone"),
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
