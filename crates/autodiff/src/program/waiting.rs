//! Rows that have come and wait for the rest of their part.

use super::bind::{Binding, bind, bind_indices};
use crate::scalar::Scalar;
use ndarray::{ArrayViewD, IxDyn};

/// Copies of rows that are no whole parts yet.
pub(super) struct Waiting<T> {
    columns: Vec<Column<T>>,
    pub(super) rows: usize,
}

/// The rows of one input.
struct Column<T> {
    name: String,
    /// The shape of a row.
    row: Vec<usize>,
    numbers: Vec<T>,
    /// In place of numbers.
    indices: Option<Vec<usize>>,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Waiting { columns: Vec::new(), rows: 0 }
    }
}

impl<T: Scalar> Waiting<T> {
    /// The rows of all inputs; the same inputs in the same order each time.
    pub(super) fn append(&mut self, piece: &[Binding<'_, T>], rows: usize) {
        if self.columns.is_empty() {
            self.columns = piece.iter().map(Column::like).collect();
        }
        for (column, binding) in self.columns.iter_mut().zip(piece) {
            if let Some(array) = binding.numbers() {
                extend(&mut column.numbers, array);
            }
            if let (Some(indices), Some(array)) = (&mut column.indices, binding.indices()) {
                extend(indices, array);
            }
        }
        self.rows += rows;
    }

    pub(super) fn bindings(&self) -> Vec<Binding<'_, T>> {
        self.columns.iter().filter_map(|column| column.binding(self.rows)).collect()
    }

    /// The same memory without rows.
    pub(super) fn emptied(mut self) -> Self {
        for column in &mut self.columns {
            column.numbers.clear();
            column.indices.iter_mut().for_each(Vec::clear);
        }
        self.rows = 0;
        self
    }
}

impl<T: Scalar> Column<T> {
    fn like(binding: &Binding<'_, T>) -> Self {
        let row = |dims: &[usize]| dims.iter().skip(1).copied().collect();
        let (row, indices) = match (binding.numbers(), binding.indices()) {
            (Some(array), _) => (row(array.shape()), None),
            (None, array) => (array.map_or(Vec::new(), |array| row(array.shape())), Some(Vec::new())),
        };
        Column { name: binding.name().into(), row, numbers: Vec::new(), indices }
    }

    fn binding(&self, rows: usize) -> Option<Binding<'_, T>> {
        let dims: Vec<usize> = [rows].iter().chain(&self.row).copied().collect();
        Some(match &self.indices {
            None => bind(&self.name, ArrayViewD::from_shape(IxDyn(&dims), &self.numbers).ok()?),
            Some(indices) => bind_indices(&self.name, ArrayViewD::from_shape(IxDyn(&dims), indices).ok()?),
        })
    }
}

fn extend<A: Copy>(into: &mut Vec<A>, array: ArrayViewD<'_, A>) {
    match array.as_slice() {
        Some(elements) => into.extend_from_slice(elements),
        None => into.extend(array.iter().copied()),
    }
}
