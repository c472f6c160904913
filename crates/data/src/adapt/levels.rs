//! Words as indices of their levels.

use crate::ahead;
use crate::error::{Error, Result};
use crate::source::{Blocks, Column, Field, Kind, Source};
use ndarray::Array1;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::PathBuf;

/// A source whose words are indices of levels: see [`Source::with_levels`].
#[derive(Clone, Debug)]
pub struct WithLevels<S> {
    source: S,
    fields: Vec<Field>,
    /// By the column's place.
    levels: HashMap<usize, Levels>,
}

#[derive(Clone, Debug, Default)]
struct Levels {
    words: Vec<String>,
    places: HashMap<String, usize>,
}

impl<S: Source> WithLevels<S> {
    pub(crate) fn new(source: S, columns: &[&str]) -> Result<Self> {
        let places = columns.iter().map(|column| source.find(column)).collect::<Result<Vec<usize>>>()?;
        let mut fields = source.fields().to_vec();
        for &place in &places {
            let Some(field) = fields.get_mut(place) else { continue };
            if field.kind != Kind::Words {
                let (column, found) = (field.name.clone(), "numbers".into());
                return Err(Error::Kind { file: PathBuf::new(), column, found, expected: "words" });
            }
            field.kind = Kind::Indices;
        }
        let mut found: Vec<BTreeSet<String>> = vec![BTreeSet::new(); places.len()];
        ahead::each(&source, &places, |block| {
            for (found, column) in found.iter_mut().zip(block.columns) {
                let Column::Words { words, .. } = column else { continue };
                for word in words {
                    if !found.contains(&word) {
                        found.insert(word);
                    }
                }
            }
            Ok::<(), Error>(())
        })?;
        let levels = |found: BTreeSet<String>| {
            let words: Vec<String> = found.into_iter().collect();
            Levels { places: words.iter().cloned().zip(0..).collect(), words }
        };
        let levels = places.into_iter().zip(found.into_iter().map(levels)).collect();
        Ok(WithLevels { source, fields, levels })
    }

    /// The levels of a column, in their order.
    ///
    /// # Errors
    /// No such column, or one without levels.
    pub fn levels(&self, column: &str) -> Result<&[String]> {
        let place = self.source.find(column)?;
        self.levels.get(&place).map(|levels| levels.words.as_slice()).ok_or_else(|| Error::Kind {
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
                let (Column::Words { codes, words }, Some(levels)) = (&*cells, self.levels.get(&column)) else {
                    continue;
                };
                let name = &self.fields[column].name;
                let place = |(code, word): (usize, &String)| {
                    levels.places.get(word).copied().ok_or_else(|| {
                        let row = codes.iter().position(|&other| other == code).unwrap_or(0);
                        block.place.cell(
                            row,
                            name,
                            format!("`{word}` was not there in the pass before: the data have changed"),
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

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        Ok(self.indexed(columns, self.source.blocks(columns)?))
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        Ok(self.indexed(columns, self.source.blocks_of(columns, rows)?))
    }
}
