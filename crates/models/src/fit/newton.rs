//! Newton's method and Fisher scoring, with step halving.
//!
//! A factored curvature, the *metric*, serves for as many steps as it shrinks the gradient fast (a chord method: a gradient
//! costs a fraction of a curvature); then it is taken anew. With many rows the first metric is a subsample's
//! (`subsample`), and often the only one. The last steps, with an old metric and fresh gradients, are also what refines
//! the solution of ill-conditioned designs to full accuracy.

use super::{
    Control, Fit, Observer, Options, Progress, Status, first_point, names, rank, scale_of_gradient, subsample,
};
use crate::error::{Error, Result};
use crate::evaluate::{Curvature, Evaluator, Point};
use crate::linalg::Cholesky;
use crate::objective::Objective;
use ndarray::{Array1, ArrayView1};

/// A metric is kept while each step shrinks the gradient's norm at least to this part of it.
const FAST: f64 = 0.1;
/// The same for the metric of a subsample: a full one costs the time of many steps.
const FAST_WITH_SUBSAMPLE: f64 = 0.4;
/// A gradient below this, relative to the problem's scale, that a fresh metric no longer shrinks is rounding.
const NOISE: f64 = 1e-7;
/// A step must lower the loss by this part of what its slope promises.
const ARMIJO: f64 = 1e-4;
/// Where a step promises less than this part of the loss, the gradient decides (Hager & Zhang 2005): a sum of squares of
/// small differences between large numbers is known to far fewer digits than its size suggests.
const LOSS_NOISE: f64 = 1e-10;
/// Step halvings before a direction is given up.
const MOST_HALVINGS: usize = 40;
/// The iteration from which slow progress is taken as a sign that there may be no minimum.
const SLOW_FROM: usize = 6;

/// A factored curvature and where it is from.
pub(super) struct Metric {
    pub(super) factor: Cholesky,
    /// Whether it is the curvature of the full data at the current point.
    pub(super) fresh: bool,
    /// It is kept while each step shrinks the gradient's norm at least to this part of it.
    patience: f64,
}

/// The step that a metric suggests, `−H⁻¹g`, and the gradient's norm in it, `√(gᵀH⁻¹g)`.
struct Step {
    direction: Array1<f64>,
    norm: f64,
}

impl Metric {
    fn fresh(factor: Cholesky) -> Self {
        Self { factor, fresh: true, patience: FAST }
    }

    pub(super) fn of_subsample(factor: Cholesky) -> Self {
        Self { factor, fresh: false, patience: FAST_WITH_SUBSAMPLE }
    }

    /// Whether it is of the data themselves, if perhaps at an earlier point.
    pub(super) fn is_own(&self) -> bool {
        self.patience == FAST
    }

    fn step(&self, gradient: ArrayView1<'_, f64>) -> Step {
        let direction = -self.factor.solve(gradient);
        let norm = (-gradient.dot(&direction)).max(0.0).sqrt();
        Step { direction, norm }
    }
}

pub(super) fn minimise<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    start: Array1<f64>,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Fit> {
    descend(evaluator, start, options, observer).map(|(fit, _)| fit)
}

