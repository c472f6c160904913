//! Why a loss or its gradient is no finite number: the first part of it that isn't, at which point, and of which numbers.

use crate::engine::Data;
use crate::graph::set_values;
use crate::language::record::{Recorded, Term, record};
use crate::language::{Mistake, Span, Text};
use crate::number::spoken;
use autodiff::{Parameters, RecordedNode, Recording, Tape, Var};
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

/// A recording with the values of its nodes.
struct Evaluated<'t> {
    recorded: Recorded<'t>,
    recording: Recording<f64>,
    values: HashMap<usize, ArrayD<f64>>,
}

impl<'t> Evaluated<'t> {
    fn new(text: &Text, tape: &'t Tape<f64>, data: &Data, theta: &[f64]) -> Result<Self, Mistake> {
        let recorded = record(text, tape)?;
        set_values(text, tape, &recorded, data, theta)?;
        let recording = tape.recording(&[recorded.loss]).map_err(|error| Mistake::of(&error, Span::default()))?;
        let value = |term: &Term<'t>| Ok((term.number, value(term.node, term.span)?));
        let values = recorded.terms.iter().map(value).collect::<Result<_, Mistake>>()?;
        Ok(Self { recorded, recording, values })
    }

    /// What the element of a node is of, in words: `: the square root of −0.35`.
    fn numbers(&self, term: &Term<'_>, at: &[usize]) -> String {
        let Some(node) = self.recording.nodes.iter().find(|node| node.number == term.number) else {
            return String::new();
        };
        let shape = self.values.get(&term.number).map_or(&[][..], |value| value.shape());
        let operand = |&place: &usize| {
            let node = self.recording.nodes.get(place)?;
            match node.parameters {
                Parameters::Number(x) => Some(x),
                _ => self.values.get(&node.number)?.broadcast(shape)?.get(at).copied(),
            }
        };
        let exponent = if let Parameters::Exponent(x) = node.parameters { Some(x) } else { None };
        let operands: Vec<f64> = node.operands.iter().filter_map(operand).chain(exponent).collect();
        of_numbers(&term.node.operation(), &operands)
    }

    /// The nodes that are of this one, the nearest first.
    fn users(&self, of: &Term<'_>) -> impl Iterator<Item = &Term<'t>> {
        let place = self.recording.nodes.iter().position(|node| node.number == of.number);
        let is_user = move |node: &&RecordedNode<f64>| place.is_some_and(|place| node.operands.contains(&place));
        let numbers: Vec<usize> = self.recording.nodes.iter().filter(is_user).map(|node| node.number).collect();
        self.recorded.terms.iter().filter(move |term| numbers.contains(&term.number))
    }
}

/// The first part of the loss, as it is written, that isn't finite; `None` if all are.
///
/// # Errors
/// What the engine can't compute.
pub fn trouble(text: &Text, data: &Data, theta: &[f64]) -> Result<Option<Trouble>, Mistake> {
    let tape = Tape::<f64>::new();
    let all = Evaluated::new(text, &tape, data, theta)?;
    for term in &all.recorded.terms {
        let Some((at, found)) = all.values.get(&term.number).and_then(not_finite) else { continue };
        let (place, why) = (point(term, &at), all.numbers(term, &at));
        let reason = sentence(&format!("{place}{} is {}{why}.", text.at(term.span), spoken(found)));
        return Ok(Some(Trouble { node: name(term), reason }));
    }
    Ok(None)
}

/// The first part of the loss, on the way back from it, whose adjoint isn't finite, and what it became so by; `None` if all are.
///
/// # Errors
/// What the engine can't compute.
pub fn gradient_trouble(text: &Text, data: &Data, theta: &[f64]) -> Result<Option<Trouble>, Mistake> {
    let tape = Tape::<f64>::new();
    let all = Evaluated::new(text, &tape, data, theta)?;
    let nodes: Vec<Var<'_, f64>> = all.recorded.terms.iter().map(|term| term.node).collect();
    let adjoints = all.recorded.loss.grads(&nodes);
    let adjoint_of = |number: usize| {
        let place = all.recorded.terms.iter().position(|term| term.number == number)?;
        adjoints.get(place).copied()
    };
    for (term, &adjoint) in all.recorded.terms.iter().zip(&adjoints).rev() {
        let Some((at, found)) = not_finite(&value(adjoint, term.span)?) else { continue };
        let (mut place, mut through) = (point(term, &at), String::new());
        for user in all.users(term) {
            let Some(outer) = adjoint_of(user.number) else { continue };
            let ones = 1.0 + 0.0 * term.node.stop_gradient();
            let part = value(outer * user.node.jvp(&[term.node], &[ones]), user.span)?;
            if let Some((at, _)) = not_finite(&part) {
                place = point(user, &at);
                through = format!(", through {}{}", text.at(user.span), all.numbers(user, &at));
                break;
            }
        }
        let (of, found) = (text.at(term.span), spoken(found));
        let reason = sentence(&format!("{place}the derivative by {of} is {found}{through}."));
        return Ok(Some(Trouble { node: name(term), reason }));
    }
    Ok(None)
}

fn value(node: Var<'_, f64>, span: Span) -> Result<ArrayD<f64>, Mistake> {
    node.value().map_err(|error| Mistake::of(&error, span))
}

/// The first element that isn't finite, and where it is.
fn not_finite(values: &ArrayD<f64>) -> Option<(Vec<usize>, f64)> {
    values.indexed_iter().find(|(_, x)| !x.is_finite()).map(|(at, &x)| (at.slice().to_vec(), x))
}

/// `at point 3, `, of an element of a node that has one for each point.
fn point(term: &Term<'_>, at: &[usize]) -> String {
    let row = at.first().filter(|_| term.node.shape().has_rows());
    row.map_or(String::new(), |row| format!("at point {}, ", row + 1))
}

/// With a capital letter, but where it begins with what the visitor wrote.
fn sentence(words: &str) -> String {
    match words.strip_prefix("at ") {
        Some(rest) => format!("At {rest}"),
        None => words.strip_prefix("the ").map_or(words.into(), |rest| format!("The {rest}")),
    }
}

/// A node of the tape, as its table has it.
fn name(term: &Term<'_>) -> String {
    format!("%{} {}", term.number, term.node.name().unwrap_or_else(|| term.node.operation()))
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
