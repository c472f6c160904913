//! Gradient checks of objectives, on their own data.

use crate::error::{Error, Result};
use crate::objective::{Objective, names};
use autodiff::check::{Check, Report};
use autodiff::{Tape, Var};
use ndarray::Array1;

/// Checks an objective's gradient by finite differences of its loss, on its data, at these parameters; the report calls
/// the components by the parameters' names. Steps start at the objective's own scales of the parameters.
///
/// ```
/// use models::{Design, Family, Glm, check_gradient};
/// use ndarray::{arr1, arr2};
/// let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0]]), arr1(&[0.0, 1.0, 0.0, 1.0]));
/// let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Binomial)?;
/// let report = check_gradient(&model, &[0.5, -0.1])?;
/// assert!(report.passed(), "{report}");
/// assert_eq!(report.components[1].name, "dose");
/// # Ok::<(), models::Error>(())
/// ```
///
/// # Errors
/// Another number of parameters than the objective has; whatever keeps the loss from being recorded or evaluated there.
pub fn check_gradient<O: Objective>(objective: &O, parameters: &[f64]) -> Result<Report<f64>> {
    let blocks = objective.blocks();
    let names = names(objective);
    let (found, expected) = (parameters.len(), names.len());
    if found != expected {
        return Err(Error::CountMismatch { what: "parameters", found, expected });
    }
    let tape = Tape::new();
    // Differences are taken by the parameters times their scales, so that steps of about 1 suit all of them.
    let scales: Vec<f64> = objective.scales().into_iter().map(power_of_two).collect();
    let (mut variables, mut own): (Vec<Var<'_, f64>>, Vec<Var<'_, f64>>) = (Vec::new(), Vec::new());
    let mut place = 0;
    for (number, block) in blocks.iter().enumerate() {
        let of_block = place..place + block.len();
        place = of_block.end;
        let scaled = |place: usize| parameters[place] * scales[place];
        let variable =
            tape.variable(&format!("parameters {number}"), of_block.clone().map(scaled).collect::<Array1<f64>>());
        let units: Array1<f64> = of_block.map(|place| scales[place].recip()).collect();
        own.push(variable * tape.constant(units));
        variables.push(variable);
    }
    let loss = objective.record(&tape, &own)?.loss;
    tape.set_values(&objective.bind())?;
    let mut report = Check::new().gradient(loss, &variables)?;
    for ((component, name), scale) in report.components.iter_mut().zip(names).zip(scales) {
        component.name = name;
        component.analytical *= scale;
        component.numerical *= scale;
        component.numerical_error = component.numerical_error.map(|error| error * scale);
        component.sides = component.sides.map(|sides| sides.map(|slope| slope * scale));
    }
    Ok(report)
}

/// The power of two next to a scale, by which nothing is rounded; 1 for one that can't be.
fn power_of_two(scale: f64) -> f64 {
    const MOST: f64 = 300.0;
    let power = scale.log2().round();
    if power.abs() <= MOST { power.exp2() } else { 1.0 }
}
