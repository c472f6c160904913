//! Losses as formulas, at ordinary and at extreme points: values, gradients and Hessians beside those of 1300 digits. The list in
//! `tests/reference/formulas_list.py` has more points, where cancellation that no rewrite sees leaves fewer digits.

use autodiff::{Scalar, Tape, Var};
use ndarray::{ArrayD, arr0, arr1};
use serde_json::Value;
use std::collections::HashMap;

mod formula;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/");

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// The value, the gradient and the Hessian by all numbers that the inputs are made of, from a program and, but for the value, from
/// the interpreter.
fn results<T: Scalar>(formula: &str, names: &[&str], at: &[Value]) -> [Vec<T>; 2] {
    let tape = Tape::<T>::new();
    let real = |x: f64| T::from(x).unwrap();
    let inputs: Vec<Var<'_, T>> = at
        .iter()
        .zip(names)
        .map(|(value, name)| match value.as_array() {
            Some(_) => tape.variable(name, arr1(&numbers(value)).mapv(real)),
            None => tape.variable(name, arr0(real(number(value)))),
        })
        .collect();
    let named: HashMap<&str, Var<'_, T>> = names.iter().copied().zip(inputs.iter().copied()).collect();
    let loss = formula::record(&tape, formula, &named);
    let gradients = loss.grads(&inputs);
    let mut outputs = vec![loss];
    outputs.extend(&gradients);
    for gradient in gradients {
        let parts = gradient.shape().trailing().iter().product::<usize>();
        for part in 0..parts {
            let part = if gradient.shape().is_scalar() { gradient } else { gradient.index_axis(0, part) };
            outputs.extend(part.grads(&inputs));
        }
    }
    let flat =
        |values: &[ArrayD<T>]| values.iter().flat_map(|value| value.iter().copied().collect::<Vec<_>>()).collect();
    let program = tape.compile(&outputs).unwrap().run(&[]).unwrap();
    let interpreted: Vec<ArrayD<T>> = outputs.iter().map(|output| output.value().unwrap()).collect();
    [flat(&program), flat(&interpreted)]
}

/// Whether a number is right: to ten thousand units in its last place, or to sixteen times what rounding of the inputs does to it.
fn is_right(found: f64, right: f64, moved: f64) -> bool {
    (found - right).abs() <= 1e4 * f64::EPSILON * right.abs() + 16.0 * moved
        || found == right
        || right.abs() < 1.0 / f64::MAX && found.abs() < 4.0 / f64::MAX
}

#[test]
fn losses_of_all_kinds_are_right_at_extreme_points_too() {
    let reference: Value =
        serde_json::from_str(&std::fs::read_to_string(format!("{REFERENCE}formulas.json")).unwrap()).unwrap();
    let (mut compared, mut wrong) = (0, Vec::new());
    for (name, entry) in reference.as_object().unwrap() {
        let names: Vec<&str> = entry["inputs"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let formula = entry["formula"].as_str().unwrap();
        for point in entry["points"].as_array().unwrap() {
            let (right, moved) = (numbers(&point["right"]), numbers(&point["moved"]));
            let [program, interpreter] = results::<f64>(formula, &names, point["at"].as_array().unwrap());
            // The interpreter takes the value as it was recorded.
            for (way, found) in [("program", &program[..]), ("interpreter", &interpreter[1..])] {
                let skipped = program.len() - found.len();
                for (index, &found) in found.iter().enumerate() {
                    let (right, moved) = (right[skipped + index], moved[skipped + index]);
                    compared += 1;
                    if !is_right(found, right, moved) {
                        let place = skipped + index;
                        wrong.push(format!(
                            "{name} at {}: number {place} by the {way} is {found:e}, not {right:e}",
                            point["at"]
                        ));
                    }
                }
            }
        }
    }
    println!("{compared} numbers of {} losses", reference.as_object().unwrap().len());
    assert!(wrong.is_empty() && compared > 10_000, "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}
