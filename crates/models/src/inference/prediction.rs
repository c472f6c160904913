//! Predictions with their uncertainty.

use super::Spread;
use super::distribution::Reference;
use crate::design::Design;
use crate::error::Result;
use crate::family::Family;
use crate::glm::GlmFit;
use crate::link::Link;
use ndarray::Array1;
use serde::{Deserialize, Serialize};

/// What is expected of a row, with standard errors: of the estimated mean, not of a new response.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The linear predictor η.
    pub eta: f64,
    /// Its standard error, `√(xᵀVx)` with the row x and the covariance V of the coefficients.
    pub eta_std_error: f64,
    /// The mean μ; NaN where the family has none for this predictor, as of a negative predictor of counts by the identity.
    pub mean: f64,
    /// Its standard error by the delta method, `|∂μ/∂η|·√(xᵀVx)`.
    pub mean_std_error: f64,
}

impl Prediction {
    /// `η ± quantile·standard error`.
    pub fn interval(&self, quantile: f64) -> (f64, f64) {
        let half = quantile * self.eta_std_error;
        (self.eta - half, self.eta + half)
    }
}

/// The probability π of a class in a row, with its uncertainty, on the scale of log-odds: π and `1 − π` keep their digits.
///
/// ```
/// use models::inference::Probability;
/// let half = Probability { log_odds: 0.0, log_odds_std_error: 0.4 };
/// assert_eq!((half.value(), half.std_error()), (0.5, 0.1));
/// let (low, high) = half.interval(1.96);
/// assert!((low + high - 1.0).abs() < 1e-15 && (low - 0.3134).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probability {
    /// `ln(π/(1 − π))`.
    pub log_odds: f64,
    /// Its standard error, by the delta method.
    pub log_odds_std_error: f64,
}

impl Probability {
    /// π.
    pub fn value(&self) -> f64 {
        sigmoid(self.log_odds)
    }

    /// The standard error of π by the delta method, `π(1 − π)` times that of the log-odds.
    pub fn std_error(&self) -> f64 {
        sigmoid(self.log_odds) * sigmoid(-self.log_odds) * self.log_odds_std_error
    }

    /// The probabilities of the log-odds `± quantile·standard error`: they stay between 0 and 1.
    pub fn interval(&self, quantile: f64) -> (f64, f64) {
        let half = quantile * self.log_odds_std_error;
        (sigmoid(self.log_odds - half), sigmoid(self.log_odds + half))
    }
}

/// The linear predictor of a class in a row, the logarithm of its probability over the reference's, with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRatio {
    /// `ln(π/π₀)`.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
}

