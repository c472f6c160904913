//! Runs instructions, block by block.
//!
//! One loop for all element types and instruction sets, and a file for each kind of instruction: [`elementwise`], [`row_sweep`] (products of
//! rows with vectors), [`products`] of matrices, [`lanes`] and [`short_lanes`] (reductions and normalisations within rows), [`triple`], [`triple_lane`],
//! [`indexed`] (gathers and scatters), [`moves`] (between layouts, inputs and outputs), [`arrays`] (scans, sorting, linear algebra),
//! [`scalars`], [`custom`]. What is worth vector instructions is a [`Task`](crate::kernels::Task).

mod arrays;
mod custom;
mod elementwise;
mod indexed;
mod lanes;
mod moves;
mod products;
mod row_sweep;
mod scalars;
mod short_lanes;
mod triple;
mod triple_lane;

use super::instr::Instr;
use super::plan::Plan;
use super::resolve::BoundInputs;
use crate::graph::{Graph, NodeId};
use crate::kernels::product::Panels;
use crate::kernels::{LANES, Math, Reference, Task, Tile, dispatch, same};
use crate::ops::{Failure, Normalise, Reduce};
use crate::scalar::Scalar;
use crate::wide::Wide;
use ndarray::ArrayViewMutD;

/// Everything a list of instructions works on.
pub(crate) struct Frame<'a, 'b, 'o, T: Scalar> {
    pub(crate) plan: &'a Plan<T>,
    pub(crate) graph: &'a Graph<T>,
    pub(crate) inputs: &'a BoundInputs<'a, 'b, T>,
    pub(crate) arena: &'a mut [T],
    pub(crate) scalars: &'a mut [T],
    pub(crate) accumulators: &'a mut [T],
    pub(crate) panels: &'a mut [Panels<T>],
    /// Places of elements, to sort by.
    pub(crate) places: &'a mut Vec<u32>,
    /// The outputs; those on the rows from `first_row` on.
    pub(crate) outputs: &'a mut [ArrayViewMutD<'o, T>],
    pub(crate) first_row: usize,
    /// The rows of the block, and how many there are; a fixed list has one.
    pub(crate) start: usize,
    pub(crate) rows: usize,
    /// How many the next block has.
    pub(crate) next_rows: usize,
    /// Rows whose sums are formed first; a block holds whole granules, but for the last.
    pub(crate) granule: usize,
    /// Whether the rows come from memory, not from a cache.
    pub(crate) streams: bool,
    /// The node whose evaluation failed, and why.
    pub(crate) failure: Option<(NodeId, Failure)>,
}

/// Instructions, and the rows they are run on: from `start` to `end`, `block_rows` at a time.
#[derive(Clone, Copy)]
pub(crate) struct Blocks<'i> {
    pub(crate) instrs: &'i [Instr],
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) block_rows: usize,
}

impl<'i> Blocks<'i> {
    /// One block of `rows` rows.
    pub(crate) fn once(instrs: &'i [Instr], rows: usize) -> Self {
        Blocks { instrs, start: 0, end: rows, block_rows: rows }
    }
}

/// A function that runs instructions on blocks.
pub(crate) type Runner<T> = fn(&mut Frame<'_, '_, '_, T>, Blocks<'_>);

/// The runner for an element type.
///
/// Those of `f64` and `f32` are compiled with this crate, for several instruction sets; that of another type where it is
/// used, for the target's baseline.
pub(crate) fn runner<T: Scalar>() -> Runner<T> {
    let double: Runner<f64> = run_f64;
    let single: Runner<f32> = run_f32;
    same(double).or_else(|| same(single)).unwrap_or(run_any::<T>)
}

fn run_f64(frame: &mut Frame<'_, '_, '_, f64>, blocks: Blocks<'_>) {
    dispatch(frame.plan.processor.instructions, BlockTask { frame, blocks });
}

fn run_f32(frame: &mut Frame<'_, '_, '_, f32>, blocks: Blocks<'_>) {
    dispatch(frame.plan.processor.instructions, BlockTask { frame, blocks });
}

