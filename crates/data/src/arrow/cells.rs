//! Arrow arrays as the cells of a column.

use crate::source::{Column, Kind};
use crate::words::MissingWords;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use ndarray::Array1;
use std::collections::HashMap;
use std::hash::Hash;

/// Why an array isn't the cells of a column.
pub(super) enum Fault {
    /// Its type can't be used.
    Type,
    /// A cell of a column of numbers is none.
    NoNumber { row: usize, cell: String },
    /// A cell can't be, for this reason.
    Cell { row: usize, reason: String },
}

type Result<T> = std::result::Result<T, Fault>;

/// What a column of this type holds: none where it holds nulls alone, a fault where it can't be used.
pub(super) fn kind_of(data: &DataType) -> Result<Option<Kind>> {
    match data {
        DataType::Null => Ok(None),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(Some(Kind::Words)),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Ok(Some(Kind::Words)),
        DataType::Float32 | DataType::Float64 | DataType::Boolean => Ok(Some(Kind::Numbers)),
        data if data.is_integer() => Ok(Some(Kind::Numbers)),
        DataType::Dictionary(_, values) => kind_of(values),
        _ => Err(Fault::Type),
    }
}

/// An array's cells as numbers or words; what stands where one is null doesn't matter. Rows with words (or numbers) for a missing value are
/// told one by one.
pub(super) fn cells<'o>(
    array: ArrayRef,
    kind: Kind,
    missing: &MissingWords,
    mut is_missing: impl FnMut(usize),
) -> Result<Column<'o>> {
    let found = kind_of(array.data_type())?;
    if kind == Kind::Words {
        let (codes, words) = words(&*array)?.trimmed(missing, is_missing);
        return Ok(Column::Words { codes, words });
    }
    let numbers = match found {
        Some(Kind::Words) => parsed(words(&*array)?, missing, is_missing)?,
        _ => {
            let numbers = doubles(array)?;
            if missing.has_codes() {
                (0..numbers.len()).filter(|&row| missing.is_code(numbers[row])).for_each(&mut is_missing);
            }
            numbers
        }
    };
    Ok(Column::Numbers(Array1::from_vec(numbers).into_dyn().into()))
}

/// The numbers of an array, not copied where nobody else has them.
fn doubles(array: ArrayRef) -> Result<Vec<f64>> {
    let Some(own) = array.as_primitive_opt::<Float64Type>().cloned() else { return numbers(&*array) };
    drop(array);
    let (_, values, _) = own.into_parts();
    let numbers = values.into_inner().into_vec::<f64>();
    Ok(numbers.unwrap_or_else(|shared| shared.typed_data::<f64>().to_vec()))
}

fn numbers(array: &dyn Array) -> Result<Vec<f64>> {
    match array.data_type() {
        DataType::Null => Ok(vec![f64::NAN; array.len()]),
        DataType::Float64 => primitives::<Float64Type>(array, |x| x),
        DataType::Float32 => primitives::<Float32Type>(array, f64::from),
        DataType::Int64 => primitives::<Int64Type>(array, |x| x as f64),
        DataType::Int32 => primitives::<Int32Type>(array, f64::from),
        DataType::Int16 => primitives::<Int16Type>(array, f64::from),
        DataType::Int8 => primitives::<Int8Type>(array, f64::from),
        DataType::UInt64 => primitives::<UInt64Type>(array, |x| x as f64),
        DataType::UInt32 => primitives::<UInt32Type>(array, f64::from),
        DataType::UInt16 => primitives::<UInt16Type>(array, f64::from),
        DataType::UInt8 => primitives::<UInt8Type>(array, f64::from),
        DataType::Boolean => Ok(array.as_boolean_opt().ok_or(Fault::Type)?.values().iter().map(f64::from).collect()),
        DataType::Dictionary(..) => {
            let (keys, values) = keys_and_values(array)?;
            let values = numbers(values)?;
            Ok(keys.into_iter().map(|key| key.and_then(|key| values.get(key)).copied().unwrap_or(f64::NAN)).collect())
        }
        _ => Err(Fault::Type),
    }
}

fn primitives<P: ArrowPrimitiveType>(array: &dyn Array, number: impl Fn(P::Native) -> f64) -> Result<Vec<f64>> {
    let values = array.as_primitive_opt::<P>().ok_or(Fault::Type)?.values();
    Ok(values.iter().map(|&x| number(x)).collect())
}

/// The place of each row's value in a dictionary, where it has one, and the dictionary.
fn keys_and_values(array: &dyn Array) -> Result<(Vec<Option<usize>>, &dyn Array)> {
    let dictionary = array.as_any_dictionary_opt().ok_or(Fault::Type)?;
    // The key of a null may be anything.
    let keys = if dictionary.values().is_empty() { vec![0; array.len()] } else { dictionary.normalized_keys() };
    let gaps = array.logical_nulls();
    let is_gap = |row: usize| gaps.as_ref().is_some_and(|gaps| gaps.is_null(row));
    let keys = keys.into_iter().enumerate().map(|(row, key)| (!is_gap(row)).then_some(key));
    Ok((keys.collect(), dictionary.values()))
}

/// The words of rows that have one, each once, and for each row the place of its word.
#[derive(Default)]
struct Words {
    codes: Vec<usize>,
    words: Vec<String>,
}

