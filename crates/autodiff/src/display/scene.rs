//! What there is to see of a recording: its nodes, with what is written of them.

use super::notation::{self, Text, preview, short};
use super::picture::{Kind, Letters, Line, Picture, PictureNode, Role};
use super::plain::{Plain, is_inlined};
use crate::graph::{Graph, InputValue, NodeId};
use crate::ops::{Binary, Op, Unary};
use crate::scalar::Scalar;
use crate::tape::Inner;
use crate::value::Evaluated;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// A node with what is written of it.
pub(super) struct Item {
    pub(super) id: NodeId,
    pub(super) kind: Kind,
    /// In a list: `sum(%3, axes [0])`.
    pub(super) call: String,
    /// In a picture: `sum(a, axes [0])`.
    pub(super) title: String,
    pub(super) name: Option<String>,
    pub(super) shape: String,
    pub(super) value: Option<String>,
    /// The derivative of a loss by it.
    pub(super) adjoint: Option<String>,
    /// The operands that are drawn, by their place among the items, in order.
    pub(super) operands: Vec<usize>,
    /// Whether the operands may change places.
    pub(super) commutes: bool,
    pub(super) is_output: bool,
    /// The node whose derivative recorded this one: `linear %3`.
    pub(super) primal: Option<String>,
}

impl Item {
    /// What a box says: what it is, the name, the shape, the value, the adjoint.
    fn lines(&self) -> Vec<Line> {
        let shape = if self.shape == "[]" { None } else { Some(self.shape.clone()) };
        let lines = [
            (Role::Title, Some(self.title.clone())),
            (Role::Detail, self.name.clone()),
            (Role::Detail, shape),
            (Role::Detail, self.value.as_ref().map(|value| format!("= {value}"))),
            (Role::Adjoint, self.adjoint.as_ref().map(|adjoint| format!("∂ {adjoint}"))),
        ];
        lines.into_iter().filter_map(|(role, text)| text.map(|text| Line { role, text })).collect()
    }
}

/// The nodes that outputs need, in recording order.
pub(super) struct Scene {
    pub(super) items: Vec<Item>,
    letters: Letters,
}

impl Scene {
    /// The scene, with values where they are asked for and with the adjoints that are given, by node; `plain` has left nodes out.
    pub(super) fn new<T: Scalar>(
        inner: &Inner<T>,
        outputs: &[NodeId],
        values: bool,
        adjoints: &HashMap<NodeId, NodeId>,
        plain: &Plain,
    ) -> Self {
        let graph = &inner.graph;
        let live = plain.reachable(graph, outputs);
        let outputs: HashSet<NodeId> = outputs.iter().copied().collect();
        let nodes = (0..graph.len()).filter(|&index| live[index]).map(|index| NodeId(index as u32));
        let letters = Letters::beside(nodes.filter_map(|id| graph.name(id)));
        let mut places: Vec<Option<usize>> = vec![None; graph.len()];
        let mut items: Vec<Item> = Vec::new();
        for index in 0..graph.len() {
            let id = NodeId(index as u32);
            if !live[index] || is_inlined(graph, id) && !outputs.contains(&id) {
                continue;
            }
            places[index] = Some(items.len());
            let args = plain.args(graph, id);
            let operands = args.iter().filter_map(|operand| places[operand.index()]).collect();
            items.push(Item {
                id,
                kind: kind(inner, id),
                call: written(graph, id, |operand| Text::atom(format!("%{}", operand.0))),
                title: title(graph, id, &args, &letters),
                name: graph.name(id).map(Into::into),
                shape: graph.shape(id).to_string(),
                value: if values { value(inner, id) } else { None },
                adjoint: adjoints.get(&id).and_then(|&adjoint| value(inner, adjoint)),
                operands,
                commutes: graph.op(id).commutes(),
                is_output: outputs.contains(&id),
                primal: inner.primal_of(id).map(|primal| format!("{} %{}", graph.operation(primal), primal.0)),
            });
        }
        Self { items, letters }
    }

    /// The scene as boxes and lines.
    pub(super) fn picture(&self) -> Picture {
        let node = |item: &Item| PictureNode {
            number: item.id.index(),
            kind: item.kind,
            lines: item.lines(),
            operands: item.operands.clone(),
            names_operands: !item.commutes,
            is_output: item.is_output,
            group: 0,
        };
        let nodes = self.items.iter().map(node).collect();
        Picture { nodes, groups: Vec::new(), letters: self.letters.clone() }
    }
}

