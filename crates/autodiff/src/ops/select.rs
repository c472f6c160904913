//! Elementwise choice between two operands by a third.

use crate::scalar::Scalar;
use crate::shape::Dims;
use crate::value::{Value, broadcast};
use ndarray::{ArrayD, Zip};

pub(crate) fn evaluate<T: Scalar>(condition: &Value<T>, a: &Value<T>, b: &Value<T>, dims: &Dims) -> ArrayD<T> {
    Zip::from(broadcast(condition, dims))
        .and(broadcast(a, dims))
        .and(broadcast(b, dims))
        .map_collect(|&condition, &a, &b| choose(condition, a, b))
}

/// The choice for one element.
#[inline(always)]
pub(crate) fn choose<T: Scalar>(condition: T, a: T, b: T) -> T {
    if condition != T::zero() { a } else { b }
}
