//! A minimised loss with its inference as a printed page.

use super::LossFit;
use crate::error::Result;
use crate::fit::Fit;
use crate::inference::{Covariance, Estimates};
use crate::summary::table;
use std::fmt;

/// Prints a minimised loss: [`LossFit::summary`].
///
/// ```
/// use autodiff::Tape;
/// use models::fit::{Loss, Options};
/// let tape = Tape::<f64>::new();
/// let (y, log_rate) = (tape.data("y", &[3.0, 5.0, 4.0]), tape.variable("log_rate", 0.0));
/// let fit = Loss::new((log_rate.exp() - y * log_rate).sum(), &[log_rate]).minimise(&Options::default())?;
/// let page = fit.summary()?.to_string();
/// assert!(page.contains("Loss of 1 parameter, 3 rows") && page.contains("log_rate"));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LossSummary<'f> {
    fit: &'f Fit,
    estimates: Estimates,
    covariance: Covariance,
    rows: Option<usize>,
    penalised: bool,
    log_likelihood: f64,
}

impl LossFit<'_, '_> {
    /// The page with the estimates, their standard errors and the log-likelihood.
    ///
    /// # Errors
    /// As [`inference`](Self::inference).
    pub fn summary(&self) -> Result<LossSummary<'_>> {
        let (rows, penalised) = (self.loss.row_count()?, self.loss.penalty.is_some());
        let (estimates, log_likelihood) = (self.inference()?, self.log_likelihood()?);
        Ok(LossSummary { fit: &self.fit, estimates, covariance: self.covariance, rows, penalised, log_likelihood })
    }
}

impl fmt::Display for LossSummary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.fit.names.len();
        let rows = self.rows.map_or(String::new(), |rows| format!(", {rows} rows"));
        writeln!(f, "Loss of {parameters} parameter{}{rows}", if parameters == 1 { "" } else { "s" })?;
        let by = match self.covariance {
            Covariance::Sandwich => "the sandwich of the rows' scores",
            Covariance::Observed => "the observed information",
            _ => "the information",
        };
        writeln!(f, "\nParameters (standard errors by {by}):\n{}\n", self.estimates)?;
        if self.penalised {
            writeln!(f, "Log-likelihood, without the penalty: {}", table::significant(self.log_likelihood, 5))?;
        } else {
            let (deviance, count) = (-2.0 * self.log_likelihood, parameters as f64);
            writeln!(f, "Log-likelihood (minus the loss): {}", table::significant(self.log_likelihood, 5))?;
            write!(f, "AIC: {}", table::significant(deviance + 2.0 * count, 5))?;
            match self.rows {
                Some(n) => writeln!(f, ", BIC: {}", table::significant(deviance + (n as f64).ln() * count, 5))?,
                None => writeln!(f)?,
            }
        }
        writeln!(f, "\nIterations: {}; {}", self.fit.iterations, self.fit.reason())
    }
}
