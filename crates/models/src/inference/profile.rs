//! Confidence intervals by profiling the likelihood: the values of a parameter at which the loss, minimised over the other
//! parameters, is a given amount above its minimum. Unlike Wald's they need not be symmetric, and don't depend on how the
//! parameter is expressed.

use super::{Inference, Reference};
use crate::error::{Error, Result};
use crate::evaluate::Evaluator;
use crate::fit::{Options, Status};
use crate::glm::{Glm, GlmFit};
use ndarray::Array1;

/// How often the distance from the estimate is widened by half.
const WIDENINGS: usize = 30;
/// The most steps between two ends.
const STEPS: usize = 200;

/// The intervals, for each parameter, that cover the truth with probability `level`. As R's `confint` has it, the root of the
/// likelihood ratio is compared with the normal distribution, where the dispersion is estimated too.
///
/// Where the likelihood doesn't fall so far on a side, the interval is infinite there; where values that are still within it
/// leave no mean that the family can have, it ends at the last that does. A side whose fits fail is NaN, and the others
/// stand.
///
/// # Errors
/// A level that is not between 0 and 1; whatever [`inference`](GlmFit::inference) gives.
pub fn profile_intervals(model: &Glm<'_>, fit: &GlmFit, level: f64) -> Result<Vec<(f64, f64)>> {
    let inference = fit.inference(model, super::Covariance::Expected)?;
    intervals(&inference, level, |index| {
        let mut profile = Profile::new(model, fit, index, inference.dispersion)?;
        Ok(move |value: f64| profile.root(value))
    })
}

/// The intervals between the values at which the roots of the likelihood ratio reach the quantile of the level; `root_of` makes
/// that function of the parameter at a place.
pub(crate) fn intervals<R: FnMut(f64) -> Result<f64>>(
    inference: &Inference,
    level: f64,
    root_of: impl Fn(usize) -> Result<R>,
) -> Result<Vec<(f64, f64)>> {
    if !(0.0..1.0).contains(&level) {
        return Err(Error::Option { option: "level", value: level, allowed: "it must be at least 0 and below 1" });
    }
    let limit = Reference::Normal.quantile(0.5 + level / 2.0);
    let of_coefficient = |(index, coefficient): (usize, &super::Coefficient)| {
        let step = limit * coefficient.std_error;
        let side = |step: f64| {
            let end = root_of(index).and_then(|root| crossing(root, coefficient.estimate, step, limit));
            end.unwrap_or(f64::NAN)
        };
        (side(-step), side(step))
    };
    Ok(inference.coefficients.iter().enumerate().map(of_coefficient).collect())
}

/// The profile of one parameter: fits without its column, whose part in the predictor is an offset.
struct Profile<'m, 'a> {
    model: &'m Glm<'a>,
    name: String,
    column: Array1<f64>,
    /// Whether the parameter is penalised.
    penalised: bool,
    minimum: f64,
    dispersion: f64,
    /// Where the next fit starts: the minimum of the last one.
    start: Vec<f64>,
}

impl<'m, 'a> Profile<'m, 'a> {
    fn new(model: &'m Glm<'a>, fit: &GlmFit, index: usize, dispersion: f64) -> Result<Self> {
        let design = model.design();
        let mut column = Array1::zeros(design.rows());
        for (row, cell) in column.iter_mut().enumerate() {
            design.visit_row(row, |place, value| {
                if place == index {
                    *cell = value;
                }
            });
        }
        let mut start = fit.coefficients().to_vec();
        start.remove(index);
        let (name, penalised) = (fit.names()[index].clone(), !(design.has_intercept() && index == 0));
        Ok(Self { model, name, column, penalised, minimum: fit.fit.loss, dispersion, start })
    }

    /// `√(2(loss − minimum)/φ)` with the parameter held at `value`: about linear in it. Infinite, where that leaves no mean
    /// that the family can have.
    fn root(&mut self, value: f64) -> Result<f64> {
        let design = self.model.design();
        let mut offset = &self.column * value;
        if let Some(known) = design.offset() {
            offset += &known;
        }
        let held = self.model.clone().with_design(design.clone().without(&[&self.name])?.with_offset(&offset)?);
        let loss = match self.least_loss(&held) {
            Err(Error::Start { .. }) => return Ok(f64::INFINITY),
            loss => loss?,
        };
        let penalty = if self.penalised { 0.5 * self.model.ridge() * value * value } else { 0.0 };
        Ok((2.0 * (loss + penalty - self.minimum).max(0.0) / self.dispersion).sqrt())
    }

    fn least_loss(&mut self, held: &Glm<'_>) -> Result<f64> {
        if held.design().parameters() == 0 {
            let loss = Evaluator::new(held)?.at(Array1::zeros(0))?.loss;
            return Ok(if loss.is_finite() { loss } else { f64::INFINITY });
        }
        let fit = held.fit(&Options { start: Some(self.start.clone()), ..Options::default() })?.fit;
        if !(fit.converged() || fit.status == Status::Boundary) {
            return Err(Error::Unavailable { what: "a profile", needs: "fits that converge" });
        }
        self.start = fit.parameters;
        Ok(fit.loss)
    }
}

/// Where the root crosses `limit`, in units of `step` from the estimate: by widening, then by the Illinois variant of
/// regula falsi, or halves where the root is infinite.
fn crossing(mut root: impl FnMut(f64) -> Result<f64>, estimate: f64, step: f64, limit: f64) -> Result<f64> {
    let (mut near, mut far) = ((0.0, -limit), (1.0, root(estimate + step)? - limit));
    for _ in 0..WIDENINGS {
        if far.1 >= 0.0 {
            break;
        }
        near = far;
        far.0 *= 1.5;
        far.1 = root(estimate + far.0 * step)? - limit;
    }
    if far.1 < 0.0 {
        return Ok(f64::INFINITY.copysign(step));
    }
    let mut last_above = None;
    for _ in 0..STEPS {
        let at = match far.1.is_finite() {
            true => far.0 - far.1 * (far.0 - near.0) / (far.1 - near.1),
            false => 0.5 * (near.0 + far.0),
        };
        if (far.0 - near.0).abs() <= 1e-12 * far.0 {
            return Ok(estimate + near.0 * step);
        }
        let height = root(estimate + at * step)? - limit;
        if height.abs() <= 1e-9 * limit {
            return Ok(estimate + at * step);
        }
        let above = height > 0.0;
        let (moved, kept) = if above { (&mut far, &mut near) } else { (&mut near, &mut far) };
        *moved = (at, height);
        if last_above == Some(above) {
            kept.1 /= 2.0;
        }
        last_above = Some(above);
    }
    Ok(estimate + near.0 * step)
}
