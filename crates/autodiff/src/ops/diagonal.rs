//! Vectors on the diagonals of matrices. The vectors and matrices are the last axes of an array; the axes before them,
//! the rows among them, are a batch.

use crate::scalar::Scalar;
use crate::shape::{Axes, Dims, Shape};
use crate::value::Value;
use ndarray::{ArrayD, IxDyn};

pub(crate) fn diag_shape(x: &Shape) -> Result<Shape, String> {
    match x.trailing().last() {
        Some(&n) => Ok(x.with_last(n)),
        None => Err("the operand must be a vector, or have vectors along its last axis".into()),
    }
}

pub(crate) fn diagonal_shape(x: &Shape) -> Result<Shape, String> {
    match x.trailing().last_chunk::<2>() {
        Some(&[n, m]) if n == m => Ok(x.reduce(Axes::NONE.with(x.ndim() - 1), false)),
        _ => Err("the operand must be a square matrix, or have such in its last two axes".into()),
    }
}

pub(crate) fn evaluate_diag<T: Scalar>(x: &Value<T>, dims: &Dims) -> ArrayD<T> {
    let mut out = ArrayD::zeros(IxDyn(dims));
    let n = dims.last().copied().unwrap_or(0);
    for (at, &value) in x.iter().enumerate() {
        if let Some(place) = out.as_slice_mut().and_then(|out| out.get_mut(at / n * n * n + at % n * (n + 1))) {
            *place = value;
        }
    }
    out
}

pub(crate) fn evaluate_diagonal<T: Scalar>(x: &Value<T>, dims: &Dims) -> ArrayD<T> {
    let n = dims.last().copied().unwrap_or(0);
    let values = x.iter().enumerate().filter(|(at, _)| at / n % n == at % n).map(|(_, &value)| value).collect();
    ArrayD::from_shape_vec(IxDyn(dims), values).unwrap_or_else(|_| ArrayD::from_elem(IxDyn(dims), T::nan()))
}
