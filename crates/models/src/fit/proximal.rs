//! Newton's method for a loss with an L1 penalty (Lee, Sun & Saunders 2014): each step minimises the quadratic model with the
//! penalty, by coordinate descent (Friedman, Hastie & Tibshirani 2010), which sets parameters to exactly 0.

use super::descent::{Advance, Steps, descend, ended};
use super::l1::{penalised, penalty, subgradient};
use super::newton::{LOSS_NOISE, check_finite};
use super::run::Run;
use super::{Fit, Status, ending};
use crate::error::Result;
use crate::evaluate::{Curvature, Point};
use crate::linalg::{Cholesky, Spectrum};
use crate::objective::Objective;
use ndarray::{Array1, Array2};

/// A step must lower the loss by this part of what the model promises.
const ARMIJO: f64 = 1e-4;
const MOST_HALVINGS: usize = 40;
/// The sweeps of coordinate descent over all parameters.
const MOST_SWEEPS: usize = 10_000;

pub(super) fn minimise<O: Objective>(run: &mut Run<'_, '_, O>, point: Point, weights: &Array1<f64>) -> Result<Fit> {
    let (matrix, direction) = (curvature(run, &point)?, Array1::zeros(weights.len()));
    let (point, status) = descend(run, &mut Proximal { matrix, weights, direction }, point)?;
    Ok(ended(run, (penalised(point, weights), status)))
}

struct Proximal<'w> {
    matrix: Array2<f64>,
    weights: &'w Array1<f64>,
    direction: Array1<f64>,
}

impl<O: Objective> Steps<O> for Proximal<'_> {
    fn measure(&mut self, _: &Run<'_, '_, O>, point: &Point) -> (f64, f64) {
        self.direction = step(&self.matrix, point, self.weights);
        let norm = self.direction.dot(&self.matrix.dot(&self.direction)).max(0.0).sqrt();
        (point.loss + penalty(&point.parameters, self.weights), norm)
    }

    fn advance(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> Result<Advance> {
        if run.is_negligible(&self.direction, point) {
            return Ok(Advance::End(Status::WorkingPrecision));
        }
        let Some(next) = search(run, point, &self.direction, self.weights) else {
            let level = |gradient: ndarray::ArrayView1<'_, f64>| gradient.dot(&gradient).sqrt();
            let size = level(subgradient(point, self.weights).view());
            return Ok(Advance::End(ending::at_kinks(run, point, size, &level)));
        };
        // Without a finite Hessian the old one must do.
        if let Ok(matrix) = curvature(run, &next) {
            self.matrix = matrix;
        }
        Ok(Advance::To(next))
    }
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
