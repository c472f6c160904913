//! How far rounding moves a result, for those who compare it with others.

use super::sensitivity::shares;
use super::widen::evaluated;
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::scalar::Scalar;
use crate::simplify::{self, Rewrites};

/// How far an element of `root` moves, to first order, where each value that a program computes it from is off by one part in 1/ε. `graph`
/// has the values of the inputs.
pub(crate) fn rounding<T: Scalar>(graph: &Graph<T>, root: NodeId, element: usize, rewrites: Rewrites) -> Result<T> {
    let (compiled, roots, _) = simplify::compact(graph, &[root], rewrites);
    let tape = evaluated(compiled.clone(), &roots)?;
    let mut sum = T::zero();
    for root in roots {
        let shares = shares(&compiled, &tape, root, element)?;
        sum = sum + shares.inputs + shares.operations;
    }
    Ok(sum * T::epsilon())
}
