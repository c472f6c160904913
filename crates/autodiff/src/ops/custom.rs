//! A user's own operation, with the parts a built-in one has.

use super::{Adjoints, Evaluated, Failure, Rule};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::tape::{Tape, Var};
use ndarray::{ArrayD, ArrayViewD};
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
}

impl<T: Scalar> Tape<T> {
    /// Records a user's own operation on `operands`.
    #[track_caller]
    pub fn custom<'t>(&'t self, operation: impl CustomOp<T>, operands: &[Var<'t, T>]) -> Var<'t, T> {
        let index = self.keep_custom(Arc::new(operation));
        self.record(Op::Custom(index), operands)
    }
}

pub(crate) fn shape<T: Scalar>(operation: &dyn CustomOp<T>, operands: &[Shape]) -> Result<Shape, String> {
    let shape = operation.shape(operands).map_err(|reason| format!("`{}`: {reason}", operation.name()))?;
    if shape.has_rows() != operands.iter().any(Shape::has_rows) {
        let reason =
            "an operation has rows if and only if one of its operands has; reduce over the rows with `sum_rows`";
        return Err(format!("`{}`: {reason}", operation.name()));
    }
    Ok(shape)
}

pub(crate) fn vjp<'t, T: Scalar>(index: u32, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let tape = rule.output.tape();
    let operation = tape.custom_at(index);
    let mut adjoints = operation.vjp(&rule.args, rule.output, rule.adjoint);
    adjoints.resize(rule.args.len(), None);
    for (adjoint, operand) in adjoints.iter_mut().zip(&rule.args) {
        if let Some(given) = adjoint
            && !given.is_failed()
            && given.shape_id() != operand.shape_id()
        {
            let reason = format!("`{}`: its vjp gave an adjoint of another shape than the operand's", operation.name());
            *adjoint = Some(tape.fail("custom", &[*given, *operand], reason));
        }
    }
    adjoints.into_iter().collect()
}

pub(crate) fn evaluate<T: Scalar>(
    operation: &dyn CustomOp<T>,
    args: &[Evaluated<T>],
    dims: &Dims,
) -> Result<ArrayD<T>, Failure> {
    let values: Vec<_> = args.iter().map(Evaluated::numbers).collect();
    let views: Vec<ArrayViewD<'_, T>> = values.iter().map(|value| value.view()).collect();
    let named = |reason: String| Failure::Reason(format!("`{}`: {reason}", operation.name()));
    let value = operation.value(&views).map_err(named)?;
    if value.shape() != dims.as_slice() {
        let reason = format!("its value has shape {:?}, but its shape rule promised {dims:?}", value.shape());
        return Err(named(reason));
    }
    Ok(value)
}
