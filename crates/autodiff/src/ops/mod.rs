//! The operations. Each family is one file, where name, shape rule, reference evaluation and vjp rule stand together:
//!
//! | file | operations |
//! |---|---|
//! | [`unary`], [`binary`], [`power`], [`ordered`], [`select`] | elementwise, with broadcasting |
//! | [`reduce`], [`softmax`] | sums, means, extrema, log-sum-exp; what keeps the shape but looks along axes |
//! | [`triple`] | the triple product along axes, of which the derivatives of what is normalised are made |
//! | [`radial`] | the gradient of what depends on a norm |
//! | [`statistics`] | variance, standard deviation, other norms: compositions |
//! | [`scan`], [`sort`] | cumulative sums and products, recurrences; order and median |
//! | [`matmul`] | products, and the `linear` node |
//! | [`linalg`] | batched products, triangular and general solves, Cholesky, log-determinants |
//! | [`layout`], [`slice`], [`join`], [`diagonal`] | elements moved, not changed |
//! | [`gather`] | look-ups by index and their adjoint, the scatter-add |
//! | [`likelihood`] | terms of log-likelihoods: compositions |
//! | [`weighted`] | log-sum-exp with weights of any sign |
//! | [`custom`] | a user's own operation |
//!
//! This file only says which family an [`Op`] belongs to.

mod binary;
mod custom;
mod diagonal;
mod entry;
mod gather;
mod join;
mod layout;
mod likelihood;
mod linalg;
mod matmul;
mod ordered;
mod partial;
mod payload;
mod power;
mod radial;
mod reduce;
mod scan;
mod select;
mod slice;
mod softmax;
mod sort;
mod statistics;
#[cfg(test)]
pub(crate) mod test_support;
mod triple;
mod unary;
mod weighted;

pub(crate) use binary::{Binary, binary_table};
pub(crate) use custom::{CustomValue, evaluate as evaluate_custom};
pub(crate) use entry::Entry;
pub use entry::Sample;
pub(crate) use linalg::{Linalg, Sizes};
pub(crate) use ordered::Ordered;
pub(crate) use partial::{Algebra, Partial, powf_partial, powi_partial};
pub(crate) use payload::Payloads;
pub(crate) use reduce::Reduce;
pub(crate) use reduce::{RunningSum, from_lanes, lanes, log_excess, pairwise_sum};
pub(crate) use scan::{Along, Scan};
pub(crate) use select::choose;
pub(crate) use softmax::{Normalise, normalise_lane};
pub(crate) use sort::Sort;
pub(crate) use triple::{Lane, lane as triple_lane};
pub(crate) use unary::{Unary, unary_table};
pub(crate) use weighted::Weighted;

use crate::error::Source;
use crate::kernels::{LANES, Reference, Tile};
use crate::scalar::{Scalar, count};
use crate::shape::{Axes, Dims, MAX_AXES, Shape};
use crate::tape::Var;
use crate::value::{Evaluated, Value};
use ndarray::{ArrayD, IxDyn};
use smallvec::SmallVec;

/// What a node does with its operands. Payloads that don't fit four bytes stand in the graph's side tables.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Op {
    /// A leaf bound when a program runs: its place among the inputs.
    Input(u32),
    /// A leaf whose array is on the tape.
    Constant(u32),
    /// A leaf that is one number on the tape.
    Scalar(u32),
    /// The number of rows.
    RowCount,
    Unary(Unary),
    Binary(Binary),
    /// `xⁿ`.
    Powi(i32),
    /// `xᵖ`, p among the scalars.
    Powf(u32),
    /// A member of a family of elementwise functions, and its order.
    Ordered(Ordered, u16),
    /// Elementwise choice: (condition, if non-zero, if zero).
    Select,
    Reduce(Reduce, Axes),
    Normalise(Normalise, Axes),
    /// Of numbers and weights of one shape.
    Weighted(Weighted, Axes),
    /// `a(b·c) − b(a·c)` along axes.
    Triple(Axes),
    /// `r̄·x/r` of x, its norm r along axes, and r̄.
    Radial(Axes),
    /// The product of two matrices, each transposed first if its flag says so; with 0·∞ = 0·NaN = 0 if it is strong, as the
    /// products are that adjoints are made of.
    MatMul {
        ta: bool,
        tb: bool,
        strong: bool,
    },
    /// `X·θ`, the first node of the derivation.
    Linear,
    Reshape,
    Broadcast,
    Permute(u32),
    Slice(u32),
    /// Zeros, but for the slice, which is the operand: the adjoint of `Slice`.
    Unslice(u32),
    Concatenate(u8),
    Gather,
    /// Sums rows into a table by index: the adjoint of `Gather`.
    ScatterAdd,
    /// The diagonal matrix of a vector.
    Diag,
    /// The diagonal of a matrix.
    Diagonal,
    Scan(Along),
    /// The first operand in the order that sorts the second.
    Sort(Sort),
    Linalg(Linalg),
    Custom(u32),
}

