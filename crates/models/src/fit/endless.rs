//! Losses that fall for ever: without bound, along a straight way or the floor of a valley, or by less and less.

use super::metric::Metric;
use super::run::Run;
use crate::error::{Error, Result};
use crate::evaluate::{Curvature, Point};
use crate::linalg::largest;
use crate::objective::Objective;
use ndarray::{Array1, Axis};

/// How often a step is doubled until a loss that goes on falling is said to fall for ever.
const DOUBLINGS: usize = 45;
/// How it grows from there on, to where numbers end: a loss in units of its own may turn up farther away.
const LEAP: f64 = 1e10;
const FARTHEST: f64 = 1e290;
/// How often a distance is doubled to see whether a slope goes to 0, and to what part of the first it has come then.
const FAR: usize = 12;
const FLATTER: f64 = 1e-3;
/// What is to be fallen along a way is seen in the loss where it is more than this part of it.
const SEEN: f64 = 1e-12;
/// A fit has gone very far beyond this, and the part of the way where the slope is looked at then.
const FAR_OUT: f64 = 1e20;
const ON_THE_WAY: f64 = 1e-6;
/// A parameter is named in a direction where its part, relative to the largest, is above this.
const LEAST_PART: f64 = 1e-6;
/// Where a slope is nearer to 0 than this, relative to the first, and not yet 0, it goes to 0 by degrees.
const FADED: f64 = 1e-6;
/// How often what doesn't move along a way is brought to its own minimum, of a loss with at most so many parameters.
const SETTLINGS: usize = 3;
const MOST_SETTLED: usize = 100;

/// The error of a loss that falls at least linearly along a direction, as far as numbers go.
pub(super) fn falls_for_ever<O: Objective>(
    run: &mut Run<'_, '_, O>,
    from: &Point,
    direction: &Array1<f64>,
) -> Option<Error> {
    let direction = to_scale(direction)?;
    if from.gradient.dot(&direction) > 0.0 {
        return None;
    }
    let mut distance = largest(&run.sizes(from)).max(1.0);
    let (mut lowest, mut fallen) = (from.loss, 0.0);
    for trial in 0.. {
        let loss = run.evaluator.at(&from.parameters + &(&direction * distance)).ok()?.loss;
        let fall = from.loss - loss;
        // Very far away losses may be NaN, as differences of what overflows are.
        if loss == f64::NEG_INFINITY || loss.is_nan() && trial >= DOUBLINGS || distance > FARTHEST {
            break;
        }
        // NaN falls nowhere.
        let is_faster = fall > 1.5 * fallen;
        if !is_faster {
            return None;
        }
        (lowest, fallen) = (loss, fall);
        distance *= if trial < DOUBLINGS { 2.0 } else { LEAP };
    }
    Some(Error::Unbounded { direction: named(run, &direction), loss: lowest, distance })
}

/// The same, also along the floor of a valley: far away the least distance from the floor costs more than is fallen along it, so that what
/// the direction doesn't move is first brought to its own minimum.
pub(super) fn falls_along_floor<O: Objective>(
    run: &mut Run<'_, '_, O>,
    from: &Point,
    direction: &Array1<f64>,
) -> Option<Error> {
    let found = falls_for_ever(run, from, direction);
    if found.is_some() || run.evaluator.has_design || direction.len() > MOST_SETTLED {
        return found;
    }
    let floor = settled(run, from, direction)?;
    falls_for_ever(run, &floor, direction)
}

