//! What a program is compiled to: instructions on memory laid out ahead of time.
//!
//! A plan runs in *stages*. A stage is a list of instructions on fixed nodes (arrays without rows, in the *fixed* arena, and
//! single numbers, in an array of their own), then a pass over the rows. A pass takes the rows in blocks: its body runs once
//! for each block, in a *block* arena that stays in cache, and adds to *accumulators*, which become fixed nodes of the
//! next stage. The same instructions serve both: in a fixed list an array counts as one row.

use super::instr::{At, Instr, ScalarInstr};
use crate::graph::{Graph, NodeId};
use crate::kernels::{LANES, Processor};
use crate::ops::Reduce;
use crate::scalar::Scalar;
use crate::shape::Dims;
use crate::value::Value;
use smallvec::SmallVec;
use std::sync::Arc;

/// How elements move: `dims` a row, with the strides of either side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) dims: Dims,
    pub(crate) from: SmallVec<[isize; 4]>,
    pub(crate) to: SmallVec<[isize; 4]>,
    pub(crate) from_offset: usize,
    pub(crate) to_offset: usize,
    /// The elements of a row on either side; 0 where all rows read, or write, the same.
    pub(crate) from_row: usize,
    pub(crate) to_row: usize,
    /// How many elements of a row there are on either side up to the last one that is moved.
    pub(crate) reach: [usize; 2],
}

impl Layout {
    /// Adds an innermost axis, or makes the last one longer by it.
    pub(crate) fn push_axis(&mut self, count: usize, from: isize, to: isize) {
        let long = count as isize;
        if let (Some(last), Some(last_from), Some(last_to)) =
            (self.dims.last_mut(), self.from.last_mut(), self.to.last_mut())
            && (*last == 1 || (*last_from, *last_to) == (from * long, to * long))
        {
            (*last, *last_from, *last_to) = (*last * count, from, to);
        } else if count != 1 || self.dims.is_empty() {
            self.dims.push(count);
            self.from.push(from);
            self.to.push(to);
        }
    }

    /// Knows how far its rows reach.
    pub(crate) fn measured(mut self) -> Self {
        let sides = [(self.from_offset, &self.from), (self.to_offset, &self.to)];
        self.reach = sides.map(|(offset, steps)| {
            let forward =
                steps.iter().zip(&self.dims).map(|(&step, &len)| step.max(0) as usize * len.saturating_sub(1));
            offset + forward.sum::<usize>() + 1
        });
        self
    }

    /// Where each element of a row comes from, and where it goes.
    pub(crate) fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.dims.iter().product()).map(|place: usize| {
            let (mut rest, mut from, mut to) = (place, self.from_offset as isize, self.to_offset as isize);
            for axis in (0..self.dims.len()).rev() {
                let at = (rest % self.dims[axis]) as isize;
                rest /= self.dims[axis];
                (from, to) = (from + at * self.from[axis], to + at * self.to[axis]);
            }
            (from as usize, to as usize)
        })
    }
}

/// A fixed node brought into the block arena before a pass.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Import {
    Scalar { scalar: u32, to: At },
    Array { from: At, to: At, len: u32 },
}

impl Import {
    /// Where it is brought to.
    pub(crate) fn to(&self) -> At {
        let (Import::Scalar { to, .. } | Import::Array { to, .. }) = *self;
        to
    }

    pub(crate) fn to_mut(&mut self) -> &mut At {
        let (Import::Scalar { to, .. } | Import::Array { to, .. }) = self;
        to
    }

    /// Where it is in the fixed arena, if it is an array.
    pub(crate) fn fixed_mut(&mut self) -> Option<&mut At> {
        match self {
            Import::Array { from, .. } => Some(from),
            Import::Scalar { .. } => None,
        }
    }
}

/// A result of a pass: where it is accumulated and which fixed node it becomes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accumulator {
    pub(crate) op: Reduce,
    /// Its place among the accumulators, and how many numbers it takes there.
    pub(crate) at: u32,
    pub(crate) size: u32,
    /// The length of the result.
    pub(crate) len: u32,
    pub(crate) stored: Stored,
    pub(crate) to: Destination,
}

/// How an accumulator holds a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// As the result is.
    AsIs,
    /// Only the upper triangle of a square one.
    UpperTriangle,
    /// Sums, and after them what rounding has lost of each.
    WithErrors,
    /// Transposed: so many rows, which become columns.
    Transposed { rows: u32 },
}

/// Where a fixed node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Scalar(u32),
    Fixed(At),
}

impl Destination {
    /// Its place in the fixed arena, if it is an array.
    pub(crate) fn fixed_mut(&mut self) -> Option<&mut At> {
        match self {
            Destination::Fixed(at) => Some(at),
            Destination::Scalar(_) => None,
        }
    }
}

