//! Inputs that a loss doesn't depend on.

use crate::derivative::reverse_where_any;
use crate::error::{Error, Result};
use crate::graph::{InputValue, NodeId};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{Tape, Var};
use std::collections::HashSet;
use std::fmt;
use std::panic::Location;

/// Why a derivative by an input is 0 whatever the values.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let (x, y) = (tape.variable("x", 1.0), tape.variable("y", 2.0));
/// let inputs = (x + y.stop_gradient()).independent_inputs()?;
/// println!("{:?}: {:?}", inputs[0].name, inputs[0].reason);
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Independence {
    /// The input takes no part in the computation.
    Unused,
    /// The input takes part, but only through operations whose derivative is 0 everywhere: comparisons, `signum`, `floor`,
    /// `stop_gradient`, the condition of a `select`.
    ZeroDerivative,
}

/// An input by which the derivative is 0 whatever the values.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let (x, y) = (tape.variable("x", 1.0), tape.variable("y", 2.0));
/// let inputs = (x + y.stop_gradient()).independent_inputs()?;
/// assert_eq!(inputs[0].name, "y");
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndependentInput {
    /// The input's name.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// Why.
    pub reason: Independence,
}

impl fmt::Display for IndependentInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason {
            Independence::Unused => "is not used",
            Independence::ZeroDerivative => "is used only where the derivative is 0 (comparisons, `stop_gradient`, …)",
        };
        write!(f, "input `{}` {} {reason}", self.name, self.shape)
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The tape's inputs by which the derivative of this scalar is 0 whatever the values: forgotten ones, mostly.
    ///
    /// Inputs of indices are named only if they are not used at all. Nothing is recorded.
    ///
    /// ```
    /// use autodiff::{Independence, Tape};
    /// # fn main() -> autodiff::Result<()> {
    /// let tape = Tape::<f64>::new();
    /// let (a, b, c) = (tape.input("a", &[]), tape.input("b", &[]), tape.input("c", &[]));
    /// let loss = a * b.gt(0.0);
    /// let found = loss.independent_inputs()?;
    /// assert_eq!((found[0].name.as_str(), found[0].reason), ("b", Independence::ZeroDerivative));
    /// assert_eq!((found[1].name.as_str(), found[1].reason), ("c", Independence::Unused));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first error of the recording, and of a node that is not one number.
    #[track_caller]
    pub fn independent_inputs(self) -> Result<Vec<IndependentInput>> {
        self.tape().check()?;
        if !self.shape().is_scalar() {
            let (operation, source_line) = ("independent_inputs", Location::caller());
            return Err(Error::NotScalar { operation, shape: self.shape(), source_line });
        }
        let graph = self.tape().inner().graph.clone();
        let used = graph.reachable(&[self.id()]);
        // The rules themselves say which derivatives are 0; they record on a copy.
        let copy = Tape::of(graph);
        let graph = copy.inner().graph.clone();
        let numbers: Vec<NodeId> = graph
            .inputs
            .iter()
            .filter(|input| matches!(input.value, InputValue::Numbers(_)) && used[input.node.index()])
            .map(|input| input.node)
            .collect();
        let variables: Vec<Var<'_, T>> = numbers.iter().map(|&id| copy.var(id)).collect();
        let adjoints = reverse_where_any(copy.var(self.id()), copy.scalar(T::one()), &variables, NodeId(0));
        copy.check()?;
        let without: HashSet<NodeId> =
            numbers.iter().zip(&adjoints).filter(|(_, adjoint)| adjoint.is_none()).map(|(&id, _)| id).collect();
        let reason = |id: NodeId| match used[id.index()] {
            false => Some(Independence::Unused),
            true => without.contains(&id).then_some(Independence::ZeroDerivative),
        };
        let found = graph.inputs.iter().filter_map(|input| {
            let (name, shape) = (input.name.to_string(), graph.shape(input.node).clone());
            reason(input.node).map(|reason| IndependentInput { name, shape, reason })
        });
        Ok(found.collect())
    }
}
