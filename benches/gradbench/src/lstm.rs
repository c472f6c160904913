//! `lstm`: the loss of a recurrent network with diagonal weights over a sequence, and its gradient by the parameters.

use crate::compiled::{Evaluation, Recording, list, number};
use crate::protocol::no_function;
use crate::{Result, gmm};
use autodiff::Tape;
use autodiff::Var;
use serde::Deserialize;
use serde_json::{Value, from_value};

#[derive(Deserialize)]
struct Input {
    main_params: Vec<Vec<f64>>,
    extra_params: Vec<Vec<f64>>,
    state: Vec<Vec<f64>>,
    sequence: Vec<Vec<f64>>,
}

/// What a layer holds: its gates' weights and biases (forget, ingate, outgate, change), and its state.
struct Layer<'t> {
    weights: [Var<'t, f64>; 4],
    biases: [Var<'t, f64>; 4],
    hidden: Var<'t, f64>,
    cell: Var<'t, f64>,
}

impl<'t> Layer<'t> {
    /// Takes an input in, and gives the new hidden state.
    fn step(&mut self, input: Var<'t, f64>) -> Var<'t, f64> {
        let gate = |index: usize, x: Var<'t, f64>| x * self.weights[index] + self.biases[index];
        let (forget, ingate) = (gate(0, input).sigmoid(), gate(1, self.hidden).sigmoid());
        let (outgate, change) = (gate(2, input).sigmoid(), gate(3, self.hidden).tanh());
        self.cell = self.cell * forget + ingate * change;
        self.hidden = outgate * self.cell.tanh();
        self.hidden
    }
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { main_params, extra_params, state, sequence } = from_value(input)?;
    let (layers, bits, steps) = (main_params.len() / 2, sequence.first().map_or(0, Vec::len), sequence.len());
    let tape = Tape::new();
    let mut recording = Recording::on(&tape);
    let main = recording.input("main_params", gmm::matrix(main_params, 4 * bits)?);
    let extra = recording.input("extra_params", gmm::matrix(extra_params, bits)?);
    let state = recording.input("state", gmm::matrix(state, bits)?);
    let sequence = recording.input("sequence", gmm::matrix(sequence, bits)?);

    let four = |row: usize| {
        let row = main.index_axis(0, row).reshape(&[4, bits]);
        std::array::from_fn(|gate| row.index_axis(0, gate))
    };
    let mut network: Vec<Layer<'_>> = (0..layers)
        .map(|layer| Layer {
            weights: four(2 * layer),
            biases: four(2 * layer + 1),
            hidden: state.index_axis(0, 2 * layer),
            cell: state.index_axis(0, 2 * layer + 1),
        })
        .collect();
    let [in_weight, out_weight, out_bias] = [0, 1, 2].map(|row| extra.index_axis(0, row));

    let mut total = tape.number(0.0);
    let mut input = sequence.index_axis(0, 0);
    for step in 1..steps {
        let top = network.iter_mut().fold(input * in_weight, |x, layer| layer.step(x));
        let predicted = top * out_weight + out_bias;
        let log_sum = (predicted.exp().sum() + 2).ln();
        input = sequence.index_axis(0, step);
        total += (input * (predicted - log_sum)).sum();
    }
    let loss = -total / (bits * (steps - 1)) as f64;
    Ok(Box::new(match function {
        "objective" => recording.compile(&[loss], number)?,
        "jacobian" => recording.compile(&loss.grads(&[main, extra]), list)?,
        _ => return no_function(function),
    }))
}
