//! Lifting: elementwise work on large fixed arrays, and the reductions of what it gives, becomes a program of its own, whose rows are the
//! elements. So it goes in blocks that stay in cache, and in threads, as work on the rows does; instruction by instruction, each array
//! would go through memory.

use super::code::Code;
use crate::error::Source;
use crate::graph::{Args, Graph, InputValue, NodeId, ShapeId};
use crate::hash::SmallMap;
use crate::ops::Op;
use crate::program::instr::{At, Operand};
use crate::program::plan::{Lifted, Plan};
use crate::program::schedule::Schedule;
use crate::scalar::Scalar;
use crate::shape::{Axes, Shape};
use smallvec::SmallVec;
use std::collections::{BTreeMap, HashSet};

/// The elements of an array that may be worth a program.
const LEAST: usize = 1 << 13;
/// Arrays of fewer elements stay in the second-level cache from instruction to instruction. Then a program needs several operations
/// for each array that it moves, or it takes longer.
const LARGE: usize = 1 << 15;
const OPERATIONS_EACH: usize = 4;
/// The arrays and numbers that a lifted program reads, and those that it gives, at most: views of them need no allocation.
pub(crate) const MOST_ARRAYS: usize = 16;

/// Which fixed nodes are computed together.
pub(super) struct Groups {
    /// Of every node, how many steps into and out of groups come before it; groups are of one phase.
    phases: Vec<u32>,
    /// Whether a node may be in a group.
    members: Vec<bool>,
    /// Those that are worth it.
    groups: BTreeMap<Key, Group>,
}

/// Level, phase and number of elements.
type Key = (u32, u32, usize);

/// Nodes that are computed together, in their order.
#[derive(Default)]
pub(super) struct Group {
    /// The elements of their arrays.
    pub(super) len: usize,
    pub(super) nodes: Vec<NodeId>,
    /// Those that others need.
    pub(super) results: Vec<NodeId>,
}

impl Group {
    /// Whether it has enough operations for the arrays that it copies into blocks and out of them, and not too many of these.
    fn is_worth_it<T: Scalar>(&self, graph: &Graph<T>) -> bool {
        let own: HashSet<NodeId> = self.nodes.iter().copied().collect();
        let operands: HashSet<NodeId> = self.nodes.iter().flat_map(|&id| graph.args(id)).copied().collect();
        let operands: Vec<NodeId> = operands.difference(&own).copied().collect();
        if operands.len().max(self.results.len()) > MOST_ARRAYS {
            return false;
        }
        let operations = self.nodes.iter().filter(|&&id| graph.op(id) != Op::Reshape).count();
        let copied = operands.iter().chain(&self.results).filter(|&&id| graph.shape(id).row_len() > 1).count();
        operations > 1 && operations >= copied * if self.len < LARGE { OPERATIONS_EACH } else { 1 }
    }
}

/// What is built at once.
pub(super) enum Step<'g> {
    Node(NodeId),
    Group(&'g Group),
}

impl Groups {
    /// The groups of a graph, if it has any.
    pub(super) fn find<T: Scalar>(graph: &Graph<T>, schedule: &Schedule, outputs: &[NodeId]) -> Option<Self> {
        if !graph.shapes().iter().any(|shape| !shape.has_rows() && shape.row_len() >= LEAST) {
            return None;
        }
        let mut found =
            Groups { phases: vec![0; graph.len()], members: vec![false; graph.len()], groups: BTreeMap::new() };
        for id in (0..graph.len()).map(|index| NodeId(index as u32)) {
            found.members[id.index()] = found.is_member(graph, id);
            let phase =
                graph.args(id).iter().map(|&arg| found.phases[arg.index()] + u32::from(found.ends(graph, arg, id)));
            found.phases[id.index()] = phase.max().unwrap_or(0);
            if found.members[id.index()] {
                let key = found.key(graph, schedule, id);
                let group = found.groups.entry(key).or_default();
                group.len = key.2;
                group.nodes.push(id);
            }
        }
        found.find_results(graph, schedule, outputs);
        found.groups.retain(|_, group| group.is_worth_it(graph));
        (!found.groups.is_empty()).then_some(found)
    }

    /// Whether a node may be computed element by element, or is a reduction of one that is.
    fn is_member<T: Scalar>(&self, graph: &Graph<T>, id: NodeId) -> bool {
        let is_large = |id: NodeId| !graph.shape(id).has_rows() && graph.shape(id).row_len() >= LEAST;
        let op = graph.op(id);
        match op {
            Op::Reduce(..) => {
                let arg = graph.args(id)[0];
                !graph.shape(id).has_rows() && graph.shape(id).row_len() == 1 && self.is_elementwise(graph, arg)
            }
            Op::Reshape => is_large(id) && self.is_elementwise(graph, graph.args(id)[0]),
            _ => is_large(id) && op.is_elementwise(),
        }
    }

    /// Whether a node is a member that is an array.
    fn is_elementwise<T: Scalar>(&self, graph: &Graph<T>, id: NodeId) -> bool {
        self.members[id.index()] && !matches!(graph.op(id), Op::Reduce(..))
    }

    /// Whether a group ends between a node and one that reads it.
    fn ends<T: Scalar>(&self, graph: &Graph<T>, arg: NodeId, id: NodeId) -> bool {
        let same = || elements(graph, arg) == elements(graph, id) && self.is_elementwise(graph, arg);
        self.members[arg.index()] && !(self.members[id.index()] && same())
    }

    fn key<T: Scalar>(&self, graph: &Graph<T>, schedule: &Schedule, id: NodeId) -> Key {
        (schedule.level(id), self.phases[id.index()], elements(graph, id))
    }

