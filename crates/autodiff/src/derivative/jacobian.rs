//! Whole matrices of derivatives, by all directions at once.

use super::{batch, sweep};
use crate::ops::check_size;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{Tape, Var};

impl<'t, T: Scalar> Var<'t, T> {
    /// The Hessian of a scalar by a fixed node: of the shape of `x` twice over, p × p for a vector.
    ///
    #[doc = include_str!("../../formulas/hessian.html")]
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
    #[inline(never)]
    #[track_caller]
    pub fn hessian(self, x: Var<'t, T>) -> Self {
        let gradient = self.grad(x);
        if let Some(refused) = refused("hessian", gradient, x) {
            return refused;
        }
        let direction = x.filled(0.0);
        let product = sweep::reverse(gradient, direction, &[x])[0];
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
    #[inline(never)]
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
    #[doc = include_str!("../../formulas/jacobian.html")]
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr1, arr2};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[1.0, 2.0]));
    /// assert_eq!((x * x).jacobian(x).value()?, arr2(&[[2.0, 0.0], [0.0, 4.0]]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[inline(never)]
    #[track_caller]
    pub fn jacobian(self, x: Var<'t, T>) -> Self {
        if let Some(refused) = refused("jacobian", self, x) {
            return refused;
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
        let product = sweep::reverse(self, adjoint, &[x])[0];
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
        let mut parts = Vec::with_capacity(len);
        for at in 0..len {
            let unit = tape.constant_of("a unit direction", &[len], |unit| unit[[at]] = T::one());
            parts.push(one(unit.reshape_as(direction)));
        }
        tape.stack(product.shape().ndim(), &parts)
    }
}

impl<T: Scalar> Tape<T> {
    /// `product`, linear in `direction`, for each of the `directions` along their last axis, along a last axis of its own; by `one`,
    /// direction by direction, where an operation between the two can't be batched.
    #[track_caller]
    pub(crate) fn along_directions<'t>(
        &'t self,
        product: Var<'t, T>,
        direction: Var<'t, T>,
        directions: Var<'t, T>,
        one: impl Fn(Var<'t, T>) -> Var<'t, T>,
    ) -> Var<'t, T> {
        if let Some(products) = batch::over(product, direction, directions) {
            return products;
        }
        let (axis, len) = (direction.shape().ndim(), directions.shape().trailing().last().copied().unwrap_or(0));
        let parts: Vec<_> = (0..len).map(|at| one(directions.index_axis(axis, at))).collect();
        self.stack(product.shape().ndim(), &parts)
    }
}

/// The failed handle that the matrix `name` of derivatives of `output` by `x` is, if it can't be recorded.
#[track_caller]
fn refused<'t, T: Scalar>(name: &str, output: Var<'t, T>, x: Var<'t, T>) -> Option<Var<'t, T>> {
    let tape = output.tape();
    if let Some(failed) = tape.refused(name, &[output, x]) {
        return Some(failed);
    }
    if !x.is_fixed() {
        let reason = "derivatives by a node on the rows have as many columns as there are rows; differentiate by a fixed \
                      input, or take products with `jvp` and `vjp`";
        return Some(tape.fail(name, &[output, x], reason.into()));
    }
    let dims = [output.shape().trailing(), x.shape().trailing()].concat();
    let shape = if output.shape().has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) };
    let reason = check_size::<T>(&shape).err()?;
    Some(tape.fail(name, &[output, x], format!("{reason}; take products with `hvp`, `jvp` and `vjp`")))
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
