//! Where a row stands in its file.

use std::fmt;

/// Where a row stands in its file, as messages say it.
///
/// ```
/// use data::At;
/// assert_eq!([At::Row(7), At::Line(8)].map(|at| at.to_string()), ["row 7", "line 8"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The number of the row, from 1.
    Row(usize),
    /// The line of a text file on which the row begins, from 1: with a line of names, the first row is on line 2.
    Line(u64),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Row(row) => write!(f, "row {row}"),
            At::Line(line) => write!(f, "line {line}"),
        }
    }
}

/// The line on which a row of text begins, where the line after it and its cells are known. `looked_from` is where a reader began to look
/// for the row, which may be a blank line before.
pub fn first_line(looked_from: u64, after: u64, cells: &[u8]) -> u64 {
    if looked_from + 1 == after {
        return looked_from;
    }
    after.saturating_sub(1 + lines_in(cells))
}

/// The ends of lines within cells.
pub fn lines_in(cells: &[u8]) -> u64 {
    cells.iter().filter(|byte| **byte == b'\n').count() as u64
}
