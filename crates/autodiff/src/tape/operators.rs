//! The operators `+ - * / %` and unary `-` on handles and plain numbers.

use super::{Tape, Var};
use crate::ops::{Binary, Op, Unary};
use crate::scalar::Scalar;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// What can stand beside a handle in an operation: another handle, or a plain number.
pub trait Operand<'t, T: Scalar> {
    /// The operand as a handle on `tape`.
    #[doc(hidden)]
    fn on(self, tape: &'t Tape<T>) -> Var<'t, T>;
}

impl<'t, T: Scalar> Operand<'t, T> for Var<'t, T> {
    fn on(self, _: &'t Tape<T>) -> Var<'t, T> {
        self
    }
}

impl<'t, T: Scalar> Operand<'t, T> for T {
    #[track_caller]
    fn on(self, tape: &'t Tape<T>) -> Var<'t, T> {
        tape.number(self)
    }
}

impl<'t, T: Scalar> Var<'t, T> {
    #[track_caller]
    pub(crate) fn unary(self, op: Unary) -> Self {
        self.tape().record(Op::Unary(op), &[self])
    }

    #[track_caller]
    pub(crate) fn binary(self, op: Binary, other: impl Operand<'t, T>) -> Self {
        let other = other.on(self.tape());
        self.tape().record(Op::Binary(op), &[self, other])
    }

    #[track_caller]
    pub(crate) fn record_powi(self, n: i32) -> Self {
        self.tape().record(Op::Powi(n), &[self])
    }

    #[track_caller]
    pub(crate) fn record_powf(self, p: T) -> Self {
        let index = self.tape().inner_mut().graph.payloads.keep_scalar(p);
        self.tape().record(Op::Powf(index), &[self])
    }
}

impl<'t, T: Scalar> Neg for Var<'t, T> {
    type Output = Self;
    #[track_caller]
    fn neg(self) -> Self {
        self.unary(Unary::Neg)
    }
}

macro_rules! operator {
    ($($trait:ident, $method:ident;)*) => {$(
        impl<'t, T: Scalar> $trait for Var<'t, T> {
            type Output = Self;
            #[track_caller]
            fn $method(self, other: Self) -> Self {
                self.binary(Binary::$trait, other)
            }
        }
        impl<'t, T: Scalar> $trait<T> for Var<'t, T> {
            type Output = Self;
            #[track_caller]
            fn $method(self, other: T) -> Self {
                self.binary(Binary::$trait, other)
            }
        }
        // The language allows a foreign type on the left for named types only.
        operator!(left $trait, $method, f64);
        operator!(left $trait, $method, f32);
    )*};
    (left $trait:ident, $method:ident, $float:ty) => {
        impl<'t> $trait<Var<'t, $float>> for $float {
            type Output = Var<'t, $float>;
            #[track_caller]
            fn $method(self, other: Var<'t, $float>) -> Var<'t, $float> {
                self.on(other.tape()).binary(Binary::$trait, other)
            }
        }
    };
}

operator! {
    Add, add;
    Sub, sub;
    Mul, mul;
    Div, div;
    Rem, rem;
}
