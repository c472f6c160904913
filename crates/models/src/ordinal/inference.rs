//! What a fitted ordinal regression says about its coefficients and thresholds, and how well it does.

use super::{Ordinal, OrdinalFit};
use crate::error::Result;
use crate::fit::Options;
use crate::inference::merit::{criteria, deviance_of_shares};
use crate::inference::{Coefficient, Covariance, Estimates, Reference, Spread, robust, spread, wald_intervals};
use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

/// The estimates of an ordinal regression with their uncertainty, and the figures of merit of the fit.
///
/// ```
/// use models::{Design, ordinal::Ordinal};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [1.0], [2.0], [3.0]]);
/// let labels = arr1(&[0, 0, 1, 1, 2, 2, 2, 0, 0]);
/// let model = Ordinal::new(Design::new(&x).with_names(&["dose"])?, &["none", "mild", "strong"], &labels)?;
/// let fit = model.fit(&Default::default())?;
/// let inference = fit.inference(&model)?;
/// assert_eq!(inference.thresholds[0].name, "none|mild");
/// assert!(inference.deviance < inference.null_deviance);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrdinalInference {
    /// The coefficients.
    pub coefficients: Vec<Coefficient>,
    /// The thresholds, each named `lower|higher`.
    pub thresholds: Vec<Coefficient>,
    /// The covariance matrix of coefficients and thresholds, row by row.
    pub covariance: Vec<Vec<f64>>,
    /// A root S of the covariance `S·Sᵀ`, row by row.
    pub covariance_root: Vec<Vec<f64>>,
    /// The number of rows with a positive weight, n.
    pub observations: usize,
    /// n less the number of coefficients and thresholds.
    pub residual_df: usize,
    /// The residual degrees of freedom of the null model.
    pub null_df: usize,
    /// `−2·log-likelihood`: the deviance from a model that knows every level.
    pub deviance: f64,
    /// The deviance of the model of the thresholds (and the offset) alone.
    pub null_deviance: f64,
    /// The log-likelihood `Σ w ln P(y)`, without the penalty.
    pub log_likelihood: f64,
    /// `−2·log-likelihood + 2k`, k counting coefficients and thresholds.
    pub aic: f64,
    /// `−2·log-likelihood + k·ln n`.
    pub bic: f64,
}

impl OrdinalInference {
    /// The covariance as predictions need it.
    pub fn spread(&self) -> Spread {
        Spread::Root(spread::matrix(&self.covariance_root))
    }

    /// The Wald interval of each coefficient, then of each threshold, `estimate ± q·standard error`, which covers the truth
    /// with probability `level`.
    pub fn wald_intervals(&self, level: f64) -> Vec<(f64, f64)> {
        wald_intervals(self.coefficients.iter().chain(&self.thresholds), Reference::Normal, level)
    }
}

/// The observed information, which an ordinal model states as the expected one: of that there is a root.
const INFORMATION: Covariance = Covariance::Expected;

impl OrdinalFit {
    /// The uncertainty of the estimates, from the observed information as `polr` and `OrderedModel` have it, and the figures
    /// of merit, for the model that was fitted.
    ///
    /// # Errors
    /// A singular information matrix; a model with another number of parameters than the fit's.
    pub fn inference(&self, model: &Ordinal<'_>) -> Result<OrdinalInference> {
        self.robust_inference(model, INFORMATION)
    }

    /// The same with another estimate of the covariance: with HC0, the sandwich of the rows' scores (Huber 1967, White 1980), or HC1,
    /// that times `n/(n − p)` for p coefficients and thresholds, it holds where the probabilities aren't quite what the model says.
    ///
    /// # Errors
    /// As [`inference`](Self::inference); HC2 and HC3, which need a family of a mean and a variance.
    pub fn robust_inference(&self, model: &Ordinal<'_>, covariance: Covariance) -> Result<OrdinalInference> {
        let (parameters, observations) = (&self.fit.parameters, model.design().observed_rows().count());
        let covariance = if covariance == Covariance::Observed { INFORMATION } else { covariance };
        let root = robust::of_objective(model, parameters, INFORMATION, covariance, observations)?;
        self.inference_of(model, &root)
    }

    /// The same where rows of one cluster depend on each other: `clusters` has a number for each row's, which needn't count. The
    /// covariance is as that of [`GlmFit::clustered_inference`](crate::GlmFit::clustered_inference).
    ///
    /// # Errors
    /// As [`inference`](Self::inference); another number of elements than rows, a single cluster.
    pub fn clustered_inference(
        &self,
        model: &Ordinal<'_>,
        clusters: ArrayView1<'_, usize>,
    ) -> Result<OrdinalInference> {
        let (parameters, observed) = (&self.fit.parameters, model.design().observed_rows());
        let root = robust::of_objective_clusters(model, parameters, INFORMATION, clusters, observed)?;
        self.inference_of(model, &root)
    }

    /// Inference with this root of the covariance.
    fn inference_of(&self, model: &Ordinal<'_>, root: &Array2<f64>) -> Result<OrdinalInference> {
        let Estimates { mut coefficients, covariance } =
            Estimates::new(&self.fit.names, &self.fit.parameters, root, Reference::Normal);
        let thresholds = coefficients.split_off(self.terms.len().min(coefficients.len()));
        let log_likelihood = model.penalty(&self.fit.parameters) - self.fit.loss;
        let observations = model.design().observed_rows().count();
        let (of_all, of_null) = (observations, self.thresholds().len());
        let [aic, bic] = criteria(log_likelihood, self.fit.parameters.len() as f64, observations);
        Ok(OrdinalInference {
            coefficients,
            thresholds,
            covariance,
            covariance_root: spread::rows(root),
            observations,
            residual_df: of_all.saturating_sub(self.fit.parameters.len()),
            null_df: of_all.saturating_sub(of_null),
            deviance: -2.0 * log_likelihood,
            null_deviance: model.null_deviance()?,
            log_likelihood,
            aic,
            bic,
        })
    }
}

impl Ordinal<'_> {
    /// The deviance of the levels' shares; with an offset, of the best thresholds beside it.
    fn null_deviance(&self) -> Result<f64> {
        if self.design.offset().is_some() {
            let design = self.design.null().without_intercept();
            let null = Ordinal { design, levels: self.levels.clone(), ridge: crate::ridge::Ridge::none(), ..*self };
            return Ok(2.0 * null.fit(&Options::default())?.fit.loss);
        }
        Ok(deviance_of_shares(&self.level_weights()))
    }
}
