//! A fit and its inference as a printed page, laid out as users of R and statsmodels know it.

pub(crate) mod table;

use crate::glm::GlmFit;
use crate::inference::Inference;
use std::fmt;

/// Prints a fit with its inference.
///
/// The null deviance is that of the intercept and the offset alone; without an intercept that of `η = offset`, or of
/// `η = 0` where there is no offset either, as R's `glm` has it. (Of a link for which that is no mean the family can have,
/// such as 1/0, it isn't a finite number.)
///
/// ```
/// use models::{Design, Family, Glm, Summary, inference::Covariance};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]);
/// let y = arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]);
/// let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// let fit = model.fit(&Default::default())?;
/// let inference = fit.inference(&model, Covariance::Expected)?;
/// let page = Summary::new(&fit, &inference).to_string();
/// assert!(page.contains("Pr(>|z|)") && page.contains("dose"));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Summary<'s> {
    fit: &'s GlmFit,
    inference: &'s Inference,
}

impl<'s> Summary<'s> {
    /// The page of a fit.
    pub fn new(fit: &'s GlmFit, inference: &'s Inference) -> Self {
        Self { fit, inference }
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fit, inference) = (self.fit, self.inference);
        writeln!(f, "Family: {}, link: {}, {} rows", fit.family, fit.link, fit.rows)?;
        if fit.ridge > 0.0 {
            writeln!(f, "Ridge penalty: {}", fit.ridge)?;
        }
        writeln!(f, "\nCoefficients:")?;
        let rows: Vec<_> = inference.coefficients.iter().map(|row| (row.name.as_str(), row)).collect();
        table::coefficients(f, &rows, if inference.student { 't' } else { 'z' })?;
        writeln!(f, "{}", table::LEGEND)?;
        table::aliased(f, &fit.aliased)?;
        let (known, dispersion) = (!inference.student, table::significant(inference.dispersion, 7));
        let how = match inference.residual_df {
            _ if known => "taken to be 1".to_string(),
            0 => "can't be estimated: there is a coefficient for each row".to_string(),
            _ => format!("estimated as {dispersion}"),
        };
        writeln!(f, "\n(Dispersion parameter for {} family {how})\n", fit.family)?;
        table::deviances(
            f,
            [(inference.null_deviance, Some(inference.null_df)), (inference.deviance, Some(inference.residual_df))],
        )?;
        table::merit(f, inference.log_likelihood, inference.aic, inference.bic)?;
        writeln!(f, "\nIterations: {}; {}", fit.fit.iterations, fit.fit.status)
    }
}
