//! Constants folded, and common subexpressions shared (hash-consing).

use super::Rewriter;
use crate::graph::{NodeId, ShapeId};
use crate::ops::{self, Op};
use crate::scalar::Scalar;
use crate::value::Evaluated;

/// The most elements a folded constant may have: a fold must not make a program large.
const LARGEST_FOLD: usize = 4096;

impl<T: Scalar> Rewriter<'_, T> {
    /// A plain number, shared where the same number (its sign and all digits; never NaN) is there already.
    pub(crate) fn number(&mut self, value: T) -> NodeId {
        let key = value.to_f64().unwrap_or(f64::NAN).to_bits();
        let known = self.shared.as_ref().and_then(|shared| shared.numbers.get(&key).copied());
        if let Some(id) = known
            && let Some(there) = self.graph.scalar_value(id)
            && there == value
            && there.is_sign_negative() == value.is_sign_negative()
        {
            return id;
        }
        let id = self.graph.push_scalar(value, self.source);
        if let Some(shared) = &mut self.shared {
            shared.numbers.insert(key, id);
        }
        id
    }

    /// The node that computes this, there already or new.
    pub(crate) fn shared(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> NodeId {
        let Some(shared) = &mut self.shared else { return self.graph.push(op, args, shape, self.source) };
        match shared.nodes.find(self.graph, op, args, shape) {
            Ok(id) => id,
            Err(vacancy) => {
                let id = self.graph.push(op, args, shape, self.source);
                shared.nodes.fill(vacancy, id);
                id
            }
        }
    }

    /// The value of an operation on constants, as a constant.
    pub(crate) fn folded(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        let is_constant = |&arg: &NodeId| matches!(self.graph.op(arg), Op::Constant(_) | Op::Scalar(_));
        if args.is_empty() || matches!(op, Op::Broadcast | Op::Reshape | Op::Custom(_)) || !args.iter().all(is_constant)
        {
            return None;
        }
        let target = self.graph.shape_of(shape);
        if target.has_rows() || target.row_len() > LARGEST_FOLD {
            return None;
        }
        let values: Vec<Evaluated<T>> = args
            .iter()
            .map(|&arg| match self.graph.op(arg) {
                Op::Constant(index) => Evaluated::Numbers(self.graph.constants[index as usize].clone()),
                _ => {
                    let number = self.graph.scalar_value(arg).unwrap_or_else(T::nan);
                    Evaluated::Numbers(ndarray::arr0(number).into_dyn().into_shared())
                }
            })
            .collect();
        let dims = target.resolve(0);
        let value = ops::evaluate(op, &values, &self.graph.payloads, &dims, 0).ok()?;
        Some(match (value.ndim(), value.first()) {
            (0, Some(&number)) => self.number(number),
            _ => self.graph.push_constant(value, self.source),
        })
    }
}
