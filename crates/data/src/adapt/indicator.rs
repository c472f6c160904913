//! Whether an index is a certain one.

use crate::error::{Error, Result};
use crate::source::{Blocks, Column, Field, Kind, Source};
use std::ops::Range;
use std::path::PathBuf;

/// A source with a column of indices as numbers: 1 for one index, 0 for others. See [`Source::with_indicator`].
#[derive(Clone, Debug)]
pub struct WithIndicator<S> {
    source: S,
    fields: Vec<Field>,
    column: usize,
    index: usize,
}

impl<S: Source> WithIndicator<S> {
    pub(crate) fn new(source: S, column: &str, index: usize) -> Result<Self> {
        let place = source.find(column)?;
        let mut fields = source.fields().to_vec();
        if fields[place].kind != Kind::Indices {
            let (column, found) = (column.into(), "no indices".into());
            return Err(Error::Kind { file: PathBuf::new(), column, found, expected: "indices" });
        }
        fields[place].kind = Kind::Numbers;
        Ok(WithIndicator { source, fields, column: place, index })
    }

    fn indicated<'s>(&'s self, columns: &[usize], blocks: Blocks<'s>) -> Blocks<'s> {
        let columns = columns.to_vec();
        Box::new(blocks.map(move |block| {
            let mut block = block?;
            for (cells, _) in block.columns.iter_mut().zip(&columns).filter(|(_, column)| **column == self.column) {
                if let Column::Indices(indices) = cells {
                    *cells = Column::Numbers(indices.mapv(|index| f64::from(index == self.index)).into());
                }
            }
            Ok(block)
        }))
    }
}

impl<S: Source> Source for WithIndicator<S> {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn rows(&self) -> Option<usize> {
        self.source.rows()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        Ok(self.indicated(columns, self.source.blocks(columns)?))
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        Ok(self.indicated(columns, self.source.blocks_of(columns, rows)?))
    }
}
