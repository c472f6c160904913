//! A user's own operation, with the parts a built-in one has.

use super::{Tape, Var};
use crate::graph::Custom;
use crate::ops::{CustomValue, Op};
use crate::scalar::Scalar;
use crate::shape::Shape;
use ndarray::{ArrayD, ArrayViewD};
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// A user's own operation: name, shape rule, value and vjp rule.
///
/// Operands on the rows make the operation *row-wise*: its shape must have rows, and each row of its value may depend on
/// the same row of the rows operands (and on all of the fixed ones) only, because a program calls it block by block.
///
/// ```
/// use autodiff::{CustomOp, Shape, Tape, Var};
/// use ndarray::{ArrayD, ArrayViewD, arr1};
///
/// /// x⁴ by two squarings.
/// #[derive(Debug)]
/// struct Fourth;
///
/// impl CustomOp<f64> for Fourth {
///     fn name(&self) -> &str {
///         "fourth"
///     }
///     fn shape(&self, operands: &[Shape]) -> Result<Shape, String> {
///         Ok(operands[0].clone())
///     }
///     fn value(&self, operands: &[ArrayViewD<'_, f64>]) -> Result<ArrayD<f64>, String> {
///         Ok(operands[0].mapv(|x| (x * x) * (x * x)))
///     }
///     fn vjp<'t>(&self, operands: &[Var<'t, f64>], _: Var<'t, f64>, adjoint: Var<'t, f64>) -> Vec<Option<Var<'t, f64>>> {
///         vec![Some(adjoint * operands[0].powi(3) * 4.0)]
///     }
/// }
///
/// let tape = Tape::new();
/// let x = tape.variable("x", arr1(&[1.0, 2.0]));
/// let y = tape.custom(Fourth, &[x]).sum();
/// assert_eq!(y.grad(x).value()?, arr1(&[4.0, 32.0]).into_dyn());
/// assert_eq!(y.grad(x).sum().grad(x).value()?, arr1(&[12.0, 48.0]).into_dyn());
/// # Ok::<(), autodiff::Error>(())
/// ```
pub trait CustomOp<T: Scalar>: Debug + Send + Sync + 'static {
    /// The name, in printouts and errors.
    fn name(&self) -> &str;

    /// The result's shape, or what is wrong with the operands'.
    fn shape(&self, operands: &[Shape]) -> Result<Shape, String>;

    /// The result, of the shape that [`shape`](Self::shape) gave, or why there is none.
    fn value(&self, operands: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, String>;

    /// The operands' adjoints, each of its operand's shape (`None` for an operand without derivative), recorded with
    /// ordinary operations, so that they can be differentiated again. The tape is not borrowed while this runs.
    fn vjp<'t>(&self, operands: &[Var<'t, T>], output: Var<'t, T>, adjoint: Var<'t, T>) -> Vec<Option<Var<'t, T>>>;

    /// As [`vjp`](Self::vjp), where not all operands' adjoints are asked for: what an operation whose adjoints cost much has beside it. The
    /// others are not looked at.
    fn vjp_of<'t>(
        &self,
        operands: &[Var<'t, T>],
        output: Var<'t, T>,
        adjoint: Var<'t, T>,
        wanted: &[bool],
    ) -> Vec<Option<Var<'t, T>>> {
        let _ = wanted;
        self.vjp(operands, output, adjoint)
    }
}

/// A user's own operation as the graph keeps it: of it the graph knows its value alone.
struct Recorded<T: Scalar>(Arc<dyn CustomOp<T>>);

impl<T: Scalar> CustomValue<T> for Recorded<T> {
    fn value(&self, operands: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, String> {
        self.0.value(operands)
    }
}

impl<T: Scalar> Tape<T> {
    /// Records a user's own operation on `operands`.
    #[track_caller]
    pub fn custom<'t>(&'t self, operation: impl CustomOp<T>, operands: &[Var<'t, T>]) -> Var<'t, T> {
        let name: Arc<str> = operation.name().into();
        if let Err(error) = self.check_idle(std::panic::Location::caller()) {
            return self.keep_error(error);
        }
        if let Some(failed) = self.refused(&name, operands) {
            return failed;
        }
        let shapes: Vec<Shape> = operands.iter().map(|operand| operand.shape()).collect();
        match self.ask(&name, || shape(&operation, &shapes)) {
            Ok(shape) => {
                let operation = Arc::new(Recorded(Arc::new(operation)));
                let index = self.keep_custom(Custom { name, operation });
                self.record_as(Op::Custom(index), operands, &shape)
            }
            Err(reason) => self.fail(&name, operands, reason),
        }
    }

    /// A user's own operation by its place: its name, and what it was recorded with.
    pub(crate) fn custom_at(&self, index: u32) -> (Arc<str>, Option<Arc<dyn CustomOp<T>>>) {
        let inner = self.inner();
        let Custom { name, operation } = &inner.graph.customs[index as usize];
        let operation: &dyn Any = &**operation;
        (name.clone(), operation.downcast_ref::<Recorded<T>>().map(|recorded| recorded.0.clone()))
    }
}

fn shape<T: Scalar>(operation: &dyn CustomOp<T>, operands: &[Shape]) -> Result<Shape, String> {
    let shape = operation.shape(operands)?;
    if shape.has_rows() != operands.iter().any(Shape::has_rows) {
        let reason =
            "an operation has rows if and only if one of its operands has; reduce over the rows with `sum_rows`";
        return Err(reason.into());
    }
    Ok(shape)
}
