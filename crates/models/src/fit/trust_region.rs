//! Newton's steps within a region of trust: the exact minimum of the quadratic model in a ball whose radius follows how well
//! the model does (Moré & Sorensen 1983; Nocedal & Wright 2006, chapter 4). Saddles are left, whatever the Hessian.
//!
//! Lengths are measured in units of the Hessian's diagonal, so that the parameters' units don't matter.

use super::descent::{Advance, Steps, descend, ended};
use super::metric::Metric;
use super::newton::{Halvings, LOSS_NOISE, NOISE, check_finite};
use super::run::{Run, scale_of_gradient};
use super::{Fit, Status, ending, endless};
use crate::error::{Error, Result};
use crate::evaluate::{Curvature, Point};
use crate::linalg::Spectrum;
use crate::objective::Objective;
use ndarray::{Array1, Array2};
use std::cell::OnceCell;

/// A step is taken if the loss falls by this part of what the model promises.
const LEAST_RATIO: f64 = 1e-4;
/// Steps that may be rejected one after the other: the radius is then below rounding.
const MOST_REJECTIONS: usize = 60;
/// After so many iterations that doubled the radius, the loss may be unbounded.
const MANY_DOUBLINGS: usize = 20;

pub(super) fn minimise<O: Objective>(run: &mut Run<'_, '_, O>, point: Point) -> Result<Fit> {
    let model = Model::new(run, &point)?;
    let radius = model.first_radius(scale_of_gradient(run.evaluator, point.loss));
    let direction = model.step(radius).direction;
    let mut steps = Region {
        model,
        radius,
        direction,
        norm: f64::INFINITY,
        last: f64::INFINITY,
        progress: Halvings::default(),
        doublings: 0,
    };
    let end = descend(run, &mut steps, point)?;
    Ok(ended(run, end))
}

/// The model of the loss, and how far it is trusted.
struct Region {
    model: Model,
    radius: f64,
    direction: Array1<f64>,
    /// The gradient's norm, here and at the point before.
    norm: f64,
    last: f64,
    progress: Halvings,
    /// How many iterations have doubled the radius, one after the other.
    doublings: usize,
}

impl<O: Objective> Steps<O> for Region {
    fn measure(&mut self, _: &Run<'_, '_, O>, point: &Point) -> (f64, f64) {
        (self.last, self.norm) = (self.norm, self.model.metric.norm(point.gradient.view()));
        (point.loss, self.norm)
    }

