//! The one object that `--json` prints of a model of classes.

use crate::anova;
use crate::model::Kind;
use crate::report::Line;
use crate::std_errors::StdErrors;
use models::fit::Fit;
use models::inference::AnalysisOfDeviance;
use models::ordinal::{OrdinalFit, OrdinalInference};
use models::softmax::{SoftmaxFit, SoftmaxInference};
use serde::Serialize;

/// A fit and its inference; the names of the fields are the keys.
#[derive(Debug, Serialize)]
pub struct Report<'f> {
    family: Kind,
    link: &'static str,
    n: usize,
    rows_omitted: usize,
    /// The classes, in order.
    classes: &'f [String],
    /// The class that the others are compared with, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'f str>,
    coefficients: Vec<Line<'f>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thresholds: Option<Vec<Line<'f>>>,
    deviance: f64,
    null_deviance: f64,
    log_likelihood: f64,
    aic: f64,
    bic: f64,
    #[serde(flatten)]
    std_errors: Option<&'f StdErrors>,
    conf_level: f64,
    iterations: usize,
    converged: bool,
    max_abs_score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anova: Option<anova::Report<'f>>,
}

impl<'f> Report<'f> {
    /// The report of a multinomial fit, with intervals of this level.
    pub fn multinomial(fit: &'f SoftmaxFit, inference: &'f SoftmaxInference, level: f64) -> Report<'f> {
        let names = fit.coefficients().flat_map(|(class, _)| fit.terms.iter().map(move |term| (class, term)));
        let lines = names.zip(&inference.coefficients).zip(inference.wald_intervals(level));
        let coefficients =
            lines.map(|(((class, term), of), interval)| Line::new(of, interval).of_class(class, term)).collect();
        Report {
            family: Kind::Multinomial,
            link: "logit",
            n: inference.observations,
            rows_omitted: 0,
            classes: &fit.classes,
            reference: fit.classes.get(fit.reference).map(String::as_str),
            coefficients,
            thresholds: None,
            deviance: inference.deviance,
            null_deviance: inference.null_deviance,
            log_likelihood: inference.log_likelihood,
            aic: inference.aic,
            bic: inference.bic,
            std_errors: None,
            conf_level: level,
            iterations: fit.fit.iterations,
            converged: fit.fit.converged(),
            max_abs_score: fit.fit.max_abs_gradient(),
            reason: reason(&fit.fit),
            anova: None,
        }
    }

    /// The report of an ordinal fit, with intervals of this level.
    pub fn ordinal(fit: &'f OrdinalFit, inference: &'f OrdinalInference, level: f64) -> Report<'f> {
        let all = inference.coefficients.iter().chain(&inference.thresholds);
        let mut coefficients: Vec<Line> =
            all.zip(inference.wald_intervals(level)).map(|(of, interval)| Line::new(of, interval)).collect();
        let thresholds = coefficients.split_off(inference.coefficients.len());
        Report {
            family: Kind::Ordinal,
            link: "logit",
            n: inference.observations,
            rows_omitted: 0,
            classes: &fit.levels,
            reference: None,
            coefficients,
            thresholds: Some(thresholds),
            deviance: inference.deviance,
            null_deviance: inference.null_deviance,
            log_likelihood: inference.log_likelihood,
            aic: inference.aic,
            bic: inference.bic,
            std_errors: None,
            conf_level: level,
            iterations: fit.fit.iterations,
            converged: fit.fit.converged(),
            max_abs_score: fit.fit.max_abs_gradient(),
            reason: reason(&fit.fit),
            anova: None,
        }
    }

    /// Says how many rows were left out for missing values.
    pub fn with_omitted(self, rows_omitted: usize) -> Report<'f> {
        Report { rows_omitted, ..self }
    }

    /// Says how the standard errors were estimated, where not as usual.
    pub fn with_errors(self, errors: &'f StdErrors) -> Report<'f> {
        Report { std_errors: errors.is_robust().then_some(errors), ..self }
    }

    /// Adds the tests of the terms.
    pub fn with_anova(self, analysis: Option<&'f AnalysisOfDeviance>) -> Report<'f> {
        Report { anova: analysis.map(|analysis| anova::Report::new(analysis, None)), ..self }
    }
}

fn reason(fit: &Fit) -> Option<String> {
    (!fit.converged()).then(|| fit.reason())
}
