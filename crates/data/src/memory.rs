//! Arrays in memory.

use crate::error::{Error, Result};
use crate::place::Place;
use crate::source::{Block, Blocks, Column, Field, Kind, Source, check_names};
use ndarray::{ArrayView, ArrayViewD, Axis, Dimension, Slice};
use std::path::{Path, PathBuf};

/// Arrays in memory, read where they lie: the rows are their first axis.
///
/// ```
/// use data::{Arrays, Source};
/// use ndarray::{arr1, arr2};
/// let (x, group) = (arr2(&[[1.0, 2.0], [3.0, 4.0]]), arr1(&[0, 1]));
/// let source = Arrays::new().with("x", &x)?.with_indices_of("group", &group)?;
/// assert_eq!(source.rows(), Some(2));
/// assert_eq!(source.fields()[0].row, [2]);
/// # Ok::<(), data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Arrays<'a> {
    fields: Vec<Field>,
    columns: Vec<View<'a>>,
    rows: Option<usize>,
    block: usize,
}

#[derive(Clone, Debug)]
enum View<'a> {
    Numbers(ArrayViewD<'a, f64>),
    Indices(ArrayViewD<'a, usize>),
}

impl Default for Arrays<'_> {
    fn default() -> Self {
        Arrays { fields: Vec::new(), columns: Vec::new(), rows: None, block: usize::MAX }
    }
}

impl<'a> Arrays<'a> {
    /// No columns yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an array of numbers.
    ///
    /// # Errors
    /// Another number of rows than those before; a name in use.
    pub fn with<D: Dimension>(self, name: &str, array: impl Into<ArrayView<'a, f64, D>>) -> Result<Self> {
        let array = array.into().into_dyn();
        let dims = array.shape().to_vec();
        self.push(name, Kind::Numbers, &dims, View::Numbers(array))
    }

    /// Adds an array of indices.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn with_indices_of<D: Dimension>(self, name: &str, array: impl Into<ArrayView<'a, usize, D>>) -> Result<Self> {
        let array = array.into().into_dyn();
        let dims = array.shape().to_vec();
        self.push(name, Kind::Indices, &dims, View::Indices(array))
    }

    /// Gives so many rows a block, rather than all in one.
    pub fn with_block_rows(self, rows: usize) -> Self {
        Self { block: rows.max(1), ..self }
    }

    fn push(mut self, name: &str, kind: Kind, dims: &[usize], view: View<'a>) -> Result<Self> {
        let Some((&rows, row)) = dims.split_first() else {
            let expected = "arrays whose first axis is the rows";
            return Err(Error::Kind {
                file: PathBuf::new(),
                column: name.into(),
                found: "one number".into(),
                expected,
            });
        };
        let expected = *self.rows.get_or_insert(rows);
        if rows != expected {
            return Err(Error::Lengths { file: PathBuf::new(), column: name.into(), found: rows, expected });
        }
        self.fields.push(Field { name: name.into(), kind, row: row.to_vec() });
        check_names(Path::new(""), &self.fields)?;
        self.columns.push(view);
        Ok(self)
    }
}

impl Source for Arrays<'_> {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn rows(&self) -> Option<usize> {
        Some(self.rows.unwrap_or(0))
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        let (columns, rows, block) = (columns.to_vec(), self.rows.unwrap_or(0), self.block);
        let starts = (0..rows).step_by(block);
        Ok(Box::new(starts.map(move |first| {
            let end = first.saturating_add(block).min(rows);
            let part = Slice::from(first..end);
            let cells = |&column: &usize| match &self.columns[column] {
                View::Numbers(array) => Column::Numbers(array.slice_axis(Axis(0), part).into()),
                View::Indices(array) => Column::Indices(array.slice_axis(Axis(0), part).into()),
            };
            let place = Place { first, ..Place::default() };
            Ok(Block { place, rows: end - first, columns: columns.iter().map(cells).collect() })
        })))
    }
}
