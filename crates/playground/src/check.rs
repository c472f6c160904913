//! Is the gradient right? Differences of the loss, on a ladder of steps: too large a step and the curve bends away, too small a one and
//! rounding takes over.

use crate::engine::{Data, Engine};
use crate::graph::set_values;
use crate::language::record::{Recorded, record};
use crate::language::{Mistake, Span};
use crate::number::{Number, spoken};
use crate::trouble::gradient_trouble;
use autodiff::check::Verdict;
use autodiff::{Tape, check_gradient};
use serde::Serialize;

/// The steps, as powers of ten.
const STEPS: std::ops::RangeInclusive<i32> = -13..=0;

/// How many roundings of its largest numbers a loss may have lost.
const ROUNDING: f64 = 16.0;

/// The relative error up to which a derivative is confirmed by differences.
const AGREES: f64 = 1e-6;

/// How many parameters have a ladder: those that fit into one picture.
const LADDERS: usize = 3;

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
    /// Of a verdict that isn't PASS, what the loss does here; empty if there is nothing to be said.
    pub remark: String,
    /// The errors of differences, from the largest step to the smallest; of the first parameters.
    pub ladder: Vec<Rung>,
}

/// What differences make of a step: relative distances from the derivative.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rung {
    /// The step h.
    pub step: f64,
    /// That of the forward difference, `(f(θ + h) − f(θ))/h`.
    pub forward: Number,
    /// That of the central difference, `(f(θ + h) − f(θ − h))/2h`.
    pub central: Number,
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
    // Differences are taken of the loss as it was written, which may be NaN where the stable form isn't.
    let Number(written) = engine.naive(data, theta)?.loss;
    if !written.is_finite() {
        return Err(Mistake::unplaced(format!(
            "As written, the loss is {} here: it has no differences",
            spoken(written)
        )));
    }
    let error = |error| Mistake::of(&error, Span::default());
    let report = check_gradient(recorded.loss, &recorded.parameters).map_err(error)?;
    let rounding = ROUNDING * f64::EPSILON * size(&recorded)?;
    let names = engine.names();
    let gradient = engine.results(data, theta)?.gradient;
    let checked = names.into_iter().zip(gradient).zip(report.components).enumerate();
    checked
        .map(|(place, ((name, Number(analytical)), component))| {
            // What is negligible beside the loss passes, though differences don't see it.
            let is_doubtful = component.verdict != Verdict::Pass || component.relative_error > AGREES;
            let is_flat = is_doubtful && variation(engine, data, theta, place)? <= rounding;
            let verdict = if is_flat { Verdict::Unclear } else { component.verdict };
            let (verdict, remark) = match verdict {
                Verdict::Pass => (verdict, String::new()),
                _ if is_flat => {
                    let why = "the loss changes by no more than rounding: its differences tell nothing";
                    (verdict, format!("along {name} {why}"))
                }
                Verdict::Kink => (verdict, jump(&name)),
                _ => {
                    let slopes = [analytical, component.numerical];
                    let (other, remark) = remark(engine, data, theta, place, slopes)?;
                    (other.unwrap_or(verdict), remark)
                }
            };
            Ok(Checked {
                name,
                remark,
                analytical: Number(analytical),
                numerical: Number(component.numerical),
                verdict: verdict.to_string(),
                ladder: if place < LADDERS { ladder(engine, data, theta, place, analytical)? } else { Vec::new() },
            })
        })
        .collect()
}

/// The size of the numbers that the loss is computed from: of an array the sum, as its elements may be added up.
fn size(recorded: &Recorded<'_>) -> Result<f64, Mistake> {
    let mut largest = 0.0f64;
    for term in &recorded.terms {
        let value = term.node.value().map_err(|error| Mistake::of(&error, term.span))?;
        let sum: f64 = value.iter().map(|x| x.abs()).sum();
        largest = largest.max(if sum.is_finite() { sum } else { 0.0 });
    }
    Ok(largest)
}

/// The most that the loss changes along a parameter within the steps of the check; infinite if it is no number there.
fn variation(engine: &mut Engine, data: &Data, theta: &[f64], place: usize) -> Result<f64, Mistake> {
    let here = engine.naive(data, theta)?.loss.0;
    let mut most = 0.0f64;
    for power in -8..0 {
        for side in [-1.0, 1.0] {
            let mut moved = theta.to_vec();
            moved[place] += side * 10f64.powi(power) * theta[place].abs().max(1.0);
            let change = (engine.naive(data, &moved)?.loss.0 - here).abs();
            most = most.max(if change.is_nan() { f64::INFINITY } else { change });
        }
    }
    Ok(most)
}

fn jump(name: &str) -> String {
    format!("∂loss/∂{name}: the slope jumps here; reverse mode gives one between both sides")
}

