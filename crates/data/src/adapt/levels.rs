//! Words as indices of their levels.

use crate::ahead;
use crate::error::{Error, Result};
use crate::exchange::number;
use crate::ranks::Ranks;
use crate::shares::{each_within, exchange_shares, share};
use crate::source::{Block, Blocks, Column, Field, Kind, Source};
use crate::words::{Levels, NOT_ALL_WHOLE};
use ndarray::Array1;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::PathBuf;

/// A source whose words are indices of levels: see [`Adapt::with_levels`](crate::Adapt::with_levels).
#[derive(Clone, Debug)]
pub struct WithLevels<S> {
    source: S,
    fields: Vec<Field>,
    /// By the column's place.
    levels: HashMap<usize, Levels>,
}

/// The places of columns, and all fields, with these as indices.
fn indexed_fields<S: Source>(source: &S, columns: &[&str]) -> Result<(Vec<usize>, Vec<Field>)> {
    let places = columns.iter().map(|column| source.find(column)).collect::<Result<Vec<usize>>>()?;
    let mut fields = source.fields().to_vec();
    for &place in &places {
        let Some(field) = fields.get_mut(place) else { continue };
        if field.kind == Kind::Indices || !field.row.is_empty() {
            let (column, found) = (field.name.clone(), "indices or rows of a matrix".into());
            return Err(Error::Kind { file: PathBuf::new(), column, found, expected: "words or numbers" });
        }
        field.kind = Kind::Indices;
    }
    Ok((places, fields))
}

impl<S: Source> WithLevels<S> {
    pub(crate) fn new(source: S, columns: &[&str], ranks: Option<&dyn Ranks>) -> Result<Self> {
        let (places, fields) = indexed_fields(&source, columns)?;
        let shared = ranks.zip(source.rows());
        let own = shared.map(|(ranks, rows)| share(rows, 1, ranks.rank(), ranks.size()));
        let mut found = words(&source, &places, own);
        if let Some((ranks, rows)) = shared {
            let sent = exchange_shares(ranks, rows, found.map(|found| to_bytes(&found)), |left, right| {
                let (mut found, right) = (of_bytes(left)?, of_bytes(right)?);
                found.iter_mut().zip(right).for_each(|(found, right)| found.extend(right));
                Ok(to_bytes(&found))
            });
            found = sent.and_then(|sent| of_bytes(&sent));
        }
        let found = found?;
        let levels_of = if source.has_text() { Levels::of_text } else { Levels::of };
        let levels = places.into_iter().zip(found.into_iter().map(levels_of)).collect();
        Ok(WithLevels { source, fields, levels })
    }

    /// The same with levels that are known; others are errors when they are read.
    ///
    /// # Errors
    /// A column that isn't there or holds no words or numbers.
    pub fn known(source: S, levels: &[(&str, &[String])]) -> Result<Self> {
        let columns: Vec<&str> = levels.iter().map(|(column, _)| *column).collect();
        let (places, fields) = indexed_fields(&source, &columns)?;
        let of = |(_, words): &(&str, &[String])| Levels::known(words.to_vec());
        let levels = places.into_iter().zip(levels.iter().map(of)).collect();
        Ok(WithLevels { source, fields, levels })
    }

    /// The same with this level of a column before all others.
    ///
    /// # Errors
    /// No such column, or no such level.
    pub fn with_first(mut self, column: &str, level: &str) -> Result<Self> {
        let place = self.source.find(column)?;
        let known = self.levels(column)?.to_vec();
        let Some(at) = known.iter().position(|word| word == level) else {
            let name = format!("{column}={level}");
            return Err(Error::MissingColumn { file: PathBuf::new(), name, known });
        };
        let mut words = known;
        let first = words.remove(at);
        words.insert(0, first);
        self.levels.insert(place, Levels::known(words));
        Ok(self)
    }

    /// The levels of a column, in their order.
    ///
    /// # Errors
    /// No such column, or one without levels.
    pub fn levels(&self, column: &str) -> Result<&[String]> {
        let place = self.source.find(column)?;
        self.levels.get(&place).map(|levels| levels.words()).ok_or_else(|| Error::Kind {
            file: PathBuf::new(),
            column: column.into(),
            found: "what was not asked for as levels".into(),
            expected: "levels",
        })
    }
}

