//! The one object that `--json` prints.

use crate::anova;
use crate::estimation::Estimated;
use crate::std_errors::StdErrors;
use models::GlmFit;
use models::inference::{AnalysisOfDeviance, Coefficient, Inference};
use serde::Serialize;

/// The level of confidence of all intervals, where none is given.
pub const LEVEL: f64 = 0.95;

/// The intervals of all coefficients.
#[derive(Clone, Debug)]
pub struct Intervals {
    /// The probability with which they cover the truth.
    pub level: f64,
    /// Whether they are by the profile of the likelihood.
    pub profile: bool,
    /// Their ends.
    pub ends: Vec<(f64, f64)>,
}

impl Intervals {
    /// What they are by, where the dispersion is estimated (`student`) or known: the profile is compared with the normal quantile in either case.
    pub fn words(&self, student: bool) -> &'static str {
        match (self.profile, student) {
            (true, true) => "profile likelihood, by the normal quantile",
            (true, false) => "profile likelihood",
            (false, true) => "Wald, by the quantile of Student's t",
            (false, false) => "Wald",
        }
    }
}

/// A fit and its inference; the names of the fields are the keys. Those that are optional are there where an option asks for
/// them, the reason where a fit did not converge.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    penalised_log_likelihood: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    theta: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    theta_std_error: Option<f64>,
    #[serde(flatten)]
    std_errors: Option<&'f StdErrors>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conf_level: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conf_method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anova: Option<anova::Report<'f>>,
}

/// A coefficient with its interval, and with the class that it belongs to, where it does to one.
#[derive(Debug, Serialize)]
pub struct Line<'f> {
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'f str>,
    name: &'f str,
    estimate: f64,
    std_error: f64,
    statistic: f64,
    p_value: f64,
    conf_low: f64,
    conf_high: f64,
}

impl<'f> Line<'f> {
    /// A coefficient and its interval.
    pub fn new(of: &'f Coefficient, (conf_low, conf_high): (f64, f64)) -> Line<'f> {
        let Coefficient { name, estimate, std_error, statistic, p_value, .. } = of;
        let (estimate, std_error, statistic, p_value) = (*estimate, *std_error, *statistic, *p_value);
        Line { class: None, name, estimate, std_error, statistic, p_value, conf_low, conf_high }
    }

    /// The same, under the name of a term of this class.
    pub fn of_class(self, class: &'f str, name: &'f str) -> Line<'f> {
        Line { class: Some(class), name, ..self }
    }
}

impl<'f> Report<'f> {
    /// The report of a fit, with these intervals, and of how many rows were left out for missing values.
    pub fn new(fit: &GlmFit, inference: &'f Inference, intervals: &Intervals, rows_omitted: usize) -> Report<'f> {
        let line = |(of, &interval): (&'f Coefficient, &(f64, f64))| Line::new(of, interval);
        let quasi = inference.student && fit.family.has_known_dispersion();
        Report {
            family: format!("{}{}", if quasi { "quasi" } else { "" }, fit.family),
            link: fit.link.to_string(),
            n: inference.observations,
            rows_omitted,
            coefficients: inference.coefficients.iter().zip(&intervals.ends).map(line).collect(),
            deviance: inference.deviance,
            null_deviance: inference.null_deviance,
            log_likelihood: inference.log_likelihood,
            aic: inference.aic,
            bic: inference.bic,
            dispersion: inference.dispersion,
            iterations: fit.fit.iterations,
            converged: fit.fit.converged(),
            max_abs_score: fit.fit.max_abs_gradient(),
            reason: (!fit.fit.converged()).then(|| fit.fit.reason()),
            penalised_log_likelihood: None,
            theta: None,
            theta_std_error: None,
            std_errors: None,
            conf_level: None,
            conf_method: None,
            anova: None,
        }
    }

    /// Says what was maximised, where not the likelihood of the coefficients alone.
    pub fn with_estimation(mut self, estimated: &Estimated) -> Report<'f> {
        self.penalised_log_likelihood = estimated.firth.then_some(-estimated.fit.fit.loss);
        self.theta = estimated.theta.map(|(theta, _)| theta);
        self.theta_std_error = estimated.theta.map(|(_, std_error)| std_error);
        self
    }

    /// Says how the standard errors were estimated, where not as usual.
    pub fn with_errors(self, errors: &'f StdErrors) -> Report<'f> {
        Report { std_errors: errors.is_robust().then_some(errors), ..self }
    }

    /// Says which intervals these are, where one was asked for.
    pub fn with_intervals(mut self, asked: Option<&Intervals>) -> Report<'f> {
        self.conf_level = asked.map(|intervals| intervals.level);
        self.conf_method = asked.map(|intervals| if intervals.profile { "profile" } else { "wald" });
        self
    }

    /// Adds the tests of the terms.
    pub fn with_anova(mut self, analysis: Option<&'f AnalysisOfDeviance>, inference: &Inference) -> Report<'f> {
        self.anova = analysis.map(|analysis| anova::Report::new(analysis, inference.scale()));
        self
    }
}