impl LogRatio {
    /// `value ± quantile·standard error`.
    pub fn interval(&self, quantile: f64) -> (f64, f64) {
        let half = quantile * self.std_error;
        (self.value - half, self.value + half)
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl GlmFit {
    /// The predictions of a design with the same columns and factors, as R's `predict.glm` has them with `se.fit`; the
    /// covariance is that of [`Inference`](super::Inference), whichever it is.
    ///
    /// ```
    /// use models::{Design, Family, Glm, inference::Covariance};
    /// use ndarray::{arr1, arr2};
    /// let (x, y) = (arr2(&[[0.0], [0.0], [1.0], [1.0]]), arr1(&[3.0, 5.0, 10.0, 6.0]));
    /// let model = Glm::new(Design::new(&x), &y, Family::Poisson)?;
    /// let fit = model.fit(&Default::default())?;
    /// let inference = fit.inference(&model, Covariance::Expected)?;
    /// let row = fit.predict_with_errors(&Design::new(&arr2(&[[1.0]])), &inference.spread())?[0];
    /// // Of a group of counts: √(1/Σy) of the logarithm, √Σy/n of the mean.
    /// assert!((row.mean - 8.0).abs() < 1e-9 && (row.mean_std_error - 2.0).abs() < 1e-9);
    /// assert!((row.eta_std_error - 0.25).abs() < 1e-9);
    /// # Ok::<(), models::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`predict_linear`](Self::predict_linear); a covariance of another size; a row whose variance is lost in rounding, as of
    /// columns that hardly move beside their means.
    pub fn predict_with_errors(&self, design: &Design<'_>, spread: &Spread) -> Result<Vec<Prediction>> {
        let design = self.without_aliased(design)?;
        let predictors = self.predict_linear(&design)?;
        spread.check(self.coefficients().len())?;
        let mut cells = Array1::zeros(self.coefficients().len());
        let mut of_row = |(row, eta): (usize, f64)| {
            design.write_row(row, cells.view_mut());
            let eta_std_error = spread.std_error(row, cells.view())?;
            let mean_std_error = eta_std_error * self.link.slope(eta).abs();
            let mean = self.mean(eta);
            let mean_std_error = if mean.is_nan() { f64::NAN } else { mean_std_error };
            Ok(Prediction { eta, eta_std_error, mean, mean_std_error })
        };
        predictors.into_iter().enumerate().map(&mut of_row).collect()
    }

    /// The ends of the interval of a row's mean, the smaller first: the means of the linear predictors `η ± quantile·standard error`,
    /// as far as the family can have them. It holds the mean, and where predictors of both signs have means without end, as by the
    /// inverse link of a Gaussian, it is without ends. NaN where the mean is.
    pub fn mean_interval(&self, row: &Prediction, quantile: f64) -> (f64, f64) {
        let (low, high) = row.interval(quantile);
        if row.mean.is_nan() || low.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        let (least, greatest) = self.predictors();
        let (low, high) = (low.clamp(least, greatest), high.clamp(least, greatest));
        let (first, last) = (self.link.mean(low), self.link.mean(high));
        match self.link {
            Link::Inverse if low < 0.0 && high > 0.0 => (f64::NEG_INFINITY, f64::INFINITY),
            Link::Inverse if low < 0.0 && high == 0.0 => (f64::NEG_INFINITY, first),
            Link::Sqrt if low < 0.0 && high > 0.0 => (0.0, first.max(last)),
            _ => (first.min(last), first.max(last)),
        }
    }

    /// The mean of a linear predictor; NaN where the family has none, as of a negative predictor of counts by the identity or of a
    /// probability above 1.
    pub fn mean(&self, eta: f64) -> f64 {
        let (least, greatest) = self.predictors();
        if (least..=greatest).contains(&eta) {
            return self.link.mean(eta);
        }
        // Rows at the end that a fit stopped at may be rounded past it.
        let largest = self.coefficients().iter().fold(0.0, |largest: f64, estimate| largest.max(estimate.abs()));
        let nearest = eta.clamp(least, greatest);
        if (eta - nearest).abs() <= ROUNDING * largest { self.link.mean(nearest) } else { f64::NAN }
    }

    /// The least and the greatest linear predictor of a mean that the family has.
    fn predictors(&self) -> (f64, f64) {
        let everything = (f64::NEG_INFINITY, f64::INFINITY);
        match (self.family, self.link) {
            // What ends these is the range of numbers alone, and not yet the means'.
            (Family::InverseGaussian, Link::Log) => everything,
            (family, link) => family.domain(link).unwrap_or(everything),
        }
    }
}

/// By how much of the largest coefficient a predictor may be rounded.
const ROUNDING: f64 = 1e-13;

/// The factor of the standard error in an interval that covers the truth with probability `level`: the quantile of Student's t
/// with these degrees of freedom, where the dispersion is estimated, else of the normal distribution. NaN of a level that is
/// not between 0 and 1.
pub fn quantile(level: f64, student_df: Option<usize>) -> f64 {
    let reference = student_df.map_or(Reference::Normal, |df| Reference::Student(df as f64));
    reference.quantile(0.5 + level / 2.0)
}
