//! Delimited text: CSV and its relatives.

use super::bytes::Bytes;
use super::column::{self, Builder, Fault};
use super::located::check_unchanged;
use super::source::{Format, Source, Table, check_names, place};
use super::{Lines, Omitted, Request};
use crate::error::{Error, Result};
use crate::progress::Reading;
use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};
use data::{Header, Stamped, text};
use std::cell::Cell;
use std::io::{self, Chain, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Rows between two updates of the progress bar.
const ROWS_PER_UPDATE: usize = 1 << 14;

/// What is looked for where no delimiter is given, beside a comma.
const DELIMITERS: [u8; 3] = [b';', b'\t', b'|'];
/// The most bytes of a row: what has no end of line is no table, and must not fill the memory.
const MOST_BYTES: u64 = 1 << 27;

/// A text file whose header has been read.
pub struct CsvSource {
    path: PathBuf,
    format: Format,
    names: Vec<String>,
    delimiter: u8,
    reader: Reader<Chain<text::Lines<RowByRow>, &'static [u8]>>,
    in_row: Rc<Cell<u64>>,
    /// How many bytes of the file have been read.
    reached: Rc<Cell<u64>>,
    /// What the file looked like before it was read.
    stamp: Option<Stamped>,
}

/// A reader that ends with an error in a row that is too long.
struct RowByRow {
    reader: Box<dyn Read>,
    /// The bytes since the last row was complete.
    in_row: Rc<Cell<u64>>,
}

impl Read for RowByRow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(buffer)?;
        self.in_row.set(self.in_row.get() + bytes as u64);
        match self.in_row.get() > MOST_BYTES {
            true => Err(io::Error::other(format!(
                "a row has more than {MOST_BYTES} bytes; are there ends of lines, and are all quotes closed?"
            ))),
            false => Ok(bytes),
        }
    }
}

impl CsvSource {
    /// Reads the header.
    pub fn open(bytes: Bytes, format: &Format) -> Result<CsvSource> {
        let delimiter = format.delimiter.unwrap_or_else(|| likely_delimiter(&bytes.head));
        let Bytes { path, reader, reached, stamp, .. } = bytes;
        // Lines end with `\n` alone, so that they are counted alike in all files; the `\r` before it is trimmed from its cell.
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter).terminator(Terminator::Any(b'\n')).flexible(true).buffer_capacity(1 << 18);
        builder.has_headers(format.header != Header::Absent);
        let in_row = Rc::new(Cell::new(0));
        let reader = RowByRow { reader, in_row: in_row.clone() };
        let lines = text::Lines::new(reader).map_err(|error| broken(&path, error.into()))?;
        let mut reader = builder.from_reader(lines.chain(text::AFTER));
        let header = reader.byte_headers().map_err(|error| broken(&path, error))?;
        in_row.set(0);
        if text::is_end(header.as_slice()) {
            return Err(Error::file(&path, text::nothing(true, format.header != Header::Absent)));
        }
        if text::is_unclosed(header.as_slice()) {
            return Err(unclosed(&path, 1));
        }
        let names = text::names(header).map_err(|reason| Error::file(&path, reason))?;
        check_delimiter(&path, &names, delimiter)?;
        format.beside.iter().try_for_each(|beside| beside.check(&path, &names))?;
        let is_number = |cell: &str| format.spelling.number(cell).is_some() || format.spelling.is_missing(cell);
        let names = format.header.names(names, is_number).map_err(|line| Error::numbers_as_names(&path, &line))?;
        check_names(&path, &names)?;
        Ok(CsvSource { path, format: format.clone(), names, delimiter, reader, in_row, reached, stamp })
    }
}

