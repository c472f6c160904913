//! `lse`: the logarithm of a sum of exponentials, and its gradient.

use crate::Result;
use crate::compiled::{Evaluation, Recording, list, number};
use crate::protocol::no_function;
use autodiff::Tape;
use ndarray::Array1;
use serde::Deserialize;
use serde_json::{Value, from_value};

#[derive(Deserialize)]
struct Input {
    x: Vec<f64>,
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { x } = from_value(input)?;
    let tape = Tape::new();
    let mut recording = Recording::on(&tape);
    let x = recording.rows("x", Array1::from_vec(x));
    let largest = x.max();
    let lse = largest + (x - largest).exp().sum().ln();
    Ok(Box::new(match function {
        "primal" => recording.compile(&[lse], number)?,
        "gradient" => recording.compile(&[lse.grad(x)], list)?,
        _ => return no_function(function),
    }))
}
