//! Text files with a line of column names.

use crate::at::first_line;
use crate::error::{Error, Result};
use crate::files::Stamped;
use crate::header::Header;
use crate::nulls::{NullRule, Nulls};
use crate::place::Place;
use crate::source::{Block, Blocks, Column, Field, Kind, Source, check_names, within};
use crate::words::is_missing;
use csv::{ByteRecord, Reader, ReaderBuilder};
use ndarray::Array1;
use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::Path;

/// Rows a block.
const ROWS: usize = 4096;

/// Text files with a line of column names, between commas; the first file decides which columns there are, and the others have them
/// too, in any order. Cells are numbers, except in [columns of words](Self::with_words).
///
/// ```
/// use data::{Adapt, Csv, Kind, Source};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("flights.csv");
/// # std::fs::write(&path, "carrier,delay\nAA,3\nUA,-1\nAA,0\n")?;
/// let source = Csv::open(&[path])?.with_words(&["carrier"])?.with_levels(&["carrier"])?;
/// assert_eq!(source.levels("carrier")?, ["AA", "UA"]);
/// assert_eq!(source.fields()[0].kind, Kind::Indices);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Csv {
    files: Vec<Stamped>,
    fields: Vec<Field>,
    layout: Layout,
    nulls: NullRule,
}

/// How the files are written.
#[derive(Clone, Copy, Debug)]
struct Layout {
    delimiter: u8,
    header: Header,
}

impl Csv {
    /// Files of comma-separated values.
    ///
    /// # Errors
    /// A file that can't be read, has no line of names, or one of numbers alone, a name twice, or lacks a column of the first.
    pub fn open<P: AsRef<Path>>(files: &[P]) -> Result<Self> {
        Self::open_with(files, b',', Header::default())
    }

    /// Files whose columns this character separates, and whose first lines are this.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with<P: AsRef<Path>>(files: &[P], delimiter: u8, header: Header) -> Result<Self> {
        let layout = Layout { delimiter, header };
        let files = files.iter().map(|path| Stamped::new(path.as_ref())).collect::<Result<Vec<_>>>()?;
        let mut fields = Vec::new();
        for (number, file) in files.iter().enumerate() {
            let names = layout.names(file, &mut layout.reader(file)?)?;
            let of_file: Vec<Field> =
                names.into_iter().map(|name| Field { name, kind: Kind::Numbers, row: Vec::new() }).collect();
            check_names(&file.path, &of_file)?;
            if number == 0 {
                fields = of_file;
                continue;
            }
            // Without names, columns are told by their places.
            if header == Header::Absent && of_file.len() != fields.len() {
                let [own, first] = [of_file.len(), fields.len()];
                return Err(file.broken(format!("has {own} columns, but the first file has {first}")));
            }
            if let Some(lacks) = fields.iter().find(|field| !of_file.contains(field)) {
                let known = of_file.iter().map(|field| field.name.clone()).collect();
                return Err(Error::MissingColumn { file: file.path.to_path_buf(), name: lacks.name.clone(), known });
            }
        }
        Ok(Csv { files, fields, layout, nulls: NullRule::default() })
    }

    /// Takes the cells of these columns as words, whatever they look like.
    ///
    /// # Errors
    /// No such column.
    pub fn with_words(mut self, columns: &[&str]) -> Result<Self> {
        for column in columns {
            let place = self.find(column)?;
            self.fields[place].kind = Kind::Words;
        }
        Ok(self)
    }

    /// Takes those columns as words whose first cells with a value, in the first rows of the first file, are no numbers.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn with_words_detected(mut self) -> Result<Self> {
        let Some(file) = self.files.first() else { return Ok(self) };
        let mut reader = self.layout.reader(file)?;
        let mut record = ByteRecord::new();
        let mut decided = vec![false; self.fields.len()];
        for _ in 0..ROWS {
            if decided.iter().all(|&decided| decided)
                || !reader.read_byte_record(&mut record).map_err(|error| broken(file, error))?
            {
                break;
            }
            for ((field, decided), cell) in self.fields.iter_mut().zip(&mut decided).zip(&record) {
                let cell = std::str::from_utf8(cell).unwrap_or_default().trim();
                if !*decided && !is_missing(cell) {
                    *decided = true;
                    field.kind = if cell.parse::<f64>().is_ok() { Kind::Numbers } else { Kind::Words };
                }
            }
        }
        Ok(self)
    }

    /// What becomes of rows with missing values: cells that [`is_missing`](crate::is_missing) finds.
    pub fn with_nulls(self, nulls: Nulls) -> Self {
        Csv { nulls: NullRule::new(nulls), ..self }
    }

    /// How many rows the last pass has dropped.
    pub fn dropped(&self) -> usize {
        self.nulls.dropped()
    }
}

