//! A recording as formulas.

use super::notation::{self, Text};
use super::plain::is_inlined;
use super::scene::{operands, written};
use crate::graph::{Graph, NodeId};
use crate::ops::{Arity, Op};
use crate::scalar::Scalar;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// The most characters of a formula that is written out where it is used: longer ones are easier to read on a line of their own, and
/// copied again and again they would take memory without end.
const LONGEST_PART: usize = 200;

/// A line for each output, named node, node used more than once, and node whose formula is long; the rest is written out where it is used.
pub(super) fn write<T: Scalar>(graph: &Graph<T>, outputs: &[NodeId]) -> String {
    let live = graph.reachable(outputs);
    let is_output: HashSet<NodeId> = outputs.iter().copied().collect();
    let mut uses = vec![0usize; graph.len()];
    for index in (0..graph.len()).filter(|&index| live[index]) {
        for operand in graph.args(NodeId(index as u32)) {
            uses[operand.index()] += 1;
        }
    }
    let mut texts: HashMap<NodeId, Text> = HashMap::new();
    let mut lines = String::new();
    for index in (0..graph.len()).filter(|&index| live[index]) {
        let id = NodeId(index as u32);
        let reference = |operand| texts.get(&operand).cloned().unwrap_or_else(|| Text::atom(label(graph, operand)));
        let is_leaf = matches!(graph.op(id).arity(), Arity::Fixed(0));
        let text = match graph.op(id) {
            Op::Input(_) => Text::atom(label(graph, id)),
            _ if is_leaf => Text::atom(written(graph, id, reference)),
            _ => notation::algebra(graph, id, &operands(graph, graph.args(id), reference)),
        };
        let has_line = match graph.op(id) {
            Op::Input(_) => is_output.contains(&id),
            Op::Constant(_) => true,
            _ if is_output.contains(&id) || graph.name(id).is_some() => true,
            _ => (uses[index] > 1 || text.text.len() > LONGEST_PART) && !is_inlined(graph, id),
        };
        if has_line {
            // Writing to a string can't fail.
            let _ = writeln!(lines, "{} = {}", label(graph, id), text.text);
            texts.insert(id, Text::atom(label(graph, id)));
        } else {
            texts.insert(id, text);
        }
    }
    lines
}

/// A node's name, or its number.
fn label<T: Scalar>(graph: &Graph<T>, id: NodeId) -> String {
    graph.name(id).map_or_else(|| format!("%{}", id.0), Into::into)
}
