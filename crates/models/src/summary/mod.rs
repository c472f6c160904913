//! A fit and its inference as a printed page, laid out as users of R and statsmodels know it.

pub(crate) mod table;

use crate::glm::GlmFit;
use crate::inference::Inference;
use std::fmt;

/// Prints a fit with its inference; a coefficient whose estimate is NaN is printed as NA.
///
/// The null deviance is that of the intercept and the offset alone; without an intercept that of `η = offset`, or of
/// `η = 0` where there is no offset either, as R's `glm` has it. (Of a link for which that is no mean the family can have,
/// such as 1/0, it isn't a finite number.)
///
/// ```
/// use models::{Design, Family, Glm, Summary, inference::Covariance};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]);
/// let y = arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]);
/// let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// let fit = model.fit(&Default::default())?;
/// let inference = fit.inference(&model, Covariance::Expected)?;
/// let page = Summary::new(&fit, &inference).to_string();
/// assert!(page.contains("Pr(>|z|)") && page.contains("dose"));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Summary<'s> {
    fit: &'s GlmFit,
    inference: &'s Inference,
    theta: Option<(f64, f64)>,
    notes: Vec<String>,
    intervals: Option<Intervals<'s>>,
}

/// A table of intervals.
#[derive(Clone, Debug)]
struct Intervals<'s> {
    level: f64,
    method: &'s str,
    ends: &'s [(f64, f64)],
}

impl<'s> Summary<'s> {
    /// The page of a fit.
    pub fn new(fit: &'s GlmFit, inference: &'s Inference) -> Self {
        Self { fit, inference, theta: None, notes: Vec::new(), intervals: None }
    }

    /// Adds a line before the coefficients, such as how their standard errors were estimated.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a line with the θ of a negative binomial model that was estimated, and its standard error.
    pub fn with_theta(mut self, theta: f64, std_error: f64) -> Self {
        self.theta = Some((theta, std_error));
        self
    }

    /// Adds a table of the coefficients' intervals of this level, under the name of the method that they are by.
    pub fn with_intervals(mut self, level: f64, method: &'s str, ends: &'s [(f64, f64)]) -> Self {
        self.intervals = Some(Intervals { level, method, ends });
        self
    }

    /// Whether the residuals are all rounding.
    fn is_perfect(&self) -> bool {
        const ROUNDING: f64 = 1e-26;
        let Inference { student, residual_df, deviance, null_deviance, .. } = *self.inference;
        let is_rounding = null_deviance.is_finite() && deviance <= ROUNDING * null_deviance;
        student && residual_df > 0 && is_rounding && !self.has_lost_squares()
    }

    /// Whether the residuals' squares are too small for the numbers, but not the residuals, of which standard errors are made.
    fn has_lost_squares(&self) -> bool {
        let Inference { student, dispersion, ref coefficients, .. } = *self.inference;
        let has_errors = coefficients.iter().any(|row| row.std_error > 0.0 && row.std_error.is_finite());
        student && dispersion < f64::MIN_POSITIVE && has_errors
    }

    /// The family, as quasi-family where its dispersion is estimated although it knows it.
    fn family(&self) -> String {
        if let Some((theta, _)) = self.theta {
            return format!("Negative Binomial({})", table::significant(theta, 5));
        }
        let quasi = self.inference.student && self.fit.family.has_known_dispersion();
        format!("{}{}", if quasi { "quasi" } else { "" }, self.fit.family)
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fit, inference) = (self.fit, self.inference);
        let family = self.family();
        writeln!(f, "Family: {family}, link: {}, {} rows", fit.link, fit.rows)?;
        if fit.ridge > 0.0 {
            writeln!(f, "Ridge penalty: {}", table::plain(fit.ridge))?;
        }
        if let Some((theta, std_error)) = self.theta {
            let [theta, std_error] = [theta, std_error].map(|number| table::significant(number, 5));
            writeln!(f, "Theta: {theta}, standard error {std_error}")?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        let undefined = inference.coefficients.iter().filter(|row| row.estimate.is_nan()).count();
        match undefined {
            0 => writeln!(f, "\nCoefficients:")?,
            _ => writeln!(f, "\nCoefficients: ({undefined} not defined because of singularities)")?,
        }
        let rows: Vec<_> = inference.coefficients.iter().map(|row| (row.name.as_str(), row)).collect();
        table::coefficients(f, &rows, if inference.student { 't' } else { 'z' })?;
        writeln!(f, "{}", table::LEGEND)?;
        table::aliased(f, &fit.aliased)?;
        if let Some(Intervals { level, method, ends }) = &self.intervals {
            writeln!(f, "\n{}% intervals ({method}):", (level * 1e8).round() / 1e6)?;
            let ends = ends.iter().copied();
            let rows: Vec<_> = inference.coefficients.iter().map(|row| row.name.as_str()).zip(ends).collect();
            table::intervals(f, &rows, *level)?;
        }
        let (known, dispersion) = (!inference.student, table::significant(inference.dispersion, 7));
        let how = match inference.residual_df {
            _ if known => "taken to be 1".to_string(),
            0 => "can't be estimated: there is a coefficient for each row".to_string(),
            _ => format!("estimated as {dispersion}"),
        };
        writeln!(f, "\n(Dispersion parameter for {family} family {how})\n")?;
        if self.is_perfect() {
            writeln!(
                f,
                "The fit is perfect but for rounding, of which standard errors and tests are made: they say nothing.\n"
            )?;
        }
        if self.has_lost_squares() {
            writeln!(
                f,
                "The squares of the residuals are too small to be numbers: dispersion, deviances and likelihood are wrong, standard errors and\ntests hold. Scale the response to a size about 1.\n"
            )?;
        }
        table::deviances(
            f,
            [(inference.null_deviance, Some(inference.null_df)), (inference.deviance, Some(inference.residual_df))],
        )?;
        table::merit(f, inference.log_likelihood, inference.aic, inference.bic)?;
        writeln!(f, "\nIterations: {}; {}", fit.fit.iterations, fit.fit.reason())
    }
}
