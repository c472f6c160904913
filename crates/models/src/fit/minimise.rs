//! The way in: the objective is evaluated where the fit starts, and the method that was chosen goes down from there.

use super::observer::{Control, Observer, Progress};
use super::options::{Method, Options};
use super::outcome::Fit;
use super::run::Run;
use super::{lbfgs, neighbour, orthant, proximal, stochastic, subsample, trust_region};
use crate::error::{Error, Result};
use crate::evaluate::{Evaluator, Units, check_curvature};
use crate::objective::{Block, Objective, names};
use ndarray::Array1;

/// How often a fit that converged goes on from a point beside it whose loss is lower.
const MOST_ESCAPES: usize = 5;
/// A parameter has come very far from its start where it is so many times as large.
const FAR: f64 = 1e20;

/// Minimises an objective.
///
/// # Errors
/// What is wrong with the objective's data or recording, or that there is no minimum. A fit that merely didn't converge is
/// no error: its [`status`](Fit::status) says why.
pub fn minimise<O: Objective>(objective: &O, options: &Options) -> Result<Fit> {
    minimise_observed(objective, options, &mut |_: &Progress| Control::Continue)
}

/// Minimises an objective, watched by an observer.
///
/// # Errors
/// As [`minimise`].
pub fn minimise_observed<O: Objective>(objective: &O, options: &Options, observer: &mut dyn Observer) -> Result<Fit> {
    if options.tolerance.is_nan() || options.tolerance < 0.0 {
        let (option, allowed) = ("tolerance", "it must be at least 0");
        return Err(Error::Option { option, value: options.tolerance, allowed });
    }
    if matches!(options.method, Method::Newton | Method::TrustRegion) {
        check_curvature(objective.blocks().iter().map(Block::len).sum())?;
    }
    let mut evaluator = Evaluator::new(objective)?;
    let start = match &options.start {
        Some(start) => start.clone(),
        None => objective.start()?,
    };
    let (found, expected) = (start.len(), evaluator.len());
    if found != expected {
        return Err(Error::CountMismatch { what: "starting values", found, expected });
    }
    let start = Array1::from_vec(start);
    if let Some((at, &value)) = start.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        let name = names(objective).swap_remove(at);
        return Err(Error::Start { what: format!("`{name}`"), value, found: String::new() });
    }
    let parameters = evaluator.len();
    let weights = options.l1.as_ref().map(|l1| l1.weights(&names(objective))).transpose()?;
    match (options.method, &weights) {
        (Method::Sgd(sgd), None) => {
            return stochastic::minimise(evaluator, start, options, sgd.schedule(), sgd.rule(parameters)?, observer);
        }
        (Method::Adam(adam), None) => {
            return stochastic::minimise(evaluator, start, options, adam.schedule(), adam.rule(parameters)?, observer);
        }
        _ => {}
    }
    let units = if evaluator.has_design { None } else { Units::of(&mut evaluator, &start) };
    let (mut evaluator, start, weights) = match &units {
        None => (evaluator, start, weights),
        Some(units) => {
            let weights = weights.map(|weights| units.inner_weights(&weights));
            (Evaluator::in_units(objective, units.clone())?, units.inner(&start), weights)
        }
    };
    let found = search(&mut evaluator, start.clone(), options, weights.as_ref(), observer);
    let found = evaluator.failure.take().map_or(found, Err);
    let fit = found.map_err(|error| match &units {
        Some(units) => units.error(error, &names(objective)),
        None => error,
    })?;
    let is_far = !evaluator.has_design && is_far(&fit, &start);
    let fit = match &units {
        Some(units) => units.fit(fit),
        None => fit,
    };
    if is_far { go_on(objective, fit, options, observer) } else { Ok(fit) }
}

/// Whether a fit came so far from its start that other units are due.
fn is_far(fit: &Fit, start: &Array1<f64>) -> bool {
    let far = |(end, start): (&f64, &f64)| end.abs() > FAR * start.abs().max(1.0);
    fit.converged() && fit.max_abs_gradient() > 0.0 && fit.parameters.iter().zip(start).any(far)
}

/// The fit that goes on where one ended, in the units that are due there.
fn go_on<O: Objective>(objective: &O, fit: Fit, options: &Options, observer: &mut dyn Observer) -> Result<Fit> {
    let max_iterations = options.max_iterations.saturating_sub(fit.iterations);
    let on = Options { start: Some(fit.parameters), max_iterations, ..options.clone() };
    let (iterations, passes) = (fit.iterations, fit.passes);
    let fit = minimise_observed(objective, &on, observer)?;
    Ok(Fit { iterations: fit.iterations + iterations, passes: fit.passes + passes, ..fit })
}

/// Goes down from a point, and from points beside where that ends.
fn search<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    start: Array1<f64>,
    options: &Options,
    weights: Option<&Array1<f64>>,
    observer: &mut dyn Observer,
) -> Result<Fit> {
    let mut found = descend(evaluator, start.clone(), options, weights, observer);
    // Of a design's losses it is known that they have no saddles; a look around would be several passes over a source's rows.
    let may_be_saddle = !evaluator.has_design && weights.is_none() && evaluator.objective().streamed().is_none();
    let escapes = if may_be_saddle { MOST_ESCAPES } else { 0 };
    for _ in 0..escapes {
        let Some(fit) = found.as_ref().ok().filter(|fit| fit.converged()) else { break };
        let Some(lower) = neighbour::lower(evaluator, fit, &start, options.method) else { break };
        let before = fit.iterations;
        let left = Options { max_iterations: options.max_iterations.saturating_sub(before), ..options.clone() };
        let on = descend(evaluator, lower, &left, None, observer);
        found = on.map(|fit| Fit { iterations: fit.iterations + before, ..fit });
    }
    found
}

/// Goes down from a point by the method that was chosen.
fn descend<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    start: Array1<f64>,
    options: &Options,
    weights: Option<&Array1<f64>>,
    observer: &mut dyn Observer,
) -> Result<Fit> {
    if let (Method::Newton, None) = (options.method, weights) {
        return subsample::minimise(evaluator, start, options, observer).map(|(fit, _)| fit);
    }
    let (mut run, point) = Run::begin(evaluator, start, options, observer)?;
    match (options.method, weights) {
        (Method::Lbfgs, None) => lbfgs::minimise(&mut run, point),
        (Method::TrustRegion, None) => trust_region::minimise(&mut run, point),
        (Method::Newton, Some(weights)) => proximal::minimise(&mut run, point, weights),
        (Method::Lbfgs, Some(weights)) => orthant::minimise(&mut run, point, weights),
        _ => Err(Error::Unavailable { what: "an L1 penalty", needs: "Newton's method or L-BFGS" }),
    }
}
