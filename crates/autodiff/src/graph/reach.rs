//! What nodes depend on.

use super::{Graph, NodeId, NodeMap};
use crate::ops::{Arity, Op};
use crate::scalar::Scalar;

impl<T: Scalar> Graph<T> {
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

    /// Whether `root` is made of at most `most` nodes from `first` on, of which no more are looked at.
    pub(crate) fn has_few_ancestors(&self, root: NodeId, first: NodeId, most: usize) -> bool {
        let (mut known, mut stack) = (std::collections::BTreeSet::from([root]), vec![root]);
        while let Some(id) = stack.pop() {
            stack.extend(self.args(id).iter().copied().filter(|&arg| arg >= first && known.insert(arg)));
            if known.len() > most {
                return false;
            }
        }
        true
    }

    /// The nodes that `root` depends on, itself included, in order, as far as they are `wanted`: others, and what only they depend
    /// on, are left out. What is found is noted in `known`, which is empty before.
    ///
    /// Backwards node by node, for as long as most are found; beyond a long gap by following operands, so that the cost is
    /// that of what is found, not of the tape.
    pub(crate) fn ancestors(&self, root: NodeId, wanted: impl Fn(NodeId) -> bool, known: &mut NodeMap) -> Vec<NodeId> {
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
