//! One run of a program: stages in turn, the rows of a pass shared out over threads.
//!
//! The rows are cut into *parts*, by the program alone. A part is swept block by block; the partial results of parts are
//! merged pairwise by position, as a binary counter counts: those of a *share* of the parts by the thread that sweeps it, those
//! of all shares at the end. Which thread sweeps what makes no difference to a single bit.

use super::combine;
use super::execute::{Blocks, Frame, Runner};
use super::instr::Instr;
use super::memory::{Memory, ThreadMemory};
use super::parts::Shares;
use super::plan::{Accumulator, Destination, Import, OutputPlace, Pass, Plan};
use super::recompute::Recomputation;
use super::resolve::BoundInputs;
use crate::graph::{Graph, NodeId};
use crate::kernels::LANES;
use crate::ops::Failure;
use crate::scalar::{Scalar, count};
use ndarray::{ArrayViewMut1, ArrayViewMutD, Axis};
use smallvec::SmallVec;
use std::ops::Range;

/// The most rows of a part that are computed again in more digits, which takes some hundred times as long.
const ROWS_AGAIN: usize = 2048;

/// A run's way through the stages.
pub(crate) struct Run<'r, 'b, T: Scalar> {
    pub(crate) plan: &'r Plan<T>,
    pub(crate) graph: &'r Graph<T>,
    pub(crate) inputs: &'r BoundInputs<'r, 'b, T>,
    pub(crate) runner: Runner<T>,
    pub(crate) threads: usize,
    pub(crate) recomputation: Option<&'r Recomputation>,
}

