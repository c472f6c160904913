//! Where the rows of blocks stand.

use crate::at::At;
use crate::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the rows of a block stand.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The file, if they are in one.
    pub file: Option<Arc<Path>>,
    /// The number of the first row in it, from 0.
    pub first: usize,
    /// The numbers of all rows, where rows between them have been dropped.
    pub kept: Option<Vec<usize>>,
    /// The line on which each row begins, from 1, where the file is text.
    pub lines: Option<Vec<u64>>,
    /// The cells for which rows have been dropped: each by the number of its row, from 0, and its column.
    pub gaps: Vec<(usize, String)>,
}

impl Place {
    /// The file; empty where there is none.
    pub fn file(&self) -> PathBuf {
        self.file.as_deref().map(Path::to_path_buf).unwrap_or_default()
    }

    /// Where a row of the block stands.
    pub fn at(&self, row: usize) -> At {
        if let Some(&line) = self.lines.as_ref().and_then(|lines| lines.get(row)) {
            return At::Line(line);
        }
        let kept = self.kept.as_ref().and_then(|kept| kept.get(row).copied());
        At::Row(1 + kept.unwrap_or(self.first + row))
    }

    /// The error of a cell of the block.
    pub fn cell(&self, row: usize, column: &str, reason: impl Into<String>) -> Error {
        Error::Cell { file: self.file(), at: self.at(row), column: column.into(), reason: reason.into() }
    }

    /// The error of a cell of the block that lacks a value, and has this word for that.
    #[cfg(any(feature = "csv", feature = "arrow"))]
    pub(crate) fn missing(&self, row: usize, column: &str, word: &str) -> Error {
        Error::Null { file: self.file(), at: self.at(row), column: column.into(), word: word.into() }
    }

    /// Leaves some of the rows.
    pub(crate) fn cut(&mut self, rows: Range<usize>) {
        self.first += rows.start;
        self.kept = self.kept.take().map(|mut kept| kept.drain(rows.clone()).collect());
        self.lines = self.lines.take().map(|mut lines| lines.drain(rows).collect());
    }

    /// Leaves the rows of these numbers; these cells of the others lack a value.
    pub(crate) fn without(self, rows: &[usize], gaps: Vec<(usize, String)>) -> Self {
        let numbers = rows.iter().map(|&row| self.first + row).collect();
        let lines = self.lines.map(|lines| rows.iter().filter_map(|&row| lines.get(row).copied()).collect());
        let gaps = gaps.into_iter().map(|(row, column)| (self.first + row, column)).collect();
        Place { kept: Some(numbers), lines, gaps, ..self }
    }
}
