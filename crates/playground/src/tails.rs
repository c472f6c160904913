//! The loss as it was written beside its stable form, far out along one parameter: where others give NaN.

use crate::engine::{Data, Engine, Results};
use crate::language::Mistake;
use crate::number::Number;
use serde::Serialize;

/// The distances looked at, on both sides of 0.
const DISTANCES: &[f64] =
    &[0.0, 1.0, 3.0, 10.0, 20.0, 30.0, 36.0, 37.0, 40.0, 100.0, 300.0, 700.0, 750.0, 1000.0, 10_000.0];

/// From which relative difference on two values are shown as different.
const DIFFERENT: f64 = 1e-6;

/// The loss along one parameter.
#[derive(Clone, Debug, Serialize)]
pub struct Tails {
    /// The parameter.
    pub name: String,
    /// The loss and its slope at each distance, from the least on.
    pub points: Vec<Tail>,
    /// The rewrites that make the stable form.
    pub rewrites: Vec<String>,
}

/// The loss and its slope somewhere.
#[derive(Clone, Debug, Serialize)]
pub struct Tail {
    /// The parameter.
    pub at: f64,
    /// The loss as it was written.
    pub naive: Number,
    /// The loss in its stable form.
    pub stable: Number,
    /// The slope of the loss as it was written.
    pub naive_slope: Number,
    /// The slope of the stable form.
    pub stable_slope: Number,
    /// Whether the two differ.
    pub differs: bool,
}

/// The loss far out along the parameter at `place`, the others staying where they are.
///
/// # Errors
/// What the engine can't compute.
pub fn tails(engine: &mut Engine, data: &Data, theta: &[f64], place: usize) -> Result<Tails, Mistake> {
    let mut theta = theta.to_vec();
    let name = engine.names().get(place).cloned().unwrap_or_default();
    let negative = DISTANCES.iter().rev().take(DISTANCES.len() - 1).map(|distance| -distance);
    let mut points = Vec::new();
    for at in negative.chain(DISTANCES.iter().copied()) {
        if let Some(parameter) = theta.get_mut(place) {
            *parameter = at;
        }
        let (naive, stable) = (engine.naive(data, &theta)?, engine.results(data, &theta)?);
        // What is no number has no slope, whatever is left of its terms.
        let slope = |results: &Results| match results.loss.0.is_nan() {
            true => Number(f64::NAN),
            false => results.gradient.get(place).copied().unwrap_or(Number(f64::NAN)),
        };
        let (naive_slope, stable_slope) = (slope(&naive), slope(&stable));
        let differs = differ(naive.loss, stable.loss) || differ(naive_slope, stable_slope);
        points.push(Tail { at, naive: naive.loss, stable: stable.loss, naive_slope, stable_slope, differs });
    }
    Ok(Tails { name, points, rewrites: engine.rewrites().to_vec() })
}

fn differ(Number(a): Number, Number(b): Number) -> bool {
    match a.is_finite() && b.is_finite() {
        true => (a - b).abs() > DIFFERENT * (a.abs() + b.abs()),
        false => a != b && !(a.is_nan() && b.is_nan()),
    }
}
