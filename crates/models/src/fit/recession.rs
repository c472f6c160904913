//! Whether a loss has a minimum at all, asked where a fit ended.

use crate::error::Result;
use crate::evaluate::{Curvature, Evaluator};
use crate::linalg::Cholesky;
use crate::objective::Objective;
use ndarray::Array1;

/// Linear predictors of a log-odds or a logarithm beyond this are reason to ask.
pub(crate) const LARGE: f64 = 12.0;

/// Asks the objective, where a fit of it ended, along the Newton step, which near an infimum at infinity points there, and along the
/// parameters.
pub(crate) fn check_end<O: Objective>(objective: &O, parameters: &[f64]) -> Result<()> {
    let mut evaluator = Evaluator::new(objective)?;
    let point = evaluator.at(Array1::from_vec(parameters.to_vec()))?;
    let curvature = evaluator.curvature(Curvature::Expected, point.parameters.view())?;
    let newton = Cholesky::damped(curvature.view(), 1e-12).map(|factor| -factor.solve(point.gradient.view()));
    for direction in newton.ok().iter().chain([&point.parameters]) {
        if let Some(error) = objective.recession(&direction.to_vec()) {
            return Err(error);
        }
    }
    Ok(())
}
