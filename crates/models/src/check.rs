//! Gradient checks of objectives, on their own data.

use crate::error::{Error, Result};
use crate::objective::{Objective, names};
use autodiff::check::{Check, Report};
use autodiff::{Tape, Var};
use ndarray::ArrayView1;

/// Checks an objective's gradient by finite differences of its loss, on its data, at these parameters; the report calls
/// the components by the parameters' names.
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
    let (mut variables, mut rest): (Vec<Var<'_, f64>>, _) = (Vec::new(), ArrayView1::from(parameters));
    for (number, block) in blocks.iter().enumerate() {
        let (values, after) = rest.split_at(ndarray::Axis(0), block.len());
        variables.push(tape.variable(&format!("parameters {number}"), values.to_owned()));
        rest = after;
    }
    let loss = objective.record(&tape, &variables)?.loss;
    tape.set_values(&objective.bind())?;
    let mut report = Check::new().gradient(loss, &variables)?;
    report.components.iter_mut().zip(names).for_each(|(component, name)| component.name = name);
    Ok(report)
}
