//! What the catalogue states of an operation, which stands in the operation's own table.

/// An operand to try an operation on: from which numbers its elements are drawn, and its shape.
///
/// ```
/// let ln = autodiff::catalogue::operations().find(|operation| operation.name() == "ln").unwrap();
/// assert!(ln.operands()[0].low > 0.0 && ln.operands()[0].shape.is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// The smallest element.
    pub low: f64,
    /// The largest element.
    pub high: f64,
    /// The shape the call needs; `None` for an elementwise operand, which may have any.
    pub shape: Option<&'static [usize]>,
}

impl Sample {
    /// An operand of an elementwise operation.
    pub(crate) const fn elements(low: f64, high: f64) -> Self {
        Self { low, high, shape: None }
    }

    /// An operand of a given shape.
    pub(crate) const fn array(low: f64, high: f64, shape: &'static [usize]) -> Self {
        Self { low, high, shape: Some(shape) }
    }
}

/// What the catalogue states of an operation.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) formula: &'static str,
    pub(crate) derivative: &'static str,
    pub(crate) domain: &'static str,
    pub(crate) operands: &'static [Sample],
    pub(crate) ulp: Option<[f64; 2]>,
}