impl Layout {
    fn reader(self, file: &Stamped) -> Result<Reader<File>> {
        let mut builder = ReaderBuilder::new();
        builder.delimiter(self.delimiter).flexible(false).has_headers(self.header != Header::Absent);
        Ok(builder.from_reader(file.open()?))
    }

    fn names(self, file: &Stamped, reader: &mut Reader<File>) -> Result<Vec<String>> {
        let first = reader.byte_headers().map_err(|error| broken(file, error))?;
        if first.is_empty() {
            return Err(file.broken("is empty; it needs a line of column names"));
        }
        let without_mark = |name: &str| name.trim_start_matches('\u{feff}').trim().to_owned();
        let cells = first.iter().map(|cell| std::str::from_utf8(cell).map(without_mark));
        let cells = cells.collect::<std::result::Result<_, _>>();
        let cells = cells.map_err(|_| file.broken("its column names are no UTF-8"))?;
        let is_number = |cell: &str| cell.parse::<f64>().is_ok() || is_missing(cell);
        let numbers = |line| Error::NumbersAsNames { file: file.path.to_path_buf(), line };
        self.header.names(cells, is_number).map_err(numbers)
    }
}

fn broken(file: &Stamped, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(source) => file.io(source),
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.map_or(String::new(), |pos| format!("line {} ", pos.line()));
            file.broken(format!("{line}has {len} cells, but the line of names has {expected_len}"))
        }
        kind => file.broken(format!("can't be read as CSV: {kind:?}")),
    }
}

impl Source for Csv {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        Ok(self.read(columns, 0, usize::MAX))
    }

    /// Rows before these are looked for, not read as numbers and words.
    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        // Which rows these are is known only where none is dropped.
        match self.nulls.nulls {
            Nulls::Refuse => Ok(self.read(columns, rows.start, rows.len())),
            Nulls::Drop => Ok(within(self.blocks(columns)?, rows)),
        }
    }
}

impl Csv {
    /// So many rows after others that are passed over.
    fn read<'s>(&'s self, columns: &[usize], skip: usize, count: usize) -> Blocks<'s> {
        self.nulls.begin();
        Box::new(Pass { source: self, columns: columns.to_vec(), files: &self.files, open: None, skip, count })
    }
}

/// A pass over some of the rows.
struct Pass<'s> {
    source: &'s Csv,
    columns: Vec<usize>,
    /// Those that haven't been opened.
    files: &'s [Stamped],
    open: Option<Rows<'s>>,
    /// The rows yet to be passed over, and those to be read then.
    skip: usize,
    count: usize,
}

impl<'s> Pass<'s> {
    /// The next block of the file that is open, or of those after it.
    fn block(&mut self) -> Result<Option<Block<'s>>> {
        while self.count > 0 {
            let rows = match (&mut self.open, self.files) {
                (Some(rows), _) => rows,
                (None, [file, others @ ..]) => {
                    self.files = others;
                    self.open.insert(Rows::begin(self.source, file, &self.columns)?)
                }
                (None, []) => return Ok(None),
            };
            rows.pass_over(&mut self.skip)?;
            if let Some(block) = rows.block(self.count)? {
                self.count -= block.rows;
                return Ok(Some(block));
            }
            self.open = None;
        }
        self.open.take().map_or(Ok(()), |rows| rows.file.check())?;
        Ok(None)
    }
}

impl<'s> Iterator for Pass<'s> {
    type Item = Result<Block<'s>>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.block();
        if next.is_err() {
            // An error is the last item.
            (self.open, self.count) = (None, 0);
        }
        next.transpose()
    }
}

/// What is left of a file.
struct Rows<'s> {
    source: &'s Csv,
    file: &'s Stamped,
    reader: Reader<File>,
    /// The columns that are asked for: their fields, and their places in the file.
    columns: Vec<(&'s Field, usize)>,
    record: ByteRecord,
    next: usize,
}