impl<T: Scalar> Run<'_, '_, T> {
    /// Computes everything; rows outputs are written on the way, the others by [`write_fixed`](Self::write_fixed).
    pub(crate) fn run(
        &self,
        memory: &mut Memory<T>,
        outputs: &mut [ArrayViewMutD<'_, T>],
    ) -> Result<(), (NodeId, Failure)> {
        self.copy_inputs(memory);
        for (number, stage) in self.plan.stages.iter().enumerate() {
            if !stage.fixed.is_empty() {
                self.fixed_stage(&stage.fixed, memory)?;
            }
            if let Some(pass) = &stage.pass {
                self.sweep(number, pass, memory, outputs)?;
            }
        }
        self.write_fixed(memory, outputs);
        Ok(())
    }

    pub(super) fn copy_inputs(&self, memory: &mut Memory<T>) {
        if let Some(place) = self.plan.row_count {
            memory.scalars[place as usize] = count(self.inputs.rows);
        }
        for copy in &self.plan.input_copies {
            let Some(array) = self.inputs.numbers(copy.input) else { continue };
            match copy.to {
                Destination::Scalar(place) => {
                    memory.scalars[place as usize] = array.first().copied().unwrap_or_else(T::nan);
                }
                Destination::Fixed(at) => {
                    let to = &mut memory.fixed[at as usize..];
                    match array.as_slice() {
                        Some(elements) => to[..elements.len()].copy_from_slice(elements),
                        None => to.iter_mut().zip(array).for_each(|(to, &x)| *to = x),
                    }
                }
            }
        }
    }

    pub(super) fn fixed_stage(&self, instrs: &[Instr], memory: &mut Memory<T>) -> Result<(), (NodeId, Failure)> {
        if self.plan.lifted.is_empty() {
            return self.fixed_instrs(instrs, memory);
        }
        let is_lifted = |instr: &Instr| matches!(instr, Instr::Lifted { .. });
        for group in instrs.chunk_by(|a, b| !is_lifted(a) && !is_lifted(b)) {
            match group {
                [Instr::Lifted { program, operands, outs, source }] => {
                    self.lifted(*program, [operands, outs], memory).map_err(|failure| (NodeId(*source), failure))?;
                }
                instrs => self.fixed_instrs(instrs, memory)?,
            }
        }
        Ok(())
    }

    fn fixed_instrs(&self, instrs: &[Instr], memory: &mut Memory<T>) -> Result<(), (NodeId, Failure)> {
        let mut frame = Frame {
            plan: self.plan,
            graph: self.graph,
            inputs: self.inputs,
            arena: &mut memory.fixed,
            scalars: &mut memory.scalars,
            accumulators: &mut [],
            panels: &mut memory.fixed_panels,
            places: &mut memory.places,
            outputs: &mut [],
            first_row: 0,
            start: 0,
            rows: 1,
            next_rows: 0,
            granule: LANES,
            streams: false,
            failure: None,
        };
        (self.runner)(&mut frame, Blocks::once(instrs, 1));
        frame.failure.map_or(Ok(()), Err)
    }

    /// One pass over the rows.
    fn sweep(
        &self,
        stage: usize,
        pass: &Pass,
        memory: &mut Memory<T>,
        outputs: &mut [ArrayViewMutD<'_, T>],
    ) -> Result<(), (NodeId, Failure)> {
        let shares = Shares::new(pass, self.inputs.rows);
        self.sweep_shares((stage, pass), shares, memory, outputs)?;
        combine_shares(pass, shares.count, &mut memory.partials[..shares.count * pass.accumulated]);
        self.conclude(pass, memory);
        Ok(())
    }

    /// The partial results of all shares, one after the other among the memory's.
    pub(super) fn sweep_shares(
        &self,
        (stage, pass): (usize, &Pass),
        shares: Shares,
        memory: &mut Memory<T>,
        outputs: &mut [ArrayViewMutD<'_, T>],
    ) -> Result<(), (NodeId, Failure)> {
        let partials = &mut memory.partials[..shares.count * pass.accumulated];
        let group = Group { first: 0, shares, outputs, partials };
        let threads = self.threads.min(shares.count).min(memory.threads.len()).max(1);
        let sweep = PassRun { run: self, stage, pass, fixed: &memory.fixed, scalars: &memory.scalars };
        sweep.share_out(group, shares.count, &mut memory.threads[..threads]);
        for thread in &mut memory.threads[..threads] {
            if let Some(failure) = thread.failure.take() {
                memory.threads.iter_mut().for_each(|thread| thread.failure = None);
                return Err(failure);
            }
        }
        Ok(())
    }

    /// What a pass gives, from the first of the memory's partial results: by now that of all rows.
    pub(super) fn conclude(&self, pass: &Pass, memory: &mut Memory<T>) {
        for accumulator in &pass.accumulators {
            let result = &mut memory.partials[..pass.accumulated];
            match accumulator.to {
                Destination::Scalar(place) => {
                    let mut out = [T::zero()];
                    combine::finish(accumulator, result, &mut out);
                    memory.scalars[place as usize] = out[0];
                }
                Destination::Fixed(at) => {
                    combine::finish(accumulator, result, &mut memory.fixed[at as usize..][..accumulator.len as usize]);
                }
            }
        }
    }

    pub(super) fn write_fixed(&self, memory: &Memory<T>, outputs: &mut [ArrayViewMutD<'_, T>]) {
        for (place, output) in self.plan.outputs.iter().zip(outputs) {
            match *place {
                OutputPlace::Scalar(scalar) => {
                    if let Some(out) = output.first_mut() {
                        *out = memory.scalars[scalar as usize];
                    }
                }
                OutputPlace::Fixed(at) => {
                    let elements = &memory.fixed[at as usize..];
                    match output.as_slice_mut() {
                        Some(out) => out.copy_from_slice(&elements[..out.len()]),
                        None => output.iter_mut().zip(elements).for_each(|(out, &x)| *out = x),
                    }
                }
                OutputPlace::Rows => {}
            }
        }
    }
}

/// The rows of the outputs that a group of shares writes; up to eight outputs without an allocation.
type Outputs<'o, T> = SmallVec<[ArrayViewMutD<'o, T>; 8]>;

/// Consecutive shares, with the places for what they give.
struct Group<'g, 'o, T> {
    first: usize,
    shares: Shares,
    /// All outputs; those on the rows from the group's first row on.
    outputs: &'g mut [ArrayViewMutD<'o, T>],
    partials: &'g mut [T],
}

/// What all threads of a pass share.
struct PassRun<'s, 'r, 'b, T: Scalar> {
    run: &'s Run<'r, 'b, T>,
    /// The number of the pass's stage.
    stage: usize,
    pass: &'s Pass,
    fixed: &'s [T],
    scalars: &'s [T],
}

impl<T: Scalar> PassRun<'_, '_, '_, T> {
    /// Halves the threads, and the shares with them, down to one thread.
    fn share_out(&self, group: Group<'_, '_, T>, count: usize, threads: &mut [ThreadMemory<T>]) {
        if threads.len() <= 1 || count <= 1 {
            if let [thread, ..] = threads {
                self.sweep_shares(group, count, thread);
            }
            return;
        }
        let (left_threads, right_threads) = threads.split_at_mut(threads.len() / 2);
        let left_count = count * left_threads.len() / (left_threads.len() + right_threads.len());
        let Group { first, shares, outputs, partials } = group;
        let row = shares.first_row(first + left_count) - shares.first_row(first);
        let (mut left_outputs, mut right_outputs) = (Outputs::new(), Outputs::new());
        for (array, place) in outputs.iter_mut().zip(&self.run.plan.outputs) {
            let (left, right) = match place {
                OutputPlace::Rows => array.view_mut().split_at(Axis(0), row),
                // Not written by a pass.
                _ => (nothing(), nothing()),
            };
            left_outputs.push(left);
            right_outputs.push(right);
        }
        let (left_partials, right_partials) = partials.split_at_mut(left_count * self.pass.accumulated);
        let left = Group { first, shares, outputs: &mut left_outputs, partials: left_partials };
        let right = Group { first: first + left_count, shares, outputs: &mut right_outputs, partials: right_partials };
        rayon::join(
            || self.share_out(left, left_count, left_threads),
            || self.share_out(right, count - left_count, right_threads),
        );
    }