/// The point that Newton's steps reach in those parameters that the direction doesn't move; then each by itself, as two that nearly cancel
/// come nearer to each other than one step of both can bring them.
fn settled<O: Objective>(run: &mut Run<'_, '_, O>, from: &Point, direction: &Array1<f64>) -> Option<Point> {
    let is_still = |&at: &usize| direction[at].abs() <= LEAST_PART * largest(direction);
    let still: Vec<usize> = (0..direction.len()).filter(is_still).collect();
    if still.is_empty() {
        return None;
    }
    let mut point = from.clone();
    for _ in 0..SETTLINGS {
        let hessian = run.evaluator.curvature(Curvature::Observed, point.parameters.view()).ok()?;
        let hessian = hessian.select(Axis(0), &still).select(Axis(1), &still);
        let gradient = point.gradient.select(Axis(0), &still);
        let step = Metric::new(&hessian, gradient.view(), 1.0)?.step(gradient.view()).direction;
        let mut parameters = point.parameters.clone();
        still.iter().zip(step).for_each(|(&at, step)| parameters[at] += step);
        point = run.trial(parameters)?;
    }
    let curvatures = run.evaluator.curvature(Curvature::Observed, point.parameters.view()).ok()?.into_diag();
    for at in still {
        let mut parameters = point.parameters.clone();
        parameters[at] -= point.gradient[at] / curvatures[at];
        point = run.trial(parameters).filter(|next| next.loss <= point.loss).unwrap_or(point);
    }
    Some(point)
}

/// A direction whose largest part is 1, if it has one. What hardly moves may be rounding, and would come to matter far away.
fn to_scale(direction: &Array1<f64>) -> Option<Array1<f64>> {
    let size = largest(direction);
    let is_direction = size > 0.0 && size.is_finite();
    is_direction.then(|| direction.mapv(|part| if part.abs() > LEAST_PART * size { part / size } else { 0.0 }))
}

/// The parameters that a direction moves, and by how much.
fn named<O: Objective>(run: &Run<'_, '_, O>, direction: &Array1<f64>) -> Vec<(String, f64)> {
    run.names().into_iter().zip(direction.iter().copied()).filter(|(_, part)| *part != 0.0).collect()
}

/// Refuses a point from which the loss falls for ever, if less and less: its infimum is at infinity. The slope tells, even
/// where what is left to fall is lost in the loss's rounding. Not where the objective knows by itself.
pub(super) fn look_far<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point, direction: &Array1<f64>) -> Result<()> {
    if run.evaluator.objective().knows_recession() {
        return Ok(());
    }
    for way in [direction, &run.way(point)] {
        let Some(way) = to_scale(way) else { continue };
        let before = if point.gradient.dot(&way) == 0.0 { before_vanishing(run, point, &way) } else { None };
        if flattens(run, before.as_ref().unwrap_or(point), &way) {
            return Err(Error::AtInfinity { direction: named(run, &way), loss: point.loss });
        }
    }
    Ok(())
}

/// A point on the way to one where the slope is 0, if it came to that by degrees, as what vanishes among the numbers: not at an edge or a
/// minimum.
fn before_vanishing<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point, way: &Array1<f64>) -> Option<Point> {
    if point.parameters.iter().any(|parameter| parameter.abs() > FAR_OUT) {
        return run.trial(&point.parameters * ON_THE_WAY);
    }
    let back = run.way(point);
    let start = run.trial(&point.parameters - &back)?;
    let first = start.gradient.dot(way);
    for halving in 1..=FAR {
        let between = run.trial(&start.parameters + &(&back / f64::from(1 << halving)))?;
        let slope = between.gradient.dot(way);
        if slope != 0.0 {
            return (slope.abs() < FADED * first.abs()).then_some(between);
        }
    }
    None
}

/// Whether the loss falls for ever along a way, less and less steeply.
fn flattens<O: Objective>(run: &mut Run<'_, '_, O>, from: &Point, way: &Array1<f64>) -> bool {
    let first = from.gradient.dot(way);
    let (mut slope, mut loss) = (first, from.loss);
    let size = largest(&run.sizes(from)).max(1.0);
    for doubling in 0..FAR {
        let distance = size * f64::from(1 << doubling);
        let Some(next) = run.trial(&from.parameters + &(way * distance)) else { return false };
        let there = next.gradient.dot(way);
        if !(slope <= there && there <= 0.0 && slope < 0.0 || slope == 0.0 && there == 0.0) || next.loss > loss {
            return false;
        }
        (slope, loss) = (there, next.loss);
    }
    // At the edge of a plain the slope says more than the loss does.
    let is_seen = -first * size > SEEN * from.loss.abs();
    first < 0.0 && slope > FLATTER * first && !(is_seen && loss == from.loss)
}
