//! Orthant-wise L-BFGS (Andrew & Gao 2007) for a loss with an L1 penalty: within an orthant the penalty is linear, so each
//! step stays in one; what would leave it is set to 0.

use super::descent::{Advance, Steps, descend, ended};
use super::l1::{penalised, penalty, subgradient};
use super::lbfgs::Memory;
use super::newton::LOSS_NOISE;
use super::run::{Run, scale_of_gradient};
use super::{Fit, ending};
use crate::error::Result;
use crate::evaluate::Point;
use crate::objective::Objective;
use ndarray::{Array1, Zip};

/// A step must lower the loss by this part of what its slope promises.
const ARMIJO: f64 = 1e-4;
const MOST_HALVINGS: usize = 50;

pub(super) fn minimise<O: Objective>(run: &mut Run<'_, '_, O>, point: Point, weights: &Array1<f64>) -> Result<Fit> {
    let (memory, gradient) = (Memory::at(run, &point)?, subgradient(&point, weights));
    let (point, status) = descend(run, &mut Orthant { memory, weights, gradient }, point)?;
    Ok(ended(run, (penalised(point, weights), status)))
}

struct Orthant<'w> {
    memory: Memory,
    weights: &'w Array1<f64>,
    /// The smallest subgradient at the point.
    gradient: Array1<f64>,
}

impl<O: Objective> Steps<O> for Orthant<'_> {
    fn measure(&mut self, _: &Run<'_, '_, O>, point: &Point) -> (f64, f64) {
        self.gradient = subgradient(point, self.weights);
        (point.loss + penalty(&point.parameters, self.weights), self.memory.largest(self.gradient.view()))
    }

    fn advance(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> Result<Advance> {
        let mut direction = self.memory.towards(&self.gradient);
        // Only the way that the subgradient goes down.
        Zip::from(&mut direction).and(&self.gradient).for_each(|step, gradient| {
            if *step * gradient >= 0.0 {
                *step = 0.0;
            }
        });
        let distance = scale_of_gradient(run.evaluator, point.loss + penalty(&point.parameters, self.weights));
        let first = self.memory.first_step(point, &direction, distance);
        Ok(match search(run, point, &self.gradient, &direction, first, self.weights) {
            Some(next) => {
                self.memory.remember(point, &next);
                Advance::To(next)
            }
            // What is remembered may mislead; the subgradient doesn't.
            None if !run.interrupted() && self.memory.forget() => Advance::Again,
            None => {
                let norm = self.memory.largest(self.gradient.view());
                Advance::End(ending::at_kinks(run, point, norm, &|gradient| self.memory.largest(gradient)))
            }
        })
    }
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
