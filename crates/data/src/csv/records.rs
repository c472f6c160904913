//! The records of a text file: lines that are no rows, rows of other lengths, and quotes that aren't closed.

use crate::at::{At, first_line};
use crate::error::{Error, Result};
use crate::files::Stamped;
use crate::header::Header;
use crate::text;
use crate::words::MissingWords;
use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};
use std::fs::File;
use std::io::{Chain, Read};

/// How the files are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    pub(super) header: Header,
}

/// The records of a file.
pub(super) struct Records {
    reader: Reader<Chain<text::Lines<File>, &'static [u8]>>,
    /// The number of columns.
    width: usize,
    pub(super) record: ByteRecord,
}

impl Layout {
    /// The records of a file after its line of names, and the names; words for missing values are none.
    pub(super) fn open(&self, file: &Stamped, missing: &MissingWords) -> Result<(Records, Vec<String>)> {
        // Lines end with `\n` alone, so that they are counted alike in all files; the `\r` before it is trimmed from its cell.
        let mut builder = ReaderBuilder::new();
        builder.delimiter(self.delimiter).terminator(Terminator::Any(b'\n')).flexible(true);
        builder.has_headers(self.header != Header::Absent);
        let lines = text::Lines::new(file.open()?).map_err(|error| file.io(error))?;
        let mut reader = builder.from_reader(lines.chain(text::AFTER));
        let names = self.names(file, reader.byte_headers().map_err(|error| broken(file, error))?, missing)?;
        Ok((Records { reader, width: names.len(), record: ByteRecord::new() }, names))
    }

    fn names(&self, file: &Stamped, first: &ByteRecord, missing: &MissingWords) -> Result<Vec<String>> {
        if text::is_end(first.as_slice()) {
            return Err(file.broken(text::nothing(file.length() > 0, self.header != Header::Absent)));
        }
        if text::is_unclosed(first.as_slice()) {
            return Err(row(file, 1, text::UNCLOSED));
        }
        let cells = text::names(first).map_err(|reason| file.broken(reason))?;
        let is_number = |cell: &str| cell.parse::<f64>().is_ok() || missing.is_missing(cell);
        let numbers = |line| Error::NumbersAsNames { file: file.path.to_path_buf(), line };
        self.header.names(cells, is_number).map_err(numbers)
    }
}

impl Records {
    /// Reads the next record, if there is one, passing over blank lines.
    pub(super) fn next(&mut self, file: &Stamped) -> Result<bool> {
        loop {
            let is_there = self.reader.read_byte_record(&mut self.record).map_err(|error| broken(file, error))?;
            let (cells, characters) = (self.record.len(), self.record.as_slice());
            if !is_there || text::is_end(characters) {
                return Ok(false);
            }
            if text::is_unclosed(characters) {
                let last = self.record.get(cells - 1).unwrap_or_default();
                let line = text::opening_line(self.reader.position().line(), last);
                return Err(row(file, line, text::UNCLOSED));
            }
            if text::is_blank(cells, characters, self.width) {
                continue;
            }
            return match cells == self.width {
                true => Ok(true),
                false => Err(row(file, self.line(), text::ragged(cells, self.width))),
            };
        }
    }

    /// The line on which the record begins.
    pub(super) fn line(&self) -> u64 {
        let after = self.reader.position().line();
        first_line(self.record.position().map_or(after, |from| from.line()), after, self.record.as_slice())
    }
}

/// The error of the row that begins on this line.
fn row(file: &Stamped, line: u64, reason: impl Into<String>) -> Error {
    Error::Row { file: file.path.to_path_buf(), at: At::Line(line), reason: reason.into() }
}

fn broken(file: &Stamped, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(source) => file.io(source),
        kind => file.broken(format!("can't be read as CSV: {kind:?}")),
    }
}
