//! `ode`: a differential equation by Runge and Kutta's method, and the gradient of its last component.

use crate::Result;
use crate::compiled::{Evaluation, Recording, list};
use crate::protocol::no_function;
use autodiff::{Tape, Var};
use ndarray::Array1;
use serde::Deserialize;
use serde_json::{Value, from_value};

#[derive(Deserialize)]
struct Input {
    x: Vec<f64>,
    s: usize,
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { x, s } = from_value(input)?;
    let n = x.len();
    let tape = Tape::new();
    let mut recording = Recording::on(&tape);
    let x = recording.input("x", Array1::from_vec(x));

    let (first, others) = (x.slice_axis(0, ..1), x.slice_axis(0, 1..));
    let slope = |y| tape.concatenate(0, &[first, others * Var::slice_axis(y, 0, ..-1)]);
    let h = 2.0 / s as f64;
    let mut y = tape.constant(Array1::zeros(n));
    for _ in 0..s {
        let k1 = slope(y);
        let k2 = slope(y + h / 2.0 * k1);
        let k3 = slope(y + h / 2.0 * k2);
        let k4 = slope(y + h * k3);
        y += h / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4);
    }
    Ok(Box::new(match function {
        "primal" => recording.compile(&[y], list)?,
        "gradient" => recording.compile(&[y.index_axis(0, n - 1).grad(x)], list)?,
        _ => return no_function(function),
    }))
}
