//! Fits of models whose predictor may not take every value: a probability with an identity or a logarithmic link, say.
//!
//! The loss is NaN outside, and steps there are rejected. That finds a maximum in the interior from where no step is too
//! long; a maximum on the boundary, or behind one, is found by a barrier (Fiacco & McCormick 1968): `−ν Σ ln slack` is added
//! to the loss, the slack being a row's distance from the nearest end of its domain, and ν goes to 0. What the barrier
//! pulls with at the end, `ν/slack`, are the multipliers of the boundary: where one of them isn't 0, the maximum lies on it.
//!
//! Where the domain is a half-line, many losses grow by no more than a logarithm along it, and a barrier of logarithms alone would win
//! over them at infinity: there it is `−ν Σ ln(slack/(slack + c))`, c being a typical slack. ν is relative to the size of the loss.

use crate::error::{Combination, Error, Result};
use crate::evaluate::Evaluator;
use crate::family::{Family, Recession};
use crate::fit::{Fit, Method, Observer, Options, Silent, Status, minimise_observed, recession};
use crate::glm::{Glm, Startable};
use crate::objective::{Block, Objective, Recording};
use crate::random::Random;
use crate::separation::{Inequalities, Inequality};
use autodiff::{Binding, Tape, Var, bind};
use ndarray::{Array0, Array1, ArrayView1, arr0};
use std::ops::Range;

/// With as many iterations a fit that doesn't end crawls along the boundary.
const ENOUGH: usize = 100;
/// The strengths ν of the barrier, relative to a row's loss: from the first, or from a weak one to stay near a start, by this factor to the last.
const FIRST: f64 = 1.0;
const WEAK: f64 = 1e-4;
const FACTOR: f64 = 0.1;
/// How many points around a minimum on the boundary are tried, and how far the farthest is, in units of about a standard error.
const SCATTERED: u64 = 12;
const FARTHEST: f64 = 6.0;
const LAST: f64 = 1e-10;
/// A multiplier above this, relative to a row's loss and a typical slack, holds the maximum on the boundary.
const LEAST_MULTIPLIER: f64 = 1e-4;
/// A row nearer to the boundary, relative to the domain's width or the largest predictor, is no sign of a maximum in the interior; one that is
/// as near as that is on it.
const LEAST_SLACK: f64 = 1e-6;
const NO_SLACK: f64 = 1e-12;

/// The least and the greatest predictor.
pub(crate) type Domain = (f64, f64);

/// Fits a model with a restricted predictor.
pub(crate) fn minimise(model: &Glm<'_>, domain: Domain, options: &Options, observer: &mut dyn Observer) -> Result<Fit> {
    // A start that is given may lie where a mean follows a single response to the boundary: the barrier leads away from there.
    let start_inside = match &options.start {
        Some(_) => inside(model, domain)?,
        None => drawn_inside(model, domain, model.start()?)?,
    };
    let start = options.start.clone().or_else(|| start_inside.clone());
    let options = &Options { start, ..options.clone() };
    let slack = |fit: &Fit| Ok(relative_slack(model, domain, &fit.parameters));
    let plain = match without_barrier(model, options, observer, slack)? {
        Plain::Done(fit) => return Ok(fit),
        Plain::Held(plain) => plain,
    };
    let Some(start) = start_inside else {
        let ((low, high), link) = (domain, model.link());
        return if plain.is_ok() { plain } else { Err(Error::NoMeans { link, low, high }) };
    };
    let Some(on_barrier) = lowest_by_barrier(model, domain, start, options, &plain, observer)? else { return plain };
    let on_barrier = match &plain {
        Ok(plain) => on_barrier.after(plain),
        Err(_) => on_barrier,
    };
    match on_barrier.status {
        Status::Stopped => return Ok(on_barrier),
        Status::Boundary => return on_boundary(model, on_barrier),
        _ => {}
    }
    // From there no step is too long. Near the boundary the expected information may be thousands of times the Hessian, and
    // Fisher scoring crawl: steps by the Hessian end in a few. One that ends nearer to the boundary, or can't go on, was held by it
    // after all.
    let start = Some(on_barrier.parameters.clone());
    let polished =
        minimise_observed(model, &Options { method: Method::TrustRegion, start, ..options.clone() }, observer);
    let slack = |fit: &Fit| least_slack(model, domain, &fit.parameters);
    let is_held = |fit: &Fit| {
        slack(fit) <= 0.1 * slack(&on_barrier)
            || relative_slack(model, domain, &fit.parameters) <= NO_SLACK
            || matches!(fit.status, Status::Edge | Status::NoDescent)
    };
    match polished {
        Ok(fit) if !is_held(&fit) => Ok(fit.after(&on_barrier)),
        Ok(fit) if fit.loss < on_barrier.loss => on_boundary(model, fit.after(&on_barrier)),
        _ => on_boundary(model, on_barrier),
    }
}

