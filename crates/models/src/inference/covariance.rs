//! The covariance of the parameters of any objective.

use crate::error::{Error, Result};
use crate::evaluate::{Curvature, Evaluator};
use crate::linalg::{Cholesky, Root, root_of, square_of};
use crate::objective::{Objective, names};
use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

/// An information with a smaller pivot than this, `1 − R²` of a column, is inverted by a root of it where there is one.
const LEAST_PIVOT: f64 = 1e-6;

/// An information with a smaller pivot than this has too few digits to be inverted.
const LOST_PIVOT: f64 = 1e-12;

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
    ///
    #[doc = include_str!("../../formulas/expected.html")]
    #[default]
    Expected,
    /// The inverse of the Hessian of the loss.
    ///
    #[doc = include_str!("../../formulas/observed.html")]
    Observed,
    /// `H⁻¹ (Σ gᵢgᵢᵀ) H⁻¹`, with the rows' gradients g: holds where the variance is not what the family says (Huber 1967,
    /// White 1980; HC0). Needs a loss that is a sum over the rows but for its penalty ([`Var::by_row`](autodiff::Var::by_row)), or a
    /// linear predictor.
    ///
    #[doc = include_str!("../../formulas/sandwich.html")]
    Sandwich,
    /// The sandwich with the inverse of the expected information, as R's `vcovHC` has it (White 1980). This and the others
    /// of its kind are for generalised linear models.
    HC0,
    /// HC0 times `n/(n − p)`.
    HC1,
    /// HC0 with each row's squared score over `1 − h`, h being its leverage.
    ///
    #[doc = include_str!("../../formulas/hc2.html")]
    HC2,
    /// HC0 with each row's squared score over `(1 − h)²`: what to take for small samples (Long & Ervin 2000).
    ///
    #[doc = include_str!("../../formulas/hc3.html")]
    #[doc = include_str!("../../formulas/font.html")]
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
    Ok(square_of(&root(objective, ArrayView1::from(parameters), kind, 1.0)?))
}

/// A root S of the covariance, `V = S·Sᵀ`, where the loss is the negative log-likelihood times the square of `scale`.
pub(crate) fn root<O: Objective>(
    objective: &O,
    parameters: ArrayView1<'_, f64>,
    kind: Covariance,
    scale: f64,
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
    let inverse = inverse_root(objective, parameters, bread, &information)?;
    if kind == Covariance::Sandwich {
        let scores = evaluator.curvature(Curvature::Scores, parameters)?;
        return Ok(sandwich(&inverse, &inverse.t().dot(&scores).dot(&inverse)));
    }
    Ok(inverse * scale)
}

/// The root of `S·M·Sᵀ`: of a sandwich, where S is a root of the inverse information, and M the sum of the squared scores in its
/// units.
pub(super) fn sandwich(inverse: &Array2<f64>, middle: &Array2<f64>) -> Array2<f64> {
    inverse.dot(&root_of(middle))
}

/// A root of the inverse of the information. Where that is nearly singular it is inverted by its own root, if the objective has one:
/// a column that moves little beside its mean, such as a time in seconds, costs no digits then.
fn inverse_root<O: Objective>(
    objective: &O,
    parameters: ArrayView1<'_, f64>,
    kind: Curvature,
    information: &Array2<f64>,
) -> Result<Array2<f64>> {
    let factor = Cholesky::new(information.view());
    let is_sound = |factor: &Cholesky| factor.pivots().iter().all(|&pivot| pivot > LEAST_PIVOT);
    if kind == Curvature::Expected
        && !factor.as_ref().is_ok_and(is_sound)
        && let Some(root) = objective.information_root(parameters)?
    {
        let (rows, columns) = root.dim();
        let has_pivot = |column: usize| column < rows && root[[column, column]].abs() > 0.0;
        let first = (0..columns).find(|&column| !has_pivot(column));
        return Root::new(root).map(|root| root.inverse()).ok_or_else(|| singular_at(objective, first.unwrap_or(0)));
    }
    let factor = factor.map_err(|singular| singular_at(objective, singular.index))?;
    match factor.pivots().iter().position(|&pivot| pivot < LOST_PIVOT) {
        Some(lost) => {
            Err(Error::LostInformation { parameter: names(objective).get(lost).cloned().unwrap_or_default() })
        }
        None => Ok(factor.inverse_root()),
    }
}

fn singular_at<O: Objective>(objective: &O, index: usize) -> Error {
    Error::SingularInformation { parameter: names(objective).get(index).cloned().unwrap_or_default() }
}
