//! What a saved model carries beyond its coefficients: for standard errors of predictions, and for comparisons with others.

use crate::estimation::Estimated;
use models::inference::{Inference, Scale, Spread};
use models::ordinal::{Ordinal, OrdinalInference};
use models::softmax::{Softmax, SoftmaxInference};
use ndarray::Array2;
use serde::{Deserialize, Deserializer, Serialize};

/// What the data say of a fitted model. Numbers that the fit doesn't have are null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What was maximised.
    pub estimator: Estimator,
    /// Whether the covariance is robust: estimated from the rows' or clusters' scores.
    pub robust: bool,
    /// The covariance of the coefficients, row by row: only older files have it.
    #[serde(default, skip_serializing)]
    covariance: Option<Vec<Vec<f64>>>,
    /// A root S of the covariance `S·Sᵀ`, row by row; null where there is none.
    #[serde(default, deserialize_with = "given")]
    covariance_root: Option<Option<Vec<Vec<f64>>>>,
    /// Whether the dispersion is estimated, so that statistics are compared with Student's t and F.
    student: bool,
    /// The dispersion.
    #[serde(deserialize_with = "or_null")]
    dispersion: Option<f64>,
    /// The number of rows with a positive weight, less that of the coefficients.
    pub residual_df: usize,
    /// The deviance.
    #[serde(deserialize_with = "or_null")]
    pub deviance: Option<f64>,
    /// The log-likelihood.
    #[serde(deserialize_with = "or_null")]
    pub log_likelihood: Option<f64>,
    /// A number that tells these responses, weights and offsets from others.
    pub data: u64,
}

/// What was maximised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// The likelihood of the coefficients, with a ridge penalty if the model has one.
    Likelihood,
    /// That of the coefficients and the dispersion of the negative binomial family.
    LikelihoodWithDispersion,
    /// Firth's penalised likelihood.
    Firth,
}

impl Evidence {
    /// What a fit and its inference leave for later.
    pub fn new(estimated: &Estimated, inference: &Inference, robust: bool) -> Evidence {
        let estimator = match estimated.theta {
            _ if estimated.firth => Estimator::Firth,
            Some(_) => Estimator::LikelihoodWithDispersion,
            None => Estimator::Likelihood,
        };
        Evidence { estimator, robust, ..Evidence::of_rows(inference, estimated.glm.data_fingerprint()) }
    }

    /// What a fit by the likelihood of the coefficients leaves for later, with a number that tells its data from others.
    pub fn of_rows(inference: &Inference, data: u64) -> Evidence {
        Evidence {
            estimator: Estimator::Likelihood,
            robust: false,
            covariance: None,
            covariance_root: Some(finite_matrix(&inference.covariance_root)),
            student: inference.student,
            dispersion: finite(inference.dispersion),
            residual_df: inference.residual_df,
            deviance: finite(inference.deviance),
            log_likelihood: finite(inference.log_likelihood),
            data,
        }
    }

    /// What a multinomial fit leaves for later.
    pub fn of_multinomial(model: &Softmax, inference: &SoftmaxInference, robust: bool) -> Evidence {
        Evidence { robust, ..Evidence::of_rows_in_classes(inference, model.data_fingerprint()) }
    }

    /// The same, with a number that tells its data from others.
    pub fn of_rows_in_classes(inference: &SoftmaxInference, data: u64) -> Evidence {
        let SoftmaxInference { covariance_root, residual_df, deviance, log_likelihood, .. } = inference;
        Evidence::of_likelihood(covariance_root, *residual_df, *deviance, *log_likelihood, data)
    }

    /// What an ordinal fit leaves for later.
    pub fn of_ordinal(model: &Ordinal, inference: &OrdinalInference, robust: bool) -> Evidence {
        let OrdinalInference { covariance_root, residual_df, deviance, log_likelihood, .. } = inference;
        let data = model.data_fingerprint();
        let evidence = Evidence::of_likelihood(covariance_root, *residual_df, *deviance, *log_likelihood, data);
        Evidence { robust, ..evidence }
    }

    fn of_likelihood(root: &[Vec<f64>], residual_df: usize, deviance: f64, log_likelihood: f64, data: u64) -> Evidence {
        Evidence {
            estimator: Estimator::Likelihood,
            robust: false,
            covariance: None,
            covariance_root: Some(finite_matrix(root)),
            student: false,
            dispersion: Some(1.0),
            residual_df,
            deviance: finite(deviance),
            log_likelihood: finite(log_likelihood),
            data,
        }
    }

    /// Makes sure that what was read from a file fits so many coefficients; newer files have a root of the covariance.
    pub fn check(&self, coefficients: usize, has_root: bool) -> Result<(), String> {
        if has_root && self.covariance_root.is_none() {
            return Err("missing field `covariance_root`".into());
        }
        let root = self.covariance_root.as_ref().and_then(Option::as_ref);
        for (name, rows) in [("covariance_root", root), ("covariance", self.covariance.as_ref())] {
            let Some(rows) = rows else { continue };
            let mut lengths = std::iter::once(rows.len()).chain(rows.iter().map(Vec::len));
            if let Some(length) = lengths.find(|length| *length != coefficients) {
                return Err(format!("`{name}` has {length} rows or columns for {coefficients} coefficients"));
            }
        }
        let Some(rows) = &self.covariance else { return Ok(()) };
        let variances = rows.iter().enumerate().filter_map(|(place, row)| row.get(place));
        match variances.into_iter().find(|variance| **variance < 0.0) {
            Some(variance) => Err(format!("`covariance` has the negative variance {variance}")),
            None => Ok(()),
        }
    }

    /// The covariance of the coefficients, if there is one.
    pub fn spread(&self) -> Option<Spread> {
        match (&self.covariance_root, &self.covariance) {
            (Some(root), _) => matrix(root.as_ref()?).map(Spread::Root),
            (None, covariance) => matrix(covariance.as_ref()?).map(Spread::Covariance),
        }
    }

    /// The degrees of freedom of Student's t, where statistics are compared with it.
    pub fn student_df(&self) -> Option<usize> {
        self.student.then_some(self.residual_df)
    }

    /// The dispersion, where it is estimated.
    pub fn scale(&self) -> Option<Scale> {
        let dispersion = self.dispersion.unwrap_or(f64::NAN);
        self.student.then_some(Scale { dispersion, residual_df: self.residual_df })
    }
}

/// A number, which is null where there is none; it must be there.
fn or_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// What is there, be it null.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

/// A matrix, if all its entries are finite.
fn finite_matrix(rows: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    rows.iter().flatten().all(|entry| entry.is_finite()).then(|| rows.to_vec())
}

/// The square matrix of these rows.
fn matrix(rows: &[Vec<f64>]) -> Option<Array2<f64>> {
    let cells: Vec<f64> = rows.iter().flatten().copied().collect();
    Array2::from_shape_vec((rows.len(), rows.len()), cells).ok()
}
