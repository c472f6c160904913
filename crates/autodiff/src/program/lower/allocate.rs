//! Memory: which values share a place in an arena, by when they are last used.

use super::code::Code;
use super::fuse::fuse;
use super::pipeline::pipeline;
use super::products::Accumulators;
use crate::graph::Graph;
use crate::hash::SmallMap;
use crate::kernels::{LANES, Processor};
use crate::program::instr::{At, Factor, Instr, Step};
use crate::program::plan::{Destination, Import, OutputPlace, Pass, Plan, SumOrder, padded};
use crate::scalar::Scalar;

/// The fewest rows of a block, as what a block costs by itself is not to show: unless only half as many stay in the first-level cache,
const FEW_ROWS: usize = 32;
/// and as long as the second-level cache keeps them for their second use.
const CACHED_BYTES: usize = 256 * 1024;
/// The rows of a block whose products with itself are summed: enough to hide the traffic of the sum.
const PRODUCT_ROWS: usize = 256;
const MOST_ROWS: usize = 512;
/// Bytes of the rows of a granule: no more than the blocks of common processors hold;
const GRANULE_BYTES: usize = 7 * 1024;
/// and so many rows, since longer sums lose digits.
const MOST_GRANULE_ROWS: usize = 128;
/// Bytes that the rows of a part take, read and written: what it costs to begin a part is lost in the sweep.
const PART_BYTES: usize = 2 << 20;
/// The rows of a part: enough parts for many threads,
const MOST_PART_ROWS: usize = 1 << 14;
/// and of a run: long sums are sums of short ones.
const MOST_RUN_ROWS: usize = 1024;
/// The rows of a block where rows have no elements: all there may be.
const EMPTY_ROWS: usize = 1 << (usize::BITS - 16);

/// The places of values, handed out and taken back.
struct Arena {
    places: Vec<Option<At>>,
    free: SmallMap<usize, Vec<At>>,
    end: usize,
}

impl Arena {
    fn new(values: usize) -> Self {
        Arena { places: vec![None; values], free: SmallMap::default(), end: 0 }
    }

    fn place(&mut self, value: At, size: usize) -> At {
        if let Some(place) = self.places[value as usize] {
            return place;
        }
        let place = match self.free.get_mut(&size).and_then(Vec::pop) {
            Some(place) => place,
            None => {
                self.end += size;
                (self.end - size) as At
            }
        };
        self.places[value as usize] = Some(place);
        place
    }
}

/// The room for so many elements: whole tiles, and one for none, since an instruction may write a tile before it counts.
fn place_size(len: usize) -> usize {
    padded(len.max(1))
}

/// Drops instructions whose results nothing reads.
fn drop_dead(instrs: Vec<Instr>, read: &mut [bool]) -> Vec<Instr> {
    let mut kept: Vec<Instr> = Vec::with_capacity(instrs.len());
    for mut instr in instrs.into_iter().rev() {
        let writes: smallvec::SmallVec<[At; 4]> = instr.writes().into_iter().map(|at| *at).collect();
        if !writes.is_empty() && !writes.iter().any(|&at| read[at as usize]) {
            continue;
        }
        if let Instr::Logistic { outs, .. } = &mut instr {
            for out in outs {
                *out = out.filter(|at| read[*at as usize]);
            }
        }
        for at in instr.reads() {
            read[*at as usize] = true;
        }
        kept.push(instr);
    }
    kept.reverse();
    kept
}

/// Gives the values of `instrs` places; those in `pinned` keep theirs.
fn assign(instrs: &mut [Instr], pinned: &[bool], arena: &mut Arena, size: impl Fn(At) -> usize) {
    let mut last_use = vec![0usize; pinned.len()];
    for (index, instr) in instrs.iter_mut().enumerate() {
        for at in instr.reads() {
            last_use[*at as usize] = index;
        }
        for at in instr.writes() {
            last_use[*at as usize] = index;
        }
    }
    for (index, instr) in instrs.iter_mut().enumerate() {
        let mut done: smallvec::SmallVec<[At; 8]> = smallvec::SmallVec::new();
        for at in instr.reads().into_iter() {
            let value = *at;
            *at = arena.place(value, size(value));
            done.push(value);
        }
        for at in instr.writes().into_iter() {
            let value = *at;
            *at = arena.place(value, size(value));
            done.push(value);
        }
        done.sort_unstable();
        done.dedup();
        for value in done {
            if last_use[value as usize] == index
                && !pinned[value as usize]
                && let Some(place) = arena.places[value as usize]
            {
                arena.free.entry(size(value)).or_default().push(place);
            }
        }
    }
}

/// Neighbouring binary operations of equal length as chains.
fn chained(instrs: impl IntoIterator<Item = Instr>) -> Vec<Instr> {
    let mut chained = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    let mut instrs = instrs.into_iter().peekable();
    while let Some(instr) = instrs.next() {
        let Instr::Binary { step, len } = instr else {
            chained.push(instr);
            continue;
        };
        steps.push(step);
        if !matches!(instrs.peek(), Some(Instr::Binary { len: next, .. }) if *next == len) {
            chained.push(match steps[..] {
                [step] => Instr::Binary { step, len },
                _ => Instr::Chain { steps: steps.as_slice().into(), len },
            });
            steps.clear();
        }
    }
    chained
}

