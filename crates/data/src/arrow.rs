//! Arrow arrays as columns.

use crate::error::{Error, Result};
use crate::nulls::{NullRule, Nulls};
use crate::place::Place;
use crate::source::{Block, Blocks, Column, Field, Kind, Source, check_names};
use crate::words::is_missing;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{ArrowError, DataType, Schema};
use ndarray::Array1;
use std::collections::HashMap;
use std::path::Path;
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
    columns: Columns,
    scan: Box<dyn Fn() -> BatchIter<'b> + Send + Sync + 'b>,
    nulls: NullRule,
}

impl std::fmt::Debug for Batches<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches").field("fields", &self.columns.fields).finish_non_exhaustive()
    }
}

impl<'b> Batches<'b> {
    /// The batches that `scan` gives, with these columns.
    ///
    /// # Errors
    /// Two columns of one name.
    pub fn new(schema: &Schema, scan: impl Fn() -> BatchIter<'b> + Send + Sync + 'b) -> Result<Self> {
        let columns = Columns::of(schema, Path::new(""))?;
        Ok(Batches { columns, scan: Box::new(scan), nulls: NullRule::default() })
    }

    /// What becomes of rows with nulls.
    pub fn with_nulls(self, nulls: Nulls) -> Self {
        Batches { nulls: NullRule::new(nulls), ..self }
    }

    /// How many rows the last pass has dropped.
    pub fn dropped(&self) -> usize {
        self.nulls.dropped()
    }
}

impl Source for Batches<'_> {
    fn fields(&self) -> &[Field] {
        &self.columns.fields
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        self.nulls.begin();
        let names: Vec<String> = self.columns.names(columns);
        let mut first = 0;
        Ok(Box::new((self.scan)().map(move |batch| {
            let reason = |error: ArrowError| Error::Format { file: Default::default(), reason: error.to_string() };
            let batch = batch.map_err(reason)?;
            let place = Place { file: None, first, ..Place::default() };
            first += batch.num_rows();
            block(batch, &names, place, &self.nulls)
        })))
    }
}

/// The columns of a schema that can be used; others are there by name, so that asking for one says why it can't.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Columns {
    pub(crate) fields: Vec<Field>,
}

impl Columns {
    pub(crate) fn of(schema: &Schema, file: &Path) -> Result<Self> {
        let field = |field: &Arc<arrow_schema::Field>| Field {
            name: field.name().clone(),
            kind: if is_words(field.data_type()) { Kind::Words } else { Kind::Numbers },
            row: Vec::new(),
        };
        let fields: Vec<Field> = schema.fields().iter().map(field).collect();
        check_names(file, &fields)?;
        Ok(Columns { fields })
    }

    pub(crate) fn names(&self, columns: &[usize]) -> Vec<String> {
        columns.iter().filter_map(|&column| self.fields.get(column)).map(|field| field.name.clone()).collect()
    }

    /// Refuses a file that lacks a column of these, or has it of another kind.
    pub(crate) fn check_same(&self, other: &Columns, file: &Path) -> Result<()> {
        for field in &self.fields {
            match other.fields.iter().find(|other| other.name == field.name) {
                Some(other) if other.kind == field.kind => {}
                Some(other) => {
                    let found = if other.kind == Kind::Words { "words" } else { "numbers" };
                    return Err(Error::Kind {
                        file: file.into(),
                        column: field.name.clone(),
                        found: found.into(),
                        expected: "the same as in the first file",
                    });
                }
                None => {
                    let known = other.fields.iter().map(|field| field.name.clone()).collect();
                    return Err(Error::MissingColumn { file: file.into(), name: field.name.clone(), known });
                }
            }
        }
        Ok(())
    }
}

fn is_words(data: &DataType) -> bool {
    match data {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_words(values),
        _ => false,
    }
}

