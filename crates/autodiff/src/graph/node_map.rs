//! A map from the nodes of a graph to what is known of them, made once and used again: a look-up is one read, and what a use costs is as
//! much as its entries, however long the graph is.

use super::NodeId;

/// What a [`NodeMap`] may hold.
pub(crate) trait Entry: Copy + PartialEq {
    /// The value that stands where there is no entry, and is none.
    const NONE: Self;
}

impl Entry for NodeId {
    const NONE: Self = NodeId::FAILED;
}

/// A map from nodes, to other nodes if nothing else is said.
pub(crate) struct NodeMap<V = NodeId> {
    /// By node; [`NONE`](Entry::NONE) where there is no entry.
    values: Vec<V>,
    keys: Vec<NodeId>,
}

impl<V> Default for NodeMap<V> {
    fn default() -> Self {
        NodeMap { values: Vec::new(), keys: Vec::new() }
    }
}

impl<V: Entry> NodeMap<V> {
    /// An empty map for a graph of `nodes` nodes.
    pub(crate) fn for_nodes(nodes: usize) -> Self {
        NodeMap { values: vec![V::NONE; nodes], keys: Vec::with_capacity(nodes) }
    }

    #[inline]
    pub(crate) fn get(&self, key: NodeId) -> Option<V> {
        self.values.get(key.index()).copied().filter(|&value| value != V::NONE)
    }

    #[inline]
    pub(crate) fn contains(&self, key: NodeId) -> bool {
        self.get(key).is_some()
    }

    #[inline]
    pub(crate) fn insert(&mut self, key: NodeId, value: V) {
        if self.values.len() <= key.index() {
            self.values.resize(key.index() + 1, V::NONE);
        }
        let slot = &mut self.values[key.index()];
        if *slot == V::NONE {
            self.keys.push(key);
        }
        *slot = value;
    }

    /// Takes an entry out; the node stays among the keys.
    #[inline]
    pub(crate) fn remove(&mut self, key: NodeId) {
        if let Some(slot) = self.values.get_mut(key.index()) {
            *slot = V::NONE;
        }
    }

    /// The nodes that have got an entry, in the order in which they got it.
    pub(crate) fn keys(&self) -> &[NodeId] {
        &self.keys
    }

    pub(crate) fn clear(&mut self) {
        if self.keys.len() > self.values.len() / 8 {
            self.values.fill(V::NONE);
            self.keys.clear();
        }
        for key in self.keys.drain(..) {
            self.values[key.index()] = V::NONE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleared_map_is_empty_and_remembers_nothing() {
        let mut map = NodeMap::<NodeId>::default();
        map.insert(NodeId(7), NodeId(1));
        map.insert(NodeId(3), NodeId(2));
        map.insert(NodeId(7), NodeId(5));
        assert_eq!((map.get(NodeId(7)), map.get(NodeId(4)), map.get(NodeId(100))), (Some(NodeId(5)), None, None));
        assert_eq!(map.keys(), [NodeId(7), NodeId(3)]);
        map.clear();
        assert!(!map.contains(NodeId(7)) && map.keys().is_empty());
    }
}
