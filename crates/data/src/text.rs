//! Rows of delimited text, for readers of one's own: how lines and the file end, which lines are no rows, and what to say of bad ones.

use std::io::{self, Chain, Cursor, Read};

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

/// The bytes in which the first end of a line is looked for.
const HEAD: u64 = 1 << 16;

/// Bytes whose lines end with `\n`: where a file ends them with `\r` alone, as spreadsheets of old do, that is replaced.
///
/// ```
/// use data::text::Lines;
/// use std::io::Read;
/// for (bytes, lines) in [("a\rb\r", "a\nb\n"), ("\"a\r\"\nb\r", "\"a\r\"\nb\r"), ("a\r\nb\r", "a\r\nb\r")] {
///     let mut read = String::new();
///     Lines::new(bytes.as_bytes())?.read_to_string(&mut read)?;
///     assert_eq!(read, lines);
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Lines<R> {
    reader: Chain<Cursor<Vec<u8>>, R>,
    replace: bool,
}

impl<R: Read> Lines<R> {
    /// The lines of these bytes; the first end outside of quotes decides.
    ///
    /// # Errors
    /// Bytes that can't be read.
    pub fn new(mut reader: R) -> io::Result<Self> {
        let mut head = Vec::new();
        reader.by_ref().take(HEAD).read_to_end(&mut head)?;
        let mut is_quoted = false;
        let end = head.iter().position(|byte| {
            is_quoted ^= *byte == b'"';
            !is_quoted && matches!(byte, b'\r' | b'\n')
        });
        let replace = end.is_some_and(|end| head[end] == b'\r' && head.get(end + 1) != Some(&b'\n'));
        Ok(Lines { reader: Cursor::new(head).chain(reader), replace })
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if self.replace {
            buffer[..count].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
        }
        Ok(count)
    }
}

/// The names of columns, of the cells of the first line.
///
/// # Errors
/// Why they can't be, and what to do: names that aren't UTF-8, or hold zero bytes.
pub fn names<'c>(cells: impl IntoIterator<Item = &'c [u8]>) -> Result<Vec<String>, &'static str> {
    let name = |cell| std::str::from_utf8(cell).map(|name: &str| name.trim().to_owned());
    let names: Result<Vec<String>, _> = cells.into_iter().map(name).collect();
    let names = names.map_err(|_| "the column names are not UTF-8 text; save the file in UTF-8 and try again")?;
    match names.iter().any(|name| name.contains('\0')) {
        true => Err("the column names hold zero bytes, as in UTF-16; save the file in UTF-8 and try again"),
        false => Ok(names),
    }
}

/// What is wrong with a file without a row, which has blank lines or no character at all, and needs a line of names or not.
pub fn nothing(has_lines: bool, needs_names: bool) -> String {
    let what = if has_lines { "has blank lines only" } else { "is empty" };
    let names = if needs_names { "a line of column names and " } else { "" };
    format!("{what}; it needs {names}at least one row")
}

/// What is wrong with a row of so many cells in a file of so many columns.
pub fn ragged(found: usize, columns: usize) -> String {
    let cells = if found == 1 { "cell" } else { "cells" };
    format!(
        "the row has {found} {cells}, but the header has {columns}; mend the row (a cell that holds the delimiter needs quotes around it)"
    )
}

/// What a cell is that lacks a value, and has this word for that.
pub fn missing(word: &str) -> String {
    if word.is_empty() { "the cell is empty".into() } else { format!("`{}` is a missing value", word.escape_debug()) }
}

/// What is wrong with a number that is infinite or NaN.
pub fn not_finite(number: f64) -> String {
    format!("the value is {number}; numbers must be finite")
}
