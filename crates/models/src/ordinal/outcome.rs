//! A fitted ordinal regression: its coefficients and thresholds, and what it predicts.

use crate::design::Design;
use crate::error::{Error, Result};
use crate::fit::Fit;
use crate::ridge::Ridge;
use crate::softmax::{check_classes, most_probable};
use ndarray::{Array2, ArrayView1, Axis};
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

    /// The most probable level of each row, by its place; the lowest of those that tie.
    ///
    /// # Errors
    /// As [`predict_linear`](Self::predict_linear).
    pub fn predict_level(&self, design: &Design<'_>) -> Result<Vec<usize>> {
        Ok(most_probable(&self.predict(design)?))
    }

    /// The probabilities of the levels at a linear predictor.
    pub fn probabilities(&self, eta: f64) -> Vec<f64> {
        let thresholds = self.thresholds();
        let above = thresholds.iter().copied().chain([f64::INFINITY]);
        let below = [f64::NEG_INFINITY].into_iter().chain(thresholds.iter().copied());
        above.zip(below).map(|(above, below)| sigmoid_difference(above - eta, below - eta)).collect()
    }
}

/// `σ(a) − σ(b) = σ(a)σ(−b)(1 − e^(b − a))`, which cancels in neither tail.
fn sigmoid_difference(a: f64, b: f64) -> f64 {
    let sigmoid = |x: f64| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) };
    sigmoid(a) * sigmoid(-b) * -(b - a).exp_m1()
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
}
