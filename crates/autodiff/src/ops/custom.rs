//! The value of a user's own operation. Its derivative stands with the tape (`tape/custom.rs`).

use super::Failure;
use crate::scalar::Scalar;
use ndarray::{ArrayD, ArrayViewD};
use std::any::Any;

/// What evaluates a user's own operation. It is `Any`, so that the tape finds in it what it made it of.
pub(crate) trait CustomValue<T: Scalar>: Any + Send + Sync {
    /// The result of the shape that was promised, or why there is none.
    fn value(&self, operands: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, String>;
}

/// The value, checked against the shape that was promised.
pub(crate) fn evaluate<T: Scalar>(
    operation: &dyn CustomValue<T>,
    operands: &[ArrayViewD<'_, T>],
    dims: &[usize],
) -> Result<ArrayD<T>, Failure> {
    let value = operation.value(operands).map_err(Failure::Reason)?;
    if value.shape() == dims {
        return Ok(value);
    }
    let reason = format!("its value has shape {:?}, but its shape rule promised {dims:?}", value.shape());
    Err(Failure::Reason(reason))
}
