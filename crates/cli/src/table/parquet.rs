//! Parquet: columns with types of their own. Numbers and booleans are numbers, text is categories.

use super::column::Builder;
use super::{Lines, Request, Role, Source, Table, check_names, place};
use crate::error::{Error, Result};
use crate::progress::Reading;
use parquet::basic::{IntType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

/// Rows decoded at once.
const BATCH: usize = 1 << 13;

/// A Parquet file whose schema has been read.
pub struct ParquetSource {
    path: PathBuf,
    names: Vec<String>,
    reader: SerializedFileReader<File>,
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
    pub fn open(path: &Path) -> Result<ParquetSource> {
        guarded(path, || Self::open_unguarded(path))
    }

    fn open_unguarded(path: &Path) -> Result<ParquetSource> {
        let broken = |error: &dyn std::fmt::Display| Error::file(path, format!("can't be read as Parquet: {error}"));
        let file = File::open(path).map_err(|error| broken(&error))?;
        let bytes = file.metadata().map_err(|error| broken(&error))?.len();
        let reader = SerializedFileReader::new(file).map_err(|error| broken(&error))?;
        check_sizes(reader.metadata(), bytes).map_err(|reason| broken(&reason))?;
        let fields = reader.metadata().file_metadata().schema().get_fields();
        let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
        check_names(path, &names)?;
        Ok(ParquetSource { path: path.into(), names, reader })
    }

    /// The place of the column among those that hold cells, and what they are.
    fn find(&self, name: &str) -> Result<(usize, Cells)> {
        let columns = self.reader.metadata().file_metadata().schema_descr().columns();
        let refuse = |reason: &str| Error::file(&self.path, format!("column `{name}` {reason}"));
        let found = columns.iter().position(|column| column.path().parts() == [name]);
        let leaf = found.ok_or_else(|| refuse("is nested; use a column of numbers or text"))?;
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

    /// The cells of one column from all row groups, and their number.
    fn read_column(&self, request: &Request, reading: &Reading) -> Result<(Builder, usize)> {
        let name = self.names.get(request.column).map_or("", String::as_str);
        let (leaf, cells) = self.find(name)?;
        let mut column = ColumnCells { builder: Builder::new(request.role), request, cells, rows: 0 };
        if cells == Cells::Text && request.role == Role::Term {
            column.builder = Builder::new(Role::Factor);
        }
        for group in 0..self.reader.num_row_groups() {
            let metadata = self.reader.metadata().row_group(group);
            let reader = self
                .reader
                .get_row_group(group)
                .and_then(|group| group.get_column_reader(leaf))
                .map_err(|error| Error::file(&self.path, format!("column `{name}` can't be read: {error}")))?;
            column.read(reader).map_err(|reason| {
                let row = Lines::default().name(column.rows);
                Error::Data { place: place(&self.path, &row, name), reason }
            })?;
            reading.advance(metadata.column(leaf).compressed_size().unsigned_abs());
        }
        Ok((column.builder, column.rows))
    }
}

impl Source for ParquetSource {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn read(self: Box<Self>, requests: &[Request], reading: &Reading) -> Result<Table> {
        let path = self.path.clone();
        guarded(&path, || self.read_unguarded(requests, reading))
    }
}

impl ParquetSource {
    fn read_unguarded(self: Box<Self>, requests: &[Request], reading: &Reading) -> Result<Table> {
        let rows = self.reader.metadata().file_metadata().num_rows();
        if rows <= 0 {
            return Err(Error::file(&self.path, "has columns but no rows; add at least one row of data"));
        }
        let mut columns = Vec::new();
        for request in requests {
            let (column, found) = self.read_column(request, reading)?;
            if found as i64 != rows {
                let reason = format!(
                    "column `{}` has {found} cells, but the file says that it has {rows} rows; it is damaged",
                    request.name
                );
                return Err(Error::file(&self.path, reason));
            }
            columns.push(column.finish(request).map_err(|fault| {
                let row = Lines::default().name(fault.row.unwrap_or(0));
                Error::Data { place: place(&self.path, &row, &request.name), reason: fault.reason }
            })?);
        }
        Ok(Table { path: self.path, columns, rows: rows as usize, lines: Lines::default() })
    }
}

/// Refuses sizes that a damaged footer announces and no file of so many bytes has: the reader would allocate them.
fn check_sizes(metadata: &ParquetMetaData, bytes: u64) -> std::result::Result<(), String> {
    let mut rows = 0i64;
    for (number, group) in metadata.row_groups().iter().enumerate() {
        rows = rows.saturating_add(group.num_rows());
        for column in group.columns() {
            let start =
                column.dictionary_page_offset().unwrap_or(column.data_page_offset()).min(column.data_page_offset());
            let end = u64::try_from(start).ok().zip(u64::try_from(column.compressed_size()).ok());
            let inside = end.and_then(|(start, length)| start.checked_add(length)).is_some_and(|end| end <= bytes);
            if !inside || group.num_rows() < 0 || column.num_values() < 0 {
                let name = column.column_path().string();
                return Err(format!(
                    "the footer says that column `{name}` of row group {number} lies outside the file; the file is damaged"
                ));
            }
        }
    }
    match rows == metadata.file_metadata().num_rows() {
        true => Ok(()),
        false => Err("the footer's numbers of rows contradict each other; the file is damaged".into()),
    }
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
        (Type::INT32 | Type::INT64, Some(LogicalType::Integer(_)) | None) => Some(Cells::Numbers),
        (Type::BOOLEAN | Type::FLOAT | Type::DOUBLE, _) => Some(Cells::Numbers),
        _ => None,
    }
}

/// A column being read.
struct ColumnCells<'r> {
    builder: Builder,
    request: &'r Request,
    cells: Cells,
    rows: usize,
}

