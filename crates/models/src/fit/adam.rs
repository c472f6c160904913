//! Adam.

use super::schedule::{Rule, Schedule};
use crate::error::{Error, Result};
use ndarray::{Array1, Zip};
use serde::{Deserialize, Serialize};

/// Adam (Kingma & Ba 2015): steps of about the learning rate in every parameter, whatever the size of its gradient.
///
/// For batch number t: `m ← β₁m + (1 − β₁)g`, `s ← β₂s + (1 − β₂)g²`, `θ ← θ − η·m̂/(√ŝ + ε)` with
/// `m̂ = m/(1 − β₁ᵗ)`, `ŝ = s/(1 − β₂ᵗ)`, g being the gradient of the mean loss of the batch's rows.
///
/// ```
/// use models::fit::{Adam, Method, Options};
/// let adam = Adam { learning_rate: 0.01, batch: 128, ..Adam::default() };
/// let options = Options { max_iterations: 50, ..Options::method(Method::Adam(adam)) }; // 50 epochs
/// assert_eq!(options.method, Method::Adam(adam));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adam {
    /// The learning rate η of the first epoch, greater than 0.
    pub learning_rate: f64,
    /// How fast it falls: epoch e, from 0, has `η/(1 + decay·e)`.
    pub decay: f64,
    /// How much of the mean gradient m is kept, β₁, at least 0 and below 1.
    pub beta1: f64,
    /// How much of the mean square s is kept, β₂, at least 0 and below 1.
    pub beta2: f64,
    /// What keeps steps finite where gradients vanish, ε, greater than 0.
    pub epsilon: f64,
    /// The rows of a batch.
    pub batch: usize,
    /// What the order of the rows, another in each epoch, is drawn from.
    pub seed: u64,
}

impl Default for Adam {
    fn default() -> Self {
        Self { learning_rate: 0.001, decay: 0.0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, batch: 32, seed: 0 }
    }
}

impl Adam {
    pub(super) fn schedule(&self) -> Schedule {
        let Self { learning_rate, decay, batch, seed, .. } = *self;
        Schedule { learning_rate, decay, batch, seed }
    }

    /// The rule for so many parameters.
    pub(super) fn rule(&self, parameters: usize) -> Result<Moments> {
        for (option, value) in [("beta1", self.beta1), ("beta2", self.beta2)] {
            if !(0.0..1.0).contains(&value) {
                return Err(Error::Option { option, value, allowed: "it must be at least 0 and below 1" });
            }
        }
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            return Err(Error::Option { option: "epsilon", value: self.epsilon, allowed: "it must be greater than 0" });
        }
        let (mean, square) = (Array1::zeros(parameters), Array1::zeros(parameters));
        Ok(Moments { adam: *self, mean, square, powers: (1.0, 1.0) })
    }
}

pub(super) struct Moments {
    adam: Adam,
    mean: Array1<f64>,
    square: Array1<f64>,
    /// β₁ᵗ and β₂ᵗ.
    powers: (f64, f64),
}

impl Rule for Moments {
    fn step(&mut self, parameters: &mut Array1<f64>, gradient: &Array1<f64>, learning_rate: f64) {
        let Adam { beta1, beta2, epsilon, .. } = self.adam;
        self.powers = (self.powers.0 * beta1, self.powers.1 * beta2);
        let (left1, left2) = (1.0 - self.powers.0, 1.0 - self.powers.1);
        Zip::from(parameters).and(&mut self.mean).and(&mut self.square).and(gradient).for_each(
            |parameter, mean, square, gradient| {
                *mean = beta1 * *mean + (1.0 - beta1) * gradient;
                *square = beta2 * *square + (1.0 - beta2) * gradient * gradient;
                *parameter -= learning_rate * (*mean / left1) / ((*square / left2).sqrt() + epsilon);
            },
        );
    }
}