impl Source for CsvSource {
    fn path(&self) -> &Path {
        &self.path
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn delimiter(&self) -> Option<u8> {
        Some(self.delimiter)
    }

    fn parts(
        mut self: Box<Self>,
        requests: &[Request],
        about: usize,
        reading: &Reading,
        take: &mut dyn FnMut(Table) -> Result<bool>,
    ) -> Result<()> {
        loop {
            let table = self.rows(requests, about, reading);
            // Before any of it is used, and before a fault that comes of the change is told.
            self.stamp.iter().try_for_each(check_unchanged)?;
            let table = table?;
            if table.rows + table.omitted.rows.len() == 0 || !take(table)? {
                return Ok(());
            }
        }
    }
}

impl CsvSource {
    /// The next rows, so many at most.
    fn rows(&mut self, requests: &[Request], most: usize, reading: &Reading) -> Result<Table> {
        let mut builders: Vec<Builder> = requests.iter().map(|request| Builder::new(request.role)).collect();
        let (mut lines, mut omitted) = (Lines::default(), Omitted::default());
        let mut record = ByteRecord::new();
        let mut rows = 0;
        while rows + omitted.rows.len() < most
            && self.reader.read_byte_record(&mut record).map_err(|error| broken(&self.path, error))?
        {
            self.in_row.set(0);
            if text::is_end(record.as_slice()) {
                break;
            }
            if text::is_blank(record.len(), record.as_slice(), self.names.len()) {
                continue;
            }
            let after = self.reader.position().line();
            if text::is_unclosed(record.as_slice()) {
                let last = record.get(record.len() - 1).unwrap_or_default();
                return Err(unclosed(&self.path, text::opening_line(after, last)));
            }
            let looked_from = record.position().map_or(after, |position| position.line());
            let line = data::first_line(looked_from, after, record.as_slice());
            if record.len() != self.names.len() {
                return Err(ragged(&self.path, line, record.len(), self.names.len()));
            }
            let all = rows + omitted.rows.len();
            if all.is_multiple_of(ROWS_PER_UPDATE) {
                reading.reached(self.reached.get())?;
            }
            if self.format.omit && self.is_missing(&record, requests) {
                omitted.note(all, self.missing(&record, requests));
                continue;
            }
            lines.note(rows, line);
            for (builder, request) in builders.iter_mut().zip(requests) {
                let cell = record.get(request.column).unwrap_or_default();
                let pushed = builder.push_text(cell, request, &self.format.spelling);
                pushed.map_err(|fault| self.error(fault, rows, request, &lines))?;
            }
            rows += 1;
        }
        let finished = |(builder, request): (Builder, &Request)| {
            let column = builder.finish(request, &self.format.spelling);
            column.map_err(|fault| self.error(fault, 0, request, &lines))
        };
        let columns = builders.into_iter().zip(requests).map(finished).collect::<Result<_>>()?;
        Ok(Table { path: self.path.clone(), columns, rows, lines, omitted })
    }

    /// The names of the requested columns whose cells have no value in this row.
    fn missing<'s>(&'s self, record: &'s ByteRecord, requests: &'s [Request]) -> impl Iterator<Item = &'s str> {
        let no_value = |request: &&Request| {
            let cell = record.get(request.column).unwrap_or_default();
            column::text(cell).is_ok_and(|text| self.format.spelling.is_missing(text))
        };
        requests.iter().filter(no_value).filter_map(|request| self.names.get(request.column).map(String::as_str))
    }

    fn is_missing(&self, record: &ByteRecord, requests: &[Request]) -> bool {
        self.missing(record, requests).next().is_some()
    }

    /// A faulty cell by its place; where the fault doesn't say it, it is in the row at hand.
    fn error(&self, fault: Fault, row: usize, request: &Request, lines: &Lines) -> Error {
        let name = self.names.get(request.column).map_or("", String::as_str);
        Error::Data { place: place(&self.path, &lines.name(fault.row.unwrap_or(row)), name), reason: fault.reason }
    }
}

