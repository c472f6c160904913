//! What a first pass over the rows finds: sums in the order of the rows, as they are formed of rows in memory.

use super::rows::Origin;
use crate::error::{Error, Result};
use crate::family::{Bound, Responses};
use crate::glm::Glm;
use crate::link::Link;

#[derive(Clone, Debug)]
pub(super) struct Totals {
    pub(super) rows: usize,
    /// Rows with a positive weight.
    pub(super) observed: usize,
    /// Sums over the responses.
    pub(super) responses: Responses,
    /// The least and the largest cell of the columns in size, 0 not counted.
    pub(super) cells: (f64, f64),
    /// What the loss can't fall below.
    pub(super) lower_bound: f64,
    /// Whether a row has a part in each parameter's effect.
    pub(super) filled: Vec<bool>,
    largest_offset: Option<f64>,
}

impl Totals {
    /// Checks all cells on the way.
    pub(super) fn of(glm: &Glm<'_>, origin: &Origin<'_>) -> Result<Self> {
        let family = glm.family();
        let mut totals = Totals {
            rows: 0,
            observed: 0,
            responses: Responses::default(),
            cells: (f64::INFINITY, 0.0),
            lower_bound: 0.0,
            filled: glm.design().no_levels_filled(),
            largest_offset: None,
        };
        let mut bound = Bound::new(family);
        origin.each(glm, |block| {
            let design = block.design();
            let at_row = |error| of_block(error, totals.rows);
            family.check(block.response()).map_err(at_row)?;
            design.check_cells().map_err(at_row)?;
            for (row, &y) in block.response().iter().enumerate() {
                let weight = design.weight(row);
                totals.responses.add(weight, y);
                bound.add(weight, y);
                totals.observed += usize::from(weight > 0.0);
            }
            design.mark_filled(&mut totals.filled);
            let (least, largest) = design.range_of_cells();
            totals.cells = (totals.cells.0.min(least), totals.cells.1.max(largest));
            let largest = design.offset().map(|offset| offset.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            totals.largest_offset = match (totals.largest_offset, largest) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            };
            totals.rows += design.rows();
            Ok(())
        })?;
        totals.lower_bound = bound.value();
        Ok(totals)
    }

    /// What the offset adds to the predictor of the mean response.
    pub(super) fn typical_offset(&self, glm: &Glm<'_>, origin: &Origin<'_>) -> Result<f64> {
        let Some(largest) = self.largest_offset else { return Ok(0.0) };
        let (mut sum, mut total) = (0.0, 0.0);
        origin.each(glm, |block| {
            let Some(offset) = block.design().offset() else { return Ok(()) };
            for row in block.design().observed_rows() {
                let weight = block.design().weight(row);
                let value = if glm.link() == Link::Log { (offset[row] - largest).exp() } else { offset[row] };
                (sum, total) = (sum + weight * value, total + weight);
            }
            Ok(())
        })?;
        let mean = if total > 0.0 { sum / total } else { 0.0 };
        Ok(if glm.link() == Link::Log { largest + mean.max(f64::MIN_POSITIVE).ln() } else { mean })
    }
}

/// An error of a row of a block, by its number among all.
pub(super) fn of_block(error: Error, first: usize) -> Error {
    match error {
        Error::NonFinite { row, column, value } => Error::NonFinite { row: row + first, column, value },
        Error::OutOfRange { row, column, value, allowed } => {
            Error::OutOfRange { row: row + first, column, value, allowed }
        }
        Error::UnknownLevel { row, factor, code, levels } => {
            Error::UnknownLevel { row: row + first, factor, code, levels }
        }
        Error::LabelOutOfRange { row, label, classes } => Error::LabelOutOfRange { row: row + first, label, classes },
        other => other,
    }
}
