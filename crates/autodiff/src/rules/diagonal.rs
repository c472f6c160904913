//! Vectors and the diagonals of matrices.

use crate::ops::Op;
use crate::scalar::Scalar;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The diagonal matrix of a vector, or of each along the last axis. vjp: the diagonal of the adjoint.
    #[track_caller]
    pub fn diag(self) -> Self {
        self.tape().record(Op::Diag, &[self])
    }

    /// The diagonal of a square matrix, as a vector, or of each in the last two axes. vjp: the diagonal matrix of the
    /// adjoint.
    #[track_caller]
    pub fn diagonal(self) -> Self {
        self.tape().record(Op::Diagonal, &[self])
    }

    /// The sum of the diagonal of a square matrix, or of each in the last two axes. vjp: `ȳ` on the diagonal.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr2;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.variable("A", arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// assert_eq!(a.trace().item()?, 5.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn trace(self) -> Self {
        self.diagonal().sum_last()
    }

    /// The sum along the last axis.
    #[track_caller]
    pub(crate) fn sum_last(self) -> Self {
        let last = self.shape().ndim().saturating_sub(1);
        self.sum_axes(&[last])
    }
}
