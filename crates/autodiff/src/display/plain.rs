//! What pictures leave out of derivatives: rules record operations that here do nothing, and the same operation more than once.
//!
//! A node that is left out has the value of another node, to the last bit, which stands for it. What a user recorded or named, and what the
//! picture is of, always stays.

use crate::graph::{Args, Graph, NodeId, ShapeId};
use crate::ops::{Binary, Op, Unary};
use crate::scalar::Scalar;
use crate::tape::Inner;
use std::collections::{HashMap, HashSet};

/// The node that stands for each node of a recording.
pub(super) struct Plain {
    stands_for: Vec<NodeId>,
}

impl Plain {
    /// Every node for itself.
    pub(super) fn as_recorded(len: usize) -> Self {
        Self { stands_for: (0..len).map(|index| NodeId(index as u32)).collect() }
    }

    /// Without what does nothing; without doubles too if `merges`, which nodes with adjoints of their own don't allow.
    pub(super) fn new<T: Scalar>(inner: &Inner<T>, outputs: &HashSet<NodeId>, merges: bool) -> Self {
        let graph = &inner.graph;
        let mut plain = Self::as_recorded(graph.len());
        let mut known: HashMap<(Op, Args, ShapeId), NodeId> = HashMap::new();
        for index in 0..graph.len() {
            let id = NodeId(index as u32);
            let may_go = inner.primal_of(id).is_some() && graph.name(id).is_none() && !outputs.contains(&id);
            if let Some(same) = plain.idle(graph, id).filter(|_| may_go) {
                plain.stands_for[index] = same;
                continue;
            }
            let first = *known.entry(plain.key(graph, id)).or_insert(id);
            if may_go && merges && !matches!(graph.op(id), Op::Custom(_)) {
                plain.stands_for[index] = first;
            }
        }
        plain
    }

    /// The node that stands for another.
    pub(super) fn of(&self, id: NodeId) -> NodeId {
        self.stands_for.get(id.index()).copied().unwrap_or(id)
    }

    /// Which nodes are drawn, or written into those that are.
    pub(super) fn reachable<T: Scalar>(&self, graph: &Graph<T>, roots: &[NodeId]) -> Vec<bool> {
        let mut live = vec![false; graph.len()];
        roots.iter().for_each(|root| live[root.index()] = true);
        for index in (0..graph.len()).rev().map(|index| NodeId(index as u32)) {
            if live[index.index()] {
                self.args(graph, index).iter().for_each(|arg| live[arg.index()] = true);
            }
        }
        live
    }

    /// The operands of a node as they are drawn. What brings a number or an array into another shape takes it as it was before others
    /// did the like.
    pub(super) fn args<T: Scalar>(&self, graph: &Graph<T>, id: NodeId) -> Args {
        graph.args(id).iter().map(|&arg| self.before_reshaping(graph, id, self.of(arg))).collect()
    }

    fn before_reshaping<T: Scalar>(&self, graph: &Graph<T>, id: NodeId, arg: NodeId) -> NodeId {
        if graph.op(arg) != Op::Reshape || graph.name(arg).is_some() {
            return arg;
        }
        let inner = self.args(graph, arg);
        match (graph.op(id), inner.first()) {
            (Op::Reshape, Some(&inner)) => inner,
            (Op::Broadcast, Some(&inner)) if graph.node(inner).shape == ShapeId::SCALAR => inner,
            _ => arg,
        }
    }

    /// The operand that a node is equal to: `1·x`, `x/1`, `−(−x)`, `x` in the shape that it has.
    fn idle<T: Scalar>(&self, graph: &Graph<T>, id: NodeId) -> Option<NodeId> {
        let args = self.args(graph, id);
        let is_one = |arg: NodeId| graph.scalar_value(arg).is_some_and(|number| number == T::one());
        let same = match (graph.op(id), args.as_slice()) {
            (Op::Binary(Binary::Mul | Binary::StrongMul), &[a, b]) if is_one(a) => b,
            (Op::Binary(Binary::Mul | Binary::StrongMul | Binary::Div | Binary::StrongDiv), &[a, b]) if is_one(b) => a,
            (Op::Unary(Unary::Neg), &[a]) if graph.op(a) == Op::Unary(Unary::Neg) => *self.args(graph, a).first()?,
            (Op::Reshape | Op::Broadcast, &[a, ..]) => a,
            _ => return None,
        };
        (graph.node(same).shape == graph.node(id).shape && !is_inlined(graph, same)).then_some(same)
    }

    /// What two nodes have in common that have the same value.
    fn key<T: Scalar>(&self, graph: &Graph<T>, id: NodeId) -> (Op, Args, ShapeId) {
        let mut args = self.args(graph, id);
        if graph.op(id).commutes() {
            args.sort_unstable();
        }
        (graph.op(id), args, graph.node(id).shape)
    }
}

/// Whether a node is written where it is used: a number without a name.
pub(super) fn is_inlined<T: Scalar>(graph: &Graph<T>, id: NodeId) -> bool {
    matches!(graph.op(id), Op::Scalar(_)) && graph.name(id).is_none()
}
