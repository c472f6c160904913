//! The list of operations: for each, how many operands it has, its name, shape and value, and what is known of it, or which family's file
//! says so. Whoever rewrites, batches or prints operations asks here. A new operation doesn't compile before its arity, name, shape, value,
//! linearity and parameters are said.

use crate::kernels::Reference;
use crate::ops::{
    Binary, Failure, Lanewise, Linalg, Normalise, Ordered, Payloads, Reduce, Unary, Weighted, diagonal, gather, join,
    layout, matmul, radial, select, slice, triple,
};
use crate::scalar::{Scalar, count};
use crate::shape::{Axes, Dims, MAX_AXES, Shape};
use crate::value::{Evaluated, Value, broadcast, numbers};
use ndarray::{ArrayD, IxDyn};

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
    /// Along one axis, of operands of one shape.
    Lanewise(Lanewise),
    Linalg(Linalg),
    Custom(u32),
}

/// How many operands an operation has.
pub(crate) enum Arity {
    Fixed(usize),
    /// As many as its list says.
    Listed,
}

impl Op {
    pub(crate) fn arity(self) -> Arity {
        Arity::Fixed(match self {
            Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount => 0,
            Op::Unary(_) | Op::Powi(_) | Op::Powf(_) | Op::Ordered(..) | Op::Reduce(..) | Op::Normalise(..) => 1,
            Op::Reshape | Op::Broadcast | Op::Permute(_) | Op::Slice(_) | Op::Unslice(_) | Op::Diag | Op::Diagonal => 1,
            Op::Binary(_) | Op::MatMul { .. } | Op::Linear | Op::Gather | Op::ScatterAdd | Op::Weighted(..) => 2,
            Op::Lanewise(lanewise) => lanewise.op.arity(),
            Op::Linalg(linalg) => linalg.arity(),
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
            Op::Lanewise(lanewise) => lanewise.name(),
            Op::Linalg(linalg) => linalg.name(),
            Op::Custom(_) => "custom",
        }
    }

    /// Whether the operands may change places.
    pub(crate) fn commutes(self) -> bool {
        matches!(self, Op::Binary(Binary::Add | Binary::Mul | Binary::StrongMul))
    }

    /// Whether the result is linear in the operands that vary, by their places, while the others stay as they are (and are 0 where they are
    /// added to what varies).
    pub(crate) fn is_linear_in(self, varies: impl Fn(usize) -> bool) -> bool {
        match self {
            Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount => true,
            Op::Unary(unary) => matches!(unary, Unary::Neg | Unary::ToDegrees | Unary::ToRadians),
            Op::Binary(Binary::Add | Binary::Sub) => true,
            Op::Binary(Binary::Mul | Binary::StrongMul) => !(varies(0) && varies(1)),
            Op::Binary(Binary::Div | Binary::StrongDiv) => !varies(1),
            Op::Binary(_) | Op::Powi(_) | Op::Powf(_) | Op::Ordered(..) => false,
            Op::Select => !varies(0),
            Op::Reduce(reduce, _) => reduce.is_linear(),
            Op::Normalise(..) | Op::Weighted(..) => false,
            Op::Triple(_) => (0..3).filter(|&index| varies(index)).count() <= 1,
            // In the norm's adjoint.
            Op::Radial(_) => !varies(0) && !varies(1),
            Op::MatMul { .. } | Op::Linear => !(varies(0) && varies(1)),
            Op::Reshape | Op::Broadcast | Op::Permute(_) | Op::Slice(_) | Op::Unslice(_) | Op::Concatenate(_) => true,
            Op::Diag | Op::Diagonal => true,
            Op::Gather | Op::ScatterAdd => !varies(1),
            Op::Lanewise(lanewise) => lanewise.op.is_linear_in(varies),
            Op::Linalg(linalg) => match linalg {
                Linalg::Product { .. } => !(varies(0) && varies(1)),
                Linalg::SolveTriangular { .. } | Linalg::Solve { .. } => !varies(0),
                Linalg::Cholesky | Linalg::LogAbsDet | Linalg::DetSign | Linalg::Det => false,
                Linalg::Cofactors | Linalg::CofactorsSlope => false,
            },
            Op::Custom(_) => false,
        }
    }

    /// Which of the operands are taken transposed.
    pub(crate) fn transposes(self) -> [bool; 2] {
        match self {
            Op::MatMul { ta, tb, .. } | Op::Linalg(Linalg::Product { ta, tb, .. }) => [ta, tb],
            Op::Linalg(Linalg::SolveTriangular { transposed, .. } | Linalg::Solve { transposed }) => {
                [transposed, false]
            }
            _ => [false; 2],
        }
    }

    /// The parameters beside the operands, as they are printed; of an operation whose first operand has `ndim` axes and whose result has
    /// the shape `shape`.
    pub(crate) fn parameters<T: Scalar>(self, payloads: &Payloads<T>, ndim: usize, shape: &Shape) -> Vec<String> {
        let along = |axes: Axes| format!("axes {:?}", axes.iter().collect::<Vec<_>>());
        match self {
            Op::Powi(n) => vec![n.to_string()],
            Op::Powf(p) => vec![payloads.scalar(p).to_string()],
            Op::Ordered(_, order) => vec![format!("order {order}")],
            Op::Reduce(_, axes) | Op::Normalise(_, axes) | Op::Weighted(_, axes) if axes == Axes::all(ndim) => {
                Vec::new()
            }
            Op::Reduce(_, axes) | Op::Normalise(_, axes) | Op::Weighted(_, axes) => vec![along(axes)],
            Op::Triple(axes) | Op::Radial(axes) => vec![along(axes)],
            Op::Lanewise(lanewise) => lanewise.parameters(),
            Op::Reshape | Op::Broadcast | Op::ScatterAdd => vec![shape.to_string()],
            Op::Permute(index) => vec![format!("{:?}", payloads.permutation(index).as_slice())],
            Op::Slice(index) | Op::Unslice(index) => vec![slice::text(payloads.slices(index))],
            Op::Concatenate(axis) => vec![format!("axis {axis}")],
            Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount | Op::Unary(_) | Op::Binary(_) => Vec::new(),
            Op::Select | Op::MatMul { .. } | Op::Linear | Op::Gather | Op::Diag | Op::Diagonal => Vec::new(),
            Op::Linalg(_) | Op::Custom(_) => Vec::new(),
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
        Op::Lanewise(lanewise) => lanewise.shape(args)?,
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
        Op::Lanewise(lanewise) => lanewise.evaluate(&numbers(args)),
        Op::Linalg(linalg) => linalg.evaluate(&numbers(args), dims)?,
        // A user's code is called while nothing is borrowed: by the interpreter itself.
        Op::Custom(_) => return Err(Failure::Reason("a custom operation is evaluated elsewhere".into())),
    };
    Ok(value.into_shared())
}

fn zip<T: Scalar>(a: &Value<T>, b: &Value<T>, dims: &Dims, f: impl Fn(T, T) -> T) -> ArrayD<T> {
    ndarray::Zip::from(broadcast(a, dims)).and(broadcast(b, dims)).map_collect(|&a, &b| f(a, b))
}
