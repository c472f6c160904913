//! The element type of a tape.

use num_traits::{Float, FloatConst};
use std::fmt::{Debug, Display};

/// The bounds on a tape's element type, written once.
///
/// `f32` and `f64` have vectorised kernels; every other type that meets the bounds ([`Wide`](crate::Wide), say) runs the same
/// recordings through its own [`Float`] methods. The trait has no methods of its own: it is implemented for all such types.
///
/// ```
/// use autodiff::{Scalar, Tape, Wide};
/// fn slope<T: Scalar>(at: f64) -> autodiff::Result<T> {
///     let tape = Tape::<T>::new();
///     let x = tape.number(at);
///     x.exp().grad(x).item()
/// }
/// assert_eq!(slope::<f64>(0.0)?, 1.0);
/// assert_eq!(slope::<f32>(0.0)?, 1.0);
/// assert_eq!(slope::<Wide>(0.0)?, Wide::from(1.0));
/// # Ok::<(), autodiff::Error>(())
/// ```
pub trait Scalar: Float + FloatConst + Debug + Display + Send + Sync + 'static {}

impl<T: Float + FloatConst + Debug + Display + Send + Sync + 'static> Scalar for T {}

/// `x` as a scalar of type `T`; NaN where `T` can't hold it.
pub(crate) fn real<T: Scalar>(x: f64) -> T {
    T::from(x).unwrap_or_else(T::nan)
}

/// `n` as a scalar of type `T`.
pub(crate) fn count<T: Scalar>(n: usize) -> T {
    T::from(n).unwrap_or_else(T::nan)
}
