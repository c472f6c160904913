//! Rows shared out over processes.

use crate::ahead::each_of;
use crate::error::{Error, Result};
use crate::source::{Block, Source};
use autodiff::{Partial, StreamingRun};
use std::ops::Range;

/// Processes that work on one run together: all of them make the same calls in the same order.
///
/// The crate `distributed` has those of MPI. Each owns a range of whole parts of the rows; what passes over them give is exchanged, and
/// merged as one process would merge it, so that every process has the same results to the last bit.
pub trait Ranks {
    /// The number of this process, from 0.
    fn rank(&self) -> usize;

    /// How many processes there are.
    fn size(&self) -> usize;

    /// Gives each process the bytes of all, by rank.
    ///
    /// # Errors
    /// Whatever keeps them from being exchanged.
    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>>;
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

/// Gives a pass of a run the rows of all ranks: `feed` feeds those of this one. An error of any rank is the error of all.
///
/// # Errors
/// What the first rank that failed says, with its number.
pub fn pass_on_ranks<E: From<Error> + std::fmt::Display>(
    ranks: &dyn Ranks,
    run: &mut StreamingRun<'_, f64>,
    rows: usize,
    feed: impl FnOnce(&mut StreamingRun<'_, f64>, Range<usize>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let own = share(rows, run.part_rows(), ranks.rank(), ranks.size());
    let swept = own_partial(run, own, feed);
    let message = match &swept {
        Ok(partial) => [&[0], partial.to_bytes().as_slice()].concat(),
        Err(error) => [&[1], error.to_string().as_bytes()].concat(),
    };
    let all = ranks.all_gather(&message)?;
    // The rank's own error keeps its type.
    swept?;
    for (rank, message) in all.iter().enumerate() {
        match message.split_first() {
            Some((0, bytes)) => {
                let partial = run.read_partial(bytes).map_err(Error::from)?;
                run.take(partial).map_err(Error::from)?;
            }
            Some((_, text)) => {
                let reason = String::from_utf8_lossy(text).into_owned();
                return Err(Error::Rank { rank, reason }.into());
            }
            None => return Err(Error::Rank { rank, reason: "it sent nothing".into() }.into()),
        }
    }
    Ok(())
}

fn own_partial<E: From<Error>>(
    run: &mut StreamingRun<'_, f64>,
    rows: Range<usize>,
    feed: impl FnOnce(&mut StreamingRun<'_, f64>, Range<usize>) -> std::result::Result<(), E>,
) -> std::result::Result<Partial<f64>, E> {
    // A rank without rows has nothing at the first place: the number of rows is no place of a part.
    run.start_at(if rows.is_empty() { 0 } else { rows.start }).map_err(Error::from)?;
    feed(run, rows)?;
    Ok(run.gathered().map_err(Error::from)?)
}