/// The nodes of a scene that have derivatives: all but constants and indices.
pub(super) fn differentiable<T: Scalar>(inner: &Inner<T>, outputs: &[NodeId]) -> Vec<NodeId> {
    let graph = &inner.graph;
    let live = graph.reachable(outputs);
    let nodes = (0..graph.len()).filter(|&index| live[index]).map(|index| NodeId(index as u32));
    let is_differentiable = |id: &NodeId| match graph.op(*id) {
        Op::Input(input) => matches!(graph.inputs[input as usize].value, InputValue::Numbers(_)),
        Op::Constant(_) | Op::Scalar(_) | Op::RowCount => false,
        _ => true,
    };
    nodes.filter(is_differentiable).collect()
}

fn kind<T: Scalar>(inner: &Inner<T>, id: NodeId) -> Kind {
    if inner.primal_of(id).is_some() {
        return Kind::Derivative;
    }
    match inner.graph.op(id) {
        Op::Input(_) => Kind::Input,
        Op::Constant(_) | Op::Scalar(_) => Kind::Constant,
        Op::Linear | Op::Unary(Unary::Sigmoid) | Op::Binary(Binary::LogLoss) => Kind::Derivation,
        _ => Kind::Operation,
    }
}

/// The node with its operands as `reference` writes them, numbers as they are.
pub(super) fn written<T: Scalar>(graph: &Graph<T>, id: NodeId, reference: impl Fn(NodeId) -> Text) -> String {
    match graph.op(id) {
        Op::Input(_) => format!("input {}", graph.name(id).unwrap_or_default()),
        Op::Constant(index) => format!("constant {}", preview(graph.constants[index as usize].iter().copied(), false)),
        Op::Scalar(index) => graph.payloads.scalar(index).to_string(),
        Op::RowCount => "number of rows".into(),
        _ => notation::call(graph, id, &operands(graph, graph.args(id), reference)).text,
    }
}

pub(super) fn operands<T: Scalar>(graph: &Graph<T>, args: &[NodeId], reference: impl Fn(NodeId) -> Text) -> Vec<Text> {
    let operand = |&operand: &NodeId| match graph.scalar_value(operand).filter(|_| is_inlined(graph, operand)) {
        Some(number) if number < T::zero() => Text::atom(format!("({number})")),
        Some(number) => Text::atom(number.to_string()),
        None => reference(operand),
    };
    args.iter().map(operand).collect()
}

/// The operation as a picture's box says it, with letters for the operands in the order of the lines into the box; the
/// name alone where there is nothing else to say.
fn title<T: Scalar>(graph: &Graph<T>, id: NodeId, args: &[NodeId], letters: &Letters) -> String {
    match graph.op(id) {
        Op::Input(_) => "input".into(),
        Op::Constant(index) => preview(graph.constants[index as usize].iter().copied(), false),
        Op::Scalar(index) => short(graph.payloads.scalar(index)),
        Op::RowCount => "number of rows".into(),
        // The shape they give stands below the title.
        Op::Reshape | Op::Broadcast => {
            let number = operands(graph, args, |_| Text::atom("")).pop().map(|number| number.text).unwrap_or_default();
            if number.is_empty() { graph.operation(id).into() } else { format!("{}({number})", graph.operation(id)) }
        }
        _ => {
            let place = Cell::new(0);
            let operands = operands(graph, args, |_| Text::atom(letters.at(place.replace(place.get() + 1))));
            let text = notation::algebra(graph, id, &operands).text;
            let plain: Vec<String> = (0..operands.len()).map(|place| letters.at(place)).collect();
            match text.strip_suffix(&format!("({})", plain.join(", "))) {
                Some(name) => name.into(),
                None => text,
            }
        }
    }
}

fn value<T: Scalar>(inner: &Inner<T>, id: NodeId) -> Option<String> {
    match inner.values.get(id.index())?.as_ref()? {
        Evaluated::Numbers(value) => Some(preview(value.iter().copied(), value.ndim() == 0)),
        Evaluated::Indices(value) => {
            let mut shown: Vec<String> = value.iter().take(4).map(usize::to_string).collect();
            if value.len() > 4 {
                shown.push("…".into());
            }
            Some(format!("[{}]", shown.join(", ")))
        }
    }
}
