//! Rows of delimited text, for readers of one's own: how its end is told, and which lines are no rows.

/// What to read after a file's end: an end of its last line, so that lines are counted by their ends, and a row that shows whether the quotes
/// before it were closed.
pub const AFTER: &[u8] = b"\n\x04";
const END: &[u8] = b"\x04";

/// Whether the cells of a row, one after the other, are what was read [after](AFTER) the file's end.
pub fn is_end(cells: &[u8]) -> bool {
    cells == END
}

/// Whether a quote in these cells was never closed: the row goes on to the file's end. It opens in the last cell.
pub fn is_unclosed(cells: &[u8]) -> bool {
    cells.len() > END.len() && cells.ends_with(END)
}

/// What is wrong with a row whose quote was never closed.
pub const UNCLOSED: &str =
    "a quote is opened in this row and never closed; close it, or double it if it is part of the cell";

/// Whether a line is blank and so no row, rather than the empty cell of a single column: of how many cells it has, of which characters, in a
/// file of so many columns.
///
/// ```
/// use data::text::is_blank;
/// assert!(is_blank(1, b"  ", 3) && is_blank(1, b"", 3) && is_blank(1, b" ", 1));
/// assert!(!is_blank(1, b"", 1) && !is_blank(3, b"", 3));
/// ```
pub fn is_blank(cells: usize, characters: &[u8], columns: usize) -> bool {
    cells == 1 && characters.trim_ascii().is_empty() && (columns > 1 || !characters.is_empty())
}

/// The line on which a quote opens that was never closed, of the line after the last and the cell that it opens.
pub fn opening_line(after: u64, cell: &[u8]) -> u64 {
    after.saturating_sub(crate::lines_in(cell))
}
