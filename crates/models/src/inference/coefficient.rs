//! An estimate with its uncertainty.

use super::distribution::Reference;
use serde::{Deserialize, Serialize};

/// An estimate and its uncertainty.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// let inference = fit.inference(&model, models::inference::Covariance::Expected)?;
/// let dose = &inference.coefficients[1];
/// assert_eq!(dose.name, "dose");
/// assert!((dose.statistic - dose.estimate / dose.std_error).abs() < 1e-12);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The name.
    pub name: String,
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// The estimate over its standard error: z, or t where the dispersion is estimated.
    pub statistic: f64,
    /// The probability of a statistic at least as large in size if the coefficient were 0.
    pub p_value: f64,
}

impl Coefficient {
    pub(crate) fn new(name: &str, estimate: f64, std_error: f64, reference: Reference) -> Self {
        let statistic = estimate / std_error;
        Self { name: name.into(), estimate, std_error, statistic, p_value: reference.two_sided(statistic) }
    }

    /// `estimate ± quantile·standard error`.
    fn wald_interval(&self, quantile: f64) -> (f64, f64) {
        let half = quantile * self.std_error;
        (self.estimate - half, self.estimate + half)
    }
}

/// The Wald interval of each coefficient, which covers the truth with probability `level`.
pub(crate) fn wald_intervals<'c>(
    coefficients: impl IntoIterator<Item = &'c Coefficient>,
    reference: Reference,
    level: f64,
) -> Vec<(f64, f64)> {
    let quantile = reference.quantile(0.5 + level / 2.0);
    coefficients.into_iter().map(|coefficient| coefficient.wald_interval(quantile)).collect()
}
