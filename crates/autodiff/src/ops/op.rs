//! What a node does with its operands: the operations, their operands and names.

use crate::ops::{Along, Binary, Linalg, Normalise, Ordered, Reduce, Sort, Unary, Weighted};
use crate::shape::Axes;

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
