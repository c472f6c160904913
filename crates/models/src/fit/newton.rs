//! Newton's method and Fisher scoring, with step halving.
//!
//! A factored curvature, the *metric*, serves for as many steps as it shrinks the gradient fast (a chord method: a gradient
//! costs a fraction of a curvature); then it is taken anew. With many rows the first metric is a subsample's
//! ([`subsample`](super::subsample)), and often the only one. The last steps, with an old metric and fresh gradients, are also what refines
//! the solution of ill-conditioned designs to full accuracy.

use super::descent::{self, Advance, Steps, ended};
use super::metric::{FAST, Metric, Step};
use super::run::{Run, first_point, scale_of_gradient};
use super::{Fit, Observer, Options, Status, ending, endless, rank};
use crate::error::{Error, Result};
use crate::evaluate::{Curvature, Evaluator, Point};
use crate::linalg::Root;
use crate::objective::Objective;
use ndarray::{Array1, Array2};

/// A gradient below this, relative to the problem's scale, that a fresh metric no longer shrinks may be rounding.
pub(super) const NOISE: f64 = 1e-7;
/// A step must lower the loss by this part of what its slope promises.
const ARMIJO: f64 = 1e-4;
/// Where a step promises less than this part of the loss, the gradient decides (Hager & Zhang 2005): a sum of squares of
/// small differences between large numbers is known to far fewer digits than its size suggests.
pub(super) const LOSS_NOISE: f64 = 1e-10;
/// Step halvings before a direction is given up.
const MOST_HALVINGS: usize = 40;
/// The slope at the end of a step that should have brought it to 0, relative to the first, which says that the loss hardly curves.
const STEEP: f64 = 0.5;
/// How often a step along which the loss doesn't curve up is doubled.
const MOST_DOUBLINGS: usize = 20;
/// After so many steps with fresh expected informations that shrank the gradient less than fast, the Hessian is tried: where the two
/// differ much, Fisher scoring crawls, or its steps are too long.
const MOST_SLOW: usize = 3;
/// After so many steps that didn't halve the least gradient so far, what is left of it may be rounding, however large it is:
/// parameters that nearly cancel each other have no more digits.
const MOST_STUCK: usize = 4;
/// The iteration from which slow progress is taken as a sign that there may be no minimum.
const SLOW_FROM: usize = 6;

/// Goes down to the minimum, from a guess of where it is and of the metric there, if one is given; gives the metric of the last
/// step, too.
pub(super) fn descend<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    start: Array1<f64>,
    guess: Option<(Array1<f64>, Metric)>,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<(Fit, Metric)> {
    // Where a subsample has its minimum, a row that isn't in it may be outside the domain.
    let guess = guess.and_then(|(parameters, metric)| Some((first_point(evaluator, parameters).ok()?, metric)));
    let (point, metric) = match guess {
        Some((point, metric)) => (point, Some(metric)),
        None => (first_point(evaluator, start)?, None),
    };
    let run = &mut Run::at(evaluator, &point, options, observer);
    let metric = match metric {
        Some(metric) => metric,
        None => first_metric(run, &point)?,
    };
    let mut steps = Newton::new(metric, &point);
    let end = descent::descend(run, &mut steps, point)?;
    Ok((ended(run, end), steps.metric))
}

struct Newton {
    metric: Metric,
    step: Step,
    /// Which curvature is taken.
    kind: Curvature,
    /// Whether no step along the Hessian's direction lowered the loss at this point.
    hessian_failed: bool,
    /// How many steps with fresh metrics were slow, one after the other.
    slow: usize,
    progress: Halvings,
    /// The gradient's norm at the point before.
    last: f64,
    /// The iteration from which slow progress is looked into again.
    next_look: usize,
    /// What rounding changes the loss by, where that had to be measured.
    noise: f64,
}

impl<O: Objective> Steps<O> for Newton {
    fn measure(&mut self, _: &Run<'_, '_, O>, point: &Point) -> (f64, f64) {
        (point.loss, self.step.norm)
    }

