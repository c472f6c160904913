//! Rows whose results leave the range, computed again in [`Wide`].
//!
//! A sum over the rows that is no finite number has lost all rows for one. The same instructions run on the same block in a
//! scalar whose range doesn't end, and what that gives takes the place of the block's partial results: of all of the pass, for
//! where one is infinite another, a gradient, may be wrong. Healthy data pay for a look at the partial sums of each run.

use super::combine;
use super::execute::{Blocks, Frame, run_wide};
use super::plan::{Import, Pass, Plan};
use super::resolve::BoundInputs;
use crate::graph::{Graph, Input, InputValue};
use crate::kernels::product::Panels;
use crate::kernels::{Aligned, LANES};
use crate::ops::Op;
use crate::scalar::{Scalar, real};
use crate::simplify::Rewrites;
use crate::wide::{Wide, widened};
use ndarray::{Axis, Slice};
use std::ops::Range;
use std::sync::OnceLock;

/// A program in the wide scalar, made when it is needed first.
pub(crate) struct Recomputation {
    form: OnceLock<(Graph<Wide>, Plan<Wide>)>,
}

impl Recomputation {
    /// For a graph whose operations have a wide form, of a scalar with fewer digits; where rewrites are asked for. Without them
    /// a program gives what the recording gives, infinities too.
    pub(crate) fn of<T: Scalar>(graph: &Graph<T>, rewrites: Rewrites) -> Option<Self> {
        let has_form = graph.nodes.iter().all(|node| !matches!(node.op, Op::Custom(_)));
        let is_wider = T::epsilon() > real(1e-25);
        (has_form && is_wider && rewrites != Rewrites::NONE).then(|| Self { form: OnceLock::new() })
    }

    /// Computes the partial results of a block again, from what the stages before gave (`fixed` and `scalars`). Where an input is
    /// not finite, or something fails, they stay as they are.
    pub(crate) fn block<T: Scalar>(
        &self,
        (graph, plan): (&Graph<T>, &Plan<T>),
        inputs: &BoundInputs<'_, '_, T>,
        stage: usize,
        [fixed, scalars]: [&[T]; 2],
        rows: Range<usize>,
        accumulators: &mut [T],
    ) {
        let form = || (widened(graph, &[]), plan.in_scalar(Wide::of));
        let (graph, plan) = self.form.get_or_init(form);
        let Some(pass) = plan.stages.get(stage).and_then(|stage| stage.pass.as_ref()) else { return };
        let Some(inputs) = finite_inputs(graph, inputs, &rows) else { return };
        let mut arena = Aligned::new(Wide::from(0.0), pass.arena);
        import(pass, fixed, scalars, &mut arena);
        let mut wide = Aligned::new(Wide::from(0.0), pass.accumulated);
        let mut frame = Frame {
            plan,
            graph,
            inputs: &BoundInputs::at_hand(&inputs, rows.len()),
            arena: &mut arena,
            scalars: &mut [],
            accumulators: &mut wide,
            panels: &mut (0..pass.panels).map(|_| Panels::new()).collect::<Vec<_>>(),
            places: &mut Vec::new(),
            outputs: &mut [],
            first_row: 0,
            start: 0,
            rows: pass.block_rows,
            next_rows: 0,
            granule: pass.order.granule,
            streams: false,
            failure: None,
        };
        if !pass.prologue.is_empty() {
            run_wide(&mut frame, Blocks::once(&pass.prologue, pass.block_rows));
        }
        pass.accumulators.iter().for_each(|accumulator| combine::clear(accumulator, frame.accumulators));
        run_wide(&mut frame, Blocks::once(&pass.body, rows.len()));
        if frame.failure.is_none() {
            accumulators.iter_mut().zip(&*wide).for_each(|(out, x)| *out = x.to());
        }
    }
}

/// The inputs with the rows of a block; `None` if a number is not finite.
fn finite_inputs<T: Scalar>(
    graph: &Graph<Wide>,
    inputs: &BoundInputs<'_, '_, T>,
    rows: &Range<usize>,
) -> Option<Vec<Input<Wide>>> {
    let part = Slice::from(rows.clone());
    let finite = |(index, input): (usize, &Input<Wide>)| {
        let (index, on_rows) = (index as u32, graph.shape(input.node).has_rows());
        let value = match &input.value {
            InputValue::Numbers(_) => {
                let array = inputs.numbers(index)?;
                let array = if on_rows { array.slice_axis(Axis(0), part) } else { array.view() };
                let finite = array.iter().all(|x| x.is_finite());
                finite.then(|| InputValue::Numbers(Some(array.mapv(Wide::of).into_shared())))?
            }
            InputValue::Indices(_) => {
                let array = inputs.indices(index)?;
                let array = if on_rows { array.slice_axis(Axis(0), part) } else { array.view() };
                InputValue::Indices(Some(array.to_owned().into_shared()))
            }
        };
        Some(Input { name: input.name.clone(), node: input.node, value })
    };
    graph.inputs.iter().enumerate().map(finite).collect()
}

/// Brings fixed nodes into the block arena.
fn import<T: Scalar>(pass: &Pass, fixed: &[T], scalars: &[T], arena: &mut [Wide]) {
    for import in &pass.imports {
        match *import {
            Import::Scalar { scalar, to } => {
                arena[to as usize..][..LANES].fill(Wide::of(scalars[scalar as usize]));
            }
            Import::Array { from, to, len } => {
                let from = &fixed[from as usize..][..len as usize];
                arena[to as usize..].iter_mut().zip(from).for_each(|(to, &x)| *to = Wide::of(x));
            }
        }
    }
}
