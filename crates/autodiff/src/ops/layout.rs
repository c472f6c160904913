//! The same elements under another shape: reshape, axis permutation, stretching.

use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::value::Value;
use ndarray::{ArrayD, IxDyn};

pub(crate) fn permuted_shape(x: &Shape, order: &Dims) -> Result<Shape, String> {
    let mut seen = order.clone();
    seen.sort_unstable();
    if !seen.iter().copied().eq(0..x.ndim()) {
        return Err(format!("{order:?} is not an order of the {} axes", x.ndim()));
    }
    if x.has_rows() && order[0] != 0 {
        return Err("the rows axis must stay in front; for Xᵀr or AᵀB, summed over the rows, use `t_dot`".into());
    }
    let dims: Dims = order.iter().filter_map(|&axis| x.len_of(axis)).collect();
    Ok(if x.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) })
}

pub(crate) fn reshape<T: Scalar>(x: &Value<T>, dims: &Dims) -> Value<T> {
    match x.to_shape(IxDyn(dims)) {
        Ok(reshaped) => reshaped.into_owned().into_shared(),
        Err(_) => ArrayD::from_elem(IxDyn(dims), T::nan()).into_shared(),
    }
}

pub(crate) fn permute<T: Scalar>(x: &Value<T>, order: &Dims) -> Value<T> {
    x.clone().permuted_axes(IxDyn(order))
}