/// The pass that a frame on the rows describes.
pub(crate) fn pass<T: Scalar>(
    frame: Code<'_, T>,
    accumulators: Accumulators,
    graph: &Graph<T>,
    processor: Processor,
) -> Pass {
    let element = size_of::<T>();
    let Code { instrs, prologue, imports, lens, panels, .. } = frame;
    let mut read = vec![false; lens.len()];
    let mut body = pipeline(fuse(drop_dead(instrs, &mut read)), processor, element);
    let mut prologue = drop_dead(prologue, &mut read);
    let mut imports: Vec<Import> = imports.into_iter().filter(|import| read[import_to(import) as usize]).collect();
    let row_bytes = row_bytes(&body, graph, element);
    let written = written_bytes(&mut body, &lens, element);
    let order = sum_order(&body, &lens, row_bytes, written);
    let [streamed_rows, block_rows] = block_rows(&body, order, row_bytes, written, processor);
    let size = |at: At| {
        let (len, rows) = lens[at as usize];
        place_size(if rows { len * block_rows } else { len })
    };
    let mut pinned = vec![false; lens.len()];
    let mut arena = Arena::new(lens.len());
    for import in &mut imports {
        let (Import::Scalar { to, .. } | Import::Array { to, .. }) = import;
        pinned[*to as usize] = true;
        *to = arena.place(*to, size(*to));
    }
    for instr in &mut prologue {
        for at in instr.writes() {
            pinned[*at as usize] = true;
        }
    }
    assign(&mut prologue, &pinned, &mut arena, size);
    // Written for the next block: nobody else's in between.
    if let Some(last @ Instr::Pipelined { .. }) = body.last_mut() {
        for at in last.writes() {
            pinned[*at as usize] = true;
            arena.place(*at, size(*at));
        }
    }
    assign(&mut body, &pinned, &mut arena, size);
    Pass {
        imports,
        prologue: chained(prologue),
        body: chained(body),
        accumulators: accumulators.list,
        accumulated: accumulators.size,
        order,
        block_rows,
        streamed_rows,
        arena: arena.end,
        panels: panels as usize,
        row_bytes,
    }
}

fn import_to(import: &Import) -> At {
    let (Import::Scalar { to, .. } | Import::Array { to, .. }) = import;
    *to
}

/// Which inputs of numbers a pass reads the rows of.
pub(crate) fn inputs_read<T: Scalar>(graph: &Graph<T>, body: &[Instr]) -> Vec<bool> {
    let mut used = vec![false; graph.inputs.len()];
    let mut factors = |factors: &[Factor]| {
        for factor in factors {
            if let Factor::Input(input) = factor {
                used[*input as usize] = true;
            }
        }
    };
    for instr in body.iter().flat_map(Instr::parts) {
        match *instr {
            Instr::Load { input, .. } => factors(&[Factor::Input(input)]),
            Instr::MatVec { a, .. }
            | Instr::MatVecPair { a, .. }
            | Instr::MatMul { a, .. }
            | Instr::AccumulateMatVec { a, .. }
            | Instr::AccumulateGram { a, .. } => factors(&[a]),
            Instr::AccumulateMatMul { a, b, .. } => factors(&[a, b]),
            _ => {}
        }
    }
    used
}

/// The bytes of inputs that a row is read from.
fn row_bytes<T: Scalar>(body: &[Instr], graph: &Graph<T>, element: usize) -> usize {
    let bytes = |input: &crate::graph::Input<T>| graph.shape(input.node).row_len() * element;
    let used = inputs_read(graph, body);
    graph.inputs.iter().zip(used).filter(|(_, used)| *used).map(|(input, _)| bytes(input)).sum()
}

/// The bytes that a row is written to.
fn written_bytes(body: &mut [Instr], lens: &[(usize, bool)], element: usize) -> usize {
    let values = body.iter_mut().flat_map(|instr| instr.writes().into_iter().map(|at| *at).collect::<Vec<_>>());
    values.map(|at| lens[at as usize].0 * element).sum()
}

fn sums_matrices(body: &[Instr]) -> bool {
    let sums = |instr: &Instr| {
        matches!(instr, Instr::AccumulateGram { .. } | Instr::AccumulateMatMul { .. } | Instr::MatMul { .. })
    };
    body.iter().any(sums)
}

