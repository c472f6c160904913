//! Recordings to look at: as a list of nodes, as algebra, as Graphviz text and as an SVG picture.
//!
//! [`Tape::display`] gives a [`Drawing`] of what some outputs need. All forms are made from one [`Scene`]: the nodes with
//! what is written of them. Plain numbers are written where they are used and have no node of their own.

mod algebra;
mod dot;
mod layout;
mod listing;
mod notation;
mod svg;

use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::ops::{Binary, Op, Unary};
use crate::scalar::Scalar;
use crate::tape::{Inner, Tape, Var};
use crate::value::Evaluated;
pub(crate) use notation::short;
use notation::{Text, preview};
use std::cell::Cell;
use std::collections::HashSet;

/// What computes some outputs, to be looked at. [`Display`](std::fmt::Display) lists it node by node.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
/// let theta = tape.input("theta", &[2]);
/// let pi = x.linear(theta).sigmoid().named("pi");
/// let loss = pi.log_loss(y).sum().named("loss");
/// let drawing = tape.display(&[loss]);
/// assert_eq!(
///     drawing.to_string(),
///     "\
/// %0 = input X           [rows, 2]
/// %1 = input y           [rows]
/// %2 = input theta       [2]
/// %3 = linear(%0, %2)    [rows]
/// %4 = sigmoid(%3)       [rows]     \"pi\"
/// %5 = log_loss(%4, %1)  [rows]
/// %6 = sum(%5)           []         \"loss\"  output
/// "
/// );
/// assert_eq!(drawing.algebra(), "pi = sigmoid(linear(X, theta))\nloss = sum(log_loss(pi, y))\n");
/// assert!(drawing.dot().starts_with("digraph"));
/// assert!(drawing.svg().starts_with("<svg"));
/// ```
#[derive(Clone, Debug)]
pub struct Drawing<'t, T: Scalar> {
    tape: &'t Tape<T>,
    outputs: Vec<NodeId>,
    values: bool,
}

impl<T: Scalar> Tape<T> {
    /// What computes `outputs`, as it was recorded, to be printed or drawn. (Outputs that could not be recorded are left
    /// out: see [`check`](Self::check). One of another tape is an error of the recording, as it is in arithmetic.)
    #[track_caller]
    pub fn display<'t>(&'t self, outputs: &[Var<'t, T>]) -> Drawing<'t, T> {
        if let Err(error) = self.check_owns("display", outputs, std::panic::Location::caller()) {
            self.keep_error(error);
        }
        let here = outputs.iter().filter(|output| !output.is_failed() && self.owns(**output));
        Drawing { tape: self, outputs: here.map(|output| output.id()).collect(), values: false }
    }
}

impl<T: Scalar> Drawing<'_, T> {
    /// Shows the nodes' values, too: a number, or an array's first elements.
    ///
    /// # Errors
    /// As [`Var::value`].
    pub fn with_values(mut self) -> Result<Self> {
        self.tape.check()?;
        for &output in &self.outputs {
            self.tape.var(output).value()?;
        }
        self.values = true;
        Ok(self)
    }

    /// The outputs as formulas: one line for each output, named node, node that is used more than once, and node whose formula is long.
    pub fn algebra(&self) -> String {
        algebra::write(&self.tape.inner().graph, &self.outputs)
    }

    /// The graph in the language of Graphviz (`dot -Tsvg`).
    pub fn dot(&self) -> String {
        dot::write(&self.scene())
    }

    /// The graph as an SVG picture, values flowing from top to bottom.
    pub fn svg(&self) -> String {
        svg::write(&self.scene())
    }

    fn scene(&self) -> Scene {
        Scene::new(&self.tape.inner(), &self.outputs, self.values)
    }
}

/// What a node is to a reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Input,
    Constant,
    /// `linear`, `sigmoid`, `log_loss`: the nodes of the logistic derivation.
    Derivation,
    Operation,
    /// A node that the derivative of another recorded.
    Derivative,
}

/// A node with what is written of it.
struct Item {
    id: NodeId,
    kind: Kind,
    /// In a list: `sum(%3, axes [0])`.
    call: String,
    /// In a picture: `sum(a, axes [0])`.
    title: String,
    name: Option<String>,
    shape: String,
    value: Option<String>,
    /// The operands that are drawn, by their place among the items, in order.
    operands: Vec<usize>,
    is_output: bool,
    /// The node whose derivative recorded this one: `linear %3`.
    primal: Option<String>,
}

