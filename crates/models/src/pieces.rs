//! Sums over the rows in pieces of fixed size, put together pairwise by their places: neither the blocks in which rows come, nor the
//! number of threads or processes, changes a bit.

use autodiff::SumTree;
use std::ops::Range;

/// The rows of a piece, where not said otherwise.
pub(crate) const ROWS: usize = 1 << 16;

/// What is found of some of the rows.
pub(crate) trait Piece: Clone {
    /// Takes in what the rows after its own give.
    fn take_in(&mut self, next: &Self);

    /// Visits the numbers it consists of, to read or to replace them.
    fn visit(&mut self, visit: &mut dyn FnMut(&mut f64));
}

/// What is found piece by piece.
#[derive(Clone, Debug)]
pub(crate) struct Pieces<P> {
    /// What no rows give.
    nothing: P,
    /// Rows a piece.
    each: usize,
    tree: SumTree<P>,
    /// What the rows of a piece that isn't whole give so far, if there are any.
    open: Option<P>,
    /// The number of the next row among all.
    row: usize,
}

/// Puts together what is found of rows, and of those after them.
fn merged<P: Piece>(mut left: P, right: P) -> P {
    left.take_in(&right);
    left
}

impl<P: Piece> Pieces<P> {
    pub(crate) fn new(nothing: P) -> Self {
        Self::of_rows(nothing, ROWS)
    }

    /// With so many rows a piece.
    pub(crate) fn of_rows(nothing: P, each: usize) -> Self {
        Pieces { nothing, each: each.max(1), tree: SumTree::new(), open: None, row: 0 }
    }

    /// What all rows give that `add` is told of.
    pub(crate) fn sum(nothing: P, rows: usize, mut add: impl FnMut(&mut P, usize)) -> P {
        let mut pieces = Self::new(nothing);
        pieces.add(rows, |piece, rows| rows.for_each(|row| add(piece, row)));
        pieces.finish()
    }

    /// What no rows give.
    pub(crate) fn nothing(&self) -> P {
        self.nothing.clone()
    }

    /// Rows a piece.
    pub(crate) fn each(&self) -> usize {
        self.each
    }

    /// The number of the next row among all.
    pub(crate) fn row(&self) -> usize {
        self.row
    }

    /// Begins at another row than the first, that of a piece, if rows are added.
    pub(crate) fn starting_at(self, row: usize) -> Self {
        Pieces { tree: SumTree::starting_at(row / self.each), row, ..self }
    }

    /// Adds the next rows: `add` gets ranges of them, each within a piece.
    pub(crate) fn add(&mut self, rows: usize, mut add: impl FnMut(&mut P, Range<usize>)) {
        let mut start = 0;
        while start < rows {
            let end = rows.min(start + self.each - self.row % self.each);
            add(self.open.get_or_insert_with(|| self.nothing.clone()), start..end);
            self.row += end - start;
            start = end;
            if self.row.is_multiple_of(self.each) {
                self.close();
            }
        }
    }

    /// Adds a whole piece.
    pub(crate) fn push(&mut self, piece: P) {
        self.tree.push(piece, merged);
        self.row += self.each;
    }

    fn close(&mut self) {
        if let Some(piece) = self.open.take() {
            self.tree.push(piece, merged);
        }
    }

    /// The pieces in their tree; the last may have fewer rows than the others.
    pub(crate) fn into_tree(mut self) -> SumTree<P> {
        self.close();
        self.tree
    }

    /// What all rows give.
    pub(crate) fn finish(self) -> P {
        let nothing = self.nothing.clone();
        total(self.into_tree()).unwrap_or(nothing)
    }
}

/// What all pieces of a tree give.
pub(crate) fn total<P: Piece>(tree: SumTree<P>) -> Option<P> {
    tree.total(merged)
}

/// Adds what `2^level` pieces give.
pub(crate) fn insert<P: Piece>(tree: &mut SumTree<P>, place: usize, level: u32, piece: P) -> autodiff::Result<()> {
    tree.insert(place, level, piece, merged)
}

/// Puts the pieces of two trees together.
pub(crate) fn join<P: Piece>(left: &mut SumTree<P>, right: SumTree<P>) -> autodiff::Result<()> {
    left.merge(right, merged)
}

/// Sums.
impl Piece for Vec<f64> {
    fn take_in(&mut self, next: &Self) {
        self.iter_mut().zip(next).for_each(|(sum, term)| *sum += term);
    }

    fn visit(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        self.iter_mut().for_each(visit);
    }
}

/// The largest of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Largest(pub(crate) Vec<f64>);

impl Piece for Largest {
    fn take_in(&mut self, next: &Self) {
        self.0.iter_mut().zip(&next.0).for_each(|(largest, other)| *largest = largest.max(*other));
    }

    fn visit(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        self.0.iter_mut().for_each(visit);
    }
}
