//! What the columns of a file are used as.

/// What a column is to be used as, which decides what its cells may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The response: numbers, which may be 0 and 1.
    Response,
    /// The response of a family that has no success and failure: numbers.
    Quantity,
    /// The response as categories, whatever the cells look like: classes, or success and failure in words.
    Outcome,
    /// The failures beside a response of successes: numbers.
    Failures,
    /// Observation weights: numbers.
    Weights,
    /// A known part of the linear predictor: numbers.
    Offset,
    /// Clusters of rows: categories, whatever the cells look like.
    Cluster,
    /// A term as the file has it: numbers, or categories where no cell is a number.
    Term,
    /// A term that was numeric when the model was fitted: numbers.
    Covariate,
    /// A term written `factor(…)`: categories, whatever the cells look like.
    Factor,
}

impl Role {
    /// Whether it is the response as numbers.
    pub fn is_numeric_response(self) -> bool {
        matches!(self, Role::Response | Role::Quantity)
    }
}
