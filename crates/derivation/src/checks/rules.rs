//! Each rule of a function beside the engine's derivative.

use super::{EDGES, POINTS, Random, real};
use crate::evaluate::Evaluator;
use crate::functions::{RULES, Rule};
use crate::pool::{Len, Pool, Role};
use autodiff::{Scalar, Tape, Wide};
use std::collections::HashMap;

#[test]
fn every_rule_of_a_function_is_its_derivative() {
    let mut random = Random(1);
    for rule in RULES {
        // Special functions are of 16 digits in any scalar.
        let is_special = matches!(rule.name, "lgamma" | "digamma" | "erf" | "erfc" | "norm_cdf" | "norm_pdf");
        if is_special {
            check_rule::<f64>(rule, &mut random);
        } else {
            check_rule::<Wide>(rule, &mut random);
        }
    }
}

/// Compares a rule with the engine's derivative over what the catalogue samples, and at the edges where the function has a value.
fn check_rule<T: Scalar + From<f64>>(rule: &Rule, random: &mut Random) {
    let operation = autodiff::catalogue::operations().find(|operation| operation.name() == rule.name);
    let operation = operation.expect("the catalogue has it");
    let sample = operation.operands()[0];
    let within = |x: f64| sample.low + (sample.high - sample.low) * (x / 8.0 + 0.5).clamp(0.0, 1.0);
    let points: Vec<f64> = (0..POINTS).map(|_| within(random.number())).chain(EDGES.iter().copied()).collect();
    let tape = Tape::<T>::new();
    let x = tape.variable("x", points.iter().map(|&x| <T as From<f64>>::from(x)).collect::<Vec<T>>());
    let values = operation.record(&tape, &[x]);
    let engine = values.sum().grad(x).value().expect("a value");
    let values = values.value().expect("a value");
    let mut pool = Pool::default();
    let symbol = pool.symbol("x", Role::Given, None, vec![Len::Of(points.len())]);
    let call = pool.call(rule.name, &[symbol]);
    let slope = (rule.derivative)(&mut pool, symbol, call);
    let evaluator = Evaluator { pool: &pool, tape: &tape, rows: None, symbols: HashMap::from([(symbol, x)]) };
    let ours = evaluator.record(slope).expect("it is recorded").broadcast_to(&[points.len()]).value().expect("a value");
    let mut compared = 0;
    for (((&at, &value), &engine), &ours) in points.iter().zip(&values).zip(&engine).zip(&ours) {
        let (value, engine, ours) = (real(value), real(engine), real(ours));
        if ours.is_finite() && !value.is_nan() {
            let error = (engine - ours).abs();
            assert!(error <= 1e-12 * engine.abs().max(1e-3), "{} at {at}: {engine} and {ours}", rule.name);
            compared += 1;
        }
    }
    assert!(compared >= POINTS * 9 / 10, "{} was compared at {compared} points alone", rule.name);
}
