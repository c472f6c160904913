//! Text files with a line of column names; [`records`] reads their rows.

mod records;

use crate::columns::{Columns, Holds, Wanted};
use crate::error::{Error, Result};
use crate::files::Stamped;
use crate::header::Header;
use crate::nulls::Nulls;
use crate::place::Place;
use crate::reading::{Reading, reading_methods};
use crate::source::{Block, Blocks, Column, Field, Kind, Source, within};
use crate::text;
use crate::words::MissingWords;
use ndarray::Array1;
use records::{Layout, Records};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

/// Rows a block.
const ROWS: usize = 4096;

/// Text files with a line of column names, between commas; the first file decides which columns there are, and the others need those that are
/// asked for, in any order. Cells are numbers, except in [columns of words](Self::with_words).
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
    /// Each with its layout.
    files: Vec<(Stamped, Layout)>,
    reading: Reading,
}

impl Csv {
    /// Files of comma-separated values.
    ///
    /// # Errors
    /// A file that can't be read, has no line of names, or one of numbers alone, or a name twice.
    pub fn open<P: AsRef<Path>>(files: &[P]) -> Result<Self> {
        Self::open_with(files, b',', Header::default())
    }

    /// Files whose columns this character separates, and whose first lines are this.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with<P: AsRef<Path>>(files: &[P], delimiter: u8, header: Header) -> Result<Self> {
        Self::open_each(files.iter().map(|path| (path, delimiter)), header)
    }

    /// Files, each with the character that separates its columns, whose first lines are this.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_each<P: AsRef<Path>>(files: impl IntoIterator<Item = (P, u8)>, header: Header) -> Result<Self> {
        let stamped = |(path, delimiter): (P, u8)| Ok((Stamped::new(path.as_ref())?, Layout { delimiter, header }));
        let files = files.into_iter().map(stamped).collect::<Result<Vec<_>>>()?;
        let mut first: Option<Columns> = None;
        for (file, layout) in &files {
            let (_, names) = layout.open(file, &MissingWords::default())?;
            let own = names.len();
            let columns = Columns::of(&file.path, names.into_iter().map(|name| (name, Some(Holds::Numbers))))?;
            let Some(first) = &mut first else {
                first = Some(columns);
                continue;
            };
            // Without names, columns are told by their places.
            let expected = first.fields.len();
            if header == Header::Absent && own != expected {
                return Err(file.broken(format!(
                    "has {own} columns, but {} has {expected}; without a line of names columns are told by their places: give all files the same columns, or a line of names each",
                    files[0].0.path.display()
                )));
            }
            first.join(&columns, &file.path);
        }
        Ok(Csv { files, reading: Reading::of(first.unwrap_or_default()) })
    }

    /// Takes those columns as words whose first cells with a value, in the first rows of the files, are no numbers.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn with_words_detected(mut self) -> Result<Self> {
        let Reading { columns, missing, .. } = &mut self.reading;
        let (mut decided, mut left) = (vec![false; columns.fields.len()], ROWS);
        for (file, layout) in &self.files {
            let (mut records, names) = layout.open(file, missing)?;
            let place = |field: &Field| names.iter().position(|name| *name == field.name);
            let places: Vec<Option<usize>> = columns.fields.iter().map(place).collect();
            while left > 0 && decided.contains(&false) && records.next(file)? {
                left -= 1;
                for ((field, decided), place) in columns.fields.iter_mut().zip(&mut decided).zip(&places) {
                    let Some(cell) = place.and_then(|place| records.record.get(place)) else { continue };
                    let cell = std::str::from_utf8(cell).unwrap_or_default().trim();
                    if !*decided && !missing.is_missing(cell) {
                        *decided = true;
                        field.kind = if cell.parse::<f64>().is_ok() { Kind::Numbers } else { Kind::Words };
                    }
                }
            }
            if left == 0 || !decided.contains(&false) {
                break;
            }
        }
        Ok(self)
    }
}

reading_methods!(Csv);

impl Source for Csv {
    fn fields(&self) -> &[Field] {
        &self.reading.columns.fields
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        self.read(columns, 0, usize::MAX)
    }

    /// Rows before these are looked for, not read as numbers and words.
    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        // Which rows these are is known only where none is dropped.
        match self.reading.nulls.nulls {
            Nulls::Refuse => self.read(columns, rows.start, rows.len()),
            Nulls::Drop => Ok(within(self.blocks(columns)?, rows)),
        }
    }
}

