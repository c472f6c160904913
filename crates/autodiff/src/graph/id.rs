//! The numbers of nodes and shapes.

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
pub(crate) struct ShapeId(pub(super) u32);

impl ShapeId {
    pub(crate) const SCALAR: ShapeId = ShapeId(0);
}
