//! A table of nodes by what they compute: operation, operands, shape.
//!
//! It holds numbers only, four bytes a node, since what a node computes stands in the graph. Open addressing with linear
//! probing, at most half full.

use crate::graph::{Graph, NodeId, ShapeId};
use crate::hash::hash_of;
use crate::ops::{Binary, Op};
use crate::scalar::Scalar;

#[derive(Default)]
pub(crate) struct Table {
    /// A power of two of them, or none.
    slots: Vec<NodeId>,
    len: usize,
}

const EMPTY: NodeId = NodeId::FAILED;

fn commutes(op: Op) -> bool {
    matches!(op, Op::Binary(Binary::Add | Binary::Mul | Binary::StrongMul))
}

fn hash(op: Op, args: &[NodeId], shape: ShapeId) -> u64 {
    match args {
        &[a, b] if commutes(op) => hash_of((op, [a.min(b), a.max(b)], shape)),
        _ => hash_of((op, args, shape)),
    }
}

/// Whether a node computes this, the operands of a commutative operation in either order.
fn computes<T: Scalar>(graph: &Graph<T>, id: NodeId, op: Op, args: &[NodeId], shape: ShapeId) -> bool {
    let node = graph.node(id);
    node.op == op
        && node.shape == shape
        && match (args, graph.args(id)) {
            (&[a, b], &[x, y]) if commutes(op) => (a, b) == (x, y) || (a, b) == (y, x),
            (_, found) => found == args,
        }
}

impl Table {
    /// The node that computes this, if it is there.
    pub(crate) fn find<T: Scalar>(&self, graph: &Graph<T>, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash(op, args, shape) as usize & mask;
        while self.slots[at] != EMPTY {
            if computes(graph, self.slots[at], op, args, shape) {
                return Some(self.slots[at]);
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// Puts a node in that isn't there.
    pub(crate) fn insert<T: Scalar>(&mut self, graph: &Graph<T>, id: NodeId) {
        if 2 * (self.len + 1) > self.slots.len() {
            let larger = vec![EMPTY; (2 * self.slots.len()).max(64)];
            for old in std::mem::replace(&mut self.slots, larger) {
                if old != EMPTY {
                    self.put(graph, old);
                }
            }
        }
        self.put(graph, id);
        self.len += 1;
    }

    fn put<T: Scalar>(&mut self, graph: &Graph<T>, id: NodeId) {
        let mask = self.slots.len() - 1;
        let node = graph.node(id);
        let mut at = hash(node.op, graph.args(id), node.shape) as usize & mask;
        while self.slots[at] != EMPTY {
            at = (at + 1) & mask;
        }
        self.slots[at] = id;
    }
}
