//! Elementwise operations recorded: the tables' methods on handles, and the partials' operations.

use crate::ops::{Algebra, Binary, Ordered, Unary, binary_table, unary_table};
use crate::scalar::Scalar;
use crate::tape::{Operand, Var};

macro_rules! unary_methods {
    ($(
        $variant:ident, $method:ident, $formula:literal, $derivative:literal, $domain:literal;
        sample $sample:tt, ulp $ulp:tt;
        value: |$x:ident| $value:expr;
        partial: |$px:pat_param, $py:pat_param| $partial:expr;
    )*) => {
        // `neg` stands beside the operator under its own name, as in num-traits.
        #[allow(clippy::should_implement_trait)]
        impl<'t, T: Scalar> Var<'t, T> {
            $(
                #[doc = concat!("`", $formula, "`, elementwise; derivative `", $derivative, "`. Domain: ", $domain, ".")]
                #[track_caller]
                pub fn $method(self) -> Self {
                    self.unary(Unary::$variant)
                }
            )*
        }
    };
}

unary_table!(unary_methods);

macro_rules! binary_methods {
    ($(
        $variant:ident, $method:ident, $formula:literal, $derivatives:literal, $edges:literal;
        sample $sample_a:tt, $sample_b:tt, ulp $ulp:tt;
        value: |$a:ident, $b:ident| $value:expr;
        partials: |$pa:pat_param, $pb:pat_param, $py:pat_param| $da:expr, $db:expr;
    )*) => {
        // `add`, `sub`, … stand beside the operators under their own names, for operands that are not handles.
        #[allow(clippy::should_implement_trait)]
        impl<'t, T: Scalar> Var<'t, T> {
            $(
                #[doc = concat!("`", $formula, "`, elementwise with broadcasting (`a` is `self`); derivatives ", $derivatives, ". ", $edges)]
                #[track_caller]
                pub fn $method(self, b: impl Operand<'t, T>) -> Self {
                    self.binary(Binary::$variant, b)
                }
            )*
        }
    };
}

binary_table!(binary_methods);

impl<T: Scalar> Algebra for Var<'_, T> {
    type Scalar = T;

    fn number(self, value: T) -> Self {
        self.tape().scalar(value)
    }

    fn unary(self, op: Unary) -> Self {
        Var::unary(self, op)
    }

    fn binary(self, op: Binary, other: Self) -> Self {
        Var::binary(self, op, other)
    }

    fn powi(self, n: i32) -> Self {
        Var::powi(self, n)
    }

    fn powf(self, p: T) -> Self {
        Var::powf(self, p)
    }

    fn ordered(self, family: Ordered, order: u16) -> Self {
        Var::ordered(self, family, order)
    }

    fn no_such_order(self, family: Ordered, order: u16) -> Self {
        self.tape().fail(family.name(order), &[self], "there is no derivative of so high an order".into())
    }
}
