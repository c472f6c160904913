//! Values of many rows, computed by several threads.

use rayon::prelude::*;
use std::ops::Range;

/// The fewest rows for which it pays to wake threads.
const LEAST_ROWS: usize = 1 << 14;
/// The rows that a thread takes at least.
const ROWS_AT_ONCE: usize = 1 << 10;

/// What `of_row` gives of each row, in their order.
pub(crate) fn of_rows<T: Send>(rows: Range<usize>, of_row: impl Fn(usize) -> T + Sync) -> Vec<T> {
    match rows.len() < LEAST_ROWS {
        true => rows.map(of_row).collect(),
        false => rows.into_par_iter().with_min_len(ROWS_AT_ONCE).map(&of_row).collect(),
    }
}
