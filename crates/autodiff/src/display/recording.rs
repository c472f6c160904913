//! A recording as plain data, for tools that read it: printers of their own, derivations, other languages.

use crate::error::Result;
use crate::graph::NodeId;
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{Tape, Var};
use ndarray::ArrayD;

/// A node of a [`Recording`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedNode<T> {
    /// Its number on the tape: `%3` in printouts.
    pub number: usize,
    /// The operation's name, as in the [catalogue](crate::catalogue); `input`, `constant` and `number` for leaves.
    pub operation: String,
    /// The operands, as places in [`Recording::nodes`]: all stand before the node.
    pub operands: Vec<usize>,
    /// The shape of the result.
    pub shape: Shape,
    /// The name an input was declared with, or the node was given.
    pub name: Option<String>,
    /// What the operation takes beside its operands.
    pub parameters: Parameters<T>,
    /// Whether a derivative recorded it.
    pub is_derivative: bool,
}

/// What an operation takes beside its operands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Parameters<T> {
    /// Nothing.
    None,
    /// The value of a number.
    Number(T),
    /// The value of a constant array.
    Array(ArrayD<T>),
    /// The exponent of `powi` and `powf`.
    Exponent(T),
    /// The order of a member of a family, such as `polygamma`.
    Order(u16),
    /// The axes of a reduction or normalisation.
    Axes(Vec<usize>),
    /// Which of the two factors of a matrix product are transposed.
    Transposed([bool; 2]),
    /// The order of the axes of `permuted_axes`.
    OrderOfAxes(Vec<usize>),
    /// Others, as they are printed.
    Other(Vec<String>),
}

/// What computes some outputs, in recording order; [`Tape::recording`].
#[derive(Clone, Debug)]
pub struct Recording<T> {
    /// The nodes, operands first.
    pub nodes: Vec<RecordedNode<T>>,
    /// The places of the outputs in `nodes`, in the order they were given.
    pub outputs: Vec<usize>,
}

impl<T: Scalar> Tape<T> {
    /// What computes `outputs`, as it was recorded, as plain data.
    ///
    /// ```
    /// use autodiff::{Parameters, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.input("x", &[2]);
    /// let recording = tape.recording(&[(x * x).sum().named("s")])?;
    /// let operations: Vec<_> = recording.nodes.iter().map(|node| node.operation.as_str()).collect();
    /// assert_eq!(operations, ["input", "mul", "sum"]);
    /// let sum = &recording.nodes[recording.outputs[0]];
    /// assert_eq!((sum.operands.as_slice(), sum.name.as_deref()), ([1].as_slice(), Some("s")));
    /// assert_eq!(sum.parameters, Parameters::Axes(vec![0]));
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first error of the recording, one of another tape included.
    #[track_caller]
    pub fn recording(&self, outputs: &[Var<'_, T>]) -> Result<Recording<T>> {
        self.check()?;
        self.check_owns("recording", outputs, std::panic::Location::caller())?;
        let outputs: Vec<NodeId> = outputs.iter().map(|output| output.id()).collect();
        let inner = self.inner();
        let graph = &inner.graph;
        let live = graph.reachable(&outputs);
        let mut places = vec![0; graph.len()];
        let mut nodes = Vec::new();
        for index in (0..graph.len()).filter(|&index| live[index]) {
            let id = NodeId(index as u32);
            places[index] = nodes.len();
            nodes.push(RecordedNode {
                number: index,
                operation: graph.operation(id).into(),
                operands: graph.args(id).iter().map(|operand| places[operand.index()]).collect(),
                shape: graph.shape(id).clone(),
                name: graph.name(id).map(Into::into),
                parameters: parameters(graph, id),
                is_derivative: inner.primal_of(id).is_some(),
            });
        }
        let outputs = outputs.iter().map(|output| places[output.index()]).collect();
        Ok(Recording { nodes, outputs })
    }
}

fn parameters<T: Scalar>(graph: &crate::graph::Graph<T>, id: NodeId) -> Parameters<T> {
    let op = graph.op(id);
    match op {
        Op::Scalar(index) => Parameters::Number(graph.payloads.scalar(index)),
        Op::Constant(index) => Parameters::Array(graph.constants[index as usize].to_owned()),
        Op::Powi(n) => Parameters::Exponent(T::from(n).unwrap_or_else(T::nan)),
        Op::Powf(p) => Parameters::Exponent(graph.payloads.scalar(p)),
        Op::Ordered(_, order) => Parameters::Order(order),
        Op::Reduce(_, axes) | Op::Normalise(_, axes) | Op::Weighted(_, axes) | Op::Triple(axes) | Op::Radial(axes) => {
            Parameters::Axes(axes.iter().collect())
        }
        Op::MatMul { ta, tb, .. } => Parameters::Transposed([ta, tb]),
        Op::Permute(index) => Parameters::OrderOfAxes(graph.payloads.permutation(index).to_vec()),
        _ => {
            let ndim = graph.args(id).first().map_or(0, |&x| graph.shape(x).ndim());
            match op.parameters(&graph.payloads, ndim, graph.shape(id)) {
                none if none.is_empty() => Parameters::None,
                others => Parameters::Other(others),
            }
        }
    }
}
