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

/// What a message is, by its first byte.
const GIVEN: u8 = 0;
const FAILED: u8 = 1;
const CONCLUDED: u8 = 2;

/// Gives each process what all have, by rank. An error of any is the error of all.
///
/// # Errors
/// What the first rank that failed says, with its number; a process's own error keeps its type.
pub fn exchange<E: From<Error> + std::fmt::Display>(
    ranks: &dyn Ranks,
    own: std::result::Result<Vec<u8>, E>,
) -> std::result::Result<Vec<Vec<u8>>, E> {
    let message = match &own {
        Ok(bytes) => [&[GIVEN], bytes.as_slice()].concat(),
        Err(error) => [&[FAILED], error.to_string().as_bytes()].concat(),
    };
    let all = ranks.all_gather(&message)?;
    own?;
    let given = all.into_iter().enumerate().map(|(rank, message)| match message.split_first() {
        Some((&GIVEN, bytes)) => Ok(bytes.to_vec()),
        Some((&FAILED, text)) => Err(Error::Rank { rank, reason: String::from_utf8_lossy(text).into_owned() }.into()),
        Some((_, [_, text @ ..])) => {
            Err(Error::Rank { rank, reason: String::from_utf8_lossy(text).into_owned() }.into())
        }
        _ => Err(Error::Rank { rank, reason: "it sent nothing".into() }.into()),
    });
    given.collect()
}

/// How a process failed that ends its work: its rank, its exit status, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The rank; none where all failed in the same way.
    pub rank: Option<usize>,
    /// The exit status.
    pub status: u8,
    /// What went wrong.
    pub reason: String,
}

/// Ends the work of all processes together, once in each: with its failure, if it failed on its own, at whatever point. Processes that still
/// are at work have it as an [`Error::Rank`] of their next exchange, and end with no failure of their own. Gives the first rank's failure.
///
/// # Errors
/// Whatever keeps messages from being exchanged.
pub fn conclude(ranks: &dyn Ranks, failure: Option<(u8, &str)>) -> Result<Option<Failure>> {
    let message = match failure {
        Some((status, reason)) => [&[CONCLUDED, status], reason.as_bytes()].concat(),
        None => vec![CONCLUDED],
    };
    loop {
        let all = ranks.all_gather(&message)?;
        // Others were in an exchange, and come here because of it.
        if all.iter().any(|message| message.first() != Some(&CONCLUDED)) {
            continue;
        }
        let is_common = all.iter().all(|other| *other == message);
        return Ok(all.into_iter().enumerate().find_map(|(rank, message)| match message.as_slice() {
            [_, status, reason @ ..] => Some(Failure {
                rank: (!is_common).then_some(rank),
                status: *status,
                reason: String::from_utf8_lossy(reason).into_owned(),
            }),
            _ => None,
        }));
    }
}

/// Gives a pass of a run the rows of all ranks: `feed` feeds those of this one. An error of any rank is the error of all.
///
/// # Errors
/// What the first rank that failed says, with its number; ranks that have different numbers of rows.
pub fn pass_on_ranks<E: From<Error> + std::fmt::Display>(
    ranks: &dyn Ranks,
    run: &mut StreamingRun<'_, f64>,
    rows: usize,
    feed: impl FnOnce(&mut StreamingRun<'_, f64>, Range<usize>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let own = share(rows, run.part_rows(), ranks.rank(), ranks.size());
    let swept = own_partial(run, own, feed);
    let sent = swept.map(|partial| [(rows as u64).to_le_bytes().as_slice(), &partial.to_bytes()].concat());
    for (rank, bytes) in exchange(ranks, sent)?.iter().enumerate() {
        let (theirs, partial) = bytes.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        let theirs = u64::from_le_bytes(*theirs);
        if theirs != rows as u64 {
            let reason = format!("it has {theirs} rows, where this one has {rows}; all need the same files");
            return Err(Error::Rank { rank, reason }.into());
        }
        let partial = run.read_partial(partial).map_err(Error::from)?;
        run.take(partial).map_err(Error::from)?;
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
