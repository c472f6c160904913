//! The one object that `--json` prints.

use models::GlmFit;
use models::inference::{Coefficient, Inference};
use serde::Serialize;

/// A fit and its inference; the names of the fields are the keys.
#[derive(Debug, Serialize)]
pub struct Report<'f> {
    family: String,
    link: String,
    n: usize,
    rows_omitted: usize,
    coefficients: Vec<Line<'f>>,
    deviance: f64,
    null_deviance: f64,
    log_likelihood: f64,
    aic: f64,
    bic: f64,
    dispersion: f64,
    iterations: usize,
    converged: bool,
    max_abs_score: f64,
}

/// A coefficient with its Wald interval.
#[derive(Debug, Serialize)]
struct Line<'f> {
    name: &'f str,
    estimate: f64,
    std_error: f64,
    statistic: f64,
    p_value: f64,
    conf_low: f64,
    conf_high: f64,
}

impl<'f> Report<'f> {
    /// The report of a fit, with intervals of this level, and of how many rows were left out for missing values.
    pub fn new(fit: &GlmFit, inference: &'f Inference, level: f64, rows_omitted: usize) -> Report<'f> {
        let line = |(of, (conf_low, conf_high)): (&'f Coefficient, (f64, f64))| Line {
            name: &of.name,
            estimate: of.estimate,
            std_error: of.std_error,
            statistic: of.statistic,
            p_value: of.p_value,
            conf_low,
            conf_high,
        };
        let intervals = inference.wald_intervals(level);
        Report {
            family: fit.family.to_string(),
            link: fit.link.to_string(),
            n: inference.observations,
            rows_omitted,
            coefficients: inference.coefficients.iter().zip(intervals).map(line).collect(),
            deviance: inference.deviance,
            null_deviance: inference.null_deviance,
            log_likelihood: inference.log_likelihood,
            aic: inference.aic,
            bic: inference.bic,
            dispersion: inference.dispersion,
            iterations: fit.fit.iterations,
            converged: fit.fit.converged(),
            max_abs_score: fit.fit.max_abs_gradient(),
        }
    }
}
