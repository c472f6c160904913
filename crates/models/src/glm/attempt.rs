//! A fit from one start, of rows in memory or in a source, and what is said of where it ends.

use super::startable::{Means, Startable};
use super::{GlmFit, plateau};
use crate::error::{Error, Result};
use crate::fit::{Fit, Observer, Options, Status, recession};

/// The fit from where the options say, or from the model's own start.
///
/// # Errors
/// What it is that sends fitted means to the end of what they can be, if it is known.
pub(super) fn fit_from<M: Startable>(model: &M, options: &Options, observer: &mut dyn Observer) -> Result<GlmFit> {
    let fit = model.descend(options, observer).map_err(|error| with_cause(model, error))?;
    if fit.status == Status::Stopped {
        return Ok(model.glm().outcome_of(fit, model.rows()));
    }
    let means = model.means_at(&fit.parameters)?;
    if means.are_far_out {
        recession::check_end(model, &fit.parameters)?;
        plateau::check(model, &fit.parameters, fit.loss)?;
    }
    outcome(model, fit, means)
}

/// The outcome of a fit that ended at these means.
///
/// # Errors
/// As [`fit_from`].
pub(super) fn outcome<M: Startable>(model: &M, mut fit: Fit, means: Means) -> Result<GlmFit> {
    let is_lost = fit.status == Status::WorkingPrecision && means.are_vanishing || is_level(model, means);
    if fit.converged() && (is_lost || !means.are_sound) {
        recession::check_end(model, &fit.parameters)?;
        fit.status = Status::NotFinite;
    }
    Ok(model.glm().outcome_of(fit, model.rows()))
}

/// Whether so few rows still have a gradient that they can't tell all coefficients apart.
fn is_level<M: Startable>(model: &M, means: Means) -> bool {
    let glm = model.glm();
    let counted = || model.observed().saturating_sub(means.spent);
    means.spent > 0 && glm.ridge.is_none() && counted() < glm.design.parameters()
}

/// The error of a loss that falls for ever as that of separated responses, where it is one.
fn with_cause<M: Startable>(model: &M, error: Error) -> Error {
    let Error::AtInfinity { direction, .. } = &error else { return error };
    let part = |name: &String| direction.iter().find(|(of, _)| of == name).map_or(0.0, |(_, part)| *part);
    let direction: Vec<f64> = model.glm().design.names().iter().map(part).collect();
    model.recession(&direction).unwrap_or(error)
}
