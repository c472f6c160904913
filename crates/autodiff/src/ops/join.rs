//! Several arrays joined along an axis.

use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::value::Evaluated;
use ndarray::{ArrayD, Axis, IxDyn, Slice};

pub(crate) fn shape(operands: &[&Shape], axis: usize) -> Result<Shape, String> {
    let first = operands[0];
    if axis >= first.ndim() {
        return Err(format!("axis {axis} does not exist: the first operand has {} axes", first.ndim()));
    }
    if first.has_rows() && axis == 0 {
        return Err("the rows can't be extended; append the data before binding them".into());
    }
    let at = axis - usize::from(first.has_rows());
    let mut dims = Dims::from_slice(first.trailing());
    for other in &operands[1..] {
        if other.has_rows() != first.has_rows() {
            return Err("some operands have rows and some have none; stretch those to the rows first".into());
        }
        let agree = other.ndim() == first.ndim()
            && (0..first.ndim())
                .all(|other_axis| other_axis == axis || other.len_of(other_axis) == first.len_of(other_axis));
        if !agree {
            return Err(format!("the operands' axes other than {axis} must agree"));
        }
        dims[at] = dims[at].saturating_add(other.trailing()[at]);
    }
    Ok(if first.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) })
}

pub(crate) fn evaluate<T: Scalar>(operands: &[Evaluated<T>], axis: usize, dims: &Dims) -> ArrayD<T> {
    let mut out = ArrayD::from_elem(IxDyn(dims), T::nan());
    let mut start = 0isize;
    for operand in operands {
        let value = operand.numbers();
        let end = start + value.len_of(Axis(axis)) as isize;
        out.slice_axis_mut(Axis(axis), Slice::from(start..end)).assign(&value);
        start = end;
    }
    out
}
