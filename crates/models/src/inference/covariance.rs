//! The covariance of the parameters of any objective.

use crate::error::{Error, Result};
use crate::evaluate::{Curvature, Evaluator};
use crate::linalg::Cholesky;
use crate::objective::{Block, Objective};
use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

/// How the covariance of the parameters is estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Covariance {
    /// The inverse of the expected information, as R's `glm` has it. Of an objective that doesn't state it, the inverse of
    /// the observed one.
    #[default]
    Expected,
    /// The inverse of the Hessian of the loss.
    Observed,
    /// `H⁻¹ (Σ gᵢgᵢᵀ) H⁻¹`, with the rows' gradients g: holds where the variance is not what the family says (Huber 1967,
    /// White 1980; HC0). Needs a linear predictor.
    Sandwich,
}

/// The covariance of an objective's parameters at its minimum, where the loss is a negative log-likelihood.
///
/// # Errors
/// A singular information matrix, with the parameter at which it is; the sandwich of an objective without a linear
/// predictor.
pub fn covariance<O: Objective>(objective: &O, parameters: &[f64], kind: Covariance) -> Result<Array2<f64>> {
    scaled(objective, ArrayView1::from(parameters), kind, 1.0)
}

/// The covariance where the loss is the negative log-likelihood times the dispersion.
pub(super) fn scaled<O: Objective>(
    objective: &O,
    parameters: ArrayView1<'_, f64>,
    kind: Covariance,
    dispersion: f64,
) -> Result<Array2<f64>> {
    let mut evaluator = Evaluator::new(objective)?;
    let (found, expected) = (parameters.len(), evaluator.len());
    if found != expected {
        return Err(Error::CountMismatch { what: "parameters", found, expected });
    }
    let bread = if kind == Covariance::Expected { Curvature::Expected } else { Curvature::Observed };
    let inverse = inverse(objective, evaluator.curvature(bread, parameters)?)?;
    if kind == Covariance::Sandwich {
        let scores = evaluator.curvature(Curvature::Scores, parameters)?;
        return Ok(inverse.dot(&scores).dot(&inverse));
    }
    Ok(inverse * dispersion)
}

fn inverse<O: Objective>(objective: &O, information: Array2<f64>) -> Result<Array2<f64>> {
    match Cholesky::new(information.view()) {
        Ok(factor) => Ok(factor.inverse()),
        Err(singular) => {
            let blocks = objective.blocks();
            let name = blocks.iter().flat_map(Block::names).nth(singular.index);
            Err(Error::SingularInformation { parameter: name.cloned().unwrap_or_default() })
        }
    }
}
