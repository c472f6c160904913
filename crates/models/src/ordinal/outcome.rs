//! A fitted ordinal regression: its coefficients and thresholds, and what it predicts.

use crate::design::Design;
use crate::error::{Error, Result};
use crate::fit::Fit;
use crate::inference::{Probability, Spread};
use crate::ridge::Ridge;
use crate::softmax::{check_classes, most_probable};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use serde::{Deserialize, Serialize};

/// A fitted ordinal regression: all that prediction needs.
///
/// ```
/// use models::{Design, ordinal::Ordinal};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [1.0], [2.0], [3.0]]);
/// let labels = arr1(&[0, 0, 1, 1, 2, 2, 2, 0, 0]);
/// let model = Ordinal::new(Design::new(&x).with_names(&["dose"])?, &["none", "mild", "strong"], &labels)?;
/// let fit = model.fit(&Default::default())?;
/// assert_eq!(fit.predict_level(model.design())?.len(), 9);
/// assert!(fit.thresholds()[0] < fit.thresholds()[1]);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrdinalFit {
    /// The levels, the lowest first.
    pub levels: Vec<String>,
    /// The names of the coefficients, those of the design without its intercept.
    pub terms: Vec<String>,
    /// The weight of the ridge penalty.
    pub ridge: f64,
    /// The number of rows.
    pub rows: usize,
    /// The optimiser's outcome; its parameters are the coefficients, then the thresholds, each named `lower|higher`.
    pub fit: Fit,
}

/// What is expected of a row, with standard errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrdinalPrediction {
    /// The linear predictor η.
    pub eta: f64,
    /// Its standard error.
    pub eta_std_error: f64,
    /// The probability of each level.
    pub levels: Vec<Probability>,
}

impl OrdinalFit {
    /// The coefficients, in the order of [`terms`](Self::terms).
    pub fn coefficients(&self) -> &[f64] {
        let parameters = &self.fit.parameters;
        &parameters[..self.terms.len().min(parameters.len())]
    }

    /// The thresholds, the lowest first.
    pub fn thresholds(&self) -> &[f64] {
        let parameters = &self.fit.parameters;
        &parameters[self.terms.len().min(parameters.len())..]
    }

    /// Makes sure that what was read from a file is a fit: see [`Fit::check`].
    ///
    /// # Errors
    /// As [`Fit::check`]; levels, terms or a penalty that don't fit the parameters; thresholds out of order.
    pub fn check(&self) -> Result<()> {
        check_classes(&self.levels)?;
        let (found, expected) = (self.fit.parameters.len(), self.terms.len().saturating_add(self.levels.len() - 1));
        if found != expected {
            return Err(Error::CountMismatch { what: "parameters", found, expected });
        }
        Ridge::new(self.ridge)?;
        self.fit.check()?;
        let pairs = self.thresholds().windows(2).enumerate();
        match pairs.filter(|(_, pair)| pair[0] >= pair[1]).map(|(row, pair)| (row + 1, pair[1])).next() {
            Some((row, value)) => {
                let allowed = "thresholds rise: it must be above the one before it";
                Err(Error::OutOfRange { row, column: "thresholds".into(), value, allowed })
            }
            None => Ok(()),
        }
    }

    /// The linear predictors `η` of a design with the same columns and factors; its intercept is left out.
    ///
    /// # Errors
    /// Other names than those of the fit; a cell that is not finite; a fit that [`check`](Self::check) refuses.
    pub fn predict_linear(&self, design: &Design<'_>) -> Result<Vec<f64>> {
        self.check()?;
        design.clone().without_intercept().predict(&self.terms, ArrayView1::from(self.coefficients()))
    }

    /// The probability of each level (a column) for each row of a design with the same columns and factors.
    ///
    /// # Errors
    /// As [`predict_linear`](Self::predict_linear).
    pub fn predict(&self, design: &Design<'_>) -> Result<Array2<f64>> {
        let predictors = self.predict_linear(design)?;
        let mut out = Array2::zeros((predictors.len(), self.levels.len()));
        for (eta, mut cells) in predictors.into_iter().zip(out.axis_iter_mut(Axis(0))) {
            cells.assign(&ArrayView1::from(&self.probabilities(eta)));
        }
        Ok(out)
    }

    /// The predictions of a design with the same columns and factors, with standard errors by the delta method; the covariance is
    /// that of [`OrdinalInference`](super::OrdinalInference).
    ///
    /// ```
    /// use models::{Design, ordinal::Ordinal};
    /// use ndarray::{arr1, Array2};
    /// let (nothing, labels) = (Array2::zeros((6, 0)), arr1(&[0, 0, 1, 1, 1, 2]));
    /// let model = Ordinal::new(Design::new(&nothing), &["low", "middle", "high"], &labels)?;
    /// let fit = model.fit(&Default::default())?;
    /// let row = &fit.predict_with_errors(model.design(), &fit.inference(&model)?.spread())?[0];
    /// // Of a share: √(π(1 − π)/n).
    /// assert!((row.levels[1].value() - 0.5).abs() < 1e-8);
    /// assert!((row.levels[1].std_error() - (0.25f64 / 6.0).sqrt()).abs() < 1e-8);
    /// # Ok::<(), models::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`predict_linear`](Self::predict_linear); a covariance of another size; a row whose variance is lost in rounding.
    pub fn predict_with_errors(&self, design: &Design<'_>, spread: &Spread) -> Result<Vec<OrdinalPrediction>> {
        let predictors = self.predict_linear(design)?;
        let design = design.clone().without_intercept();
        spread.check(self.fit.parameters.len())?;
        let mut cells = Array1::zeros(self.terms.len());
        let mut of_row = |(row, eta): (usize, f64)| {
            design.write_row(row, cells.view_mut());
            let std_error = |slope: f64, thresholds: [(usize, f64); 2]| {
                let mut gradient = Array1::zeros(self.fit.parameters.len());
                gradient.iter_mut().zip(&cells).for_each(|(part, cell)| *part = slope * cell);
                for (place, slope) in thresholds {
                    if let Some(part) = gradient.get_mut(self.terms.len().saturating_add(place)) {
                        *part = slope;
                    }
                }
                spread.std_error(row, gradient.view())
            };
            const NONE: (usize, f64) = (usize::MAX, 0.0);
            let of_level = |(level, (a, b)): (usize, (f64, f64))| {
                let (log_odds, [above, below]) = log_odds_of_difference(a - eta, b - eta);
                let thresholds = [(level, above), if level > 0 { (level - 1, -below) } else { NONE }];
                Ok(Probability { log_odds, log_odds_std_error: std_error(below - above, thresholds)? })
            };
            let levels = self.limits().enumerate().map(of_level).collect::<Result<_>>()?;
            Ok(OrdinalPrediction { eta, eta_std_error: std_error(1.0, [NONE; 2])?, levels })
        };
        predictors.into_iter().enumerate().map(&mut of_row).collect()
    }

