//! The tree in which what pieces of the rows give is put together.

use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::ops::Range;

/// What pieces of the rows give, put together pairwise by their places: the first with the second, the third with the fourth, and
/// so on. The result has the same bits whoever brings which piece, in whatever order. A [`Partial`](crate::Partial) keeps a pass's
/// numbers in one; sums that no program takes can do so, too.
///
/// ```
/// use autodiff::SumTree;
/// let add = |left: f64, right: f64| left + right;
/// let (mut left, mut right) = (SumTree::new(), SumTree::starting_at(2));
/// right.push(0.3, add); // in another process, say
/// left.push(0.1, add);
/// left.push(0.2, add);
/// left.merge(right, add)?;
/// assert_eq!(left.total(add), Some((0.1 + 0.2) + 0.3));
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SumTree<V> {
    /// By their first piece.
    nodes: BTreeMap<usize, Node<V>>,
    /// The piece that is pushed first.
    start: usize,
}

/// The levels that nodes can have: more pieces are not counted.
const LEVELS: u32 = 48;

/// The sum of `2^level` pieces.
#[derive(Clone, Debug, PartialEq)]
struct Node<V> {
    level: u32,
    value: V,
}

impl<V> Node<V> {
    fn pieces(&self) -> usize {
        1 << self.level
    }
}

impl<V> Default for SumTree<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> SumTree<V> {
    /// A tree without pieces.
    pub const fn new() -> Self {
        Self::starting_at(0)
    }

    /// A tree without pieces, to which this one is pushed first.
    pub const fn starting_at(piece: usize) -> Self {
        SumTree { nodes: BTreeMap::new(), start: piece }
    }

    /// Adds what `2^level` pieces from `first` on give together. `merge` puts together what is given of pieces and of those that follow
    /// them.
    ///
    /// # Errors
    /// A piece that is there already; a first piece that no node of this level has.
    pub fn insert(&mut self, first: usize, level: u32, value: V, merge: impl Fn(V, V) -> V) -> Result<()> {
        if !Self::is_place(first, level) {
            return Err(Error::PartialRows { rows: first..first, reason: "no node of this level begins there" });
        }
        let pieces = first..first + (1 << level);
        if self.overlaps(&pieces) {
            return Err(Error::PartialRows { rows: pieces, reason: "these pieces have been taken already" });
        }
        self.add(first, Node { level, value }, &merge);
        Ok(())
    }

    /// Adds what the piece gives that follows the last one.
    pub fn push(&mut self, value: V, merge: impl Fn(V, V) -> V) {
        let next = self.pieces().next_back().map_or(self.start, |last| last.end);
        self.add(next, Node { level: 0, value }, &merge);
    }

    /// Takes in the pieces of another tree.
    ///
    /// # Errors
    /// A piece that is in both.
    pub fn merge(&mut self, other: Self, merge: impl Fn(V, V) -> V) -> Result<()> {
        other.nodes.into_iter().try_for_each(|(first, node)| self.insert(first, node.level, node.value, &merge))
    }

    /// The nodes in the order of their pieces: the first piece, the level, and the value.
    pub fn nodes(&self) -> impl Iterator<Item = (usize, u32, &V)> {
        self.nodes.iter().map(|(&first, node)| (first, node.level, &node.value))
    }

    /// The result; `None` without pieces.
    pub fn total(mut self, merge: impl Fn(V, V) -> V) -> Option<V> {
        // The last pieces wait for neighbours that don't come.
        while let Some((_, right)) = self.nodes.pop_last() {
            let Some((first, left)) = self.nodes.pop_last() else { return Some(right.value) };
            let node = Node { level: left.level, value: merge(left.value, right.value) };
            self.nodes.insert(first, node);
        }
        None
    }

    /// Whether a node of a level can begin at a piece, and its end be counted.
    fn is_place(first: usize, level: u32) -> bool {
        let pieces = if level < LEVELS { 1usize.checked_shl(level) } else { None };
        let ends = |pieces: usize| first.checked_add(pieces).is_some() && first.is_multiple_of(pieces);
        (first as u64) < 1 << LEVELS && pieces.is_some_and(ends)
    }

    /// Whether one of these pieces is there.
    pub(crate) fn overlaps(&self, pieces: &Range<usize>) -> bool {
        let before = self.nodes.range(..pieces.end).next_back();
        before.is_some_and(|(&at, node)| at + node.pieces() > pieces.start)
    }

    /// The pieces of the nodes in their order.
    pub(crate) fn pieces(&self) -> impl DoubleEndedIterator<Item = Range<usize>> {
        self.nodes.iter().map(|(&first, node)| first..first + node.pieces())
    }

    /// Adds a node, and merges it with its neighbour in the tree as long as that is there.
    fn add(&mut self, mut first: usize, mut node: Node<V>, merge: &impl Fn(V, V) -> V) {
        loop {
            let neighbour = first ^ node.pieces();
            match self.nodes.get(&neighbour) {
                Some(other) if other.level == node.level => {}
                _ => break,
            }
            let Some(other) = self.nodes.remove(&neighbour) else { break };
            let (left, right) = if neighbour < first { (other, node) } else { (node, other) };
            first = first.min(neighbour);
            node = Node { level: left.level + 1, value: merge(left.value, right.value) };
        }
        self.nodes.insert(first, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not associative, so that it shows which were put together.
    fn joined(left: String, right: String) -> String {
        format!("({left}{right})")
    }

    #[test]
    fn the_order_of_pieces_does_not_matter() {
        let total = |order: &[usize]| {
            let mut tree = SumTree::new();
            order.iter().for_each(|&piece| tree.insert(piece, 0, piece.to_string(), joined).unwrap());
            tree.total(joined).unwrap()
        };
        assert_eq!(total(&[0, 1, 2, 3, 4, 5, 6]), "(((01)(23))((45)6))");
        for order in [[6, 5, 4, 3, 2, 1, 0], [3, 0, 6, 1, 4, 2, 5]] {
            assert_eq!(total(&order), total(&[0, 1, 2, 3, 4, 5, 6]));
        }
    }

    #[test]
    fn trees_merge_and_pieces_are_taken_once() {
        let tree = |pieces: Range<usize>| {
            let mut tree = SumTree::starting_at(pieces.start);
            pieces.for_each(|piece| tree.push(piece.to_string(), joined));
            tree
        };
        let mut right = tree(3..7);
        right.merge(tree(0..3), joined).unwrap();
        assert!(right.nodes().eq(tree(0..7).nodes()));
        assert!(right.merge(tree(5..6), joined).is_err());
        assert!(right.insert(0, 1, String::new(), joined).is_err());
        assert!(right.insert(9, 1, String::new(), joined).is_err(), "a pair begins at an even place");
        assert!(right.insert(usize::MAX, 0, String::new(), joined).is_err());
        assert_eq!(SumTree::<String>::new().total(joined), None);
    }
}
