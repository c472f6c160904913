//! A map from the nodes of a graph to others, made once and used again: a look-up is one read, and what a use costs is as
//! much as its entries, however long the graph is.

use crate::graph::NodeId;

/// A map from nodes to nodes.
#[derive(Default)]
pub(crate) struct NodeMap {
    /// By node; `FAILED` where there is no entry.
    values: Vec<NodeId>,
    keys: Vec<NodeId>,
}

impl NodeMap {
    #[inline]
    pub(crate) fn get(&self, key: NodeId) -> Option<NodeId> {
        self.values.get(key.index()).copied().filter(|&value| value != NodeId::FAILED)
    }

    #[inline]
    pub(crate) fn contains(&self, key: NodeId) -> bool {
        self.get(key).is_some()
    }

    #[inline]
    pub(crate) fn insert(&mut self, key: NodeId, value: NodeId) {
        if self.values.len() <= key.index() {
            self.values.resize(key.index() + 1, NodeId::FAILED);
        }
        let slot = &mut self.values[key.index()];
        if *slot == NodeId::FAILED {
            self.keys.push(key);
        }
        *slot = value;
    }

    /// The nodes with an entry, in the order in which they got it.
    pub(crate) fn keys(&self) -> &[NodeId] {
        &self.keys
    }

    pub(crate) fn clear(&mut self) {
        if self.keys.len() > self.values.len() / 8 {
            self.values.fill(NodeId::FAILED);
            self.keys.clear();
        }
        for key in self.keys.drain(..) {
            self.values[key.index()] = NodeId::FAILED;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleared_map_is_empty_and_remembers_nothing() {
        let mut map = NodeMap::default();
        map.insert(NodeId(7), NodeId(1));
        map.insert(NodeId(3), NodeId(2));
        map.insert(NodeId(7), NodeId(5));
        assert_eq!((map.get(NodeId(7)), map.get(NodeId(4)), map.get(NodeId(100))), (Some(NodeId(5)), None, None));
        assert_eq!(map.keys(), [NodeId(7), NodeId(3)]);
        map.clear();
        assert!(!map.contains(NodeId(7)) && map.keys().is_empty());
    }
}
