//! The sizes of batched matrices, and where an elimination breaks down.

use crate::ops::Failure;
use crate::shape::Shape;

/// The sizes of an operation's matrices, and how many of them there are (a row).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) batch: u32,
    /// Rows and columns of the operands; of the only one, if there is but one.
    pub(crate) sides: [[u32; 2]; 2],
    /// Whether an operand is one matrix, the same for all of the batch.
    pub(crate) shared: [bool; 2],
}

impl Sizes {
    pub(crate) fn of(a: &Shape, b: &Shape) -> Sizes {
        let sides = |shape: &Shape| shape.trailing().last_chunk::<2>().map_or([0, 0], |&[n, m]| [n as u32, m as u32]);
        let batch: usize = batch_dims(if is_matrix(a) { b } else { a }).iter().product();
        let shared = [is_matrix(a) && !is_matrix(b), is_matrix(b) && !is_matrix(a)];
        Sizes { batch: batch as u32, sides: [sides(a), sides(b)], shared }
    }

    /// The elements of one matrix of an operand.
    pub(crate) fn len(self, operand: usize) -> usize {
        let [rows, columns] = self.sides[operand];
        rows as usize * columns as usize
    }

    /// One matrix of an operand.
    pub(super) fn matrix<T>(self, operand: usize, all: &[T], matrix: usize) -> &[T] {
        let len = self.len(operand);
        let first = if self.shared[operand] { 0 } else { matrix * len };
        &all[first..first + len]
    }

    /// The elements of an operand for `count` matrices.
    pub(crate) fn operand_len(self, operand: usize, count: usize) -> usize {
        if self.shared[operand] { self.len(operand) } else { self.len(operand) * count }
    }
}

/// Whether a shape is that of one fixed matrix.
pub(crate) fn is_matrix(shape: &Shape) -> bool {
    !shape.has_rows() && shape.ndim() == 2
}

/// The lengths of the axes before the last two, without the rows.
pub(crate) fn batch_dims(shape: &Shape) -> &[usize] {
    &shape.trailing()[..shape.trailing().len().saturating_sub(2)]
}

/// A shape with the rows and batch of `like`, and other last axes.
pub(crate) fn batched(like: &Shape, last: &[usize]) -> Shape {
    let dims: Vec<usize> = batch_dims(like).iter().chain(last).copied().collect();
    if like.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) }
}

/// The side of the square matrices of a shape.
pub(crate) fn square(a: &Shape) -> Result<usize, String> {
    match a.trailing().last_chunk::<2>() {
        Some(&[n, m]) if n == m => Ok(n),
        _ => Err("the last two axes must be those of a square matrix".into()),
    }
}

/// Where an elimination broke down: the pivot that is 0, or not positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Breakdown {
    Singular { pivot: usize },
    NotPositiveDefinite { pivot: usize },
}

impl Breakdown {
    /// The same, of a matrix that `pivots` come before.
    pub(super) fn after(self, pivots: usize) -> Self {
        match self {
            Breakdown::Singular { pivot } => Breakdown::Singular { pivot: pivots + pivot },
            Breakdown::NotPositiveDefinite { pivot } => Breakdown::NotPositiveDefinite { pivot: pivots + pivot },
        }
    }

    pub(super) fn of(self, matrix: usize) -> Failure {
        match self {
            Breakdown::Singular { pivot } => Failure::Singular { matrix, pivot },
            Breakdown::NotPositiveDefinite { pivot } => Failure::NotPositiveDefinite { matrix, pivot },
        }
    }
}
