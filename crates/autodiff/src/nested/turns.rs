//! Loops: the layout of their operands and results, and how they run.

use super::asked::Derivatives;
use super::body::Body;
use crate::program::{Binding, Program, Workspace, bind};
use crate::scalar::{Scalar, count};
use crate::shape::Shape;
use crate::tape::{CustomOp, Var};
use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Axis, IxDyn, Zip};
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
    fn known_turns(&self, operands: &[ArrayViewD<'_, T>]) -> Option<usize> {
        match self.turns {
            Turns::All => Some(self.most),
            Turns::Given => {
                let given = operands.first().and_then(|given| given.first()).and_then(|given| given.to_usize());
                Some(given.unwrap_or(0).min(self.most))
            }
            Turns::While { .. } => None,
        }
    }

    fn run(&self, operands: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, String> {
        let parts = self.parts();
        let known = self.known_turns(operands);
        let operands = operands.get(self.first_carry()..).unwrap_or_default();
        let zeros = |parts: &[Part]| parts.iter().map(|part| ArrayD::zeros(IxDyn(&part.dims))).collect::<Vec<_>>();
        let (mut stacked, mut summed, mut kept) = (zeros(&parts.stacked), zeros(&parts.summed), zeros(&parts.kept));
        let mut terms = zeros(&parts.summed);
        let mut carries: Vec<ArrayD<T>> = operands.iter().take(self.carries).map(|start| start.to_owned()).collect();
        let mut next = zeros(&parts.carries);
        let program = self.body.program().map_err(|error| error.to_string())?;
        let mut workspace = program.workspace();
        let first_shared = self.carries + self.inputs;
        let mut again = match &self.recomputed {
            Some(recomputed) => Some(Again::new(recomputed, operands, self.carries, first_shared)?),
            None => None,
        };
        let mut done = 0;
        while known.is_none_or(|turns| done < turns) {
            if known.is_none() && !self.goes_on(&carries, operands, done)? {
                break;
            }
            let at = if self.is_reverse { known.unwrap_or(self.most) - 1 - done } else { done };
            let recomputed = match &mut again {
                Some(again) => again.carries_of(at)?,
                None => &[],
            };
            if done % self.every == 0 {
                let place = if self.every == 1 { at } else { done / self.every };
                for (kept, carry) in kept.iter_mut().zip(&carries) {
                    kept.index_axis_mut(Axis(0), place).assign(carry);
                }
            }
            let elements = (0..self.inputs).map(|input| match recomputed.get(input) {
                Some(carry) => carry.view(),
                None => operands[self.carries + input].index_axis(Axis(0), at),
            });
            let bindings = bound(&self.body, &carries, elements, &operands[first_shared..]);
            let mut outputs: Vec<ArrayViewMutD<'_, T>> = Vec::with_capacity(self.body.output_count());
            outputs.extend(next.iter_mut().map(|next| next.view_mut()));
            outputs.extend(stacked.iter_mut().map(|stack| stack.index_axis_mut(Axis(0), at)));
            outputs.extend(terms.iter_mut().map(|term| term.view_mut()));
            let outcome = program.run_into(&mut workspace, &bindings, &mut outputs);
            outcome.map_err(|error| format!("turn {at}: {error}"))?;
            for (sum, term) in summed.iter_mut().zip(&terms) {
                Zip::from(sum).and(term).for_each(|sum, &term| *sum = *sum + term);
            }
            std::mem::swap(&mut carries, &mut next);
            done += 1;
        }
        let mut result = Vec::with_capacity(parts.len);
        result.extend(parts.count.map(|_| count::<T>(done)));
        for array in [&carries, &stacked, &summed, &kept].into_iter().flatten() {
            result.extend(array.iter().copied());
        }
        Ok(ndarray::Array1::from(result).into_dyn())
    }

    /// Whether another turn follows.
    fn goes_on(&self, carries: &[ArrayD<T>], operands: &[ArrayViewD<'_, T>], done: usize) -> Result<bool, String> {
        let Turns::While { condition, shared } = &self.turns else { return Ok(false) };
        let shared = &operands[operands.len().saturating_sub(*shared)..];
        let bindings = bound(condition, carries, std::iter::empty(), shared);
        let found = condition.program().and_then(|program| program.run(&bindings)?.number(0));
        let goes_on = found.map_err(|error| format!("the condition before turn {done}: {error}"))? != T::zero();
        if goes_on && done == self.most {
            return Err(format!("its condition still holds after {done} turns, the most that were asked for"));
        }
        Ok(goes_on)
    }
}

/// The inputs of one turn.
fn bound<'a, T: Scalar>(
    body: &'a Body<T>,
    carries: &'a [ArrayD<T>],
    elements: impl Iterator<Item = ArrayViewD<'a, T>>,
    shared: &'a [ArrayViewD<'_, T>],
) -> Vec<Binding<'a, T>> {
    let views = carries.iter().map(|carry| carry.view()).chain(elements);
    let views = views.chain(shared.iter().map(|shared| shared.view())).take(body.input_count());
    views.enumerate().map(|(place, view)| bind(body.name(place), view)).collect()
}