/// By the rows of the arrays alone, and the same on every processor.
fn sum_order(body: &[Instr], lens: &[(usize, bool)], row_bytes: usize, written: usize) -> SumOrder {
    if row_bytes == 0 && lens.iter().all(|&(len, rows)| !rows || len == 0) {
        return SumOrder { granule: EMPTY_ROWS, run: EMPTY_ROWS, part: EMPTY_ROWS };
    }
    let bytes = (row_bytes + written).max(1);
    let power = |rows: usize| 1 << rows.max(1).ilog2();
    let granule = if sums_matrices(body) {
        // Each granule moves the whole sum.
        power(CACHED_BYTES / bytes).clamp(LANES, PRODUCT_ROWS)
    } else {
        power(GRANULE_BYTES / block_row(row_bytes, written)).clamp(LANES, MOST_GRANULE_ROWS)
    };
    let part = power(PART_BYTES / bytes).clamp(4 * granule, MOST_PART_ROWS);
    SumOrder { granule, run: part.min(MOST_RUN_ROWS), part }
}

/// The bytes of a block that a row takes: what is written is read soon after, and its places are used again.
fn block_row(row_bytes: usize, written: usize) -> usize {
    (row_bytes + written / 4).max(1)
}

/// The rows of a block, where inputs come from memory and where they are in a cache: whole granules, so few that the
/// second use of what a row is read from finds it in a cache.
fn block_rows(body: &[Instr], order: SumOrder, row_bytes: usize, written: usize, processor: Processor) -> [usize; 2] {
    if sums_matrices(body) {
        return [order.granule; 2];
    }
    let row = block_row(row_bytes, written);
    let stay = |rows: usize| rows * row <= processor.first_level_bytes * 9 / 16;
    let few = if stay(FEW_ROWS / 2) && !stay(FEW_ROWS) { FEW_ROWS / 2 } else { FEW_ROWS };
    // Seen on Zen 5: of a pipelined block and the next there are to be no more in the first-level cache, and with fewer rows a
    // product with two vectors is up to a tenth faster from memory.
    let fewer = |instr: &Instr| matches!(instr, Instr::Pipelined { .. } | Instr::MatVecPair { .. });
    let few_streamed = if processor.reads_in_order && body.iter().any(fewer) { FEW_ROWS / 2 } else { few };
    [(processor.block_bytes, few_streamed), (2 * processor.block_bytes, few)].map(|(bytes, few)| {
        let rows = (bytes / row).max(few.min(CACHED_BYTES / row)).min(MOST_ROWS);
        (rows / order.granule * order.granule).max(order.granule)
    })
}

/// Puts the instructions on fixed nodes into the stages of `plan`, with their memory.
pub(crate) fn fixed<T: Scalar>(frame: Code<'_, T>, ends: &[usize], pinned: &[At], plan: &mut Plan<T>) {
    let Code { mut instrs, lens, .. } = frame;
    let mut keep = vec![false; lens.len()];
    for &value in pinned {
        keep[value as usize] = true;
    }
    let size = |at: At| place_size(lens[at as usize].0);
    let mut arena = Arena::new(lens.len());
    for &value in pinned {
        arena.place(value, size(value));
    }
    assign(&mut instrs, &keep, &mut arena, size);
    let place = |value: &mut At| *value = arena.places[*value as usize].unwrap_or(0);
    plan.constants.iter_mut().for_each(|(at, _)| place(at));
    for copy in &mut plan.input_copies {
        if let Destination::Fixed(at) = &mut copy.to {
            place(at);
        }
    }
    for output in &mut plan.outputs {
        if let OutputPlace::Fixed(at) = output {
            place(at);
        }
    }
    for pass in plan.stages.iter_mut().filter_map(|stage| stage.pass.as_mut()) {
        for accumulator in &mut pass.accumulators {
            if let Destination::Fixed(at) = &mut accumulator.to {
                place(at);
            }
        }
        for import in &mut pass.imports {
            if let Import::Array { from, .. } = import {
                place(from);
            }
        }
    }
    plan.fixed_arena = arena.end;
    let mut start = 0;
    let mut instrs = instrs.into_iter();
    for (stage, &end) in plan.stages.iter_mut().zip(ends) {
        stage.fixed = chained(instrs.by_ref().take(end - start));
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Binary;
    use crate::program::instr::Operand;

    fn binary(op: Binary, out: At, len: u32) -> Instr {
        let operand = |at| Operand { at, splat: false };
        Instr::Binary { step: Step { op, a: operand(0), b: operand(16), out }, len }
    }

    /// The results of each instruction.
    fn results(instrs: Vec<Instr>) -> Vec<Vec<At>> {
        instrs.into_iter().map(|mut instr| instr.writes().into_iter().map(|at| *at).collect()).collect()
    }

    #[test]
    fn neighbouring_binary_operations_of_one_length_become_one_instruction() {
        let zero = Instr::Zero { out: 96, len: 1 };
        let instrs = vec![
            binary(Binary::Add, 32, 1),
            binary(Binary::Mul, 48, 1),
            binary(Binary::Sub, 64, 3),
            zero,
            binary(Binary::Div, 80, 3),
            binary(Binary::Sub, 112, 3),
            binary(Binary::Add, 128, 3),
        ];
        assert_eq!(results(chained(instrs)), [vec![32, 48], vec![64], vec![96], vec![80, 112, 128]]);
        assert_eq!(results(chained([])), [[0; 0]; 0]);
    }
}
