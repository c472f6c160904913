//! The scalar's own functions: what every operation means, and what element types without vector code run on.

use super::math::{Logistic, VectorMath, vector_functions};
use super::product::MulAdd;
use super::special;
use crate::scalar::Scalar;

/// Forwards to the methods of the scalar.
#[derive(Clone, Copy)]
pub(crate) struct Reference;

macro_rules! reference {
    ($($(#[$doc:meta])* $name:ident: $file:ident::$function:ident, |$x:ident| $reference:expr;)*) => {
        impl<T: Scalar> VectorMath<T> for Reference {
            $(
                fn $name($x: T) -> T {
                    $reference
                }
            )*
            fn fma(a: T, b: T, c: T) -> T {
                a * b + c
            }
            /// All four by `t`, which can't overflow.
            fn logistic_from(x: T, t: T) -> Logistic<T> {
                let (near, far) = ((T::one() + t).recip(), t / (T::one() + t));
                let log = t.ln_1p();
                let above = |x: T| if x < T::zero() { T::zero() } else { x };
                let (sigmoid, sigmoid_neg) = if x >= T::zero() { (near, far) } else { (far, near) };
                Logistic { softplus: above(x) + log, softplus_neg: above(-x) + log, softplus_far: log, sigmoid, sigmoid_neg }
            }
            fn sin_tile<const L: usize>(x: [T; L]) -> [T; L] {
                x.map(T::sin)
            }
            fn cos_tile<const L: usize>(x: [T; L]) -> [T; L] {
                x.map(T::cos)
            }
        }
    };
}

vector_functions!(reference);

impl<T: Scalar> MulAdd<T> for Reference {
    fn fma(a: T, b: T, c: T) -> T {
        a * b + c
    }
}

/// `arsinh x`: beyond 1/ε the logarithm of 2x, which the scalar's own function may overflow at.
pub(crate) fn asinh<T: Scalar>(x: T) -> T {
    let magnitude = x.abs();
    if magnitude > T::epsilon().recip() { (magnitude.ln() + T::LN_2()).copysign(x) } else { x.asinh() }
}

/// `arcosh x`, by the distance of x from 1, which is exact where it matters.
pub(crate) fn acosh<T: Scalar>(x: T) -> T {
    if x > T::epsilon().recip() {
        return x.ln() + T::LN_2();
    }
    let distance = x - T::one();
    (distance + distance.sqrt() * (x + T::one()).sqrt()).ln_1p()
}

/// `artanh x`, by that of |x|: near −1 the quotient cancels.
pub(crate) fn atanh<T: Scalar>(x: T) -> T {
    let magnitude = x.abs();
    let half = (T::one() + T::one()).recip();
    let value = half * ((magnitude + magnitude) / (T::one() - magnitude)).ln_1p();
    if x.is_sign_negative() { -value } else { value }
}
