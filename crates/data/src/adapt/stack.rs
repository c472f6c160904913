//! Columns side by side as a matrix.

use crate::error::{Error, Result};
use crate::source::{Block, Blocks, Column, Field, Kind, Place, Source, check_names};
use ndarray::{Array2, CowArray, IxDyn, s};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A source with a matrix more, made of some of its columns: see [`Adapt::stacked`].
#[derive(Clone, Debug)]
pub struct Stacked<S> {
    source: S,
    fields: Vec<Field>,
    /// The places of the matrix's columns.
    parts: Vec<usize>,
    widths: Vec<usize>,
}

/// The rows that are written at once, so that what is written stays in a cache from one column to the next.
const AT_ONCE: usize = 256;

impl<S: Source> Stacked<S> {
    pub(crate) fn new(source: S, name: &str, columns: &[&str]) -> Result<Self> {
        let parts = columns.iter().map(|column| source.find(column)).collect::<Result<Vec<usize>>>()?;
        let mut widths = Vec::new();
        for field in parts.iter().filter_map(|&part| source.fields().get(part)) {
            if field.kind != Kind::Numbers || field.row.len() > 1 {
                let found = if field.kind == Kind::Numbers { "arrays of more than one axis" } else { "no numbers" };
                let (column, expected) = (field.name.clone(), "numbers, or rows of a matrix");
                return Err(Error::Kind { file: PathBuf::new(), column, found: found.into(), expected });
            }
            widths.push(field.row.first().copied().unwrap_or(1));
        }
        let matrix = Field { name: name.into(), kind: Kind::Numbers, row: vec![widths.iter().sum()] };
        let fields: Vec<Field> = source.fields().iter().cloned().chain([matrix]).collect();
        check_names(Path::new(""), &fields)?;
        Ok(Stacked { source, fields, parts, widths })
    }

    /// The matrix of a block that has its columns from place `first` on.
    fn matrix<'o>(&self, block: &Block<'_>, first: usize) -> Result<CowArray<'o, f64, IxDyn>> {
        let mut matrix = Array2::<f64>::zeros((block.rows, self.widths.iter().sum()));
        for start in (0..block.rows).step_by(AT_ONCE) {
            let end = (start + AT_ONCE).min(block.rows);
            let mut at = 0;
            for (column, &width) in block.columns[first..].iter().zip(&self.widths) {
                let Column::Numbers(array) = column else { continue };
                let mut to = matrix.slice_mut(s![start..end, at..at + width]);
                let changed = |_| self.changed(&block.place);
                match array.ndim() {
                    1 => {
                        let array = array.view().into_dimensionality::<ndarray::Ix1>().map_err(changed)?;
                        to.column_mut(0).assign(&array.slice(s![start..end]));
                    }
                    _ => {
                        let array = array.view().into_dimensionality::<ndarray::Ix2>().map_err(changed)?;
                        to.assign(&array.slice(s![start..end, ..]));
                    }
                }
                at += width;
            }
        }
        Ok(matrix.into_dyn().into())
    }

    /// The source's columns that these are made of: the matrix's after all others.
    fn asked(&self, columns: &[usize]) -> Vec<usize> {
        let own = self.fields.len() - 1;
        let others = columns.iter().copied().filter(|&column| column != own);
        let parts = if columns.contains(&own) { self.parts.as_slice() } else { &[] };
        others.chain(parts.iter().copied()).collect()
    }

    fn put_together<'s>(&'s self, columns: &[usize], blocks: Blocks<'s>) -> Blocks<'s> {
        let own = self.fields.len() - 1;
        if !columns.contains(&own) {
            return blocks;
        }
        let columns = columns.to_vec();
        let first = columns.iter().filter(|&&column| column != own).count();
        Box::new(blocks.map(move |block| {
            let mut block = block?;
            let matrix = self.matrix(&block, first)?;
            block.columns.truncate(first);
            let mut others = std::mem::take(&mut block.columns).into_iter();
            let placed = columns.iter().filter_map(|&column| match column == own {
                true => Some(Column::Numbers(matrix.clone())),
                false => others.next(),
            });
            let columns = placed.collect();
            Ok(Block { columns, ..block })
        }))
    }

    fn changed(&self, place: &Place) -> Error {
        Error::Changed { file: place.file(), what: "a column has another shape".into() }
    }
}

impl<S: Source> Source for Stacked<S> {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn rows(&self) -> Option<usize> {
        self.source.rows()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        Ok(self.put_together(columns, self.source.blocks(&self.asked(columns))?))
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        Ok(self.put_together(columns, self.source.blocks_of(&self.asked(columns), rows)?))
    }
}
