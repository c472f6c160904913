//! Columns side by side as a matrix.

use crate::error::{Error, Result};
use crate::place::Place;
use crate::source::{Block, Blocks, Column, Field, Kind, Source, check_names};
use ndarray::{ArrayD, CowArray, IxDyn};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A source with a matrix more, made of some of its columns: see [`Adapt::stacked`](crate::Adapt::stacked).
#[derive(Clone, Debug)]
pub struct Stacked<S> {
    source: S,
    fields: Vec<Field>,
    /// The places of the matrix's columns.
    parts: Vec<usize>,
    widths: Vec<usize>,
}

/// The bytes that are written at once: they stay in a first-level cache from one column to the next.
const BYTES_AT_ONCE: usize = 16 << 10;
/// The fewest rows at once: the columns' cells of a line of the cache are used together.
const LEAST_AT_ONCE: usize = 8;

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
        let width: usize = self.widths.iter().sum();
        let mut parts = Vec::with_capacity(self.widths.len());
        for (column, &width) in block.columns[first..].iter().zip(&self.widths) {
            match column {
                Column::Numbers(array) if array.len() == block.rows * width => parts.push(array.as_standard_layout()),
                _ => return Err(self.changed(&block.place)),
            }
        }
        let cells = parts.iter().zip(&self.widths).map(|(part, &own)| (part.as_slice().unwrap_or_default(), own));
        let cells: Vec<(&[f64], usize)> = cells.filter(|&(_, own)| own > 0).collect();
        // Some rows are put together in the first-level cache: the matrix is written once, and in order.
        let at_once = (BYTES_AT_ONCE / size_of::<f64>() / width.max(1)).max(LEAST_AT_ONCE);
        let mut matrix = Vec::with_capacity(block.rows * width);
        let mut some = vec![0.0; at_once.min(block.rows) * width];
        for start in (0..block.rows).step_by(at_once) {
            let rows = at_once.min(block.rows - start);
            let piece = &mut some[..rows * width];
            put_side_by_side(&cells, start..start + rows, piece, width);
            matrix.extend_from_slice(piece);
        }
        let matrix = ArrayD::from_shape_vec(IxDyn(&[block.rows, width]), matrix);
        Ok(matrix.map_err(|_| self.changed(&block.place))?.into())
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
            let mut matrix = Some(Column::Numbers(self.matrix(&block, first)?));
            block.columns.truncate(first);
            let mut others = std::mem::take(&mut block.columns).into_iter();
            let placed = columns.iter().enumerate().filter_map(|(place, &column)| match column == own {
                // Copied where it is asked for again.
                true if columns[place + 1..].contains(&own) => matrix.clone(),
                true => matrix.take(),
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

/// Writes some rows of columns, each of so many cells a row, as rows of a matrix.
fn put_side_by_side(columns: &[(&[f64], usize)], rows: Range<usize>, matrix: &mut [f64], width: usize) {
    let (mut at, mut columns) = (0, columns);
    while let [(first, own), rest @ ..] = columns {
        // Four single numbers at once are two stores of two, not four.
        if let [(a, 1), (b, 1), (c, 1), (d, 1), rest @ ..] = columns {
            let [a, b, c, d] = [a, b, c, d].map(|column| &column[rows.clone()]);
            for (row, (((&a, &b), &c), &d)) in matrix.chunks_exact_mut(width).zip(a.iter().zip(b).zip(c).zip(d)) {
                row[at..at + 4].copy_from_slice(&[a, b, c, d]);
            }
            (at, columns) = (at + 4, rest);
            continue;
        }
        let cells = first[rows.start * own..rows.end * own].chunks_exact(*own);
        match own {
            // A single number is not worth a call that copies several.
            1 => matrix.chunks_exact_mut(width).zip(cells).for_each(|(row, cell)| row[at] = cell[0]),
            _ => matrix
                .chunks_exact_mut(width)
                .zip(cells)
                .for_each(|(row, cells)| row[at..at + own].copy_from_slice(cells)),
        }
        (at, columns) = (at + own, rest);
    }
}

impl<S: Source> Source for Stacked<S> {
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
        Ok(self.put_together(columns, self.source.blocks(&self.asked(columns))?))
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        Ok(self.put_together(columns, self.source.blocks_of(&self.asked(columns), rows)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_side_by_side_have_each_cell_in_its_place() {
        for widths in [&[1][..], &[1; 4], &[1; 9], &[1, 1, 1, 2, 1, 1, 1, 1], &[3, 1, 1, 1, 1, 1], &[1, 1, 1, 1, 2]] {
            let (rows, width) = (7, widths.iter().sum::<usize>());
            // A cell is the number of its row and its place in the row.
            let column = |(at, own): (usize, usize)| -> Vec<f64> {
                (0..rows).flat_map(|row| (at..at + own).map(move |place| (100 * row + place) as f64)).collect()
            };
            let from = widths.iter().scan(0, |at, &own| Some(std::mem::replace(at, *at + own)));
            let columns: Vec<Vec<f64>> = from.zip(widths.iter().copied()).map(column).collect();
            let columns: Vec<(&[f64], usize)> = columns.iter().map(Vec::as_slice).zip(widths.iter().copied()).collect();
            let mut matrix = vec![f64::NAN; 5 * width];
            put_side_by_side(&columns, 2..7, &mut matrix, width);
            let wanted: Vec<f64> =
                (2..7).flat_map(|row| (0..width).map(move |place| (100 * row + place) as f64)).collect();
            assert_eq!(matrix, wanted, "{widths:?}");
        }
    }
}