/// The named columns of a batch.
pub(crate) fn block<'o>(batch: RecordBatch, names: &[String], place: Place, nulls: &NullRule) -> Result<Block<'o>> {
    let (mut columns, mut missing) = (Vec::with_capacity(names.len()), Vec::new());
    let (schema, mut arrays, rows) = batch.into_parts();
    for (at, name) in names.iter().enumerate() {
        let found = schema.index_of(name).ok().filter(|&found| found < arrays.len());
        let found = found.ok_or_else(|| Error::MissingColumn {
            file: place.file(),
            name: name.clone(),
            known: schema.fields().iter().map(|field| field.name().clone()).collect(),
        })?;
        // Taken where it isn't asked for again, so that its numbers need not be copied.
        let array = match names[at + 1..].contains(name) {
            true => arrays[found].clone(),
            false => std::mem::replace(&mut arrays[found], new_null_array(&DataType::Null, 0)),
        };
        if array.logical_null_count() > 0
            && let Some(gaps) = array.logical_nulls()
        {
            missing.extend((0..array.len()).filter(|&row| gaps.is_null(row)).map(|row| (row, name.clone())));
        }
        let found = array.data_type().clone();
        let column = match found {
            DataType::Float64 => doubles(array),
            _ => column(&*array),
        };
        let column = column.ok_or_else(|| Error::Kind {
            file: place.file(),
            column: name.clone(),
            found: found.to_string(),
            expected: "numbers, booleans, or text (also as a dictionary of texts)",
        })?;
        columns.push(match column {
            Column::Words { codes, words } => trimmed(codes, words, |row| missing.push((row, name.clone()))),
            numbers => numbers,
        });
    }
    missing.sort_by_key(|&(row, _)| row);
    nulls.apply(place, rows, columns, &missing)
}

/// The numbers of an array, not copied where nobody else has them.
fn doubles<'o>(array: ArrayRef) -> Option<Column<'o>> {
    let own = array.as_primitive_opt::<Float64Type>()?.clone();
    drop(array);
    let (_, values, _) = own.into_parts();
    let numbers = values.into_inner().into_vec::<f64>();
    let numbers = numbers.unwrap_or_else(|shared| shared.typed_data::<f64>().to_vec());
    Some(Column::Numbers(Array1::from_vec(numbers).into_dyn().into()))
}

/// An array's elements; what stands where one is null doesn't matter.
fn column<'o>(array: &dyn Array) -> Option<Column<'o>> {
    Some(match array.data_type() {
        DataType::Float32 => numbers::<Float32Type>(array, f64::from)?,
        DataType::Int64 => numbers::<Int64Type>(array, |x| x as f64)?,
        DataType::Int32 => numbers::<Int32Type>(array, f64::from)?,
        DataType::Int16 => numbers::<Int16Type>(array, f64::from)?,
        DataType::Int8 => numbers::<Int8Type>(array, f64::from)?,
        DataType::UInt64 => numbers::<UInt64Type>(array, |x| x as f64)?,
        DataType::UInt32 => numbers::<UInt32Type>(array, f64::from)?,
        DataType::UInt16 => numbers::<UInt16Type>(array, f64::from)?,
        DataType::UInt8 => numbers::<UInt8Type>(array, f64::from)?,
        DataType::Boolean => {
            let bits = array.as_boolean_opt()?.values();
            Column::Numbers(bits.iter().map(f64::from).collect::<Array1<f64>>().into_dyn().into())
        }
        DataType::Utf8 => words(array.as_string_opt::<i32>()?.iter()),
        DataType::LargeUtf8 => words(array.as_string_opt::<i64>()?.iter()),
        DataType::Utf8View => words(array.as_string_view_opt()?.iter()),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary_opt()?;
            let Column::Words { codes: of_values, words } = column(dictionary.values())? else { return None };
            // The key of a null may be anything.
            let keys = if of_values.is_empty() { vec![0; array.len()] } else { dictionary.normalized_keys() };
            let codes = keys.into_iter().map(|key| of_values.get(key).copied().unwrap_or(0)).collect();
            used(codes, words)
        }
        _ => return None,
    })
}

