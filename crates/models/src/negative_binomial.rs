//! The negative binomial family with its dispersion by maximum likelihood, as R's `MASS::glm.nb` has it.

use crate::error::{Error, Result};
use crate::evaluate::{Curvature, Evaluator};
use crate::family::Family;
use crate::fit::{Control, Observer, Options, Progress, Status, minimise_observed};
use crate::glm::{Glm, GlmFit};
use crate::objective::{Block, Objective, Recording};
use autodiff::{Binding, Tape, Var, bind};
use ndarray::{Array1, ArrayView1};

/// Below this the dispersion's logarithm goes to minus infinity: the limit is Poisson's family.
const LEAST_LOG: f64 = -16.0;
/// How often the coefficients and the dispersion are estimated in turn, and the change of the dispersion's logarithm that ends it.
const MOST_TURNS: usize = 200;
const SAME_LOG: f64 = 1e-9;

/// A negative binomial model whose dispersion was estimated with its coefficients.
///
/// ```
/// use models::{Design, Family, Glm};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0]]);
/// let counts = arr1(&[0.0, 3.0, 1.0, 9.0, 2.0, 14.0, 5.0, 30.0]);
/// let model = Glm::new(Design::new(&x), &counts, Family::NegativeBinomial { dispersion: 1.0 })?;
/// let estimated = model.fit_dispersion(&Default::default())?;
/// assert!(estimated.theta > 0.0 && estimated.theta_std_error > 0.0);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EstimatedDispersion<'a> {
    /// The model, with the dispersion that was found.
    pub model: Glm<'a>,
    /// Its fit.
    pub fit: GlmFit,
    /// θ, the reciprocal of the dispersion α.
    pub theta: f64,
    /// Its standard error, by the observed information at the estimated means: what `glm.nb` reports, but for rounding. MASS's
    /// `theta.ml` takes the information a step before the last, which for θ below 1 changes the fourth digit.
    pub theta_std_error: f64,
}

impl<'a> Glm<'a> {
    /// Fits the coefficients of a negative binomial model and its dispersion, whose present value is where it starts.
    ///
    /// # Errors
    /// Another family; a ridge penalty; counts that vary no more than Poisson's, for which the likelihood grows as the dispersion goes
    /// to 0; whatever [`fit`](Self::fit) gives.
    pub fn fit_dispersion(&self, options: &Options) -> Result<EstimatedDispersion<'a>> {
        self.fit_dispersion_observed(options, &mut |_: &Progress| Control::Continue)
    }

    /// The same, watched by an observer, first of the coefficients' fit, then of that of all.
    ///
    /// # Errors
    /// As [`fit_dispersion`](Self::fit_dispersion).
    pub fn fit_dispersion_observed(
        &self,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Result<EstimatedDispersion<'a>> {
        let Family::NegativeBinomial { dispersion } = self.family() else {
            return Err(Error::Unavailable { what: "an estimated θ", needs: "the negative binomial family" });
        };
        if self.ridge() != 0.0 {
            return Err(Error::Unavailable { what: "an estimated θ", needs: "a model without a ridge penalty" });
        }
        let first = self.fit_observed(options, observer)?;
        if first.fit.status == Status::Boundary {
            return self.alternate(first, options, observer);
        }
        let mut start = first.fit.parameters.clone();
        start.push(dispersion.ln());
        let joint = Joint { model: self };
        let joint_options = Options { start: Some(start), ..options.clone() };
        let fitted = match minimise_observed(&joint, &joint_options, observer) {
            Err(Error::AtInfinity { .. }) => return Err(Error::NotOverdispersed),
            // The coefficients' maximum may go to the boundary as the dispersion changes.
            Ok(fitted) if matches!(fitted.status, Status::Edge | Status::NoDescent) && self.is_restricted() => {
                return self.alternate(first, options, observer);
            }
            fitted => fitted?,
        };
        let Some((&log, coefficients)) = fitted.parameters.split_last().filter(|(log, _)| **log > LEAST_LOG) else {
            return Err(Error::NotOverdispersed);
        };
        let mut evaluator = Evaluator::new(&joint)?;
        let hessian = evaluator.curvature(Curvature::Observed, ArrayView1::from(&fitted.parameters))?;
        let theta = (-log).exp();
        let information = hessian.diag().last().copied().unwrap_or(f64::NAN);
        let model = self.clone().with_fitted_family(Family::NegativeBinomial { dispersion: log.exp() });
        let mut fit = model.fit(&Options { start: Some(coefficients.to_vec()), ..options.clone() })?;
        fit.fit.iterations += first.fit.iterations + fitted.iterations;
        if !fitted.converged() {
            fit.fit.status = fitted.status;
        }
        // At the maximum, ∂²/∂θ² is ∂²/∂(ln θ)² over θ².
        Ok(EstimatedDispersion { model, fit, theta, theta_std_error: theta / information.sqrt() })
    }

    fn is_restricted(&self) -> bool {
        self.family().domain(self.link()).is_some()
    }

    /// The estimates where the coefficients are held by the boundary of what their means may be: the dispersion at these coefficients and the
    /// coefficients at that dispersion, in turn, as `glm.nb` has them, until the dispersion stays.
    fn alternate(
        &self,
        first: GlmFit,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Result<EstimatedDispersion<'a>> {
        let Family::NegativeBinomial { dispersion } = self.family() else { return Err(Error::NoColumns) };
        let (mut model, mut fit, mut log) = (self.clone(), first, dispersion.ln());
        for _ in 0..MOST_TURNS {
            let eta = self.design().predictors(ArrayView1::from(fit.coefficients()));
            let shape = OfDispersion { model: self, eta: eta.into() };
            let found =
                match minimise_observed(&shape, &Options { start: Some(vec![log]), ..Options::default() }, observer) {
                    Err(Error::AtInfinity { .. }) => return Err(Error::NotOverdispersed),
                    found => found?,
                };
            let (before, now) = (log, found.parameters.first().copied().unwrap_or(f64::NAN));
            if now <= LEAST_LOG {
                return Err(Error::NotOverdispersed);
            }
            log = now;
            let iterations = fit.fit.iterations + found.iterations;
            model = self.clone().with_fitted_family(Family::NegativeBinomial { dispersion: log.exp() });
            fit = model.fit_observed(options, observer)?;
            fit.fit.iterations += iterations;
            if fit.fit.status == Status::Stopped || (log - before).abs() <= SAME_LOG {
                let hessian = Evaluator::new(&shape)?.curvature(Curvature::Observed, ArrayView1::from(&[log]))?;
                let theta = (-log).exp();
                return Ok(EstimatedDispersion { model, fit, theta, theta_std_error: theta / hessian[[0, 0]].sqrt() });
            }
        }
        fit.fit.status = Status::IterationLimit;
        Ok(EstimatedDispersion { model, fit, theta: (-log).exp(), theta_std_error: f64::NAN })
    }
}

