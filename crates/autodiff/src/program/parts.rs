//! How the rows of a pass are cut into parts, one a thread at a time.

use super::plan::Pass;
use std::ops::Range;

/// The most parts the rows are cut into: enough for many threads to have several each.
pub(super) const MOST_PARTS: usize = 64;

/// The numbers all parts' partial results may take.
const MOST_PARTIALS: usize = 1 << 22;

/// The rows of a pass, cut up.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    pub(super) rows: usize,
    /// Rows a block.
    pub(super) block: usize,
    /// Rows a part: a multiple of the block's.
    pub(super) each: usize,
    pub(super) count: usize,
}

impl Parts {
    pub(super) fn new(pass: &Pass, rows: usize) -> Self {
        let most = (MOST_PARTIALS / pass.accumulated.max(1)).clamp(8, MOST_PARTS);
        // A part has at least a few blocks, so that what it costs to begin one is lost in the sweep.
        let block = pass.rows_a_block(rows);
        let each = rows.div_ceil(most).max(8 * block).next_multiple_of(block);
        Parts { rows, block, each, count: rows.div_ceil(each).max(1) }
    }

    pub(super) fn range(self, part: usize) -> Range<usize> {
        (part * self.each).min(self.rows)..((part + 1) * self.each).min(self.rows)
    }
}
