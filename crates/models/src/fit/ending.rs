//! What an end without convergence means: the gradient is all rounding, the loss has a kink, its domain ends, or it falls
//! for ever (`endless`).

use super::run::Run;
use super::{Status, endless};
use crate::error::Result;
use crate::evaluate::Point;
use crate::linalg::largest;
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

/// The status of a fit that ended at a point, where `direction` is the way that it went or wanted to go: `found`, if there
/// is no more to say.
pub(super) fn judge<O: Objective>(
    run: &mut Run<'_, '_, O>,
    point: &Point,
    direction: &Array1<f64>,
    found: Status,
) -> Result<Status> {
    for way in [direction, &run.way(point)] {
        if let Some(error) = endless::falls_along_floor(run, point, way) {
            return Err(error);
        }
    }
    endless::look_far(run, point, direction)?;
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
