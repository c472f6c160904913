//! echidna: tapes of single numbers, recorded once and replayed, by one thread.
//!
//! A row of the data is some two operations a column, so that only small data fit.

use super::converted;
use crate::Result;
use crate::contest::Contest;
use crate::data::{Array, STEP};
use crate::settings::Dtype;
use crate::vector::Real;
use echidna::BReverse;
use num_traits::Float;
use std::hint::black_box;

/// The most elements a design matrix may have, and the most operations of a chain.
const MOST: usize = 1 << 20;

pub(super) fn enter<T: Real>(contest: &mut Contest<'_>, arrays: &[Array<'_, T>]) -> Result<()> {
    let settings = contest.settings();
    if settings.dtype != Dtype::F64 || settings.threads != 1 {
        return Ok(());
    }
    let (elements, operations) = (settings.rows * settings.cols, settings.rows);
    match settings.case.as_str() {
        "logistic-gradient" if elements <= MOST => enter_logistic(contest, arrays),
        "scalar-replay" if operations <= MOST => enter_replay(contest, arrays, operations / STEP),
        "record-compile" if operations <= MOST => enter_record(contest, operations),
        _ => Ok(()),
    }
}

fn numbers<T: Real>(arrays: &[Array<'_, T>], name: &str) -> Result<Vec<f64>> {
    Ok(converted(arrays, name, |x| x.to_f64().unwrap_or(f64::NAN))?.1)
}

fn enter_logistic<T: Real>(contest: &mut Contest<'_>, arrays: &[Array<'_, T>]) -> Result<()> {
    let (x, y, theta) = (numbers(arrays, "x")?, numbers(arrays, "y")?, numbers(arrays, "theta")?);
    let loss = |theta: &[BReverse<f64>]| {
        let mut loss = theta[0] * 0.0;
        for (row, &y) in x.chunks_exact(theta.len()).zip(&y) {
            let mut z = theta[0] * row[0];
            for (&theta, &x) in theta.iter().zip(row).skip(1) {
                z += theta * x;
            }
            loss = loss + z.exp().ln_1p() - z * y;
        }
        loss
    };
    let (mut tape, _) = echidna::record(loss, &theta);
    let mut adjoints = Vec::new();
    contest.enter("echidna", move || {
        let gradient = tape.gradient_with_buf(&theta, &mut adjoints);
        Ok(gradient.iter().sum::<f64>() + tape.output_value())
    })
}

/// The recurrence of the case: its value, and its value with the gradient.
fn enter_replay<T: Real>(contest: &mut Contest<'_>, arrays: &[Array<'_, T>], steps: usize) -> Result<()> {
    let inputs = [numbers(arrays, "x")?, numbers(arrays, "a")?].concat();
    let recurrence = |inputs: &[BReverse<f64>]| {
        let (mut x, a) = (inputs[0], inputs[1]);
        for _ in 0..steps {
            x = x + (a - x) * x * 0.001;
        }
        x
    };
    let (mut tape, _) = echidna::record(recurrence, &inputs);
    let (mut with_gradient, _) = echidna::record(recurrence, &inputs);
    let of_gradient = inputs.clone();
    contest.enter("echidna", move || {
        tape.forward(&inputs);
        Ok(tape.output_value())
    })?;
    let mut adjoints = Vec::new();
    contest.enter_unchecked("echidna-gradient", move || {
        black_box(with_gradient.gradient_with_buf(&of_gradient, &mut adjoints));
        Ok(())
    })
}

/// The chain of the case; recording computes its values too.
fn enter_record(contest: &mut Contest<'_>, nodes: usize) -> Result<()> {
    let chain = move |inputs: &[BReverse<f64>]| {
        let (a, mut x) = (inputs[0], inputs[1]);
        for _ in 0..nodes / 2 {
            x = (x * a).sin();
        }
        x
    };
    contest.enter_unchecked("echidna-record", move || {
        black_box(echidna::record(chain, black_box(&[1.5, 0.5])));
        Ok(())
    })
}