    /// Where the loss curves down, the next step leads away. Of a loss of one's own, an old metric may take the curvature for far more
    /// than it is here, and the gradient for far less.
    fn is_minimum(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> bool {
        if !self.metric.fresh && !run.evaluator.has_design {
            self.refreshed(run, point);
            if self.step.norm > run.tolerance(point.loss) {
                return false;
            }
        }
        if !run.is_small(&self.metric, point, run.tolerance(point.loss)) {
            return false;
        }
        match self.metric.escape(point.gradient.view(), point.loss - run.evaluator.lower_bound) {
            None => true,
            Some(escape) => {
                self.step = escape;
                false
            }
        }
    }

    fn direction(&self) -> Option<&Array1<f64>> {
        Some(&self.step.direction)
    }

    fn advance(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> Result<Advance> {
        let norm = self.step.norm;
        if let Some(error) = self.recession(run, point) {
            return Err(error);
        }
        let stuck = self.metric.fresh && self.metric.is_convex() && norm > self.last / 2.0;
        let small = self.last <= NOISE * scale_of_gradient(run.evaluator, point.loss);
        let still = self.metric.fresh && self.progress.is_still(norm) && self.metric.is_convex();
        if (stuck && small || still) && self.is_rounding(run, point) {
            return Ok(Advance::End(Status::WorkingPrecision));
        }
        if run.is_done(&self.metric, &self.step.direction, point) {
            // An old metric may take the curvature for more than it is here.
            if !self.metric.fresh && self.metric.is_own() {
                return Ok(self.refreshed(run, point));
            }
            let Some(next) = run.refined(&self.step.direction, point) else {
                return Ok(Advance::End(Status::WorkingPrecision));
            };
            self.last = norm;
            self.refreshed(run, &next);
            return Ok(Advance::To(next));
        }
        let Some((next, whole)) = search(run, point, &self.step, self.noise)? else {
            return Ok(match () {
                () if run.interrupted() => Advance::End(Status::Stopped),
                () if !self.metric.fresh => self.refreshed(run, point),
                () if self.kind == Curvature::Observed => {
                    (self.kind, self.hessian_failed) = (Curvature::Expected, true);
                    self.refreshed(run, point)
                }
                () if self.is_rounding(run, point) => Advance::End(Status::WorkingPrecision),
                // Far out, the expected information may be so much less than the Hessian that no halved step is short enough.
                () if run.evaluator.has_design && !self.hessian_failed => {
                    self.kind = Curvature::Observed;
                    self.refreshed(run, point)
                }
                () if self.measures_noise(run, point) => Advance::Again,
                () if self.goes_steepest(run, point) => Advance::Again,
                // The loss curves up, and what is left to fall is less than its rounding.
                () if run.evaluator.has_design && 0.5 * norm * norm <= self.noise => {
                    Advance::End(Status::WorkingPrecision)
                }
                () => Advance::End(ending::judge(run, point, &self.step.direction, Status::NoDescent)?),
            });
        };
        (self.last, self.hessian_failed) = (norm, false);
        let was_fresh = std::mem::replace(&mut self.metric.fresh, false);
        self.step = self.metric.step(next.gradient.view());
        let small = self.step.norm <= run.tolerance(next.loss);
        let fast = whole && self.step.norm <= self.metric.patience * norm;
        if !(self.metric.is_definite() && (fast || small)) {
            self.slow = if was_fresh { self.slow + 1 } else { 0 };
            if self.slow == MOST_SLOW && run.evaluator.has_design {
                self.kind = Curvature::Observed;
            }
            self.refreshed(run, &next);
        }
        Ok(Advance::To(next))
    }

    fn at_limit(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> Result<Status> {
        match self.recession(run, point) {
            Some(error) => Err(error),
            None => ending::judge(run, point, &self.step.direction, Status::IterationLimit),
        }
    }
}

impl Newton {
    fn new(metric: Metric, point: &Point) -> Self {
        let step = metric.step(point.gradient.view());
        Self {
            metric,
            step,
            kind: Curvature::Expected,
            hessian_failed: false,
            slow: 0,
            progress: Halvings::default(),
            last: f64::INFINITY,
            next_look: SLOW_FROM,
            noise: 0.0,
        }
    }

    /// Takes a fresh metric at the point, and the step that it suggests.
    fn refreshed<O: Objective>(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> Advance {
        self.metric = fresh_metric(run, point, &self.metric, self.kind);
        self.step = self.metric.step(point.gradient.view());
        Advance::Again
    }

    fn is_rounding<O: Objective>(&self, run: &mut Run<'_, '_, O>, point: &Point) -> bool {
        ending::is_rounding(run, point, &|gradient| self.metric.norm(gradient))
    }

    /// Whether the loss at the point is known to fewer digits than was thought: then steps along which the loss seemed to rise are to
    /// be judged by the gradient, which keeps more of them.
    fn measures_noise<O: Objective>(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> bool {
        let before = noise(point, self.noise);
        self.noise = ending::rounding_of_loss(run, point);
        self.noise > before
    }

    /// Whether steepest descent is yet to be tried. Along a direction in which the loss hardly curves, what the curvature says of it may
    /// be rounding, and its steps many times too long.
    fn goes_steepest<O: Objective>(&mut self, run: &Run<'_, '_, O>, point: &Point) -> bool {
        if run.evaluator.has_design || self.metric.is_flat() {
            return false;
        }
        let Some(flat) = Metric::flat(point.gradient.view(), size(run, point)) else { return false };
        self.step = flat.step(point.gradient.view());
        self.metric = flat;
        true
    }

    /// Where progress is slow, or there is no more, asks whether there is a minimum at all.
    fn recession<O: Objective>(&mut self, run: &Run<'_, '_, O>, point: &Point) -> Option<Error> {
        let last = run.iteration == run.options.max_iterations;
        let slow = last || self.metric.fresh && self.step.norm > FAST * self.last;
        if !slow || run.iteration < self.next_look || self.step.norm <= run.tolerance(point.loss) {
            return None;
        }
        self.next_look = run.iteration + run.iteration / 2;
        run.evaluator.objective().recession(&self.step.direction.to_vec())
    }
}

/// Whether the gradient's norm still shrinks.
#[derive(Default)]
pub(super) struct Halvings {
    /// The norm when it was last half of the one before; 0 at first.
    least: f64,
    /// The steps since.
    since: usize,
}

impl Halvings {
    /// Whether there have been many steps since the norm was last halved: true once in so many of them.
    pub(super) fn is_still(&mut self, norm: f64) -> bool {
        if self.least == 0.0 || norm <= 0.5 * self.least {
            (self.least, self.since) = (norm, 0);
            return false;
        }
        self.since += 1;
        self.since.is_multiple_of(MOST_STUCK)
    }
}

/// What rounding may change the loss at a point by: by so much where that was measured.
fn noise(point: &Point, measured: f64) -> f64 {
    measured.max(LOSS_NOISE * point.loss.abs())
}

/// The first point along the step, halved as often as needed, that lowers the loss enough; and whether it is the whole
/// step. A step along which the loss doesn't curve up, or of a design hardly does, says nothing of how far to go: it is doubled while
/// that helps.
fn search<O: Objective>(
    run: &mut Run<'_, '_, O>,
    from: &Point,
    step: &Step,
    measured: f64,
) -> Result<Option<(Point, bool)>> {
    let noise = noise(from, measured);
    // Formed as the slopes that it is compared with, which rounding may have changed.
    let slope = from.gradient.dot(&step.direction).abs();
    let mut length = 1.0;
    for _ in 0..MOST_HALVINGS {
        if run.interrupted() {
            return Ok(None);
        }
        if let Some(next) = run.trial(&from.parameters + &(&step.direction * length)) {
            let promised = length * step.slope + step.bend.map_or(0.0, |bend| 0.5 * length * length * bend.min(0.0));
            let lower = next.loss <= from.loss + ARMIJO * promised;
            // Where the promised fall is lost in the loss's rounding, the gradient shows whether the step is a good one.
            let level = step.bend.is_none()
                && (-step.slope * length <= noise || next.loss == from.loss)
                && next.loss <= from.loss + noise
                && next.gradient.dot(&step.direction).abs() <= 0.9 * slope;
            if level || lower && next.loss < from.loss {
                let is_flat = match run.evaluator.has_design {
                    true => next.gradient.dot(&step.direction) < STEEP * step.slope,
                    false => step.bend.is_some(),
                };
                if !(is_flat && length == 1.0) {
                    return Ok(Some((next, length == 1.0)));
                }
                // A loss that hardly curves may have no minimum.
                if let Some(error) = run.evaluator.objective().recession(&step.direction.to_vec()) {
                    return Err(error);
                }
                return Ok(Some((lengthen(run, from, next, step)?, false)));
            }
        }
        // A fall below the loss's last digit would be chance.
        if step.bend.is_none() && slope * length <= f64::EPSILON * from.loss.abs() {
            break;
        }
        length /= 2.0;
    }
    Ok(None)
}

/// The lowest point along the step, doubled while the loss falls.
fn lengthen<O: Objective>(run: &mut Run<'_, '_, O>, from: &Point, mut lowest: Point, step: &Step) -> Result<Point> {
    let mut length = 1.0;
    for _ in 0..MOST_DOUBLINGS {
        length *= 2.0;
        match run.trial(&from.parameters + &(&step.direction * length)) {
            Some(next) if next.loss < lowest.loss => lowest = next,
            _ => return Ok(lowest),
        }
    }
    if run.evaluator.has_design {
        return Ok(lowest);
    }
    match endless::falls_for_ever(run, &lowest, &step.direction) {
        Some(error) => Err(error),
        None => Ok(lowest),
    }
}

/// The metric where a fit starts, which of a design also shows columns that are superfluous.
fn first_metric<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point) -> Result<Metric> {
    let matrix = run.evaluator.curvature(Curvature::Expected, point.parameters.view())?;
    check_finite(&matrix, &run.names())?;
    if run.evaluator.has_design {
        rank::check(run.evaluator.objective(), matrix.view())?;
    }
    let none = || Error::Start { what: "the second derivative".into(), value: f64::NAN, found: String::new() };
    metric_of(run, point, &matrix, size(run, point)).ok_or_else(none)
}

/// The metric of a curvature; of a design's that is nearly singular by a root of it, where there is one.
fn metric_of<O: Objective>(run: &Run<'_, '_, O>, point: &Point, matrix: &Array2<f64>, size: f64) -> Option<Metric> {
    let metric = Metric::new(matrix, point.gradient.view(), size)?;
    if !(run.evaluator.has_design && metric.is_nearly_singular()) {
        return Some(metric);
    }
    let root = run.evaluator.objective().information_root(point.parameters.view());
    Some(root.ok().flatten().and_then(Root::new).map_or(metric, Metric::of_root))
}

/// The metric at a later point; where there is no finite one, the old one, or steepest descent.
/// Of the Hessian, where that is asked for and positive definite; else of the expected information.
fn fresh_metric<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point, old: &Metric, kind: Curvature) -> Metric {
    let size = size(run, point);
    let mut of_kind = |kind: Curvature| {
        let matrix = run.evaluator.curvature(kind, point.parameters.view()).ok()?;
        metric_of(run, point, &matrix, size)
    };
    let observed = if kind == Curvature::Observed { of_kind(kind).filter(Metric::is_definite) } else { None };
    let fresh = observed.or_else(|| of_kind(Curvature::Expected));
    let flat = || if old.is_definite() { None } else { Metric::flat(point.gradient.view(), size) };
    fresh.or_else(flat).unwrap_or_else(|| old.kept())
}

/// How far to go where the curvature doesn't tell.
fn size<O: Objective>(run: &Run<'_, '_, O>, point: &Point) -> f64 {
    run.sizes(point).iter().fold(1.0f64, |largest, &size| largest.max(size))
}

/// Refuses a curvature with an entry that is not a finite number.
pub(super) fn check_finite(matrix: &Array2<f64>, names: &[String]) -> Result<()> {
    match matrix.indexed_iter().find(|(_, entry)| !entry.is_finite()) {
        None => Ok(()),
        Some(((i, j), &value)) => {
            let what = format!("the second derivative of the loss by `{}` and `{}`", names[i], names[j]);
            Err(Error::Start { what, value, found: String::new() })
        }
    }
}
