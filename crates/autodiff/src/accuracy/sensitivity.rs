//! How much a result depends on the rounding of what it is computed from, by its derivatives in the wide scalar.

use super::widen::numbers;
use crate::derivative::reverse_where_any;
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{Tape, Var};
use crate::value::Evaluated;
use crate::wide::Wide;
use ndarray::ArrayD;
use num_traits::Float;

/// To first order, the largest relative error of an element of a result.
pub(super) struct Sensitivity {
    /// Where each input is off by 1 part of itself.
    pub(super) to_inputs: f64,
    /// Where the value of each operation is.
    pub(super) to_rounding: f64,
}

/// `Σ |∂y/∂v·v|` over the values v on the way to an element y: how far it moves, to first order, where each is off by as much as itself.
pub(super) struct Shares<S> {
    /// Over the inputs.
    pub(super) inputs: S,
    /// Over what is computed.
    pub(super) operations: S,
}

/// The sensitivity of an element of `root`: its shares over its size. That of an infinite element is 0 if no rounding could make it
/// finite, else NaN.
///
/// `graph` is the one that the nodes of `tape` were recorded on: it knows inputs from custom operations.
pub(super) fn sensitivity<T: Scalar>(
    graph: &Graph<T>,
    tape: &Tape<Wide>,
    root: NodeId,
    element: usize,
) -> Result<Sensitivity> {
    let shares = shares(graph, tape, root, element)?;
    let result = numbers(tape, root).and_then(|value| value.iter().nth(element).copied());
    let size = result.map_or_else(Wide::nan, Float::abs);
    let relative = |sum: Wide| if sum == Wide::from(0.0) { 0.0 } else { (sum / size).to_f64() };
    Ok(Sensitivity { to_inputs: relative(shares.inputs), to_rounding: relative(shares.operations) })
}

/// The shares of an element of `root`, which has been evaluated on `tape`.
pub(super) fn shares<T: Scalar, S: Scalar>(
    graph: &Graph<T>,
    tape: &Tape<S>,
    root: NodeId,
    element: usize,
) -> Result<Shares<S>> {
    let reached = graph.reachable(&[root]);
    let nodes: Vec<NodeId> = (0..reached.len())
        .filter(|&index| reached[index])
        .map(|index| NodeId(index as u32))
        .filter(|&id| matches!(tape.inner().values.get(id.index()), Some(Some(Evaluated::Numbers(_)))))
        .collect();
    let handles: Vec<Var<'_, S>> = nodes.iter().map(|&id| tape.var(id)).collect();
    let root = tape.var(root);
    let adjoints = reverse_where_any(root, one_at(root, element)?, &handles, NodeId(0));
    tape.check()?;
    let mut shares = Shares { inputs: S::zero(), operations: S::zero() };
    for (&id, adjoint) in nodes.iter().zip(adjoints) {
        let (Some(adjoint), Some(value)) = (adjoint, numbers(tape, id)) else { continue };
        let slopes = adjoint.value()?;
        // Where either is 0 the other makes no difference.
        let share = |(&value, &slope): (&S, &S)| {
            if value.is_zero() || slope.is_zero() { S::zero() } else { (value * slope).abs() }
        };
        let sum = value.iter().zip(&slopes).map(share).fold(S::zero(), |sum, x| sum + x);
        match graph.op(id) {
            Op::Input(_) => shares.inputs = shares.inputs + sum,
            Op::Constant(_) | Op::Scalar(_) | Op::RowCount => {}
            _ if id == root.id() => {}
            _ => shares.operations = shares.operations + sum,
        }
    }
    Ok(shares)
}

/// An adjoint of `root` that is 1 at an element and 0 elsewhere.
pub(super) fn one_at<S: Scalar>(root: Var<'_, S>, element: usize) -> Result<Var<'_, S>> {
    let mut adjoint = ArrayD::zeros(root.value()?.raw_dim());
    if let Some(chosen) = adjoint.iter_mut().nth(element) {
        *chosen = S::one();
    }
    let name = format!("adjoint of {}", root.tape().len());
    let on_rows = root.shape() != Shape::fixed(adjoint.shape());
    Ok(if on_rows { root.tape().data(&name, adjoint) } else { root.tape().constant(adjoint) })
}
