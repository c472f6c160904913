//! A recording beside what it is imported and simplified to.

use super::{agree, real};
use crate::evaluate::Evaluator;
use crate::import::import;
use crate::pool::Id;
use autodiff::{Scalar, Var};

/// The largest magnitude among the parts of an expression, at each point.
fn scales<T: Scalar>(evaluator: &Evaluator<'_, '_, T>, id: Id, len: usize) -> Vec<f64> {
    let mut scales = vec![0.0f64; len];
    for node in evaluator.pool.reachable(id) {
        let Ok(value) = evaluator.record(node).and_then(|var| Ok(var.value()?)) else { continue };
        for (place, scale) in scales.iter_mut().enumerate() {
            let value = value.iter().nth(if value.len() == 1 { 0 } else { place }).map_or(0.0, |&x| real(x));
            if value.is_finite() {
                *scale = scale.max(value.abs());
            }
        }
    }
    scales
}

/// The values of a recording, and of what it is imported and simplified to.
pub fn compare<T: Scalar>(
    name: &str,
    recorded: Var<'_, T>,
    inputs: &[Var<'_, T>],
    digits: f64,
    within: impl Fn(f64) -> bool,
) -> usize {
    let tape = recorded.tape();
    let outputs: Vec<Var<'_, T>> = std::iter::once(recorded).chain(inputs.iter().copied()).collect();
    let recording = tape.recording(&outputs).expect("a recording");
    let mut imported = import(&recording, &[]);
    let (id, symbols) = imported.outputs.split_first().expect("outputs");
    let simple = imported.pool.simplify(*id);
    let symbols = symbols.iter().copied().zip(inputs.iter().copied()).collect();
    let evaluator = Evaluator { pool: &imported.pool, tape, rows: None, symbols };
    let left = recorded.value().expect("a value");
    let right = evaluator.record(simple).expect("it is recorded");
    let right = right.broadcast_to(recorded.shape().trailing()).value().expect("a value");
    // The engine's own operations on the way may round: what they are given decides how much.
    let mut scales = scales(&evaluator, *id, left.len());
    if name.starts_with("ln") {
        // What it is the logarithm of is near 1 where that is near 0.
        scales.iter_mut().for_each(|scale| *scale = scale.max(1.0));
    }
    let mut compared = 0;
    for (place, ((&left, &right), &scale)) in left.iter().zip(&right).zip(&scales).enumerate() {
        let at: Vec<f64> = inputs
            .iter()
            .map(|input| input.value().expect("a value").iter().nth(place).map_or(f64::NAN, |&x| real(x)))
            .collect();
        if !at.iter().all(|&x| within(x)) {
            continue;
        }
        let values: (f64, f64) = (real(left), real(right));
        assert!(agree(left, right, scale, digits), "{name} at {at:?}: {values:?}");
        compared += usize::from(values.0.is_finite());
    }
    compared
}
