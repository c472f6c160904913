//! What becomes of rows with missing values.

use crate::place::Place;
use crate::source::{Block, Column};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What becomes of a row with a missing value in a column that is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nulls {
    /// It is an error that names file, row and column.
    #[default]
    Refuse,
    /// It is dropped and counted.
    Drop,
}

/// The rule of a source, and how many rows its last pass has dropped.
#[derive(Debug, Default)]
pub(crate) struct NullRule {
    pub(crate) nulls: Nulls,
    dropped: AtomicUsize,
}

impl NullRule {
    pub(crate) fn new(nulls: Nulls) -> Self {
        NullRule { nulls, dropped: AtomicUsize::new(0) }
    }

    pub(crate) fn dropped(&self) -> usize {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Begins a pass.
    pub(crate) fn begin(&self) {
        self.dropped.store(0, Ordering::Relaxed);
    }

    /// A block without the rows of these cells, which lack a value: by row and column, in the order of the rows.
    pub(crate) fn apply<'s>(
        &self,
        place: Place,
        rows: usize,
        columns: Vec<Column<'s>>,
        gaps: Vec<(usize, String)>,
    ) -> Block<'s> {
        if gaps.is_empty() {
            return Block { place, rows, columns };
        }
        let mut missing = gaps.iter().map(|(row, _)| *row).peekable();
        let mut kept = Vec::with_capacity(rows);
        for row in 0..rows {
            let mut is_gap = false;
            while missing.next_if(|&gap| gap <= row).is_some_and(|gap| gap == row) {
                is_gap = true;
            }
            if !is_gap {
                kept.push(row);
            }
        }
        self.dropped.fetch_add(rows - kept.len(), Ordering::Relaxed);
        let columns = columns.iter().map(|column| column.select(&kept)).collect();
        Block { rows: kept.len(), columns, place: place.without(&kept, gaps) }
    }
}
