//! Arrow arrays as the cells of a column.

use crate::columns::Holds;
use crate::error::Error;
use crate::place::Place;
use crate::reading::Reading;
use crate::source::{Column, Kind};
use crate::text;
use crate::words::{MissingWords, plain};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use ndarray::Array1;
use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;
use std::ops::RangeInclusive;

/// Why an array isn't the cells of a column.
pub(super) enum Fault {
    /// Its type can't be used.
    Type,
    /// A cell of a column of numbers is none.
    NoNumber { row: usize, cell: String },
    /// A cell can't be, for this reason.
    Cell { row: usize, reason: String },
}

impl Fault {
    /// The row of the block, and the error of a column of this type.
    pub(super) fn error(self, place: &Place, column: &str, data: &DataType) -> (usize, Error) {
        match self {
            Fault::Cell { row, reason } => (row, place.cell(row, column, reason)),
            Fault::NoNumber { row, cell } => {
                (row, Error::NoNumber { file: place.file(), at: place.at(row), column: column.into(), cell })
            }
            Fault::Type => {
                let (column, found) = (column.into(), data.to_string());
                (0, Error::Type { file: place.file(), column, found, advice: advice(data) })
            }
        }
    }
}

/// What to do about a type that can't be used.
fn advice(data: &DataType) -> &'static str {
    match data {
        DataType::Dictionary(_, values) => advice(values),
        data if data.is_temporal() => {
            "save it as a number of some unit, such as the days or seconds since a day, or as text if its values are categories"
        }
        data if data.is_nested() => "save its parts as columns of their own",
        _ => "save it as numbers, booleans or text",
    }
}

type Result<T> = std::result::Result<T, Fault>;

/// How a number is shown that is a missing value.
const NAN: &str = "NaN";

/// What a column of this type holds: none where it holds nulls alone, a fault where it can't be used.
pub(super) fn holds_of(data: &DataType) -> Result<Option<Holds>> {
    match data {
        DataType::Null => Ok(None),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(Some(Holds::Words)),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Ok(Some(Holds::Words)),
        DataType::Boolean => Ok(Some(Holds::Booleans)),
        data if data.is_integer() || data.is_floating() || data.is_decimal() => Ok(Some(Holds::Numbers)),
        DataType::Dictionary(_, values) => holds_of(values),
        _ => Err(Fault::Type),
    }
}

/// An array's cells as numbers or words; what stands where one is null doesn't matter. Rows with words (or numbers) for a missing value are
/// told one by one.
pub(super) fn cells<'o>(
    array: ArrayRef,
    kind: Kind,
    of: &Reading,
    mut is_missing: impl FnMut(usize, &str),
) -> Result<Column<'o>> {
    let found = holds_of(array.data_type())?;
    let missing = &of.missing;
    if kind == Kind::Words {
        nans(&*array)?.into_iter().for_each(|row| is_missing(row, NAN));
        let (codes, words) = words(&*array)?.without(missing, is_missing);
        return Ok(Column::Words { codes, words });
    }
    let numbers = match found {
        Some(Holds::Words) => parsed(words(&*array)?, missing, is_missing)?,
        _ => {
            let is_null = of.only_finite.then(|| nulls(&*array));
            let numbers = doubles(array)?;
            if missing.has_codes() {
                let codes = (0..numbers.len()).filter(|&row| missing.is_code(numbers[row]));
                codes.for_each(|row| is_missing(row, &numbers[row].to_string()));
            }
            if let Some(is_null) = is_null {
                check_finite(&numbers, is_null, |row| is_missing(row, NAN))?;
            }
            numbers
        }
    };
    Ok(Column::Numbers(Array1::from_vec(numbers).into_dyn().into()))
}

/// Refuses infinite numbers, and tells the rows with NaN, which pandas writes for a missing value; what stands for a null doesn't matter.
fn check_finite(numbers: &[f64], is_null: impl Fn(usize) -> bool, mut is_nan: impl FnMut(usize)) -> Result<()> {
    // Counted in runs, which is quick.
    const RUN: usize = 64;
    for (run, numbers) in numbers.chunks(RUN).enumerate() {
        if numbers.iter().filter(|number| !number.is_finite()).count() == 0 {
            continue;
        }
        for (row, &number) in (RUN * run..).zip(numbers).filter(|&(row, number)| !number.is_finite() && !is_null(row)) {
            if number.is_infinite() {
                return Err(Fault::Cell { row, reason: text::not_finite(number) });
            }
            is_nan(row);
        }
    }
    Ok(())
}