    /// The most probable level of each row, by its place; the lowest of those that tie.
    ///
    /// # Errors
    /// As [`predict_linear`](Self::predict_linear).
    pub fn predict_level(&self, design: &Design<'_>) -> Result<Vec<usize>> {
        Ok(most_probable(&self.predict(design)?))
    }

    /// The probabilities of the levels at a linear predictor.
    pub fn probabilities(&self, eta: f64) -> Vec<f64> {
        self.limits().map(|(above, below)| sigmoid_difference(above - eta, below - eta)).collect()
    }

    /// The thresholds above and below each level.
    fn limits(&self) -> impl Iterator<Item = (f64, f64)> {
        let thresholds = self.thresholds();
        let above = thresholds.iter().copied().chain([f64::INFINITY]);
        above.zip([f64::NEG_INFINITY].into_iter().chain(thresholds.iter().copied()))
    }
}

/// `σ(a) − σ(b) = σ(a)σ(−b)(1 − e^(b − a))`, which cancels in neither tail.
fn sigmoid_difference(a: f64, b: f64) -> f64 {
    let sigmoid = |x: f64| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) };
    sigmoid(a) * sigmoid(-b) * -(b - a).exp_m1()
}

/// The log-odds of `π = σ(a) − σ(b)`, and the sizes of their derivatives by a and b, `σ′(a)/(π(1 − π))` and `σ′(b)/(π(1 − π))`, with
/// `1 − π = σ(b) + σ(−a)`: taken in logarithms, so that neither tail under- or overflows.
fn log_odds_of_difference(a: f64, b: f64) -> (f64, [f64; 2]) {
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let ln_sigmoid = |x: f64| -softplus(-x);
    let (ln_above, ln_below) = (ln_sigmoid(-a), ln_sigmoid(b));
    let ln_rest = ln_above.max(ln_below) + (-(ln_above - ln_below).abs()).exp().ln_1p();
    let difference = -(b - a).exp_m1();
    let log_odds = ln_sigmoid(a) + ln_sigmoid(-b) + difference.ln() - ln_rest;
    let slope = |ln_own: f64, ln_other: f64| (ln_own - ln_rest - ln_other).exp() / difference;
    (log_odds, [slope(ln_above, ln_sigmoid(-b)), slope(ln_below, ln_sigmoid(a))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_of_sigmoids_keep_their_digits_in_both_tails() {
        // Of mpmath with 50 digits.
        for (a, b, expected) in [
            (40.0, 39.0, 7.299_869_917_724_197e-18),
            (-39.0, -40.0, 7.299_869_917_724_197e-18),
            (0.5, -0.5, 0.244_918_662_403_709_1),
            (f64::INFINITY, 700.0, 9.859_676_543_759_77e-305),
            (-700.0, f64::NEG_INFINITY, 9.859_676_543_759_77e-305),
        ] {
            let found = sigmoid_difference(a, b);
            assert!((found / expected - 1.0).abs() < 1e-14, "{a} {b}: {found:e}");
        }
    }

    #[test]
    fn log_odds_of_a_difference_have_the_slopes_of_differences() {
        let value = |a: f64, b: f64| log_odds_of_difference(a, b).0;
        for (a, b) in [(1.0, -0.5), (30.0, 29.0), (-29.0, -31.0), (2.0, f64::NEG_INFINITY), (f64::INFINITY, -3.0)] {
            let (found, [by_a, by_b]) = log_odds_of_difference(a, b);
            let p = sigmoid_difference(a, b);
            if p > 1e-3 {
                assert!((found - (p / (1.0 - p)).ln()).abs() < 1e-13, "{a} {b}: {found}");
            }
            let step = 1e-4;
            let slopes = [value(a + step, b) - value(a - step, b), value(a, b - step) - value(a, b + step)];
            for (slope, expected) in [by_a, by_b].into_iter().zip(slopes.map(|change| change / (2.0 * step))) {
                assert!((slope - expected).abs() < 1e-6 * expected.abs().max(1e-3), "{a} {b}: {slope} {expected}");
            }
        }
        let (far, [slope, none]) = log_odds_of_difference(-800.0, f64::NEG_INFINITY);
        assert_eq!((far, slope, none), (-800.0, 1.0, 0.0));
    }
}