    fn sweep_shares(&self, group: Group<'_, '_, T>, count: usize, thread: &mut ThreadMemory<T>) {
        let Group { first, shares, outputs, partials } = group;
        self.import(thread);
        let ThreadMemory { arena, scalars, accumulators, levels, panels, places, failure } = thread;
        let mut frame = Frame {
            plan: self.run.plan,
            graph: self.run.graph,
            inputs: self.run.inputs,
            arena,
            scalars,
            accumulators: &mut accumulators[..self.pass.accumulated],
            panels,
            places,
            outputs,
            first_row: shares.first_row(first),
            start: 0,
            rows: self.pass.block_rows,
            next_rows: 0,
            granule: self.pass.order.granule,
            streams: self.pass.streams(shares.rows),
            failure: None,
        };
        if !self.pass.prologue.is_empty() {
            (self.run.runner)(&mut frame, Blocks::once(&self.pass.prologue, self.pass.block_rows));
        }
        for share in 0..count {
            let into = &mut partials[share * self.pass.accumulated..][..self.pass.accumulated];
            self.sweep_share(shares, first + share, &mut frame, levels, into);
            if frame.failure.is_some() {
                break;
            }
        }
        *failure = frame.failure;
    }

    /// The parts of a share, merged pairwise by their positions, on a stack of results that wait for their neighbours.
    fn sweep_share(
        &self,
        shares: Shares,
        share: usize,
        frame: &mut Frame<'_, '_, '_, T>,
        levels: &mut [T],
        into: &mut [T],
    ) {
        if shares.are_parts() {
            return shares.parts(share).for_each(|rows| self.sweep_part(rows, shares, frame, into));
        }
        let mut merged = combine::Pairwise::new(&self.pass.accumulators, self.pass.accumulated, levels);
        for rows in shares.parts(share) {
            self.sweep_part(rows, shares, frame, merged.next());
            merged.push();
        }
        into.copy_from_slice(merged.finish());
    }