impl ColumnCells<'_> {
    /// Reads the cells of one row group.
    fn read(&mut self, reader: ColumnReader) -> std::result::Result<(), String> {
        let unsigned = self.cells == Cells::Unsigned;
        match reader {
            ColumnReader::BoolColumnReader(reader) => self.read_numbers(reader, |value| f64::from(u8::from(*value))),
            ColumnReader::Int32ColumnReader(reader) if unsigned => {
                self.read_numbers(reader, |value| f64::from(value.cast_unsigned()))
            }
            ColumnReader::Int32ColumnReader(reader) => self.read_numbers(reader, |value| f64::from(*value)),
            ColumnReader::Int64ColumnReader(reader) if unsigned => {
                self.read_numbers(reader, |value| value.cast_unsigned() as f64)
            }
            ColumnReader::Int64ColumnReader(reader) => self.read_numbers(reader, |value| *value as f64),
            ColumnReader::FloatColumnReader(reader) => self.read_numbers(reader, |value| f64::from(*value)),
            ColumnReader::DoubleColumnReader(reader) => self.read_numbers(reader, |value| *value),
            ColumnReader::ByteArrayColumnReader(reader) => self.read_text(reader),
            _ => Err("the column's type can't be used".into()),
        }
    }

    fn read_numbers<D: DataType>(
        &mut self,
        reader: ColumnReaderImpl<D>,
        number: impl Fn(&D::T) -> f64,
    ) -> std::result::Result<(), String> {
        self.read_cells(reader, |builder, value, request| builder.push_number(number(value), request.role))
    }

    fn read_text<D: DataType<T = ByteArray>>(
        &mut self,
        reader: ColumnReaderImpl<D>,
    ) -> std::result::Result<(), String> {
        self.read_cells(reader, |builder, value, request| {
            builder.push_text(value.data(), request).map_err(|fault| fault.reason)
        })
    }

    fn read_cells<D: DataType>(
        &mut self,
        mut reader: ColumnReaderImpl<D>,
        push: impl Fn(&mut Builder, &D::T, &Request) -> std::result::Result<(), String>,
    ) -> std::result::Result<(), String> {
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        loop {
            levels.clear();
            values.clear();
            let (read, present, _) = reader
                .read_records(BATCH, Some(&mut levels), None, &mut values)
                .map_err(|error| format!("can't be read: {error}"))?;
            if read == 0 {
                return Ok(());
            }
            // The cells before the first missing one are read first, so that the first fault of the column is the one named.
            let before = if present < read { levels.iter().take_while(|level| **level > 0).count() } else { read };
            for value in values.iter().take(before) {
                push(&mut self.builder, value, self.request)?;
                self.rows += 1;
            }
            if before < read {
                return Err("the cell is empty; fill it in, or remove the row".into());
            }
        }
    }
}
