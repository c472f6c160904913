//! How operations are recorded, and their derivatives.

pub(crate) mod custom;
mod elementwise;

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
