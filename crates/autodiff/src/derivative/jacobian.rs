//! Whole matrices of derivatives, by all directions at once.

use super::{batch, sweep};
use crate::scalar::Scalar;
use crate::tape::Var;
use ndarray::Array2;
use std::panic::Location;

impl<'t, T: Scalar> Var<'t, T> {
    /// The Hessian of a scalar by a fixed node: of the shape of `x` twice over, p × p for a vector.
    ///
    /// All directions are taken at once: the Hessian of a logistic loss is recorded as one product `Xᵀ diag(w) X`, not as
    /// p sweeps.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr1, arr2};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[1.0, 2.0]));
    /// let y = x.index_axis(0, 0) * x.index_axis(0, 1).powi(2);
    /// assert_eq!(y.hessian(x).value()?, arr2(&[[0.0, 4.0], [4.0, 2.0]]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn hessian(self, x: Var<'t, T>) -> Self {
        let gradient = self.grad(x);
        if gradient.is_failed() || !x.is_fixed() {
            return rows_refused("hessian", gradient, x);
        }
        let direction = x.filled(0.0);
        let product = sweep::reverse(gradient, direction, &[x], Location::caller())[0];
        let columns = self.columns(product, direction, |unit| gradient.vjp(&[x], unit)[0]);
        square(columns, x, x)
    }

    /// The diagonal of the Hessian of a scalar by a fixed node, of the shape of `x`.
    ///
    /// By all directions at once, as [`hessian`](Self::hessian); a program computes no more than the diagonal where the
    /// Hessian is a product: that of a generalised linear model is `Σ w·x²` over the rows.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[1.0, 2.0]));
    /// let y = x.index_axis(0, 0) * x.index_axis(0, 1).powi(2);
    /// assert_eq!(y.hessian_diagonal(x).value()?, arr1(&[0.0, 2.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn hessian_diagonal(self, x: Var<'t, T>) -> Self {
        let hessian = self.hessian(x);
        if hessian.is_failed() {
            return hessian;
        }
        let len = x.len();
        hessian.reshape(&[len, len]).diagonal().reshape_as(x)
    }

    /// The Jacobian by a fixed node: the axes of `self`, then those of `x`. For `self` on the rows the Jacobian is, too.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr1, arr2};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[1.0, 2.0]));
    /// assert_eq!((x * x).jacobian(x).value()?, arr2(&[[2.0, 0.0], [0.0, 4.0]]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn jacobian(self, x: Var<'t, T>) -> Self {
        if self.is_failed() || !x.is_fixed() {
            return rows_refused("jacobian", self, x);
        }
        if self.is_fixed() && self.len() < x.len() {
            return self.jacobian_by_adjoints(x);
        }
        let tangent = x.filled(0.0);
        let product = self.jvp(&[x], &[tangent]);
        let columns = self.columns(product, tangent, |unit| self.jvp(&[x], &[unit]));
        square(columns, self, x)
    }

    /// The Jacobian row by row: for fewer outputs than inputs.
    #[track_caller]
    fn jacobian_by_adjoints(self, x: Var<'t, T>) -> Self {
        let adjoint = self.filled(0.0);
        let product = sweep::reverse(self, adjoint, &[x], Location::caller())[0];
        let columns = self.columns(product, adjoint, |unit| self.vjp(&[x], unit)[0]);
        let ndim = columns.shape().ndim();
        let order: Vec<usize> = std::iter::once(ndim.saturating_sub(1)).chain(0..ndim.saturating_sub(1)).collect();
        square(columns.permuted_axes(&order), self, x)
    }

    /// The product, linear in `direction`, for all unit directions at once, behind an axis for them; by `one`, direction
    /// by direction, where an operation between the two can't be batched.
    #[track_caller]
    fn columns(self, product: Self, direction: Self, one: impl Fn(Self) -> Self) -> Self {
        if product.is_failed() {
            return product;
        }
        if let Some(columns) = batch::over_units(product, direction) {
            return columns;
        }
        let (tape, len) = (self.tape(), direction.len());
        let unit = |at: usize| {
            let mut unit = ndarray::Array1::zeros(len);
            unit[at] = T::one();
            tape.constant(unit).reshape_as(direction)
        };
        let parts: Vec<Self> = (0..len).map(|at| one(unit(at))).collect();
        tape.stack(product.shape().ndim(), &parts)
    }
}

/// The identity of `len` directions.
pub(crate) fn identity<T: Scalar>(len: usize) -> Array2<T> {
    Array2::eye(len)
}

#[track_caller]
fn rows_refused<'t, T: Scalar>(name: &str, output: Var<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
    if output.is_failed() || x.is_failed() {
        return if output.is_failed() { output } else { x };
    }
    let reason = "derivatives by a node on the rows have as many columns as there are rows; differentiate by a fixed \
                  input, or take products with `jvp` and `vjp`";
    output.tape().fail(name, &[output, x], reason.into())
}

/// Splits the last axis of `columns` into the axes of `x`, behind those of `output`.
#[track_caller]
fn square<'t, T: Scalar>(columns: Var<'t, T>, output: Var<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
    if columns.is_failed() {
        return columns;
    }
    let dims: Vec<usize> = output.shape().trailing().iter().chain(x.shape().trailing()).copied().collect();
    columns.reshape(&dims)
}