/// Goes down to the minimum; gives the metric of the last step, too.
pub(super) fn descend<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    start: Array1<f64>,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<(Fit, Metric)> {
    let own_start = start.clone();
    let (start, metric) = match subsample::metric(evaluator.objective(), &start, options, observer)? {
        Some((start, metric)) => (start, Some(metric)),
        None => (start, None),
    };
    // Where a subsample has its minimum, a row that isn't in it may be outside the domain.
    let (mut point, metric) = match metric {
        None => (first_point(evaluator, start)?, None),
        Some(metric) => match first_point(evaluator, start) {
            Ok(point) => (point, Some(metric)),
            Err(_) => (first_point(evaluator, own_start)?, None),
        },
    };
    let mut metric = match metric {
        Some(metric) => metric,
        None => first_metric(evaluator, &point)?,
    };
    let mut step = metric.step(point.gradient.view());
    let (mut iteration, mut next_look) = (0, SLOW_FROM);
    let status = loop {
        let (tolerance, norm) = (options.tolerance * scale_of_gradient(evaluator, point.loss), step.norm);
        let progress = Progress { iteration, loss: point.loss, gradient: norm };
        if observer.observe(&progress) == Control::Stop || observer.interrupted() {
            break Status::Stopped;
        }
        if norm <= tolerance {
            break Status::Converged;
        }
        if is_negligible(&step.direction, &point.parameters) {
            break Status::WorkingPrecision;
        }
        if iteration == options.max_iterations {
            break Status::IterationLimit;
        }
        let Some((next, whole)) = search(evaluator, &point, &step, observer)? else {
            if observer.interrupted() {
                break Status::Stopped;
            }
            if metric.fresh {
                // What the step promises is below the rounding of the loss.
                let promised = norm * norm / 2.0;
                break if promised <= 1e-12 * point.loss.abs() { Status::WorkingPrecision } else { Status::NoDescent };
            }
            metric = fresh_metric(evaluator, &point)?;
            step = metric.step(point.gradient.view());
            continue;
        };
        iteration += 1;
        point = next;
        metric.fresh = false;
        let mut next_step = metric.step(point.gradient.view());
        let tolerance = options.tolerance * scale_of_gradient(evaluator, point.loss);
        if next_step.norm > tolerance && !(whole && next_step.norm <= metric.patience * norm) {
            metric = fresh_metric(evaluator, &point)?;
            next_step = metric.step(point.gradient.view());
        }
        if metric.fresh && next_step.norm > norm / 2.0 && norm <= NOISE * scale_of_gradient(evaluator, point.loss) {
            break Status::WorkingPrecision;
        }
        let slow = metric.fresh && next_step.norm > FAST * norm || iteration == options.max_iterations;
        if slow && next_step.norm > tolerance && iteration >= next_look {
            next_look = iteration + iteration / 2;
            if let Some(error) = evaluator.objective().recession(&next_step.direction.to_vec()) {
                return Err(error);
            }
        }
        step = next_step;
    };
    Ok((Fit::new(names(evaluator.objective()), point, iteration, evaluator.passes, status), metric))
}

/// The first point along the step, halved as often as needed, that lowers the loss enough; and whether it is the whole step.
/// None, if the observer interrupts.
fn search<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    from: &Point,
    step: &Step,
    observer: &dyn Observer,
) -> Result<Option<(Point, bool)>> {
    let slope = -step.norm * step.norm;
    let noise = LOSS_NOISE * from.loss.abs();
    let mut length = 1.0;
    for _ in 0..MOST_HALVINGS {
        if observer.interrupted() {
            return Ok(None);
        }
        let next = evaluator.at(&from.parameters + &(&step.direction * length))?;
        let lower = next.loss <= from.loss + ARMIJO * length * slope;
        // Where the promised fall is lost in the loss's rounding, the gradient shows whether the step is a good one.
        let level = -slope * length <= noise
            && next.loss <= from.loss + noise
            && next.gradient.dot(&step.direction).abs() <= 0.9 * -slope;
        if (lower || level) && next.gradient.iter().all(|gradient| gradient.is_finite()) {
            return Ok(Some((next, length == 1.0)));
        }
        length /= 2.0;
    }
    Ok(None)
}

/// Whether the step changes no parameter beyond rounding.
fn is_negligible(step: &Array1<f64>, parameters: &Array1<f64>) -> bool {
    step.iter().zip(parameters).all(|(step, parameter)| step.abs() <= f64::EPSILON * parameter.abs())
}

/// The metric where a fit starts, which also shows columns that are superfluous.
fn first_metric<O: Objective>(evaluator: &mut Evaluator<'_, O>, point: &Point) -> Result<Metric> {
    let matrix = evaluator.curvature(Curvature::Expected, point.parameters.view())?;
    rank::check(evaluator.objective(), matrix.view())?;
    factor(matrix).map(Metric::fresh)
}

fn fresh_metric<O: Objective>(evaluator: &mut Evaluator<'_, O>, point: &Point) -> Result<Metric> {
    let matrix = evaluator.curvature(Curvature::Expected, point.parameters.view())?;
    factor(matrix).map(Metric::fresh)
}

/// Factors a curvature; one that is not positive definite is damped until it is (Levenberg–Marquardt).
fn factor(mut matrix: ndarray::Array2<f64>) -> Result<Cholesky> {
    if let Some(&entry) = matrix.iter().find(|entry| !entry.is_finite()) {
        return Err(Error::Start { loss: entry });
    }
    matrix.diag_mut().mapv_inplace(|entry| if entry == 0.0 { 1.0 } else { entry.abs() });
    let mut damping = 0.0;
    loop {
        match Cholesky::damped(matrix.view(), damping) {
            Ok(factor) => return Ok(factor),
            Err(_) if damping < 1e12 => damping = if damping == 0.0 { 1e-10 } else { damping * 10.0 },
            Err(singular) => return Err(Error::SingularInformation { parameter: singular.index.to_string() }),
        }
    }
}
