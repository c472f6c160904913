//! Parquet: columns with types of their own. Numbers and booleans are numbers, text is categories.

use super::column::{Builder, Number, missing, text};
use super::source::{Format, Source, Table, check_names, nothing_left, place};
use super::{Lines, Omitted, Request, Role, Spelling};
use crate::error::{Error, Result};
use crate::progress::Reading;
use parquet::basic::{IntType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows decoded at once.
const BATCH: usize = 1 << 13;

/// A Parquet file whose schema has been read.
pub struct ParquetSource {
    path: PathBuf,
    format: Format,
    names: Vec<String>,
    /// Of the file as it was opened: see [`data::fingerprint`].
    fingerprint: u64,
    metadata: ParquetMetaData,
    /// What the file is where it is read in every pass, which says of its columns what they are.
    as_source: data::Parquet,
    /// The row groups that have been read.
    groups: usize,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cells {
    Numbers,
    /// Integers whose bits are to be taken without a sign.
    Unsigned,
    Text,
}

impl ParquetSource {
    /// Reads the schema.
    pub fn open(path: &Path, format: &Format) -> Result<ParquetSource> {
        guarded(path, || Self::open_unguarded(path, format))
    }

    fn open_unguarded(path: &Path, format: &Format) -> Result<ParquetSource> {
        let broken = |error: &dyn std::fmt::Display| Error::file(path, format!("can't be read as Parquet: {error}"));
        let path_of = path.to_path_buf();
        let fingerprint = data::fingerprint(std::slice::from_ref(&path_of)).map_err(|error| broken(&error))?;
        let file = File::open(path).map_err(|error| broken(&error))?;
        let reader = SerializedFileReader::new(file).map_err(|error| broken(&error))?;
        let metadata = reader.metadata().clone();
        let fields = metadata.file_metadata().schema().get_fields();
        let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
        check_names(path, &names)?;
        let as_source = data::Parquet::open(&[path]).map_err(|error| match error {
            data::Error::Format { reason, .. } => broken(&reason),
            error => broken(&error),
        })?;
        let format = format.clone();
        Ok(ParquetSource { path: path_of, format, names, fingerprint, metadata, as_source, groups: 0 })
    }

    /// The file with a position of its own, for one column.
    fn file(&self) -> Result<Arc<File>> {
        let broken = |error: &dyn std::fmt::Display| Error::file(&self.path, format!("can't be read: {error}"));
        let fingerprint = data::fingerprint(std::slice::from_ref(&self.path)).map_err(|error| broken(&error))?;
        match fingerprint == self.fingerprint {
            true => Ok(Arc::new(File::open(&self.path).map_err(|error| broken(&error))?)),
            false => Err(Error::file(&self.path, "was written to while it was read")),
        }
    }

    /// The place of the column among those that hold cells, and what they are.
    fn find(&self, name: &str) -> Result<(usize, Cells)> {
        let columns = self.metadata.file_metadata().schema_descr().columns();
        let refuse = |reason: &str| Error::file(&self.path, format!("column `{name}` {reason}"));
        let found = columns.iter().position(|column| column.path().parts() == [name]);
        let leaf = found.ok_or_else(|| refuse("is nested; use a column of numbers or text"))?;
        if let Some(data) = self.as_source.unusable(name) {
            return Err(refuse(&format!("is of type {data}; only numbers, booleans and text can be used")));
        }
        let column = columns.get(leaf).ok_or_else(|| refuse("is missing"))?;
        let cells = cells(column).ok_or_else(|| {
            let kind = match column.logical_type_ref() {
                Some(logical) => format!("{logical:?}"),
                None => column.physical_type().to_string(),
            };
            refuse(&format!("is of type {kind}; only numbers, booleans and text can be used"))
        })?;
        Ok((leaf, cells))
    }

    /// Passes over the cells of one column in some row groups, and gives back the pass.
    fn read_column<'p>(
        &'p self,
        part: &Part,
        request: &'p Request,
        pass: Pass<'p>,
        reading: &Reading,
    ) -> Result<Pass<'p>> {
        let name = self.names.get(request.column).map_or("", String::as_str);
        let (leaf, cells) = self.find(name)?;
        let mut column = ColumnCells { pass, request, spelling: &self.format.spelling, cells, rows: 0 };
        let file = self.file()?;
        for group in part.groups.clone() {
            let group = self.metadata.row_group(group);
            let (chunk, rows) = (group.column(leaf), usize::try_from(group.num_rows()).unwrap_or(0));
            let pages = SerializedPageReader::new(file.clone(), chunk, rows, None)
                .map_err(|error| Error::file(&self.path, format!("column `{name}` can't be read: {error}")))?;
            column.read(get_column_reader(group.schema_descr().column(leaf), Box::new(pages))).map_err(|reason| {
                let row = Lines::default().name(part.first + column.rows);
                Error::Data { place: place(&self.path, &row, name), reason }
            })?;
            reading.advance(chunk.compressed_size().unsigned_abs());
        }
        match column.rows {
            found if found == part.rows => Ok(column.pass),
            found => Err(Error::file(
                &self.path,
                format!(
                    "column `{name}` has {found} cells, but the file says that it has {} rows; it is damaged",
                    part.rows
                ),
            )),
        }
    }

    /// The rows without a value in one of the requested columns, each with these columns.
    fn gaps(&self, part: &Part, requests: &[Request]) -> Result<BTreeMap<usize, Vec<&str>>> {
        let mut gaps = BTreeMap::<usize, Vec<&str>>::new();
        // The second pass shows how far the reading is.
        let hidden = Reading::hidden();
        let passes = of_each(requests, |request| self.read_column(part, request, Pass::Gaps(Vec::new()), &hidden))?;
        for (request, pass) in requests.iter().zip(passes) {
            let name = self.names.get(request.column).map_or("", String::as_str);
            if let Pass::Gaps(rows) = pass {
                rows.into_iter().for_each(|row| gaps.entry(row).or_default().push(name));
            }
        }
        Ok(gaps)
    }

    /// The builder that a column of this request begins with.
    fn builder(&self, request: &Request) -> Result<Builder> {
        let name = self.names.get(request.column).map_or("", String::as_str);
        Ok(match (self.find(name)?, request.role) {
            ((_, Cells::Text), Role::Term) => Builder::new(Role::Factor),
            _ => Builder::new(request.role),
        })
    }
}

