//! The product of batched matrices.

use super::{Linalg, Sizes, batched};
use crate::ops::{Adjoints, Rule, matmul};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The products of the matrices in the last two axes, for each of the *batch*, the axes before them (the rows among
    /// them), which broadcast. vjp: `Ā = C̄Bᵀ`, `B̄ = AᵀC̄`.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{Array3, arr2, arr3};
    /// let tape = Tape::<f64>::new();
    /// let pair = tape.constant(arr3(&[[[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]]));
    /// let m = tape.constant(arr2(&[[1.0], [10.0]]));
    /// assert_eq!(pair.matmul(m).value()?, arr3(&[[[21.0], [43.0]], [[10.0], [1.0]]]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn matmul(self, other: Var<'t, T>) -> Self {
        let op = Linalg::Product { ta: false, tb: false };
        if self.is_failed() || other.is_failed() || !std::ptr::eq(self.tape(), other.tape()) {
            return self.linalg(op, other);
        }
        if self.shape().ndim() == 2 && other.shape().ndim() == 2 {
            return self.dot(other);
        }
        match self.same_batch(other) {
            Ok((a, b)) => a.linalg(op, b),
            Err(reason) => self.tape().fail(op.name(), &[self, other], reason),
        }
    }
}

pub(super) fn shape(a: &Shape, b: &Shape, ta: bool, tb: bool) -> Result<Shape, String> {
    let sides = |shape: &Shape, transposed: bool| {
        let &[n, m] = shape.trailing().last_chunk::<2>()?;
        Some(if transposed { [m, n] } else { [n, m] })
    };
    match (sides(a, ta), sides(b, tb)) {
        (Some([n, inner]), Some([k, m])) if inner == k => Ok(batched(a, &[n, m])),
        (Some([_, inner]), Some([k, _])) => {
            Err(format!("the inner lengths differ: {inner} on the left, {k} on the right"))
        }
        _ => Err("both operands must have at least two axes".into()),
    }
}

pub(super) fn vjp<'t, T: Scalar>(ta: bool, tb: bool, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    matmul::vjp_by(ta, tb, rule, |a, b, ta, tb| a.linalg(Linalg::Product { ta, tb }, b))
}

/// `op(A)·op(B)`, row by row of the result.
pub(super) fn run<T: Scalar>([a, b]: [&[T]; 2], out: &mut [T], sizes: Sizes, ta: bool, tb: bool) {
    let [a_columns, b_columns] = [sizes.a[1] as usize, sizes.b[1] as usize];
    let inner = sizes.a[usize::from(!ta)] as usize;
    let columns = sizes.b[usize::from(!tb)] as usize;
    out.fill(T::zero());
    for (i, row) in out.chunks_exact_mut(columns.max(1)).enumerate() {
        for k in 0..inner {
            let factor = a[if ta { k * a_columns + i } else { i * a_columns + k }];
            for (j, sum) in row.iter_mut().enumerate() {
                *sum = *sum + factor * b[if tb { j * b_columns + k } else { k * b_columns + j }];
            }
        }
    }
}
