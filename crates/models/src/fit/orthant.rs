//! Orthant-wise L-BFGS (Andrew & Gao 2007) for a loss with an L1 penalty: within an orthant the penalty is linear, so each
//! step stays in one; what would leave it is set to 0.

use super::l1::{penalised, penalty, subgradient};
use super::lbfgs::Memory;
use super::newton::LOSS_NOISE;
use super::run::{Run, first_point, scale_of_gradient, scales};
use super::{Fit, Observer, Options, Status, ending};
use crate::error::Result;
use crate::evaluate::{Evaluator, Point};
use crate::objective::Objective;
use ndarray::{Array1, Zip};

/// A step must lower the loss by this part of what its slope promises.
const ARMIJO: f64 = 1e-4;
const MOST_HALVINGS: usize = 50;

pub(super) fn minimise<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    start: Array1<f64>,
    weights: &Array1<f64>,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Fit> {
    let scales = scales(evaluator)?;
    let mut point = first_point(evaluator, start)?;
    let run = &mut Run::new(evaluator, &point.parameters, options, observer);
    let mut memory = Memory::new(&scales);
    let mut iteration = 0;
    let status = loop {
        let gradient = subgradient(&point, weights);
        let (loss, norm) = (point.loss + penalty(&point.parameters, weights), memory.largest(gradient.view()));
        if run.stops(iteration, loss, norm) {
            break Status::Stopped;
        }
        if norm <= run.tolerance(loss) {
            break Status::Converged;
        }
        if iteration == options.max_iterations {
            break Status::IterationLimit;
        }
        let mut direction = memory.towards(&gradient);
        // Only the way that the subgradient goes down.
        Zip::from(&mut direction).and(&gradient).for_each(|step, gradient| {
            if *step * gradient >= 0.0 {
                *step = 0.0;
            }
        });
        let distance = scale_of_gradient(run.evaluator, loss);
        let first = memory.first_step(&point, &direction, distance);
        match search(run, &point, &gradient, &direction, first, weights) {
            Some(next) => {
                iteration += 1;
                memory.remember(&point, &next);
                point = next;
            }
            None if run.interrupted() => break Status::Stopped,
            // What is remembered may mislead; the subgradient doesn't.
            None if memory.forget() => {}
            None => {
                break match ending::is_rounding_of(run, &point, norm, &|gradient| memory.largest(gradient)) {
                    true => Status::WorkingPrecision,
                    false => Status::NoDescent,
                };
            }
        }
    };
    Ok(Fit::new(run.names(), penalised(point, weights), iteration, run.evaluator.passes, status))
}

/// The first point along the direction, halved as often as needed and kept in the orthant, that lowers the loss enough.
fn search<O: Objective>(
    run: &mut Run<'_, '_, O>,
    from: &Point,
    gradient: &Array1<f64>,
    direction: &Array1<f64>,
    first: f64,
    weights: &Array1<f64>,
) -> Option<Point> {
    let before = from.loss + penalty(&from.parameters, weights);
    let noise = LOSS_NOISE * before.abs();
    let mut length = first;
    for _ in 0..MOST_HALVINGS {
        if run.interrupted() {
            return None;
        }
        let mut parameters = &from.parameters + &(direction * length);
        Zip::from(&mut parameters).and(&from.parameters).and(gradient).and(weights).for_each(
            |to, &from, &gradient, &weight| {
                let side = if from == 0.0 { -gradient } else { from };
                if weight > 0.0 && *to * side <= 0.0 {
                    *to = 0.0;
                }
            },
        );
        let promised = gradient.dot(&(&parameters - &from.parameters));
        if let Some(next) = run.trial(parameters) {
            let after = next.loss + penalty(&next.parameters, weights);
            let smaller = || {
                let next = subgradient(&next, weights);
                next.dot(&next) < gradient.dot(gradient)
            };
            let level = -promised <= noise && after <= before + noise && smaller();
            if level || promised < 0.0 && after <= before + ARMIJO * promised {
                return Some(next);
            }
        }
        length /= 2.0;
    }
    None
}