/// The runner for what is computed again in more digits.
pub(crate) fn run_wide(frame: &mut Frame<'_, '_, '_, Wide>, blocks: Blocks<'_>) {
    run_any(frame, blocks);
}

fn run_any<T: Scalar>(frame: &mut Frame<'_, '_, '_, T>, blocks: Blocks<'_>) {
    BlockTask { frame, blocks }.run::<Reference, 4, 1, 1>();
}

struct BlockTask<'f, 'a, 'b, 'o, T: Scalar> {
    frame: &'f mut Frame<'a, 'b, 'o, T>,
    blocks: Blocks<'f>,
}

impl<T: Scalar> Task<T> for BlockTask<'_, '_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        let Blocks { instrs, mut start, end, block_rows } = self.blocks;
        // What works a block ahead is run alone before the first, on no rows.
        let (mut first, mut rows) = match instrs {
            [before @ .., Instr::RowSweep(sweep)] if sweep.is_pipelined() => (before.len(), 0),
            _ => (0, block_rows.min(end - start)),
        };
        while start < end {
            self.frame.start = start;
            self.frame.rows = rows;
            self.frame.next_rows = block_rows.min(end - start - rows);
            for instr in &instrs[first..] {
                self.frame.execute::<M, L>(instr);
            }
            start += rows;
            (first, rows) = (0, self.frame.next_rows);
        }
    }
}

