//! What is known of operations beside their shapes and values. Whoever rewrites, batches or prints them asks here.

use super::{Along, Binary, Linalg, Op, Payloads, Reduce, Scan, Sort, Unary};
use crate::scalar::Scalar;
use crate::shape::{Axes, Shape};
use crate::value::AxisSlice;

impl Op {
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
            Op::Gather | Op::ScatterAdd | Op::Sort(_) => !varies(1),
            Op::Scan(along) => match along.scan {
                Scan::CumSum => true,
                Scan::CumLogSumExp => false,
                Scan::Recurrence => !varies(1),
            },
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
            Op::Scan(Along { axis, reverse, .. }) => {
                [Some(format!("axis {axis}")), reverse.then(|| "from the end".into())].into_iter().flatten().collect()
            }
            Op::Sort(Sort { axis, inverse, .. }) => {
                [Some(format!("axis {axis}")), inverse.then(|| "inverse".into())].into_iter().flatten().collect()
            }
            Op::Reshape | Op::Broadcast | Op::ScatterAdd => vec![shape.to_string()],
            Op::Permute(index) => vec![format!("{:?}", payloads.permutation(index).as_slice())],
            Op::Slice(index) | Op::Unslice(index) => vec![slices(payloads.slices(index))],
            Op::Concatenate(axis) => vec![format!("axis {axis}")],
            Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount | Op::Unary(_) | Op::Binary(_) => Vec::new(),
            Op::Select | Op::MatMul { .. } | Op::Linear | Op::Gather | Op::Diag | Op::Diagonal => Vec::new(),
            Op::Linalg(_) | Op::Custom(_) => Vec::new(),
        }
    }
}

impl Reduce {
    pub(crate) fn is_linear(self) -> bool {
        match self {
            Reduce::Sum | Reduce::Mean => true,
            Reduce::Max | Reduce::Min | Reduce::LogSumExp | Reduce::Prod | Reduce::Norm => false,
        }
    }
}

/// Slices as ranges: `[0..3, 8..0 by -2]`, an axis taken whole as `..` being spelled out, since its length isn't here.
fn slices(slices: &[AxisSlice]) -> String {
    let range = |slice: &AxisSlice| match slice.step {
        _ if slice.len == 1 => slice.start.to_string(),
        1 => format!("{}..{}", slice.start, slice.start + slice.len),
        step => format!("{} values from {} by {step}", slice.len, slice.start),
    };
    format!("[{}]", slices.iter().map(range).collect::<Vec<_>>().join(", "))
}
