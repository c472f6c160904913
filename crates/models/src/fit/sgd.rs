//! Stochastic gradient descent with momentum.

use super::schedule::{Rule, Schedule};
use crate::error::{Error, Result};
use ndarray::{Array1, Zip};
use serde::{Deserialize, Serialize};

/// Stochastic gradient descent (Robbins & Monro 1951) with momentum (Polyak 1964): for every batch
/// `v ← μv − ηg`, `θ ← θ + v`, g being the gradient of the mean loss of the batch's rows.
///
/// Steps know nothing of the columns' units: bring columns to a standard deviation of about 1 first.
///
/// ```
/// use models::fit::{Method, Options, Sgd};
/// let sgd = Sgd { learning_rate: 0.1, momentum: 0.9, ..Sgd::default() };
/// assert_eq!(Options::method(Method::Sgd(sgd)).method, Method::Sgd(sgd));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sgd {
    /// The learning rate η of the first epoch, greater than 0.
    pub learning_rate: f64,
    /// How fast it falls: epoch e, from 0, has `η/(1 + decay·e)`. With 0 the iterates keep moving about the minimum by what
    /// the batches differ.
    pub decay: f64,
    /// The momentum μ, at least 0 and below 1.
    pub momentum: f64,
    /// The rows of a batch.
    pub batch: usize,
    /// What the order of the rows, another in each epoch, is drawn from.
    pub seed: u64,
}

impl Default for Sgd {
    fn default() -> Self {
        Self { learning_rate: 0.01, decay: 0.0, momentum: 0.9, batch: 32, seed: 0 }
    }
}

impl Sgd {
    pub(super) fn schedule(&self) -> Schedule {
        let Self { learning_rate, decay, batch, seed, .. } = *self;
        Schedule { learning_rate, decay, batch, seed }
    }

    /// The rule for so many parameters.
    pub(super) fn rule(&self, parameters: usize) -> Result<Momentum> {
        if !(0.0..1.0).contains(&self.momentum) {
            let allowed = "it must be at least 0 and below 1";
            return Err(Error::Option { option: "momentum", value: self.momentum, allowed });
        }
        Ok(Momentum { momentum: self.momentum, velocity: Array1::zeros(parameters) })
    }
}

pub(super) struct Momentum {
    momentum: f64,
    velocity: Array1<f64>,
}

impl Rule for Momentum {
    fn step(&mut self, parameters: &mut Array1<f64>, gradient: &Array1<f64>, learning_rate: f64) {
        Zip::from(parameters).and(&mut self.velocity).and(gradient).for_each(|parameter, velocity, gradient| {
            *velocity = self.momentum * *velocity - learning_rate * gradient;
            *parameter += *velocity;
        });
    }
}