/// How many operands an operation has.
pub(crate) enum Arity {
    Fixed(usize),
    /// As many as its list says.
    Listed,
}

/// What a vjp rule is given: a node's operands, its output, and the output's adjoint.
pub(crate) struct Rule<'t, T: Scalar> {
    pub(crate) args: SmallVec<[Var<'t, T>; 3]>,
    pub(crate) output: Var<'t, T>,
    pub(crate) adjoint: Var<'t, T>,
    /// Which operands' adjoints are asked for.
    pub(crate) wanted: SmallVec<[bool; 3]>,
}

/// The operands' adjoints; `None` where there is none or none is asked for.
pub(crate) type Adjoints<'t, T> = SmallVec<[Option<Var<'t, T>>; 3]>;

impl<'t, T: Scalar> Rule<'t, T> {
    /// The adjoints of the operands that are asked for, by `rule`.
    pub(crate) fn each(&self, mut rule: impl FnMut(usize) -> Option<Var<'t, T>>) -> Adjoints<'t, T> {
        (0..self.args.len()).map(|index| if self.wanted[index] { rule(index) } else { None }).collect()
    }
}

/// Why an operation could not be evaluated; the caller adds where.
pub(crate) enum Failure {
    Index {
        position: usize,
        index: usize,
        len: usize,
    },
    /// A pivot is 0: which matrix of the batch it is of, and which pivot.
    Singular {
        matrix: usize,
        pivot: usize,
    },
    NotPositiveDefinite {
        matrix: usize,
        pivot: usize,
    },
    Reason(String),
}

impl Failure {
    pub(crate) fn at(self, operation: String, source_line: Source) -> crate::Error {
        match self {
            Failure::Index { position, index, len } => {
                crate::Error::IndexOutOfRange { operation, position, index, len, source_line }
            }
            Failure::Singular { matrix, pivot } => crate::Error::Singular { operation, matrix, pivot, source_line },
            Failure::NotPositiveDefinite { matrix, pivot } => {
                crate::Error::NotPositiveDefinite { operation, matrix, pivot, source_line }
            }
            Failure::Reason(reason) => crate::Error::Evaluation { operation, reason, source_line },
        }
    }
}

impl Op {
    pub(crate) fn arity(self) -> Arity {
        Arity::Fixed(match self {
            Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount => 0,
            Op::Unary(_) | Op::Powi(_) | Op::Powf(_) | Op::Ordered(..) | Op::Reduce(..) | Op::Normalise(..) => 1,
            Op::Reshape | Op::Broadcast | Op::Permute(_) | Op::Slice(_) | Op::Unslice(_) | Op::Diag | Op::Diagonal => 1,
            Op::Binary(_) | Op::MatMul { .. } | Op::Linear | Op::Gather | Op::ScatterAdd | Op::Weighted(..) => 2,
            Op::Scan(scan) => scan.arity(),
            Op::Linalg(linalg) => linalg.arity(),
            Op::Sort(_) => 2,
            Op::Select | Op::Triple(_) | Op::Radial(_) => 3,
            Op::Concatenate(_) | Op::Custom(_) => return Arity::Listed,
        })
    }

    /// Whether each element of the result depends on the same element of the (broadcast) operands alone.
    pub(crate) fn is_elementwise(self) -> bool {
        matches!(self, Op::Unary(_) | Op::Binary(_) | Op::Powi(_) | Op::Powf(_) | Op::Ordered(..) | Op::Select)
    }

    /// Whether operands that all have one shape give the result that shape.
    #[inline]
    pub(crate) fn keeps_shape(self) -> bool {
        self.is_elementwise() || matches!(self, Op::Normalise(..) | Op::Triple(_))
    }

    /// The operation's name, in printouts and errors.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Op::Input(_) => "input",
            Op::Constant(_) => "constant",
            Op::Scalar(_) => "number",
            Op::RowCount => "row_count",
            Op::Unary(unary) => unary.name(),
            Op::Binary(binary) => binary.name(),
            Op::Powi(_) => "powi",
            Op::Powf(_) => "powf",
            Op::Ordered(family, order) => family.name(order),
            Op::Select => "select",
            Op::Reduce(reduce, _) => reduce.name(),
            Op::Normalise(normalise, _) => normalise.name(),
            Op::Weighted(weighted, _) => weighted.name(),
            Op::Triple(_) => "triple_product",
            Op::Radial(_) => "radial",
            Op::MatMul { .. } => "dot",
            Op::Linear => "linear",
            Op::Reshape => "reshape",
            Op::Broadcast => "broadcast_to",
            Op::Permute(_) => "permuted_axes",
            Op::Slice(_) => "slice",
            Op::Unslice(_) => "unslice",
            Op::Concatenate(_) => "concatenate",
            Op::Gather => "gather",
            Op::ScatterAdd => "scatter_add",
            Op::Diag => "diag",
            Op::Diagonal => "diagonal",
            Op::Scan(scan) => scan.name(),
            Op::Sort(order) => order.name(),
            Op::Linalg(linalg) => linalg.name(),
            Op::Custom(_) => "custom",
        }
    }
}

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

