//! Operations on single numbers, one after another.

use super::Frame;
use crate::kernels::Reference;
use crate::ops::{Binary, choose};
use crate::program::instr::{ScalarInstr, ScalarOp};
use crate::scalar::Scalar;

impl<T: Scalar> Frame<'_, '_, '_, T> {
    /// A run of the plan's scalar code.
    pub(super) fn scalar_code(&mut self, first: u32, count: u32) {
        let code = &self.plan.scalar_code[first as usize..][..count as usize];
        run(code, self.scalars, &self.plan.choices);
    }
}

/// An operation often takes what the one before gave: that is at hand, and need not go through memory.
fn run<T: Scalar>(code: &[ScalarInstr], numbers: &mut [T], choices: &[[u32; 2]]) {
    let (mut last, mut last_at) = (T::nan(), u32::MAX);
    for instr in code {
        let number = |at: u32| if at == last_at { last } else { numbers[at as usize] };
        let a = number(instr.a);
        let value = match instr.op {
            ScalarOp::Binary(Binary::Add) => a + number(instr.b),
            ScalarOp::Binary(Binary::Sub) => a - number(instr.b),
            ScalarOp::Binary(Binary::Mul) => a * number(instr.b),
            ScalarOp::Binary(Binary::StrongMul) => strong_mul(a, number(instr.b)),
            ScalarOp::Binary(op) => op.value::<T, Reference>(a, number(instr.b)),
            ScalarOp::Unary(op) => op.value::<T, Reference>(a),
            ScalarOp::Powi => a.powi(instr.b as i32),
            ScalarOp::Ordered(family, order) => family.value(order, a),
            ScalarOp::Powf => a.powf(number(instr.b)),
            ScalarOp::Select => {
                let [yes, no] = choices[instr.b as usize];
                choose(a, number(yes), number(no))
            }
        };
        numbers[instr.out as usize] = value;
        (last, last_at) = (value, instr.out);
    }
}

/// The strong product with its rare case out of the way.
#[inline(always)]
fn strong_mul<T: Scalar>(a: T, b: T) -> T {
    let product = a * b;
    if product.is_nan() { undefined_product(a, b) } else { product }
}

#[cold]
fn undefined_product<T: Scalar>(a: T, b: T) -> T {
    Binary::StrongMul.value::<T, Reference>(a, b)
}
