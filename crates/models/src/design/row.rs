//! A row of the design written out in full, one number for each parameter, and what follows from single rows.

use super::{Design, Term, check_finite};
use crate::error::{Error, Result};
use crate::pieces::Pieces;
use crate::side_by_side::of_rows;
use ndarray::{Array1, ArrayView1, ArrayViewMut1, s};
use std::ops::Range;

impl Design<'_> {
    /// Writes the row out: `η` of the row is its product with the parameters, plus the offset.
    pub(crate) fn write_row(&self, row: usize, mut out: ArrayViewMut1<'_, f64>) {
        out.fill(0.0);
        self.visit_row(row, |column, cell| out[column] = cell);
    }

    /// Visits the cells of the row that may differ from 0, in order.
    pub(crate) fn visit_row(&self, row: usize, mut visit: impl FnMut(usize, f64)) {
        self.visit_places(row, |place, cell| {
            if let Some(parameter) = self.parameter_at(place) {
                visit(parameter, cell);
            }
        });
    }

    /// The same by place among all parameters.
    pub(super) fn visit_places(&self, row: usize, mut visit: impl FnMut(usize, f64)) {
        let mut at = 0;
        for term in self.each_term() {
            match term {
                Term::Intercept => visit(at, 1.0),
                Term::Columns => {
                    self.x.row(row).iter().enumerate().for_each(|(column, &cell)| visit(at + column, cell))
                }
                Term::Product(a, b) => visit(at, self.x[[row, a]] * self.x[[row, b]]),
                Term::Levels { codes, column } => {
                    let code = self.codes[codes].of_rows[row];
                    if code > 0 {
                        visit(at + code - 1, column.map_or(1.0, |column| self.x[[row, column]]));
                    }
                }
            }
            at += self.len(term);
        }
    }

    /// The rows with a positive weight.
    pub(crate) fn observed_rows(&self) -> impl Iterator<Item = usize> {
        self.observed_of(0..self.rows())
    }

    /// Those of these rows with a positive weight.
    pub(super) fn observed_of(&self, rows: Range<usize>) -> impl Iterator<Item = usize> {
        rows.filter(|&row| self.weight(row) > 0.0)
    }

    /// Raises the largest cells of each parameter to those of these rows, but for rows without weight.
    pub(crate) fn mark_largest(&self, rows: Range<usize>, largest: &mut [f64]) {
        for row in self.observed_of(rows) {
            self.visit_row(row, |parameter, cell| largest[parameter] = largest[parameter].max(cell.abs()));
        }
    }

    /// The least and the largest of the columns' cells of these rows in size, 0 not counted.
    pub(crate) fn range_of_cells(&self, rows: Range<usize>) -> (f64, f64) {
        let cells = self.x.slice(s![rows, ..]);
        let sizes = cells.iter().map(|cell| cell.abs()).filter(|&size| size > 0.0);
        sizes.fold((f64::INFINITY, 0.0), |(least, largest), size| (size.min(least), size.max(largest)))
    }

    /// `factor·Σ w x²` of each column, estimated by some of the rows where there are many.
    pub(crate) fn squares(&self, factor: f64) -> Vec<f64> {
        let mut squares = Pieces::new(vec![0.0; self.parameters()]);
        self.add_squares(factor, self.rows(), &mut squares);
        squares.finish()
    }

    /// Adds what these rows, of as many as there are in `all`, have in [`squares`](Self::squares).
    pub(crate) fn add_squares(&self, factor: f64, all: usize, squares: &mut Pieces<Vec<f64>>) {
        const ROWS: usize = 10_000;
        let (stride, first) = (all.div_ceil(ROWS).max(1), squares.row());
        let mut cells = Array1::zeros(self.parameters());
        squares.add(self.rows(), |squares, rows| {
            let (start, end) = (first + rows.start, first + rows.end);
            for row in (start.next_multiple_of(stride)..end).step_by(stride).map(|row| row - first) {
                self.write_row(row, cells.view_mut());
                let weight = self.weight(row) * stride as f64 * factor;
                squares.iter_mut().zip(&cells).for_each(|(square, cell)| *square += weight * cell * cell);
            }
        });
    }

    /// The linear predictors of all rows, for parameters of the given names.
    pub(crate) fn predict(&self, names: &[String], parameters: ArrayView1<'_, f64>) -> Result<Vec<f64>> {
        let own = self.names();
        if own.len() != names.len() {
            return Err(Error::CountMismatch { what: "columns", found: own.len(), expected: names.len() });
        }
        if let Some((_, missing)) = own.iter().zip(names).find(|(own, name)| own != name) {
            return Err(Error::UnknownColumn { name: missing.clone(), known: own });
        }
        if parameters.len() != own.len() {
            return Err(Error::CountMismatch { what: "parameters", found: parameters.len(), expected: own.len() });
        }
        check_finite("parameters", parameters)?;
        self.check_finite()?;
        Ok(self.predictors(parameters))
    }

    /// The linear predictors of all rows, for as many parameters as the design has.
    pub(crate) fn predictors(&self, parameters: ArrayView1<'_, f64>) -> Vec<f64> {
        let offset = |row: usize| self.offset.map_or(0.0, |offset| offset[row]);
        if self.is_sparse() {
            return of_rows(0..self.rows(), |row| {
                let mut eta = 0.0;
                self.visit_row(row, |parameter, cell| eta += cell * parameters[parameter]);
                eta + offset(row)
            });
        }
        let mut cells = Array1::zeros(parameters.len());
        let predictor = |row: usize| {
            self.write_row(row, cells.view_mut());
            cells.dot(&parameters) + offset(row)
        };
        (0..self.rows()).map(predictor).collect()
    }
}
