//! The scalar's own functions: what every operation means, and what element types without vector code run on.

use super::math::{Logistic, VectorMath};
use super::product::MulAdd;
use crate::scalar::Scalar;

/// Forwards to the methods of the scalar.
#[derive(Clone, Copy)]
pub(crate) struct Reference;

impl<T: Scalar> VectorMath<T> for Reference {
    fn fma(a: T, b: T, c: T) -> T {
        a * b + c
    }
    fn exp(x: T) -> T {
        x.exp()
    }
    fn exp_m1(x: T) -> T {
        x.exp_m1()
    }
    fn ln(x: T) -> T {
        x.ln()
    }
    fn ln_1p(x: T) -> T {
        x.ln_1p()
    }
    fn tanh(x: T) -> T {
        x.tanh()
    }
    fn sinh(x: T) -> T {
        x.sinh()
    }
    fn cosh(x: T) -> T {
        x.cosh()
    }
    fn sigmoid(x: T) -> T {
        Self::logistic(x).sigmoid
    }
    fn softplus(x: T) -> T {
        Self::logistic(x).softplus
    }
    /// All four by `t = e^−|x|`, which can't overflow.
    fn logistic(x: T) -> Logistic<T> {
        let t = (-x.abs()).exp();
        let (near, far) = ((T::one() + t).recip(), t / (T::one() + t));
        let log = t.ln_1p();
        let above = |x: T| if x < T::zero() { T::zero() } else { x };
        let (sigmoid, sigmoid_neg) = if x >= T::zero() { (near, far) } else { (far, near) };
        Logistic { softplus: above(x) + log, softplus_neg: above(-x) + log, sigmoid, sigmoid_neg }
    }
    fn sin_tile<const L: usize>(x: [T; L]) -> [T; L] {
        x.map(T::sin)
    }
    fn cos_tile<const L: usize>(x: [T; L]) -> [T; L] {
        x.map(T::cos)
    }
}

impl<T: Scalar> MulAdd<T> for Reference {
    fn fma(a: T, b: T, c: T) -> T {
        a * b + c
    }
}

/// `arsinh x`.
pub(crate) fn asinh<T: Scalar>(x: T) -> T {
    x.asinh()
}

/// `arcosh x`.
pub(crate) fn acosh<T: Scalar>(x: T) -> T {
    x.acosh()
}

/// `artanh x`.
pub(crate) fn atanh<T: Scalar>(x: T) -> T {
    x.atanh()
}
