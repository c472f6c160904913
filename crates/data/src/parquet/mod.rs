//! Parquet files; [`columns`] puts together what several threads decode of one, [`reads`] reads its bytes.

mod columns;
mod reads;

use crate::arrow::{BatchIter, blocks_of, columns_of, guarded, joined};
use crate::columns::Wanted;
use crate::error::Result;
use crate::files::Stamped;
use crate::nulls::Nulls;
use crate::reading::{Reading, reading_methods};
use crate::source::{Blocks, Field, Source, within};
use arrow_schema::{DataType, Field as ArrowField, Fields, Schema};
use columns::together;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use reads::Positioned;
use std::collections::BTreeSet;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Rows of a few columns that are decoded at once: beginning to decode each column again takes longer than the cells' way through a
/// further cache. Of many columns half as many, since there the cells take memory.
const ROWS: usize = 16384;
/// Columns that are a few.
const FEW: usize = 64;

/// Parquet files. Only the columns that are asked for are read: all files need these, of one kind.
#[derive(Debug)]
pub struct Parquet {
    files: Vec<Stamped>,
    reading: Reading,
    /// Of each file.
    rows: Vec<usize>,
    /// How many rows are decoded at once, where that is given.
    batch: Option<usize>,
    threads: usize,
}

impl Parquet {
    /// Opens files and reads their schemas.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn open<P: AsRef<Path>>(files: &[P]) -> Result<Self> {
        let files = files.iter().map(|path| Stamped::new(path.as_ref())).collect::<Result<Vec<_>>>()?;
        let mut rows = Vec::new();
        let columns = joined(files.iter().map(|file| {
            let (columns, own) = guarded(file, || {
                let metadata = metadata(file, &file.open()?)?;
                let own = metadata.metadata().file_metadata().num_rows();
                Ok((columns_of(metadata.schema(), &file.path)?, usize::try_from(own).unwrap_or(0)))
            })?;
            rows.push(own);
            Ok((file.path.to_path_buf(), columns))
        }))?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        Ok(Parquet { files, reading: Reading::of(columns), rows, batch: None, threads })
    }

    /// Decodes so many rows at once.
    pub fn with_batch_rows(self, rows: usize) -> Self {
        Parquet { batch: Some(rows.max(1)), ..self }
    }

    /// Decodes on so many threads, each some of the columns, in place of as many as there are processors (of four or more, four).
    pub fn with_threads(self, threads: usize) -> Self {
        Parquet { threads: threads.max(1), ..self }
    }

    /// Refuses infinite numbers, and takes NaN for a missing value, as text files do.
    pub fn with_finite_numbers(mut self) -> Self {
        self.reading.only_finite = true;
        self
    }

    /// Whether the field at this place holds booleans in all files.
    pub fn holds_booleans(&self, place: usize) -> bool {
        self.reading.columns.holds_booleans(place)
    }

    /// Takes columns that hold booleans in all files as words, False and True, rather than as the numbers 0 and 1.
    pub fn with_words_of_booleans(mut self) -> Self {
        self.reading.columns.take_booleans_as_words();
        self
    }
}

reading_methods!(Parquet);

/// More threads hold more rows, and reading is seldom so slow.
const MOST_THREADS: usize = 4;

fn metadata(file: &Stamped, opened: &File) -> Result<ArrowReaderMetadata> {
    let broken = |error| file.unreadable(error);
    let read = ArrowReaderMetadata::load(opened, ArrowReaderOptions::new()).map_err(broken)?;
    check_sizes(file, read.metadata())?;
    let options = ArrowReaderOptions::new().with_schema(Arc::new(with_dictionaries(read.schema())));
    ArrowReaderMetadata::try_new(read.metadata().clone(), options).map_err(broken)
}

/// The schema with words as places in a dictionary, as files have them: their characters are then looked at once a dictionary, not once a row.
fn with_dictionaries(schema: &Schema) -> Schema {
    let dictionary = |field: &Arc<ArrowField>, words: DataType| {
        let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(words));
        Arc::new(field.as_ref().clone().with_data_type(words))
    };
    let field = |field: &Arc<ArrowField>| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => dictionary(field, DataType::Utf8),
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
                    "the footer says that column `{name}` of row group {number} lies outside the file: it is damaged; write or copy it again"
                )));
            }
        }
    }
    match rows == metadata.file_metadata().num_rows() {
        true => Ok(()),
        false => {
            Err(file
                .broken("the footer's numbers of rows contradict each other: it is damaged; write or copy it again"))
        }
    }
}

impl Source for Parquet {
    fn fields(&self) -> &[Field] {
        &self.reading.columns.fields
    }

    fn has_text(&self) -> bool {
        true
    }

    fn rows(&self) -> Option<usize> {
        (self.reading.nulls.nulls == Nulls::Refuse).then(|| self.rows.iter().sum())
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        self.read(columns, 0..usize::MAX)
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        // Which rows these are is known only where none is dropped.
        match self.reading.nulls.nulls {
            Nulls::Refuse => self.read(columns, rows),
            Nulls::Drop => Ok(within(self.blocks(columns)?, rows)),
        }
    }
}

impl Parquet {
    /// Some of the rows: files without any of them are not opened, nor are pages read that have none.
    fn read<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        self.reading.nulls.begin();
        let wanted = self.reading.columns.wanted(columns)?;
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
            let rows = (!whole).then_some(skipped..end - of_all.start);
            blocks_of(file, wanted.clone(), &self.reading, skipped, || self.batches(file, &wanted, rows))
        };
        Ok(Box::new(self.files.iter().zip(&self.rows).flat_map(of_file)))
    }

    /// The batches of a file, or of some of its rows, with the columns that are wanted.
    fn batches<'s>(&self, file: &Stamped, wanted: &[Wanted], rows: Option<Range<usize>>) -> Result<BatchIter<'s>> {
        let names: BTreeSet<&str> = wanted.iter().map(|wanted| wanted.origin.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let metadata = metadata(file, &file.open()?)?;
        let batch = self.batch.unwrap_or(if names.len() <= FEW { ROWS } else { ROWS / 2 });
        let reader = |names: &[&str]| {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(Positioned::open(file)?, metadata.clone());
            let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
            let builder = builder.with_projection(mask).with_batch_size(batch);
            let builder = match &rows {
                Some(rows) => builder.with_offset(rows.start).with_limit(rows.len()),
                None => builder,
            };
            builder.build().map_err(|error| file.unreadable(error))
        };
        let each = names.len().div_ceil(self.threads);
        if each == names.len() {
            return Ok(Box::new(reader(&names)?));
        }
        together(names.chunks(each).map(reader).collect::<Result<_>>()?).map_err(|error| file.io(error))
    }
}
