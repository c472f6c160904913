//! The ridge penalty.

use crate::error::{Error, Result};
use crate::objective::Recording;
use autodiff::{Binding, Var, bind};
use ndarray::{Array0, arr0};

/// The input that the penalty's weight is bound to.
const INPUT: &str = "ridge";

/// The ridge penalty `½λΣβ²` on some of a model's parameters; none, if λ is 0.
#[derive(Clone, Debug)]
pub(crate) struct Ridge {
    lambda: Array0<f64>,
}

impl Ridge {
    pub(crate) fn none() -> Self {
        Self { lambda: arr0(0.0) }
    }

    /// The penalty of weight λ, unless that is negative or infinite.
    pub(crate) fn new(lambda: f64) -> Result<Self> {
        if !(lambda >= 0.0 && lambda.is_finite()) {
            return Err(Error::Option { option: "ridge", value: lambda, allowed: "it must be at least 0 and finite" });
        }
        Ok(Self { lambda: arr0(lambda) })
    }

    /// The weight λ.
    pub(crate) fn lambda(&self) -> f64 {
        self.lambda[[]]
    }

    pub(crate) fn is_none(&self) -> bool {
        self.lambda() == 0.0
    }

    /// The penalty of a loss of every `stride`-th row.
    pub(crate) fn every(&self, stride: usize) -> Self {
        Self { lambda: arr0(self.lambda() / stride as f64) }
    }

    /// Adds the penalty on blocks of parameters to a recorded loss.
    pub(crate) fn penalise<'t>(
        &self,
        recording: Recording<'t>,
        blocks: impl IntoIterator<Item = Var<'t, f64>>,
    ) -> Recording<'t> {
        if self.is_none() {
            return recording;
        }
        let squares = blocks.into_iter().map(|block| (block * block).sum()).reduce(|sum, square| sum + square);
        match squares {
            Some(squares) => recording.with_penalty(recording.loss.tape().input(INPUT, &[]) * squares * 0.5),
            None => recording,
        }
    }

    /// The penalty on given parameters.
    pub(crate) fn of<'p>(&self, parameters: impl IntoIterator<Item = &'p f64>) -> f64 {
        0.5 * self.lambda() * parameters.into_iter().map(|parameter| parameter * parameter).sum::<f64>()
    }

    /// Binds the weight, where [`penalise`](Self::penalise) made an input for it.
    pub(crate) fn bind(&self) -> Option<Binding<'_, f64>> {
        (!self.is_none()).then(|| bind(INPUT, &self.lambda))
    }
}
