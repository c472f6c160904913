//! Users' own operations.

use super::Frame;
use crate::graph::NodeId;
use crate::ops::{Failure, Op, evaluate_custom};
use crate::scalar::Scalar;
use ndarray::{ArrayViewD, IxDyn};

impl<T: Scalar> Frame<'_, '_, '_, T> {
    /// The operation on its operands as they lie in the arena: the one instruction that allocates.
    pub(super) fn custom(&mut self, id: NodeId, operands: &[u32], out: usize) -> Result<(), Failure> {
        let Op::Custom(index) = self.graph.op(id) else { return Ok(()) };
        let mut views: Vec<ArrayViewD<'_, T>> = Vec::with_capacity(operands.len());
        for (&at, &arg) in operands.iter().zip(self.graph.args(id)) {
            let dims = self.graph.shape(arg).resolve(self.rows);
            let elements = &self.arena[at as usize..][..dims.iter().product()];
            let view = ArrayViewD::from_shape(IxDyn(&dims), elements);
            views.push(view.map_err(|error| Failure::Reason(error.to_string()))?);
        }
        let dims = self.graph.shape(id).resolve(self.rows);
        let value = evaluate_custom(&*self.graph.customs[index as usize].operation, &views, &dims)?;
        for (out, &x) in self.arena[out..].iter_mut().zip(&value) {
            *out = x;
        }
        Ok(())
    }
}
