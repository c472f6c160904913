//! What a fit gave, and what it predicts.

use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::fit::Fit;
use crate::link::Link;
use crate::ridge::Ridge;
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

/// A fitted generalised linear model: all that prediction needs.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// assert_eq!(fit.names()[1], "dose");
/// let means = fit.predict(model.design())?;
/// assert!((means.iter().sum::<f64>() - y.sum()).abs() < 1e-9);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GlmFit {
    /// The family.
    pub family: Family,
    /// The link.
    pub link: Link,
    /// The weight of the ridge penalty.
    pub ridge: f64,
    /// The number of rows.
    pub rows: usize,
    /// The effects of levels, and of pairs of levels, that no row has: they have no coefficient.
    #[serde(default)]
    pub aliased: Vec<String>,
    /// The optimiser's outcome; its parameters are the coefficients.
    pub fit: Fit,
}

impl GlmFit {
    /// The coefficients, in the order of [`names`](Self::names).
    pub fn coefficients(&self) -> &[f64] {
        &self.fit.parameters
    }

    /// The coefficients' names.
    pub fn names(&self) -> &[String] {
        &self.fit.names
    }

    /// Makes sure that what was read from a file is a fit: see [`Fit::check`].
    ///
    /// # Errors
    /// As [`Fit::check`]; a dispersion or a penalty that no model has.
    pub fn check(&self) -> Result<()> {
        self.family.check_parameters()?;
        Ridge::new(self.ridge)?;
        self.fit.check()
    }

    /// The linear predictors of a design with the same columns and factors.
    ///
    /// # Errors
    /// Other names than those of the fit; a cell that is not finite; parameters that aren't one finite number for each name;
    /// a row whose effect is [`aliased`](Self::aliased), unless a ridge penalty makes that 0.
    pub fn predict_linear(&self, design: &Design<'_>) -> Result<Vec<f64>> {
        self.check()?;
        self.without_aliased(design)?.predict(&self.fit.names, ArrayView1::from(&self.fit.parameters))
    }

    /// The design without the effects that the fit has no coefficients of.
    pub(crate) fn without_aliased<'d>(&self, design: &Design<'d>) -> Result<Design<'d>> {
        if self.aliased.is_empty() {
            return Ok(design.clone());
        }
        if self.ridge == 0.0
            && let Some((row, column)) = design.first_row_of(&self.aliased)
        {
            let allowed = "no row of the fit had this level or pair of levels, so that its effect isn't known";
            return Err(Error::OutOfRange { row, column, value: 1.0, allowed });
        }
        let known = design.all_names();
        let left_out: Vec<&String> = self.aliased.iter().filter(|name| known.contains(name)).collect();
        design.clone().without(&left_out)
    }

    /// The expected responses of a design with the same columns and factors; NaN where the family has no mean of a row's predictor,
    /// as of a negative one of counts by the identity.
    ///
    /// # Errors
    /// As [`predict_linear`](Self::predict_linear).
    pub fn predict(&self, design: &Design<'_>) -> Result<Vec<f64>> {
        let predictors = self.predict_linear(design)?;
        Ok(predictors.into_iter().map(|eta| self.mean(eta)).collect())
    }
}
