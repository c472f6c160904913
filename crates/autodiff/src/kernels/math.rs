//! The element functions that have more than one implementation.

use crate::scalar::Scalar;

/// The functions that blocks evaluate with vector code where the element type has it.
pub(crate) trait VectorMath<T>: Copy {
    fn exp(x: T) -> T;
    fn exp_m1(x: T) -> T;
    fn ln(x: T) -> T;
    fn ln_1p(x: T) -> T;
    fn tanh(x: T) -> T;
    fn sinh(x: T) -> T;
    fn cosh(x: T) -> T;
    fn sigmoid(x: T) -> T;
    fn softplus(x: T) -> T;
}

/// The scalar's own functions: what every operation means.
#[derive(Clone, Copy)]
pub(crate) struct Reference;

impl<T: Scalar> VectorMath<T> for Reference {
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
    /// `1/(1 + e⁻ˣ)` by e^−|x|, which can't overflow.
    fn sigmoid(x: T) -> T {
        let t = (-x.abs()).exp();
        (if x >= T::zero() { T::one() } else { t }) / (T::one() + t)
    }
    /// `max(x, 0) + ln(1 + e^−|x|)`.
    fn softplus(x: T) -> T {
        let positive = if x > T::zero() {
            x
        } else if x <= T::zero() {
            T::zero()
        } else {
            x
        };
        positive + (-x.abs()).exp().ln_1p()
    }
}

/// `arsinh x`, with all digits near 0 and without overflow (std's loses digits for tiny x in some versions).
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
