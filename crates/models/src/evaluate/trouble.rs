//! Where a loss that is no finite number got it from, for the message that says so.

use crate::error::Result;
use crate::objective::Objective;
use autodiff::Tape;
use ndarray::{ArrayView1, Axis};

/// Beyond so many rows the loss isn't evaluated again node by node: that keeps every intermediate array.
const MOST_ROWS: usize = 1_000_000;

/// The first node that made a NaN or an infinity of the loss or its gradient, with its operands and source line; empty where
/// none is found.
pub(crate) fn trouble<O: Objective>(objective: &O, parameters: ArrayView1<'_, f64>) -> String {
    match objective.rows() <= MOST_ROWS {
        true => find(objective, parameters).ok().flatten().unwrap_or_default(),
        false => String::new(),
    }
}

fn find<O: Objective>(objective: &O, mut parameters: ArrayView1<'_, f64>) -> Result<Option<String>> {
    let tape = Tape::new();
    let mut variables = Vec::new();
    for block in objective.blocks() {
        let (values, rest) = parameters.split_at(Axis(0), block.len());
        let name = block.names().join(", ");
        variables.push(tape.variable(&format!("parameters {name}"), values.to_owned()));
        parameters = rest;
    }
    let loss = objective.record(&tape, &variables)?.loss;
    tape.set_values(&objective.bind())?;
    let mut outputs = vec![loss];
    if loss.item()?.is_finite() {
        outputs.extend(loss.grads(&variables));
    }
    Ok(tape.trouble(&outputs)?.map(|trouble| trouble.to_string()))
}
