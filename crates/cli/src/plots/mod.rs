//! The pictures of a fit, as SVG and PNG: coefficients with intervals, calibration, ROC, residuals, convergence.
//!
//! Each picture is a file here that knows how to draw itself from plain numbers; [`canvas`] holds what they share, and this
//! file takes the numbers from a fit.

mod calibration;
mod canvas;
mod coefficients;
mod convergence;
mod residuals;
mod roc;

use crate::error::{Error, Result};
use calibration::Calibration;
pub use calibration::Observation;
use canvas::{register_fonts, save};
use coefficients::{Coefficients, Effect};
use convergence::Convergence;
use models::fit::Options;
use models::inference::{Coefficient, Inference};
use models::{Family, Glm, GlmFit, binary};
use residuals::Residuals;
use roc::Roc;
use std::path::Path;

/// The normal distribution's 97.5 % quantile.
const QUANTILE: f64 = 1.959963984540054;

/// What there is to draw.
pub struct Fitted<'f> {
    /// The model.
    pub glm: &'f Glm<'f>,
    /// Its fit.
    pub fit: &'f GlmFit,
    /// What the fit says.
    pub inference: &'f Inference,
    /// The level of the coefficients' intervals.
    pub level: f64,
    /// These intervals.
    pub intervals: Vec<(f64, f64)>,
    /// The standard deviation of each column of the design, but for the intercept's.
    pub spreads: Vec<f64>,
    /// The relative norm of the gradient before each iteration.
    pub history: Vec<f64>,
}

/// Draws all pictures into the directory, which is made if need be; the file of the data is spared.
pub fn draw(directory: &Path, fitted: Fitted, data: &Path) -> Result<()> {
    prepare(directory)?;
    let rows = fitted.fit.row_diagnostics(fitted.glm, fitted.inference.dispersion)?;
    let link = fitted.glm.link();
    let deviances = rows.fitted.iter().zip(&rows.deviance);
    let points = deviances.map(|(&mean, &residual)| (link.predictor(mean), residual)).collect();
    save(directory, &Residuals { points }, data)?;
    save(directory, &Coefficients::new(fitted.effects(), fitted.level), data)?;
    save(directory, &fitted.calibration(&rows.fitted), data)?;
    save(directory, &convergence(fitted.history), data)?;
    let outcomes = fitted.glm.response().to_vec();
    if fitted.glm.family() == Family::Binomial && outcomes.iter().all(|outcome| *outcome == 0.0 || *outcome == 1.0) {
        let roc = binary::roc(&rows.fitted, &outcomes)?;
        let points = roc.points.iter().map(|point| (point.false_positive_rate, point.true_positive_rate)).collect();
        save(directory, &Roc { points, area: roc.area }, data)?;
    }
    Ok(())
}

/// Draws the pictures of a model of classes: its coefficients, the calibration of all classes' probabilities, convergence.
pub fn draw_classes(
    directory: &Path,
    effects: Vec<Effect>,
    level: f64,
    observations: Vec<Observation>,
    history: Vec<f64>,
    data: &Path,
) -> Result<()> {
    prepare(directory)?;
    save(directory, &Coefficients::new(effects, level), data)?;
    save(directory, &Calibration::new(observations, true, QUANTILE), data)?;
    save(directory, &convergence(history), data)
}

fn prepare(directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory)
        .map_err(|error| Error::file(directory, format!("can't be made: {}", data::why_unwritten(&error))))?;
    register_fonts()
}

fn convergence(history: Vec<f64>) -> Convergence {
    Convergence { gradients: history, tolerance: Options::default().tolerance }
}

/// The coefficients, with their intervals and the standard deviations of their columns: those that vary; all, if there are no
/// others.
pub fn effects(coefficients: &[Coefficient], intervals: &[(f64, f64)], spreads: &[f64]) -> Vec<Effect> {
    let effects = coefficients.iter().zip(intervals).zip(spreads);
    let effects: Vec<Effect> = effects
        .map(|((coefficient, &(low, high)), &spread)| Effect {
            name: coefficient.name.clone(),
            estimate: coefficient.estimate,
            low,
            high,
            spread,
        })
        .collect();
    if effects.iter().all(|effect| effect.spread == 0.0) {
        return effects.into_iter().map(|effect| Effect { spread: 1.0, ..effect }).collect();
    }
    effects.into_iter().filter(|effect| effect.spread > 0.0).collect()
}

impl Fitted<'_> {
    fn effects(&self) -> Vec<Effect> {
        let first = usize::from(self.glm.design().has_intercept());
        let spreads: Vec<f64> = std::iter::repeat_n(0.0, first).chain(self.spreads.iter().copied()).collect();
        effects(&self.inference.coefficients, &self.intervals, &spreads)
    }

    fn calibration(&self, fitted: &[f64]) -> Calibration {
        let weights = self.glm.design().weights();
        let observation = |(row, (&fitted, &observed)): (usize, (&f64, &f64))| Observation {
            fitted,
            observed,
            weight: weights.map_or(1.0, |weights| weights[row]),
            variance: self.inference.dispersion * self.glm.family().variance(fitted),
        };
        let observations = fitted.iter().zip(self.glm.response()).enumerate().map(observation).collect();
        Calibration::new(observations, self.glm.family() == Family::Binomial, QUANTILE)
    }
}
