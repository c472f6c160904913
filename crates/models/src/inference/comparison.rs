//! Comparing nested models.

use super::Inference;
use super::distribution::{chi_squared_tail, f_tail};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The test of a model against one with more terms.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::inference::{Covariance, compare};
/// let null = Glm::new(Design::new(x.slice(ndarray::s![.., ..0])), &y, Family::Poisson)?;
/// let [smaller, larger] = [&null, &model].map(|model| model.fit(&Default::default()).and_then(|fit| fit.inference(model, Covariance::Expected)));
/// let test = compare(&smaller?, &larger?)?;
/// assert_eq!((test.df, test.residual_df), (1, None));
/// assert!(test.p_value < 0.01);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The fall of the deviance; where the dispersion is estimated, for each degree of freedom and over the larger model's
    /// dispersion: an F statistic.
    pub statistic: f64,
    /// By how many parameters the models differ.
    pub df: usize,
    /// The residual degrees of freedom of an F test; `None` for a likelihood-ratio test against chi-squared.
    pub residual_df: Option<usize>,
    /// The probability of a statistic at least as large if the smaller model holds.
    pub p_value: f64,
}

/// An estimated dispersion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// The estimate.
    pub dispersion: f64,
    /// The residual degrees of freedom of the model that it is from.
    pub residual_df: usize,
}

impl Inference {
    /// The dispersion, where it is estimated.
    pub fn scale(&self) -> Option<Scale> {
        self.student.then_some(Scale { dispersion: self.dispersion, residual_df: self.residual_df })
    }
}

impl Comparison {
    /// The likelihood-ratio test of a model within another that has `df` parameters more, by their log-likelihoods.
    pub(crate) fn of_likelihoods(smaller: f64, larger: f64, df: usize) -> Result<Self> {
        match df {
            0 => Err(NOT_NESTED),
            df => Ok(Self::of(2.0 * (larger - smaller), df, None)),
        }
    }

    /// The test of a fall of the deviance by so many parameters: over the dispersion and against F, where that is estimated,
    /// else against chi-squared.
    pub(super) fn of(fall: f64, df: usize, scale: Option<Scale>) -> Self {
        let Some(Scale { dispersion, residual_df }) = scale else {
            return Self { statistic: fall, df, residual_df: None, p_value: chi_squared_tail(fall, df as f64) };
        };
        let statistic = fall / df as f64 / dispersion;
        let p_value = f_tail(statistic, df as f64, residual_df as f64);
        Self { statistic, df, residual_df: Some(residual_df), p_value }
    }
}

/// Models of which neither can be within the other.
const NOT_NESTED: Error = Error::Unavailable {
    what: "the comparison of nested models",
    needs: "a larger model with more parameters than the smaller",
};

/// Tests a model against one that contains it, fitted to the same rows: the likelihood-ratio test where the dispersion is
/// known, the F test where it is estimated (R's `anova`).
///
/// # Errors
/// Models of different numbers of observations, or a second model with no more parameters than the first.
pub fn compare(smaller: &Inference, larger: &Inference) -> Result<Comparison> {
    if smaller.observations != larger.observations {
        let (found, expected) = (larger.observations, smaller.observations);
        return Err(Error::CountMismatch { what: "observations of the larger model", found, expected });
    }
    let df = smaller.residual_df.saturating_sub(larger.residual_df);
    if df == 0 {
        return Err(NOT_NESTED);
    }
    Ok(Comparison::of(smaller.deviance - larger.deviance, df, larger.scale()))
}
