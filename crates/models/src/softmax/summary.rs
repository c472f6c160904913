//! A fitted softmax regression with its inference as a printed page: a table of coefficients for each class.

use super::{SoftmaxFit, SoftmaxInference};
use crate::summary::table;
use std::fmt;

/// Prints a fit with its inference.
///
/// ```
/// use models::{Design, softmax::{Softmax, SoftmaxSummary}};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [1.0], [2.0], [3.0]]);
/// let labels = arr1(&[0, 0, 1, 1, 2, 2, 2, 0, 0]);
/// let model = Softmax::new(Design::new(&x).with_names(&["dose"])?, &["none", "mild", "strong"], &labels)?;
/// let fit = model.fit(&Default::default())?;
/// let page = SoftmaxSummary::new(&fit, &fit.inference(&model)?).to_string();
/// assert!(page.contains("strong (against none):"));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SoftmaxSummary<'s> {
    fit: &'s SoftmaxFit,
    inference: &'s SoftmaxInference,
    notes: Vec<String>,
    level: Option<f64>,
}

impl<'s> SoftmaxSummary<'s> {
    /// The page of a fit.
    pub fn new(fit: &'s SoftmaxFit, inference: &'s SoftmaxInference) -> Self {
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

impl fmt::Display for SoftmaxSummary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fit, inference) = (self.fit, self.inference);
        writeln!(f, "Softmax regression of {} classes, {} rows", fit.classes.len(), fit.rows)?;
        if fit.ridge > 0.0 {
            writeln!(f, "Ridge penalty: {}", table::plain(fit.ridge))?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        let reference = fit.classes.get(fit.reference).map_or("", String::as_str);
        let tables = inference.coefficients.chunks(fit.terms.len().max(1));
        for ((class, _), coefficients) in fit.coefficients().zip(tables) {
            writeln!(f, "\n{class} (against {reference}):")?;
            let rows = fit.terms.iter().map(String::as_str).zip(coefficients);
            table::coefficients(f, &rows.collect::<Vec<_>>(), 'z')?;
        }
        writeln!(f, "{}", table::LEGEND)?;
        if let Some(level) = self.level {
            table::wald_intervals(f, &inference.coefficients, inference.wald_intervals(level), level)?;
        }
        writeln!(f)?;
        table::deviances(f, [(inference.null_deviance, None), (inference.deviance, None)])?;
        table::merit(f, inference.log_likelihood, inference.aic, inference.bic)?;
        writeln!(f, "\nIterations: {}; {}", fit.fit.iterations, fit.fit.reason())
    }
}
