//! What a saved model carries beyond its coefficients: for standard errors of predictions, and for comparisons with others.

use crate::estimation::Estimated;
use models::Glm;
use models::inference::{Inference, Scale};
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
    /// The covariance of the coefficients, row by row.
    #[serde(deserialize_with = "or_null")]
    covariance: Option<Vec<Vec<f64>>>,
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
        let finite = |number: f64| number.is_finite().then_some(number);
        let covariance = &inference.covariance;
        let is_sound = covariance.iter().flatten().all(|entry| entry.is_finite());
        Evidence {
            estimator: match estimated.theta {
                _ if estimated.firth => Estimator::Firth,
                Some(_) => Estimator::LikelihoodWithDispersion,
                None => Estimator::Likelihood,
            },
            robust,
            covariance: is_sound.then(|| covariance.clone()),
            student: inference.student,
            dispersion: finite(inference.dispersion),
            residual_df: inference.residual_df,
            deviance: finite(inference.deviance),
            log_likelihood: finite(inference.log_likelihood),
            data: fingerprint(&estimated.glm),
        }
    }

    /// Makes sure that what was read from a file fits so many coefficients.
    pub fn check(&self, coefficients: usize) -> Result<(), String> {
        let Some(rows) = &self.covariance else { return Ok(()) };
        let mut lengths = std::iter::once(rows.len()).chain(rows.iter().map(Vec::len));
        if let Some(length) = lengths.find(|length| *length != coefficients) {
            return Err(format!("`covariance` has {length} rows or columns for {coefficients} coefficients"));
        }
        let variances = rows.iter().enumerate().filter_map(|(place, row)| row.get(place));
        match variances.into_iter().find(|variance| **variance < 0.0) {
            Some(variance) => Err(format!("`covariance` has the negative variance {variance}")),
            None => Ok(()),
        }
    }

    /// The covariance of the coefficients, if there is one.
    pub fn covariance(&self) -> Option<Array2<f64>> {
        let rows = self.covariance.as_ref()?;
        let cells: Vec<f64> = rows.iter().flatten().copied().collect();
        Array2::from_shape_vec((rows.len(), rows.len()), cells).ok()
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

/// A number that the rows' responses, weights and offsets give, in whatever order.
fn fingerprint(glm: &Glm) -> u64 {
    let design = glm.design();
    let of_row = |row: usize| {
        let weight = design.weights().map_or(1.0, |weights| weights[row]);
        let offset = design.offset().map_or(0.0, |offset| offset[row]);
        [glm.response()[row], weight, offset].into_iter().fold(FNV_START, |hash, number| {
            // A zero has no sign.
            (number + 0.0)
                .to_bits()
                .to_le_bytes()
                .into_iter()
                .fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
        })
    };
    (0..design.rows()).map(of_row).fold(0, u64::wrapping_add)
}

/// The constants of the hash FNV-1a.
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
