//! Record batches as blocks; [`cells`] are what their arrays hold.

mod cells;

use crate::columns::{Columns, Wanted};
use crate::error::{Error, Result};
use crate::files::Stamped;
use crate::nulls::Nulls;
use crate::place::Place;
use crate::reading::{Reading, reading_methods};
use crate::source::{Block, Blocks, Field as SourceField, Source};
use arrow_array::{Array, RecordBatch, new_null_array};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use cells::{cells, holds_of};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Record batches of a pass, from wherever they come.
pub type BatchIter<'s> = Box<dyn Iterator<Item = std::result::Result<RecordBatch, ArrowError>> + Send + 's>;

/// Any iterator of record batches as a source: `scan` begins it anew for each pass, and it gives the same rows each time. Queries
/// of DataFusion, Polars and DuckDB end in such iterators.
///
/// ```
/// use arrow_array::{Float64Array, RecordBatch};
/// use arrow_schema::{DataType, Field, Schema};
/// use data::{Batches, Source};
/// use std::sync::Arc;
/// let schema = Arc::new(Schema::new(vec![Field::new("x", DataType::Float64, false)]));
/// let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(Float64Array::from(vec![1.0, 2.0]))])?;
/// let source = Batches::new(&schema, || Box::new(std::iter::repeat_n(batch.clone(), 3).map(Ok)))?;
///
/// let tape = autodiff::Tape::<f64>::new();
/// let program = tape.compile(&[tape.rows("x", &[]).sum()])?;
/// assert_eq!(data::run(&program, &[], &source)?.number(0)?, 9.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Batches<'b> {
    scan: Box<dyn Fn() -> BatchIter<'b> + Send + Sync + 'b>,
    reading: Reading,
}

impl std::fmt::Debug for Batches<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches").field("fields", &self.reading.columns.fields).finish_non_exhaustive()
    }
}

impl<'b> Batches<'b> {
    /// The batches that `scan` gives, with these columns.
    ///
    /// # Errors
    /// Two columns of one name.
    pub fn new(schema: &Schema, scan: impl Fn() -> BatchIter<'b> + Send + Sync + 'b) -> Result<Self> {
        let columns = columns_of(schema, Path::new(""))?;
        Ok(Batches { scan: Box::new(scan), reading: Reading::of(columns) })
    }
}

reading_methods!(Batches<'_>);

impl Source for Batches<'_> {
    fn fields(&self) -> &[SourceField] {
        &self.reading.columns.fields
    }

    fn has_text(&self) -> bool {
        true
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        self.reading.nulls.begin();
        let wanted = self.reading.columns.wanted(columns)?;
        let mut first = 0;
        Ok(Box::new((self.scan)().map(move |batch| {
            let reason = |error: ArrowError| Error::Format { file: Default::default(), reason: error.to_string() };
            let batch = batch.map_err(reason)?;
            let place = Place { file: None, first, ..Place::default() };
            first += batch.num_rows();
            block(batch, &wanted, place, &self.reading)
        })))
    }
}

/// The columns of a schema. Those that can't be used are there by name, so that asking for one says why it can't.
pub(crate) fn columns_of(schema: &Schema, file: &Path) -> Result<Columns> {
    let holds = |field: &Arc<Field>| (field.name().clone(), holds_of(field.data_type()).ok().flatten());
    Columns::of(file, schema.fields().iter().map(holds))
}

/// The columns of files together: those of the first.
pub(crate) fn joined(of_files: impl IntoIterator<Item = Result<(PathBuf, Columns)>>) -> Result<Columns> {
    let mut all: Option<Columns> = None;
    for of_file in of_files {
        let (file, columns) = of_file?;
        match &mut all {
            None => all = Some(columns),
            Some(first) => first.join(&columns, &file),
        }
    }
    Ok(all.unwrap_or_default())
}

