//! Losses as formulas, at ordinary and at extreme points: values, gradients and Hessians beside those of 1300 digits
//! (`tests/reference/formulas.json`, all points of `formulas_list.py` there). A point at which they aren't right stands in `open.md`, beside
//! this file: what doesn't stand there has to be right, and what stands there has to be as it says.

use autodiff::{Scalar, Tape, Var};
use ndarray::{ArrayD, arr0, arr1};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

mod formula;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/formulas.json");
const OPEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formulas/open.md");

/// The points; those right, not finite and wrong. The last two may only fall.
const COUNTS: (usize, usize, usize, usize) = (963, 832, 3, 128);

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

/// What a number is beside the right one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Verdict {
    Right,
    NotFinite,
    Wrong,
}

/// Right is what is so to ten thousand units in the last place, or to sixteen times what rounding of the inputs does to it.
fn verdict(found: f64, right: f64, moved: f64) -> Verdict {
    let is_right = (found - right).abs() <= 1e4 * f64::EPSILON * right.abs() + 16.0 * moved
        || found == right
        || right.abs() < 1.0 / f64::MAX && found.abs() < 4.0 / f64::MAX;
    match is_right {
        true => Verdict::Right,
        false if found.is_finite() => Verdict::Wrong,
        false => Verdict::NotFinite,
    }
}

/// The points that aren't right: by loss and point, with their verdicts and what was found.
type Open = BTreeMap<(String, String), (Verdict, String)>;

fn found() -> (usize, Open) {
    let losses: Value = serde_json::from_str(&std::fs::read_to_string(REFERENCE).unwrap()).unwrap();
    let (mut points, mut open) = (0, Open::new());
    for (name, entry) in losses.as_object().unwrap() {
        let names: Vec<&str> = entry["inputs"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let formula = entry["formula"].as_str().unwrap();
        for point in entry["points"].as_array().unwrap() {
            points += 1;
            let (right, moved) = (numbers(&point["right"]), numbers(&point["moved"]));
            let [program, interpreter] = results::<f64>(formula, &names, point["at"].as_array().unwrap());
            // The interpreter takes the value as it was recorded.
            let ways = [("program", 0, &program[..]), ("interpreter", 1, &interpreter[1..])];
            for (way, skipped, found) in ways {
                for (index, &found) in found.iter().enumerate() {
                    let place = skipped + index;
                    let (right, moved) = (right[place], moved[place]);
                    let verdict = verdict(found, right, moved);
                    let worst = open.get(&(name.clone(), point["at"].to_string())).map_or(Verdict::Right, |w| w.0);
                    if verdict > worst {
                        let text = format!("number {place} by the {way} is {found:e}, not {right:e}");
                        open.insert((name.clone(), point["at"].to_string()), (verdict, text));
                    }
                }
            }
        }
    }
    (points, open)
}

/// The points that the list says aren't right.
fn listed() -> BTreeMap<(String, String), Verdict> {
    let (mut verdict, mut listed) = (Verdict::Right, BTreeMap::new());
    for line in std::fs::read_to_string(OPEN).unwrap().lines() {
        verdict = match line {
            "## Wrong" => Verdict::Wrong,
            "## Not finite" => Verdict::NotFinite,
            _ => verdict,
        };
        if let Some((name, at)) = line.strip_prefix("- ").and_then(|point| point.split_once(" at ")) {
            listed.insert((name.to_string(), at.to_string()), verdict);
        }
    }
    listed
}

#[test]
fn losses_are_right_at_ordinary_and_extreme_points_but_for_those_listed() {
    let ((points, open), listed) = (found(), listed());
    let is_as_listed =
        |(point, (verdict, _)): &(&(String, String), &(Verdict, String))| listed.get(*point) == Some(verdict);
    let lines = |(point, (verdict, text)): (&(String, String), &(Verdict, String))| {
        format!("{verdict:?}: {} at {}: {text}", point.0, point.1)
    };
    let new: Vec<String> = open.iter().filter(|point| !is_as_listed(point)).map(lines).collect();
    let mended: Vec<String> = listed
        .keys()
        .filter(|point| !open.contains_key(*point))
        .map(|point| format!("{} at {}", point.0, point.1))
        .collect();
    assert!(new.is_empty(), "{} points are other than listed:\n{}", new.len(), new.join("\n"));
    assert!(mended.is_empty(), "{} points are right: take them from the list:\n{}", mended.len(), mended.join("\n"));
    let count = |verdict: Verdict| listed.values().filter(|&&other| other == verdict).count();
    let counts = (points, points - listed.len(), count(Verdict::NotFinite), count(Verdict::Wrong));
    assert_eq!(counts, COUNTS, "points; right, not finite, wrong: no change may make more of them not finite or wrong");
}
