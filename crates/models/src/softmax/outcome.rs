//! A fitted softmax regression: its coefficients by class, and what it predicts.

use super::check_classes;
use super::likelihood::{log_odds, of_all_classes, probabilities};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::fit::Fit;
use crate::inference::{LogRatio, Probability, Spread};
use crate::ridge::Ridge;
use ndarray::{Array1, Array2, ArrayView1, Axis, s};
use serde::{Deserialize, Serialize};

/// A fitted softmax regression: all that prediction needs.
///
/// ```
/// use models::{Design, softmax::Softmax};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [1.0], [2.0], [3.0]]);
/// let labels = arr1(&[0, 0, 1, 1, 2, 2, 2, 0, 0]);
/// let model = Softmax::new(Design::new(&x).with_names(&["dose"])?, &["none", "mild", "strong"], &labels)?;
/// let fit = model.fit(&Default::default())?;
/// assert_eq!(fit.coefficients().map(|(class, _)| class).collect::<Vec<_>>(), ["mild", "strong"]);
/// assert_eq!(fit.predict(model.design())?.dim(), (9, 3));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoftmaxFit {
    /// The classes.
    pub classes: Vec<String>,
    /// The reference, by its place among the classes.
    pub reference: usize,
    /// The names of each class's coefficients, those of the design.
    pub terms: Vec<String>,
    /// The weight of the ridge penalty.
    pub ridge: f64,
    /// The number of rows.
    pub rows: usize,
    /// The optimiser's outcome; its parameters are the coefficients, class after class without the reference, each named
    /// `class:term`.
    pub fit: Fit,
}

impl SoftmaxFit {
    /// The classes but the reference, each with its coefficients in the order of [`terms`](Self::terms).
    pub fn coefficients(&self) -> impl Iterator<Item = (&str, &[f64])> {
        let reference = self.reference;
        let free = self.classes.iter().enumerate().filter(move |(class, _)| *class != reference);
        free.map(|(_, class)| class.as_str()).zip(self.fit.parameters.chunks(self.terms.len().max(1)))
    }

    /// Makes sure that what was read from a file is a fit: see [`Fit::check`].
    ///
    /// # Errors
    /// As [`Fit::check`]; classes, a reference, terms or a penalty that don't fit the parameters.
    pub fn check(&self) -> Result<()> {
        check_classes(&self.classes)?;
        if self.reference >= self.classes.len() {
            return Err(Error::LabelOutOfRange { row: 0, label: self.reference, classes: self.classes.len() });
        }
        let (found, expected) = (self.fit.parameters.len(), self.terms.len().saturating_mul(self.classes.len() - 1));
        if found != expected {
            return Err(Error::CountMismatch { what: "parameters", found, expected });
        }
        Ridge::new(self.ridge)?;
        self.fit.check()
    }

    /// The probability of each class (a column) for each row of a design with the same columns and factors.
    ///
    /// # Errors
    /// Other names than those of the fit; a cell that is not finite; a fit that [`check`](Self::check) refuses.
    pub fn predict(&self, design: &Design<'_>) -> Result<Array2<f64>> {
        let mut out = self.predictors(design)?;
        for mut cells in out.axis_iter_mut(Axis(0)) {
            let of_row = probabilities(&cells.to_vec());
            cells.assign(&ArrayView1::from(&of_row));
        }
        Ok(out)
    }

    /// The same with standard errors by the delta method; the covariance is that of
    /// [`SoftmaxInference`](super::SoftmaxInference).
    ///
    /// ```
    /// use models::{Design, softmax::Softmax};
    /// use ndarray::{arr1, Array2};
    /// let labels = arr1(&[0, 0, 1, 1, 1, 2]);
    /// let nothing = Array2::zeros((6, 0));
    /// let model = Softmax::new(Design::new(&nothing), &["a", "b", "c"], &labels)?;
    /// let fit = model.fit(&Default::default())?;
    /// let found = fit.predict_with_errors(model.design(), &fit.inference(&model)?.spread())?;
    /// // Of a share: √(π(1 − π)/n).
    /// assert!((found[[0, 1]].value() - 0.5).abs() < 1e-12);
    /// assert!((found[[0, 1]].std_error() - (0.25f64 / 6.0).sqrt()).abs() < 1e-12);
    /// # Ok::<(), models::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`predict`](Self::predict); a covariance of another size; a row whose variance is lost in rounding.
    pub fn predict_with_errors(&self, design: &Design<'_>, spread: &Spread) -> Result<Array2<Probability>> {
        let predictors = self.predictors(design)?;
        spread.check(self.fit.parameters.len())?;
        let free = |slopes: Vec<f64>| slopes.into_iter().enumerate().filter(|(class, _)| *class != self.reference);
        let mut cells = Array1::zeros(self.terms.len());
        let mut found = Vec::with_capacity(predictors.len());
        for (row, eta) in predictors.outer_iter().enumerate() {
            design.write_row(row, cells.view_mut());
            for class in 0..self.classes.len() {
                let (log_odds, slopes) = log_odds(&eta.to_vec(), class);
                let gradient: Array1<f64> =
                    free(slopes).flat_map(|(_, slope)| cells.iter().map(move |cell| slope * cell)).collect();
                found.push(Probability { log_odds, log_odds_std_error: spread.std_error(row, gradient.view())? });
            }
        }
        let shape = predictors.dim();
        Ok(Array2::from_shape_fn(shape, |(row, class)| found[row * shape.1 + class]))
    }