/// How a fit went that no barrier kept from the boundary.
pub(crate) enum Plain {
    /// To a maximum in the interior, or as far as it was told to.
    Done(Fit),
    /// To the boundary, or nowhere.
    Held(Result<Fit>),
}

/// Fits without a barrier; `relative_slack` is how far from the boundary a fit is, beside the predictors.
///
/// # Errors
/// What has nothing to do with the boundary.
pub(crate) fn without_barrier<O: Objective>(
    model: &O,
    options: &Options,
    observer: &mut dyn Observer,
    relative_slack: impl FnOnce(&Fit) -> Result<f64>,
) -> Result<Plain> {
    match minimise_observed(model, options, observer) {
        Ok(fit) if fit.status == Status::Stopped => Ok(Plain::Done(fit)),
        // Told to end, not held by the boundary.
        Ok(fit) if fit.status == Status::IterationLimit && options.max_iterations < ENOUGH => Ok(Plain::Done(fit)),
        Ok(fit) if fit.converged() && relative_slack(&fit)? > LEAST_SLACK => Ok(Plain::Done(fit)),
        Err(error)
            if !matches!(error, Error::Start { .. } | Error::Unbounded { .. } | Error::SingularInformation { .. }) =>
        {
            Err(error)
        }
        plain => Ok(Plain::Held(plain)),
    }
}

/// The fit that a boundary holds, unless other rows' means go to their limit at infinity at the same time.
fn on_boundary(model: &Glm<'_>, fit: Fit) -> Result<Fit> {
    recession::check_end(model, &fit.parameters)?;
    Ok(Fit { status: Status::Boundary, ..fit })
}

/// The lowest of the fits that the barrier leads to, from a start inside and, where the loss may have several minima on the boundary, from
/// others.
///
/// A strong barrier begins in the middle of the domain, which needn't lead to the lowest. Weak ones stay near where the fit was told to start,
/// where it ended without one, and near points drawn at random around the minimum that was found.
fn lowest_by_barrier(
    model: &Glm<'_>,
    domain: Domain,
    start: Vec<f64>,
    options: &Options,
    plain: &Result<Fit>,
    observer: &dyn Observer,
) -> Result<Option<Fit>> {
    let first = by_barrier(model, domain, start, FIRST, observer)?;
    let is_held = |fit: &Fit| fit.status == Status::Boundary;
    // A mean that follows a single positive response near 0 to the boundary gains without end.
    let is_only =
        model.family().is_convex(model.link()) || matches!(model.family(), Family::Gamma | Family::InverseGaussian);
    let mut lowest = match first {
        Some(first) if is_held(&first) && !is_only => first,
        first => return Ok(first),
    };
    let scales = model.scales();
    let mut others = vec![options.start.clone(), plain.as_ref().ok().map(|fit| fit.parameters.clone())];
    for seed in 0..SCATTERED {
        let (mut random, size) = (Random::new(seed), FARTHEST * (seed + 1) as f64 / SCATTERED as f64);
        let moved = |(at, scale): (&f64, &f64)| if *scale > 0.0 { at + size * random.signed() / scale } else { *at };
        others.push(Some(lowest.parameters.iter().zip(&scales).map(moved).collect()));
    }
    for other in others.into_iter().flatten() {
        let Some(inside) = drawn_inside(model, domain, other)? else { continue };
        let Some(fit) = by_barrier(model, domain, inside, WEAK, observer)? else { continue };
        let is_lower = is_held(&fit) && fit.loss < lowest.loss;
        lowest = match is_lower || fit.status == Status::Stopped {
            true => fit.after(&lowest),
            false => lowest.after(&fit),
        };
        if lowest.status == Status::Stopped {
            break;
        }
    }
    Ok(Some(lowest))
}

