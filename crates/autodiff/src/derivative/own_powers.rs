//! Powers whose base and exponent are functions of one variable, such as `xˣ`.
//!
//! Where both are 0, the derivative by the exponent is the limit of `aᵇ·ln a`, which is −∞. Of independent operands it is 0 by
//! convention: 0ᵇ = 0 for every other b.

use crate::graph::{Graph, NodeId, NodeMap};
use crate::ops::{Binary, Op, Partial};
use crate::scalar::Scalar;
use crate::tape::Var;
use std::collections::BTreeSet;

/// How many nodes are looked at, of the base and of the exponent each, for a variable that they share.
const MOST_NODES: usize = 64;

/// The derivative by its exponent of a power of both operands, if they share a variable among the nodes that count.
pub(super) fn by_exponent<'t, T: Scalar>(
    op: Op,
    args: &[Var<'t, T>],
    depends: &NodeMap,
) -> Option<Partial<Var<'t, T>>> {
    let (Op::Binary(Binary::Pow), &[a, b]) = (op, args) else { return None };
    if !share_a_variable(&a.tape().inner().graph, a.id(), b.id(), depends) {
        return None;
    }
    let at_limit = a.equal(T::zero()) * b.equal(T::zero());
    Some(Partial::Of(at_limit.select(a.ln(), a.pow_ln(b))))
}

/// Whether elements of two nodes at one place depend on the same element of a third.
fn share_a_variable<T: Scalar>(graph: &Graph<T>, a: NodeId, b: NodeId, depends: &NodeMap) -> bool {
    let of_base = elementwise_ancestors(graph, a, depends);
    let of_exponent = elementwise_ancestors(graph, b, depends);
    // The same part may have been taken twice.
    let same = |&x: &NodeId, &y: &NodeId| {
        x == y || matches!(graph.op(x), Op::Slice(_)) && graph.op(x) == graph.op(y) && graph.args(x) == graph.args(y)
    };
    of_base.iter().any(|x| of_exponent.iter().any(|y| same(x, y)))
}

/// What a node depends on element by element, itself included.
fn elementwise_ancestors<T: Scalar>(graph: &Graph<T>, root: NodeId, depends: &NodeMap) -> Vec<NodeId> {
    let (mut known, mut stack, mut found) = (BTreeSet::new(), vec![root], Vec::new());
    while let Some(id) = stack.pop() {
        if found.len() == MOST_NODES || !depends.contains(id) || !known.insert(id) {
            continue;
        }
        found.push(id);
        if graph.op(id).is_elementwise() || graph.op(id) == Op::Broadcast {
            stack.extend(graph.args(id));
        }
    }
    found
}
