//! Vectors on the diagonals of matrices.

use crate::graph::Value;
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::Var;
use ndarray::{Array2, ArrayD, Ix1, Ix2, IxDyn};

impl<'t, T: Scalar> Var<'t, T> {
    /// The diagonal matrix of a vector. vjp: the diagonal of the adjoint.
    #[track_caller]
    pub fn diag(self) -> Self {
        self.tape().record(Op::Diag, &[self])
    }

    /// The diagonal of a square matrix, as a vector. vjp: the diagonal matrix of the adjoint.
    #[track_caller]
    pub fn diagonal(self) -> Self {
        self.tape().record(Op::Diagonal, &[self])
    }

    /// The sum of the diagonal of a square matrix.
    #[track_caller]
    pub fn trace(self) -> Self {
        self.diagonal().sum()
    }
}

pub(crate) fn diag_shape(x: &Shape) -> Result<Shape, String> {
    match (x.has_rows(), x.trailing()) {
        (false, &[n]) => Ok(Shape::fixed(&[n, n])),
        _ => Err("the operand must be a vector without rows; weigh rows with `*` instead".into()),
    }
}

pub(crate) fn diagonal_shape(x: &Shape) -> Result<Shape, String> {
    match (x.has_rows(), x.trailing()) {
        (false, &[n, m]) if n == m => Ok(Shape::fixed(&[n])),
        _ => Err("the operand must be a square matrix without rows".into()),
    }
}

pub(crate) fn evaluate_diag<T: Scalar>(x: &Value<T>) -> ArrayD<T> {
    match x.view().into_dimensionality::<Ix1>() {
        Ok(x) => Array2::from_diag(&x).into_dyn(),
        Err(_) => ArrayD::from_elem(IxDyn(&[0, 0]), T::nan()),
    }
}

pub(crate) fn evaluate_diagonal<T: Scalar>(x: &Value<T>) -> ArrayD<T> {
    match x.view().into_dimensionality::<Ix2>() {
        Ok(x) => x.diag().to_owned().into_dyn(),
        Err(_) => ArrayD::from_elem(IxDyn(&[0]), T::nan()),
    }
}
