//! The tape with primals and adjoints: what reverse mode computes, node by node.

use crate::engine::{Data, bindings};
use crate::language::record::{Recorded, Term, record};
use crate::language::{Mistake, Span, Text};
use crate::number::{Number, numbers, spoken};
use autodiff::{Parameters, Recording, Tape, Var};
use ndarray::{ArrayD, Axis};
use serde::Serialize;

/// How many elements of a value are shown.
const SHOWN: usize = 3;

/// The most nodes that are drawn.
const MOST_DRAWN: usize = 150;

/// What a text records.
#[derive(Clone, Debug, Serialize)]
pub struct Graph {
    /// The picture, with primals and adjoints in its boxes; empty where there are too many. The title of a box is the number of its
    /// node: `%3`.
    pub svg: String,
    /// The nodes, in the order in which they were recorded.
    pub nodes: Vec<Node>,
}

/// A node of the tape.
#[derive(Clone, Debug, Serialize)]
pub struct Node {
    /// Its number.
    pub number: usize,
    /// Its operation.
    pub operation: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What it is of: the numbers and names of nodes, and numbers.
    pub operands: Vec<String>,
    /// Its shape.
    pub shape: String,
    /// The part of the text that recorded it.
    pub span: Span,
}

/// What a node's value is, and the derivative of the loss by it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Values {
    /// The number of the node.
    pub number: usize,
    /// The first elements of its value; of one row, if one is chosen and the node has rows.
    pub primal: Vec<Number>,
    /// The same of its adjoint.
    pub adjoint: Vec<Number>,
    /// Whether there are more elements than are shown.
    pub more: bool,
}

/// What a text records.
///
/// # Errors
/// What is wrong with the text.
pub fn graph(text: &Text, data: &Data, theta: &[f64]) -> Result<Graph, Mistake> {
    let tape = Tape::<f64>::new();
    let recorded = record(text, &tape)?;
    let loss = if recorded.loss.name().is_none() { recorded.loss.named("loss") } else { recorded.loss };
    set_values(text, &tape, &recorded, data, theta)?;
    let drawn = || {
        let drawing = tape.display(&[loss]);
        drawing.clone().with_adjoints(loss).unwrap_or(drawing).svg()
    };
    let recording = tape.recording(&[loss]).map_err(|error| Mistake::of(&error, Span::default()))?;
    let svg = if recorded.terms.len() > MOST_DRAWN { String::new() } else { drawn() };
    let node = |term: &Term<'_>| Node {
        number: term.number,
        operation: term.node.operation(),
        name: term.node.name(),
        operands: operands(&recording, term.number),
        shape: term.node.shape().to_string(),
        span: term.span,
    };
    Ok(Graph { svg, nodes: recorded.terms.iter().map(node).collect() })
}

/// What the node of a number is of: `%3 y`, a number as it is written, an exponent last.
fn operands(recording: &Recording<f64>, number: usize) -> Vec<String> {
    let Some(node) = recording.nodes.iter().find(|node| node.number == number) else { return Vec::new() };
    let operand = |&place: &usize| {
        let node = recording.nodes.get(place)?;
        Some(match (&node.parameters, &node.name) {
            (_, Some(name)) => format!("%{} {name}", node.number),
            (&Parameters::Number(x), None) => spoken(x),
            _ => format!("%{}", node.number),
        })
    };
    let exponent = if let Parameters::Exponent(x) = node.parameters { Some(spoken(x)) } else { None };
    node.operands.iter().filter_map(operand).chain(exponent).collect()
}

/// The primals and adjoints of all nodes: as they were written, without rewrites. `row` chooses an observation.
///
/// # Errors
/// What the engine can't compute.
pub fn values(text: &Text, data: &Data, theta: &[f64], row: Option<usize>) -> Result<Vec<Values>, Mistake> {
    let tape = Tape::<f64>::new();
    let recorded = record(text, &tape)?;
    let nodes: Vec<Var<'_, f64>> = recorded.terms.iter().map(|term| term.node).collect();
    let adjoints = recorded.loss.grads(&nodes);
    set_values(text, &tape, &recorded, data, theta)?;
    let parts = recorded.terms.iter().zip(adjoints);
    parts
        .map(|(term, adjoint)| {
            let value = |node: Var<'_, f64>| node.value().map_err(|error| Mistake::of(&error, term.span));
            let (primal, adjoint) = (value(term.node)?, value(adjoint)?);
            let row = row.filter(|_| term.node.shape().has_rows());
            let (primal, more) = preview(primal, row);
            Ok(Values { number: term.number, primal, adjoint: preview(adjoint, row).0, more })
        })
        .collect()
}

/// Gives the leaves of a recording their values.
pub(crate) fn set_values(
    text: &Text,
    tape: &Tape<f64>,
    recorded: &Recorded<'_>,
    data: &Data,
    theta: &[f64],
) -> Result<(), Mistake> {
    let reads: Vec<&'static str> = recorded.data.iter().map(|(name, _)| *name).collect();
    tape.set_values(&bindings(text, data, theta, &reads)).map_err(|error| Mistake::of(&error, Span::default()))
}

fn preview(value: ArrayD<f64>, row: Option<usize>) -> (Vec<Number>, bool) {
    let value = match row {
        Some(row) if value.ndim() > 0 && row < value.len_of(Axis(0)) => value.index_axis_move(Axis(0), row),
        _ => value,
    };
    (numbers(value.iter().copied().take(SHOWN)), value.len() > SHOWN)
}
