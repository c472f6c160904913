//! Elementwise choice.

use crate::ops::Op;
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::tape::{Operand, Var};

impl<'t, T: Scalar> Var<'t, T> {
    /// `a` where `self` is not 0, else `b`, elementwise with broadcasting.
    ///
    /// The branch not taken has adjoint 0, and an adjoint of 0 stays 0 whatever the partial it meets: a choice keeps an
    /// infinite or undefined derivative of the other branch out.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", ndarray::arr1(&[0.0, 2.0]));
    /// let y = x.gt(0.0).select(x.ln(), 0.0).sum();
    /// assert_eq!(y.grad(x).value()?, ndarray::arr1(&[0.0, 0.5]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn select(self, a: impl Operand<'t, T>, b: impl Operand<'t, T>) -> Self {
        let (a, b) = (a.on(self.tape()), b.on(self.tape()));
        self.tape().record(Op::Select, &[self, a, b])
    }

    /// `x` kept within `[low, high]`; derivative 1 strictly inside, else 0. NaN stays NaN, and its derivative is NaN.
    #[track_caller]
    pub fn clamp(self, low: T, high: T) -> Self {
        // The maximum of x and itself is x, with derivative 1, but NaN at NaN.
        let inside = self.maximum(self);
        self.le(low).select(low, self.ge(high).select(high, inside))
    }
}

pub(crate) fn vjp<'t, T: Scalar>(rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let condition = rule.args[0];
    rule.each(|index| {
        let adjoint = match index {
            1 => condition.select(rule.adjoint, T::zero()),
            2 => condition.select(T::zero(), rule.adjoint),
            _ => return None,
        };
        Some(adjoint.sum_to(rule.args[index]))
    })
}