impl Csv {
    /// So many rows after others that are passed over.
    fn read<'s>(&'s self, columns: &[usize], skip: usize, count: usize) -> Result<Blocks<'s>> {
        self.reading.nulls.begin();
        let wanted = self.reading.columns.wanted(columns)?;
        Ok(Box::new(Pass { source: self, wanted, files: &self.files, open: None, skip, count }))
    }
}

/// A pass over some of the rows.
struct Pass<'s> {
    source: &'s Csv,
    wanted: Vec<Wanted>,
    /// Those that haven't been opened.
    files: &'s [(Stamped, Layout)],
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
                (None, [(file, layout), others @ ..]) => {
                    self.files = others;
                    let begun = Rows::begin(self.source, file, layout, &self.wanted);
                    self.open.insert(begun.map_err(|error| file.or_changed(error))?)
                }
                (None, []) => return Ok(None),
            };
            let file = rows.file;
            let block = rows.pass_over(&mut self.skip).and_then(|()| rows.block(self.count));
            if let Some(block) = block.map_err(|error| file.or_changed(error))? {
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
    records: Records,
    /// The columns that are asked for, and their places in the file.
    columns: Vec<(Wanted, usize)>,
    /// The places of these in the order of the first file, in which the cells of a row are read, so that its first fault is told.
    order: Vec<usize>,
    next: usize,
}

impl<'s> Rows<'s> {
    fn begin(source: &'s Csv, file: &'s Stamped, layout: &Layout, wanted: &[Wanted]) -> Result<Self> {
        let (records, names) = layout.open(file, &source.reading.missing)?;
        let place = |wanted: &Wanted| {
            let what = format!("column `{}` is gone", wanted.origin);
            let lacks = || Error::Changed { file: file.path.to_path_buf(), what };
            let place = names.iter().position(|name| *name == wanted.origin);
            place.map(|place| (wanted.clone(), place)).ok_or_else(lacks)
        };
        let columns = wanted.iter().map(place).collect::<Result<Vec<_>>>()?;
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by_key(|&at| wanted[at].place);
        Ok(Rows { source, file, records, columns, order, next: 0 })
    }

    /// Passes over so many rows, as far as the file has them.
    fn pass_over(&mut self, rows: &mut usize) -> Result<()> {
        while *rows > 0 && self.records.next(self.file)? {
            *rows -= 1;
            self.next += 1;
        }
        Ok(())
    }

    /// The next block, of so many rows at most; none where the file has no row left.
    fn block(&mut self, most: usize) -> Result<Option<Block<'s>>> {
        let mut place = Place { file: Some(self.file.path.clone()), first: self.next, ..Place::default() };
        let mut cells: Vec<Cells> = self.columns.iter().map(|(wanted, _)| Cells::new(wanted.kind)).collect();
        let (mut rows, mut gaps) = (0, Vec::new());
        let Reading { missing, nulls, .. } = &self.source.reading;
        while rows < ROWS.min(most) && self.records.next(self.file)? {
            place.lines.get_or_insert_default().push(self.records.line());
            for &column in &self.order {
                let (Wanted { origin, .. }, at) = &self.columns[column];
                let cells = &mut cells[column];
                let cell = self.records.record.get(*at).unwrap_or_default();
                let cell = std::str::from_utf8(cell).map_err(|_| place.cell(rows, origin, not_utf8(cell)))?.trim();
                match missing.is_missing(cell) {
                    false => cells.push(cell).map_err(|fault| fault.error(&place, rows, origin, cell))?,
                    true if nulls.nulls == Nulls::Refuse => return Err(place.missing(rows, origin, cell)),
                    true => {
                        gaps.push((rows, origin.clone()));
                        cells.push_nothing();
                    }
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
        Ok(Some(nulls.apply(place, rows, columns, gaps)))
    }
}

fn not_utf8(cell: &[u8]) -> String {
    format!("`{}` is not UTF-8 text; save the file in UTF-8 and try again", String::from_utf8_lossy(cell))
}

/// Why a cell is no number of a column.
enum Fault {
    NoNumber,
    NotFinite(f64),
}

impl Fault {
    fn error(&self, place: &Place, row: usize, column: &str, cell: &str) -> Error {
        match self {
            Fault::NotFinite(number) => place.cell(row, column, text::not_finite(*number)),
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
                Ok(number) => return Err(Fault::NotFinite(number)),
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