/// The order of every sum over the rows: a function of the program alone, so that neither the number of threads, nor the size of
/// blocks, nor the processor changes a bit.
///
/// The rows of a *granule* are summed first. The sums of neighbouring granules are added one after the other to that of their
/// *run*, those of runs to that of their *part*. Parts are merged pairwise by their position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SumOrder {
    /// Rows a granule: a power of two, as the others.
    pub(crate) granule: usize,
    /// Rows a run.
    pub(crate) run: usize,
    /// Rows a part.
    pub(crate) part: usize,
}

impl Default for SumOrder {
    fn default() -> Self {
        SumOrder { granule: LANES, run: LANES, part: LANES }
    }
}

/// One sweep over the rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pass {
    pub(crate) imports: Vec<Import>,
    /// Run once before the blocks, on a block of full length.
    pub(crate) prologue: Vec<Instr>,
    pub(crate) body: Vec<Instr>,
    pub(crate) accumulators: Vec<Accumulator>,
    /// The numbers that the accumulators take.
    pub(crate) accumulated: usize,
    /// In what order sums over the rows are formed.
    pub(crate) order: SumOrder,
    /// Rows a block, at most.
    pub(crate) block_rows: usize,
    /// Rows a block where inputs come from memory.
    pub(crate) streamed_rows: usize,
    pub(crate) arena: usize,
    pub(crate) panels: usize,
    /// Bytes of inputs that a row is read from.
    pub(crate) row_bytes: usize,
}

/// Bytes of inputs that stay in a second-level cache from one sweep to the next.
const RESIDENT_BYTES: usize = 512 * 1024;

impl Pass {
    /// Whether inputs of so many rows come from memory.
    pub(crate) fn streams(&self, rows: usize) -> bool {
        rows.saturating_mul(self.row_bytes) > RESIDENT_BYTES
    }

    /// Rows a block, of so many in all.
    pub(crate) fn rows_a_block(&self, rows: usize) -> usize {
        if self.streams(rows) { self.streamed_rows } else { self.block_rows }
    }
}

/// Instructions on fixed nodes, then a pass, if there is one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stage {
    pub(crate) fixed: Vec<Instr>,
    pub(crate) pass: Option<Pass>,
}

/// Where an output is when all stages are done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OutputPlace {
    Scalar(u32),
    Fixed(At),
    /// Written by a pass.
    Rows,
}

/// Where a fixed input is copied to before the first stage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InputCopy {
    pub(crate) input: u32,
    pub(crate) to: Destination,
}

/// A program whose rows are the elements of large fixed arrays.
pub(crate) struct Lifted<T: Scalar> {
    pub(crate) graph: Graph<T>,
    pub(crate) outputs: Vec<NodeId>,
    pub(crate) plan: Plan<T>,
    /// How many elements there are.
    pub(crate) len: usize,
}

/// A compiled program.
#[derive(Clone)]
pub(crate) struct Plan<T: Scalar> {
    /// What it is made for.
    pub(crate) processor: Processor,
    pub(crate) stages: Vec<Stage>,
    pub(crate) scalar_code: Vec<ScalarInstr>,
    /// The two branches of each choice between numbers.
    pub(crate) choices: Vec<[u32; 2]>,
    pub(crate) layouts: Vec<Layout>,
    pub(crate) lifted: Vec<Arc<Lifted<T>>>,
    pub(crate) input_copies: Vec<InputCopy>,
    /// The number of rows, as a number.
    pub(crate) row_count: Option<u32>,
    pub(crate) outputs: Vec<OutputPlace>,
    /// The numbers as they stand before a run: constants in their places.
    pub(crate) scalars: Vec<T>,
    /// Constants in the fixed arena.
    pub(crate) constants: Vec<(At, Value<T>)>,
    pub(crate) fixed_arena: usize,
    pub(crate) fixed_panels: usize,
}

impl<T: Scalar> Plan<T> {
    /// The same plan in another scalar, as far as its passes go.
    pub(crate) fn in_scalar<U: Scalar>(&self, scalar: impl Fn(T) -> U) -> Plan<U> {
        let constant = |(at, elements): &(At, Value<T>)| (*at, elements.mapv(&scalar).into_shared());
        Plan {
            processor: self.processor,
            stages: self.stages.clone(),
            scalar_code: self.scalar_code.clone(),
            choices: self.choices.clone(),
            layouts: self.layouts.clone(),
            // They are among what is fixed, which has been computed.
            lifted: Vec::new(),
            input_copies: self.input_copies.clone(),
            row_count: self.row_count,
            outputs: self.outputs.clone(),
            scalars: self.scalars.iter().map(|&x| scalar(x)).collect(),
            constants: self.constants.iter().map(constant).collect(),
            fixed_arena: self.fixed_arena,
            fixed_panels: self.fixed_panels,
        }
    }
}

/// `len` elements rounded up to whole tiles.
pub(crate) fn padded(len: usize) -> usize {
    len.next_multiple_of(LANES)
}
