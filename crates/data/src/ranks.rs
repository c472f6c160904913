//! Rows shared out over processes.

use crate::ahead::each_of;
use crate::error::{Error, Result};
use crate::source::{Block, Source};
use std::ops::Range;

/// Processes that work on one run together: all of them make the same calls in the same order.
///
/// The crate `distributed` has those of MPI. Each owns a range of whole parts of the rows; what passes over them give is merged as one
/// process would merge it, so that every process has the same results to the last bit.
pub trait Ranks {
    /// The number of this process, from 0.
    fn rank(&self) -> usize;

    /// How many processes there are.
    fn size(&self) -> usize;

    /// Sends bytes to another process, which [receives](Self::receive) them; it may wait until that one does.
    ///
    /// # Errors
    /// Whatever keeps them from being sent.
    fn send(&self, to: usize, bytes: &[u8]) -> Result<()>;

    /// The next bytes that another process sends to this one.
    ///
    /// # Errors
    /// Whatever keeps them from being received.
    fn receive(&self, from: usize) -> Result<Vec<u8>>;
}

/// The rows of a rank: whole parts, but for the last, as many for each as can be.
pub fn share(rows: usize, part: usize, rank: usize, size: usize) -> Range<usize> {
    let (part, size) = (part.max(1), size.max(1));
    let parts = rows.div_ceil(part);
    let first = |rank: usize| (rank * (parts / size) + rank.min(parts % size)).saturating_mul(part).min(rows);
    first(rank)..first(rank + 1)
}

/// Hands over the blocks of some of the rows of a source, as [`each`](crate::each) does those of all.
///
/// # Errors
/// As [`each`](crate::each).
pub fn each_within<'s, S: Source + ?Sized, E: From<Error>>(
    source: &'s S,
    columns: &[usize],
    rows: Range<usize>,
    mut take: impl FnMut(Block<'s>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    if rows.is_empty() {
        return Ok(());
    }
    each_of(source.blocks_of(columns, rows)?, &mut take)
}
