//! A table of nodes by what they compute: operation, operands, shape.
//!
//! Open addressing in groups of eight slots, a line of the cache. A node belongs in the group of its latest operand: most
//! nodes are used soon after they were made, so the look-ups of a long tape go through memory in order, where those by a
//! hash would miss the cache each time. What finds its group full goes where its hash says, so that the uses of a node with
//! many cost no more than others.

use crate::graph::{Args, Graph, NodeId, ShapeId};
use crate::hash::{SmallMap, hash_of};
use crate::ops::Op;
use crate::scalar::Scalar;

/// The most elements of all large constants that a program's operations on constants are folded to, together: 8 MB of `f64`.
const MOST_LARGE_FOLDS: usize = 1 << 20;

/// The nodes there are already, by what they compute.
pub(crate) struct Shared {
    pub(super) nodes: Table,
    pub(super) numbers: SmallMap<u64, NodeId>,
    /// The constants that operations on constants were folded to: the same ones are one constant.
    pub(super) folds: SmallMap<(Op, Args, ShapeId), NodeId>,
    /// How many more elements large constants may be folded to.
    pub(super) large_folds: usize,
    /// Which of the first nodes depend on the rows.
    pub(super) on_rows: Vec<bool>,
}

impl Shared {
    /// Nothing yet; room for `nodes` nodes.
    pub(crate) fn new(nodes: usize) -> Self {
        Shared {
            nodes: Table::new(nodes),
            numbers: SmallMap::default(),
            folds: SmallMap::default(),
            large_folds: MOST_LARGE_FOLDS,
            on_rows: Vec::with_capacity(nodes),
        }
    }
}

/// A slot holds half of a node's hash, and one more than its number; 0 if it is free.
#[derive(Default)]
pub(crate) struct Table {
    /// A power of two of them, at most half of them taken.
    slots: Vec<u64>,
    len: usize,
}

/// Where a node belongs that isn't there.
pub(crate) struct Vacancy {
    slot: usize,
    tag: u64,
}

/// The slots of a group.
const GROUP: usize = 8;
/// The nodes whose uses share a group: with one use each, they fill half of it.
const OPERANDS: usize = 4;
/// The half of a hash that a slot holds.
const TAG: u64 = !0 << 32;

fn hash(op: Op, args: &[NodeId], shape: ShapeId) -> u64 {
    match *args {
        [a, b] if op.commutes() => hash_of((op, shape, pair(a.min(b), a.max(b)))),
        [a, b] => hash_of((op, shape, pair(a, b))),
        [a] => hash_of((op, shape, a)),
        _ => hash_of((op, shape, args)),
    }
}

fn pair(a: NodeId, b: NodeId) -> u64 {
    u64::from(a.0) << 32 | u64::from(b.0)
}

/// Whether a node computes this, the operands of a commutative operation in either order.
fn computes<T: Scalar>(graph: &Graph<T>, id: NodeId, op: Op, args: &[NodeId], shape: ShapeId) -> bool {
    let node = graph.node(id);
    node.op == op
        && node.shape == shape
        && match (args, graph.args(id)) {
            (&[a, b], &[x, y]) if op.commutes() => (a, b) == (x, y) || (a, b) == (y, x),
            (_, found) => found == args,
        }
}

impl Table {
    /// A table with room for `nodes` nodes.
    pub(crate) fn new(nodes: usize) -> Self {
        Table { slots: vec![0; (2 * nodes).next_power_of_two().max(4 * GROUP)], len: 0 }
    }

    /// The node that computes this, or where it belongs.
    pub(crate) fn find<T: Scalar>(
        &mut self,
        graph: &Graph<T>,
        op: Op,
        args: &[NodeId],
        shape: ShapeId,
    ) -> Result<NodeId, Vacancy> {
        if 2 * self.len >= self.slots.len() {
            self.grow(graph);
        }
        self.probe(args, hash(op, args, shape), |id| computes(graph, id, op, args, shape))
    }