fn words(array: &dyn Array) -> Result<Words> {
    let text = |cell: &str| Ok(cell.to_owned());
    match array.data_type() {
        DataType::Null => Ok(Words { codes: vec![0; array.len()], words: Vec::new() }),
        DataType::Utf8 => Words::of(array.as_string_opt::<i32>().ok_or(Fault::Type)?.iter(), text),
        DataType::LargeUtf8 => Words::of(array.as_string_opt::<i64>().ok_or(Fault::Type)?.iter(), text),
        DataType::Utf8View => Words::of(array.as_string_view_opt().ok_or(Fault::Type)?.iter(), text),
        DataType::Binary => Words::of(array.as_binary_opt::<i32>().ok_or(Fault::Type)?.iter(), utf8),
        DataType::LargeBinary => Words::of(array.as_binary_opt::<i64>().ok_or(Fault::Type)?.iter(), utf8),
        DataType::BinaryView => Words::of(array.as_binary_view_opt().ok_or(Fault::Type)?.iter(), utf8),
        // Not all of them are numbers of 64 bits.
        DataType::Int64 => Words::of(array.as_primitive_opt::<Int64Type>().ok_or(Fault::Type)?.iter(), whole),
        DataType::UInt64 => Words::of(array.as_primitive_opt::<UInt64Type>().ok_or(Fault::Type)?.iter(), whole),
        DataType::Dictionary(..) => {
            let (keys, values) = keys_and_values(array)?;
            let values = words(values)?;
            let of_value = |key: usize| values.codes.get(key).copied();
            let codes = Words::of(keys.into_iter().map(|key| key.and_then(of_value)), |code| {
                values.words.get(code).cloned().ok_or_else(|| "is not in its dictionary".into())
            })?;
            Ok(codes)
        }
        _ => {
            let numbers = numbers(array)?.into_iter().enumerate();
            Words::of(numbers.map(|(row, number)| array.is_valid(row).then_some(number.to_bits())), real)
        }
    }
}

fn utf8(cell: &[u8]) -> std::result::Result<String, String> {
    let shown = || format!("`{}` is not UTF-8 text; save the column as text", String::from_utf8_lossy(cell));
    std::str::from_utf8(cell).map(str::to_owned).map_err(|_| shown())
}

fn whole(number: impl ToString) -> std::result::Result<String, String> {
    Ok(number.to_string())
}

fn real(bits: u64) -> std::result::Result<String, String> {
    match f64::from_bits(bits) {
        number if number.is_finite() => Ok(number.to_string()),
        number => Err(format!("the value is {number}, which is no level; fill it in, or remove the row")),
    }
}

impl Words {
    /// The words that cells are; where one is null, a row has none.
    fn of<C: Hash + Eq + Copy>(
        cells: impl Iterator<Item = Option<C>>,
        word: impl Fn(C) -> std::result::Result<String, String>,
    ) -> Result<Words> {
        let (mut found, mut places) = (Words::default(), HashMap::new());
        for (row, cell) in cells.enumerate() {
            let code = match cell {
                None => 0,
                Some(cell) => match places.get(&cell) {
                    Some(&place) => place,
                    None => {
                        found.words.push(word(cell).map_err(|reason| Fault::Cell { row, reason })?);
                        places.insert(cell, found.words.len() - 1);
                        found.words.len() - 1
                    }
                },
            };
            found.codes.push(code);
        }
        Ok(found)
    }

    /// The words without blanks around them; those that say that there is no value are told by their rows.
    fn trimmed(self, missing: &MissingWords, mut is_missing: impl FnMut(usize)) -> (Vec<usize>, Vec<String>) {
        let Words { mut codes, words } = self;
        if words.iter().all(|word| word.trim() == word && !missing.is_missing(word)) {
            return (codes, words);
        }
        let (mut kept, mut known) = (Vec::new(), HashMap::new());
        let place = |word: &'_ String| {
            let trimmed = word.trim();
            (!missing.is_missing(trimmed)).then(|| {
                *known.entry(trimmed.to_owned()).or_insert_with(|| {
                    kept.push(trimmed.to_owned());
                    kept.len() - 1
                })
            })
        };
        let places: Vec<Option<usize>> = words.iter().map(place).collect();
        for (row, code) in codes.iter_mut().enumerate() {
            *code = places.get(*code).copied().flatten().unwrap_or_else(|| {
                is_missing(row);
                0
            });
        }
        (codes, kept)
    }
}

/// The numbers that words are.
fn parsed(words: Words, missing: &MissingWords, mut is_missing: impl FnMut(usize)) -> Result<Vec<f64>> {
    let mut gaps = std::collections::HashSet::new();
    let (codes, words) = words.trimmed(missing, |row| {
        gaps.insert(row);
        is_missing(row);
    });
    let numbers: Vec<Option<f64>> = words.iter().map(|word| word.parse().ok()).collect();
    let number = |(row, &code): (usize, &usize)| match numbers.get(code) {
        Some(None) if !gaps.contains(&row) => Err(Fault::NoNumber { row, cell: words[code].clone() }),
        found => Ok(found.copied().flatten().unwrap_or(f64::NAN)),
    };
    codes.iter().enumerate().map(number).collect()
}
