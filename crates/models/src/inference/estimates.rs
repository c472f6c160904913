//! Estimates with their covariance, of any parameters or functions of them.

use super::{Coefficient, Reference, wald_intervals};
use crate::linalg::{norm, square_of};
use crate::summary::table;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Estimates and their covariance: of a loss's parameters ([`LossFit::inference`](crate::fit::LossFit::inference)) or of
/// functions of them ([`LossFit::delta`](crate::fit::LossFit::delta)). It prints as a table.
///
/// ```
/// use autodiff::Tape;
/// use models::fit::{Loss, Options};
/// let tape = Tape::<f64>::new();
/// let (y, log_rate) = (tape.data("y", &[3.0, 5.0, 4.0]), tape.variable("log_rate", 0.0));
/// let fit = Loss::new((log_rate.exp() - y * log_rate).sum(), &[log_rate]).minimise(&Options::default())?;
/// let estimates = fit.inference()?;
/// assert!((estimates.coefficients[0].estimate - 4f64.ln()).abs() < 1e-9);
/// let (low, high) = estimates.wald_intervals(0.95)[0];
/// assert!((high - low - 2.0 * 1.959964 / 12f64.sqrt()).abs() < 1e-6);
/// println!("{estimates}");
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimates {
    /// The estimates one by one, with z values and p-values from the normal distribution.
    pub coefficients: Vec<Coefficient>,
    /// The covariance matrix, row by row.
    pub covariance: Vec<Vec<f64>>,
}

impl Estimates {
    /// With a root of their covariance, and statistics that are compared with `reference`.
    pub(crate) fn new(names: &[String], estimates: &[f64], root: &Array2<f64>, reference: Reference) -> Self {
        let covariance = square_of(root);
        // Variances may underflow where standard errors don't.
        let std_errors = root.outer_iter().map(norm);
        let each = names.iter().zip(estimates).zip(std_errors);
        let coefficient = |((name, &estimate), std_error): ((&String, &f64), f64)| {
            Coefficient::new(name, estimate, std_error, reference)
        };
        Self {
            coefficients: each.map(coefficient).collect(),
            covariance: covariance.outer_iter().map(|row| row.to_vec()).collect(),
        }
    }

    /// The Wald interval of each estimate, `estimate ± q·standard error`, which covers the truth with probability `level`.
    pub fn wald_intervals(&self, level: f64) -> Vec<(f64, f64)> {
        wald_intervals(&self.coefficients, Reference::Normal, level)
    }
}

impl fmt::Display for Estimates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self.coefficients.iter().map(|row| (row.name.as_str(), row)).collect();
        table::coefficients(f, &rows, 'z')?;
        write!(f, "{}", table::LEGEND)
    }
}
