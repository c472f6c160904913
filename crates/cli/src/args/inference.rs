//! The options about standard errors, intervals and tests.

use clap::{Args, ValueEnum};
use models::inference::Covariance;

/// What is said of the estimates.
#[derive(Debug, Args)]
#[command(next_help_heading = "Standard errors, intervals and tests")]
pub struct InferenceArgs {
    /// Standard errors that hold where the variance is not what the family says, as R's sandwich::vcovHC has them; of classes
    /// HC0 and HC1.
    #[arg(long, value_name = "KIND", ignore_case = true)]
    pub robust: Option<Robust>,
    /// Standard errors that hold where rows that agree in this column depend on each other (R's sandwich::vcovCL with type
    /// HC1). Coefficients that rows of one cluster alone tell have none; they are named.
    #[arg(long, value_name = "COLUMN")]
    pub cluster: Option<String>,
    /// Print intervals of the coefficients that cover the truth with this probability [default, of --json and --plots: 0.95].
    #[arg(long, value_name = "LEVEL", value_parser = level, allow_hyphen_values = true)]
    pub level: Option<f64>,
    /// Intervals by the profile of the likelihood instead of Wald's, estimate ± quantile × standard error (R's confint). As R's they take the normal
    /// quantile in every family, where Wald's take that of Student's t if the dispersion is estimated: of few rows they are shorter.
    #[arg(long)]
    pub profile: bool,
    /// Add the terms one after another, and test each: by the likelihood ratio, or by F where the dispersion is estimated.
    #[arg(long)]
    pub anova: bool,
}

/// A kind of robust standard errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Robust {
    /// Each row's own squared score (White 1980).
    #[value(name = "HC0")]
    Hc0,
    /// HC0 times n/(n − p).
    #[value(name = "HC1")]
    Hc1,
    /// Each squared score over 1 − h, h being the row's leverage.
    #[value(name = "HC2")]
    Hc2,
    /// Each squared score over (1 − h)²: what to take for small samples.
    #[value(name = "HC3")]
    Hc3,
}

impl Robust {
    /// The name of the kind, and what the models call it.
    pub fn kind(self) -> (&'static str, Covariance) {
        match self {
            Robust::Hc0 => ("HC0", Covariance::HC0),
            Robust::Hc1 => ("HC1", Covariance::HC1),
            Robust::Hc2 => ("HC2", Covariance::HC2),
            Robust::Hc3 => ("HC3", Covariance::HC3),
        }
    }
}

pub(super) fn level(text: &str) -> std::result::Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(level) if level > 0.0 && level < 1.0 && !text.ends_with('%') => Ok(level),
        Ok(percent) if (1.0..100.0).contains(&percent) => {
            Err(format!("give a probability between 0 and 1; for {percent} % write {}", percent / 100.0))
        }
        _ => Err("give a probability between 0 and 1, such as 0.95".into()),
    }
}
