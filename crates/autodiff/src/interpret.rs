//! The interpreter: evaluates a tape node by node with plain ndarray code. It is the reference for what every operation
//! means, and gives values while recording goes on, so that control flow may depend on them.

use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::ops::{self, Evaluated, Op};
use crate::scalar::Scalar;
use crate::tape::{Var, check_bound_shape, value_at_hand};
use ndarray::ArrayD;
use smallvec::SmallVec;

impl<'t, T: Scalar> Var<'t, T> {
    /// The node's value, from the values at hand of the inputs it depends on.
    ///
    /// What is computed is kept, so asking for the value of a later node computes only what is new. The value is that of
    /// the recording as it stands: no rewrites are applied.
    ///
    /// # Errors
    /// The first error of the recording; an input without a value at hand; rows inputs whose numbers of rows differ; an
    /// index out of range; a matrix that is singular or not positive definite; the failure of a custom operation.
    pub fn value(self) -> Result<ArrayD<T>> {
        self.tape().check()?;
        evaluate_to(self).map(|value| value.numbers().into_owned())
    }

    /// The value of a node that is one number.
    ///
    /// # Errors
    /// As [`value`](Self::value), and of a node that is an array.
    #[track_caller]
    pub fn item(self) -> Result<T> {
        let value = self.value()?;
        match (value.ndim(), value.first()) {
            (0, Some(&item)) => Ok(item),
            _ => Err(Error::NotScalar { shape: self.shape(), source_line: std::panic::Location::caller() }),
        }
    }
}

fn evaluate_to<T: Scalar>(var: Var<'_, T>) -> Result<Evaluated<T>> {
    let mut inner = var.tape().inner_mut();
    let inner = &mut *inner;
    let (graph, values) = (&inner.graph, &mut inner.values);
    values.resize(graph.len(), None);
    let needed = missing(graph, values, var.id());
    let rows = if needed.is_empty() { 0 } else { row_count(graph)? };
    // A custom operation's value is called with the tape borrowed, but it is given arrays only, no handles.
    for id in needed {
        values[id.index()] = Some(evaluate_node(graph, values, id, rows)?);
    }
    values[var.id().index()].clone().ok_or_else(|| Error::Check { reason: "a node was not evaluated".into() })
}

/// The nodes without a value that `root` depends on, operands first.
fn missing<T: Scalar>(graph: &Graph<T>, values: &[Option<Evaluated<T>>], root: NodeId) -> Vec<NodeId> {
    let mut seen = std::collections::HashSet::new();
    let (mut stack, mut needed) = (vec![root], Vec::new());
    while let Some(id) = stack.pop() {
        if values[id.index()].is_none() && seen.insert(id) {
            needed.push(id);
            stack.extend(graph.args(id));
        }
    }
    needed.sort_unstable();
    needed
}

/// The number of rows of the values at hand; 0 where no rows input has one.
fn row_count<T: Scalar>(graph: &Graph<T>) -> Result<usize> {
    let mut first: Option<(&str, usize)> = None;
    for input in &graph.inputs {
        let Some(value) = value_at_hand(&input.value) else { continue };
        let found = match &value {
            Evaluated::Numbers(value) => value.shape().first().copied(),
            Evaluated::Indices(value) => value.shape().first().copied(),
        };
        let Some(found) = found.filter(|_| graph.shape(input.node).has_rows()) else { continue };
        match first {
            None => first = Some((&input.name, found)),
            Some((_, rows)) if rows == found => {}
            Some((other, expected)) => {
                let (name, other) = (input.name.to_string(), other.to_string());
                return Err(Error::RowsDiffer { name, found, other, expected });
            }
        }
    }
    Ok(first.map_or(0, |(_, rows)| rows))
}

fn evaluate_node<T: Scalar>(
    graph: &Graph<T>,
    values: &[Option<Evaluated<T>>],
    id: NodeId,
    rows: usize,
) -> Result<Evaluated<T>> {
    let node = graph.node(id);
    match node.op {
        Op::Input(index) => {
            let input = &graph.inputs[index as usize];
            let shape = graph.shape(id);
            let unbound = || Error::Unbound { name: input.name.to_string(), shape: shape.clone() };
            let value = value_at_hand(&input.value).ok_or_else(unbound)?;
            if let Evaluated::Numbers(value) = &value {
                check_bound_shape(&input.name, shape, value.shape())?;
            }
            Ok(value)
        }
        Op::Constant(index) => Ok(Evaluated::Numbers(graph.constants[index as usize].clone())),
        Op::Scalar(index) => {
            Ok(Evaluated::Numbers(ArrayD::from_elem(ndarray::IxDyn(&[]), graph.scalars[index as usize]).into_shared()))
        }
        _ => {
            let args: SmallVec<[Evaluated<T>; 3]> =
                graph.args(id).iter().filter_map(|arg| values[arg.index()].clone()).collect();
            ops::evaluate(graph, node, &args, rows)
                .map(Evaluated::Numbers)
                .map_err(|failure| failure.at(graph.operation(id).into(), graph.sources[id.index()]))
        }
    }
}
