//! The Wengert list as plain data: nodes in recording order and the side tables their rare payloads stand in.
//!
//! A [`Graph`] knows nothing of handles or errors. A tape owns one; a program is compiled from a simplified
//! copy of one. A node is 24 bytes, so recording is mostly a push. [`id`] has the numbers of nodes and shapes, [`mod@reach`] what nodes depend on,
//! [`node_map`] what is known of each, [`fingerprint`] a number that identifies a recording.

mod fingerprint;
mod id;
mod node_map;
mod reach;

pub(crate) use id::{NodeId, ShapeId};
pub(crate) use node_map::{Entry, NodeMap};

use crate::error::Source;
use crate::hash::SmallMap;
use crate::ops::{self, Arity, CustomValue, Op, Payloads};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::value::{IndexValue, Value};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::Arc;

/// A node: an operation on earlier nodes. `args` holds the operands, or (first, count) in the graph's `lists`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    args: [NodeId; 3],
    pub(crate) shape: ShapeId,
}

/// Operands, without a heap allocation for the usual three at most.
pub(crate) type Args = SmallVec<[NodeId; 3]>;

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

/// A user's own operation, with its name, which is asked for once.
#[derive(Clone)]
pub(crate) struct Custom<T: Scalar> {
    pub(crate) name: Arc<str>,
    pub(crate) operation: Arc<dyn CustomValue<T>>,
}

/// Nodes in recording order, with their side tables.
#[derive(Clone)]
pub(crate) struct Graph<T: Scalar> {
    pub(crate) nodes: Vec<Node>,
    pub(crate) sources: Vec<Source>,
    shapes: Vec<Shape>,
    shape_ids: SmallMap<Shape, ShapeId>,
    pub(crate) payloads: Payloads<T>,
    pub(crate) constants: Vec<Value<T>>,
    pub(crate) inputs: Vec<Input<T>>,
    pub(crate) lists: Vec<NodeId>,
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
            payloads: Payloads::default(),
            constants: Vec::new(),
            inputs: Vec::new(),
            lists: Vec::new(),
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

    /// All shapes that nodes have.
    pub(crate) fn shapes(&self) -> &[Shape] {
        &self.shapes
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

    /// The shape of an operation whose operands alone decide it, or what is wrong.
    #[inline]
    pub(crate) fn infer_shape(&mut self, op: Op, args: &[NodeId]) -> Result<ShapeId, String> {
        if let Some(&first) = args.first() {
            let first = self.node(first).shape;
            if op.keeps_shape() && args[1..].iter().all(|&arg| self.node(arg).shape == first) {
                return Ok(first);
            }
        }
        self.infer_other_shape(op, args)
    }

    fn infer_other_shape(&mut self, op: Op, args: &[NodeId]) -> Result<ShapeId, String> {
        let shape = {
            let args: SmallVec<[&Shape; 3]> = args.iter().map(|&arg| self.shape(arg)).collect();
            ops::shape(op, &args, &self.payloads)?
        };
        ops::check_size::<T>(&shape)?;
        Ok(self.intern(&shape))
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
        let op = Op::Scalar(self.payloads.keep_scalar(value));
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
        graph.payloads = self.payloads.clone();
        graph.customs = self.customs.clone();
        graph
    }

    /// The value of a scalar constant.
    pub(crate) fn scalar_value(&self, id: NodeId) -> Option<T> {
        match self.op(id) {
            Op::Scalar(index) => Some(self.payloads.scalar(index)),
            _ => None,
        }
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
