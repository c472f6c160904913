//! Why an operation could not be evaluated.

use crate::error::Source;

/// Why an operation could not be evaluated; the caller adds where.
#[derive(Debug)]
pub(crate) enum Failure {
    Index {
        position: usize,
        index: usize,
        len: usize,
    },
    /// A pivot is 0: which matrix of the batch it is of, and which pivot.
    Singular {
        matrix: usize,
        pivot: usize,
    },
    NotPositiveDefinite {
        matrix: usize,
        pivot: usize,
    },
    Reason(String),
}

impl Failure {
    /// The same, where the rows began with this one.
    pub(crate) fn counted_from(self, first: usize) -> Self {
        match self {
            Failure::Index { position, index, len } => Failure::Index { position: position + first, index, len },
            other => other,
        }
    }

    pub(crate) fn at(self, operation: String, source_line: Source) -> crate::Error {
        match self {
            Failure::Index { position, index, len } => {
                crate::Error::IndexOutOfRange { operation, position, index, len, source_line }
            }
            Failure::Singular { matrix, pivot } => crate::Error::Singular { operation, matrix, pivot, source_line },
            Failure::NotPositiveDefinite { matrix, pivot } => {
                crate::Error::NotPositiveDefinite { operation, matrix, pivot, source_line }
            }
            Failure::Reason(reason) => crate::Error::Evaluation { operation, reason, source_line },
        }
    }
}
