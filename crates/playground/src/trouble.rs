//! Why a loss is no finite number: the first part of it that isn't, at which point, and of which numbers.

use crate::engine::Data;
use crate::graph::set_values;
use crate::language::record::record;
use crate::language::{Mistake, Span, Text};
use crate::number::spoken;
use autodiff::{Parameters, Tape};
use ndarray::{ArrayD, Dimension};
use serde::Serialize;
use std::collections::HashMap;

/// The first part of a loss that isn't finite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Its node on the tape: `%9 sqrt`.
    pub node: String,
    /// A sentence: `At point 3, sqrt(y - X*theta) is NaN: the square root of −0.35.`
    pub reason: String,
}

/// The first part of the loss, as it is written, that isn't finite; `None` if all are.
///
/// # Errors
/// What the engine can't compute.
pub fn trouble(text: &Text, data: &Data, theta: &[f64]) -> Result<Option<Trouble>, Mistake> {
    let tape = Tape::<f64>::new();
    let recorded = record(text, &tape)?;
    set_values(text, &tape, &recorded, data, theta)?;
    let recording = tape.recording(&[recorded.loss]).map_err(|error| Mistake::of(&error, Span::default()))?;
    let mut values: HashMap<usize, ArrayD<f64>> = HashMap::new();
    for term in &recorded.terms {
        let value = term.node.value().map_err(|error| Mistake::of(&error, term.span))?;
        let Some((at, found)) = value.indexed_iter().find(|(_, x)| !x.is_finite()).map(|(at, x)| (at, *x)) else {
            values.insert(term.number, value);
            continue;
        };
        let operand = |&place: &usize| {
            let node = recording.nodes.get(place)?;
            match node.parameters {
                Parameters::Number(x) => Some(x),
                _ => values.get(&node.number)?.broadcast(value.shape())?.get(at.slice()).copied(),
            }
        };
        let node = recording.nodes.iter().find(|node| node.number == term.number);
        let exponent = node.and_then(|node| match node.parameters {
            Parameters::Exponent(x) => Some(x),
            _ => None,
        });
        let operands: Option<Vec<f64>> =
            node.map(|node| node.operands.iter().filter_map(operand).chain(exponent).collect());
        let operation = term.node.operation();
        let point = at.slice().first().filter(|_| term.node.shape().has_rows());
        let place = point.map_or(String::new(), |row| format!("At point {}, ", row + 1));
        let why = of_numbers(&operation, &operands.unwrap_or_default());
        let reason = format!("{place}{} is {}{why}.", text.at(term.span), spoken(found));
        let name = term.node.name().unwrap_or(operation);
        return Ok(Some(Trouble { node: format!("%{} {name}", term.number), reason }));
    }
    Ok(None)
}

/// What an operation is of, in words; nothing where there are no numbers to be named.
fn of_numbers(operation: &str, operands: &[f64]) -> String {
    let said: Vec<String> = operands.iter().copied().map(spoken).collect();
    match (operation, said.as_slice()) {
        (_, []) => String::new(),
        ("sqrt", [a]) => format!(": the square root of {a}"),
        ("ln", [a]) => format!(": the logarithm of {a}"),
        ("exp", [a]) => format!(": e to the power {a}"),
        ("div", [a, b]) => format!(": {a} divided by {b}"),
        ("mul", [a, b]) => format!(": {a} times {b}"),
        ("add", [a, b]) => format!(": {a} plus {b}"),
        ("sub", [a, b]) => format!(": {a} minus {b}"),
        ("pow" | "powi" | "powf", [a, b]) => format!(": {a} to the power {b}"),
        (name, all) => format!(": {name} of {}", all.join(" and ")),
    }
}
