//! `lstm`: the loss of a recurrent network with diagonal weights over a sequence, and its gradient by the parameters.

use crate::compiled::{Evaluation, Recording, list, number};
use crate::protocol::no_function;
use crate::{Result, gmm};
use autodiff::{Tape, Var};
use ndarray::s;
use serde::Deserialize;
use serde_json::{Value, from_value};

#[derive(Deserialize)]
struct Input {
    main_params: Vec<Vec<f64>>,
    extra_params: Vec<Vec<f64>>,
    state: Vec<Vec<f64>>,
    sequence: Vec<Vec<f64>>,
}

/// The weights and biases of a layer's gates: forget, ingate, outgate, change.
struct Gates<'t> {
    weights: [Var<'t, f64>; 4],
    biases: [Var<'t, f64>; 4],
}

impl<'t> Gates<'t> {
    /// The hidden state and the cell after an input.
    fn step(&self, [hidden, cell]: [Var<'t, f64>; 2], input: Var<'t, f64>) -> [Var<'t, f64>; 2] {
        let gate = |index: usize, x: Var<'t, f64>| x * self.weights[index] + self.biases[index];
        let (forget, ingate) = (gate(0, input).sigmoid(), gate(1, hidden).sigmoid());
        let (outgate, change) = (gate(2, input).sigmoid(), gate(3, hidden).tanh());
        let cell = cell * forget + ingate * change;
        [outgate * cell.tanh(), cell]
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
    let gates: Vec<Gates<'_>> =
        (0..layers).map(|layer| Gates { weights: four(2 * layer), biases: four(2 * layer + 1) }).collect();
    let [in_weight, out_weight, out_bias] = [0, 1, 2].map(|row| extra.index_axis(0, row));

    // A turn carries the states on and gives the hidden state of the last layer.
    let (inputs, targets) = (sequence.slice(s![..-1, ..]), sequence.slice(s![1.., ..]));
    let ([_], [top]) = tape.scan([state], [inputs * in_weight], |[state], [mut x]| {
        let mut states = Vec::with_capacity(2 * layers);
        for (layer, gates) in gates.iter().enumerate() {
            let [hidden, cell] = gates.step([2 * layer, 2 * layer + 1].map(|row| state.index_axis(0, row)), x);
            states.extend([hidden, cell]);
            x = hidden;
        }
        ([tape.stack(0, &states)], [x])
    });
    let predicted = top * out_weight + out_bias;
    let log_sums = (predicted.exp().sum_axes(&[1]) + 2).ln();
    let total = (targets * (predicted - log_sums.insert_axis(1))).sum();
    let loss = -total / (bits * (steps - 1)) as f64;
    Ok(Box::new(match function {
        "objective" => recording.compile(&[loss], number)?,
        "jacobian" => recording.compile(&loss.grads(&[main, extra]), list)?,
        _ => return no_function(function),
    }))
}