impl<'s> Rows<'s> {
    fn begin(source: &'s Csv, file: &'s Stamped, columns: &[usize]) -> Result<Self> {
        let mut reader = source.layout.reader(file)?;
        let names = source.layout.names(file, &mut reader)?;
        let place = |&column: &usize| {
            let field = &source.fields[column];
            let place = names.iter().position(|name| *name == field.name);
            let lacks =
                || Error::Changed { file: file.path.to_path_buf(), what: format!("column `{}` is gone", field.name) };
            place.map(|place| (field, place)).ok_or_else(lacks)
        };
        let columns = columns.iter().map(place).collect::<Result<Vec<_>>>()?;
        Ok(Rows { source, file, reader, columns, record: ByteRecord::new(), next: 0 })
    }

    fn record(&mut self) -> Result<bool> {
        self.reader.read_byte_record(&mut self.record).map_err(|error| broken(self.file, error))
    }

    /// The line on which the record begins.
    fn line(&self) -> u64 {
        let after = self.reader.position().line();
        first_line(self.record.position().map_or(after, |from| from.line()), after, self.record.as_slice())
    }

    /// Passes over so many rows, as far as the file has them.
    fn pass_over(&mut self, rows: &mut usize) -> Result<()> {
        while *rows > 0 && self.record()? {
            *rows -= 1;
            self.next += 1;
        }
        Ok(())
    }

    /// The next block, of so many rows at most; none where the file has no row left.
    fn block(&mut self, most: usize) -> Result<Option<Block<'s>>> {
        let mut place = Place { file: Some(self.file.path.clone()), first: self.next, ..Place::default() };
        let mut cells: Vec<Cells> = self.columns.iter().map(|(field, _)| Cells::new(field.kind)).collect();
        let (mut rows, mut missing) = (0, Vec::new());
        while rows < ROWS.min(most) && self.record()? {
            place.lines.get_or_insert_default().push(self.line());
            for (cells, &(field, at)) in cells.iter_mut().zip(&self.columns) {
                let cell = std::str::from_utf8(self.record.get(at).unwrap_or_default());
                let cell = cell.map_err(|_| place.cell(rows, &field.name, "the cell is no UTF-8"))?.trim();
                if is_missing(cell) {
                    missing.push((rows, field.name.clone()));
                    cells.push_nothing();
                } else {
                    cells.push(cell).map_err(|fault| fault.error(&place, rows, &field.name, cell))?;
                }
            }
            rows += 1;
        }
        if rows == 0 {
            self.file.check()?;
            return Ok(None);
        }
        self.next += rows;
        let columns = cells.into_iter().map(Cells::finish).collect();
        self.source.nulls.apply(place, rows, columns, &missing).map(Some)
    }
}

/// Why a cell is no number of a column.
enum Fault {
    NoNumber,
    NotFinite,
}

impl Fault {
    fn error(&self, place: &Place, row: usize, column: &str, cell: &str) -> Error {
        match self {
            Fault::NotFinite => place.cell(row, column, format!("`{cell}` is not a finite number")),
            Fault::NoNumber => {
                let (file, at) = (place.file(), place.at(row));
                Error::NoNumber { file, at, column: column.into(), cell: cell.into() }
            }
        }
    }
}

/// The cells of a column so far.
enum Cells {
    Numbers(Vec<f64>),
    Words { codes: Vec<usize>, words: Vec<String>, places: HashMap<String, usize> },
}

impl Cells {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Words => Cells::Words { codes: Vec::new(), words: Vec::new(), places: HashMap::new() },
            Kind::Numbers | Kind::Indices => Cells::Numbers(Vec::with_capacity(ROWS)),
        }
    }

    fn push(&mut self, cell: &str) -> std::result::Result<(), Fault> {
        match self {
            Cells::Numbers(numbers) => match cell.parse::<f64>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                Ok(_) => return Err(Fault::NotFinite),
                Err(_) => return Err(Fault::NoNumber),
            },
            Cells::Words { codes, words, places } => match places.get(cell) {
                Some(&code) => codes.push(code),
                None => {
                    places.insert(cell.to_owned(), words.len());
                    codes.push(words.len());
                    words.push(cell.to_owned());
                }
            },
        }
        Ok(())
    }

    /// The place of a missing value, whose row is dropped.
    fn push_nothing(&mut self) {
        match self {
            Cells::Numbers(numbers) => numbers.push(f64::NAN),
            Cells::Words { codes, .. } => codes.push(0),
        }
    }

    fn finish<'o>(self) -> Column<'o> {
        match self {
            Cells::Numbers(numbers) => Column::Numbers(Array1::from_vec(numbers).into_dyn().into()),
            Cells::Words { codes, words, .. } => Column::Words { codes, words },
        }
    }
}