    fn sweep_part(&self, rows: Range<usize>, shares: Shares, frame: &mut Frame<'_, '_, '_, T>, into: &mut [T]) {
        let each = self.pass.accumulators.iter();
        each.clone().for_each(|accumulator| combine::clear(accumulator, into));
        let block_rows = self.pass.rows_a_block(shares.rows);
        let (mut start, mut left) = (rows.start, ROWS_AGAIN);
        while start < rows.end && frame.failure.is_none() {
            let end = start.saturating_add(self.pass.order.run).min(rows.end);
            each.clone().for_each(|accumulator| combine::clear(accumulator, frame.accumulators));
            let blocks = Blocks { instrs: &self.pass.body, start, end, block_rows };
            (self.run.runner)(frame, blocks);
            match self.run.recomputation {
                Some(again) if left > 0 && !self.is_in_range(frame.accumulators) => {
                    self.sweep_again(again, &mut left, blocks, frame, into);
                }
                _ => each.clone().for_each(|accumulator| combine::merge(accumulator, into, frame.accumulators)),
            }
            start = end;
        }
    }

    fn is_in_range(&self, accumulators: &[T]) -> bool {
        self.pass.accumulators.iter().all(|accumulator| combine::is_in_range(accumulator, accumulators))
    }

    /// The granules one by one, and those whose results leave the range in more digits: while rows are `left`, or until one that
    /// leaves it all the same.
    fn sweep_again(
        &self,
        again: &Recomputation,
        left: &mut usize,
        blocks: Blocks<'_>,
        frame: &mut Frame<'_, '_, '_, T>,
        into: &mut [T],
    ) {
        let each = self.pass.accumulators.iter();
        let granule = self.pass.order.granule;
        for start in (blocks.start..blocks.end).step_by(granule) {
            let end = (start + granule).min(blocks.end);
            each.clone().for_each(|accumulator| combine::clear(accumulator, frame.accumulators));
            (self.run.runner)(frame, Blocks { start, end, block_rows: granule, ..blocks });
            if *left > 0 && !self.is_in_range(frame.accumulators) {
                again.block(
                    (self.run.graph, self.run.plan),
                    self.run.inputs,
                    self.stage,
                    [self.fixed, self.scalars],
                    start..end,
                    frame.accumulators,
                );
                *left = if self.is_in_range(frame.accumulators) { left.saturating_sub(granule) } else { 0 };
            }
            each.clone().for_each(|accumulator| combine::merge(accumulator, into, frame.accumulators));
        }
    }

    /// Brings fixed nodes into the block arena.
    fn import(&self, thread: &mut ThreadMemory<T>) {
        for import in &self.pass.imports {
            match *import {
                Import::Scalar { scalar, to } => {
                    thread.arena[to as usize..][..LANES].fill(self.scalars[scalar as usize]);
                }
                Import::Array { from, to, len } => {
                    let from = &self.fixed[from as usize..][..len as usize];
                    thread.arena[to as usize..][..len as usize].copy_from_slice(from);
                }
            }
        }
    }
}

/// The place of an output that isn't there.
fn nothing<'o, T>() -> ArrayViewMutD<'o, T> {
    ArrayViewMut1::from(&mut [][..]).into_dyn()
}

/// Merges the partial results of all shares in the first one's place, neighbours first.
fn combine_shares<T: Scalar>(pass: &Pass, count: usize, partials: &mut [T]) {
    let merge = |accumulators: &[Accumulator], into: &mut [T], from: &mut [T]| {
        accumulators.iter().for_each(|accumulator| combine::merge(accumulator, into, from));
    };
    let mut gap = 1;
    while gap < count {
        for left in (0..count - gap).step_by(2 * gap) {
            let (into, from) = partials.split_at_mut((left + gap) * pass.accumulated);
            merge(&pass.accumulators, &mut into[left * pass.accumulated..], from);
        }
        gap *= 2;
    }
}
