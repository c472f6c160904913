//! The records of a text file: lines that are no rows, rows of other lengths, and quotes that aren't closed.

use crate::at::first_line;
use crate::error::{Error, Result};
use crate::files::Stamped;
use crate::header::Header;
use crate::text;
use crate::words::MissingWords;
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::fs::File;
use std::io::{Chain, Read};

/// How the files are written.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    pub(super) header: Header,
    pub(super) missing: MissingWords,
}

/// The records of a file.
pub(super) struct Records {
    reader: Reader<Chain<File, &'static [u8]>>,
    /// The number of columns.
    width: usize,
    pub(super) record: ByteRecord,
}

impl Layout {
    /// The records of a file after its line of names, and the names.
    pub(super) fn open(&self, file: &Stamped) -> Result<(Records, Vec<String>)> {
        let mut builder = ReaderBuilder::new();
        builder.delimiter(self.delimiter).flexible(true).has_headers(self.header != Header::Absent);
        let mut reader = builder.from_reader(file.open()?.chain(text::AFTER));
        let names = self.names(file, reader.byte_headers().map_err(|error| broken(file, error))?)?;
        Ok((Records { reader, width: names.len(), record: ByteRecord::new() }, names))
    }

    fn names(&self, file: &Stamped, first: &ByteRecord) -> Result<Vec<String>> {
        if text::is_end(first.as_slice()) {
            return Err(file.broken("is empty; it needs a line of column names"));
        }
        if text::is_unclosed(first.as_slice()) {
            return Err(file.broken(format!("line 1: {}", text::UNCLOSED)));
        }
        let without_mark = |name: &str| name.trim_start_matches('\u{feff}').trim().to_owned();
        let cells = first.iter().map(|cell| std::str::from_utf8(cell).map(without_mark));
        let cells = cells.collect::<std::result::Result<_, _>>();
        let cells = cells.map_err(|_| file.broken("its column names are no UTF-8"))?;
        let is_number = |cell: &str| cell.parse::<f64>().is_ok() || self.missing.is_missing(cell);
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
                return Err(file.broken(format!("line {line}: {}", text::UNCLOSED)));
            }
            if text::is_blank(cells, characters, self.width) {
                continue;
            }
            return match cells == self.width {
                true => Ok(true),
                false => Err(file.broken(format!(
                    "line {} has {cells} {}, but the line of names has {}",
                    self.line(),
                    if cells == 1 { "cell" } else { "cells" },
                    self.width
                ))),
            };
        }
    }

    /// The line on which the record begins.
    pub(super) fn line(&self) -> u64 {
        let after = self.reader.position().line();
        first_line(self.record.position().map_or(after, |from| from.line()), after, self.record.as_slice())
    }
}

fn broken(file: &Stamped, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(source) => file.io(source),
        kind => file.broken(format!("can't be read as CSV: {kind:?}")),
    }
}
