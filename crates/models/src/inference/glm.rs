//! The inference of generalised linear models.

use super::coefficient::{Coefficient, wald_intervals};
use super::distribution::Reference;
use super::estimates::Estimates;
use super::merit::{self, Figures};
use super::spread::{self, Spread};
use super::{Covariance, covariance, robust};
use crate::error::{Error, Result};
use crate::evaluate::{RowValues, row_values};
use crate::glm::{Glm, GlmFit};
use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

/// The estimates of a generalised linear model with their uncertainty, and the figures of merit of the fit.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// let inference = fit.inference(&model, models::inference::Covariance::Expected)?;
/// assert_eq!((inference.observations, inference.residual_df), (5, 3));
/// let (low, high) = inference.wald_intervals(0.95)[1];
/// assert!(low < 0.42 && 0.42 < high);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    /// The coefficients, one by one.
    pub coefficients: Vec<Coefficient>,
    /// The covariance matrix of the estimates, row by row.
    pub covariance: Vec<Vec<f64>>,
    /// A root S of the covariance `S·Sᵀ`, row by row: it keeps the digits that columns cost which move little beside their means.
    pub covariance_root: Vec<Vec<f64>>,
    /// The dispersion φ: 1 where the family knows it, else Pearson's estimate `Σ w(y − μ)²/V(μ) / (n − p)`.
    pub dispersion: f64,
    /// The number of rows with a positive weight, n.
    pub observations: usize,
    /// `n − p`.
    pub residual_df: usize,
    /// The degrees of freedom of the null model.
    pub null_df: usize,
    /// `Σ w·d(y, μ)`, twice what the log-likelihood falls short of a model with a parameter for each row, times φ.
    pub deviance: f64,
    /// The deviance of the model of the intercept alone (of η = offset, where there is none).
    pub null_deviance: f64,
    /// The log-likelihood, all terms included, with the maximum-likelihood dispersion where it is unknown; NaN, and so AIC and
    /// BIC, where the family is a quasi-family
    /// ([`with_estimated_dispersion`](Glm::with_estimated_dispersion)).
    pub log_likelihood: f64,
    /// `−2·log-likelihood + 2k`, k counting an estimated dispersion, as R's `glm` reports
    /// it, and a negative binomial θ that [`fit_dispersion`](Glm::fit_dispersion) estimated, as `glm.nb` does.
    pub aic: f64,
    /// `−2·log-likelihood + k·ln n`.
    pub bic: f64,
    /// Whether statistics are compared with Student's t, as the dispersion is estimated, rather than the normal distribution.
    pub student: bool,
}

impl Inference {
    /// The Wald interval of each coefficient, `estimate ± q·standard error`, which covers the truth with probability
    /// `level`.
    pub fn wald_intervals(&self, level: f64) -> Vec<(f64, f64)> {
        wald_intervals(&self.coefficients, self.reference(), level)
    }

    /// The covariance of the estimates as a matrix.
    pub fn covariance_matrix(&self) -> Array2<f64> {
        spread::matrix(&self.covariance)
    }

    /// The covariance as predictions need it.
    pub fn spread(&self) -> Spread {
        Spread::Root(spread::matrix(&self.covariance_root))
    }

    fn reference(&self) -> Reference {
        if self.student { Reference::Student(self.residual_df as f64) } else { Reference::Normal }
    }
}

impl GlmFit {
    /// The uncertainty of the coefficients and the figures of merit, for the model that was fitted.
    ///
    /// Of a fit on the boundary, or one that didn't converge, whose information matrix is singular, the covariance is NaN.
    ///
    /// # Errors
    /// A singular information matrix; a model of other columns than the fit's; of HC2 and HC3, a row of leverage 1.
    pub fn inference(&self, model: &Glm<'_>, covariance: Covariance) -> Result<Inference> {
        self.inference_by(model, |values, scale| match covariance.is_of_rows() {
            true => robust::of_rows(model, self.coefficients(), values, covariance),
            false => covariance::root(model, ArrayView1::from(self.coefficients()), covariance, scale),
        })
    }

    /// The same where rows of one cluster depend on each other: `clusters` has a number for each row's, which needn't
    /// count. The covariance is `G/(G − 1)·(n − 1)/(n − p)·V (Σ g_c g_cᵀ) V`, with V the inverse of the expected information
    /// and the sums g_c of the scores of each of the G clusters (Liang & Zeger 1986; R's `vcovCL`).
    ///
    /// # Errors
    /// As [`inference`](Self::inference); another number of elements than rows, a single cluster.
    pub fn clustered_inference(&self, model: &Glm<'_>, clusters: ArrayView1<'_, usize>) -> Result<Inference> {
        self.inference_by(model, |values, _| robust::of_clusters(model, self.coefficients(), values, clusters))
    }

    /// Inference with the root of the covariance that is made of the rows' values and the dispersion's root.
    fn inference_by(
        &self,
        model: &Glm<'_>,
        root: impl FnOnce(&RowValues, f64) -> Result<Array2<f64>>,
    ) -> Result<Inference> {
        let values = row_values(model, ArrayView1::from(self.coefficients()))?;
        let figures = model.figures(self.coefficients(), &values.eta)?;
        Inference::of(self, model, &figures, |scale| root(&values, scale))
    }
}

impl Inference {
    /// Inference with the root of the covariance that is made of the root of the dispersion.
    pub(crate) fn of(
        fit: &GlmFit,
        model: &Glm<'_>,
        figures: &Figures,
        root: impl FnOnce(f64) -> Result<Array2<f64>>,
    ) -> Result<Inference> {
        let Figures { observations, pearson, pearson_size, deviance, log_likelihood, null_deviance } = *figures;
        let residual_df = observations.saturating_sub(fit.coefficients().len());
        let known = model.has_known_dispersion();
        let dispersion = match residual_df {
            _ if known => 1.0,
            // Nothing is left to estimate it from.
            0 => f64::NAN,
            _ => pearson / residual_df as f64,
        };
        // The dispersion is a square, and may underflow.
        let scale = match dispersion.is_normal() || residual_df == 0 {
            true => dispersion.sqrt(),
            false => pearson_size / (residual_df as f64).sqrt(),
        };
        let root = match root(scale) {
            // Where a mean is at the end of what the family has, the information may be infinite, beside which the others' is lost. What
            // there is to say of a fit that isn't at a maximum is why, and not that it has no standard errors.
            Err(Error::SingularInformation { .. } | Error::LostInformation { .. }) if !fit.fit.converged() => {
                Array2::from_elem((fit.coefficients().len(), fit.coefficients().len()), f64::NAN)
            }
            root => root?,
        };
        let reference = if known { Reference::Normal } else { Reference::Student(residual_df as f64) };
        let Estimates { coefficients, covariance } = Estimates::new(fit.names(), fit.coefficients(), &root, reference);
        let quasi = !known && fit.family.has_known_dispersion();
        let log_likelihood = if quasi { f64::NAN } else { log_likelihood };
        let [aic, bic] = merit::criteria(log_likelihood, model.estimated() as f64, observations);
        Ok(Inference {
            coefficients,
            covariance,
            covariance_root: spread::rows(&root),
            dispersion,
            observations,
            residual_df,
            null_df: observations.saturating_sub(usize::from(model.design().has_intercept())),
            deviance,
            null_deviance,
            log_likelihood,
            aic,
            bic,
            student: !known,
        })
    }
}