    fn find_results<T: Scalar>(&mut self, graph: &Graph<T>, schedule: &Schedule, outputs: &[NodeId]) {
        let mut needed: HashSet<NodeId> = outputs.iter().copied().collect();
        for id in (0..graph.len()).map(|index| NodeId(index as u32)) {
            let of = |id: NodeId| self.members[id.index()].then(|| self.key(graph, schedule, id));
            needed.extend(graph.args(id).iter().filter(|&&arg| self.members[arg.index()] && of(arg) != of(id)));
        }
        for group in self.groups.values_mut() {
            group.results = group.nodes.iter().copied().filter(|id| needed.contains(id)).collect();
        }
    }

    /// The fixed nodes of a level in an order in which groups come after all that they read.
    pub(super) fn steps<T: Scalar>(&self, graph: &Graph<T>, level: u32, nodes: &[NodeId]) -> Vec<Step<'_>> {
        let phase = |id: NodeId| self.phases[id.index()];
        let is_member = |id: NodeId| self.members[id.index()];
        let is_single =
            |id: &NodeId| !is_member(*id) || !self.groups.contains_key(&(level, phase(*id), elements(graph, *id)));
        let mut single: Vec<NodeId> = nodes.iter().copied().filter(is_single).collect();
        // Of one phase, members read others, and are not read by them.
        single.sort_by_key(|&id| (phase(id), is_member(id)));
        let mut single = single.into_iter().peekable();
        let mut steps = Vec::new();
        for (&(_, of_group, _), group) in self.groups.range((level, 0, 0)..(level + 1, 0, 0)) {
            while let Some(id) = single.next_if(|&id| phase(id) <= of_group) {
                steps.push(Step::Node(id));
            }
            steps.push(Step::Group(group));
        }
        steps.extend(single.map(Step::Node));
        steps
    }
}

/// The elements that a node is computed of.
fn elements<T: Scalar>(graph: &Graph<T>, id: NodeId) -> usize {
    match graph.op(id) {
        Op::Reduce(..) => graph.shape(graph.args(id)[0]).row_len(),
        _ => graph.shape(id).row_len(),
    }
}

/// The graph of a lifted program in the making.
pub(super) struct Inner<T: Scalar> {
    graph: Graph<T>,
    /// The nodes of the group there.
    nodes: SmallMap<NodeId, NodeId>,
    /// What stands for places outside.
    inputs: SmallMap<(At, bool), NodeId>,
    /// These places, in the order of the inputs.
    operands: Vec<At>,
    on_rows: ShapeId,
}

impl<T: Scalar> Inner<T> {
    pub(super) fn new() -> Self {
        let mut graph = Graph::new();
        let on_rows = graph.intern(&Shape::rows(&[]));
        Inner { graph, nodes: SmallMap::default(), inputs: SmallMap::default(), operands: Vec::new(), on_rows }
    }

    /// Adds a node of the group, whose operands outside are among `code`'s values.
    pub(super) fn add(&mut self, code: &mut Code<'_, T>, id: NodeId) {
        let (node, source) = (code.graph.node(id), code.graph.sources[id.index()]);
        let args = code.graph.args_as(id, |arg| arg);
        let is_inside = |arg: &NodeId| self.nodes.contains_key(arg);
        let mut operands: SmallVec<[Option<Operand>; 3]> =
            args.iter().map(|arg| (!is_inside(arg)).then(|| code.operand(*arg, node.shape))).collect();
        // Rewriting stretches what is made of numbers alone afterwards. Where it wasn't rewritten, it is an array all the same.
        if let [Some(first), others @ ..] = &mut operands[..]
            && first.splat
            && others.iter().all(|other| other.is_some_and(|other| other.splat))
        {
            *first = Operand { at: code.stretch(args[0], node.shape), splat: false };
        }
        let mut inside = Args::new();
        for (&arg, operand) in args.iter().zip(operands) {
            inside.push(match operand {
                None => self.nodes[&arg],
                Some(operand) => self.input(operand, code.graph.name(arg), source),
            });
        }
        let (op, shape) = match node.op {
            Op::Reshape => {
                self.nodes.insert(id, inside[0]);
                return;
            }
            Op::Reduce(op, _) => (Op::Reduce(op, Axes::all(1)), ShapeId::SCALAR),
            Op::Powf(exponent) => {
                let exponent = code.graph.payloads.scalar(exponent);
                (Op::Powf(self.graph.payloads.keep_scalar(exponent)), self.on_rows)
            }
            op => (op, self.on_rows),
        };
        let inner = self.graph.push(op, &inside, shape, source);
        self.nodes.insert(id, inner);
    }

    /// The input that stands for an operand outside.
    fn input(&mut self, operand: Operand, name: Option<&str>, source: Source) -> NodeId {
        let shape = if operand.splat { Shape::fixed(&[]) } else { Shape::rows(&[]) };
        *self.inputs.entry((operand.at, operand.splat)).or_insert_with(|| {
            self.operands.push(operand.at);
            self.graph.push_input(name.unwrap_or("an array").into(), &shape, InputValue::Numbers(None), source)
        })
    }

    /// The nodes that each output is, the program, which has no plan yet, and the places of what it reads.
    pub(super) fn finish(self, group: &Group, plan: Plan<T>) -> (Vec<Vec<NodeId>>, Lifted<T>, Box<[At]>) {
        let mut outputs: Vec<NodeId> = Vec::new();
        let mut results: Vec<Vec<NodeId>> = Vec::new();
        for id in &group.results {
            let inner = self.nodes[id];
            match outputs.iter().position(|&output| output == inner) {
                Some(place) => results[place].push(*id),
                None => {
                    outputs.push(inner);
                    results.push(vec![*id]);
                }
            }
        }
        let lifted = Lifted { graph: self.graph, outputs, plan, len: group.len };
        (results, lifted, self.operands.into())
    }
}
