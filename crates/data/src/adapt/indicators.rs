//! Whether indices are certain ones.

use crate::error::{Error, Result};
use crate::source::{Blocks, Column, Field, Kind, Source, check_names};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A source with columns of numbers more: 1 where a column of indices is a certain one, 0 elsewhere. See [`Adapt::with_indicators`](crate::Adapt::with_indicators).
#[derive(Clone, Debug)]
pub struct WithIndicators<S> {
    source: S,
    fields: Vec<Field>,
    /// The column and the index that each of the new columns stands for.
    indicators: Vec<(usize, usize)>,
}

impl<S: Source> WithIndicators<S> {
    pub(crate) fn new(source: S, indicators: &[(&str, &str, usize)]) -> Result<Self> {
        let mut fields = source.fields().to_vec();
        let mut pairs = Vec::new();
        for &(name, column, index) in indicators {
            let place = source.find(column)?;
            if fields[place].kind != Kind::Indices || !fields[place].row.is_empty() {
                let (column, found) = (column.into(), "no indices".into());
                return Err(Error::Kind { file: PathBuf::new(), column, found, expected: "indices" });
            }
            fields.push(Field { name: name.into(), kind: Kind::Numbers, row: Vec::new() });
            pairs.push((place, index));
        }
        check_names(Path::new(""), &fields)?;
        Ok(WithIndicators { source, fields, indicators: pairs })
    }

    /// The base column and level of a column of this source, if it is one of the new ones.
    fn indicator(&self, column: usize) -> Option<(usize, usize)> {
        column
            .checked_sub(self.fields.len() - self.indicators.len())
            .and_then(|place| self.indicators.get(place).copied())
    }

    /// The source's own columns among these, and after them, each once, those that the others are made of.
    fn asked(&self, columns: &[usize]) -> (Vec<usize>, Vec<usize>) {
        let own = columns.iter().copied().filter(|&column| self.indicator(column).is_none());
        let mut bases: Vec<usize> = Vec::new();
        for (base, _) in columns.iter().filter_map(|&column| self.indicator(column)) {
            if !bases.contains(&base) {
                bases.push(base);
            }
        }
        (own.chain(bases.iter().copied()).collect(), bases)
    }

    fn indicated<'s>(&'s self, columns: &[usize], bases: Vec<usize>, blocks: Blocks<'s>) -> Blocks<'s> {
        if bases.is_empty() {
            return blocks;
        }
        let columns = columns.to_vec();
        Box::new(blocks.map(move |block| {
            let mut block = block?;
            let indices = block.columns.split_off(block.columns.len() - bases.len());
            let mut own = std::mem::take(&mut block.columns).into_iter();
            let cells = |&column: &usize| match self.indicator(column) {
                None => own.next(),
                Some((base, index)) => {
                    let place = bases.iter().position(|&other| other == base)?;
                    let Column::Indices(of_rows) = indices.get(place)? else { return None };
                    Some(Column::Numbers(of_rows.mapv(|of_row| f64::from(of_row == index)).into()))
                }
            };
            block.columns = columns.iter().filter_map(cells).collect();
            Ok(block)
        }))
    }
}

impl<S: Source> Source for WithIndicators<S> {
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
        let (asked, bases) = self.asked(columns);
        Ok(self.indicated(columns, bases, self.source.blocks(&asked)?))
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        let (asked, bases) = self.asked(columns);
        Ok(self.indicated(columns, bases, self.source.blocks_of(&asked, rows)?))
    }
}