/// The loss of the coefficients and of ln α.
struct Joint<'m, 'a> {
    model: &'m Glm<'a>,
}

impl Objective for Joint<'_, '_> {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = self.model.blocks();
        blocks.push(Block::new(["log dispersion"]));
        blocks
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        let Some((log, coefficients)) = parameters.split_last() else { return Err(Error::NoColumns) };
        let design = self.model.design();
        let eta = design.record(tape, coefficients);
        Ok(record(self.model, tape, eta, log.index_axis(0, 0)))
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        self.model.bind()
    }
}

/// Records the loss of the predictors and of ln α.
fn record<'t>(model: &Glm<'_>, tape: &'t Tape<f64>, eta: Var<'t, f64>, log: Var<'t, f64>) -> Recording<'t> {
    // These terms grow with 1/α and cancel; autodiff's rewrites take them together (`Rewrite::Limit`).
    let (y, shape, z) = (tape.rows("y", &[]), (-log).exp(), log + model.link().record_ln_mean(eta));
    let loss = shape.lgamma() - (y + shape).lgamma() + y * (-z).softplus() + z.softplus() * shape;
    let weights = model.design().record_weights(tape);
    Recording::new(weights.map_or(loss, |weights| weights.strong_mul(loss)).sum())
}

/// The loss of ln α alone, at given predictors.
struct OfDispersion<'m, 'a> {
    model: &'m Glm<'a>,
    eta: Array1<f64>,
}

impl Objective for OfDispersion<'_, '_> {
    fn blocks(&self) -> Vec<Block> {
        vec![Block::new(["log dispersion"])]
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        let [log] = parameters else { return Err(Error::NoColumns) };
        Ok(record(self.model, tape, tape.rows("eta", &[]), log.index_axis(0, 0)))
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = vec![bind("eta", &self.eta), bind("y", self.model.response())];
        bindings.extend(self.model.design().bind_weights());
        bindings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use ndarray::{Array2, arr1};

    /// By mpmath with 40 digits. MASS has 0.058459, by the information at a θ from before its last step.
    #[test]
    fn a_small_theta_has_the_standard_error_of_the_maximum() {
        let counts = arr1(&[0.0, 0.0, 7.0, 0.0, 1.0, 0.0, 0.0, 31.0, 0.0, 0.0, 2.0, 0.0, 0.0, 19.0, 0.0, 0.0]);
        let x = Array2::from_shape_fn((16, 1), |(row, _)| row as f64);
        let model = Glm::new(Design::new(&x), &counts, Family::NegativeBinomial { dispersion: 1.0 }).unwrap();
        let found = model.fit_dispersion(&Options::default()).unwrap();
        for (found, expected) in [
            (found.theta, 0.107_592_927_960_996_23),
            (found.theta_std_error, 0.058_463_807_796_342_54),
            (found.fit.coefficients()[0], 0.796_719_937_676_221),
            (found.fit.coefficients()[1], 0.066_189_861_629_836_03),
        ] {
            assert!((found - expected).abs() <= 1e-9 * expected, "{found:e} for {expected:e}");
        }
    }

    #[test]
    fn derivatives_by_a_small_dispersion_keep_their_digits() {
        let ones = Array2::ones((4, 1));
        let design = Design::new(&ones).without_intercept();
        let counts = arr1(&[4.0, 0.0, 3.0, 7.0]);
        let model = Glm::new(design, &counts, Family::NegativeBinomial { dispersion: 1e-8 }).unwrap();
        let joint = Joint { model: &model };
        let mut evaluator = Evaluator::new(&joint).unwrap();
        let at = arr1(&[1.25, 1e-8f64.ln()]);
        let hessian = evaluator.curvature(Curvature::Observed, at.view()).unwrap();
        // By mpmath with 200 digits.
        let mixed = 1.3482555224013677e-09;
        for (found, expected) in hessian.iter().zip([13.96137134389588, mixed, mixed, -5.5001854602485276e-08]) {
            assert!((found - expected).abs() <= 1e-13 * expected.abs(), "{found:e} for {expected:e}");
        }
    }
}
