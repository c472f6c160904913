//! The reference evaluation of operations.

use crate::kernels::Reference;
use crate::ops::{Failure, Op, Payloads, diagonal, gather, join, layout, matmul, radial, select, slice, triple};
use crate::scalar::{Scalar, count};
use crate::shape::Dims;
use crate::value::{Evaluated, Value, broadcast, numbers};
use ndarray::{ArrayD, IxDyn};

/// The reference evaluation of an operation that is not a leaf, to a result of lengths `dims`; `rows` is the number of rows.
pub(crate) fn evaluate<T: Scalar>(
    op: Op,
    args: &[Evaluated<T>],
    payloads: &Payloads<T>,
    dims: &Dims,
    rows: usize,
) -> Result<Value<T>, Failure> {
    let arg = |index: usize| args[index].numbers();
    let value = match op {
        Op::Input(_) | Op::Constant(_) | Op::Scalar(_) => return Err(Failure::Reason("a leaf has no rule".into())),
        Op::RowCount => ArrayD::from_elem(IxDyn(&[]), count(rows)),
        Op::Unary(unary) => arg(0).mapv(|x| unary.value::<T, Reference>(x)).into_owned(),
        Op::Binary(binary) => zip(&arg(0), &arg(1), dims, |a, b| binary.value::<T, Reference>(a, b)),
        Op::Powi(n) => arg(0).mapv(|x| x.powi(n)).into_owned(),
        Op::Powf(index) => {
            let p = payloads.scalar(index);
            arg(0).mapv(|x| x.powf(p)).into_owned()
        }
        Op::Ordered(family, order) => arg(0).mapv(|x| family.value(order, x)).into_owned(),
        Op::Select => select::evaluate(&arg(0), &arg(1), &arg(2), dims),
        Op::Reduce(reduce, axes) => reduce.evaluate(&arg(0), axes, dims),
        Op::Normalise(normalise, axes) => normalise.evaluate(&arg(0), axes),
        Op::Weighted(weighted, axes) => weighted.evaluate(&arg(0), &arg(1), axes, dims),
        Op::Triple(axes) => triple::evaluate(&numbers(args), axes, dims),
        Op::Radial(axes) => radial::evaluate([&arg(0), &arg(1), &arg(2)], axes, dims),
        Op::MatMul { ta, tb, strong } => matmul::evaluate(&arg(0), &arg(1), [ta, tb], strong),
        Op::Linear => matmul::evaluate_linear(&arg(0), &arg(1)),
        Op::Reshape => return Ok(layout::reshape(&arg(0), dims)),
        Op::Broadcast => broadcast(&arg(0), dims).to_owned(),
        Op::Permute(index) => return Ok(layout::permute(&arg(0), payloads.permutation(index))),
        Op::Slice(index) => slice::evaluate(&arg(0), payloads.slices(index)),
        Op::Unslice(index) => slice::evaluate_unslice(&arg(0), payloads.slices(index), dims),
        Op::Concatenate(axis) => join::evaluate(args, axis.into(), dims),
        Op::Gather => gather::evaluate(&arg(0), gather::indices(&args[1])?, dims)?,
        Op::ScatterAdd => gather::evaluate_scatter(&arg(0), gather::indices(&args[1])?, dims)?,
        Op::Diag => diagonal::evaluate_diag(&arg(0), dims),
        Op::Diagonal => diagonal::evaluate_diagonal(&arg(0), dims),
        Op::Scan(scan) => scan.evaluate(&numbers(args)),
        Op::Sort(order) => order.evaluate(&arg(0), &arg(1)),
        Op::Linalg(linalg) => linalg.evaluate(&numbers(args), dims)?,
        // A user's code is called while nothing is borrowed: by the interpreter itself.
        Op::Custom(_) => return Err(Failure::Reason("a custom operation is evaluated elsewhere".into())),
    };
    Ok(value.into_shared())
}

fn zip<T: Scalar>(a: &Value<T>, b: &Value<T>, dims: &Dims, f: impl Fn(T, T) -> T) -> ArrayD<T> {
    ndarray::Zip::from(broadcast(a, dims)).and(broadcast(b, dims)).map_collect(|&a, &b| f(a, b))
}
