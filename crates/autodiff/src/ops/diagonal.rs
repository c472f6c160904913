//! Vectors on the diagonals of matrices. The vectors and matrices are the last axes of an array; the axes before them,
//! the rows among them, are a batch.

use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::{Axes, Dims, Shape};
use crate::tape::Var;
use crate::value::Value;
use ndarray::{ArrayD, IxDyn};

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

pub(crate) fn diag_shape(x: &Shape) -> Result<Shape, String> {
    match x.trailing().last() {
        Some(&n) => Ok(x.with_last(n)),
        None => Err("the operand must be a vector, or have vectors along its last axis".into()),
    }
}

pub(crate) fn diagonal_shape(x: &Shape) -> Result<Shape, String> {
    match x.trailing().last_chunk::<2>() {
        Some(&[n, m]) if n == m => Ok(x.reduce(Axes::NONE.with(x.ndim() - 1), false)),
        _ => Err("the operand must be a square matrix, or have such in its last two axes".into()),
    }
}

pub(crate) fn evaluate_diag<T: Scalar>(x: &Value<T>, dims: &Dims) -> ArrayD<T> {
    let mut out = ArrayD::zeros(IxDyn(dims));
    let n = dims.last().copied().unwrap_or(0);
    for (at, &value) in x.iter().enumerate() {
        if let Some(place) = out.as_slice_mut().and_then(|out| out.get_mut(at / n * n * n + at % n * (n + 1))) {
            *place = value;
        }
    }
    out
}

pub(crate) fn evaluate_diagonal<T: Scalar>(x: &Value<T>, dims: &Dims) -> ArrayD<T> {
    let n = dims.last().copied().unwrap_or(0);
    let values = x.iter().enumerate().filter(|(at, _)| at / n % n == at % n).map(|(_, &value)| value).collect();
    ArrayD::from_shape_vec(IxDyn(dims), values).unwrap_or_else(|_| ArrayD::from_elem(IxDyn(dims), T::nan()))
}