    /// The node among those with this hash that `is_it`, or the slot for it.
    fn probe(&self, args: &[NodeId], hash: u64, is_it: impl Fn(NodeId) -> bool) -> Result<NodeId, Vacancy> {
        let (mask, tag) = (self.slots.len() - 1, hash & TAG);
        let latest = args.iter().map(|arg| arg.index()).max().unwrap_or(0);
        let near = (latest / OPERANDS * GROUP) & mask;
        // Steps of an odd length, another for each hash: past a run of full groups as fast as past any other slots.
        let (far, step) = (hash as usize, (hash >> 32) as usize | 1);
        let far_slots = (0..=mask).map(|probe| far.wrapping_add(probe.wrapping_mul(step)) & mask);
        for slot in (near..near + GROUP).chain(far_slots) {
            let there = self.slots[slot];
            if there == 0 {
                return Err(Vacancy { slot, tag });
            }
            if there & TAG == tag {
                let id = NodeId((there & !TAG) as u32 - 1);
                if is_it(id) {
                    return Ok(id);
                }
            }
        }
        // Not reached: half of the slots are free.
        Err(Vacancy { slot: near, tag })
    }

    /// Puts a node where it belongs, as [`find`](Self::find) said.
    pub(crate) fn fill(&mut self, vacancy: Vacancy, id: NodeId) {
        self.slots[vacancy.slot] = vacancy.tag | (u64::from(id.0) + 1);
        self.len += 1;
    }

    fn grow<T: Scalar>(&mut self, graph: &Graph<T>) {
        let old = std::mem::replace(self, Table::new(2 * self.len.max(1)));
        for slot in old.slots.into_iter().filter(|&slot| slot != 0) {
            let id = NodeId((slot & !TAG) as u32 - 1);
            let (node, args) = (graph.node(id), graph.args(id));
            if let Err(vacancy) = self.probe(args, hash(node.op, args, node.shape), |_| false) {
                self.fill(vacancy, id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{Binary, Unary};

    const ADD: Op = Op::Binary(Binary::Add);
    const SUB: Op = Op::Binary(Binary::Sub);

    /// Puts all of `nodes` in, and sees that each was new and is found from then on.
    fn fill(nodes: &[(Op, Vec<NodeId>)]) -> (Graph<f64>, Table) {
        let (mut graph, mut table) = (Graph::new(), Table::new(0));
        let source = std::panic::Location::caller();
        let mut ids = Vec::new();
        for (op, args) in nodes {
            let vacancy = table.find(&graph, *op, args, ShapeId::SCALAR).err().unwrap();
            let id = graph.push(*op, args, ShapeId::SCALAR, source);
            table.fill(vacancy, id);
            ids.push(id);
        }
        for ((op, args), id) in nodes.iter().zip(ids) {
            assert_eq!(table.find(&graph, *op, args, ShapeId::SCALAR).ok(), Some(id));
        }
        (graph, table)
    }

    #[test]
    fn every_node_is_found_wherever_its_operands_are() {
        let node = |index: u32, operand: u32| (SUB, vec![NodeId(index), NodeId(operand)]);
        // All uses of one late node; a use of each node; two of each in the first quarter of a long tape.
        fill(&(0..5000).map(|index| node(index, 90_000)).collect::<Vec<_>>());
        fill(&(1..5000).map(|index| node(0, index)).collect::<Vec<_>>());
        fill(&(1..5000).map(|index| node(index % 2, 2 + index / 2)).collect::<Vec<_>>());
    }

    #[test]
    fn only_what_computes_the_same_is_found() {
        let [x, y] = [NodeId(0), NodeId(1)];
        let exp = Op::Unary(Unary::Exp);
        let (graph, mut table) = fill(&[(ADD, vec![x, y]), (SUB, vec![x, y]), (exp, vec![x])]);
        let mut known = |op: Op, args: &[NodeId]| table.find(&graph, op, args, ShapeId::SCALAR).is_ok();
        assert!(known(ADD, &[y, x]) && !known(SUB, &[y, x]) && !known(exp, &[y]) && !known(ADD, &[x, x]));
    }
}
