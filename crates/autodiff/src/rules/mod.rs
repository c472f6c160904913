//! How operations are recorded, and their derivatives: the methods of handles and the vjp rules, one file a family. What the operations are
//! and mean stands below, in `ops` under the same names; [`likelihood`], [`power`] and [`statistics`] are compositions of them.
//!
//! | file | what is there |
//! |---|---|
//! | [`rule`], [`elementwise`], [`ordered`], [`select`] | what a rule is given and gives; elementwise operations |
//! | [`reduce`], [`softmax`], [`weighted`], [`triple`], [`radial`] | along axes |
//! | [`lanewise`] | along one axis: cumulative sums, recurrences, order |
//! | [`matmul`], [`mod@linalg`] | products; batches of matrices (`product`, `triangular`, `cholesky`, `lu`, `det`) |
//! | [`layout`], [`mod@slice`], [`join`], [`diagonal`], [`gather`] | elements moved, looked up and added up by index |
//! | [`custom`] | a user's own operation |
//!
//! A rule is given a [`Rule`] and records the operands' adjoints with ordinary operations. This file only says whose rule it is.

mod custom;
mod diagonal;
mod elementwise;
mod gather;
mod join;
mod lanewise;
mod layout;
mod likelihood;
mod linalg;
mod matmul;
mod ordered;
mod power;
mod radial;
mod reduce;
mod rule;
mod select;
mod slice;
mod softmax;
mod statistics;
#[cfg(test)]
pub(crate) mod test_support;
mod triple;
mod weighted;

pub(crate) use rule::{Adjoints, Rule};

use crate::ops::{Op, Partial, powf_partial, powi_partial};
use crate::scalar::Scalar;
use crate::tape::Var;

/// Whether the operation's vjp rule is a product with a [`partial`] for each operand.
pub(crate) fn has_partials(op: Op) -> bool {
    op.is_elementwise() && op != Op::Select
}

/// The derivative of an elementwise operation by operand `index`, recorded on the tape; `None` for other operations.
pub(crate) fn partial<'t, T: Scalar>(
    op: Op,
    index: usize,
    args: &[Var<'t, T>],
    output: Var<'t, T>,
) -> Option<Partial<Var<'t, T>>> {
    Some(match (op, args) {
        (Op::Unary(unary), &[x]) => unary.partial(x, output),
        (Op::Binary(binary), &[a, b]) => binary.partial(index, a, b, output),
        (Op::Powi(n), &[x]) => powi_partial(n, x),
        (Op::Powf(p), &[x]) => powf_partial(x.tape().scalar_at(p), x),
        (Op::Ordered(family, order), &[x]) => family.partial(order, x),
        _ => return None,
    })
}

/// The vjp rule of a node that has no partials: the adjoints of its operands, recorded on the tape.
pub(crate) fn vjp<'t, T: Scalar>(op: Op, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let arg = |index: usize| rule.args[index];
    match op {
        Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount => Adjoints::new(),
        Op::Unary(_) | Op::Binary(_) | Op::Powi(_) | Op::Powf(_) | Op::Ordered(..) => Adjoints::new(),
        Op::Select => select::vjp(rule),
        Op::Reduce(reduce, axes) => rule.each(|_| reduce.vjp(axes, rule)),
        Op::Normalise(normalise, axes) => rule.each(|_| Some(normalise.vjp(axes, rule))),
        Op::Weighted(weighted, axes) => weighted.vjp(axes, rule),
        Op::Triple(axes) => triple::vjp(axes, rule),
        Op::Radial(axes) => radial::vjp(axes, rule),
        Op::MatMul { ta, tb, .. } => matmul::vjp(ta, tb, rule),
        Op::Linear => matmul::linear_vjp(rule),
        Op::Reshape => rule.each(|_| Some(rule.adjoint.reshape_as(arg(0)))),
        Op::Broadcast => rule.each(|_| Some(rule.adjoint.sum_to(arg(0)))),
        Op::Permute(index) => rule.each(|_| Some(layout::permute_vjp(index, rule))),
        Op::Slice(index) => rule.each(|_| Some(slice::vjp(index, rule))),
        Op::Unslice(index) => rule.each(|_| Some(slice::unslice_vjp(index, rule))),
        Op::Concatenate(axis) => join::vjp(axis.into(), rule),
        Op::Gather => rule.each(|index| (index == 0).then(|| rule.adjoint.scatter_as(arg(0), arg(1)))),
        Op::ScatterAdd => rule.each(|index| (index == 0).then(|| rule.adjoint.gather_by(arg(1)))),
        Op::Diag => rule.each(|_| Some(rule.adjoint.diagonal())),
        Op::Diagonal => rule.each(|_| Some(rule.adjoint.diag())),
        Op::Lanewise(lanewise) => lanewise.vjp(rule),
        Op::Linalg(linalg) => linalg.vjp(rule),
        Op::Custom(index) => custom::vjp(index, rule),
    }
}
