//! The Wengert list as plain data: nodes in recording order and the side tables their rare payloads stand in.
//!
//! A [`Graph`] knows nothing of handles, errors or evaluation. A tape owns one; a program is compiled from a simplified
//! copy of one. A node is 24 bytes, so recording is mostly a push.

use crate::error::Source;
use crate::hash::SmallMap;
use crate::node_map::NodeMap;
use crate::ops::{Arity, CustomOp, Op};
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use ndarray::{ArcArray, IxDyn};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::Arc;

/// The number of a node in its graph.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct NodeId(pub(crate) u32);

impl NodeId {
    /// What a failed operation returns: no node.
    pub(crate) const FAILED: NodeId = NodeId(u32::MAX);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The number of an interned shape.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct ShapeId(u32);

impl ShapeId {
    pub(crate) const SCALAR: ShapeId = ShapeId(0);
}

/// A node: an operation on earlier nodes. `args` holds the operands, or (first, count) in the graph's `lists`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    args: [NodeId; 3],
    pub(crate) shape: ShapeId,
}

/// Operands, without a heap allocation for the usual three at most.
pub(crate) type Args = SmallVec<[NodeId; 3]>;

/// The values of a leaf or node.
pub(crate) type Value<T> = ArcArray<T, IxDyn>;

/// The index of a leaf.
pub(crate) type IndexValue = ArcArray<usize, IxDyn>;

/// A leaf that is bound when a program runs.
#[derive(Clone, Debug)]
pub(crate) struct Input<T: Scalar> {
    pub(crate) name: Arc<str>,
    pub(crate) node: NodeId,
    pub(crate) value: InputValue<T>,
}

/// What an input takes, and its value at hand, if it has one.
#[derive(Clone, Debug)]
pub(crate) enum InputValue<T: Scalar> {
    Numbers(Option<Value<T>>),
    Indices(Option<IndexValue>),
}

/// The part of an axis that a slice takes: `start`, `start + step`, … `len` of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct AxisSlice {
    pub(crate) start: usize,
    pub(crate) step: isize,
    pub(crate) len: usize,
}

/// A user's own operation, with its name, which is asked for once.
#[derive(Clone)]
pub(crate) struct Custom<T: Scalar> {
    pub(crate) name: Arc<str>,
    pub(crate) operation: Arc<dyn CustomOp<T>>,
}

/// Nodes in recording order, with their side tables.
#[derive(Clone)]
pub(crate) struct Graph<T: Scalar> {
    pub(crate) nodes: Vec<Node>,
    pub(crate) sources: Vec<Source>,
    shapes: Vec<Shape>,
    shape_ids: SmallMap<Shape, ShapeId>,
    pub(crate) scalars: Vec<T>,
    pub(crate) constants: Vec<Value<T>>,
    pub(crate) inputs: Vec<Input<T>>,
    pub(crate) lists: Vec<NodeId>,
    pub(crate) permutations: Vec<Dims>,
    pub(crate) slices: Vec<SmallVec<[AxisSlice; 4]>>,
    pub(crate) customs: Vec<Custom<T>>,
    pub(crate) names: HashMap<NodeId, Arc<str>>,
}

impl<T: Scalar> Graph<T> {
    pub(crate) fn new() -> Self {
        let scalar = Shape::fixed(&[]);
        Self {
            nodes: Vec::new(),
            sources: Vec::new(),
            shapes: vec![scalar.clone()],
            shape_ids: SmallMap::from_iter([(scalar, ShapeId::SCALAR)]),
            scalars: Vec::new(),
            constants: Vec::new(),
            inputs: Vec::new(),
            lists: Vec::new(),
            permutations: Vec::new(),
            slices: Vec::new(),
            customs: Vec::new(),
            names: HashMap::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, id: NodeId) -> Node {
        self.nodes[id.index()]
    }

    pub(crate) fn op(&self, id: NodeId) -> Op {
        self.nodes[id.index()].op
    }

    pub(crate) fn shape(&self, id: NodeId) -> &Shape {
        &self.shapes[self.nodes[id.index()].shape.0 as usize]
    }

    /// The name of a node's operation.
    pub(crate) fn operation(&self, id: NodeId) -> &str {
        self.operation_name(self.op(id))
    }

    /// The name of an operation; that of a custom one is its own.
    pub(crate) fn operation_name(&self, op: Op) -> &str {
        match op {
            Op::Custom(index) => &self.customs[index as usize].name,
            op => op.name(),
        }
    }

    /// The name an input was declared with, or a node was given.
    pub(crate) fn name(&self, id: NodeId) -> Option<&str> {
        let given = self.names.get(&id).map(|name| &**name);
        given.or_else(|| match self.op(id) {
            Op::Input(index) => self.inputs.get(index as usize).map(|input| &*input.name),
            _ => None,
        })
    }

    /// The names that nodes were given, in the order of the nodes.
    pub(crate) fn names_in_order(&self) -> impl Iterator<Item = (NodeId, &Arc<str>)> {
        let mut names: Vec<(NodeId, &Arc<str>)> = self.names.iter().map(|(&id, name)| (id, name)).collect();
        names.sort_unstable_by_key(|&(id, _)| id);
        names.into_iter()
    }

    pub(crate) fn shape_of(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0 as usize]
    }