/// The delimiter that the first lines were most likely written with: the one that splits header and first row into the most
/// cells, as many of one as of the other; else a comma.
fn likely_delimiter(head: &[u8]) -> u8 {
    let columns = |delimiter: u8| {
        let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(head);
        let mut records = reader.byte_records().map_while(csv::Result::ok);
        let header = records.next().map_or(1, |record| record.len());
        match records.next() {
            // A row that the head cuts off may be short.
            Some(row) if row.len() != header && records.next().is_some() => 1,
            _ => header,
        }
    };
    let more = |best: (u8, usize), delimiter: u8| match columns(delimiter) {
        found if found > best.1 => (delimiter, found),
        _ => best,
    };
    DELIMITERS.into_iter().fold((b',', columns(b',')), more).0
}

/// A header of one name that holds another delimiter was most likely written with that one.
fn check_delimiter(path: &Path, names: &[String], delimiter: u8) -> Result<()> {
    let [name] = names else { return Ok(()) };
    for (other, shown) in [(b',', "','"), (b';', "';'"), (b'\t', "tab")] {
        if other != delimiter && name.as_bytes().contains(&other) {
            let reason = format!(
                "the header is the single column `{}`; if the columns are separated by {shown}, say --delimiter {shown}",
                name.replace('\t', "\\t")
            );
            return Err(Error::file(path, reason));
        }
    }
    Ok(())
}

fn unclosed(path: &Path, line: u64) -> Error {
    Error::Data { place: format!("{}, line {line}", path.display()), reason: text::UNCLOSED.into() }
}

fn ragged(path: &Path, line: u64, found: usize, expected: usize) -> Error {
    Error::Data { place: format!("{}, line {line}", path.display()), reason: text::ragged(found, expected) }
}

