//! The parts of an expression are written by what writes the whole: files for sums, products and calls ask for them here.

use crate::formula::Formula;
use crate::pool::{Id, Pool};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum View {
    /// One observation: what is on the rows is one number, a component with its index where there are several.
    One,
    /// The same within a sum over the components, which have another index.
    Summed,
    /// One observation, its vectors as a whole: `X` is written `x`.
    Row,
    /// All observations: vectors and matrices.
    All,
}

/// Writes parts of expressions.
pub(crate) struct Writer<'p> {
    pub(crate) pool: &'p mut Pool,
    /// How an expression of any kind is written.
    pub(super) any: fn(&mut Writer<'_>, Id, View) -> Formula,
}

impl Writer<'_> {
    pub(crate) fn write(&mut self, id: Id, view: View) -> Formula {
        (self.any)(self, id, view)
    }
}
