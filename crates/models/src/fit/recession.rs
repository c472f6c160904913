//! Whether a loss has a minimum at all, asked where a method that sees only gradients ended.

use crate::error::Result;
use crate::evaluate::{Curvature, Evaluator, Point, row_values};
use crate::linalg::Cholesky;
use crate::objective::Objective;
use ndarray::Array1;

/// Linear predictors of a log-odds or a logarithm beyond this are reason to ask.
pub(crate) const LARGE: f64 = 12.0;

/// Asks the objective along the Newton step, which near an infimum at infinity points there, and along the parameters.
fn check<O: Objective>(evaluator: &mut Evaluator<'_, O>, point: &Point) -> Result<()> {
    let curvature = evaluator.curvature(Curvature::Expected, point.parameters.view())?;
    let newton = Cholesky::damped(curvature.view(), 1e-12).map(|factor| -factor.solve(point.gradient.view()));
    for direction in newton.ok().iter().chain([&point.parameters]) {
        if let Some(error) = evaluator.objective().recession(&direction.to_vec()) {
            return Err(error);
        }
    }
    Ok(())
}

/// [`check`], where a fit of the objective ended.
pub(crate) fn check_end<O: Objective>(objective: &O, parameters: &[f64]) -> Result<()> {
    let mut evaluator = Evaluator::new(objective)?;
    let point = evaluator.at(Array1::from_vec(parameters.to_vec()))?;
    check(&mut evaluator, &point)
}

/// Where predictors are large beyond reason, asks whether the loss has a minimum at all.
pub(super) fn look<O: Objective>(evaluator: &mut Evaluator<'_, O>, point: &Point) -> Result<()> {
    if !evaluator.has_design {
        return Ok(());
    }
    let Ok(values) = row_values(evaluator.objective(), point.parameters.view()) else { return Ok(()) };
    match values.eta.iter().all(|eta| eta.abs() <= LARGE) {
        true => Ok(()),
        false => check(evaluator, point),
    }
}
