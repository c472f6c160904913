//! Descent by the gradients of mini-batches: epochs, the order of the rows, learning rates, and when to stop.
//!
//! An epoch is an iteration: it takes every row once, in an order of its own. At its end the loss and the gradient of all
//! rows are computed, in one more sweep, so that observers see the loss itself and a fit says "converged" by the same rule
//! as the others.

use super::run::{first_point, scale_of_gradient, scales};
use super::schedule::{Rule, Schedule};
use super::{Control, Fit, Observer, Options, Progress, Status};
use crate::error::{Error, Result};
use crate::evaluate::{BatchEvaluator, Evaluator};
use crate::objective::{Objective, names};
use crate::random::Random;
use ndarray::Array1;

pub(super) fn minimise<O: Objective>(
    mut evaluator: Evaluator<'_, O>,
    start: Array1<f64>,
    options: &Options,
    schedule: Schedule,
    mut rule: impl Rule,
    observer: &mut dyn Observer,
) -> Result<Fit> {
    schedule.check()?;
    let objective = evaluator.objective();
    let scales = scales(&evaluator)?;
    let mut point = first_point(&mut evaluator, start)?;
    let mut epochs = Epochs {
        batches: BatchEvaluator::new(objective, schedule.batch)?,
        order: Vec::new(),
        random: Random::new(schedule.seed),
        gradient: Array1::zeros(evaluator.len()),
        schedule,
    };
    // A loss without rows is a single batch.
    epochs.order = (0..epochs.batches.rows().max(1)).collect();
    let mut epoch = 0;
    let status = loop {
        let sizes = point.gradient.iter().zip(&scales).map(|(gradient, scale)| (gradient / scale).abs());
        let gradient = sizes.fold(0.0, f64::max);
        if observer.observe(&Progress { iteration: epoch, loss: point.loss, gradient }) == Control::Stop {
            break Status::Stopped;
        }
        if gradient <= options.tolerance * scale_of_gradient(&evaluator, point.loss) {
            break Status::Converged;
        }
        if epoch == options.max_iterations {
            break Status::IterationLimit;
        }
        let parameters = epochs.run(epoch, point.parameters, &mut rule)?;
        epoch += 1;
        evaluator.passes += 1;
        point = evaluator.at(parameters)?;
        epochs.check_finite(epoch - 1, epochs.steps(), point.loss, &point.gradient)?;
    };
    Ok(Fit::new(names(objective), point, epoch, evaluator.passes, status))
}

/// What epochs are made of.
struct Epochs<'o> {
    batches: BatchEvaluator<'o>,
    /// The rows, in the order of the epoch.
    order: Vec<usize>,
    random: Random,
    gradient: Array1<f64>,
    schedule: Schedule,
}

impl Epochs<'_> {
    /// Takes every row once, from the parameters to others.
    fn run(&mut self, epoch: usize, mut parameters: Array1<f64>, rule: &mut impl Rule) -> Result<Array1<f64>> {
        self.random.shuffle(&mut self.order);
        let learning_rate = self.schedule.rate(epoch);
        for (step, rows) in self.order.chunks(self.schedule.batch).enumerate() {
            let loss = self.batches.at(rows, parameters.view(), &mut self.gradient)?;
            self.check_finite(epoch, step, loss, &self.gradient)?;
            rule.step(&mut parameters, &self.gradient, learning_rate);
        }
        Ok(parameters)
    }

    /// The steps of an epoch.
    fn steps(&self) -> usize {
        self.order.len().div_ceil(self.schedule.batch)
    }

    fn check_finite(&self, epoch: usize, step: usize, loss: f64, gradient: &Array1<f64>) -> Result<()> {
        if loss.is_finite() && gradient.iter().all(|gradient| gradient.is_finite()) {
            return Ok(());
        }
        Err(Error::Diverged { loss, epoch: epoch + 1, step, learning_rate: self.schedule.rate(epoch) })
    }
}