/// Why differences don't tell a derivative: the loss ends, jumps or has no slope here; and the verdict then, as there is nothing that
/// could be right or wrong.
fn remark(
    engine: &mut Engine,
    data: &Data,
    theta: &[f64],
    place: usize,
    [analytical, numerical]: [f64; 2],
) -> Result<(Option<Verdict>, String), Mistake> {
    let names = engine.names();
    let (name, at) = (&names[place], theta[place]);
    let mut loss = |step: f64| {
        let mut moved = theta.to_vec();
        moved[place] += step;
        engine.loss(data, &moved)
    };
    let here = loss(0.0)?;
    let small = 1e-9 * at.abs().max(1.0);
    for (side, sign) in [("below", -1.0), ("above", 1.0)] {
        let (near, far) = (loss(sign * small)?, loss(1e3 * sign * small)?);
        if !near.is_finite() {
            let value = spoken(near);
            let remark = format!("just {side} {name} = {} the loss is {value}: it has no derivative here", spoken(at));
            return Ok((Some(Verdict::Unclear), remark));
        }
        // What is continuous comes a thousand times nearer, or near enough at once.
        let (jump, farther) = ((near - here).abs(), (far - here).abs());
        if jump > 1e-4 * here.abs().max(1.0) && jump > 0.5 * farther {
            let (at, near) = (spoken(at), spoken(near));
            let remark = format!("at {name} = {at} the loss jumps to {near}: it has no derivative here");
            return Ok((Some(Verdict::Unclear), remark));
        }
    }
    if !analytical.is_finite() {
        let value = spoken(analytical);
        let found = gradient_trouble(engine.text(), data, theta)?;
        let why = found.map_or(String::new(), |found| format!(": look at {} on the tape", found.node));
        return Ok((None, format!("∂loss/∂{name} is {value} here{why}")));
    }
    let around = slopes_around(engine, data, theta, place)?;
    let remark = around_here(&format!("{name} = {}", spoken(at)), &around, [analytical, numerical]);
    match remark.is_empty() && is_between(&around, analytical) {
        true => Ok((Some(Verdict::Kink), jump(name))),
        false => Ok((None, remark)),
    }
}

/// Whether the slopes below and above stay apart, however near, and the derivative lies between them.
fn is_between(around: &[[f64; 2]; AROUND.len()], analytical: f64) -> bool {
    around.iter().all(|&[below, above]| {
        let (low, high) = (below.min(above), below.max(above));
        let is_apart = high - low > 1e-3 * low.abs().max(high.abs()).max(1e-2);
        is_apart && high.is_finite() && (low..=high).contains(&analytical)
    })
}

/// The distances at which slopes are looked at on both sides, the nearest first.
const AROUND: [f64; 3] = [1e-12, 1e-9, 1e-6];

/// The slopes by reverse mode below and above, at each distance.
fn slopes_around(
    engine: &mut Engine,
    data: &Data,
    theta: &[f64],
    place: usize,
) -> Result<[[f64; 2]; AROUND.len()], Mistake> {
    let mut slopes = [[f64::NAN; 2]; AROUND.len()];
    for (distance, slopes) in AROUND.into_iter().zip(&mut slopes) {
        for (sign, slope) in [-1.0, 1.0].into_iter().zip(slopes) {
            let mut moved = theta.to_vec();
            moved[place] += sign * distance * theta[place].abs().max(1.0);
            *slope = engine.results(data, &moved)?.gradient.get(place).map_or(f64::NAN, |slope| slope.0);
        }
    }
    Ok(slopes)
}

/// What slopes around a place say of the one at it, of a loss that doesn't jump there.
fn around_here(place: &str, around: &[[f64; 2]; AROUND.len()], [analytical, numerical]: [f64; 2]) -> String {
    let near = around[0];
    let is_near = |slope: f64, other: f64| (slope - other).abs() <= 1e-3 * other.abs().max(1e-2);
    // A thousand times nearer, the slope of |x|^0.9 is twice as large.
    let grows = |side: usize| around.windows(2).all(|pair| pair[0][side].abs() > 1.5 * pair[1][side].abs());
    if [0, 1].into_iter().any(grows) && near.iter().any(|slope| slope.abs() > 2.0 * analytical.abs()) {
        return format!(
            "the slope grows without bound towards {place}: there the loss has no finite derivative, and {} stands for it",
            spoken(analytical)
        );
    }
    let is_branch = near.iter().all(|&slope| is_near(slope, numerical)) && !is_near(analytical, numerical);
    if is_branch {
        return format!(
            "at {place} alone the loss takes another branch than on both sides: {} is the slope of that branch, {} that of the loss",
            spoken(analytical),
            spoken(shortened(numerical))
        );
    }
    match near.iter().all(|&slope| is_near(slope, analytical)) && is_near(numerical, analytical) {
        true => "the slope is the same on both sides, and the curvature isn't: differences come near the slope slowly"
            .into(),
        false => String::new(),
    }
}

/// The digits that differences have.
fn shortened(x: f64) -> f64 {
    format!("{x:.5e}").parse().unwrap_or(x)
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
    let middle = theta[place];
    let loss = at(middle)?;
    let error = |quotient: f64| {
        Number((quotient - analytical).abs() / (quotient.abs() + analytical.abs()).max(f64::MIN_POSITIVE))
    };
    let rung = |power: i32| {
        let step = format!("1e{power}").parse().unwrap_or(f64::NAN);
        let (low, high) = (middle - step, middle + step);
        let (below, above) = (at(low)?, at(high)?);
        // By the distances that there are, not those that were asked for.
        let (forward, central) = ((above - loss) / (high - middle), (above - below) / (high - low));
        Ok(Rung { step, forward: error(forward), central: error(central) })
    };
    STEPS.rev().map(rung).collect()
}