fn broken(path: &Path, error: csv::Error) -> Error {
    Error::file(path, format!("can't be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::{Role, Values};
    use super::*;

    fn bytes(reader: impl Read + 'static, head: &[u8]) -> Bytes {
        let (path, reached) = (PathBuf::from("data.csv"), Rc::default());
        Bytes { path, head: head.into(), reader: Box::new(reader), reached, plain_file: true, stamp: None }
    }

    fn read(text: &str, roles: &[(usize, Role)]) -> Result<Table> {
        let format = Format { delimiter: Some(b','), ..Format::default() };
        let source = CsvSource::open(bytes(io::Cursor::new(text.to_owned()), text.as_bytes()), &format)?;
        let requests: Vec<Request> =
            roles.iter().map(|&(column, role)| Request { column, name: String::new(), role, levels: None }).collect();
        super::super::read(Box::new(source), &requests, &Reading::hidden())
    }

    #[test]
    fn reads_quotes_a_byte_order_mark_and_windows_line_ends() {
        let table =
            read("\u{feff}a,\"b, c\"\r\n1,\"x \"\"y\"\"\"\r\n2,z\r\n", &[(0, Role::Term), (1, Role::Term)]).unwrap();
        assert_eq!(table.columns[0].values, Values::Numbers(vec![1.0, 2.0]));
        assert_eq!(
            table.columns[1].values,
            Values::Categories { codes: vec![0, 1], levels: vec!["x \"y\"".into(), "z".into()] }
        );
    }

    #[test]
    fn lines_count_blank_lines_and_lines_inside_quotes() {
        for (text, line) in [
            ("a,b\n1,\"two\nlines\"\n\n2,x\nNA,x\n", 6),
            ("a,b\n1,x\n\n\nNA,\"two\nlines\"\n", 5),
            ("a,b\n\nNA,x", 3),
            ("a,b\r\n1,x\r\n\r\nNA,x\r\n", 4),
            ("a,b\r\n1,\"x\"\r\nNA,\"x\"\r\n\r\n", 3),
        ] {
            let error = read(text, &[(0, Role::Term)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("data.csv, line {line}, ")), "{text:?}: {error}");
        }
    }

    #[test]
    fn quotes_that_are_never_closed_are_refused_where_they_open() {
        for (text, line) in [
            ("a,b\n1,x\n2,\"y\n3,z\n", 3),
            ("a,b\n1,\"x", 2),
            ("a,\"b\n1,x\n", 1),
            ("a,b\n1,\"x\"\"\n", 2),
            ("a,b\n\"1\n\",\"x\n", 3),
        ] {
            let error = read(text, &[(0, Role::Term), (1, Role::Term)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("data.csv, line {line}: a quote")), "{text:?}: {error}");
        }
        assert_eq!(read("a,b\n1,\"x\n\"", &[(1, Role::Term)]).unwrap().rows, 1);
    }

    #[test]
    fn a_row_without_end_is_not_read_for_ever() {
        let error = CsvSource::open(bytes(io::repeat(0), &[]), &Format::default()).map(drop).unwrap_err().to_string();
        assert!(error.contains("a row has more than"), "{error}");
    }

    #[test]
    fn columns_that_are_not_used_may_hold_anything() {
        let table = read("a,b\n1,\n2,NA\n", &[(0, Role::Response)]).unwrap();
        assert_eq!(table.rows, 2);
        assert_eq!(table.columns.len(), 1);
    }

    #[test]
    fn a_file_with_another_delimiter_than_the_given_one_is_recognised() {
        let error = read("a;b\n1;2\n", &[]).unwrap_err().to_string();
        assert!(error.contains("--delimiter ';'"), "{error}");
    }

    #[test]
    fn the_delimiter_is_the_one_that_splits_header_and_row_alike() {
        for (head, delimiter) in [
            ("a,b\n1,2\n", b','),
            ("a;b;c\n1,5;2,5;3\n", b';'),
            ("a\tb\n1,5\t2\n", b'\t'),
            ("a|b\n1|2\n", b'|'),
            ("y\n1\n2\n", b','),
            ("\u{feff}\"a;b;c\",d\n1,2\n3,4\n", b','),
            ("height (cm, barefoot);w\n1;2\n3;4\n", b';'),
            ("x;y;z,w\n1,2\n3,4\n", b','),
            ("a;b", b';'),
            ("", b','),
        ] {
            assert_eq!(likely_delimiter(head.as_bytes()) as char, delimiter as char, "{head:?}");
        }
    }

    /// Reads a file in two parts, between which this is done to it.
    fn read_while(change: impl Fn(&Path)) -> (usize, Result<()>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        std::fs::write(&path, "x\n1\n2\n3\n4\n").unwrap();
        let source = super::super::open(&path, &Format::default()).unwrap();
        let request = Request { column: 0, name: "x".into(), role: Role::Term, levels: None };
        let mut rows = 0;
        let ended = source.parts(&[request], 2, &Reading::hidden(), &mut |table| {
            rows += table.rows;
            change(&path);
            Ok(true)
        });
        (rows, ended)
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_refused() {
        let append = |path: &Path| {
            let mut file = std::fs::File::options().append(true).open(path).unwrap();
            io::Write::write_all(&mut file, b"5\n").unwrap();
        };
        type Change<'c> = &'c dyn Fn(&Path);
        let changes: [(&str, Change); 4] = [
            ("it had 10 bytes and has 6", &|path| std::fs::write(path, "x\n1\n2\n").unwrap()),
            ("bytes and has 12", &append),
            ("it had 10 bytes and has 14", &|path| std::fs::write(path, "x,y\n1,2\n3,4,5\n").unwrap()),
            ("it is no longer there", &|path| std::fs::remove_file(path).unwrap()),
        ];
        for (words, change) in changes {
            let (rows, ended) = read_while(change);
            let error = ended.unwrap_err().to_string();
            assert!(error.contains("data.csv: has changed while it was read") && error.contains(words), "{error}");
            assert_eq!(rows, 2);
        }
        assert!(matches!(read_while(|_| ()), (4, Ok(()))));
    }
}
