//! Products of the Hessian with vectors: what is known of it where it is too large to be formed.

use super::{Evaluator, Replay, record};
use crate::error::{Error, Result};
use crate::objective::Objective;
use autodiff::{Tape, Var, bind};
use ndarray::{Array1, ArrayView1};

impl<O: Objective> Evaluator<'_, O> {
    /// The product of the loss's Hessian with a vector.
    pub(crate) fn product(
        &mut self,
        parameters: ArrayView1<'_, f64>,
        vector: ArrayView1<'_, f64>,
    ) -> Result<Array1<f64>> {
        let mut replay = match self.product.take() {
            Some(replay) => replay,
            None => self.compile_product()?,
        };
        self.passes += 1;
        let (blocks, parts) = (self.layout.blocks(parameters), self.layout.blocks(vector));
        let names: Vec<String> = self.layout.inputs.iter().map(|input| of_vector(input)).collect();
        let mut bindings = self.layout.bind(&blocks);
        bindings.extend(names.iter().zip(&parts).map(|(name, part)| bind(name, part)));
        replay.run_on(self.objective, bindings)?;
        let mut product = Array1::zeros(self.len());
        self.layout.write_gradient(&replay.outputs, &mut product);
        self.product = Some(replay);
        Ok(product)
    }

    /// The gradient's slope along the vector, and the gradient of that.
    fn compile_product(&self) -> Result<Replay> {
        let tape = Tape::new();
        let parameters = self.layout.record(&tape);
        let recording = record(self.objective, self.units.as_ref(), &tape, &parameters)?;
        let gradients = recording.loss.grads(&parameters);
        let mut along = Vec::with_capacity(gradients.len());
        for ((input, range), gradient) in self.layout.inputs.iter().zip(&self.layout.ranges).zip(gradients) {
            along.push((gradient * tape.input(&of_vector(input), &[range.len()])).sum());
        }
        let slope = along.into_iter().reduce(|sum, part| sum + part).ok_or(Error::NoColumns)?;
        let outputs: Vec<Var<'_, f64>> = std::iter::once(slope).chain(slope.grads(&parameters)).collect();
        Ok(Replay::new(tape.compile(&outputs)?))
    }
}

/// The input of the vector's part that belongs to a block of parameters.
fn of_vector(input: &str) -> String {
    format!("{input}, vector")
}
