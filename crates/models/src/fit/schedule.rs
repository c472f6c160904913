//! How stochastic methods step: their learning rates and batches, and what they make of a gradient.

use crate::error::{Error, Result};
use ndarray::Array1;

/// How long steps are, and of which rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    pub(super) learning_rate: f64,
    pub(super) decay: f64,
    pub(super) batch: usize,
    pub(super) seed: u64,
}

/// What a method makes of a gradient.
pub(super) trait Rule {
    fn step(&mut self, parameters: &mut Array1<f64>, gradient: &Array1<f64>, learning_rate: f64);
}

impl Schedule {
    /// Refuses numbers that make no sense.
    pub(super) fn check(&self) -> Result<()> {
        let positive = self.learning_rate > 0.0 && self.learning_rate.is_finite();
        let wrong = |option, value, allowed| Err(Error::Option { option, value, allowed });
        match () {
            () if !positive => wrong("learning rate", self.learning_rate, "it must be greater than 0 and finite"),
            () if !(self.decay >= 0.0 && self.decay.is_finite()) => {
                wrong("decay", self.decay, "it must be at least 0 and finite")
            }
            () if self.batch == 0 => wrong("batch", 0.0, "a batch must have at least one row"),
            () => Ok(()),
        }
    }

    /// The learning rate of an epoch, from 0.
    pub(super) fn rate(&self, epoch: usize) -> f64 {
        self.learning_rate / (1.0 + self.decay * epoch as f64)
    }
}
