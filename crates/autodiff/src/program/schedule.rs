//! Which pass computes what: the level of every node.
//!
//! A rows node of level k is computed in pass k, a fixed node of level k before it. A reduction over the rows finishes with
//! its pass, so what it gives is of the next level. A rows node that a later pass needs is computed there again: reading
//! the inputs once more moves fewer bytes than writing and reading intermediate arrays as long as the data.

use crate::graph::{Graph, NodeId};
use crate::scalar::Scalar;

/// The level of every node, and the number of levels.
pub(crate) fn levels<T: Scalar>(graph: &Graph<T>) -> Vec<u32> {
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

/// The rows nodes that pass `pass` computes: what its reductions and outputs need, in order.
pub(crate) fn pass_nodes<T: Scalar>(graph: &Graph<T>, levels: &[u32], outputs: &[NodeId], pass: u32) -> Vec<NodeId> {
    let mut needed = vec![false; graph.len()];
    for (index, &level) in levels.iter().enumerate() {
        let id = NodeId(index as u32);
        if leaves_rows(graph, id) && level == pass + 1 {
            mark_rows_operands(graph, id, &mut needed);
        }
    }
    for output in outputs {
        if graph.shape(*output).has_rows() && levels[output.index()] == pass {
            needed[output.index()] = true;
        }
    }
    for index in (0..graph.len()).rev() {
        if needed[index] {
            mark_rows_operands(graph, NodeId(index as u32), &mut needed);
        }
    }
    (0..graph.len()).filter(|&index| needed[index]).map(|index| NodeId(index as u32)).collect()
}

fn mark_rows_operands<T: Scalar>(graph: &Graph<T>, id: NodeId, needed: &mut [bool]) {
    for arg in graph.args(id) {
        if graph.shape(*arg).has_rows() {
            needed[arg.index()] = true;
        }
    }
}