impl<T: Scalar> Frame<'_, '_, '_, T> {
    /// Whether rows are best read one after the other.
    #[inline(always)]
    fn in_order(&self) -> bool {
        self.streams && self.plan.processor.reads_in_order
    }

    #[inline(always)]
    fn tiles(&mut self) -> &mut [Tile<T>] {
        self.arena.as_chunks_mut::<LANES>().0
    }

    /// The tiles that `len` elements a row take.
    #[inline(always)]
    fn count(&self, len: u32) -> usize {
        (self.rows * len as usize).div_ceil(LANES)
    }

    #[inline(always)]
    fn execute<M: Math<T>, const L: usize>(&mut self, instr: &Instr) {
        match *instr {
            Instr::Unary { op, x, out, len } => self.unary::<M, L>(op, x, out, len),
            Instr::Binary { ref step, len } => self.chain::<M, L>(std::slice::from_ref(step), len),
            Instr::Chain { ref steps, len } => self.chain::<M, L>(steps, len),
            Instr::Select { condition, a, b, out, len } => self.select::<M, L>([condition, a, b], out, len),
            Instr::Logistic { z, ref outs, len } => self.logistic::<M, L>(z, outs, len),
            Instr::LogisticLoss { z, y, c, ref outs, len } => self.logistic_loss::<M, L>([z, y], c, outs, len),
            Instr::Accumulate { op: Reduce::Sum, x, acc, len: 1 } => self.sum_lanes(x as usize / LANES, acc as usize),
            Instr::Accumulate {
                op: op @ (Reduce::Max | Reduce::Min | Reduce::LogSumExp | Reduce::Excess),
                x,
                acc,
                len: 1,
            } if M::VECTORS => self.reduce_rows::<M, L>(op, x as usize, acc as usize),
            Instr::RowSweep(ref sweep) => self.row_sweep::<M, L>(sweep),
            Instr::Pack { x, shape, transposed, panels } => self.pack::<L>(x, shape, transposed, panels),
            Instr::MatMul { a, transposed, shape, panels, out, columns, strong } => {
                self.matmul::<M, L>(a, transposed, shape, panels, [out, columns], strong);
            }
            Instr::AccumulateMatMul { a, b, columns, acc, panels, strong } => {
                self.transposed_matmul::<M, L>([a, b], columns, acc, panels, strong);
            }
            Instr::AccumulateGram { a, columns, w, acc, panels, strong } => {
                self.gram::<M, L>(a, columns, w, acc, panels, strong);
            }
            Instr::Reduce { op, x, out, outer, red, inner } => {
                self.reduce::<M, L>(op, [x, out], [outer, red, inner]);
            }
            Instr::Normalise { op: Normalise::LogSoftmax, x, out, outer, red } => {
                self.exponentials::<M, L>(Normalise::Weights, x, [None, Some(out), None], [outer, red]);
            }
            Instr::Normalise { op, x, out, outer, red } => {
                self.exponentials::<M, L>(op, x, [None, None, Some(out)], [outer, red]);
            }
            Instr::Triple { operands, out, lanes } => self.triple::<M, L>(operands, out, lanes),
            Instr::Exponentials { x, outs, outer, red } => {
                self.exponentials::<M, L>(Normalise::Weights, x, outs, [outer, red]);
            }
            _ => self.plain(instr),
        }
    }

    /// What runs the same code for every instruction set.
    #[inline(never)]
    fn plain(&mut self, instr: &Instr) {
        match *instr {
            Instr::Scalars { first, count } => self.scalar_code(first, count),
            Instr::Splat { scalar, out } => {
                let number = self.scalars[scalar as usize];
                self.tiles()[out as usize / LANES] = [number; LANES];
            }
            Instr::Pick { x, scalar } => self.scalars[scalar as usize] = self.arena[x as usize],
            Instr::Load { input, out, len } => self.load(input, out as usize, len as usize),
            Instr::Powi { n, x, out, len } => self.powi(n, x, out, len),
            Instr::Powf { scalar, x, out, len } => self.powf(scalar, x, out, len),
            Instr::Ordered { family, order, x, out, len } => {
                let count = self.count(len);
                family.map(order, self.tiles(), [x, out].map(|at| at as usize / LANES), count);
            }
            Instr::Zero { out, len } => self.arena[out as usize..][..self.rows * len as usize].fill(T::zero()),
            Instr::Copy { layout, x, out } => self.copy(layout, x as usize, out as usize),
            Instr::Split { x, len, ref columns } => self.split(x as usize, len as usize, columns),
            Instr::Join { ref parts, out, len } => self.join(parts, out as usize, len as usize),
            Instr::Gather { table, len, indices, out, inner, source } => {
                let outcome = self.gather([table, out], len as usize, indices, inner as usize);
                self.keep(source, outcome);
            }
            Instr::ScatterAdd { x, indices, out, errors, len, inner, source } => {
                let outcome = self.scatter_add(x, indices, [out, errors], [len as usize, inner as usize]);
                self.keep(source, outcome);
            }
            Instr::Accumulate { op, x, acc, len } => self.accumulate(op, x as usize, acc as usize, len as usize),
            Instr::AccumulateScatter { x, indices, acc, len, inner, source } => {
                let outcome = self.accumulate_scatter(x, indices, acc, [len as usize, inner as usize]);
                self.keep(source, outcome);
            }
            Instr::Store { x, output, len } => self.store(x as usize, output, len as usize),
            Instr::Custom { node, ref operands, out } => {
                let outcome = self.custom(NodeId(node), operands, out as usize);
                self.keep(node, outcome);
            }
            Instr::Lanewise { op, operands, out, lanes } => self.lanewise(op, operands, out, lanes),
            Instr::Weighted { op, operands, out, lanes } => self.weighted(op, operands, out, lanes),
            Instr::Linalg { op, operands, outs, sizes, source } => {
                let outcome = self.linalg(op, operands, outs, sizes);
                self.keep(source, outcome);
            }
            // A run has it, which knows of threads.
            Instr::Lifted { .. } => {}
            // `execute` has them: listed, so that an instruction that neither has does not compile.
            Instr::Unary { .. }
            | Instr::Binary { .. }
            | Instr::Chain { .. }
            | Instr::Select { .. }
            | Instr::Logistic { .. }
            | Instr::LogisticLoss { .. }
            | Instr::RowSweep(_)
            | Instr::Pack { .. }
            | Instr::MatMul { .. }
            | Instr::AccumulateMatMul { .. }
            | Instr::AccumulateGram { .. }
            | Instr::Reduce { .. }
            | Instr::Normalise { .. }
            | Instr::Triple { .. }
            | Instr::Exponentials { .. } => {}
        }
    }

    /// Keeps the first failure.
    fn keep(&mut self, node: u32, outcome: Result<(), Failure>) {
        if let Err(failure) = outcome {
            self.failure.get_or_insert((NodeId(node), failure));
        }
    }
}