    fn is_minimum(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> bool {
        self.model.metric.is_convex() && run.is_small(&self.model.metric, point, run.tolerance(point.loss))
    }

    fn direction(&self) -> Option<&Array1<f64>> {
        Some(&self.direction)
    }

    fn advance(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> Result<Advance> {
        let metric = &self.model.metric;
        let newton = metric.step(point.gradient.view());
        let negligible = run.is_done(metric, &newton.direction, point);
        if negligible && let Some(next) = run.refined(&newton.direction, point) {
            return Ok(Advance::To(self.moved(run, next)));
        }
        let small = self.last <= NOISE * scale_of_gradient(run.evaluator, point.loss);
        let stuck = self.norm > self.last / 2.0 && small || self.progress.is_still(self.norm);
        if negligible || metric.is_convex() && stuck && self.is_rounding(run, point) {
            return Ok(Advance::End(Status::WorkingPrecision));
        }
        let found = search(run, point, &self.model, &mut self.radius);
        let Some((next, trusted)) = found else {
            self.direction = self.model.step(self.radius).direction;
            return Ok(Advance::End(match () {
                () if run.interrupted() => Status::Stopped,
                () if self.is_rounding(run, point) => Status::WorkingPrecision,
                () => ending::judge(run, point, &self.direction, Status::NoDescent)?,
            }));
        };
        self.direction = &next.parameters - &point.parameters;
        self.doublings = if trusted { self.doublings + 1 } else { 0 };
        if self.doublings == MANY_DOUBLINGS {
            self.doublings = 0;
            if let Some(error) = endless::falls_for_ever(run, &next, &self.direction) {
                return Err(error);
            }
        }
        Ok(Advance::To(self.moved(run, next)))
    }
}

impl Region {
    /// A point that was found, with the model there. Without a finite Hessian the old one must do.
    fn moved<O: Objective>(&mut self, run: &mut Run<'_, '_, O>, to: Point) -> Point {
        if let Ok(model) = Model::new(run, &to) {
            self.model = model;
        }
        to
    }

    fn is_rounding<O: Objective>(&self, run: &mut Run<'_, '_, O>, point: &Point) -> bool {
        ending::is_rounding(run, point, &|gradient| self.model.metric.norm(gradient))
    }
}

/// The next point, within a radius that shrinks until the loss falls as promised; and whether the model was right up to the
/// edge of the region, which doubles it. None, if no radius will do.
fn search<O: Objective>(
    run: &mut Run<'_, '_, O>,
    from: &Point,
    model: &Model,
    radius: &mut f64,
) -> Option<(Point, bool)> {
    for _ in 0..MOST_REJECTIONS {
        if run.interrupted() {
            return None;
        }
        let step = model.step(*radius);
        let next = run.trial(&from.parameters + &step.direction);
        let ratio = next.as_ref().map_or(f64::NEG_INFINITY, |next| {
            if step.promised > LOSS_NOISE * from.loss.abs() && next.loss != from.loss {
                return (from.loss - next.loss) / step.promised;
            }
            // What is promised is lost in the loss's rounding: the gradient decides.
            let (before, after) = (model.metric.norm(from.gradient.view()), model.metric.norm(next.gradient.view()));
            f64::from(after < 0.9 * before && next.loss <= from.loss + LOSS_NOISE * from.loss.abs())
        });
        let trusted = ratio > 0.75 && step.length > 0.9 * *radius;
        match () {
            () if ratio < 0.25 => *radius = 0.25 * step.length,
            () if trusted => *radius *= 2.0,
            () => {}
        }
        if let Some(next) = next.filter(|_| ratio > LEAST_RATIO) {
            return Some((next, trusted));
        }
    }
    None
}

/// The quadratic model of the loss about a point.
struct Model {
    matrix: Array2<f64>,
    gradient: Array1<f64>,
    metric: Metric,
    /// The spectrum and the gradient along its vectors, once they are needed.
    spectrum: OnceCell<Option<(Spectrum, Array1<f64>)>>,
}

/// A step, its length, and by how much the model says that the loss falls.
struct Step {
    direction: Array1<f64>,
    length: f64,
    promised: f64,
}

impl Model {
    fn new<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point) -> Result<Self> {
        let matrix = run.evaluator.curvature(Curvature::Observed, point.parameters.view())?;
        check_finite(&matrix, &run.names())?;
        let none = || Error::Start { what: "the second derivative".into(), value: f64::NAN, found: String::new() };
        let metric = Metric::new(&matrix, point.gradient.view(), 1.0).ok_or_else(none)?;
        Ok(Self { matrix, gradient: point.gradient.clone(), metric, spectrum: OnceCell::new() })
    }

    /// In units of the diagonal, a step to the minimum is about as long as `√(2·loss)`.
    fn first_radius(&self, scale: f64) -> f64 {
        if scale > 0.0 { scale } else { self.metric.norm(self.gradient.view()).max(f64::MIN_POSITIVE) }
    }

    /// The minimum of the model within the radius: Newton's step, if it is short enough.
    fn step(&self, radius: f64) -> Step {
        let newton = self.metric.step(self.gradient.view());
        let length = self.metric.length(&newton.direction);
        let within = length.is_some_and(|length| length <= radius);
        let spectrum = || {
            let spectrum = Spectrum::new(self.matrix.view())?;
            let parts = spectrum.parts(self.gradient.view());
            Some((spectrum, parts))
        };
        match if within { &None } else { self.spectrum.get_or_init(spectrum) } {
            Some((spectrum, parts)) => {
                let along = minimum(parts, spectrum, radius);
                let promised = -(parts.dot(&along) + 0.5 * (&along * &along * &spectrum.values).sum());
                Step { length: along.dot(&along).sqrt(), direction: spectrum.step(along.view()), promised }
            }
            None => {
                let (length, part) = (length.unwrap_or(radius), (radius / length.unwrap_or(radius)).min(1.0));
                let promised = 0.5 * newton.norm * newton.norm * part;
                Step { direction: newton.direction * part, length: length * part, promised }
            }
        }
    }
}

/// The minimum of a model within the radius, along each vector of the spectrum: `−g/(λ + μ)`, with μ so large that no λ + μ
/// is negative and the step not too long.
fn minimum(parts: &Array1<f64>, spectrum: &Spectrum, radius: f64) -> Array1<f64> {
    let values = &spectrum.values;
    let at = |shift: f64| -> Array1<f64> {
        let step = |(part, value): (&f64, &f64)| match value + shift {
            _ if *part == 0.0 => 0.0,
            sum if sum > 0.0 => -part / sum,
            _ => f64::INFINITY,
        };
        parts.iter().zip(values).map(step).collect()
    };
    let length = |step: &Array1<f64>| step.dot(step).sqrt();
    let least = spectrum.least();
    let mut low = (-values[least]).max(0.0);
    let mut step = at(low);
    if length(&step) <= radius {
        if values[least] < 0.0 {
            // The gradient has no part where the loss curves down most: go there as far as the radius allows.
            let rest = (radius * radius - step.dot(&step)).max(0.0).sqrt();
            step[least] += rest.copysign(-parts[least]);
        }
        return step;
    }
    let mut high = low + length(parts) / radius;
    while high - low > 1e-12 * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if length(&at(middle)) > radius { low = middle } else { high = middle }
    }
    at(high)
}
