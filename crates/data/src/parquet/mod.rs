//! Parquet files; [`columns`] puts together what several threads decode of one.

mod columns;

use crate::arrow::{BatchIter, Columns, blocks_of, guarded};
use crate::error::Result;
use crate::files::Stamped;
use crate::nulls::{NullRule, Nulls};
use crate::source::{Blocks, Field, Source, within};
use arrow_schema::{DataType, Field as ArrowField, Fields, Schema};
use columns::together;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Rows that are decoded at once.
const ROWS: usize = 8192;

/// Parquet files; all have the columns of the first. Only the columns that are asked for are read.
#[derive(Debug)]
pub struct Parquet {
    files: Vec<Stamped>,
    columns: Columns,
    /// Of each file.
    rows: Vec<usize>,
    batch: usize,
    threads: usize,
    nulls: NullRule,
}

impl Parquet {
    /// Opens files and reads their schemas.
    ///
    /// # Errors
    /// A file that can't be read, or lacks a column of the first.
    pub fn open<P: AsRef<Path>>(files: &[P]) -> Result<Self> {
        let files = files.iter().map(|path| Stamped::new(path.as_ref())).collect::<Result<Vec<_>>>()?;
        let (mut columns, mut rows): (Option<Columns>, Vec<usize>) = (None, Vec::new());
        for file in &files {
            let (of_file, own) = guarded(&file.path, || {
                let metadata = metadata(file, &file.open()?)?;
                let own = metadata.metadata().file_metadata().num_rows();
                Ok((Columns::of(metadata.schema(), &file.path)?, usize::try_from(own).unwrap_or(0)))
            })?;
            rows.push(own);
            match &columns {
                None => columns = Some(of_file),
                Some(first) => first.check_same(&of_file, &file.path)?,
            }
        }
        let columns = columns.unwrap_or(Columns { fields: Vec::new() });
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        Ok(Parquet { files, columns, rows, batch: ROWS, threads, nulls: NullRule::default() })
    }

    /// What becomes of rows with nulls.
    pub fn with_nulls(self, nulls: Nulls) -> Self {
        Parquet { nulls: NullRule::new(nulls), ..self }
    }

    /// Decodes so many rows at once.
    pub fn with_batch_rows(self, rows: usize) -> Self {
        Parquet { batch: rows.max(1), ..self }
    }

    /// Decodes on so many threads, each some of the columns, in place of as many as there are processors (of four or more, four).
    pub fn with_threads(self, threads: usize) -> Self {
        Parquet { threads: threads.max(1), ..self }
    }

    /// How many rows the last pass has dropped.
    pub fn dropped(&self) -> usize {
        self.nulls.dropped()
    }
}

/// More threads hold more rows, and reading is seldom so slow.
const MOST_THREADS: usize = 4;

fn metadata(file: &Stamped, opened: &File) -> Result<ArrowReaderMetadata> {
    let broken = |error| file.broken(error);
    let read = ArrowReaderMetadata::load(opened, ArrowReaderOptions::new()).map_err(broken)?;
    check_sizes(file, read.metadata())?;
    let options = ArrowReaderOptions::new().with_schema(Arc::new(with_dictionaries(read.schema())));
    ArrowReaderMetadata::try_new(read.metadata().clone(), options).map_err(broken)
}

/// The schema with words as places in a dictionary, as files have them: their characters are then looked at once a dictionary, not once a row.
fn with_dictionaries(schema: &Schema) -> Schema {
    let field = |field: &Arc<ArrowField>| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            Arc::new(field.as_ref().clone().with_data_type(words))
        }
        _ => field.clone(),
    };
    Schema::new(schema.fields().iter().map(field).collect::<Fields>())
}

/// Refuses sizes that a damaged footer announces and no file of so many bytes has: the reader would allocate them.
fn check_sizes(file: &Stamped, metadata: &parquet::file::metadata::ParquetMetaData) -> Result<()> {
    let mut rows = 0i64;
    for (number, group) in metadata.row_groups().iter().enumerate() {
        rows = rows.saturating_add(group.num_rows());
        for column in group.columns() {
            let data = column.data_page_offset();
            let start = column.dictionary_page_offset().unwrap_or(data).min(data);
            let range = u64::try_from(start).ok().zip(u64::try_from(column.compressed_size()).ok());
            let end = range.and_then(|(start, length)| start.checked_add(length));
            if end.is_none_or(|end| end > file.length()) || group.num_rows() < 0 || column.num_values() < 0 {
                let name = column.column_path().string();
                return Err(file.broken(format!(
                    "the footer says that column `{name}` of row group {number} lies outside the file; the file is damaged"
                )));
            }
        }
    }
    match rows == metadata.file_metadata().num_rows() {
        true => Ok(()),
        false => Err(file.broken("the footer's numbers of rows contradict each other; the file is damaged")),
    }
}

impl Source for Parquet {
    fn fields(&self) -> &[Field] {
        &self.columns.fields
    }

    fn rows(&self) -> Option<usize> {
        (self.nulls.nulls == Nulls::Refuse).then(|| self.rows.iter().sum())
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        Ok(self.read(columns, 0..usize::MAX))
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        // Which rows these are is known only where none is dropped.
        match self.nulls.nulls {
            Nulls::Refuse => Ok(self.read(columns, rows)),
            Nulls::Drop => Ok(within(self.blocks(columns)?, rows)),
        }
    }
}

impl Parquet {
    /// Some of the rows: files without any of them are not opened, nor are pages read that have none.
    fn read<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Blocks<'s> {
        self.nulls.begin();
        let names = self.columns.names(columns);
        let mut first = 0;
        let of_file = move |(file, &own): (&'s Stamped, &usize)| {
            let of_all = first..first + own;
            first = of_all.end;
            let (start, end) = (rows.start.max(of_all.start), rows.end.min(of_all.end));
            let whole = start <= of_all.start && end == of_all.end;
            if !whole && start >= end {
                return Box::new(std::iter::empty()) as Blocks<'s>;
            }
            let skipped = start - of_all.start;
            let wanted = (!whole).then_some(skipped..end - of_all.start);
            blocks_of(file, names.clone(), &self.nulls, skipped, || self.batches(file, &names, wanted))
        };
        Box::new(self.files.iter().zip(&self.rows).flat_map(of_file))
    }

    /// The batches of a file, or of some of its rows, with the named columns.
    fn batches<'s>(&self, file: &Stamped, names: &[String], rows: Option<Range<usize>>) -> Result<BatchIter<'s>> {
        let metadata = metadata(file, &file.open()?)?;
        let reader = |names: &[String]| {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file.open()?, metadata.clone());
            let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().map(String::as_str));
            let builder = builder.with_projection(mask).with_batch_size(self.batch);
            let builder = match &rows {
                Some(rows) => builder.with_offset(rows.start).with_limit(rows.len()),
                None => builder,
            };
            builder.build().map_err(|error| file.broken(error))
        };
        let each = names.len().div_ceil(self.threads);
        if each == names.len() {
            return Ok(Box::new(reader(names)?));
        }
        together(names.chunks(each).map(reader).collect::<Result<_>>()?).map_err(|error| file.io(error))
    }
}
