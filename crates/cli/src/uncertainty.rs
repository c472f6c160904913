//! What the standard errors and intervals of predictions are made of.

use crate::args::PredictArgs;
use crate::error::{Error, Result};
use crate::saved::{AnyFit, Saved};
use models::inference::{self, Spread};

/// The uncertainty of predictions.
pub struct Uncertainty {
    /// The covariance of the estimates.
    pub spread: Spread,
    /// The standard errors between a prediction and the ends of its interval, if there is to be one.
    pub quantile: Option<f64>,
}

impl Uncertainty {
    /// That of a saved model, if the arguments ask for it.
    pub fn new(args: &PredictArgs, saved: &Saved<AnyFit>) -> Result<Option<Uncertainty>> {
        if !args.se && args.interval.is_none() {
            return Ok(None);
        }
        let evidence = saved.evidence(&args.model, "--se and --interval")?;
        let fit = saved.fit.outcome();
        if !fit.converged() {
            let reason = format!("has no standard errors that hold: {}", fit.reason());
            return Err(Error::file(&args.model, reason));
        }
        let spread = evidence.spread().ok_or_else(|| {
            Error::file(&args.model, "has no standard errors, as there is a coefficient for each row; fit fewer terms")
        })?;
        let quantile = args.interval.map(|level| inference::quantile(level, evidence.student_df()));
        Ok(Some(Uncertainty { spread, quantile }))
    }
}
