//! The rows of a user's own loss.

use super::passes::Passes;
use crate::error::{Error, Result};
use crate::objective::Rows;
use autodiff::{StreamingRun, bind, bind_indices};
use data::{Block, Column, Ranks, Source};

/// The columns of a source that a loss has as inputs on the rows.
#[derive(Clone)]
pub(crate) struct OwnRows<'d> {
    source: &'d dyn Source,
    pub(crate) rows: usize,
    names: Vec<String>,
    columns: Vec<usize>,
    passes: Passes<'d>,
}

impl std::fmt::Debug for OwnRows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnRows").field("columns", &self.names).finish_non_exhaustive()
    }
}

impl<'d> OwnRows<'d> {
    pub(crate) fn new(source: &'d dyn Source, names: Vec<String>, ranks: Option<&'d dyn Ranks>) -> Result<Self> {
        let columns = names.iter().map(|name| source.find(name)).collect::<data::Result<Vec<usize>>>()?;
        let mut own = OwnRows { source, rows: 0, names, columns, passes: Passes { ranks, ..Passes::default() } };
        own.rows = match source.rows() {
            Some(rows) => rows,
            None => own.count()?,
        };
        Ok(own)
    }

    fn count(&self) -> Result<usize> {
        let mut rows = 0;
        data::each(self.source, &self.columns, |block| {
            rows += block.rows;
            Ok::<(), Error>(())
        })?;
        Ok(rows)
    }
}

impl Rows for OwnRows<'_> {
    fn pass(&self, run: &mut StreamingRun<'_, f64>) -> Result<()> {
        let feed = |run: &mut StreamingRun<'_, f64>, block: &Block<'_>| {
            let bound = self.names.iter().zip(&block.columns).filter_map(|(name, column)| match column {
                Column::Numbers(array) => Some(bind(name, array)),
                Column::Indices(array) => Some(bind_indices(name, array)),
                // The program then says which input is not bound.
                Column::Words { .. } => None,
            });
            Ok::<(), Error>(run.feed(&bound.collect::<Vec<_>>())?)
        };
        self.passes.take(run, self.rows, |run, rows| match rows {
            None => data::each(self.source, &self.columns, |block| feed(run, &block)),
            Some(rows) => data::each_within(self.source, &self.columns, rows, |block| feed(run, &block)),
        })
    }
}