/// Follows the barrier's minima to the boundary, or to where they no longer move; `None` where they can't be followed.
fn by_barrier(
    model: &Glm<'_>,
    domain: Domain,
    start: Vec<f64>,
    first: f64,
    observer: &dyn Observer,
) -> Result<Option<Fit>> {
    let (typical_slack, size) = (typical_slack(model, domain, &start), model.typical_loss());
    let mut observed = Array1::zeros(model.design().rows());
    model.design().observed_rows().for_each(|row| observed[row] = 1.0);
    let (mut parameters, mut strength, mut iterations, mut passes) = (start, first, 0, 0);
    loop {
        let barrier = Barrier { model, domain, typical_slack, observed: &observed, strength: arr0(strength * size) };
        let options = Options { tolerance: 1e-9, start: Some(parameters), ..Options::default() };
        let found = minimise_observed(&barrier, &options, &mut Silent(observer));
        let Ok(fit) = found else { return Ok(None) };
        (iterations, passes) = (iterations + fit.iterations, passes + fit.passes);
        let stopped = fit.status == Status::Stopped;
        if stopped || strength <= LAST {
            let slack = least_slack(model, domain, &fit.parameters);
            let held = strength * typical_slack / slack > LEAST_MULTIPLIER;
            let status = if held && !stopped { Status::Boundary } else { fit.status };
            let point = Evaluator::new(model)?.at(Array1::from_vec(fit.parameters))?;
            return Ok(Some(Fit::new(fit.names, point, iterations, passes, status)));
        }
        (parameters, strength) = (fit.parameters, strength * FACTOR);
    }
}

fn is_inside(model: &Glm<'_>, domain: Domain, parameters: &[f64]) -> bool {
    parameters.len() == model.design().parameters() && least_slack(model, domain, parameters) > 0.0
}

/// Parameters with all predictors inside the domain: the model's own start, those nearest to the responses' predictors, or any, if there
/// are some.
fn inside(model: &Glm<'_>, domain: Domain) -> Result<Option<Vec<f64>>> {
    let found = [model.start(), model.nearest_to_responses()];
    let mut found = found.into_iter().filter_map(Result::ok);
    Ok(found.find(|found| is_inside(model, domain, found)).or_else(|| anywhere_inside(model, domain)))
}

/// The parameters themselves, if all their predictors are inside the domain; else moved towards others that are, twice as far as to the
/// boundary, or half of the way from there. `None` where there are no others.
fn drawn_inside(model: &Glm<'_>, domain: Domain, parameters: Vec<f64>) -> Result<Option<Vec<f64>>> {
    if is_inside(model, domain, &parameters) {
        return Ok(Some(parameters));
    }
    let Some(others) = inside(model, domain)? else { return Ok(None) };
    let slacks = slacks(model, domain, &parameters).into_iter().zip(slacks(model, domain, &others));
    let outside = slacks.filter(|(own, _)| *own <= 0.0);
    let to_boundary = outside.map(|(own, other)| -own / (other - own)).fold(0.0, f64::max);
    let way = if to_boundary > 0.0 { (2.0 * to_boundary).min(0.5 + 0.5 * to_boundary) } else { 0.5 };
    Ok(Some(parameters.iter().zip(&others).map(|(own, other)| own + way * (other - own)).collect()))
}

/// Parameters with all predictors inside the domain. With a last element that is 1 a row's distance from an end is a product
/// with them, which must be above 0.
fn anywhere_inside(model: &Glm<'_>, domain: Domain) -> Option<Vec<f64>> {
    let design = model.design();
    let parameters = design.parameters();
    let offset = |row: usize| design.offset().map_or(0.0, |offset| offset[row]);
    let ends = [(domain.0, 1.0), (domain.1, -1.0)].into_iter().filter(|(end, _)| end.is_finite());
    let each = |take: &mut dyn FnMut(Inequality<'_>)| {
        let mut cells = Array1::zeros(parameters + 1);
        for row in design.observed_rows() {
            for (end, sign) in ends.clone() {
                design.visit_row(row, |place, cell| cells[place] = sign * cell);
                cells[parameters] = sign * (offset(row) - end);
                take(Inequality { row, allowed: Recession::Up, vector: cells.view() });
                cells.fill(0.0);
            }
        }
        cells[parameters] = 1.0;
        take(Inequality { row: design.rows(), allowed: Recession::Up, vector: cells.view() });
        Ok(())
    };
    let inequalities = Inequalities { names: vec![String::new(); parameters + 1], each: &each };
    let found = inequalities.strict_direction().ok()??;
    Some(found.iter().take(parameters).map(|part| part / found[parameters]).collect())
}