/// Carries computed again, a stretch between two that were kept at a time.
struct Again<'a, 'v, T: Scalar> {
    recomputed: &'a Recomputed<T>,
    program: &'a Program<T>,
    workspace: Workspace<T>,
    /// What the carries were every so many turns, the inputs of the turns, and what they share.
    kept: &'a [ArrayViewD<'v, T>],
    inputs: &'a [ArrayViewD<'v, T>],
    shared: &'a [ArrayViewD<'v, T>],
    /// The turn that the stretch begins with, and the carries at the start of its turns.
    start: usize,
    stretch: Vec<Vec<ArrayD<T>>>,
}

impl<'a, 'v, T: Scalar> Again<'a, 'v, T> {
    /// Of the operands of the loop that needs the carries: they stand from `first` on, what is shared from `first_shared` on.
    fn new(
        recomputed: &'a Recomputed<T>,
        operands: &'a [ArrayViewD<'v, T>],
        first: usize,
        first_shared: usize,
    ) -> Result<Self, String> {
        let program = recomputed.body.program().map_err(|error| error.to_string())?;
        let first_input = first + recomputed.carries;
        Ok(Again {
            recomputed,
            program,
            workspace: program.workspace(),
            kept: &operands[first..first_input],
            inputs: &operands[first_input..first_input + recomputed.inputs],
            shared: &operands[first_shared..],
            start: usize::MAX,
            stretch: Vec::new(),
        })
    }

    /// The carries at the start of a turn. Turns are asked for from the last on.
    fn carries_of(&mut self, at: usize) -> Result<&[ArrayD<T>], String> {
        let Recomputed { body, carries, every, .. } = self.recomputed;
        let start = at - at % every;
        if start != self.start {
            (self.start, self.stretch) = (start, Vec::with_capacity(at - start + 1));
            let kept = self.kept.iter().map(|kept| kept.index_axis(Axis(0), start / every).to_owned());
            self.stretch.push(kept.collect());
            let others = (*carries..body.output_count()).map(|at| ArrayD::zeros(IxDyn(body.output_dims(at))));
            let mut others: Vec<ArrayD<T>> = others.collect();
            for turn in start..at {
                let mut next = self.stretch[turn - start].clone();
                let elements = self.inputs.iter().map(|input| input.index_axis(Axis(0), turn));
                let bindings = bound(body, &self.stretch[turn - start], elements, self.shared);
                let mut outputs: Vec<ArrayViewMutD<'_, T>> =
                    next.iter_mut().chain(&mut others).map(|output| output.view_mut()).collect();
                let outcome = self.program.run_into(&mut self.workspace, &bindings, &mut outputs);
                outcome.map_err(|error| format!("turn {turn}, again: {error}"))?;
                drop(outputs);
                self.stretch.push(next);
            }
        }
        Ok(&self.stretch[at - start])
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