/// Whether a row has no value.
fn nulls(array: &dyn Array) -> impl Fn(usize) -> bool + use<> {
    let nulls = if array.logical_null_count() > 0 { array.logical_nulls() } else { None };
    move |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
}

/// The rows whose number is NaN.
fn nans(array: &dyn Array) -> Result<Vec<usize>> {
    let values = match array.data_type() {
        DataType::Dictionary(_, values) => values,
        data => data,
    };
    if !values.is_floating() {
        return Ok(Vec::new());
    }
    let (is_null, numbers) = (nulls(array), numbers(array)?);
    Ok((0..numbers.len()).filter(|&row| numbers[row].is_nan() && !is_null(row)).collect())
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
        DataType::Float16 => primitives::<Float16Type>(array, |x| x.to_f64()),
        DataType::Decimal32(_, scale) => primitives::<Decimal32Type>(array, |x| decimal(i128::from(x), *scale)),
        DataType::Decimal64(_, scale) => primitives::<Decimal64Type>(array, |x| decimal(i128::from(x), *scale)),
        DataType::Decimal128(_, scale) => primitives::<Decimal128Type>(array, |x| decimal(x, *scale)),
        DataType::Decimal256(_, scale) => primitives::<Decimal256Type>(array, |x| match x.to_i128() {
            Some(x) => decimal(x, *scale),
            None => nearest(x, *scale),
        }),
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
            Ok(keys.map(|key| key.and_then(|key| values.get(key)).copied().unwrap_or(f64::NAN)).collect())
        }
        _ => Err(Fault::Type),
    }
}

fn primitives<P: ArrowPrimitiveType>(array: &dyn Array, number: impl Fn(P::Native) -> f64) -> Result<Vec<f64>> {
    let values = array.as_primitive_opt::<P>().ok_or(Fault::Type)?.values();
    Ok(values.iter().map(|&x| number(x)).collect())
}

/// The number nearest to value·10⁻ˢᶜᵃˡᵉ.
fn decimal(value: i128, scale: i8) -> f64 {
    // Both are exact, so that the quotient is rounded once.
    const EXACT: RangeInclusive<i8> = 0..=22;
    if value.unsigned_abs() < 1 << f64::MANTISSA_DIGITS && EXACT.contains(&scale) {
        return value as f64 / 10f64.powi(scale.into());
    }
    nearest(value, scale)
}

/// The same of whole numbers of any size.
fn nearest(value: impl Display, scale: i8) -> f64 {
    format!("{value}e{}", -i16::from(scale)).parse().unwrap_or(f64::NAN)
}

/// The place of each row's value in a dictionary, where it has one, and the dictionary.
fn keys_and_values(array: &dyn Array) -> Result<(impl Iterator<Item = Option<usize>>, &dyn Array)> {
    let dictionary = array.as_any_dictionary_opt().ok_or(Fault::Type)?;
    // The key of a null may be anything.
    let keys = if dictionary.values().is_empty() { vec![0; array.len()] } else { dictionary.normalized_keys() };
    let is_null = nulls(array);
    Ok((keys.into_iter().enumerate().map(move |(row, key)| (!is_null(row)).then_some(key)), dictionary.values()))
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
        // As pandas writes them to text files.
        DataType::Boolean => Words::of(array.as_boolean_opt().ok_or(Fault::Type)?.iter(), |is_true| {
            Ok(if is_true { "True" } else { "False" }.to_owned())
        }),
        // The shortest that tells a number from others of its size.
        DataType::Float32 => Words::of(
            array.as_primitive_opt::<Float32Type>().ok_or(Fault::Type)?.iter().map(|cell| {
                // A zero has no sign.
                cell.filter(|number| !number.is_nan()).map(|number| (number + 0.0).to_bits())
            }),
            |bits| finite(f32::from_bits(bits), f32::from_bits(bits).into()),
        ),
        DataType::Decimal32(precision, scale) => decimal_words::<Decimal32Type>(array, *precision, *scale),
        DataType::Decimal64(precision, scale) => decimal_words::<Decimal64Type>(array, *precision, *scale),
        DataType::Decimal128(precision, scale) => decimal_words::<Decimal128Type>(array, *precision, *scale),
        DataType::Decimal256(precision, scale) => decimal_words::<Decimal256Type>(array, *precision, *scale),
        DataType::Dictionary(..) => {
            let (keys, values) = keys_and_values(array)?;
            Ok(words(values)?.at(keys))
        }
        _ => {
            let is_there = |row: usize, number: f64| array.is_valid(row) && !number.is_nan();
            let numbers = numbers(array)?.into_iter().enumerate();
            Words::of(numbers.map(|(row, number)| is_there(row, number).then_some((number + 0.0).to_bits())), real)
        }
    }
}