/// The least distance of a row's predictor from the boundary, relative to the domain's width, or where it has none to the largest predictor.
fn relative_slack(model: &Glm<'_>, domain: Domain, parameters: &[f64]) -> f64 {
    let mut nearest = Nearest::default();
    nearest.add(model, 0..model.design().rows(), domain, parameters);
    nearest.relative_slack(domain, model.least_size_of_predictors())
}

/// Of some rows: the least distance of a predictor from the boundary, and the largest predictor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nearest {
    pub(crate) slack: f64,
    pub(crate) largest: f64,
}

impl Default for Nearest {
    fn default() -> Self {
        Nearest { slack: f64::INFINITY, largest: 0.0 }
    }
}

impl Nearest {
    /// Takes in these rows; those without a weight don't count.
    pub(crate) fn add(&mut self, model: &Glm<'_>, rows: Range<usize>, (low, high): Domain, parameters: &[f64]) {
        let predictors = model.design().predictors(ArrayView1::from(parameters));
        for row in rows.filter(|&row| model.design().weight(row) > 0.0) {
            let eta = predictors[row];
            self.slack = self.slack.min((eta - low).min(high - eta));
            self.largest = self.largest.max(eta.abs());
        }
    }

    /// As [`relative_slack`], with the least size that predictors have.
    pub(crate) fn relative_slack(self, (low, high): Domain, least_size: f64) -> f64 {
        let width = high - low;
        self.slack / if width.is_finite() { width } else { self.largest.max(least_size) }
    }
}

/// The least distance of a row's predictor from the boundary.
fn least_slack(model: &Glm<'_>, domain: Domain, parameters: &[f64]) -> f64 {
    slacks(model, domain, parameters).into_iter().fold(f64::INFINITY, f64::min)
}

/// The median distance of a row's predictor from the boundary.
fn typical_slack(model: &Glm<'_>, domain: Domain, parameters: &[f64]) -> f64 {
    let mut slacks = slacks(model, domain, parameters);
    slacks.sort_by(f64::total_cmp);
    slacks.get(slacks.len() / 2).copied().unwrap_or(1.0)
}

/// The distances of the rows' predictors from the boundary; of rows without a weight nothing is asked.
fn slacks(model: &Glm<'_>, (low, high): Domain, parameters: &[f64]) -> Vec<f64> {
    let predictors = model.design().predictors(ArrayView1::from(parameters));
    model.design().observed_rows().map(|row| (predictors[row] - low).min(high - predictors[row])).collect()
}

/// The inputs that the barrier's strength is bound to, and 1 for rows that have a weight.
const STRENGTH: &str = "strength of the barrier";
const OBSERVED: &str = "rows within the barrier";

/// A model with a barrier before the boundary of its domain.
struct Barrier<'m, 'a> {
    model: &'m Glm<'a>,
    domain: Domain,
    typical_slack: f64,
    observed: &'m Array1<f64>,
    strength: Array0<f64>,
}

impl Barrier<'_, '_> {
    /// A logarithm that ends far from the boundary.
    fn record_bounded<'t>(&self, slack: Var<'t, f64>) -> Var<'t, f64> {
        slack.ln() - (slack + self.typical_slack).ln()
    }
}

impl Objective for Barrier<'_, '_> {
    fn blocks(&self) -> Vec<Block> {
        self.model.blocks()
    }

    /// Without the expected information: of a barrier the Hessian is what counts.
    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        let recording = self.model.record(tape, parameters)?;
        let Some(predictor) = recording.predictor else { return Ok(recording) };
        let eta = predictor.eta;
        let logs = match self.domain {
            (low, f64::INFINITY) => self.record_bounded(eta - low),
            (f64::NEG_INFINITY, high) => self.record_bounded(high - eta),
            (low, high) => (eta - low).ln() + (high - eta).ln(),
        };
        let logs = tape.rows(OBSERVED, &[]).strong_mul(logs);
        let strength = tape.input(STRENGTH, &[]);
        Ok(Recording::new(recording.loss - strength * logs.sum()).with_predictor(eta))
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = self.model.bind();
        bindings.push(bind(OBSERVED, self.observed));
        bindings.push(bind(STRENGTH, &self.strength));
        bindings
    }

    fn lower_bound(&self) -> f64 {
        self.model.lower_bound()
    }

    /// The barrier keeps it from where the model's own loss would fall for ever.
    fn knows_recession(&self) -> bool {
        true
    }

    /// The columns were judged before the barrier was needed.
    fn superfluous(&self) -> Result<Option<Vec<Combination>>> {
        Ok(Some(Vec::new()))
    }
}
