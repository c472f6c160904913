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

#[cfg(test)]
#[expect(clippy::op_ref, clippy::needless_borrows_for_generic_args, reason = "that references work is what is tested")]
mod tests {
    use crate::{Tape, Var};

    #[test]
    fn operands_may_be_handles_references_and_numbers() {
        let tape = Tape::<f64>::new();
        let (x, y) = (tape.variable("x", 7.0), tape.variable("y", 2.0));
        let of = |var: Var<'_, f64>| var.item().unwrap();
        assert_eq!([x + y, &x + y, x + &y, &x + &y, x + 2.0, &x + 2, 7 + y, 7.0 + &y].map(of), [9.0; 8]);
        assert_eq!([x - y, &x - y, x - &y, &x - &y, x - 2.0, &x - 2, 7 - y, 7.0 - &y].map(of), [5.0; 8]);
        assert_eq!([x * y, &x * y, x * &y, &x * &y, x * 2.0, &x * 2, 7 * y, 7.0 * &y].map(of), [14.0; 8]);
        assert_eq!([x / y, &x / y, x / &y, &x / &y, x / 2.0, &x / 2, 7 / y, 7.0 / &y].map(of), [3.5; 8]);
        assert_eq!([x % y, &x % y, x % &y, &x % &y, x % 2.0, &x % 2, 7 % y, 7.0 % &y].map(of), [1.0; 8]);
        assert_eq!([-x, -&x].map(of), [-7.0; 2]);
        assert_eq!([x.maximum(9), x.maximum(9.0), y.maximum(&x) + 2].map(of), [9.0; 3]);
        let single = Tape::<f32>::new();
        assert_eq!((3 * single.variable("x", 0.5) - 1).item().unwrap(), 0.5);
    }

    #[test]
    fn assignments_record_and_keep_their_line() {
        let tape = Tape::<f64>::new();
        let (x, vector) = (tape.variable("x", 3.0), tape.variable("v", &[1.0, 2.0]));
        let mut y = x;
        y += x;
        y -= 1;
        y *= 4.0;
        y /= 2;
        y %= &x;
        assert_eq!((y.item().unwrap(), y.grad(x).item().unwrap()), (1.0, 4.0 - 3.0));
        let mut wrong = vector;
        wrong += tape.variable("w", &[1.0, 2.0, 3.0]);
        assert_eq!(tape.check().unwrap_err().source_line().unwrap().line(), line!() - 1);
    }
}
