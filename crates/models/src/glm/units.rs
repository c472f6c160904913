//! Whether responses, weights and columns are in units whose squares the numbers hold, and responses such that the link has means
//! for them. A sum that leaves the range of the numbers is infinite, or 0, beside which every gradient would be small.

use super::Glm;
use crate::error::{Error, Result};
use crate::family::{Family, Responses};
use crate::fit::Method;
use crate::link::Link;
use crate::objective::Objective;

/// What sums of squares may be: of Newton's methods, and of L-BFGS, which takes squares of gradients too.
const LARGEST: f64 = 1e290;
const LARGEST_OF_GRADIENTS: f64 = 1e40;
/// Means a rounding beyond a probability still are one.
const ROUNDING: f64 = 1e-9;

impl Glm<'_> {
    /// Refuses units in which the information or the loss would leave the range of the numbers, and responses of a mean that the link
    /// doesn't have. `cells` gives the largest cell of each parameter, where there is reason to look for it at this information of a row.
    pub(crate) fn check_units(
        &self,
        method: Method,
        responses: &Responses,
        cells: impl FnOnce(f64) -> Result<Option<Vec<f64>>>,
    ) -> Result<()> {
        self.check_link(responses)?;
        let most = if method == Method::Lbfgs { LARGEST_OF_GRADIENTS } else { LARGEST };
        let (weights, size) = (responses.weights, responses.size(self.family, self.link));
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
        let information = self.information_at(responses.mean(self.family, self.link));
        for (place, cell) in cells(information)?.into_iter().flatten().enumerate() {
            // A column may be all 0.
            if cell == 0.0 || is_within(weights * information * cell * cell, LARGEST) {
                continue;
            }
            return Err(match self.design.has_intercept() && place == 0 {
                true => Error::Units { what: "the responses".into(), size },
                false => Error::Units { what: format!("`{}`", self.design.names()[place]), size: cell },
            });
        }
        Ok(())
    }

    /// Means that are probabilities are no model of responses that are larger.
    fn check_link(&self, responses: &Responses) -> Result<()> {
        let (link, mean) = (self.link, responses.plain_mean());
        match link.is_of_probabilities() && !(-ROUNDING..=1.0 + ROUNDING).contains(&mean) && mean.is_finite() {
            true => Err(Error::LinkRange { link, mean }),
            false => Ok(()),
        }
    }

    /// The expected second derivative of a row's loss by the predictor, at a mean.
    pub(crate) fn information_at(&self, mean: f64) -> f64 {
        let slope = self.link.slope(self.link.predictor(mean));
        match self.family {
            Family::Gaussian => slope * slope,
            family => (slope / mean) * (slope / mean) * family.precision(mean),
        }
    }

    /// The largest cell of each parameter, where a sum of squares of some of the rows leaves the range.
    pub(super) fn largest_cells_in_doubt(&self, information: f64) -> Result<Option<Vec<f64>>> {
        if self.design.squares(information).iter().all(|&square| is_within(square, LARGEST)) {
            return Ok(None);
        }
        self.check()?;
        let mut largest = vec![0.0; self.design.parameters()];
        self.design.mark_largest(0..self.design.rows(), &mut largest);
        Ok(Some(largest))
    }
}

fn is_within(sum: f64, largest: f64) -> bool {
    (1.0 / largest..=largest).contains(&sum)
}
