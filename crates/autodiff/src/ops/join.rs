//! Several arrays joined along an axis.

use super::{Adjoints, Rule};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::tape::{Tape, Var};
use crate::value::Evaluated;
use ndarray::{ArrayD, Axis, IxDyn, Slice};
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

pub(crate) fn shape(operands: &[&Shape], axis: usize) -> Result<Shape, String> {
    let first = operands[0];
    if axis >= first.ndim() {
        return Err(format!("axis {axis} does not exist: the first operand has {} axes", first.ndim()));
    }
    if first.has_rows() && axis == 0 {
        return Err("the rows can't be extended; append the data before binding them".into());
    }
    let at = axis - usize::from(first.has_rows());
    let mut dims = Dims::from_slice(first.trailing());
    for other in &operands[1..] {
        if other.has_rows() != first.has_rows() {
            return Err("some operands have rows and some have none; stretch those to the rows first".into());
        }
        let agree = other.ndim() == first.ndim()
            && (0..first.ndim())
                .all(|other_axis| other_axis == axis || other.len_of(other_axis) == first.len_of(other_axis));
        if !agree {
            return Err(format!("the operands' axes other than {axis} must agree"));
        }
        dims[at] = dims[at].saturating_add(other.trailing()[at]);
    }
    Ok(if first.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) })
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

pub(crate) fn evaluate<T: Scalar>(operands: &[Evaluated<T>], axis: usize, dims: &Dims) -> ArrayD<T> {
    let mut out = ArrayD::from_elem(IxDyn(dims), T::nan());
    let mut start = 0isize;
    for operand in operands {
        let value = operand.numbers();
        let end = start + value.len_of(Axis(axis)) as isize;
        out.slice_axis_mut(Axis(axis), Slice::from(start..end)).assign(&value);
        start = end;
    }
    out
}
