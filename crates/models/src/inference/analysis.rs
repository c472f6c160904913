//! Analysis of deviance: models, each within the next, compared one after another.

use super::comparison::{Comparison, Scale};
use crate::summary::table;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Models, each within the next, with what the next gains on the one before it: R's `anova`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnalysisOfDeviance {
    /// The models, the smallest first.
    pub models: Vec<Step>,
    /// Whether the comparisons are F tests, as the dispersion is estimated, rather than against chi-squared.
    pub f_tests: bool,
    /// Whether −2 times the log-likelihood stands in the place of the deviance, as each model has a family of its own: one with
    /// a negative binomial dispersion that was estimated.
    pub log_likelihoods: bool,
}

/// A model in an analysis of deviance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What tells the model from the one before: a term, or a name.
    pub name: String,
    /// Its residual degrees of freedom.
    pub residual_df: usize,
    /// Its deviance, or −2 times its log-likelihood, where that is compared.
    pub deviance: f64,
    /// The comparison with the model before; `None` of the first, and where both have as many parameters.
    pub comparison: Option<Comparison>,
}

impl AnalysisOfDeviance {
    /// Compares models, each within the next, given by name, residual degrees of freedom and deviance. All statistics are over
    /// one dispersion, the last model's, which `scale` gives with its degrees of freedom where it is estimated.
    ///
    /// ```
    /// use models::inference::AnalysisOfDeviance;
    /// let models = [("NULL", 10, 20.0), ("dose", 9, 14.0), ("sex", 8, 13.5)];
    /// let analysis = AnalysisOfDeviance::new(models.map(|(name, df, deviance)| (name.into(), df, deviance)), None);
    /// let dose = analysis.models[1].comparison.unwrap();
    /// assert_eq!((dose.df, dose.statistic), (1, 6.0));
    /// assert!((dose.p_value - 0.014305878435429659).abs() < 1e-12);
    /// ```
    pub fn new(models: impl IntoIterator<Item = (String, usize, f64)>, scale: Option<Scale>) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        for (name, residual_df, deviance) in models {
            let comparison = steps.last().and_then(|before| {
                let df = before.residual_df.saturating_sub(residual_df);
                (df > 0).then(|| Comparison::of(before.deviance - deviance, df, scale))
            });
            steps.push(Step { name, residual_df, deviance, comparison });
        }
        Self { models: steps, f_tests: scale.is_some(), log_likelihoods: false }
    }
}

/// A table as R's `anova` prints it.
impl fmt::Display for AnalysisOfDeviance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let falls = self.falls();
        let deviances = table::aligned(self.models.iter().map(|step| step.deviance), 5);
        let shown_falls = table::aligned(falls.iter().map(|fall| fall.unwrap_or(0.0)), 5);
        let (fall_of, deviance_of) = match self.log_likelihoods {
            true => ("LR stat.", "-2 log-lik."),
            false => ("Deviance", "Resid. Dev"),
        };
        let p_values = if self.f_tests { "Pr(>F)" } else { "Pr(>Chi)" };
        let mut rows = vec![["", "Df", fall_of, "Resid. Df", deviance_of, "F", p_values, ""].map(String::from)];
        for (((step, deviance), fall), shown) in self.models.iter().zip(deviances).zip(falls).zip(shown_falls) {
            let (name, residual_df) = (table::shown(&step.name), step.residual_df.to_string());
            let [df, statistic, p_value, stars] = step.comparison.map_or_else(Default::default, |test| {
                let stars = table::stars(test.p_value).to_string();
                [test.df.to_string(), format!("{:.4}", test.statistic), table::p_value(test.p_value), stars]
            });
            let fall = fall.map_or_else(String::new, |_| shown);
            rows.push([name, df, fall, residual_df, deviance, statistic, p_value, stars]);
        }
        match self.f_tests {
            true => table::write(f, &rows)?,
            // Against chi-squared the fall is the statistic.
            false => {
                let rows = rows.into_iter().map(|[a, b, c, d, e, _, g, h]| [a, b, c, d, e, g, h]);
                table::write(f, &rows.collect::<Vec<_>>())?;
            }
        }
        writeln!(f, "{}", table::LEGEND)
    }
}

impl AnalysisOfDeviance {
    /// By how much each model's deviance is below that of the one before.
    fn falls(&self) -> Vec<Option<f64>> {
        let before = std::iter::once(None).chain(self.models.iter().map(|step| Some(step.deviance)));
        let pairs = before.zip(&self.models);
        pairs.map(|(before, step)| step.comparison.and(before).map(|before| before - step.deviance)).collect()
    }
}
