//! The shape that an operation's operands give it.

use crate::ops::{Op, Payloads, diagonal, gather, join, layout, matmul, slice};
use crate::scalar::Scalar;
use crate::shape::{MAX_AXES, Shape};

/// The shape that an operation's operands give it, or what is wrong.
pub(crate) fn shape<T: Scalar>(op: Op, args: &[&Shape], payloads: &Payloads<T>) -> Result<Shape, String> {
    Ok(match op {
        Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount => Shape::fixed(&[]),
        Op::Unary(_) | Op::Powi(_) | Op::Powf(_) | Op::Ordered(..) => args[0].clone(),
        Op::Normalise(..) | Op::Radial(_) => args[0].clone(),
        Op::Binary(_) | Op::Select | Op::Triple(_) => {
            args[1..].iter().try_fold(args[0].clone(), |shape, arg| shape.broadcast(arg))?
        }
        Op::Reduce(reduce, axes) => reduce.shape(args[0], axes)?,
        Op::Weighted(weighted, axes) => weighted.shape(args[0], args[1], axes)?,
        Op::MatMul { ta, tb, .. } => matmul::shape(args[0], args[1], ta, tb)?,
        Op::Linear => matmul::linear_shape(args[0], args[1])?,
        Op::Permute(index) => layout::permuted_shape(args[0], payloads.permutation(index))?,
        Op::Slice(index) => slice::shape(args[0], payloads.slices(index)),
        Op::Concatenate(axis) => join::shape(args, axis.into())?,
        Op::Gather => gather::shape(args[0], args[1])?,
        Op::Diag => diagonal::diag_shape(args[0])?,
        Op::Diagonal => diagonal::diagonal_shape(args[0])?,
        Op::Scan(scan) => scan.shape(args)?,
        Op::Sort(order) => order.shape(args[0], args[1])?,
        Op::Linalg(linalg) => linalg.shape(args)?,
        Op::Reshape | Op::Broadcast | Op::Unslice(_) | Op::ScatterAdd | Op::Custom(_) => {
            return Err("the result's shape must be given".into());
        }
    })
}

/// Refuses shapes of more axes than are kept or more bytes than can be counted. ndarray counts the elements without regard to
/// axes of length 0, so that these can be anywhere.
pub(crate) fn check_size<T>(shape: &Shape) -> Result<(), String> {
    if shape.ndim() > MAX_AXES {
        return Err(format!("shape {shape} has {} axes; at most {MAX_AXES} are possible", shape.ndim()));
    }
    let most = isize::MAX as usize / size_of::<T>().max(16);
    let mut lens = shape.trailing().iter().filter(|&&len| len > 0);
    match lens.try_fold(1usize, |product, &len| product.checked_mul(len).filter(|&product| product <= most)) {
        Some(_) => Ok(()),
        None => Err(format!(
            "shape {shape} is too large: the product of its lengths (but for those of 0) may be at most {most}"
        )),
    }
}
