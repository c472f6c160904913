//! Blocks: how many rows are taken at a time, and in what order their sums are formed.

use super::pass_code::PassCode;
use crate::graph::{Graph, InputValue};
use crate::kernels::{LANES, Processor};
use crate::program::instr::Instr;
use crate::program::places::inputs_read;
use crate::program::plan::SumOrder;
use crate::scalar::Scalar;

/// The fewest rows of a block, so that the fixed cost of a block doesn't show. Half as many where only these stay in the first-level cache.
const FEW_ROWS: usize = 32;
/// Bytes of a block that a second-level cache keeps until their second use: a block of [`FEW_ROWS`] has no more.
const CACHED_BYTES: usize = 256 * 1024;
/// Rows of a block whose products with itself are summed: enough to hide the traffic of the sum.
const PRODUCT_ROWS: usize = 256;
/// The most rows of a block.
const MOST_ROWS: usize = 512;
/// Bytes of a granule's rows: no more than a block has on common processors.
const GRANULE_BYTES: usize = 7 * 1024;
/// The most rows of a granule: longer sums lose digits.
const MOST_GRANULE_ROWS: usize = 128;
/// Bytes that a part reads and writes: enough that the fixed cost of a part doesn't show.
const PART_BYTES: usize = 2 << 20;
/// The most rows of a part: many threads find enough parts.
const MOST_PART_ROWS: usize = 1 << 14;
/// The most rows of a run: a long sum is a sum of short ones.
const MOST_RUN_ROWS: usize = 1024;
/// Sums of tables that a part moves a row, at most: a row adds to few of them.
const MOVED_A_ROW: usize = 4;
/// The runs of a part that adds to large tables.
const RUNS_A_PART: usize = 16;
/// The most rows of such a part, and the bytes that these may be read from.
const MOST_TABLE_ROWS: usize = 1 << 16;
const TABLE_BYTES: usize = 32 << 20;
/// Rows of a block whose rows have no elements: as many as there may be.
const EMPTY_ROWS: usize = 1 << (usize::BITS - 16);

/// What a pass is to sweep at a time.
pub(super) struct BlockSizes {
    /// Rows a block where inputs stay in a cache: the most that a block has.
    pub(super) rows: usize,
    /// Rows a block where inputs come from memory.
    pub(super) streamed_rows: usize,
    pub(super) order: SumOrder,
    /// Bytes of inputs that a row is read from.
    pub(super) row_bytes: usize,
}

impl BlockSizes {
    pub(super) fn choose<T: Scalar>(body: &PassCode, graph: &Graph<T>, processor: Processor) -> Self {
        let (instrs, element) = (&body.instrs[..], size_of::<T>());
        let row_bytes = row_bytes(instrs, graph, element);
        let written = instrs.iter().flat_map(Instr::writes).map(|at| body.lens[at as usize].0 * element).sum();
        let order = sum_order(instrs, &body.lens, [row_bytes, written, body.accumulators.tables()]);
        let [streamed_rows, rows] = block_rows(instrs, order, block_row(row_bytes, written), processor);
        BlockSizes { rows, streamed_rows, order, row_bytes }
    }
}

/// The bytes of inputs of numbers that a row is read from.
fn row_bytes<T: Scalar>(body: &[Instr], graph: &Graph<T>, element: usize) -> usize {
    let read = graph.inputs.iter().zip(inputs_read(body, graph.inputs.len())).filter(|(_, read)| *read);
    let numbers = read.filter(|(input, _)| matches!(input.value, InputValue::Numbers(_)));
    numbers.map(|(input, _)| graph.shape(input.node).row_len() * element).sum()
}

fn sums_matrices(body: &[Instr]) -> bool {
    let sums = |instr: &Instr| {
        matches!(instr, Instr::AccumulateGram { .. } | Instr::AccumulateMatMul { .. } | Instr::MatMul { .. })
    };
    body.iter().any(sums)
}

/// By the rows of the arrays and the tables alone, and the same on every processor.
fn sum_order(body: &[Instr], lens: &[(usize, bool)], [row_bytes, written, tables]: [usize; 3]) -> SumOrder {
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
    let most_with_tables = power(TABLE_BYTES / bytes).min(MOST_TABLE_ROWS);
    let with_tables = power(tables / MOVED_A_ROW).min(most_with_tables);
    // A sum of few sums at each level keeps the digits of the sums beside the tables.
    SumOrder { granule, run: part.min(MOST_RUN_ROWS).max(with_tables / RUNS_A_PART), part: part.max(with_tables) }
}

/// The bytes of a block that a row takes: what is written is read soon after, and its places are used again.
fn block_row(row_bytes: usize, written: usize) -> usize {
    (row_bytes + written / 4).max(1)
}

/// The rows of a block, where inputs come from memory and where they are in a cache: whole granules, so few that the
/// second use of what a row is read from finds it in a cache.
fn block_rows(body: &[Instr], order: SumOrder, row: usize, processor: Processor) -> [usize; 2] {
    if sums_matrices(body) {
        return [order.granule; 2];
    }
    let stay = |rows: usize| rows * row <= processor.first_level_bytes * 9 / 16;
    let few = if stay(FEW_ROWS / 2) && !stay(FEW_ROWS) { FEW_ROWS / 2 } else { FEW_ROWS };
    // Seen on Zen 5: of a pipelined block and the next there are to be no more in the first-level cache, and with fewer rows a
    // product with two vectors is up to a tenth faster from memory.
    let fewer =
        |instr: &Instr| matches!(instr, Instr::RowSweep(sweep) if sweep.is_pipelined() || sweep.dots[1].is_some());
    let few_streamed = if processor.reads_in_order && body.iter().any(fewer) { FEW_ROWS / 2 } else { few };
    [(processor.block_bytes, few_streamed), (2 * processor.block_bytes, few)].map(|(bytes, few)| {
        let rows = (bytes / row).max(few.min(CACHED_BYTES / row)).min(MOST_ROWS);
        (rows / order.granule * order.granule).max(order.granule)
    })
}
