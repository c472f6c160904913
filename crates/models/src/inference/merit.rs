//! How well a model does: sums over the rows, of predictors that were computed before.

use crate::error::Result;
use crate::family::Family;
use crate::glm::Glm;
use crate::linalg::norm;
use ndarray::Array1;

impl Glm<'_> {
    /// The number of rows with a positive weight.
    pub(super) fn observations(&self) -> usize {
        self.design().observed_rows().count()
    }

    /// `Σ w·d(y, μ)`.
    pub(super) fn deviance(&self, predictors: &[f64]) -> f64 {
        self.weighted_sum(predictors, |y, eta| self.family().unit_deviance(self.link(), y, eta))
    }

    /// Pearson's statistic `Σ w(y − μ)²/V(μ)`.
    pub(super) fn pearson(&self, predictors: &[f64]) -> f64 {
        self.weighted_sum(predictors, |y, eta| self.family().pearson(self.link(), y, eta).powi(2))
    }

    /// The root of Pearson's statistic, which neither over- nor underflows.
    pub(super) fn pearson_size(&self, predictors: &[f64]) -> f64 {
        let residual = |row: usize| match self.design().weight(row) {
            0.0 => 0.0,
            weight => weight.sqrt() * self.family().pearson(self.link(), self.response()[row], predictors[row]),
        };
        norm((0..predictors.len()).map(residual).collect::<Array1<f64>>().view())
    }

    /// The log-likelihood at the maximum-likelihood dispersion. Gaussian weights are precisions, so that its dispersion is
    /// the deviance over the number of rows; the weights of other families count.
    pub(super) fn log_likelihood(&self, predictors: &[f64], deviance: f64) -> f64 {
        let counted = match self.family() {
            Family::Gaussian => self.observations() as f64,
            _ => self.weighted_sum(predictors, |_, _| 1.0),
        };
        let row = |(row, &eta): (usize, &f64)| {
            let (y, weight) = (self.response()[row], self.design().weight(row));
            self.family().log_likelihood(self.link(), y, eta, weight, deviance / counted)
        };
        sum(predictors.iter().enumerate().map(row))
    }

    /// The deviance of the model of the intercept alone.
    pub(super) fn null_deviance(&self) -> Result<f64> {
        let offset = |row: usize| self.design().offset().map_or(0.0, |offset| offset[row]);
        let constant =
            |intercept: f64| -> Vec<f64> { (0..self.response().len()).map(|row| intercept + offset(row)).collect() };
        if !self.design().has_intercept() {
            return Ok(self.deviance(&constant(0.0)));
        }
        if self.design().offset().is_some() {
            let null = self.null().fit(&Default::default())?;
            return Ok(self.deviance(&constant(null.coefficients()[0])));
        }
        let zeros = constant(0.0);
        let mean = self.weighted_sum(&zeros, |y, _| y) / self.weighted_sum(&zeros, |_, _| 1.0);
        Ok(self.deviance(&constant(self.link().predictor(mean))))
    }

    fn weighted_sum(&self, predictors: &[f64], of_row: impl Fn(f64, f64) -> f64) -> f64 {
        let term = |(row, &eta): (usize, &f64)| match self.design().weight(row) {
            0.0 => 0.0,
            weight => weight * of_row(self.response()[row], eta),
        };
        sum(predictors.iter().enumerate().map(term))
    }
}

/// Akaike's and the Bayesian information criterion: `−2·log-likelihood` with 2, and with ln n, for each of the parameters counted.
pub(crate) fn criteria(log_likelihood: f64, counted: f64, observations: usize) -> [f64; 2] {
    [-2.0 * log_likelihood + 2.0 * counted, -2.0 * log_likelihood + (observations as f64).ln() * counted]
}

/// The deviance of the model in which every row has the classes' shares in the total weight.
pub(crate) fn deviance_of_shares(class_weights: &[f64]) -> f64 {
    let total: f64 = class_weights.iter().sum();
    let of_class = |&weight: &f64| if weight > 0.0 { -weight * (weight / total).ln() } else { 0.0 };
    2.0 * class_weights.iter().map(of_class).sum::<f64>()
}

/// A sum with compensation for what rounding loses (Neumaier 1974).
fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0);
    for term in terms {
        let next = sum + term;
        lost += if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
        sum = next;
    }
    if lost.is_finite() { sum + lost } else { sum }
}