    #[inline]
    pub(crate) fn args(&self, id: NodeId) -> &[NodeId] {
        let node = &self.nodes[id.index()];
        match node.op.arity() {
            Arity::Fixed(n) => &node.args[..n],
            Arity::Listed => {
                let first = node.args[0].index();
                &self.lists[first..first + node.args[1].index()]
            }
        }
    }

    /// The operands, each as what `renumber` makes of it.
    #[inline]
    pub(crate) fn args_as(&self, id: NodeId, renumber: impl Fn(NodeId) -> NodeId) -> Args {
        let node = &self.nodes[id.index()];
        match node.op.arity() {
            Arity::Fixed(n) => {
                let mut args = node.args;
                args[..n].iter_mut().for_each(|arg| *arg = renumber(*arg));
                Args::from_buf_and_len(args, n)
            }
            Arity::Listed => self.args(id).iter().map(|&arg| renumber(arg)).collect(),
        }
    }

    pub(crate) fn intern(&mut self, shape: &Shape) -> ShapeId {
        if shape.is_scalar() {
            return ShapeId::SCALAR;
        }
        if let Some(&id) = self.shape_ids.get(shape) {
            return id;
        }
        let id = ShapeId(self.shapes.len() as u32);
        self.shapes.push(shape.clone());
        self.shape_ids.insert(shape.clone(), id);
        id
    }

