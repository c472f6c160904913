//! What an end without convergence means: the gradient is all rounding, the loss has a kink, its domain ends, or it falls
//! for ever.

use super::Status;
use super::run::Run;
use crate::error::{Error, Result};
use crate::evaluate::Point;
use crate::objective::Objective;
use crate::random::Random;
use ndarray::{Array1, ArrayView1};

/// How often the rounding of a gradient is looked at, and how many times it a gradient may be that can't be told from 0.
const PROBES: u64 = 3;
const ROUNDING: f64 = 10.0;
/// A change of the gradient by rounding is below this part of what a real move changes.
const KINK: f64 = 1e-4;
/// Distances, relative to a parameter's size, at which the gradients on both sides are compared.
const NEAR: [f64; 2] = [1e-3, 1e-5];
/// Real moves, relative to the parameters: the first is taken that leaves the loss finite.
const MOVES: [f64; 3] = [1e-3, 1e-5, 1e-7];
/// The most parameters that are searched for a kink.
const MOST_PARAMETERS: usize = 20;
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

/// The status of a fit that ended at a point, where `direction` is the way that it went or wanted to go: `found`, if there
/// is no more to say.
pub(super) fn judge<O: Objective>(
    run: &mut Run<'_, '_, O>,
    point: &Point,
    direction: &Array1<f64>,
    found: Status,
) -> Result<Status> {
    for way in [direction, &run.way(point)] {
        if let Some(error) = falls_for_ever(run, point, way) {
            return Err(error);
        }
    }
    look_far(run, point, direction)?;
    if found == Status::IterationLimit && !is_still(run, point, direction) {
        return Ok(found);
    }
    if !run.evaluator.has_design
        && let Some(parameter) = kink(run, point)
    {
        return Ok(Status::Kink { parameter });
    }
    let size = largest(&run.sizes(point)).max(f64::MIN_POSITIVE);
    let ahead = direction * (1e-6 * size / largest(direction));
    match largest(direction) > 0.0 && run.trial(&point.parameters + &ahead).is_none() {
        true => Ok(Status::Edge),
        false => Ok(found),
    }
}

