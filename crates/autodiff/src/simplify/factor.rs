//! Factors that don't depend on the rows, moved outwards through whatever is linear: out of products, sums of terms that
//! share them, and finally out of the sum over the rows. The rows are then swept without them, and a factor that itself
//! needs a finished sum (`1/Σ…`, the derivative of `ln Σ…`) costs no second pass.

use super::Rewriter;
use crate::graph::{NodeId, ShapeId};
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::Scalar;

/// What multiplies the rest of a node.
#[derive(Clone, Copy, PartialEq)]
enum Factor {
    /// −1.
    Minus,
    /// A number that is the same for all rows, and the operation (product or quotient) that applies it.
    Scale(NodeId, Binary),
}

impl<T: Scalar> Rewriter<'_, T> {
    /// The operation with a factor of its operands moved to its result, if there is one.
    pub(crate) fn factored(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        match op {
            Op::Binary(Binary::Mul | Binary::StrongMul | Binary::Div) => self.factored_product(op, args, shape),
            Op::Binary(Binary::Add | Binary::Sub) => self.factored_sum(op, args),
            // Not out of a stretched operand: what is done to that is done before it is stretched.
            Op::Reduce(Reduce::Sum, _)
            | Op::Reshape
            | Op::Permute(_)
            | Op::Diagonal
            | Op::Unslice(_)
            | Op::Slice(_) => {
                let (factor, rest) = self.factor(args[0])?;
                let inner = self.make_as(op, &[rest], shape);
                Some(self.scaled(factor, inner))
            }
            Op::MatMul { .. } => {
                if let Some((factor, rest)) = self.factor(args[0]) {
                    let inner = self.make_as(op, &[rest, args[1]], shape);
                    return Some(self.scaled(factor, inner));
                }
                let (factor, rest) = self.factor(args[1])?;
                let inner = self.make_as(op, &[args[0], rest], shape);
                Some(self.scaled(factor, inner))
            }
            _ => None,
        }
    }

    /// The factor of a node, and what it multiplies. Scales are taken out of rows nodes only: elsewhere nothing is gained.
    fn factor(&self, id: NodeId) -> Option<(Factor, NodeId)> {
        let node = self.graph.node(id);
        match node.op {
            Op::Unary(Unary::Neg) => Some((Factor::Minus, self.graph.args(id)[0])),
            Op::Binary(binary @ (Binary::Mul | Binary::StrongMul | Binary::Div)) => {
                let &[a, b] = self.graph.args(id) else { return None };
                let scalar = |x: NodeId| self.graph.node(x).shape == ShapeId::SCALAR;
                if !self.graph.shape_of(node.shape).has_rows() {
                    return None;
                }
                match (scalar(a) && binary != Binary::Div, scalar(b)) {
                    (true, false) => Some((Factor::Scale(a, binary), b)),
                    (false, true) => Some((Factor::Scale(b, binary), a)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn scaled(&mut self, factor: Factor, x: NodeId) -> NodeId {
        match factor {
            Factor::Minus => self.negated(x),
            Factor::Scale(scale, Binary::Div) => self.make(Op::Binary(Binary::Div), &[x, scale]),
            Factor::Scale(scale, binary) => self.make(Op::Binary(binary), &[scale, x]),
        }
    }

    fn factored_product(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        let is_scalar = |x: NodeId| self.graph.node(x).shape == ShapeId::SCALAR;
        for (index, &arg) in args.iter().enumerate() {
            let other = args[1 - index];
            let Some((factor, rest)) = self.factor(arg) else { continue };
            // A scale by the side of another number stays: the two would change places for ever.
            if factor != Factor::Minus && (is_scalar(other) || (op == Op::Binary(Binary::Div) && index == 1)) {
                continue;
            }
            if self.graph.node(rest).shape != self.graph.node(arg).shape {
                continue;
            }
            let operands = if index == 0 { [rest, other] } else { [other, rest] };
            let inner = self.make_as(op, &operands, shape);
            return Some(self.scaled(factor, inner));
        }
        None
    }

    fn factored_sum(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        let (a, b) = (self.factor(args[0]), self.factor(args[1]));
        let adds = op == Op::Binary(Binary::Add);
        let (add, sub) = (Op::Binary(Binary::Add), Op::Binary(Binary::Sub));
        match (a, b) {
            (Some((fa, ra)), Some((fb, rb))) if fa == fb => {
                let inner = self.make(op, &[ra, rb]);
                Some(self.scaled(fa, inner))
            }
            (_, Some((Factor::Minus, rest))) => Some(self.make(if adds { sub } else { add }, &[args[0], rest])),
            (Some((Factor::Minus, rest)), _) if adds => Some(self.make(sub, &[args[1], rest])),
            (Some((Factor::Minus, rest)), _) => {
                let inner = self.make(add, &[rest, args[1]]);
                Some(self.negated(inner))
            }
            _ => None,
        }
    }
}