impl Source for ParquetSource {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn read(self: Box<Self>, requests: &[Request], reading: &Reading) -> Result<Table> {
        let table = guarded(&self.path, || self.read_part(&self.part(usize::MAX), requests, reading))?;
        if table.rows == 0 { Err(nothing_left(&table.path, &table.omitted)) } else { Ok(table) }
    }

    fn read_next(&mut self, requests: &[Request], about: usize, reading: &Reading) -> Result<Option<Table>> {
        let part = self.part(about);
        self.groups = part.groups.end;
        if part.rows == 0 {
            return Ok(None);
        }
        guarded(&self.path, || self.read_part(&part, requests, reading)).map(Some)
    }
}

/// What `of` gives of each request, side by side; the error is that of the first that failed.
fn of_each<'r, T: Send>(requests: &'r [Request], of: impl Fn(&'r Request) -> Result<T> + Sync) -> Result<Vec<T>> {
    let found: Vec<Result<T>> = requests.par_iter().map(&of).collect();
    found.into_iter().collect()
}

/// Consecutive row groups.
struct Part {
    groups: Range<usize>,
    first: usize,
    rows: usize,
}

impl ParquetSource {
    /// The next row groups, with so many rows or a few more.
    fn part(&self, about: usize) -> Part {
        let groups = self.metadata.row_groups();
        let rows_of = |group: &RowGroupMetaData| usize::try_from(group.num_rows()).unwrap_or(0);
        let (mut rows, mut end) = (0, self.groups);
        while end < groups.len() && rows < about {
            rows += rows_of(&groups[end]);
            end += 1;
        }
        Part { groups: self.groups..end, first: groups[..self.groups].iter().map(rows_of).sum(), rows }
    }

    fn read_part(&self, part: &Part, requests: &[Request], reading: &Reading) -> Result<Table> {
        let gaps = if self.format.omit { self.gaps(part, requests)? } else { BTreeMap::new() };
        let mut omitted = Omitted::default();
        gaps.iter().for_each(|(row, columns)| omitted.note(*row, columns.iter().copied()));
        let kept = (0..part.rows).filter(|row| !gaps.contains_key(row)).map(|row| part.first + row);
        let lines = if gaps.is_empty() && part.first == 0 { Lines::default() } else { Lines::of_rows(kept) };
        let column = |request: &Request| {
            let pass = Pass::Cells(self.builder(request)?, &omitted.rows);
            let Pass::Cells(builder, _) = self.read_column(part, request, pass, reading)? else { return Ok(None) };
            let column = builder.finish(request, &self.format.spelling).map_err(|fault| {
                let row = lines.name(fault.row.unwrap_or(0));
                Error::Data { place: place(&self.path, &row, &request.name), reason: fault.reason }
            })?;
            Ok(Some(column))
        };
        let columns = of_each(requests, column)?.into_iter().flatten().collect();
        let rows = part.rows - omitted.rows.len();
        Ok(Table { path: self.path.clone(), columns, rows, lines, omitted })
    }
}

/// Leaves out the messages of panics within the crates that read Parquet: such a panic becomes an error of its own.
pub fn keep_readers_quiet() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_reader = |file: &str| ["parquet-", "arrow-"].iter().any(|name| file.contains(name));
        if !panic.location().is_some_and(|place| is_reader(place.file())) {
            hook(panic);
        }
    }));
}

