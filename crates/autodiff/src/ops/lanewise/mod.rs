//! Operations on lanes, the lines of elements along one axis: scans and sorting. The result has the shape of the operands. A new one is a
//! file here, a variant of [`LaneOp`], and a file with its rule in `rules/lanewise`; programs run it as they run the others. In [`scan`] are
//! cumulative sums and recurrences, in [`sort`] order, in [`line`](mod@line) the places of a lane.

mod line;
mod scan;
mod sort;

use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::value::Value;
use line::Line;
use ndarray::{ArrayD, IxDyn};

/// What is done with a lane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum LaneOp {
    CumSum,
    /// `ln(e^x₀ + … + e^xᵢ)`.
    CumLogSumExp,
    /// `hᵢ = aᵢ·hᵢ₋₁ + bᵢ` of the operands b and a.
    Recurrence,
    /// The first operand in the order that sorts the second.
    Sort,
}

/// An operation on lanes, their axis, and its direction. The rows axis is refused when it is recorded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Lanewise {
    pub(crate) op: LaneOp,
    pub(crate) axis: u8,
    /// A scan begins at the end; sorting takes what is sorted back to where it was.
    pub(crate) reverse: bool,
}

/// Which elements of a lane an element of the result depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// The same one and those before it.
    Before,
    Whole,
}

impl LaneOp {
    pub(crate) fn name(self) -> &'static str {
        match self {
            LaneOp::CumSum => "cumsum",
            LaneOp::CumLogSumExp => "cumlogsumexp",
            LaneOp::Recurrence => "linear_recurrence",
            LaneOp::Sort => "sort",
        }
    }

    pub(crate) fn arity(self) -> usize {
        match self {
            LaneOp::CumSum | LaneOp::CumLogSumExp => 1,
            LaneOp::Recurrence | LaneOp::Sort => 2,
        }
    }

    /// Whether the result is linear in the operands that vary.
    pub(crate) fn is_linear_in(self, varies: impl Fn(usize) -> bool) -> bool {
        match self {
            LaneOp::CumSum => true,
            LaneOp::CumLogSumExp => false,
            LaneOp::Recurrence | LaneOp::Sort => !varies(1),
        }
    }

    pub(crate) fn reach(self) -> Reach {
        match self {
            LaneOp::CumSum | LaneOp::CumLogSumExp | LaneOp::Recurrence => Reach::Before,
            LaneOp::Sort => Reach::Whole,
        }
    }

    /// How many of the operands, from the first on, have a derivative.
    pub(crate) fn differentiable(self) -> usize {
        match self {
            LaneOp::CumSum | LaneOp::CumLogSumExp | LaneOp::Sort => 1,
            LaneOp::Recurrence => 2,
        }
    }

    /// How the other direction is printed.
    fn reversed(self) -> &'static str {
        match self {
            LaneOp::CumSum | LaneOp::CumLogSumExp | LaneOp::Recurrence => "from the end",
            LaneOp::Sort => "inverse",
        }
    }
}

impl Lanewise {
    pub(crate) fn name(self) -> &'static str {
        if self.op == LaneOp::Sort && self.reverse { "unsort" } else { self.op.name() }
    }

    pub(crate) fn shape(self, operands: &[&Shape]) -> Result<Shape, String> {
        if operands.iter().any(|operand| *operand != operands[0]) {
            return Err("the operands must be of one shape".into());
        }
        Ok(operands[0].clone())
    }

    pub(crate) fn parameters(self) -> Vec<String> {
        [format!("axis {}", self.axis)].into_iter().chain(self.reverse.then(|| self.op.reversed().into())).collect()
    }

    pub(crate) fn evaluate<T: Scalar>(self, operands: &[Value<T>]) -> ArrayD<T> {
        let dims = operands[0].shape();
        let axis = usize::from(self.axis);
        let lanes = [dims[..axis].iter().product(), dims[axis], dims[axis + 1..].iter().product()];
        let elements: Vec<Vec<T>> = operands.iter().map(|operand| operand.iter().copied().collect()).collect();
        let mut out = vec![T::zero(); operands[0].len()];
        let (first, last) = (&elements[0], elements.last().unwrap_or(&elements[0]));
        self.run([first, last], &mut out, &mut Vec::new(), lanes);
        ArrayD::from_shape_vec(IxDyn(dims), out).unwrap_or_else(|_| ArrayD::from_elem(IxDyn(dims), T::nan()))
    }

    /// Works on arrays of `[outer, len, inner]` elements, along `len`; where there is one operand, it is given twice. `places` is memory to
    /// work in.
    pub(crate) fn run<T: Scalar>(
        self,
        operands: [&[T]; 2],
        out: &mut [T],
        places: &mut Vec<u32>,
        [outer, len, inner]: [usize; 3],
    ) {
        if out.is_empty() {
            return;
        }
        for lane in 0..outer * inner {
            let line = Line { first: lane / inner * len * inner + lane % inner, len, stride: inner };
            match self.op {
                LaneOp::CumSum => scan::cumsum(operands[0], out, line.scanned(self.reverse)),
                LaneOp::CumLogSumExp => scan::cumlogsumexp(operands[0], out, line.scanned(self.reverse)),
                LaneOp::Recurrence => scan::recurrence(operands, out, line.scanned(self.reverse)),
                LaneOp::Sort => sort::order(operands, out, places, line, self.reverse),
            }
        }
    }
}