/// The vjp rule of a node that has no partials: the adjoints of its operands, recorded on the tape.
pub(crate) fn vjp<'t, T: Scalar>(op: Op, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let arg = |index: usize| rule.args[index];
    match op {
        Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount => Adjoints::new(),
        Op::Unary(_) | Op::Binary(_) | Op::Powi(_) | Op::Powf(_) | Op::Ordered(..) => Adjoints::new(),
        Op::Select => select::vjp(rule),
        Op::Reduce(reduce, axes) => rule.each(|_| reduce.vjp(axes, rule)),
        Op::Normalise(normalise, axes) => rule.each(|_| Some(normalise.vjp(axes, rule))),
        Op::Weighted(weighted, axes) => weighted.vjp(axes, rule),
        Op::Triple(axes) => triple::vjp(axes, rule),
        Op::Radial(axes) => radial::vjp(axes, rule),
        Op::MatMul { ta, tb, .. } => matmul::vjp(ta, tb, rule),
        Op::Linear => matmul::linear_vjp(rule),
        Op::Reshape => rule.each(|_| Some(rule.adjoint.reshape_as(arg(0)))),
        Op::Broadcast => rule.each(|_| Some(rule.adjoint.sum_to(arg(0)))),
        Op::Permute(index) => rule.each(|_| Some(layout::permute_vjp(index, rule))),
        Op::Slice(index) => rule.each(|_| Some(slice::vjp(index, rule))),
        Op::Unslice(index) => rule.each(|_| Some(slice::unslice_vjp(index, rule))),
        Op::Concatenate(axis) => join::vjp(axis.into(), rule),
        Op::Gather => rule.each(|index| (index == 0).then(|| rule.adjoint.scatter_as(arg(0), arg(1)))),
        Op::ScatterAdd => rule.each(|index| (index == 0).then(|| rule.adjoint.gather_by(arg(1)))),
        Op::Diag => rule.each(|_| Some(rule.adjoint.diagonal())),
        Op::Diagonal => rule.each(|_| Some(rule.adjoint.diag())),
        Op::Scan(scan) => scan.vjp(rule),
        Op::Sort(order) => order.vjp(rule),
        Op::Linalg(linalg) => linalg.vjp(rule),
        Op::Custom(index) => crate::rules::custom::vjp(index, rule),
    }
}

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

pub(crate) fn numbers<T: Scalar>(args: &[Evaluated<T>]) -> SmallVec<[Value<T>; 2]> {
    args.iter().map(Evaluated::numbers).collect()
}

/// `value` stretched to `dims`, to which its shape was checked to broadcast.
pub(crate) fn broadcast<'a, T: Scalar>(value: &'a Value<T>, dims: &Dims) -> ndarray::ArrayViewD<'a, T> {
    // The shapes were checked when the node was recorded; the view itself is the answer should they ever disagree.
    value.broadcast(IxDyn(dims)).unwrap_or_else(|| value.view())
}

fn zip<T: Scalar>(a: &Value<T>, b: &Value<T>, dims: &Dims, f: impl Fn(T, T) -> T) -> ArrayD<T> {
    ndarray::Zip::from(broadcast(a, dims)).and(broadcast(b, dims)).map_collect(|&a, &b| f(a, b))
}

/// Applies `f` to every element of `count` tiles from `x` on.
#[inline(always)]
pub(crate) fn map_tiles<T: Scalar>(tiles: &mut [Tile<T>], x: usize, out: usize, count: usize, f: impl Fn(T) -> T) {
    for tile in 0..count {
        let x = tiles[x + tile];
        let mut result = [T::zero(); LANES];
        for lane in 0..LANES {
            result[lane] = f(x[lane]);
        }
        tiles[out + tile] = result;
    }
}

/// Applies `f` to pairs of elements of `count` tiles; an operand is its first tile and its step.
#[inline(always)]
pub(crate) fn zip_tiles<T: Scalar>(
    tiles: &mut [Tile<T>],
    a: (usize, usize),
    b: (usize, usize),
    out: usize,
    count: usize,
    f: impl Fn(T, T) -> T,
) {
    for tile in 0..count {
        let (a, b) = (tiles[a.0 + a.1 * tile], tiles[b.0 + b.1 * tile]);
        let mut result = [T::zero(); LANES];
        for lane in 0..LANES {
            result[lane] = f(a[lane], b[lane]);
        }
        tiles[out + tile] = result;
    }
}
