//! Loops: the layout of their operands and results.

use super::asked::Derivatives;
use super::body::Body;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{CustomOp, Var};
use ndarray::{ArrayD, ArrayViewD};
use std::fmt;
use std::sync::Arc;

/// A loop. Its operands are, in this order: the number of turns, if that is given; the carries at the start; the arrays with an element (along
/// the leading axis) for each turn; what all turns share.
pub(super) struct Loop<T: Scalar> {
    pub(super) name: &'static str,
    /// One turn. Its inputs are the operands, but for the number of turns, each with the element of its turn; its outputs: the carries, the
    /// elements to be stacked, the terms to be summed.
    pub(super) body: Arc<Body<T>>,
    pub(super) carries: usize,
    pub(super) inputs: usize,
    pub(super) stacked: usize,
    /// How many turns there are, at most.
    pub(super) most: usize,
    pub(super) turns: Turns<T>,
    /// Whether the last element is the first turn's.
    pub(super) is_reverse: bool,
    /// After how many turns each the carries are kept, for the derivative; [`NEVER`] where it needs none.
    pub(super) every: usize,
    /// The loop whose carries the first inputs are, which are computed again from those that were kept.
    pub(super) recomputed: Option<Recomputed<T>>,
    pub(super) derivatives: Derivatives<T>,
}

pub(super) const NEVER: usize = usize::MAX;

/// How many turns there are.
pub(super) enum Turns<T: Scalar> {
    All,
    /// As many as the first operand says.
    Given,
    /// For as long as a number is not 0, which is computed from the carries and the last of what is shared, `shared` of them.
    While {
        condition: Arc<Body<T>>,
        shared: usize,
    },
}

/// Inputs of a loop from the last turn to the first that are another's carries: kept every so many turns, otherwise computed again. The
/// other's inputs follow them, and it shares the first of what this one shares.
pub(super) struct Recomputed<T: Scalar> {
    pub(super) body: Arc<Body<T>>,
    pub(super) carries: usize,
    pub(super) inputs: usize,
    pub(super) stacked: usize,
    pub(super) every: usize,
}

impl<T: Scalar> fmt::Debug for Loop<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loop").field("name", &self.name).field("most", &self.most).finish_non_exhaustive()
    }
}

/// A part of a loop's result, which is one vector: an array of `dims` from place `start` on.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) dims: Vec<usize>,
}

impl Part {
    pub(super) fn len(&self) -> usize {
        self.dims.iter().product()
    }
}

/// The parts of a loop's result.
pub(super) struct Parts {
    /// The number of turns, where a condition decides it.
    pub(super) count: Option<Part>,
    pub(super) carries: Vec<Part>,
    pub(super) stacked: Vec<Part>,
    pub(super) summed: Vec<Part>,
    /// The carries at the start of the turns, every so many.
    pub(super) kept: Vec<Part>,
    pub(super) len: usize,
}

impl<T: Scalar> Loop<T> {
    pub(super) fn parts(&self) -> Parts {
        let mut len = 0usize;
        let mut part = |dims: Vec<usize>| {
            let part = Part { start: len, dims };
            len += part.len();
            part
        };
        let body = &self.body;
        let with = |lead: usize, dims: &[usize]| [&[lead], dims].concat();
        let is_counted = matches!(self.turns, Turns::While { .. });
        let count = is_counted.then(|| part(Vec::new()));
        let carries = (0..self.carries).map(|at| part(body.output_dims(at).to_vec())).collect();
        let (first, end) = (self.carries + self.stacked, body.output_count());
        let stacked = (self.carries..first).map(|at| part(with(self.most, body.output_dims(at)))).collect();
        let summed = (first..end).map(|at| part(body.output_dims(at).to_vec())).collect();
        let kept = self.most.div_ceil(self.every);
        let kept = (0..self.carries).map(|at| part(with(kept, body.output_dims(at)))).collect();
        Parts { count, carries, stacked, summed, kept, len }
    }

    /// How many operands stand before the carries.
    pub(super) fn first_carry(&self) -> usize {
        usize::from(matches!(self.turns, Turns::Given))
    }

    /// The number of turns, if that is known before.
    pub(super) fn known_turns(&self, operands: &[ArrayViewD<'_, T>]) -> Option<usize> {
        match self.turns {
            Turns::All => Some(self.most),
            Turns::Given => {
                let given = operands.first().and_then(|given| given.first()).and_then(|given| given.to_usize());
                Some(given.unwrap_or(0).min(self.most))
            }
            Turns::While { .. } => None,
        }
    }
}

impl<T: Scalar> CustomOp<T> for Loop<T> {
    fn name(&self) -> &str {
        self.name
    }

    fn shape(&self, operands: &[Shape]) -> Result<Shape, String> {
        match operands.iter().any(Shape::has_rows) {
            true => Err("a loop takes what has no rows; bind the data as a fixed input".into()),
            false => Ok(Shape::fixed(&[self.parts().len])),
        }
    }

    fn value(&self, operands: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, String> {
        self.run(operands)
    }

    fn vjp<'t>(&self, operands: &[Var<'t, T>], output: Var<'t, T>, adjoint: Var<'t, T>) -> Vec<Option<Var<'t, T>>> {
        self.vjp_of(operands, output, adjoint, &vec![true; operands.len()])
    }

    fn vjp_of<'t>(
        &self,
        operands: &[Var<'t, T>],
        output: Var<'t, T>,
        adjoint: Var<'t, T>,
        wanted: &[bool],
    ) -> Vec<Option<Var<'t, T>>> {
        self.adjoints(operands, output, adjoint, wanted)
    }
}