    /// The linear predictors `ln(π/π₀)` of the classes but the reference (a column each) for each row of a design with the same
    /// columns and factors, with standard errors; the covariance is that of [`SoftmaxInference`](super::SoftmaxInference).
    ///
    /// ```
    /// use models::{Design, softmax::Softmax};
    /// use ndarray::{arr1, Array2};
    /// let labels = arr1(&[0, 0, 1, 1, 1, 2]);
    /// let nothing = Array2::zeros((6, 0));
    /// let model = Softmax::new(Design::new(&nothing), &["a", "b", "c"], &labels)?;
    /// let fit = model.fit(&Default::default())?;
    /// let found = fit.predict_linear_with_errors(model.design(), &fit.inference(&model)?.spread())?;
    /// // Of a ratio of counts: √(1/n₁ + 1/n₀).
    /// assert!((found[[0, 0]].value - 1.5f64.ln()).abs() < 1e-12);
    /// assert!((found[[0, 0]].std_error - (1.0f64 / 3.0 + 0.5).sqrt()).abs() < 1e-12);
    /// # Ok::<(), models::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`predict_with_errors`](Self::predict_with_errors).
    pub fn predict_linear_with_errors(&self, design: &Design<'_>, spread: &Spread) -> Result<Array2<LogRatio>> {
        let predictors = self.predict_linear(design)?;
        spread.check(self.fit.parameters.len())?;
        let terms = self.terms.len();
        let mut cells = Array1::zeros(terms);
        let mut found = Vec::with_capacity(predictors.len());
        for (row, eta) in predictors.outer_iter().enumerate() {
            design.write_row(row, cells.view_mut());
            for (place, &value) in eta.iter().enumerate() {
                let mut gradient = Array1::zeros(self.fit.parameters.len());
                gradient.slice_mut(s![place * terms..(place + 1) * terms]).assign(&cells);
                found.push(LogRatio { value, std_error: spread.std_error(row, gradient.view())? });
            }
        }
        let shape = predictors.dim();
        Ok(Array2::from_shape_fn(shape, |(row, class)| found[row * shape.1 + class]))
    }

    /// The linear predictors `ln(π/π₀)` of the classes but the reference (a column each) for each row of a design with the same
    /// columns and factors.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_linear(&self, design: &Design<'_>) -> Result<Array2<f64>> {
        let mut predictors = self.predictors(design)?;
        predictors.remove_index(Axis(1), self.reference);
        Ok(predictors)
    }

    /// The linear predictor of each class (a column) for each row.
    fn predictors(&self, design: &Design<'_>) -> Result<Array2<f64>> {
        self.check()?;
        let of_class = |(_, theta): (&str, &[f64])| design.predict(&self.terms, ArrayView1::from(theta));
        let predictors: Vec<Vec<f64>> = self.coefficients().map(of_class).collect::<Result<_>>()?;
        let classes = self.classes.len();
        let mut out = Array2::zeros((design.rows(), classes));
        for (row, mut cells) in out.axis_iter_mut(Axis(0)).enumerate() {
            let of_row = predictors.iter().map(|of_class| of_class[row]);
            cells.assign(&ArrayView1::from(&of_all_classes(of_row, classes, self.reference)));
        }
        Ok(out)
    }

    /// The most probable class of each row, by its place; the first of those that tie.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_class(&self, design: &Design<'_>) -> Result<Vec<usize>> {
        Ok(most_probable(&self.predict(design)?))
    }
}

/// The place of each row's largest element.
pub(crate) fn most_probable(probabilities: &Array2<f64>) -> Vec<usize> {
    let best = |row: ArrayView1<'_, f64>| {
        let later = |best: (usize, f64), (class, &p): (usize, &f64)| if p > best.1 { (class, p) } else { best };
        row.iter().enumerate().fold((0, f64::NEG_INFINITY), later).0
    };
    probabilities.outer_iter().map(best).collect()
}
