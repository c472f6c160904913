//! Partial derivatives of elementwise operations. The tables write them in terms of whatever has these operations itself
//! ([`Algebra`]): on the tape, which stands above, each is a node.

use super::{Binary, Ordered, Unary, binary_table, unary_table};
use crate::scalar::{Scalar, real};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// `∂y/∂x` of an elementwise operation, where 0 and ±1 need no node.
pub(crate) enum Partial<V> {
    Zero,
    One,
    MinusOne,
    Of(V),
    /// The product of the two, of which the first is exactly 0 where the partial is, while the second may be rounded to 0.
    ZeroWith(V, V),
    /// The product of the two, which may overflow where the adjoint's with one, and then with the other, doesn't.
    Twice(V, V),
}

/// What has the elementwise operations. Their methods (`x.exp()`) come from the tables.
pub(crate) trait Algebra:
    Copy
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<Self::Scalar, Output = Self>
    + Sub<Self::Scalar, Output = Self>
    + Mul<Self::Scalar, Output = Self>
{
    type Scalar: Scalar;

    /// A plain number, beside `self`.
    fn number(self, value: Self::Scalar) -> Self;

    fn unary(self, op: Unary) -> Self;

    fn binary(self, op: Binary, other: Self) -> Self;

    fn powi(self, n: i32) -> Self;

    fn powf(self, p: Self::Scalar) -> Self;

    fn ordered(self, family: Ordered, order: u16) -> Self;

    /// What can't be formed, since there is no such member of the family.
    fn no_such_order(self, family: Ordered, order: u16) -> Self;

    fn polygamma(self, order: u16) -> Self {
        self.ordered(Ordered::Polygamma, order)
    }

    fn norm_residual(self) -> Self {
        self.ordered(Ordered::NormResidual, 0)
    }
}

use Partial::{MinusOne, Of, One, Twice, Zero, ZeroWith};

macro_rules! unary_partials {
    ($(
        $variant:ident, $method:ident, $formula:literal, $derivative:literal, $domain:literal;
        sample $sample:tt, ulp $ulp:tt;
        value: |$x:ident| $value:expr;
        partial: |$px:pat_param, $py:pat_param| $partial:expr;
    )*) => {
        impl Unary {
            /// The partial derivative, of the operand and the result.
            pub(crate) fn partial<T: Scalar, V: Algebra<Scalar = T>>(self, x: V, y: V) -> Partial<V> {
                match self {
                    $(Unary::$variant => { let ($px, $py) = (x, y); $partial })*
                }
            }
        }

        /// The operations as methods, wherever they mean something.
        #[allow(dead_code, reason = "each operation has one, whether a partial needs it or not")]
        trait UnaryMethods: Algebra {
            $(
                fn $method(self) -> Self {
                    self.unary(Unary::$variant)
                }
            )*
        }

        impl<V: Algebra> UnaryMethods for V {}
    };
}

macro_rules! binary_partials {
    ($(
        $variant:ident, $method:ident, $formula:literal, $derivatives:literal, $edges:literal;
        sample $sample_a:tt, $sample_b:tt, ulp $ulp:tt;
        value: |$a:ident, $b:ident| $value:expr;
        partials: |$pa:pat_param, $pb:pat_param, $py:pat_param| $da:expr, $db:expr;
    )*) => {
        impl Binary {
            /// The partial derivative by operand `index`.
            pub(crate) fn partial<T: Scalar, V: Algebra<Scalar = T>>(self, index: usize, a: V, b: V, y: V) -> Partial<V> {
                match self {
                    $(Binary::$variant => {
                        let ($pa, $pb, $py) = (a, b, y);
                        if index == 0 { $da } else { $db }
                    })*
                }
            }
        }

        /// The operations as methods, wherever they mean something.
        #[allow(dead_code, reason = "each operation has one, whether a partial needs it or not")]
        trait BinaryMethods: Algebra {
            $(
                fn $method(self, b: Self) -> Self {
                    self.binary(Binary::$variant, b)
                }
            )*
        }

        impl<V: Algebra> BinaryMethods for V {}
    };
}

unary_table!(unary_partials);
binary_table!(binary_partials);

impl Ordered {
    /// The partial derivative of the member of order `order`: the next one.
    pub(crate) fn partial<V: Algebra>(self, order: u16, x: V) -> Partial<V> {
        Partial::Of(match order.checked_add(1) {
            Some(next) => x.ordered(self, next),
            None => x.no_such_order(self, order),
        })
    }
}

/// `∂xⁿ/∂x`.
pub(crate) fn powi_partial<T: Scalar, V: Algebra<Scalar = T>>(n: i32, x: V) -> Partial<V> {
    match n {
        0 => Zero,
        1 => One,
        2 => Of(x + x),
        3 => ZeroWith(x, x * real::<T>(3.0)),
        4.. => ZeroWith(x, x.powi(n - 2) * real::<T>(f64::from(n))),
        _ => Of(x.powi(n.saturating_sub(1)) * real::<T>(f64::from(n))),
    }
}

/// `∂xᵖ/∂x`.
pub(crate) fn powf_partial<T: Scalar, V: Algebra<Scalar = T>>(p: T, x: V) -> Partial<V> {
    Of(x.powf(p - T::one()) * p)
}
