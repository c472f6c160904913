//! What a fitted softmax regression says about its coefficients, and how well it does.

use super::{Softmax, SoftmaxFit};
use crate::error::Result;
use crate::inference::merit::{criteria, deviance_of_shares};
use crate::inference::{Coefficient, Covariance, Estimates, Reference, Spread, robust, spread, wald_intervals};
use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

/// The estimates of a softmax regression with their uncertainty, and the figures of merit of the fit.
///
/// ```
/// use models::{Design, softmax::Softmax};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [1.0], [2.0], [3.0]]);
/// let labels = arr1(&[0, 0, 1, 1, 2, 2, 2, 0, 0]);
/// let model = Softmax::new(Design::new(&x).with_names(&["dose"])?, &["none", "mild", "strong"], &labels)?;
/// let fit = model.fit(&Default::default())?;
/// let inference = fit.inference(&model)?;
/// assert_eq!(inference.coefficients[0].name, "mild:(Intercept)");
/// assert!(inference.deviance < inference.null_deviance);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoftmaxInference {
    /// The coefficients, class after class without the reference, each named `class:term`.
    pub coefficients: Vec<Coefficient>,
    /// The covariance matrix of the estimates, row by row.
    pub covariance: Vec<Vec<f64>>,
    /// A root S of the covariance `S·Sᵀ`, row by row.
    pub covariance_root: Vec<Vec<f64>>,
    /// The number of rows with a positive weight, n.
    pub observations: usize,
    /// `n(K − 1)` for K classes, less the number of coefficients.
    pub residual_df: usize,
    /// The residual degrees of freedom of the null model.
    pub null_df: usize,
    /// `−2·log-likelihood`: the deviance from a model that knows every label.
    pub deviance: f64,
    /// The deviance of the model of the intercepts alone (of equal probabilities, where there are none).
    pub null_deviance: f64,
    /// The log-likelihood `Σ w ln π_y`, without the penalty.
    pub log_likelihood: f64,
    /// `−2·log-likelihood + 2k`, k counting the coefficients.
    pub aic: f64,
    /// `−2·log-likelihood + k·ln n`.
    pub bic: f64,
}

impl SoftmaxInference {
    /// The covariance as predictions need it.
    pub fn spread(&self) -> Spread {
        Spread::Root(spread::matrix(&self.covariance_root))
    }

    /// The Wald interval of each coefficient, `estimate ± q·standard error`, which covers the truth with probability
    /// `level`.
    pub fn wald_intervals(&self, level: f64) -> Vec<(f64, f64)> {
        wald_intervals(&self.coefficients, Reference::Normal, level)
    }
}

impl SoftmaxFit {
    /// The uncertainty of the coefficients and the figures of merit, for the model that was fitted. Expected and observed
    /// information are the same, the softmax being canonical.
    ///
    /// # Errors
    /// A singular information matrix; a model with another number of coefficients than the fit's.
    pub fn inference(&self, model: &Softmax<'_>) -> Result<SoftmaxInference> {
        self.robust_inference(model, Covariance::Expected)
    }

    /// The same with another estimate of the covariance: with HC0, the sandwich of the rows' scores (Huber 1967, White 1980), or HC1,
    /// that times `n/(n − p)` for p coefficients, it holds where the probabilities aren't quite what the model says.
    ///
    /// # Errors
    /// As [`inference`](Self::inference); HC2 and HC3, which need a single linear predictor.
    pub fn robust_inference(&self, model: &Softmax<'_>, covariance: Covariance) -> Result<SoftmaxInference> {
        let (parameters, observations) = (&self.fit.parameters, model.design().observed_rows().count());
        let root = robust::of_objective(model, parameters, Covariance::Expected, covariance, observations)?;
        Ok(self.inference_of(model, &root, observations, &model.class_weights()))
    }

    /// The same where rows of one cluster depend on each other: `clusters` has a number for each row's, which needn't count. The
    /// covariance is as that of [`GlmFit::clustered_inference`](crate::GlmFit::clustered_inference).
    ///
    /// # Errors
    /// As [`inference`](Self::inference); another number of elements than rows, a single cluster.
    pub fn clustered_inference(
        &self,
        model: &Softmax<'_>,
        clusters: ArrayView1<'_, usize>,
    ) -> Result<SoftmaxInference> {
        let (parameters, observed) = (&self.fit.parameters, model.design().observed_rows());
        let root = robust::of_objective_clusters(model, parameters, Covariance::Expected, clusters, observed)?;
        let observations = model.design().observed_rows().count();
        Ok(self.inference_of(model, &root, observations, &model.class_weights()))
    }

    /// Inference with this root of the covariance, of so many rows, given the total weight of each class's.
    pub(crate) fn inference_of(
        &self,
        model: &Softmax<'_>,
        root: &Array2<f64>,
        observations: usize,
        class_weights: &[f64],
    ) -> SoftmaxInference {
        let Estimates { coefficients, covariance } =
            Estimates::new(&self.fit.names, &self.fit.parameters, root, Reference::Normal);
        let log_likelihood = model.penalty(&self.fit.parameters) - self.fit.loss;
        let free = self.classes.len().saturating_sub(1);
        let (of_all, of_null) = (observations * free, if model.design().has_intercept() { free } else { 0 });
        let [aic, bic] = criteria(log_likelihood, self.fit.parameters.len() as f64, observations);
        SoftmaxInference {
            coefficients,
            covariance,
            covariance_root: spread::rows(root),
            observations,
            residual_df: of_all.saturating_sub(self.fit.parameters.len()),
            null_df: of_all.saturating_sub(of_null),
            deviance: -2.0 * log_likelihood,
            null_deviance: model.null_deviance(class_weights),
            log_likelihood,
            aic,
            bic,
        }
    }
}

impl Softmax<'_> {
    /// The deviance of the classes' shares; without an intercept, of equal probabilities.
    fn null_deviance(&self, class_weights: &[f64]) -> f64 {
        if self.design.has_intercept() {
            return deviance_of_shares(class_weights);
        }
        2.0 * class_weights.iter().sum::<f64>() * (class_weights.len() as f64).ln()
    }
}
