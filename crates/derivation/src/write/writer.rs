//! The parts of an expression are written by what writes the whole: files for sums, products and calls ask for them here.

use crate::formula::{Binding, Formula, Part};
use crate::pool::{Id, Len, Node, Pool};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum View {
    /// One observation: what is on the rows is one number, a component with its index where there are several.
    One,
    /// The same within a sum over the components, which have another index.
    Summed,
    /// The same within a sum in such a sum.
    Inner,
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
    /// Whether what is written is stretched to the components of a row: of `Z + c`, the vector c.
    pub(super) is_stretched: bool,
    /// Whether rows that are written as a whole elsewhere are written by their components.
    pub(super) has_components: bool,
    /// Whether what is written stands beside a row: then a vector lies down.
    pub(super) is_beside_row: bool,
    /// Whether products with `Xᵀ` are written: then sums over the rows have X, too, and not one row of it.
    pub(super) has_all_rows: bool,
    /// Whether a root of a sum of squares over the rows is written: then such sums are norms, `‖y − Xθ‖²`.
    pub(super) has_norms: bool,
    /// The comparisons that were written of which the engine chooses the value where both sides are equal.
    pub(super) ties: Vec<Tie>,
}

/// A comparison whose value where both sides are equal is a choice between two slopes.
#[derive(PartialEq)]
pub(super) struct Tie {
    pub(super) bracket: String,
    pub(super) value: &'static str,
    /// Where both sides are equal.
    pub(super) place: String,
}

impl<'p> Writer<'p> {
    pub(super) fn new(pool: &'p mut Pool, any: fn(&mut Writer<'_>, Id, View) -> Formula) -> Self {
        Self {
            pool,
            any,
            is_stretched: false,
            has_components: false,
            is_beside_row: false,
            has_all_rows: false,
            has_norms: false,
            ties: Vec::new(),
        }
    }

    pub(crate) fn write(&mut self, id: Id, view: View) -> Formula {
        let outer = self.is_stretched;
        let is_whole = matches!(
            self.pool.node(id),
            Node::Symbol(_) | Node::MatMul(..) | Node::Softmax(..) | Node::Reduce(..) | Node::Opaque(..)
        );
        let is_of_components = self.pool.has_rows(id) && self.pool.dims(id).len() > 1;
        self.is_stretched = !is_whole && (outer || is_of_components);
        let formula = (self.any)(self, id, view);
        self.is_stretched = outer;
        let is_vector = !self.pool.has_rows(id) && !matches!(self.pool.dims(id).last(), None | Some(Len::Of(1)));
        match index(self.pool, view).filter(|_| outer && is_whole && is_vector) {
            Some(index) => component(formula, index),
            None => formula,
        }
    }
}

/// The index of a component.
pub(super) fn index(pool: &Pool, view: View) -> Option<&'static str> {
    match view {
        View::One => Some(pool.letters.component),
        View::Summed => Some(pool.letters.summed),
        View::Inner => Some(pool.letters.inner),
        View::Row | View::All => None,
    }
}

/// How what a sum over the components has is written, in this view.
pub(super) fn within_sum(view: View) -> View {
    match view {
        View::Summed | View::Inner => View::Inner,
        _ => View::Summed,
    }
}

/// What has components, with the index of one: `cⱼ`, `(xW)ⱼ`.
pub(super) fn component(whole: Formula, index: &str) -> Formula {
    if let Part::Name(base, below) = &whole.part
        && below.chars().all(|c| c.is_ascii_digit())
    {
        return Formula::atom(Part::Name(base.clone(), format!("{below}{index}")));
    }
    let whole = match whole.part {
        Part::Name(_, _) => whole.parenthesised(),
        _ => whole.at_least(Binding::Atom),
    };
    Formula::atom(Part::Sub(Box::new(whole), Box::new(Formula::named(index))))
}
