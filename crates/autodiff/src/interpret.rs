//! The interpreter: evaluates a tape node by node with plain ndarray code. It is the reference for what every operation
//! means, and gives values while recording goes on, so that control flow may depend on them.

use crate::error::{Error, Result};
use crate::graph::{Custom, Graph, NodeId};
use crate::memory::bytes_of;
use crate::ops::{self, Op};
use crate::scalar::Scalar;
use crate::tape::{Inner, Tape, Var, check_bound_shape, value_at_hand};
use crate::value::{Evaluated, numbers};
use ndarray::{ArrayD, ArrayViewD};
use smallvec::SmallVec;
use std::panic::Location;

impl<'t, T: Scalar> Var<'t, T> {
    /// The node's value, from the values at hand of the inputs it depends on.
    ///
    /// What is computed is kept, so asking for the value of a later node computes only what is new. The value is that of
    /// the recording as it stands: no rewrites are applied.
    ///
    /// # Errors
    /// The first error of the recording; an input without a value at hand; rows inputs whose numbers of rows differ; an
    /// index out of range; a matrix that is singular or not positive definite; the failure of a custom operation; memory that
    /// can't be had.
    #[inline(never)]
    #[track_caller]
    pub fn value(self) -> Result<ArrayD<T>> {
        self.tape().check()?;
        let value = evaluate_to(self)?.numbers();
        let copied = self.tape().memory().ask_array::<T>(value.shape());
        copied.map_err(|shortage| shortage.of(format!("a copy of the value of {}", self.operation())))?;
        Ok(value.into_owned())
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
            _ => {
                let source_line = Location::caller();
                Err(Error::NotScalar { operation: "item", shape: self.shape(), source_line })
            }
        }
    }
}

#[track_caller]
fn evaluate_to<T: Scalar>(var: Var<'_, T>) -> Result<Evaluated<T>> {
    let tape = var.tape();
    tape.check_idle(Location::caller())?;
    let (needed, rows) = {
        let mut inner = tape.inner_mut();
        let inner = &mut *inner;
        inner.values.resize(inner.graph.len(), None);
        let needed = missing(&inner.graph, &inner.values, var.id());
        let rows = if needed.is_empty() { 0 } else { inner.rows.count(&inner.graph)? };
        check_memory(inner, &needed, rows)?;
        (needed, rows)
    };
    for id in needed {
        let value = evaluate_node(tape, id, rows)?;
        if let Some(place) = tape.inner_mut().values.get_mut(id.index()) {
            *place = Some(value);
        }
    }
    let value = tape.inner().values.get(var.id().index()).cloned().flatten();
    value.ok_or_else(|| Error::Check { reason: "a node was not evaluated".into() })
}

/// Whether there is memory for the values of the nodes, all of which the tape keeps. Leaves are there already, and what has
/// the elements of its operand shares them, mostly.
fn check_memory<T: Scalar>(inner: &Inner<T>, nodes: &[NodeId], rows: usize) -> Result<()> {
    let graph = &inner.graph;
    let bytes = |id: NodeId| match graph.op(id) {
        Op::Input(_) | Op::Constant(_) | Op::Reshape | Op::Permute(_) => 0,
        _ => bytes_of::<T>(graph.shape(id).resolve(rows)),
    };
    let total = nodes.iter().fold(0u128, |total, &id| total.saturating_add(bytes(id)));
    inner.memory.ask(total).map_err(|shortage| {
        let largest = nodes.iter().copied().max_by_key(|&id| bytes(id));
        let name = largest.map(|id| described(graph, id)).unwrap_or_default();
        shortage.of(format!("{name} with what is evaluated for it"))
    })
}

/// A node, where it was recorded, and its shape.
pub(crate) fn described<T: Scalar>(graph: &Graph<T>, id: NodeId) -> String {
    format!("{} at {}, of shape {},", graph.operation(id), graph.sources[id.index()], graph.shape(id))
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

/// The value of a node whose operands have theirs.
fn evaluate_node<T: Scalar>(tape: &Tape<T>, id: NodeId, rows: usize) -> Result<Evaluated<T>> {
    let inner = tape.inner();
    let (graph, values) = (&inner.graph, &inner.values);
    let node = graph.node(id);
    let leaf = match node.op {
        Op::Input(index) => {
            let input = &graph.inputs[index as usize];
            let shape = graph.shape(id);
            let unbound = || Error::Unbound { name: input.name.to_string(), shape: shape.clone() };
            let value = value_at_hand(&input.value).ok_or_else(unbound)?;
            if let Evaluated::Numbers(value) = &value {
                check_bound_shape(&input.name, shape, value.shape())?;
            }
            return Ok(value);
        }
        Op::Constant(index) => Some(graph.constants[index as usize].clone()),
        Op::Scalar(index) => Some(ndarray::arr0(graph.payloads.scalar(index)).into_dyn().into_shared()),
        _ => None,
    };
    if let Some(value) = leaf {
        return Ok(Evaluated::Numbers(value));
    }
    let dims = graph.shape(id).resolve(rows);
    inner.memory.ask_array::<T>(&dims).map_err(|shortage| shortage.of(described(graph, id)))?;
    let args: SmallVec<[Evaluated<T>; 3]> =
        graph.args(id).iter().filter_map(|arg| values[arg.index()].clone()).collect();
    let source = graph.sources[id.index()];
    let value = match node.op {
        Op::Custom(index) => {
            let Custom { name, operation } = graph.customs[index as usize].clone();
            // Nothing is borrowed while a user's code runs.
            drop(inner);
            let operands = numbers(&args);
            let views: Vec<ArrayViewD<'_, T>> = operands.iter().map(|operand| operand.view()).collect();
            let value = tape.ask(&name, || ops::evaluate_custom(&*operation, &views, &dims));
            tape.check()?;
            value.map(ArrayD::into_shared).map_err(|failure| failure.at(name.to_string(), source))
        }
        op => ops::evaluate(op, &args, &graph.payloads, &dims, rows)
            .map_err(|failure| failure.at(graph.operation(id).into(), source)),
    };
    value.map(Evaluated::Numbers)
}
