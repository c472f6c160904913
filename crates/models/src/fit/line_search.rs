//! How far to go along a direction: a step that lowers the loss enough and lessens its slope (the weak Wolfe conditions), by
//! a bracket that is cut until it has one.
//!
//! Every search ends: after so many trials the best point so far is taken. Interpolation by cubics is quick for smooth losses;
//! where it isn't quick enough the bracket is halved, which leads to a kink too (Lewis & Overton 2013). A trial without a finite
//! loss and gradient is too long a step, never the end.

use super::newton::LOSS_NOISE;
use super::run::Run;
use crate::evaluate::Point;
use crate::objective::Objective;
use ndarray::Array1;

/// A step must lower the loss by this part of what its slope promises.
const LEAST_FALL: f64 = 1e-4;
/// A step's slope must be at most this part of the first one.
const LESS_STEEP: f64 = 0.9;
/// The trials of a search.
const MOST_TRIALS: usize = 50;
/// How much longer than the last trial the next may be, and how much nearer than the bracket's ends.
const LONGER: f64 = 10.0;
const NEARER: f64 = 0.1;

/// A point along the direction, how far it is, and the slope there.
struct Trial {
    at: f64,
    loss: f64,
    slope: f64,
}

/// What a search found.
pub(super) struct Found {
    pub(super) point: Point,
    /// Whether the step grew so often that the loss may have no minimum.
    pub(super) runaway: bool,
}

/// Looks for a step along the direction, trying `first` times it at first. None, if no step lowers the loss.
pub(super) fn search<O: Objective>(
    run: &mut Run<'_, '_, O>,
    from: &Point,
    direction: &Array1<f64>,
    first: f64,
) -> Option<Found> {
    let noise = LOSS_NOISE * from.loss.abs();
    let slope = from.gradient.dot(direction);
    let mut low = Trial { at: 0.0, loss: from.loss, slope };
    let mut high: Option<Trial> = None;
    let mut best: Option<Point> = None;
    let (mut at, mut lengthened) = (first, 0);
    for trial in 0..MOST_TRIALS {
        if run.interrupted() {
            return None;
        }
        let next = run.trial(&from.parameters + &(direction * at));
        let Some(next) = next else {
            high = Some(Trial { at, loss: f64::INFINITY, slope: f64::INFINITY });
            at = low.at + if low.at > 0.0 { 0.5 } else { NEARER } * (at - low.at);
            continue;
        };
        let reached = Trial { at, loss: next.loss, slope: next.gradient.dot(direction) };
        // Where the promised fall is lost in the loss's rounding, the slope shows whether the step is a good one.
        let level = (-slope * at <= noise || next.loss == from.loss)
            && next.loss <= from.loss + noise
            && reached.slope.abs() <= LESS_STEEP * -slope;
        let lower = next.loss <= from.loss + LEAST_FALL * at * slope && next.loss < from.loss;
        if level || lower && reached.slope >= LESS_STEEP * slope {
            return Some(Found { point: next, runaway: false });
        }
        // Too short a step for the loss to tell.
        let unseen =
            (next.loss - from.loss).abs() <= f64::EPSILON * from.loss.abs() && reached.slope <= LESS_STEEP * slope;
        if lower || unseen {
            if lower {
                best = Some(next);
            }
            let before = std::mem::replace(&mut low, reached);
            if high.is_none() {
                lengthened += 1;
                at = longer(&before, &low);
                continue;
            }
        } else {
            high = Some(reached);
        }
        let Some(high) = &high else { continue };
        at = between(&low, high, trial);
        if at <= low.at.min(high.at) || at >= low.at.max(high.at) {
            break;
        }
    }
    best.map(|point| Found { point, runaway: lengthened >= MOST_TRIALS / 4 })
}

/// Where the slope would be 0, if it changed on as it did, but no nearer than twice as far.
fn longer(before: &Trial, last: &Trial) -> f64 {
    let secant = last.at + (last.at - before.at) * last.slope / (before.slope - last.slope);
    let (least, most) = (2.0 * last.at, LONGER * last.at);
    if secant.is_finite() && secant > 0.0 { secant.clamp(least, most) } else { most }
}

/// The minimum of the cubic through both ends, but not too near to either; the middle at every third trial, and where the
/// cubic has no minimum.
fn between(low: &Trial, high: &Trial, trial: usize) -> f64 {
    let width = high.at - low.at;
    let d = low.slope + high.slope - 3.0 * (high.loss - low.loss) / width;
    let root = (d * d - low.slope * high.slope).sqrt();
    let cubic = high.at - width * (high.slope + root - d) / (high.slope - low.slope + 2.0 * root);
    if trial % 3 == 2 || !cubic.is_finite() {
        return low.at + 0.5 * width;
    }
    cubic.clamp(low.at + NEARER * width, high.at - NEARER * width)
}