/// Decimals as levels have them.
fn decimal_words<D: DecimalType>(array: &dyn Array, precision: u8, scale: i8) -> Result<Words>
where
    D::Native: Hash + Eq,
{
    let cells = array.as_primitive_opt::<D>().ok_or(Fault::Type)?.iter();
    Words::of(cells, |value| Ok(plain(D::format_decimal(value, precision, scale))))
}

fn utf8(cell: &[u8]) -> std::result::Result<String, String> {
    let shown = || format!("`{}` is not UTF-8 text; save the column as text", String::from_utf8_lossy(cell));
    std::str::from_utf8(cell).map(str::to_owned).map_err(|_| shown())
}

fn whole(number: impl ToString) -> std::result::Result<String, String> {
    Ok(number.to_string())
}

fn real(bits: u64) -> std::result::Result<String, String> {
    finite(f64::from_bits(bits), f64::from_bits(bits))
}

/// A number as it is shown, if its value is finite.
fn finite(shown: impl Display, value: f64) -> std::result::Result<String, String> {
    if value.is_finite() { Ok(shown.to_string()) } else { Err(text::not_finite(value)) }
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

    /// The words at these places, where there is one, in the order in which they are first found. By tables: a place is looked up a row.
    fn at(self, places: impl Iterator<Item = Option<usize>>) -> Words {
        let (mut found, mut codes) = (Words::default(), vec![None; self.words.len()]);
        for place in places {
            let word = place.and_then(|place| self.codes.get(place)).copied();
            let code = word.and_then(|word| Some((codes.get_mut(word)?, self.words.get(word)?)));
            found.codes.push(code.map_or(0, |(code, word)| {
                *code.get_or_insert_with(|| {
                    found.words.push(word.clone());
                    found.words.len() - 1
                })
            }));
        }
        found
    }

    /// The words to the letter, but for those that say that there is no value: these are told by their rows.
    fn without(self, missing: &MissingWords, mut is_missing: impl FnMut(usize, &str)) -> (Vec<usize>, Vec<String>) {
        let Words { mut codes, words } = self;
        if !words.iter().any(|word| missing.is_missing_text(word)) {
            return (codes, words);
        }
        let mut kept = Vec::new();
        let place = |word: &String| {
            (!missing.is_missing_text(word)).then(|| {
                kept.push(word.clone());
                kept.len() - 1
            })
        };
        let places: Vec<Option<usize>> = words.iter().map(place).collect();
        for (row, code) in codes.iter_mut().enumerate() {
            let place = places.get(*code).copied().flatten();
            if place.is_none() {
                is_missing(row, words.get(*code).map_or("", |word| word.trim()));
            }
            *code = place.unwrap_or(0);
        }
        (codes, kept)
    }
}

/// The numbers that words are.
fn parsed(words: Words, missing: &MissingWords, mut is_missing: impl FnMut(usize, &str)) -> Result<Vec<f64>> {
    let mut gaps = std::collections::HashSet::new();
    let (codes, words) = words.without(missing, |row, word| {
        gaps.insert(row);
        is_missing(row, word);
    });
    let numbers: Vec<Option<f64>> = words.iter().map(|word| word.trim().parse().ok()).collect();
    let number = |(row, &code): (usize, &usize)| match numbers.get(code) {
        Some(None) if !gaps.contains(&row) => Err(Fault::NoNumber { row, cell: words[code].clone() }),
        Some(Some(number)) if !number.is_finite() && !gaps.contains(&row) => {
            Err(Fault::Cell { row, reason: text::not_finite(*number) })
        }
        found => Ok(found.copied().flatten().unwrap_or(f64::NAN)),
    };
    codes.iter().enumerate().map(number).collect()
}
