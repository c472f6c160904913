//! Whole numbers as indices.

use crate::error::{Error, Result};
use crate::source::{Blocks, Column, Field, Kind, Source};
use ndarray::{ArrayD, IxDyn};
use std::ops::Range;
use std::path::PathBuf;

/// A source whose whole numbers are indices: see [`Adapt::with_indices`](crate::Adapt::with_indices).
#[derive(Clone, Debug)]
pub struct WithIndices<S> {
    source: S,
    fields: Vec<Field>,
    is_index: Vec<bool>,
}

impl<S: Source> WithIndices<S> {
    pub(crate) fn new(source: S, columns: &[&str]) -> Result<Self> {
        let mut fields = source.fields().to_vec();
        let mut is_index = vec![false; fields.len()];
        for &column in columns {
            let place = source.find(column)?;
            if fields[place].kind == Kind::Words {
                let expected = "whole numbers (`with_levels` makes indices of words)";
                return Err(Error::Kind {
                    file: PathBuf::new(),
                    column: column.into(),
                    found: "words".into(),
                    expected,
                });
            }
            fields[place].kind = Kind::Indices;
            is_index[place] = true;
        }
        Ok(WithIndices { source, fields, is_index })
    }
}

impl<S: Source> WithIndices<S> {
    fn indexed<'s>(&'s self, columns: &[usize], blocks: Blocks<'s>) -> Blocks<'s> {
        let columns = columns.to_vec();
        Box::new(blocks.map(move |block| {
            let mut block = block?;
            for (cells, &column) in block.columns.iter_mut().zip(&columns).filter(|(_, column)| self.is_index[**column])
            {
                let Column::Numbers(numbers) = &*cells else { continue };
                let mut indices = ArrayD::<usize>::zeros(IxDyn(numbers.shape()));
                for ((at, &number), index) in numbers.indexed_iter().zip(&mut indices) {
                    *index = number as usize;
                    // Above 2⁵³ a number is not its own index.
                    if *index as f64 != number || number > 9_007_199_254_740_992.0 {
                        let name = &self.fields[column].name;
                        return Err(block.place.cell(
                            at[0],
                            name,
                            format!("{number} is no index: a whole number from 0 on"),
                        ));
                    }
                }
                *cells = Column::Indices(indices.into());
            }
            Ok(block)
        }))
    }
}

impl<S: Source> Source for WithIndices<S> {
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
