//! Operations on single numbers, one after another.

use super::Frame;
use crate::kernels::Reference;
use crate::ops::choose;
use crate::program::plan::{ScalarInstr, ScalarOp};
use crate::scalar::Scalar;

impl<T: Scalar> Frame<'_, '_, '_, T> {
    /// A run of the plan's scalar code.
    pub(super) fn scalar_code(&mut self, first: u32, count: u32) {
        let code = &self.plan.scalar_code[first as usize..][..count as usize];
        run(code, self.scalars, &self.plan.choices);
    }
}

fn run<T: Scalar>(code: &[ScalarInstr], numbers: &mut [T], choices: &[[u32; 2]]) {
    for instr in code {
        let a = numbers[instr.a as usize];
        let value = match instr.op {
            ScalarOp::Binary(op) => op.value::<T, Reference>(a, numbers[instr.b as usize]),
            ScalarOp::Unary(op) => op.value::<T, Reference>(a),
            ScalarOp::Powi => a.powi(instr.b as i32),
            ScalarOp::Ordered(family, order) => family.value(order, a),
            ScalarOp::Powf => a.powf(numbers[instr.b as usize]),
            ScalarOp::Select => {
                let [yes, no] = choices[instr.b as usize];
                choose(a, numbers[yes as usize], numbers[no as usize])
            }
        };
        numbers[instr.out as usize] = value;
    }
}
