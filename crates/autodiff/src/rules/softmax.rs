//! Softmax and its logarithm.

use crate::ops::{Normalise, Op};
use crate::rules::Rule;
use crate::scalar::Scalar;
use crate::shape::Axes;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// `eˣ/Σeˣ` along the axes given, without overflow. NaN where all elements of a lane are −∞; where some are ∞, these
    /// share 1 evenly.
    ///
    #[doc = include_str!("../../formulas/softmax.html")]
    #[track_caller]
    pub fn softmax(self, axes: &[usize]) -> Self {
        self.normalise(Normalise::Softmax, axes)
    }

    /// `x − ln Σ eˣ` along the axes given, without overflow. p is the softmax; for a class whose p is near 1, the adjoint is a sum over the
    /// other classes and not `1 − p`, which would cancel.
    ///
    #[doc = include_str!("../../formulas/log_softmax.html")]
    #[track_caller]
    pub fn log_softmax(self, axes: &[usize]) -> Self {
        self.normalise(Normalise::LogSoftmax, axes)
    }

    #[track_caller]
    fn normalise(self, normalise: Normalise, axes: &[usize]) -> Self {
        if self.is_failed() {
            return self;
        }
        match Axes::from_list(axes, self.shape().ndim()) {
            Ok(axes) => self.tape().record(Op::Normalise(normalise, axes), &[self]),
            Err(reason) => self.tape().fail(normalise.name(), &[self], reason),
        }
    }
}

impl Normalise {
    pub(crate) fn vjp<'t, T: Scalar>(self, axes: Axes, rule: &Rule<'t, T>) -> Var<'t, T> {
        let (x, y, adjoint) = (rule.args[0], rule.output, rule.adjoint);
        let one = x.num(1.0);
        match self {
            Normalise::Softmax | Normalise::Weights => y.strong_mul(adjoint.triple(one, y, axes)),
            Normalise::LogSoftmax => {
                let weights = x.tape().record(Op::Normalise(Normalise::Weights, axes), &[x]);
                adjoint.triple(weights, one, axes)
            }
        }
    }
}