    /// Appends a node whose shape has been checked.
    pub(crate) fn push(&mut self, op: Op, args: &[NodeId], shape: ShapeId, source: Source) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        let mut inline = [NodeId::FAILED; 3];
        match op.arity() {
            Arity::Fixed(n) => inline[..n].copy_from_slice(&args[..n]),
            Arity::Listed => {
                inline[0] = NodeId(self.lists.len() as u32);
                inline[1] = NodeId(args.len() as u32);
                self.lists.extend_from_slice(args);
            }
        }
        self.nodes.push(Node { op, args: inline, shape });
        self.sources.push(source);
        id
    }

    pub(crate) fn push_scalar(&mut self, value: T, source: Source) -> NodeId {
        let op = Op::Scalar(self.scalars.len() as u32);
        self.scalars.push(value);
        self.push(op, &[], ShapeId::SCALAR, source)
    }

    pub(crate) fn push_constant(&mut self, value: Value<T>, source: Source) -> NodeId {
        if value.ndim() == 0
            && let Some(&scalar) = value.first()
        {
            return self.push_scalar(scalar, source);
        }
        let shape = self.intern(&Shape::fixed(value.shape()));
        let op = Op::Constant(self.constants.len() as u32);
        self.constants.push(value);
        self.push(op, &[], shape, source)
    }

    pub(crate) fn push_input(&mut self, name: Arc<str>, shape: &Shape, value: InputValue<T>, source: Source) -> NodeId {
        let shape = self.intern(shape);
        let node = self.push(Op::Input(self.inputs.len() as u32), &[], shape, source);
        self.inputs.push(Input { name, node, value });
        node
    }

    /// An empty graph that shares this one's payload tables, so that operations can be copied as they are; with room for
    /// `nodes` nodes.
    pub(crate) fn empty_like(&self, nodes: usize) -> Self {
        let mut graph = Graph::new();
        graph.nodes.reserve(nodes);
        graph.sources.reserve(nodes);
        graph.scalars = self.scalars.clone();
        graph.permutations = self.permutations.clone();
        graph.slices = self.slices.clone();
        graph.customs = self.customs.clone();
        graph
    }

    /// Takes the last node back.
    pub(crate) fn pop(&mut self) {
        self.nodes.pop();
        self.sources.pop();
    }

    /// What `roots` need, renumbered, with the roots' new numbers. Inputs keep their order.
    pub(crate) fn pruned(mut self, roots: &[NodeId]) -> (Self, Vec<NodeId>) {
        let live = self.reachable(roots);
        if live.iter().all(|&live| live) {
            return (self, roots.to_vec());
        }
        let mut map = vec![NodeId::FAILED; live.len()];
        let mut kept = 0;
        for index in 0..live.len() {
            if !live[index] {
                continue;
            }
            let mut node = self.nodes[index];
            match node.op.arity() {
                Arity::Fixed(n) => node.args[..n].iter_mut().for_each(|arg| *arg = map[arg.index()]),
                Arity::Listed => {
                    let first = node.args[0].index();
                    let count = node.args[1].index();
                    self.lists[first..first + count].iter_mut().for_each(|arg| *arg = map[arg.index()]);
                }
            }
            map[index] = NodeId(kept as u32);
            self.nodes[kept] = node;
            self.sources[kept] = self.sources[index];
            kept += 1;
        }
        self.nodes.truncate(kept);
        self.sources.truncate(kept);
        self.names = self
            .names
            .into_iter()
            .filter(|(id, _)| live[id.index()])
            .map(|(id, name)| (map[id.index()], name))
            .collect();
        for input in &mut self.inputs {
            input.node = map[input.node.index()];
        }
        self.drop_dead_inputs();
        let roots = roots.iter().map(|root| map[root.index()]).collect();
        (self, roots)
    }

    /// Forgets inputs whose node is gone.
    fn drop_dead_inputs(&mut self) {
        self.inputs.retain(|input| input.node != NodeId::FAILED);
        for (index, input) in self.inputs.iter().enumerate() {
            self.nodes[input.node.index()].op = Op::Input(index as u32);
        }
    }

    /// The value of a scalar constant.
    pub(crate) fn scalar_value(&self, id: NodeId) -> Option<T> {
        match self.op(id) {
            Op::Scalar(index) => Some(self.scalars[index as usize]),
            _ => None,
        }
    }

    /// The nodes from `first` on that `root` depends on, itself included, in order; `barriers` (in order), and what only
    /// they depend on, are left out. What is found is noted in `known`, which is empty before.
    ///
    /// Backwards node by node, for as long as most are found; beyond a long gap by following operands, so that the cost is
    /// that of what is found, not of the tape.
    pub(crate) fn ancestors(
        &self,
        root: NodeId,
        first: NodeId,
        barriers: &[NodeId],
        known: &mut NodeMap,
    ) -> Vec<NodeId> {
        let wanted = |id: NodeId| id >= first && barriers.binary_search(&id).is_err();
        if !wanted(root) {
            return Vec::new();
        }
        known.insert(root, root);
        let (mut near, mut gap, mut next) = (Vec::new(), 0, root.0 + 1);
        while next > 0 && near.len() < known.keys().len() && gap < 64 + near.len() {
            next -= 1;
            let id = NodeId(next);
            gap += 1;
            if known.contains(id) {
                gap = 0;
                near.push(id);
                for &arg in self.args(id).iter().filter(|&&arg| wanted(arg)) {
                    known.insert(arg, arg);
                }
            }
        }
        let mut stack: Vec<NodeId> = known.keys().iter().copied().filter(|id| id.0 < next).collect();
        let mut found = stack.clone();
        while let Some(id) = stack.pop() {
            for &arg in self.args(id).iter().filter(|&&arg| wanted(arg)) {
                if !known.contains(arg) {
                    known.insert(arg, arg);
                    found.push(arg);
                    stack.push(arg);
                }
            }
        }
        found.sort_unstable();
        found.extend(near.iter().rev());
        found
    }

    /// The nodes that `roots` depend on, themselves included, marked in one backward sweep.
    pub(crate) fn reachable(&self, roots: &[NodeId]) -> Vec<bool> {
        let mut live = vec![false; self.len()];
        let mut last = 0;
        for root in roots {
            live[root.index()] = true;
            last = last.max(root.index() + 1);
        }
        for index in (0..last).rev() {
            if live[index] {
                for arg in self.args(NodeId(index as u32)) {
                    live[arg.index()] = true;
                }
            }
        }
        live
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_stays_small() {
        assert!(size_of::<Node>() <= 24, "{}", size_of::<Node>());
    }
}
