//! The covariance of the parameters of any objective.

use crate::error::{Error, Result};
use crate::evaluate::{Curvature, Evaluator, row_values};
use crate::linalg::Cholesky;
use crate::objective::{Block, Objective};
use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

/// An information with a smaller pivot than this, `1 − R²` of a column, is inverted by a root of it where there is one.
const LEAST_PIVOT: f64 = 1e-6;

/// How the covariance of the parameters is estimated.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::inference::Covariance;
/// let plain = fit.inference(&model, Covariance::Expected)?;
/// let robust = fit.inference(&model, Covariance::HC3)?;
/// assert_eq!(plain.coefficients[1].estimate, robust.coefficients[1].estimate);
/// assert!(plain.coefficients[1].std_error != robust.coefficients[1].std_error);
/// # Ok::<(), models::Error>(())
/// ```
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
    /// White 1980; HC0). Needs a loss that is a sum over the rows but for its penalty ([`Var::by_row`](autodiff::Var::by_row)), or a
    /// linear predictor.
    Sandwich,
    /// The sandwich with the inverse of the expected information, as R's `vcovHC` has it (White 1980). This and the others
    /// of its kind are for generalised linear models.
    HC0,
    /// HC0 times `n/(n − p)`.
    HC1,
    /// HC0 with each row's squared score over `1 − h`, h being its leverage.
    HC2,
    /// HC0 with each row's squared score over `(1 − h)²`: what to take for small samples (Long & Ervin 2000).
    HC3,
}

impl Covariance {
    /// Whether it is one of the sandwiches of a generalised linear model's rows.
    pub(super) fn is_of_rows(self) -> bool {
        matches!(self, Covariance::HC0 | Covariance::HC1 | Covariance::HC2 | Covariance::HC3)
    }
}

/// The covariance of an objective's parameters at its minimum, where the loss is a negative log-likelihood.
///
/// # Errors
/// A singular information matrix, with the parameter at which it is; the sandwich of an objective that is no sum over
/// the rows.
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
    if kind.is_of_rows() {
        return Err(Error::Unavailable { what: "HC0 to HC3", needs: "`GlmFit::inference`; take the sandwich" });
    }
    let mut evaluator = Evaluator::new(objective)?;
    let (found, expected) = (parameters.len(), evaluator.len());
    if found != expected {
        return Err(Error::CountMismatch { what: "parameters", found, expected });
    }
    let bread = if kind == Covariance::Expected { Curvature::Expected } else { Curvature::Observed };
    let information = evaluator.curvature(bread, parameters)?;
    let inverse = match kind {
        Covariance::Expected => inverse_by_root(objective, parameters, &information)?,
        _ => None,
    };
    let inverse = match inverse {
        Some(inverse) => inverse,
        None => inverse_of(objective, information)?,
    };
    if kind == Covariance::Sandwich {
        let scores = evaluator.curvature(Curvature::Scores, parameters)?;
        return Ok(inverse.dot(&scores).dot(&inverse));
    }
    Ok(inverse * dispersion)
}

/// The inverse by a root of the information, where that is nearly singular and the objective has one: a column that moves
/// little beside its mean, such as a time in seconds, costs no digits then.
fn inverse_by_root<O: Objective>(
    objective: &O,
    parameters: ArrayView1<'_, f64>,
    information: &Array2<f64>,
) -> Result<Option<Array2<f64>>> {
    let sound = |factor: &Cholesky| factor.pivots().iter().all(|&pivot| pivot > LEAST_PIVOT);
    if Cholesky::new(information.view()).is_ok_and(|factor| sound(&factor)) {
        return Ok(None);
    }
    let Ok(values) = row_values(objective, parameters) else { return Ok(None) };
    let Some(root) = objective.information_root(&values.information) else { return Ok(None) };
    let (rows, columns) = root.dim();
    let has_pivot = |column: usize| column < rows && root[[column, column]].abs() > 0.0;
    let Some(singular) = (0..columns).find(|&column| !has_pivot(column)) else {
        return Ok(Some(inverse_of_root(&root)));
    };
    let parameter = names(objective).get(singular).cloned().unwrap_or_default();
    Err(Error::SingularInformation { parameter })
}

/// `(RᵀR)⁻¹` of an upper triangle R.
fn inverse_of_root(root: &Array2<f64>) -> Array2<f64> {
    let n = root.ncols();
    let mut inverse = Array2::<f64>::zeros((n, n));
    for j in 0..n {
        inverse[[j, j]] = 1.0 / root[[j, j]];
        for i in (0..j).rev() {
            let sum: f64 = (i + 1..=j).map(|k| root[[i, k]] * inverse[[k, j]]).sum();
            inverse[[i, j]] = -sum / root[[i, i]];
        }
    }
    inverse.dot(&inverse.t())
}

fn inverse_of<O: Objective>(objective: &O, information: Array2<f64>) -> Result<Array2<f64>> {
    match Cholesky::new(information.view()) {
        Ok(factor) => Ok(factor.inverse()),
        Err(singular) => Err(Error::SingularInformation {
            parameter: names(objective).get(singular.index).cloned().unwrap_or_default(),
        }),
    }
}

fn names<O: Objective>(objective: &O) -> Vec<String> {
    objective.blocks().iter().flat_map(Block::names).cloned().collect()
}