impl<S: Source> WithLevels<S> {
    fn indexed<'s>(&'s self, columns: &[usize], blocks: Blocks<'s>) -> Blocks<'s> {
        let columns = columns.to_vec();
        Box::new(blocks.map(move |block| {
            let mut block = block?;
            for (cells, &column) in block.columns.iter_mut().zip(&columns) {
                let Some(levels) = self.levels.get(&column) else { continue };
                let (codes, words) = coded(cells);
                let name = &self.fields[column].name;
                let place = |(code, word): (usize, &String)| {
                    levels.place(word).ok_or_else(|| {
                        let row = codes.iter().position(|&other| other == code).unwrap_or(0);
                        block.place.cell(
                            row,
                            name,
                            format!("`{word}` is none of the levels, which a first pass found or a model has"),
                        )
                    })
                };
                let places: Vec<usize> =
                    words.iter().enumerate().map(|(code, word)| place((code, word))).collect::<Result<_>>()?;
                let indices: Array1<usize> = codes.iter().map(|&code| places.get(code).copied().unwrap_or(0)).collect();
                *cells = Column::Indices(indices.into_dyn().into());
            }
            Ok(block)
        }))
    }
}

impl<S: Source> Source for WithLevels<S> {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn rows(&self) -> Option<usize> {
        self.source.rows()
    }

    fn has_text(&self) -> bool {
        self.source.has_text()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        Ok(self.indexed(columns, self.source.blocks(columns)?))
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        Ok(self.indexed(columns, self.source.blocks_of(columns, rows)?))
    }
}

/// The words of each of these columns, in all rows or some.
fn words<S: Source>(source: &S, columns: &[usize], rows: Option<Range<usize>>) -> Result<Vec<BTreeSet<String>>> {
    let mut found: Vec<BTreeSet<String>> = vec![BTreeSet::new(); columns.len()];
    let take = |block: Block<'_>| {
        for ((found, cells), &column) in found.iter_mut().zip(&block.columns).zip(columns) {
            if let Column::Numbers(numbers) = cells
                && let Some((row, reason)) =
                    numbers.iter().enumerate().find_map(|(row, &number)| Some((row, no_level(number)?)))
            {
                let name = source.fields().get(column).map_or("", |field| field.name.as_str());
                return Err(block.place.cell(row, name, reason));
            }
            found.extend(coded(cells).1.into_owned());
        }
        Ok::<(), Error>(())
    };
    match rows {
        None => ahead::each(source, columns, take)?,
        Some(rows) => each_within(source, columns, rows, take)?,
    }
    Ok(found)
}

/// Why a number can't be a level.
fn no_level(number: f64) -> Option<String> {
    match number {
        number if !number.is_finite() => {
            Some(format!("the value is {number}, which is no level; fill it in, or remove the row"))
        }
        number if number.abs() >= NOT_ALL_WHOLE => Some(format!(
            "the value is {number:?}: whole numbers of this size may have lost their last digits; take the column as words (`with_words`)"
        )),
        _ => None,
    }
}

/// For each column, how many words it has, and these, each after its length.
fn to_bytes(columns: &[BTreeSet<String>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for words in columns {
        bytes.extend((words.len() as u64).to_le_bytes());
        for word in words {
            bytes.extend((word.len() as u64).to_le_bytes());
            bytes.extend(word.as_bytes());
        }
    }
    bytes
}

fn of_bytes(bytes: &[u8]) -> Result<Vec<BTreeSet<String>>> {
    let (mut columns, mut left) = (Vec::new(), bytes);
    while !left.is_empty() {
        let (words, rest) = words_of(left).ok_or(autodiff::Error::DamagedPartial { reason: "they end early" })?;
        columns.push(words);
        left = rest;
    }
    Ok(columns)
}

/// The words of the first column, and what follows them.
fn words_of(bytes: &[u8]) -> Option<(BTreeSet<String>, &[u8])> {
    let (count, mut left) = number(bytes)?;
    let mut words = BTreeSet::new();
    for _ in 0..count {
        let (len, rest) = number(left)?;
        let (word, rest) = rest.split_at_checked(len)?;
        words.insert(String::from_utf8_lossy(word).into_owned());
        left = rest;
    }
    Some((words, left))
}

/// A block's cells as places among the words that it has; numbers are written as they print.
fn coded<'c>(column: &'c Column<'_>) -> (Cow<'c, [usize]>, Cow<'c, [String]>) {
    match column {
        Column::Words { codes, words } => (codes.as_slice().into(), words.as_slice().into()),
        Column::Indices(indices) => (indices.iter().copied().collect(), Cow::Borrowed(&[])),
        Column::Numbers(numbers) => {
            let (mut words, mut places) = (Vec::new(), HashMap::new());
            let code = |&number: &f64| {
                *places.entry(number.to_bits()).or_insert_with(|| {
                    // A zero has no sign.
                    words.push((number + 0.0).to_string());
                    words.len() - 1
                })
            };
            let codes: Vec<usize> = numbers.iter().map(code).collect();
            (codes.into(), words.into())
        }
    }
}
