//! Newton's method for a loss with an L1 penalty (Lee, Sun & Saunders 2014): each step minimises the quadratic model with the
//! penalty, by coordinate descent (Friedman, Hastie & Tibshirani 2010), which sets parameters to exactly 0.

use super::l1::{penalised, penalty, subgradient};
use super::newton::{LOSS_NOISE, check_finite};
use super::run::{Run, first_point};
use super::{Fit, Observer, Options, Status, ending};
use crate::error::Result;
use crate::evaluate::{Curvature, Evaluator, Point};
use crate::linalg::{Cholesky, Spectrum};
use crate::objective::Objective;
use ndarray::{Array1, Array2};

/// A step must lower the loss by this part of what the model promises.
const ARMIJO: f64 = 1e-4;
const MOST_HALVINGS: usize = 40;
/// The sweeps of coordinate descent over all parameters.
const MOST_SWEEPS: usize = 10_000;

pub(super) fn minimise<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    start: Array1<f64>,
    weights: &Array1<f64>,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Fit> {
    let mut point = first_point(evaluator, start)?;
    let run = &mut Run::new(evaluator, &point.parameters, options, observer);
    let mut matrix = curvature(run, &point)?;
    let mut iteration = 0;
    let status = loop {
        let direction = step(&matrix, &point, weights);
        let norm = direction.dot(&matrix.dot(&direction)).max(0.0).sqrt();
        let loss = point.loss + penalty(&point.parameters, weights);
        if run.stops(iteration, loss, norm) {
            break Status::Stopped;
        }
        if norm <= run.tolerance(loss) {
            break Status::Converged;
        }
        if run.is_negligible(&direction, &point) {
            break Status::WorkingPrecision;
        }
        if iteration == options.max_iterations {
            break Status::IterationLimit;
        }
        let Some(next) = search(run, &point, &direction, weights) else {
            if run.interrupted() {
                break Status::Stopped;
            }
            let level = |gradient: ndarray::ArrayView1<'_, f64>| gradient.dot(&gradient).sqrt();
            let size = level(subgradient(&point, weights).view());
            break match ending::is_rounding_of(run, &point, size, &level) {
                true => Status::WorkingPrecision,
                false => Status::NoDescent,
            };
        };
        iteration += 1;
        point = next;
        // Without a finite Hessian the old one must do.
        matrix = curvature(run, &point).unwrap_or(matrix);
    };
    Ok(Fit::new(run.names(), penalised(point, weights), iteration, run.evaluator.passes, status))
}

/// The Hessian, with so much of its diagonal added that it is positive definite.
fn curvature<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point) -> Result<Array2<f64>> {
    let mut matrix = run.evaluator.curvature(Curvature::Expected, point.parameters.view())?;
    check_finite(&matrix, &run.names())?;
    if Cholesky::new(matrix.view()).is_err()
        && let Some(spectrum) = Spectrum::new(matrix.view())
    {
        let (least, largest) = (spectrum.values[spectrum.least()], spectrum.largest());
        let shift = (-least).max(0.0) + 1e-8 * largest.max(f64::MIN_POSITIVE);
        let units = spectrum.units();
        matrix.diag_mut().iter_mut().zip(units).for_each(|(entry, unit)| *entry += shift * unit * unit);
    }
    Ok(matrix)
}

/// The minimum of `gᵀd + ½dᵀBd + Σλ|θ + d|`, coordinate by coordinate.
fn step(matrix: &Array2<f64>, point: &Point, weights: &Array1<f64>) -> Array1<f64> {
    let (at, p) = (&point.parameters, point.parameters.len());
    let mut step = Array1::<f64>::zeros(p);
    // The gradient of the model.
    let mut gradient = point.gradient.clone();
    for _ in 0..MOST_SWEEPS {
        let (mut moved, mut size) = (0.0f64, 0.0f64);
        for i in 0..p {
            let curvature = matrix[[i, i]];
            if curvature <= 0.0 {
                continue;
            }
            let free = at[i] + step[i] - gradient[i] / curvature;
            let kept = free.signum() * (free.abs() - weights[i] / curvature).max(0.0);
            let change = kept - (at[i] + step[i]);
            if change != 0.0 {
                step[i] = kept - at[i];
                gradient.scaled_add(change, &matrix.row(i));
            }
            moved = moved.max(change.abs() * curvature.sqrt());
            size = size.max(step[i].abs() * curvature.sqrt());
        }
        if moved <= 1e-13 * size {
            break;
        }
    }
    step
}

/// The first point along the step, halved as often as needed, that lowers the loss with its penalty enough.
fn search<O: Objective>(
    run: &mut Run<'_, '_, O>,
    from: &Point,
    direction: &Array1<f64>,
    weights: &Array1<f64>,
) -> Option<Point> {
    let before = from.loss + penalty(&from.parameters, weights);
    let noise = LOSS_NOISE * before.abs();
    let size = |point: &Point| {
        let gradient = subgradient(point, weights);
        gradient.dot(&gradient)
    };
    let mut length = 1.0;
    for _ in 0..MOST_HALVINGS {
        if run.interrupted() {
            return None;
        }
        let parameters = &from.parameters + &(direction * length);
        let change = penalty(&parameters, weights) - penalty(&from.parameters, weights);
        let promised = length * from.gradient.dot(direction) + change;
        if let Some(next) = run.trial(parameters) {
            let after = next.loss + penalty(&next.parameters, weights);
            let level = -promised <= noise && after <= before + noise && size(&next) < size(from);
            if level || promised < 0.0 && after <= before + ARMIJO * promised {
                return Some(next);
            }
        }
        length /= 2.0;
    }
    None
}