/// The nodes that outputs need, in recording order.
struct Scene {
    items: Vec<Item>,
}

impl Scene {
    fn new<T: Scalar>(inner: &Inner<T>, outputs: &[NodeId], values: bool) -> Self {
        let graph = &inner.graph;
        let live = graph.reachable(outputs);
        let outputs: HashSet<NodeId> = outputs.iter().copied().collect();
        let mut places: Vec<Option<usize>> = vec![None; graph.len()];
        let mut items: Vec<Item> = Vec::new();
        for index in 0..graph.len() {
            let id = NodeId(index as u32);
            if !live[index] || is_inlined(graph, id) && !outputs.contains(&id) {
                continue;
            }
            places[index] = Some(items.len());
            let operands = graph.args(id).iter().filter_map(|operand| places[operand.index()]).collect();
            items.push(Item {
                id,
                kind: kind(inner, id),
                call: written(graph, id, |operand| Text::atom(format!("%{}", operand.0))),
                title: title(graph, id),
                name: graph.name(id).map(Into::into),
                shape: graph.shape(id).to_string(),
                value: if values { value(inner, id) } else { None },
                operands,
                is_output: outputs.contains(&id),
                primal: inner.primal_of(id).map(|primal| format!("{} %{}", graph.operation(primal), primal.0)),
            });
        }
        Self { items }
    }
}

/// A text for a line of a picture: with spaces for breaks, and the sign for what can't be shown in place of other control
/// characters, and of those that XML doesn't allow.
fn legible(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Whether a node is written where it is used: a number without a name.
fn is_inlined<T: Scalar>(graph: &Graph<T>, id: NodeId) -> bool {
    matches!(graph.op(id), Op::Scalar(_)) && graph.name(id).is_none()
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
fn written<T: Scalar>(graph: &Graph<T>, id: NodeId, reference: impl Fn(NodeId) -> Text) -> String {
    match graph.op(id) {
        Op::Input(_) => format!("input {}", graph.name(id).unwrap_or_default()),
        Op::Constant(index) => format!("constant {}", preview(graph.constants[index as usize].iter().copied(), false)),
        Op::Scalar(index) => graph.payloads.scalar(index).to_string(),
        Op::RowCount => "number of rows".into(),
        _ => notation::call(graph, id, &operands(graph, id, reference)).text,
    }
}

fn operands<T: Scalar>(graph: &Graph<T>, id: NodeId, reference: impl Fn(NodeId) -> Text) -> Vec<Text> {
    let operand = |&operand: &NodeId| match graph.scalar_value(operand).filter(|_| is_inlined(graph, operand)) {
        Some(number) if number < T::zero() => Text::atom(format!("({number})")),
        Some(number) => Text::atom(number.to_string()),
        None => reference(operand),
    };
    graph.args(id).iter().map(operand).collect()
}

/// The letter of the operand that comes in by the line number `place`.
fn letter(place: usize) -> &'static str {
    const LETTERS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
    LETTERS.get(place).copied().unwrap_or("…")
}

/// The operation as a picture's box says it, with letters for the operands in the order of the lines into the box; the
/// name alone where there is nothing else to say.
fn title<T: Scalar>(graph: &Graph<T>, id: NodeId) -> String {
    match graph.op(id) {
        Op::Input(_) => "input".into(),
        Op::Constant(index) => preview(graph.constants[index as usize].iter().copied(), false),
        Op::Scalar(index) => short(graph.payloads.scalar(index)),
        Op::RowCount => "number of rows".into(),
        // The shape they give stands below the title.
        Op::Reshape | Op::Broadcast => {
            let number = operands(graph, id, |_| Text::atom("")).pop().map(|number| number.text).unwrap_or_default();
            if number.is_empty() { graph.operation(id).into() } else { format!("{}({number})", graph.operation(id)) }
        }
        _ => {
            let letters = Cell::new(0);
            let operands = operands(graph, id, |_| Text::atom(letter(letters.replace(letters.get() + 1))));
            let text = notation::algebra(graph, id, &operands).text;
            let plain: Vec<&str> = (0..operands.len()).map(letter).collect();
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
