//! What single rows say about a fit: residuals, leverage, influence.

use super::covariance::{Covariance, root};
use crate::error::Result;
use crate::evaluate::row_values;
use crate::glm::{Glm, GlmFit};
use ndarray::{Array1, ArrayView1};
use serde::{Deserialize, Serialize};

/// Residuals and influence of each row.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// let rows = fit.row_diagnostics(&model, 1.0)?;
/// assert!((rows.leverage.iter().sum::<f64>() - 2.0).abs() < 1e-9); // the number of coefficients
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowDiagnostics {
    /// The fitted means μ.
    pub fitted: Vec<f64>,
    /// `y − μ`.
    pub response: Vec<f64>,
    /// `(y − μ)·√(w/V(μ))`.
    pub pearson: Vec<f64>,
    /// `±√(w·d(y, μ))`, with the sign of `y − μ`: their squares add up to the deviance.
    pub deviance: Vec<f64>,
    /// The diagonal of the hat matrix, `hᵢ = wᵢ xᵢᵀ(XᵀWX)⁻¹xᵢ`, W being the weights of Fisher scoring at the fit.
    pub leverage: Vec<f64>,
    /// Cook's distance `(r/(1 − h))²·h/(φp)`, r being Pearson's residual.
    pub cooks_distance: Vec<f64>,
}

impl GlmFit {
    /// The residuals and influence of the rows of the model that was fitted, whose dispersion is `dispersion`.
    ///
    /// # Errors
    /// As [`inference`](Self::inference).
    pub fn row_diagnostics(&self, model: &Glm<'_>, dispersion: f64) -> Result<RowDiagnostics> {
        let parameters = ArrayView1::from(self.coefficients());
        let values = row_values(model, parameters)?;
        let (design, family) = (model.design(), model.family());
        let fitted: Vec<f64> = values.eta.iter().map(|&eta| model.link().mean(eta)).collect();
        let of_rows = |f: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..fitted.len()).map(f).collect() };
        let residual = |row: usize| model.response()[row] - fitted[row];
        let pearson = of_rows(&|row| {
            family.pearson(model.link(), model.response()[row], values.eta[row]) * design.weight(row).sqrt()
        });
        let deviance = of_rows(&|row| {
            let unit = family.unit_deviance(model.link(), model.response()[row], values.eta[row]);
            (design.weight(row) * unit.max(0.0)).sqrt().copysign(residual(row))
        });
        let unscaled = root(model, parameters, Covariance::Expected, 1.0)?;
        let mut cells = Array1::zeros(parameters.len());
        let hat = |row: usize| {
            design.write_row(row, cells.view_mut());
            let cells = cells.dot(&unscaled);
            values.information[row] * cells.dot(&cells)
        };
        let leverage: Vec<f64> = (0..fitted.len()).map(hat).collect();
        let cooks_distance = of_rows(&|row| {
            let h = leverage[row];
            (pearson[row] / (1.0 - h)).powi(2) * h / (dispersion * parameters.len() as f64)
        });
        let response = of_rows(&residual);
        Ok(RowDiagnostics { response, pearson, deviance, leverage, cooks_distance, fitted })
    }
}
