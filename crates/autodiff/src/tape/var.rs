//! Handles to nodes.

use super::Tape;
use crate::graph::{NodeId, ShapeId};
use crate::scalar::Scalar;
use crate::shape::Shape;
use std::fmt;
use std::sync::Arc;

/// A handle to a node: arithmetic on it records on its tape. A handle is two words and `Copy`.
///
/// It has no ordering or equality on values, so that a branch on a recorded value doesn't compile by accident: `select`
/// records a choice, [`value`](Self::value) looks at the number.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", &[1.0, 2.0]);
/// let y = (2 * x.exp() - 1).sum().named("y");
/// assert_eq!((y.operation().as_str(), y.shape().is_scalar()), ("sum", true));
/// assert_eq!(y.grad(x).value()?[1], 2.0 * 2f64.exp());
/// # Ok::<(), autodiff::Error>(())
/// ```
pub struct Var<'t, T: Scalar> {
    tape: &'t Tape<T>,
    id: NodeId,
}

impl<T: Scalar> Clone for Var<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Scalar> Copy for Var<'_, T> {}

impl<'t, T: Scalar> Var<'t, T> {
    pub(crate) fn new(tape: &'t Tape<T>, id: NodeId) -> Self {
        Self { tape, id }
    }

    /// The tape the node is on.
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }

    pub(crate) fn id(self) -> NodeId {
        self.id
    }

    /// Whether two handles stand for one node of one tape. Of values there is no comparison: see `eq`.
    pub fn is_same(self, other: Var<'_, T>) -> bool {
        std::ptr::eq(self.tape, other.tape) && self.id == other.id
    }

    /// Whether this stands for an operation that could not be recorded.
    pub(crate) fn is_failed(self) -> bool {
        self.id == NodeId::FAILED
    }

    /// The node's shape; that of a scalar for an operation that could not be recorded.
    pub fn shape(self) -> Shape {
        if self.is_failed() {
            return Shape::fixed(&[]);
        }
        self.tape.inner().graph.shape(self.id).clone()
    }

    pub(crate) fn shape_id(self) -> ShapeId {
        self.tape.shape_id(self.id)
    }

    /// The name of the operation that the node is.
    pub fn operation(self) -> String {
        if self.is_failed() {
            return "failed".into();
        }
        self.tape.inner().graph.operation(self.id).into()
    }

    /// Gives the node a name for printouts and pictures.
    pub fn named(self, name: &str) -> Self {
        if !self.is_failed() {
            self.tape.inner_mut().graph.names.insert(self.id, Arc::from(name));
        }
        self
    }

    /// The name that the node was given, or the input was declared with.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", 1.0);
    /// let y = x.exp();
    /// assert_eq!((x.name().as_deref(), y.name()), (Some("x"), None));
    /// assert_eq!(y.named("odds").name().as_deref(), Some("odds"));
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    pub fn name(self) -> Option<String> {
        if self.is_failed() {
            return None;
        }
        self.tape.inner().graph.name(self.id).map(String::from)
    }

    /// The plain number `value` as a node on the same tape.
    #[track_caller]
    pub(crate) fn num(self, value: f64) -> Self {
        self.tape.number(value)
    }
}

impl<T: Scalar> fmt::Debug for Var<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_failed() {
            return f.write_str("Var(failed)");
        }
        write!(f, "Var(%{} = {} {})", self.id.0, self.operation(), self.shape())
    }
}

/// A handle to a leaf of indices, usable only where an index is meant.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let effects = tape.variable("effects", &[10.0, 20.0]);
/// let group = tape.index_data("group", &[1, 0, 1]);
/// assert_eq!(effects.gather(group).sum().item()?, 50.0);
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct IndexVar<'t, T: Scalar> {
    node: Var<'t, T>,
}

impl<'t, T: Scalar> IndexVar<'t, T> {
    pub(crate) fn new(node: Var<'t, T>) -> Self {
        Self { node }
    }

    pub(crate) fn node(self) -> Var<'t, T> {
        self.node
    }

    /// The shape of the indices.
    pub fn shape(self) -> Shape {
        self.node.shape()
    }
}
