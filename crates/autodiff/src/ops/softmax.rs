//! What keeps the shape but looks along axes: softmax, its logarithm, and the weights that are log-sum-exp's derivative.

use crate::ops::{Reduce, log_excess};
use crate::scalar::{Scalar, count};
use crate::shape::Axes;
use crate::value::Value;
use ndarray::ArrayD;

/// A normalisation along a set of axes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Normalise {
    Softmax,
    LogSoftmax,
    /// `softmax`, but 0 where all are −∞: there log-sum-exp is constant.
    Weights,
}

impl Normalise {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Normalise::Softmax => "softmax",
            Normalise::LogSoftmax => "log_softmax",
            Normalise::Weights => "softmax_weights",
        }
    }

    pub(crate) fn evaluate<T: Scalar>(self, x: &Value<T>, axes: Axes) -> ArrayD<T> {
        let mut lanes = super::lanes(x, axes);
        for mut lane in lanes.rows_mut() {
            if let Some(lane) = lane.as_slice_mut() {
                normalise_lane(self, lane);
            }
        }
        super::from_lanes(lanes, axes, x.shape())
    }
}

/// Normalises one lane in place.
pub(crate) fn normalise_lane<T: Scalar>(normalise: Normalise, lane: &mut [T]) {
    let largest = Reduce::Max.lane(lane);
    if normalise == Normalise::LogSoftmax {
        // The largest is taken off first: the logarithm of a few elements would drown in one of 1e8.
        let excess = log_excess(lane, largest);
        lane.iter_mut().for_each(|x| *x = (*x - largest) - excess);
        return;
    }
    if largest == T::neg_infinity() && normalise == Normalise::Weights {
        lane.fill(T::zero());
    } else if largest == T::infinity() {
        let ties = count::<T>(lane.iter().filter(|&&x| x == largest).count());
        lane.iter_mut().for_each(|x| *x = if *x == largest { ties.recip() } else { T::zero() });
    } else {
        lane.iter_mut().for_each(|x| *x = (*x - largest).exp());
        let total = super::pairwise_sum(lane);
        lane.iter_mut().for_each(|x| *x = *x / total);
    }
}
