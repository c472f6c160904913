//! The adjoints of a and b where `a/(a + b)` is a share of a sum s. Operation by operation, a would get `1/s − a/s²`, which cancels where a
//! is nearly all of the sum: it is `b/s²`. The sum itself gets nothing.

use super::adjoint::{Adjoint, Adjoints};
use crate::graph::{NodeId, NodeMap};
use crate::ops::{Binary, Op, Partial};
use crate::scalar::Scalar;
use crate::tape::Var;
use smallvec::SmallVec;

/// The most summands of a sum that is looked through.
const MOST_SUMMANDS: usize = 4;

/// What a share's sum has beside it.
pub(super) struct Share {
    others: SmallVec<[NodeId; MOST_SUMMANDS]>,
}

impl Share {
    /// Of `part/sum`, if the sum has that part once, and nobody asks for the adjoint of the sum or of a part of it.
    pub(super) fn of<T: Scalar>(op: Op, args: &[Var<'_, T>], xs: &[NodeId]) -> Option<Self> {
        const ADD: Op = Op::Binary(Binary::Add);
        let (Op::Binary(Binary::Div), &[part, sum]) = (op, args) else { return None };
        let inner = part.tape().inner();
        let graph = &inner.graph;
        if graph.op(sum.id()) != ADD {
            return None;
        }
        let (mut open, mut others) = (SmallVec::<[NodeId; MOST_SUMMANDS]>::from_slice(&[sum.id()]), SmallVec::new());
        let mut times = 0;
        while let Some(node) = open.pop() {
            match graph.args(node) {
                _ if node == part.id() => times += 1,
                &[a, b] if graph.op(node) == ADD && open.len() + others.len() + 2 <= MOST_SUMMANDS => {
                    if xs.contains(&node) || graph.node(node).shape != graph.node(sum.id()).shape {
                        return None;
                    }
                    open.extend([a, b]);
                }
                _ => others.push(node),
            }
        }
        (times == 1 && graph.node(part.id()).shape == graph.node(sum.id()).shape).then_some(Share { others })
    }

    /// Passes the adjoint of the share on.
    pub(super) fn pass_on<'t, T: Scalar>(
        &self,
        (args, output): (&[Var<'t, T>], Var<'t, T>),
        adjoint: Adjoint<'t, T>,
        depends: &NodeMap,
        adjoints: &mut Adjoints<'t, T>,
    ) -> Option<Var<'t, T>> {
        let &[part, sum] = args else { return None };
        let tape = output.tape();
        let (adjoint, inverse) = (adjoint.joined(), sum.recip());
        let others = self.others.iter().map(|&other| tape.var(other));
        let mut failed = None;
        let mut add = |x: Var<'t, T>, factor: Var<'t, T>| {
            if let Some(product) = adjoint.times(Partial::Twice(factor, inverse)).filter(|_| depends.contains(x.id())) {
                failed = adjoints.add(x.id(), product.sum_to(x, output.shape_id())).or(failed);
            }
        };
        if depends.contains(part.id())
            && let Some(rest) = others.clone().reduce(|a, b| a + b)
        {
            add(part, rest / sum);
        }
        if self.others.iter().any(|&other| depends.contains(other)) {
            let minus = -output;
            others.for_each(|other| add(other, minus));
        }
        failed
    }
}
