//! Is the gradient right? Differences of the loss, on a ladder of steps: too large a step and the curve bends away, too small a one and
//! rounding takes over.

use crate::engine::{Data, Engine, failed};
use crate::graph::set_values;
use crate::language::record::record;
use crate::language::{Mistake, Span};
use crate::number::Number;
use autodiff::{Tape, check_gradient};
use serde::Serialize;

/// The steps, as powers of ten.
const STEPS: std::ops::RangeInclusive<i32> = -13..=0;

/// What the check says of one parameter.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// The parameter.
    pub name: String,
    /// The derivative that reverse mode gives.
    pub analytical: Number,
    /// The derivative by differences, of the best step.
    pub numerical: Number,
    /// PASS, KINK, UNCLEAR or FAIL.
    pub verdict: String,
    /// The relative error of the central difference at each step.
    pub ladder: Vec<Rung>,
}

/// A step of a central difference.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rung {
    /// The step.
    pub step: f64,
    /// The difference quotient.
    pub quotient: Number,
    /// Its relative distance from the derivative.
    pub error: Number,
}

/// Checks the gradient by all parameters.
///
/// # Errors
/// What the engine can't compute.
pub fn check(engine: &mut Engine, data: &Data, theta: &[f64]) -> Result<Vec<Checked>, Mistake> {
    let text = engine.text().clone();
    let tape = Tape::<f64>::new();
    let recorded = record(&text, &tape)?;
    set_values(&text, &tape, &recorded, data, theta)?;
    let error = |error| failed(&error, Span::default());
    let report = check_gradient(recorded.loss, &recorded.parameters).map_err(error)?;
    let names = engine.names();
    let gradient = engine.results(data, theta)?.gradient;
    let checked = names.into_iter().zip(gradient).zip(report.components).enumerate();
    checked
        .map(|(place, ((name, Number(analytical)), component))| {
            Ok(Checked {
                name,
                analytical: Number(analytical),
                numerical: Number(component.numerical),
                verdict: component.verdict.to_string(),
                ladder: ladder(engine, data, theta, place, analytical)?,
            })
        })
        .collect()
}

fn ladder(
    engine: &mut Engine,
    data: &Data,
    theta: &[f64],
    place: usize,
    analytical: f64,
) -> Result<Vec<Rung>, Mistake> {
    let mut moved = theta.to_vec();
    let mut at = |value: f64| {
        moved[place] = value;
        engine.loss(data, &moved)
    };
    let rung = |power: i32| {
        let step = format!("1e{power}").parse().unwrap_or(f64::NAN);
        let (low, high) = (theta[place] - step, theta[place] + step);
        // By the distance that there is between the two, not the one that was asked for.
        let quotient = (at(high)? - at(low)?) / (high - low);
        let error = (quotient - analytical).abs() / (quotient.abs() + analytical.abs()).max(f64::MIN_POSITIVE);
        Ok(Rung { step, quotient: Number(quotient), error: Number(error) })
    };
    STEPS.rev().map(rung).collect()
}
