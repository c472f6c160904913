//! Rows shared out over processes.

use crate::ahead::each_of;
use crate::error::{Error, Result};
use crate::exchange::{exchange, number};
use crate::ranks::Ranks;
use crate::source::{Block, Source};
use std::ops::Range;

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

/// Gives each process what the [shares](share) of all give, as [`exchange`] does, and makes sure that they are of the same rows.
///
/// # Errors
/// As [`exchange`]; ranks that have different numbers of rows.
pub fn exchange_shares<E: From<Error> + std::fmt::Display>(
    ranks: &dyn Ranks,
    rows: usize,
    own: std::result::Result<Vec<u8>, E>,
    mut merge: impl FnMut(&[u8], &[u8]) -> Result<Vec<u8>>,
) -> std::result::Result<Vec<u8>, E> {
    let own = own.map(|given| Shared { rank: ranks.rank(), rows, given: &given }.to_bytes());
    let all = exchange(ranks, own, |left, right| {
        let [left, right] = [Shared::of_bytes(&left)?, Shared::of_bytes(&right)?];
        if left.rows != right.rows {
            let [here, there] = [left.rows, right.rows];
            let reason = format!("it has {there} rows, where rank {} has {here}; all need the same files", left.rank);
            return Err(Error::Rank { rank: right.rank, reason });
        }
        Ok(Shared { given: &merge(left.given, right.given)?, ..left }.to_bytes())
    })?;
    Ok(Shared::of_bytes(&all)?.given.to_vec())
}

/// What the share of a rank gives, or its own and those of ranks above it together.
struct Shared<'b> {
    rank: usize,
    /// Of all ranks together.
    rows: usize,
    given: &'b [u8],
}

impl<'b> Shared<'b> {
    fn to_bytes(&self) -> Vec<u8> {
        let [rank, rows] = [self.rank, self.rows].map(|number| (number as u64).to_le_bytes());
        [&rank, &rows, self.given].concat()
    }

    fn of_bytes(bytes: &'b [u8]) -> Result<Self> {
        let cut = autodiff::Error::DamagedPartial { reason: "they end early" };
        let (rank, rest) = number(bytes).ok_or(cut.clone())?;
        let (rows, given) = number(rest).ok_or(cut)?;
        Ok(Shared { rank, rows, given })
    }
}
