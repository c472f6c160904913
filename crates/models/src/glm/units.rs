//! Whether responses, weights and columns are in units whose squares the numbers hold. A sum that leaves their range is infinite,
//! or 0, beside which every gradient would be small.

use super::Glm;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::fit::Method;
use crate::link::Link;
use crate::objective::Objective;

/// What sums of squares may be: of Newton's methods, and of L-BFGS, which takes squares of gradients too.
const LARGEST: f64 = 1e290;
const LARGEST_OF_GRADIENTS: f64 = 1e40;

impl Glm<'_> {
    /// Refuses units in which the information or the loss would leave the range of the numbers.
    pub(super) fn check_units(&self, method: Method) -> Result<()> {
        let is_within = |sum: f64, largest: f64| (1.0 / largest..=largest).contains(&sum);
        let most = if method == Method::Lbfgs { LARGEST_OF_GRADIENTS } else { LARGEST };
        let weights: f64 = self.design.observed_rows().map(|row| self.design.weight(row)).sum();
        let size = self.family.typical_response(self.link, self.y, |row| self.design.weight(row));
        let precision = self.family.precision(size);
        // The Newton step of least squares is exact in any units of the responses.
        let is_exact = self.family == Family::Gaussian && self.link == Link::Identity && method == Method::Newton;
        if size != 0.0 && !is_exact && !is_within(weights * precision, most) {
            return Err(match is_within(precision, most) {
                true => Error::Units { what: "the weights".into(), size: weights },
                false => Error::Units { what: "the responses".into(), size },
            });
        }
        if !self.ridge.is_none() || size == 0.0 {
            return Ok(());
        }
        let information = self.information_of_mean();
        let squares = self.design.squares(information);
        for (place, _) in squares.iter().enumerate().filter(|(_, square)| !is_within(**square, LARGEST)) {
            // The squares are of a sample of the rows, and of columns that may be all 0, or not finite.
            let cell = self.largest_cell(place);
            if cell == 0.0 || is_within(weights * information * cell * cell, LARGEST) {
                continue;
            }
            self.check()?;
            return Err(match self.design.has_intercept() && place == 0 {
                true => Error::Units { what: "the responses".into(), size },
                false => Error::Units { what: format!("`{}`", self.design.names()[place]), size: cell },
            });
        }
        Ok(())
    }

    /// The expected second derivative of a row's loss by the predictor, at the mean response.
    pub(super) fn information_of_mean(&self) -> f64 {
        let mean = self.mean_response();
        let slope = self.link.slope(self.link.predictor(mean));
        match self.family {
            Family::Gaussian => slope * slope,
            family => (slope / mean) * (slope / mean) * family.precision(mean),
        }
    }

    fn largest_cell(&self, place: usize) -> f64 {
        let mut largest = 0.0f64;
        for row in self.design.observed_rows() {
            self.design
                .visit_row(row, |at, cell| largest = if at == place { largest.max(cell.abs()) } else { largest });
        }
        largest
    }
}
