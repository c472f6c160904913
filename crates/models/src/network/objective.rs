//! A network as an objective: its loss on the tape, and its data.

use super::{Head, Network, Response};
use crate::design::check_columns_finite;
use crate::error::{Error, Result};
use crate::family::{Bound, Responses};
use crate::objective::{Block, Objective, Recording};
use crate::softmax::{class_weights, likelihood};
use autodiff::{Binding, Tape, Var, bind, bind_indices};

impl Network<'_> {
    /// Records the loss of each row, given the outputs.
    fn record_loss<'t>(&self, tape: &'t Tape<f64>, outputs: Var<'t, f64>) -> Var<'t, f64> {
        match &self.layers.head {
            Head::Glm { family, link } => family.record_loss(*link, outputs, tape.rows("y", &[])),
            Head::Softmax { classes } => {
                likelihood::record_loss(tape, outputs, tape.index_rows("labels", &[]), classes.len(), 0)
            }
        }
    }

    /// The biases of the output layer that predict the mean response, or the classes' shares, whatever the columns.
    fn output_biases(&self) -> Result<Vec<f64>> {
        match (&self.response, &self.layers.head) {
            (Response::Labels(labels), Head::Softmax { classes }) => {
                let shares = class_weights(*labels, classes.len(), |row| self.weight(row));
                if let Some(empty) = shares.iter().position(|&share| share == 0.0) {
                    return Err(Error::EmptyClass { class: classes[empty].clone() });
                }
                Ok(shares.iter().skip(1).map(|share| (share / shares[0]).ln()).collect())
            }
            (Response::Numbers(y), Head::Glm { family, link }) => {
                let responses = Responses::of(*y, |row| self.weight(row));
                Ok(vec![link.predictor(responses.mean(*family, *link))])
            }
            // The constructors make no other pairs.
            _ => Ok(vec![0.0; self.layers.head.outputs()]),
        }
    }
}

impl Objective for Network<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.layers.blocks()
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        let outputs = self.layers.record(tape.rows("X", &[self.layers.inputs]), parameters);
        let loss = self.record_loss(tape, outputs);
        let loss = if self.weights.is_some() { tape.rows("weights", &[]).strong_mul(loss) } else { loss };
        // Weights and biases by turns.
        Ok(self.ridge.penalise(Recording::new(loss.sum()), parameters.iter().step_by(2).copied()))
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = vec![bind("X", self.x)];
        bindings.push(match &self.response {
            Response::Numbers(y) => bind("y", y),
            Response::Labels(labels) => bind_indices("labels", labels),
        });
        bindings.extend(self.weights.as_ref().map(|weights| bind("weights", weights)));
        bindings.extend(self.ridge.bind());
        bindings
    }

    /// Drawn from the seed; see [`with_seed`](Network::with_seed).
    fn start(&self) -> Result<Vec<f64>> {
        Ok(self.layers.start(self.seed, &self.output_biases()?))
    }

    fn lower_bound(&self) -> f64 {
        match (&self.response, &self.layers.head) {
            (Response::Numbers(y), Head::Glm { family, .. }) => Bound::of(*family, *y, |row| self.weight(row)),
            _ => 0.0,
        }
    }

    fn rows(&self) -> usize {
        self.x.nrows()
    }

    fn check(&self) -> Result<()> {
        check_columns_finite(self.x, |column| format!("x{}", column + 1))
    }
}
