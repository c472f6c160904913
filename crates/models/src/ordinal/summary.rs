//! A fitted ordinal regression with its inference as a printed page: a table of coefficients and one of thresholds.

use super::{OrdinalFit, OrdinalInference};
use crate::inference::Coefficient;
use crate::summary::table;
use std::fmt;

/// Prints a fit with its inference.
///
/// ```
/// use models::{Design, ordinal::{Ordinal, OrdinalSummary}};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [1.0], [2.0], [3.0]]);
/// let labels = arr1(&[0, 0, 1, 1, 2, 2, 2, 0, 0]);
/// let model = Ordinal::new(Design::new(&x).with_names(&["dose"])?, &["none", "mild", "strong"], &labels)?;
/// let fit = model.fit(&Default::default())?;
/// let page = OrdinalSummary::new(&fit, &fit.inference(&model)?).to_string();
/// assert!(page.contains("Levels: none < mild < strong") && page.contains("mild|strong"));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OrdinalSummary<'s> {
    fit: &'s OrdinalFit,
    inference: &'s OrdinalInference,
    notes: Vec<String>,
    level: Option<f64>,
}

impl<'s> OrdinalSummary<'s> {
    /// The page of a fit.
    pub fn new(fit: &'s OrdinalFit, inference: &'s OrdinalInference) -> Self {
        Self { fit, inference, notes: Vec::new(), level: None }
    }

    /// Adds a line before the coefficients, such as how their standard errors were estimated.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The page with Wald's intervals of this level, too.
    pub fn with_intervals(self, level: f64) -> Self {
        Self { level: Some(level), ..self }
    }
}

impl fmt::Display for OrdinalSummary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fit, inference) = (self.fit, self.inference);
        writeln!(f, "Ordinal regression (cumulative logits, proportional odds), {} rows", fit.rows)?;
        writeln!(f, "Levels: {}", table::shown(&fit.levels.join(" < ")))?;
        if fit.ridge > 0.0 {
            writeln!(f, "Ridge penalty: {}", table::plain(fit.ridge))?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        for (title, of) in [("Coefficients", &inference.coefficients), ("Thresholds", &inference.thresholds)] {
            if !of.is_empty() {
                writeln!(f, "\n{title}:")?;
                let rows: Vec<(&str, &Coefficient)> = of.iter().map(|of| (of.name.as_str(), of)).collect();
                table::coefficients(f, &rows, 'z')?;
            }
        }
        writeln!(f, "{}", table::LEGEND)?;
        if let Some(level) = self.level {
            table::wald_intervals(
                f,
                inference.coefficients.iter().chain(&inference.thresholds),
                inference.wald_intervals(level),
                level,
            )?;
        }
        writeln!(f)?;
        table::deviances(f, [(inference.null_deviance, None), (inference.deviance, None)])?;
        table::merit(f, inference.log_likelihood, inference.aic, inference.bic)?;
        writeln!(f, "\nIterations: {}; {}", fit.fit.iterations, fit.fit.reason())
    }
}
