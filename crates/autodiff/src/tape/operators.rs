//! The operators `+ - * / %`, `+=` and so on, and unary `-`, on handles and plain numbers.

use super::{Tape, Var};
use crate::ops::{Binary, Op, Unary};
use crate::scalar::Scalar;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

/// What can stand beside a handle in an operation: another handle (or a reference to one), a number of the tape's scalar, or,
/// on tapes of `f64` and `f32`, an `i32`.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let (x, y) = (tape.variable("x", 3.0), tape.variable("y", 4.0));
/// let mut z = 2 * x + &y / 4.0; // 7
/// z += x.maximum(5);
/// z *= 2;
/// assert_eq!(z.item()?, 24.0);
/// # Ok::<(), autodiff::Error>(())
/// ```
///
/// Code that is generic in the scalar writes numbers as [`Tape::number`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't stand beside a handle of a tape of `{T}`",
    label = "neither a handle nor a number of this tape",
    note = "write `2.0` or `2`; convert other numbers (`n as f64`), record arrays (`tape.constant(&array)`), and in code that is generic in the scalar write `tape.number(2.0)`"
)]
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

impl<'t, T: Scalar> Operand<'t, T> for &Var<'t, T> {
    fn on(self, _: &'t Tape<T>) -> Var<'t, T> {
        *self
    }
}

impl<'t, T: Scalar> Operand<'t, T> for T {
    #[track_caller]
    fn on(self, tape: &'t Tape<T>) -> Var<'t, T> {
        tape.scalar(self)
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

impl<'t, T: Scalar> Neg for &Var<'t, T> {
    type Output = Var<'t, T>;
    #[track_caller]
    fn neg(self) -> Var<'t, T> {
        -*self
    }
}

macro_rules! operator {
    ($($trait:ident, $method:ident, $assign:ident, $assign_method:ident;)*) => {$(
        impl<'t, T: Scalar, R: Operand<'t, T>> $trait<R> for Var<'t, T> {
            type Output = Self;
            #[track_caller]
            fn $method(self, other: R) -> Self {
                self.binary(Binary::$trait, other)
            }
        }
        impl<'t, T: Scalar, R: Operand<'t, T>> $trait<R> for &Var<'t, T> {
            type Output = Var<'t, T>;
            #[track_caller]
            fn $method(self, other: R) -> Var<'t, T> {
                self.binary(Binary::$trait, other)
            }
        }
        impl<'t, T: Scalar, R: Operand<'t, T>> $assign<R> for Var<'t, T> {
            #[track_caller]
            fn $assign_method(&mut self, other: R) {
                *self = self.binary(Binary::$trait, other);
            }
        }
        // The language allows a foreign type on the left for named types only.
        operator!(left $trait, $method, f64, [f64, i32]);
        operator!(left $trait, $method, f32, [f32, i32]);
    )*};
    (left $trait:ident, $method:ident, $scalar:ty, [$($number:ty),*]) => {$(
        operator!(left $trait, $method, $scalar, $number, Var<'t, $scalar>);
        operator!(left $trait, $method, $scalar, $number, &Var<'t, $scalar>);
    )*};
    (left $trait:ident, $method:ident, $scalar:ty, $number:ty, $var:ty) => {
        impl<'t> $trait<$var> for $number {
            type Output = Var<'t, $scalar>;
            #[track_caller]
            fn $method(self, other: $var) -> Var<'t, $scalar> {
                self.on(other.tape()).binary(Binary::$trait, other)
            }
        }
    };
}

operator! {
    Add, add, AddAssign, add_assign;
    Sub, sub, SubAssign, sub_assign;
    Mul, mul, MulAssign, mul_assign;
    Div, div, DivAssign, div_assign;
    Rem, rem, RemAssign, rem_assign;
}

macro_rules! whole_numbers {
    ($($scalar:ty),*) => {$(
        impl<'t> Operand<'t, $scalar> for i32 {
            #[track_caller]
            fn on(self, tape: &'t Tape<$scalar>) -> Var<'t, $scalar> {
                tape.number(f64::from(self))
            }
        }
    )*};
}

whole_numbers!(f64, f32);
