//! Where a fit starts, and how large its losses are.

use super::{Dispersion, Glm};
use crate::error::Result;
use crate::family::{Family, Responses};
use crate::fit::{Options, minimise};
use crate::link::Link;
use ndarray::Array1;

impl Glm<'_> {
    /// Sums over the responses.
    pub(super) fn responses(&self) -> Responses {
        Responses::of(self.y.iter().enumerate().map(|(row, &y)| (self.design.weight(row), y)))
    }

    /// The weighted mean response, as the family allows it.
    pub(super) fn mean_response(&self) -> f64 {
        self.responses().mean(self.family, self.link)
    }

    /// About how large a row's loss is.
    pub(crate) fn typical_loss(&self) -> f64 {
        let responses = self.responses();
        let weight = responses.weights / self.design.observed_rows().count().max(1) as f64;
        let size = self.family.precision(responses.mean(self.family, self.link));
        // Near 1, a probability's precision is that of its complement.
        weight * if self.family == Family::Binomial { size.min(1.0) } else { size }
    }

    /// Parameters whose predictors are nearest to those of the responses, of the mean response where a response has none: R's
    /// first step. Distances are weighted by the information of a mean that is the response, but no row's by next to nothing.
    pub(crate) fn nearest_to_responses(&self) -> Result<Vec<f64>> {
        const LEAST_SHARE: f64 = 1e-6;
        let of_mean = self.link.predictor(self.mean_response());
        let of_row = |row: usize| {
            let mean = self.family.starting_mean(self.y[row], self.design.weight(row));
            let (own, information) = (self.link.predictor(mean), self.information_at(mean));
            if own.is_finite() && information.is_normal() { (own, information) } else { (of_mean, 0.0) }
        };
        let (predictors, information): (Vec<f64>, Vec<f64>) = (0..self.y.len()).map(of_row).unzip();
        let largest = information.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let weight =
            |(row, information): (usize, &f64)| self.design.weight(row) * (information / largest).max(LEAST_SHARE);
        self.nearest_to(&predictors, &information.iter().enumerate().map(weight).collect())
    }

    /// Parameters whose predictors are nearest to that of the mean response.
    pub(crate) fn nearest_to_mean(&self) -> Result<Vec<f64>> {
        let predictor = self.link.predictor(self.mean_response());
        let weights = (0..self.y.len()).map(|row| self.design.weight(row)).collect();
        self.nearest_to(&vec![predictor; self.y.len()], &weights)
    }

    /// The parameters of weighted least squares on these predictors.
    fn nearest_to(&self, predictors: &[f64], weights: &Array1<f64>) -> Result<Vec<f64>> {
        let offset = |row: usize| self.design.offset().map_or(0.0, |offset| offset[row]);
        let predictors: Array1<f64> = predictors.iter().enumerate().map(|(row, eta)| eta - offset(row)).collect();
        let least_squares = Glm {
            design: self.design.without_offset().with_weights(weights)?,
            y: predictors.view(),
            family: Family::Gaussian,
            link: Link::Identity,
            ridge: self.ridge.clone(),
            dispersion: Dispersion::Family,
            aliased: Vec::new(),
        };
        Ok(minimise(&least_squares, &Options::default())?.parameters)
    }

    /// What the offset adds to the predictor of the mean response.
    pub(super) fn typical_offset(&self) -> f64 {
        let Some(offset) = self.design.offset() else { return 0.0 };
        let mean = |of: &dyn Fn(f64) -> f64| {
            let rows = self.design.observed_rows().map(|row| (self.design.weight(row), of(offset[row])));
            let (sum, total) =
                rows.fold((0.0, 0.0), |(sum, total), (weight, value)| (sum + weight * value, total + weight));
            if total > 0.0 { sum / total } else { 0.0 }
        };
        if self.link != Link::Log {
            return mean(&|offset| offset);
        }
        // Means are multiplied: what counts is the mean factor.
        let largest = offset.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        largest + mean(&|offset| (offset - largest).exp()).max(f64::MIN_POSITIVE).ln()
    }
}
