//! `gmm`: the log posterior of a mixture of Gaussians with a Wishart prior, and its gradient.

use crate::Result;
use crate::compiled::{Evaluation, Recording, nested, number};
use crate::protocol::no_function;
use autodiff::{Tape, Var};
use ndarray::{Array1, Array2};
use serde::Deserialize;
use serde_json::{Value, from_value, json};
use std::f64::consts::PI;

#[derive(Deserialize)]
struct Input {
    d: usize,
    k: usize,
    n: usize,
    x: Vec<Vec<f64>>,
    m: usize,
    gamma: f64,
    alpha: Vec<f64>,
    mu: Vec<Vec<f64>>,
    q: Vec<Vec<f64>>,
    l: Vec<Vec<f64>>,
}

/// A matrix, from the list of its rows.
pub(crate) fn matrix(rows: Vec<Vec<f64>>, columns: usize) -> Result<Array2<f64>> {
    let count = rows.len();
    Ok(Array2::from_shape_vec((count, columns), rows.into_iter().flatten().collect())?)
}

/// Where the element of column i and row j of a lower triangular matrix stands in a list of its diagonal, its strictly lower triangle
/// column by column, and a zero.
fn places(d: usize) -> Array2<usize> {
    let zero = d + d * (d - 1) / 2;
    let before = |i: usize| i * d - i * (i + 1) / 2;
    Array2::from_shape_fn((d, d), |(i, j)| match j {
        j if j == i => i,
        j if j > i => d + before(i) + (j - i - 1),
        _ => zero,
    })
}

/// ln Γ_d(x).
fn ln_multivariate_gamma<'t>(tape: &'t Tape<f64>, x: f64, d: usize) -> Var<'t, f64> {
    let start = tape.number((d * (d - 1)) as f64 / 4.0 * PI.ln());
    (0..d).fold(start, |sum, j| sum + tape.number(x - j as f64 / 2.0).lgamma())
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { d, k, n, x, m, gamma, alpha, mu, q, l } = from_value(input)?;
    let tape = Tape::new();
    let mut recording = Recording::on(&tape);
    let x = recording.rows("x", matrix(x, d)?);
    let alpha = recording.input("alpha", Array1::from_vec(alpha));
    let mu = recording.input("mu", matrix(mu, d)?);
    let q = recording.input("q", matrix(q, d)?);
    let l = recording.input("l", matrix(l, d * (d - 1) / 2)?);

    // Qᵀ of every component: d × d × k.
    let diagonal = q.exp();
    let zero = tape.constant(Array2::zeros((k, 1)));
    let entries = tape.concatenate(1, &[diagonal, l, zero]).t();
    let factors = entries.gather(tape.index_constant(places(d)));
    let shift = (factors * mu.t().insert_axis(1)).sum_axes(&[0]);
    let sum_q = q.sum_axes(&[1]);

    let scaled = x.dot(factors.reshape(&[d, d * k])) - shift.reshape(&[d * k]);
    let distance = (scaled * scaled).reshape(&[d, k]).sum_axes(&[1]);
    let beta = alpha + sum_q - 0.5 * distance;
    let constant = -(n as f64) * d as f64 / 2.0 * (2.0 * PI).ln();
    let likelihood = beta.logsumexp_axes(&[1]).sum() - n as f64 * alpha.logsumexp() + constant;

    let freedom = (d + m + 1) as f64;
    let frobenius = (diagonal * diagonal).sum() + (l * l).sum();
    let scale = freedom * d as f64 * (gamma / 2f64.sqrt()).ln() - ln_multivariate_gamma(&tape, freedom / 2.0, d);
    let prior = k as f64 * scale - gamma * gamma / 2.0 * frobenius + m as f64 * q.sum();

    let objective = likelihood + prior;
    Ok(Box::new(match function {
        "objective" => recording.compile(&[objective], number)?,
        "jacobian" => recording.compile(&objective.grads(&[alpha, mu, q, l]), |outputs| {
            let [alpha, mu, q, l] = outputs else { return Value::Null };
            json!({ "alpha": nested(alpha), "mu": nested(mu), "q": nested(q), "l": nested(l) })
        })?,
        _ => return no_function(function),
    }))
}