fn numbers<'o, P: ArrowPrimitiveType>(array: &dyn Array, number: impl Fn(P::Native) -> f64) -> Option<Column<'o>> {
    let values = array.as_primitive_opt::<P>()?.values();
    Some(Column::Numbers(values.iter().map(|&x| number(x)).collect::<Array1<f64>>().into_dyn().into()))
}

fn words<'w, 'o>(cells: impl Iterator<Item = Option<&'w str>>) -> Column<'o> {
    let (mut codes, mut words, mut places) = (Vec::new(), Vec::new(), HashMap::new());
    for cell in cells {
        let Some(cell) = cell else {
            codes.push(0);
            continue;
        };
        codes.push(*places.entry(cell).or_insert_with(|| {
            words.push(cell.to_owned());
            words.len() - 1
        }));
    }
    Column::Words { codes, words }
}

/// The words without blanks around them; those that say that there is no value are told by their rows.
fn trimmed<'o>(mut codes: Vec<usize>, words: Vec<String>, mut missing: impl FnMut(usize)) -> Column<'o> {
    if words.iter().all(|word| word.trim() == word && !is_missing(word)) {
        return Column::Words { codes, words };
    }
    let (mut kept, mut known) = (Vec::new(), HashMap::new());
    let place = |word: &'_ String| {
        let trimmed = word.trim();
        (!is_missing(trimmed)).then(|| {
            *known.entry(trimmed.to_owned()).or_insert_with(|| {
                kept.push(trimmed.to_owned());
                kept.len() - 1
            })
        })
    };
    let places: Vec<Option<usize>> = words.iter().map(place).collect();
    for (row, code) in codes.iter_mut().enumerate() {
        *code = places.get(*code).copied().flatten().unwrap_or_else(|| {
            missing(row);
            0
        });
    }
    Column::Words { codes, words: kept }
}

/// The words that are there, of a dictionary that may have more.
fn used<'o>(codes: Vec<usize>, words: Vec<String>) -> Column<'o> {
    let mut renumbered = vec![None; words.len()];
    let mut kept = Vec::new();
    let codes = codes.into_iter().map(|code| match renumbered.get(code).copied().flatten() {
        Some(place) => place,
        None => {
            let place = kept.len();
            if let (Some(slot), Some(word)) = (renumbered.get_mut(code), words.get(code)) {
                *slot = Some(place);
                kept.push(word.clone());
            }
            place
        }
    });
    Column::Words { codes: codes.collect(), words: kept }
}

/// Calls a reader that panics on some damaged files: such a panic becomes an error.
pub(crate) fn guarded<T>(file: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let reason = "the reader broke down: the file is damaged".into();
        Err(Error::Format { file: file.into(), reason })
    })
}

/// The batches of a file, after so many rows that were passed over, as blocks, until one is an error; at its end the file has to be what it was.
pub(crate) fn blocks_of<'s>(
    file: &'s crate::files::Stamped,
    names: Vec<String>,
    nulls: &'s NullRule,
    skipped: usize,
    open: impl FnOnce() -> Result<BatchIter<'s>>,
) -> Blocks<'s> {
    let mut batches = match guarded(&file.path, open) {
        Ok(batches) => Some(batches),
        Err(error) => return Box::new(std::iter::once(Err(error))),
    };
    let mut first = skipped;
    Box::new(std::iter::from_fn(move || {
        let next = guarded(&file.path, || {
            let Some(batch) = batches.as_mut().and_then(Iterator::next) else {
                batches = None;
                return file.check().map(|()| None);
            };
            let batch = batch.map_err(|error| file.broken(error))?;
            let place = Place { file: Some(file.path.clone()), first, ..Place::default() };
            first += batch.num_rows();
            block(batch, &names, place, nulls).map(Some)
        });
        if next.is_err() {
            // An error is the last item: a second call finds nothing, and the file's stamp as it is.
            batches = None;
        }
        next.transpose()
    }))
}
