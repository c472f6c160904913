//! How passes over the rows are taken: by one process or several, and not again where a journal holds what they gave.

use super::Journal;
use crate::error::Result;
use crate::pieces::{self, Piece, Pieces};
use autodiff::{StreamingRun, SumTree};
use data::{Checksum, Ranks};
use ndarray::ArrayD;
use std::ops::Range;

/// The processes that share the rows, and the journal, where there are such.
#[derive(Clone, Copy, Default)]
pub(super) struct Passes<'s> {
    pub(super) ranks: Option<&'s dyn Ranks>,
    pub(super) journal: Option<&'s Journal>,
    /// Tells the rows from those of other models of the same data: other columns, or others in their places.
    pub(super) rows: u64,
}

impl Passes<'_> {
    /// As [`Rows::recall`](crate::Rows::recall).
    pub(super) fn recall(&self, fingerprint: u64) -> Option<Vec<ArrayD<f64>>> {
        self.journal.and_then(|journal| journal.recall(self.key(fingerprint)))
    }

    /// As [`Rows::keep`](crate::Rows::keep).
    pub(super) fn keep(&self, fingerprint: u64, results: &[ArrayD<f64>]) -> Result<()> {
        self.journal.map_or(Ok(()), |journal| journal.keep(self.key(fingerprint), results))
    }

    fn key(&self, fingerprint: u64) -> u64 {
        Checksum::of(&[fingerprint, self.rows].map(u64::to_le_bytes).concat()).value()
    }

    /// Takes a pass over so many rows: `feed` gives the run the rows of a range, or all.
    pub(super) fn take(
        &self,
        run: &mut StreamingRun<'_, f64>,
        rows: usize,
        feed: impl FnOnce(&mut StreamingRun<'_, f64>, Option<Range<usize>>) -> Result<()>,
    ) -> Result<()> {
        match self.ranks {
            None => feed(run, None),
            Some(ranks) => data::pass_on_ranks(ranks, run, rows, |run, own| feed(run, Some(own))),
        }
    }

    /// Sums up over so many rows: `add` adds the rows of a range, or all, to each of the sums. Where the number of rows isn't known, each
    /// process takes all of them.
    pub(super) fn sum<P: Piece, const N: usize>(
        &self,
        rows: Option<usize>,
        sums: [Pieces<P>; N],
        add: impl FnOnce(Option<Range<usize>>, &mut [Pieces<P>; N]) -> Result<()>,
    ) -> Result<[P; N]> {
        let (Some(ranks), Some(rows)) = (self.ranks, rows) else {
            let mut sums = sums;
            add(None, &mut sums)?;
            return Ok(sums.map(Pieces::finish));
        };
        let each = sums.iter().map(Pieces::each).max().unwrap_or(1);
        let own = data::share(rows, each, ranks.rank(), ranks.size());
        let nothing = sums.each_ref().map(Pieces::nothing);
        let mut sums = sums.map(|sum| sum.starting_at(own.start));
        let found = add(Some(own), &mut sums).map(|()| to_bytes(sums.map(Pieces::into_tree)));
        let all = data::exchange_shares(ranks, rows, found, |left, right| {
            let mut trees = of_bytes(left, &nothing)?;
            for (tree, other) in trees.iter_mut().zip(of_bytes(right, &nothing)?) {
                pieces::join(tree, other)?;
            }
            Ok(to_bytes(trees))
        })?;
        let mut trees = of_bytes(&all, &nothing)?.into_iter();
        Ok(nothing.map(|nothing| trees.next().and_then(pieces::total).unwrap_or(nothing)))
    }
}

/// The nodes of each tree: their number, and of each its place, its level and its numbers.
fn to_bytes<P: Piece, const N: usize>(trees: [SumTree<P>; N]) -> Vec<u8> {
    let mut words = Vec::new();
    for tree in trees {
        words.push(tree.nodes().count() as u64);
        for (place, level, piece) in tree.nodes() {
            words.extend([place as u64, u64::from(level)]);
            piece.clone().visit(&mut |number| words.push(number.to_bits()));
        }
    }
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}

/// The trees of such bytes, of pieces with as many numbers as these have.
fn of_bytes<P: Piece, const N: usize>(bytes: &[u8], like: &[P; N]) -> data::Result<[SumTree<P>; N]> {
    let damaged = || autodiff::Error::DamagedPartial { reason: "they end early" };
    let mut words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
    let mut word = || words.next().ok_or_else(damaged);
    let mut trees = [const { SumTree::new() }; N];
    for (tree, like) in trees.iter_mut().zip(like) {
        for _ in 0..word()? {
            let (place, level) = (word()? as usize, word()? as u32);
            let (mut piece, mut cut) = (like.clone(), None);
            piece.visit(&mut |number| match word() {
                Ok(bits) => *number = f64::from_bits(bits),
                Err(error) => cut = Some(error),
            });
            cut.map_or(Ok(()), Err)?;
            pieces::insert(tree, place, level, piece)?;
        }
    }
    Ok(trees)
}