/// The columns of a batch that are wanted.
pub(crate) fn block<'o>(batch: RecordBatch, wanted: &[Wanted], place: Place, of: &Reading) -> Result<Block<'o>> {
    let (mut columns, mut gaps, mut faults) = (Vec::with_capacity(wanted.len()), Vec::new(), Vec::new());
    let (schema, mut arrays, rows) = batch.into_parts();
    for (at, Wanted { origin: name, place: of_file, kind }) in wanted.iter().enumerate() {
        let found = schema.index_of(name).ok().filter(|&found| found < arrays.len());
        let found = found.ok_or_else(|| Error::MissingColumn {
            file: place.file(),
            name: name.clone(),
            known: schema.fields().iter().map(|field| field.name().clone()).collect(),
        })?;
        // Taken where it isn't asked for again, so that its numbers need not be copied.
        let array = match wanted[at + 1..].iter().any(|other| other.origin == *name) {
            true => arrays[found].clone(),
            false => std::mem::replace(&mut arrays[found], new_null_array(&DataType::Null, 0)),
        };
        let mut missing = Missing::of(&array);
        let data = array.data_type().clone();
        let column = cells(array, *kind, of, |row, word| missing.note(row, word));
        match column {
            Ok(column) => columns.push(column),
            Err(fault) => {
                let (row, error) = fault.error(&place, name, &data);
                faults.push((row, *of_file, error));
            }
        }
        match (of.nulls.nulls, missing.first) {
            (Nulls::Drop, _) => gaps.extend(missing.rows.into_iter().map(|row| (row, name.clone()))),
            (Nulls::Refuse, Some((row, word))) => faults.push((row, *of_file, place.missing(row, name, &word))),
            (Nulls::Refuse, None) => {}
        }
    }
    // The first of the rows, and the first of its cells, as those of text are read.
    if let Some((.., error)) = faults.into_iter().min_by_key(|&(row, column, _)| (row, column)) {
        return Err(error);
    }
    gaps.sort_by_key(|&(row, _)| row);
    Ok(of.nulls.apply(place, rows, columns, gaps))
}

/// The rows that lack a value in a column, and the first of them with the word that says so.
struct Missing {
    rows: Vec<usize>,
    first: Option<(usize, String)>,
}

impl Missing {
    /// Those whose cells are null.
    fn of(array: &dyn Array) -> Self {
        let nulls = if array.logical_null_count() > 0 { array.logical_nulls() } else { None };
        let rows: Vec<usize> =
            nulls.iter().flat_map(|nulls| (0..nulls.len()).filter(|&row| nulls.is_null(row))).collect();
        Missing { first: rows.first().map(|&row| (row, String::new())), rows }
    }

    fn note(&mut self, row: usize, word: &str) {
        self.rows.push(row);
        if self.first.as_ref().is_none_or(|(first, _)| row < *first) {
            self.first = Some((row, word.to_owned()));
        }
    }
}

/// Calls a reader that panics on some damaged files: such a panic becomes an error.
pub(crate) fn guarded<T>(file: &Stamped, read: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(file.broken("the reader broke down: the file is damaged; write or copy it again")))
}

/// The batches of a file, after so many rows that were passed over, as blocks, until one is an error; at its end the file has to be what it was.
pub(crate) fn blocks_of<'s>(
    file: &'s Stamped,
    wanted: Vec<Wanted>,
    reading: &'s Reading,
    skipped: usize,
    open: impl FnOnce() -> Result<BatchIter<'s>>,
) -> Blocks<'s> {
    let mut batches = match guarded(file, open) {
        Ok(batches) => Some(batches),
        Err(error) => return Box::new(std::iter::once(Err(file.or_changed(error)))),
    };
    let mut first = skipped;
    Box::new(std::iter::from_fn(move || {
        let next = guarded(file, || {
            let Some(batch) = batches.as_mut().and_then(Iterator::next) else {
                batches = None;
                return file.check().map(|()| None);
            };
            let batch = batch.map_err(|error| file.unreadable(error))?;
            let place = Place { file: Some(file.path.clone()), first, ..Place::default() };
            first += batch.num_rows();
            block(batch, &wanted, place, reading).map(Some)
        });
        if next.is_err() {
            // An error is the last item: a second call finds nothing, and the file's stamp as it is.
            batches = None;
        }
        next.map_err(|error| file.or_changed(error)).transpose()
    }))
}
