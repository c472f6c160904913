//! Sparse matrices as plain data: compressed by rows or by columns.

use crate::error::{Error, Result};
use ndarray::Array2;
use num_traits::Zero;

/// Where a matrix may differ from 0, row by row: the places of row i are `indices[indptr[i]..indptr[i + 1]]`, in rising order.
///
/// ```
/// use autodiff::Pattern;
/// let pattern = Pattern::of_rows(3, [vec![0, 1], vec![2]]);
/// assert_eq!((pattern.shape, pattern.len()), ([2, 3], 3));
/// assert_eq!(pattern.transposed().row(2), [1]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The numbers of rows and of columns.
    pub shape: [usize; 2],
    /// Where each row begins among the indices, and at last where they end.
    pub indptr: Vec<usize>,
    /// The columns of the places, row by row.
    pub indices: Vec<usize>,
}

impl Pattern {
    /// The pattern whose rows have places in these columns.
    pub fn of_rows(columns: usize, rows: impl IntoIterator<Item = Vec<usize>>) -> Self {
        let (mut indptr, mut indices) = (vec![0], Vec::new());
        for mut row in rows {
            row.sort_unstable();
            row.dedup();
            indices.extend(row.into_iter().filter(|&column| column < columns));
            indptr.push(indices.len());
        }
        Pattern { shape: [indptr.len() - 1, columns], indptr, indices }
    }

    /// The number of places.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The columns of the places in row `row`; none beyond the last.
    pub fn row(&self, row: usize) -> &[usize] {
        match self.indptr.get(row..row.saturating_add(2)) {
            Some(&[start, end]) => self.indices.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Whether there is a place in row `row` and column `column`.
    pub fn contains(&self, row: usize, column: usize) -> bool {
        self.row(row).binary_search(&column).is_ok()
    }

    /// The places as (row, column), row by row.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.shape[0]).flat_map(|row| self.row(row).iter().map(move |&column| (row, column)))
    }

    /// The pattern of the transposed matrix.
    pub fn transposed(&self) -> Pattern {
        let mut rows = vec![Vec::new(); self.shape[1]];
        for (row, column) in self.places() {
            rows[column].push(row);
        }
        Pattern::of_rows(self.shape[0], rows)
    }

    /// The pattern with the places of the transposed one, of a square matrix.
    pub(super) fn symmetric(&self) -> Pattern {
        let transposed = self.transposed();
        let rows = (0..self.shape[0]).map(|row| [self.row(row), transposed.row(row)].concat());
        Pattern::of_rows(self.shape[1], rows)
    }

    /// The matrix with these values at the pattern's places, row by row.
    ///
    /// # Errors
    /// As many values as places are needed.
    pub fn with_values<T: Clone>(&self, values: impl IntoIterator<Item = T>) -> Result<Csr<T>> {
        let values: Vec<T> = values.into_iter().collect();
        if values.len() != self.len() {
            let reason = format!("the pattern has {} places, but there are {} values", self.len(), values.len());
            return Err(Error::Check { reason });
        }
        let Pattern { shape, indptr, indices } = self.clone();
        Ok(Csr { shape, indptr, indices, values })
    }
}

/// A sparse matrix compressed by rows: those of row i are at `indptr[i]..indptr[i + 1]` of `indices`, their columns in rising order, and of
/// `values`. The layout is that of SciPy's `csr_matrix`.
#[derive(Clone, Debug, PartialEq)]
pub struct Csr<T> {
    /// The numbers of rows and of columns.
    pub shape: [usize; 2],
    /// Where each row begins, and at last where the last one ends.
    pub indptr: Vec<usize>,
    /// The columns.
    pub indices: Vec<usize>,
    /// The values.
    pub values: Vec<T>,
}

impl<T: Clone + Zero> Csr<T> {
    /// The same matrix with all its zeros.
    pub fn to_dense(&self) -> Array2<T> {
        let mut dense = Array2::zeros(self.shape);
        for (row, ends) in self.indptr.windows(2).enumerate() {
            for (&column, value) in self.indices[ends[0]..ends[1]].iter().zip(&self.values[ends[0]..ends[1]]) {
                dense[[row, column]] = value.clone();
            }
        }
        dense
    }

    /// The same matrix compressed by columns.
    pub fn to_csc(&self) -> Csc<T> {
        let mut columns: Vec<Vec<(usize, T)>> = vec![Vec::new(); self.shape[1]];
        for (row, ends) in self.indptr.windows(2).enumerate() {
            for (&column, value) in self.indices[ends[0]..ends[1]].iter().zip(&self.values[ends[0]..ends[1]]) {
                columns[column].push((row, value.clone()));
            }
        }
        let mut csc = Csc { shape: self.shape, indptr: vec![0], indices: Vec::new(), values: Vec::new() };
        for column in columns {
            for (row, value) in column {
                csc.indices.push(row);
                csc.values.push(value);
            }
            csc.indptr.push(csc.indices.len());
        }
        csc
    }
}

/// A sparse matrix compressed by columns: those of column j are at `indptr[j]..indptr[j + 1]` of `indices`, their rows in rising order, and
/// of `values`.
#[derive(Clone, Debug, PartialEq)]
pub struct Csc<T> {
    /// The numbers of rows and of columns.
    pub shape: [usize; 2],
    /// Where each column begins, and at last where the last one ends.
    pub indptr: Vec<usize>,
    /// The rows.
    pub indices: Vec<usize>,
    /// The values.
    pub values: Vec<T>,
}

impl<T: Clone + Zero> Csc<T> {
    /// The same matrix with all its zeros.
    pub fn to_dense(&self) -> Array2<T> {
        let mut dense = Array2::zeros(self.shape);
        for (column, ends) in self.indptr.windows(2).enumerate() {
            for (&row, value) in self.indices[ends[0]..ends[1]].iter().zip(&self.values[ends[0]..ends[1]]) {
                dense[[row, column]] = value.clone();
            }
        }
        dense
    }
}
