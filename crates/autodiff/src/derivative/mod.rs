//! Derivatives, recorded on the tape they are of: the reverse sweep, and what follows from it.
//!
//! | file | what is there |
//! |---|---|
//! | [`sweep`], [`adjoint`] | the reverse sweep; adjoints, and whose zeros win over infinities |
//! | [`log_sums`], [`shares`], [`parts`] | adjoints that several uses of a node make together |
//! | [`batch`], [`batch_products`], [`jacobian`] | all directions at once |
//! | [`own_powers`] | powers whose base and exponent depend on one variable |
//! | [`by_row`] | the terms of a sum over the rows |

mod adjoint;
mod batch;
mod batch_products;
mod by_row;
mod jacobian;
mod log_sums;
mod own_powers;
mod parts;
mod shares;
mod sweep;
#[cfg(test)]
mod tests;

pub use by_row::ByRow;
pub(crate) use sweep::{reverse, reverse_where_any};

use crate::error::Error;
use crate::scalar::Scalar;
use crate::tape::Var;
use std::panic::Location;

#[doc = include_str!("../../formulas/font.html")]
impl<'t, T: Scalar> Var<'t, T> {
    /// The gradient `∂self/∂x` of a scalar, of the shape of `x`: a node like any other, which can be differentiated again.
    ///
    /// `x` may be any node, an intermediate one too (its adjoint). Where `self` doesn't depend on it, the gradient is 0.
    /// The stable rewrites are applied first, but not across `x`.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", 2.0);
    /// let y = x.powi(3);
    /// let slope = y.grad(x);
    /// assert_eq!(slope.item()?, 12.0);
    /// assert_eq!(slope.grad(x).item()?, 12.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn grad(self, x: Var<'t, T>) -> Self {
        self.grads(&[x])[0]
    }

    /// The gradients by several nodes in one reverse sweep.
    #[inline(never)]
    #[track_caller]
    pub fn grads(self, xs: &[Var<'t, T>]) -> Vec<Self> {
        if self.is_failed() {
            return vec![self; xs.len()];
        }
        let shape = self.shape();
        if !shape.is_scalar() {
            let error = Error::NotScalar { operation: "gradient", shape, source_line: Location::caller() };
            return vec![self.tape().keep_error(error); xs.len()];
        }
        let one = self.tape().scalar(T::one());
        sweep::reverse(self, one, xs)
    }

    /// The vector-Jacobian products `ȳᵀ·∂self/∂x` for the adjoint `ȳ` of `self`'s shape, one for each of `xs`.
    ///
    #[doc = include_str!("../../formulas/vjp.html")]
    #[inline(never)]
    #[track_caller]
    pub fn vjp(self, xs: &[Var<'t, T>], adjoint: Var<'t, T>) -> Vec<Self> {
        if let Some(failed) = self.tape().refused("vjp", &[self, adjoint]) {
            return vec![failed; xs.len()];
        }
        if self.shape() != adjoint.shape() {
            let reason = "the adjoint must have the shape of the output".into();
            return vec![self.tape().fail("vjp", &[self, adjoint], reason); xs.len()];
        }
        sweep::reverse(self, adjoint, xs)
    }

    /// The Jacobian-vector product `∂self/∂x·ẋ`, summed over `xs`: the derivative of `self` along the tangents.
    ///
    #[doc = include_str!("../../formulas/jvp.html")]
    ///
    /// It is the vjp of a vjp: `ȳ ↦ ȳᵀJ` is linear, and its own vjp is `ẋ ↦ Jẋ`.
    #[inline(never)]
    #[track_caller]
    pub fn jvp(self, xs: &[Var<'t, T>], tangents: &[Var<'t, T>]) -> Self {
        if let Some(failed) = self.tape().refused("jvp", &[&[self], xs, tangents].concat()) {
            return failed;
        }
        let shapes_agree = |(x, tangent): (&Var<'t, T>, &Var<'t, T>)| x.shape() == tangent.shape();
        if xs.len() != tangents.len() || !xs.iter().zip(tangents).all(shapes_agree) {
            return self.tape().fail("jvp", tangents, "give one tangent of its shape for each node".into());
        }
        let placeholder = self.filled(1.0);
        let adjoints = sweep::reverse(self, placeholder, xs);
        let mut total: Option<Self> = None;
        for (adjoint, &tangent) in adjoints.into_iter().zip(tangents) {
            // The primal's part is older, and rewritten already: in the middle of a long recording it is not walked through again.
            let part = sweep::reverse_since(adjoint, tangent, &[placeholder], placeholder.id());
            let [part] = part[..] else { continue };
            total = Some(match total {
                Some(total) => total + part,
                None => part,
            });
        }
        match total {
            Some(total) => total,
            None => self.filled(0.0),
        }
    }

    /// The product of the Hessian of a scalar by `x` with a direction of the shape of `x`.
    ///
    #[doc = include_str!("../../formulas/hvp.html")]
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[1.0, 2.0]));
    /// let v = tape.constant(arr1(&[1.0, 0.0]));
    /// let y = (x * x * x).sum();
    /// assert_eq!(y.hvp(x, v).value()?, arr1(&[6.0, 0.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn hvp(self, x: Var<'t, T>, direction: Var<'t, T>) -> Self {
        self.grad(x).vjp(&[x], direction)[0]
    }

    /// `value` everywhere, of the shape of `self`, as a node of its own.
    #[track_caller]
    pub(crate) fn filled(self, value: f64) -> Self {
        let shape = self.shape();
        if shape.has_rows() || !shape.is_scalar() {
            return self.num(value).broadcast_shape(&shape);
        }
        self.num(value)
    }

    /// The node as a scalar's shape holds it.
    pub(crate) fn is_fixed(self) -> bool {
        !self.is_failed() && !self.shape().has_rows()
    }

    /// The number of elements of a fixed node.
    pub(crate) fn len(self) -> usize {
        self.shape().row_len()
    }
}
