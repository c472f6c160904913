//! What no design can have: cells, offsets, weights and codes that are refused, and lengths that differ.

use super::{Design, Matrix, Vector};
use crate::error::{Error, Result};
use ndarray::ArrayView1;

impl Design<'_> {
    /// Whether there is anything to fit.
    pub(crate) fn check_size(&self) -> Result<()> {
        if self.rows() == 0 {
            return Err(Error::NoRows);
        }
        if self.parameters() == 0 {
            return Err(Error::NoColumns);
        }
        Ok(())
    }

    /// Looks for a cell that is not a finite number.
    pub(crate) fn check_finite(&self) -> Result<()> {
        check_columns_finite(self.x, |column| self.columns[column].clone())
    }

    pub(crate) fn check_length(&self, name: &str, found: usize) -> Result<()> {
        check_length(name, found, self.rows())
    }

    /// Looks for a cell, offset, weight or code that can't be.
    pub(crate) fn check_cells(&self) -> Result<()> {
        self.check_finite()?;
        if let Some(offset) = self.offset {
            check_finite("offset", offset)?;
        }
        if let Some(weights) = self.weights {
            check_weights(weights, self.rows())?;
        }
        for factor in &self.factors {
            let (codes, levels) = (&self.codes[factor.codes].of_rows, factor.levels.len());
            if let Some((row, &code)) = codes.iter().enumerate().find(|(_, code)| **code >= levels) {
                return Err(Error::UnknownLevel { row, factor: factor.name.clone(), code, levels });
            }
        }
        Ok(())
    }
}

/// Refuses a column with an element that is not a finite number.
pub(crate) fn check_finite(name: &str, values: ArrayView1<'_, f64>) -> Result<()> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((row, &value)) => Err(Error::NonFinite { row, column: name.into(), value }),
    }
}

/// Refuses a matrix with a cell that is not a finite number.
pub(crate) fn check_columns_finite(x: Matrix<'_>, name: impl Fn(usize) -> String) -> Result<()> {
    for (row, cells) in x.outer_iter().enumerate() {
        if let Some((column, &value)) = cells.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(Error::NonFinite { row, column: name(column), value });
        }
    }
    Ok(())
}

/// Refuses another number of elements than rows.
pub(crate) fn check_length(name: &str, found: usize, rows: usize) -> Result<()> {
    match found == rows {
        true => Ok(()),
        false => Err(Error::LengthMismatch { name: name.into(), found, expected: rows }),
    }
}

/// Refuses weights that are not one number, finite and at least 0, for each row.
pub(crate) fn check_weights(weights: Vector<'_>, rows: usize) -> Result<()> {
    check_length("weights", weights.len(), rows)?;
    check_finite("weights", weights)?;
    match weights.iter().enumerate().find(|(_, weight)| **weight < 0.0) {
        None => Ok(()),
        Some((row, &value)) => {
            Err(Error::OutOfRange { row, column: "weights".into(), value, allowed: "weights must be at least 0" })
        }
    }
}
