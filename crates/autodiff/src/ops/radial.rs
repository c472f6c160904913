//! `r̄·x/‖x‖`: the adjoint of x where that of r = ‖x‖ is r̄. Why it is of one piece is said in `rules/radial.rs`.

use crate::kernels::product::strong;
use crate::scalar::Scalar;
use crate::shape::{Axes, Dims, Shape};
use crate::value::{Value, broadcast};
use ndarray::{ArrayD, Zip};

pub(crate) fn evaluate<T: Scalar>([x, r, adjoint]: [&Value<T>; 3], axes: Axes, dims: &Dims) -> ArrayD<T> {
    let kept = Shape::fixed(dims).reduce(axes, true);
    let kept = Dims::from_slice(kept.trailing());
    let [r, adjoint] = [r, adjoint].map(|value| super::layout::reshape(value, &kept));
    let along = Zip::from(x).and(broadcast(&r, dims)).and(broadcast(&adjoint, dims));
    along.map_collect(|&x, &r, &adjoint| strong(adjoint, if x == T::zero() { x } else { x / r }))
}