/// Reads by the `parquet` crate, which panics on some damaged files: such a panic becomes an error, without its message on
/// the standard error.
fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(read));
    std::panic::set_hook(hook);
    outcome.unwrap_or_else(|_| {
        Err(Error::file(path, "can't be read as Parquet: the reader broke down; the file is damaged"))
    })
}

/// What the cells of this column are, if they can be used.
fn cells(column: &ColumnDescriptor) -> Option<Cells> {
    match (column.physical_type(), column.logical_type_ref()) {
        (Type::BYTE_ARRAY, Some(LogicalType::String | LogicalType::Enum) | None) => Some(Cells::Text),
        (Type::INT32 | Type::INT64, Some(LogicalType::Integer(IntType { is_signed: false, .. }))) => {
            Some(Cells::Unsigned)
        }
        // Of unknown type are columns of nulls alone.
        (Type::INT32 | Type::INT64, Some(LogicalType::Integer(_) | LogicalType::Unknown) | None) => {
            Some(Cells::Numbers)
        }
        (Type::BOOLEAN | Type::FLOAT | Type::DOUBLE, _) => Some(Cells::Numbers),
        _ => None,
    }
}

/// What is done with the cells of a column.
enum Pass<'p> {
    /// The rows without a value are noted.
    Gaps(Vec<usize>),
    /// The cells are kept, but for those of these rows, which are in order.
    Cells(Builder, &'p [usize]),
}

/// A column being read.
struct ColumnCells<'r> {
    pass: Pass<'r>,
    request: &'r Request,
    spelling: &'r Spelling,
    cells: Cells,
    rows: usize,
}

impl ColumnCells<'_> {
    /// Reads the cells of one row group.
    fn read(&mut self, reader: ColumnReader) -> std::result::Result<(), String> {
        let unsigned = self.cells == Cells::Unsigned;
        match reader {
            ColumnReader::BoolColumnReader(reader) => {
                self.read_numbers(reader, |value| Number::Whole(i128::from(*value)))
            }
            ColumnReader::Int32ColumnReader(reader) if unsigned => {
                self.read_numbers(reader, |value| Number::Whole(value.cast_unsigned().into()))
            }
            ColumnReader::Int32ColumnReader(reader) => {
                self.read_numbers(reader, |value| Number::Whole((*value).into()))
            }
            ColumnReader::Int64ColumnReader(reader) if unsigned => {
                self.read_numbers(reader, |value| Number::Whole(value.cast_unsigned().into()))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                self.read_numbers(reader, |value| Number::Whole((*value).into()))
            }
            ColumnReader::FloatColumnReader(reader) => self.read_numbers(reader, |value| Number::Real((*value).into())),
            ColumnReader::DoubleColumnReader(reader) => self.read_numbers(reader, |value| Number::Real(*value)),
            ColumnReader::ByteArrayColumnReader(reader) => self.read_text(reader),
            _ => Err("the column's type can't be used".into()),
        }
    }

    fn read_numbers<D: DataType>(
        &mut self,
        reader: ColumnReaderImpl<D>,
        number: impl Fn(&D::T) -> Number,
    ) -> std::result::Result<(), String> {
        let spelling = self.spelling;
        let push = |builder: &mut Builder, value: &D::T| builder.push_number(number(value), spelling);
        self.read_cells(reader, |value| spelling.missing.is_code(number(value).value()), push)
    }

    fn read_text<D: DataType<T = ByteArray>>(
        &mut self,
        reader: ColumnReaderImpl<D>,
    ) -> std::result::Result<(), String> {
        let (spelling, request) = (self.spelling, self.request);
        let push = |builder: &mut Builder, value: &ByteArray| {
            builder.push_text(value.data(), request, spelling).map_err(|fault| fault.reason)
        };
        self.read_cells(reader, |value| text(value.data()).is_ok_and(|text| spelling.is_missing(text)), push)
    }

    fn read_cells<D: DataType>(
        &mut self,
        mut reader: ColumnReaderImpl<D>,
        is_missing: impl Fn(&D::T) -> bool,
        push: impl Fn(&mut Builder, &D::T) -> std::result::Result<(), String>,
    ) -> std::result::Result<(), String> {
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        loop {
            levels.clear();
            values.clear();
            let (read, _, _) = reader
                .read_records(BATCH, Some(&mut levels), None, &mut values)
                .map_err(|error| format!("can't be read: {error}"))?;
            if read == 0 {
                return Ok(());
            }
            let mut present = values.iter();
            for row in 0..read {
                // A column whose cells are all there has no levels.
                let value = if levels.get(row).is_none_or(|level| *level > 0) { present.next() } else { None };
                match &mut self.pass {
                    Pass::Gaps(rows) if value.is_none_or(&is_missing) => rows.push(self.rows),
                    Pass::Cells(builder, omitted) if omitted.binary_search(&self.rows).is_err() => {
                        push(builder, value.ok_or_else(|| missing(""))?)?;
                    }
                    Pass::Gaps(_) | Pass::Cells(..) => {}
                }
                self.rows += 1;
            }
        }
    }
}
