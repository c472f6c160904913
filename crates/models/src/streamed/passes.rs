//! How passes over the rows are taken: by one process or several, and not again where a journal holds what they gave.

use super::Journal;
use crate::error::Result;
use autodiff::StreamingRun;
use data::Ranks;
use ndarray::ArrayD;
use std::ops::Range;

/// The processes that share the rows, and the journal, where there are such.
#[derive(Clone, Copy, Default)]
pub(super) struct Passes<'s> {
    pub(super) ranks: Option<&'s dyn Ranks>,
    pub(super) journal: Option<&'s Journal>,
}

impl Passes<'_> {
    /// As [`Rows::recall`](crate::Rows::recall).
    pub(super) fn recall(&self, fingerprint: u64) -> Option<Vec<ArrayD<f64>>> {
        self.journal.and_then(|journal| journal.recall(fingerprint))
    }

    /// As [`Rows::keep`](crate::Rows::keep).
    pub(super) fn keep(&self, fingerprint: u64, results: &[ArrayD<f64>]) -> Result<()> {
        self.journal.map_or(Ok(()), |journal| journal.keep(fingerprint, results))
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
}