/// The status where no step lowers a loss with kinks, whose smallest subgradient is of that size.
pub(super) fn at_kinks<O: Objective>(
    run: &mut Run<'_, '_, O>,
    point: &Point,
    size: f64,
    norm: &dyn Fn(ArrayView1<'_, f64>) -> f64,
) -> Status {
    match () {
        () if run.interrupted() => Status::Stopped,
        () if is_rounding_of(run, point, size, norm) => Status::WorkingPrecision,
        () => Status::NoDescent,
    }
}

/// Whether the gradient is no larger than what rounding makes of it: how much it changes when every parameter moves by a
/// unit in its last place.
pub(super) fn is_rounding<O: Objective>(
    run: &mut Run<'_, '_, O>,
    point: &Point,
    norm: &dyn Fn(ArrayView1<'_, f64>) -> f64,
) -> bool {
    let size = norm(point.gradient.view());
    is_rounding_of(run, point, size, norm)
}

/// How much the loss changes when every parameter moves by a unit in its last place: where predictors are small differences of large
/// numbers, that is far more than the loss's own rounding.
pub(super) fn rounding_of_loss<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point) -> f64 {
    let mut change = |seed: u64| {
        let mut random = Random::new(seed);
        let moved = point.parameters.mapv(|x| x * (1.0 + f64::EPSILON.copysign(random.signed())));
        run.trial(moved).map_or(0.0, |moved| (moved.loss - point.loss).abs())
    };
    (0..PROBES).map(&mut change).fold(0.0, f64::max)
}

/// Whether a number of that size is no larger than what rounding makes of the gradient's norm.
pub(super) fn is_rounding_of<O: Objective>(
    run: &mut Run<'_, '_, O>,
    point: &Point,
    size: f64,
    norm: &dyn Fn(ArrayView1<'_, f64>) -> f64,
) -> bool {
    if size == 0.0 {
        return true;
    }
    let has_design = run.evaluator.has_design;
    // Parameters whose effects nearly cancel must not move alike.
    let uneven = |part: f64| 0.5 + 0.5 * part.abs();
    let mut change = |seed: u64, distance: f64, size: fn(f64) -> f64| {
        let mut random = Random::new(seed);
        let moved = point.parameters.mapv(|x| {
            let part = random.signed();
            x * (1.0 + size(part) * distance.copysign(part))
        });
        run.trial(moved).map(|moved| norm((moved.gradient - &point.gradient).view()))
    };
    // At a kink the gradient changes as much however small the move. A move may lead out of the domain.
    // A design's losses have none, and of columns that nearly make each other up every real move leads out.
    let most = match has_design {
        true => f64::INFINITY,
        false => KINK * MOVES.iter().find_map(|&distance| change(0, distance, uneven)).unwrap_or(0.0),
    };
    let is_rounding = (0..PROBES)
        .filter_map(|seed| change(seed, f64::EPSILON, |_| 1.0))
        .any(|change| change <= most && size <= ROUNDING * change);
    // A design's losses hold no such surprises, and may have very many rows.
    is_rounding && (run.evaluator.has_design || !has_lower_neighbour(run, point))
}

/// Whether a move of a single parameter lowers the loss by more than rounding, or leads down and out of the domain: then the gradient is
/// no sign of a minimum.
fn has_lower_neighbour<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point) -> bool {
    let (sizes, seen) = (run.sizes(point), 1e-8 * point.loss.abs().max(1e-300));
    let moves = [1e-3, -1e-3, 0.1, -0.1];
    (0..sizes.len().min(MOST_PARAMETERS)).any(|at| {
        moves.iter().any(|part| {
            let mut moved = point.parameters.clone();
            moved[at] += part * sizes[at];
            match run.trial(moved) {
                Some(moved) => moved.loss < point.loss - seen,
                None => point.gradient[at] * part * sizes[at] < -seen,
            }
        })
    })
}

/// The error of a loss that falls at least linearly along a direction, as far as numbers go.
pub(super) fn falls_for_ever<O: Objective>(
    run: &mut Run<'_, '_, O>,
    from: &Point,
    direction: &Array1<f64>,
) -> Option<Error> {
    let size = largest(direction);
    if !(size > 0.0 && size.is_finite()) {
        return None;
    }
    // What hardly moves may be rounding, and would come to matter far away.
    let direction = direction.mapv(|part| if part.abs() > LEAST_PART * size { part / size } else { 0.0 });
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
    let parts = run.names().into_iter().zip(direction).filter(|(_, part)| *part != 0.0).collect();
    Some(Error::Unbounded { direction: parts, loss: lowest, distance })
}

/// Refuses a point from which the loss falls for ever, if less and less: its infimum is at infinity. The slope tells, even
/// where what is left to fall is lost in the loss's rounding. Not where the objective knows
/// by itself.
pub(super) fn look_far<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point, direction: &Array1<f64>) -> Result<()> {
    if run.evaluator.objective().knows_recession() {
        return Ok(());
    }
    for way in [direction, &run.way(point)] {
        let size = largest(way);
        if !(size > 0.0 && size.is_finite()) {
            continue;
        }
        let way = way.mapv(|part| if part.abs() > LEAST_PART * size { part / size } else { 0.0 });
        // Very far away slopes vanish among the numbers: there it is asked on the way.
        let is_far = point.parameters.iter().any(|parameter| parameter.abs() > FAR_OUT);
        let before = (is_far && point.gradient.dot(&way) == 0.0).then(|| run.trial(&point.parameters * ON_THE_WAY));
        if flattens(run, before.flatten().as_ref().unwrap_or(point), &way) {
            let direction = run.names().into_iter().zip(way).filter(|(_, part)| *part != 0.0).collect();
            return Err(Error::AtInfinity { direction, loss: point.loss });
        }
    }
    Ok(())
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

/// Whether the last step was small beside the parameters.
fn is_still<O: Objective>(run: &Run<'_, '_, O>, point: &Point, step: &Array1<f64>) -> bool {
    step.iter().zip(&run.sizes(point)).all(|(step, size)| step.abs() <= 1e-6 * size)
}

/// The first parameter along which the slope jumps at the point, however near it is looked at.
fn kink<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point) -> Option<usize> {
    let sizes = run.sizes(point);
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    let effect = |at: usize| (point.gradient[at] * sizes[at]).abs();
    order.sort_by(|&a, &b| effect(b).total_cmp(&effect(a)));
    let mut slope = |at: usize, distance: f64| {
        let mut moved = point.parameters.clone();
        moved[at] += distance;
        run.trial(moved).map(|moved| moved.gradient[at])
    };
    let mut jump = |at: usize, distance: f64| {
        let (below, above) = (slope(at, -distance)?, slope(at, distance)?);
        Some((above - below, above.abs().max(below.abs())))
    };
    let is_kink = |&at: &usize| {
        let size = if sizes[at] > 0.0 { sizes[at] } else { 1.0 };
        let [Some((far, _)), Some((near, steepest))] = NEAR.map(|distance| jump(at, distance * size)) else {
            return false;
        };
        near > 0.5 * far && near > 1e-3 * steepest
    };
    order.into_iter().take(MOST_PARAMETERS).find(is_kink)
}

fn largest(vector: &Array1<f64>) -> f64 {
    vector.iter().fold(0.0, |largest, x| largest.max(x.abs()))
}
