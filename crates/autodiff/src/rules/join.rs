//! Several arrays joined along an axis.

use crate::ops::Op;
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::tape::{Tape, Var};
use smallvec::SmallVec;
use std::ops::Range;

impl<T: Scalar> Tape<T> {
    /// The operands one after another along `axis`; their other axes must agree. At least one operand is needed.
    #[track_caller]
    pub fn concatenate<'t>(&'t self, axis: usize, operands: &[Var<'t, T>]) -> Var<'t, T> {
        match u8::try_from(axis) {
            Ok(short) if !operands.is_empty() => self.record(Op::Concatenate(short), operands),
            _ => self.fail("concatenate", operands, "give at least one operand, and an axis of it".into()),
        }
    }

    /// The operands, all of one shape, along a new axis before `axis`.
    #[track_caller]
    pub fn stack<'t>(&'t self, axis: usize, operands: &[Var<'t, T>]) -> Var<'t, T> {
        if let Some(failed) = self.refused("stack", operands) {
            return failed;
        }
        if let [first, others @ ..] = operands
            && let Some(other) = others.iter().find(|other| other.shape() != first.shape())
        {
            let reason = "the operands must be of one shape; to join them along an axis take `concatenate`";
            return self.fail("stack", &[*first, *other], reason.into());
        }
        let mut raised = Vec::with_capacity(operands.len());
        for operand in operands {
            raised.push(operand.insert_axis(axis));
        }
        self.concatenate(axis, &raised)
    }
}

pub(crate) fn vjp<'t, T: Scalar>(axis: usize, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let mut end = 0;
    let parts: SmallVec<[Range<isize>; 3]> = rule
        .args
        .iter()
        .map(|arg| {
            let start = end;
            end += arg.shape().len_of(axis).unwrap_or(0) as isize;
            start..end
        })
        .collect();
    rule.each(|index| Some(rule.adjoint.slice_axis(axis, parts[index].clone())))
}
