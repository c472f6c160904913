//! Which pass computes what: the level of every node.
//!
//! A rows node of level k is computed in pass k, a fixed node of level k before it. A reduction over the rows finishes with
//! its pass, so what it gives is of the next level. A rows node that a later pass needs is computed there again: reading
//! the inputs once more moves fewer bytes than writing and reading intermediate arrays as long as the data.

use crate::graph::{Graph, NodeId};
use crate::scalar::Scalar;

/// What is computed when.
pub(crate) struct Schedule {
    /// The level of every node.
    levels: Vec<u32>,
    /// For each level, the fixed nodes that are no reductions over the rows.
    pub(crate) fixed: Vec<Vec<NodeId>>,
    /// For each level, the reductions over the rows that its pass finishes.
    pub(crate) reductions: Vec<Vec<NodeId>>,
    /// The pass (and one more) that has seen a node last.
    seen: Vec<u32>,
}

impl Schedule {
    pub(crate) fn new<T: Scalar>(graph: &Graph<T>) -> Self {
        let levels = levels(graph);
        let count = levels.iter().copied().max().unwrap_or(0) as usize + 1;
        let (mut fixed, mut reductions) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for (index, &level) in levels.iter().enumerate() {
            let id = NodeId(index as u32);
            if leaves_rows(graph, id) {
                reductions[level as usize - 1].push(id);
            } else if !graph.shape(id).has_rows() {
                fixed[level as usize].push(id);
            }
        }
        let seen = vec![0; levels.len()];
        Schedule { levels, fixed, reductions, seen }
    }

    pub(crate) fn level(&self, id: NodeId) -> u32 {
        self.levels[id.index()]
    }

    /// The rows nodes that pass `pass` computes: what its reductions and `outputs` need, in order. The cost is that of
    /// what the pass computes.
    pub(crate) fn pass_nodes<T: Scalar>(&mut self, graph: &Graph<T>, outputs: &[NodeId], pass: u32) -> Vec<NodeId> {
        let on_rows = |id: &NodeId| graph.shape(*id).has_rows();
        let due = |output: &NodeId| on_rows(output) && self.levels[output.index()] == pass;
        let mut open: Vec<NodeId> = outputs.iter().copied().filter(due).collect();
        for &reduction in &self.reductions[pass as usize] {
            open.extend(graph.args(reduction).iter().copied().filter(on_rows));
        }
        let mut nodes = Vec::new();
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut self.seen[id.index()], pass + 1) <= pass {
                nodes.push(id);
                open.extend(graph.args(id).iter().copied().filter(on_rows));
            }
        }
        nodes.sort_unstable();
        nodes
    }
}

/// The level of every node.
fn levels<T: Scalar>(graph: &Graph<T>) -> Vec<u32> {
    let mut levels = vec![0u32; graph.len()];
    for index in 0..graph.len() {
        let id = NodeId(index as u32);
        let fixed = !graph.shape(id).has_rows();
        let level = |arg: &NodeId| levels[arg.index()] + u32::from(fixed && graph.shape(*arg).has_rows());
        levels[index] = graph.args(id).iter().map(level).max().unwrap_or(0);
    }
    levels
}

/// Whether a node is a reduction over the rows.
pub(crate) fn leaves_rows<T: Scalar>(graph: &Graph<T>, id: NodeId) -> bool {
    !graph.shape(id).has_rows() && graph.args(id).iter().any(|&arg| graph.shape(arg).has_rows())
}
