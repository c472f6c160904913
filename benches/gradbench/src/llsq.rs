//! `llsq`: half the sum of squared residuals of a polynomial, and its gradient by the coefficients.

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
    n: usize,
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { x, n } = from_value(input)?;
    let m = x.len();
    let tape = Tape::new();
    let mut recording = Recording::on(&tape);
    let x = recording.input("x", Array1::from_vec(x));
    let t = recording.rows("t", Array1::from_shape_fn(n, |i| 2.0 * i as f64 / (n as f64 - 1.0) - 1.0));

    let coefficients: Vec<_> = (0..m).map(|j| x.index_axis(0, j)).collect();
    let polynomial = coefficients.into_iter().rev().reduce(|sum, coefficient| sum * t + coefficient);
    let polynomial = polynomial.ok_or("a polynomial has a coefficient")?;
    let residual = t.signum() - polynomial;
    let objective = (residual * residual).sum() / 2;
    Ok(Box::new(match function {
        "primal" => recording.compile(&[objective], number)?,
        "gradient" => recording.compile(&[objective.grad(x)], list)?,
        _ => return no_function(function),
    }))
}
