//! Users' own operations.

use super::Frame;
use crate::graph::NodeId;
use crate::ops::{self, Evaluated, Failure};
use crate::scalar::Scalar;
use ndarray::{ArrayD, IxDyn};

impl<T: Scalar> Frame<'_, '_, '_, T> {
    /// The operation on copies of its operands: the one instruction that allocates.
    pub(super) fn custom(&mut self, id: NodeId, operands: &[u32], out: usize) -> Result<(), Failure> {
        let mut values: Vec<Evaluated<T>> = Vec::with_capacity(operands.len());
        for (&at, &arg) in operands.iter().zip(self.graph.args(id)) {
            let dims = self.graph.shape(arg).resolve(self.rows);
            let len = dims.iter().product();
            let elements = self.arena[at as usize..][..len].to_vec();
            let array =
                ArrayD::from_shape_vec(IxDyn(&dims), elements).map_err(|error| Failure::Reason(error.to_string()))?;
            values.push(Evaluated::Numbers(array.into_shared()));
        }
        let value = ops::evaluate(self.graph, self.graph.node(id), &values, self.rows)?;
        for (out, &x) in self.arena[out..].iter_mut().zip(&value) {
            *out = x;
        }
        Ok(())
    }
}
