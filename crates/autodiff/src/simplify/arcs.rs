//! Differences of arctangents, which cancel in the tails: a Cauchy distribution's intervals.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::{Scalar, real};

const SUB: Op = Op::Binary(Binary::Sub);
const MUL: Op = Op::Binary(Binary::Mul);
const LT: Op = Op::Binary(Binary::Lt);

impl<T: Scalar> Rewriter<'_, T> {
    /// `c·atan p − c·atan q`: of close p and q the angle between `(1, p)` and `(1, q)`; of one side's tail by those of 1/p and 1/q.
    pub(super) fn difference_of_arcs(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let ((p, c), (q, other)) = (self.multiple_of_atan(a)?, self.multiple_of_atan(b)?);
        if c != other {
            return None;
        }
        self.apply(Rewrite::Complement.by("atan p − atan q → atan((p − q)/(1 + p·q))"))?;
        let [one, half, infinity] = [T::one(), real(0.5), T::infinity()].map(|number| self.number(number));
        let (distance, product) = (self.difference_apart(p, q), self.make(MUL, &[p, q]));
        let [size, bound] = [distance, p].map(|x| self.unary(Unary::Abs, x));
        let bound = self.make(MUL, &[bound, half]);
        let [is_close, is_finite] = [[size, bound], [product, infinity]].map(|pair| self.make(LT, &pair));
        let is_close = self.make(MUL, &[is_close, is_finite]);
        let dot = self.make(Op::Binary(Binary::Add), &[product, one]);
        let dot = self.make(Op::Select, &[is_close, dot, one]);
        let close = self.make(Op::Binary(Binary::Atan2), &[distance, dot]);
        let is_tail = self.make(LT, &[one, product]);
        let inverses = [p, q].map(|x| self.unary(Unary::Recip, x));
        let [u, v] = [[inverses[1], p], [inverses[0], q]].map(|[a, b]| self.make(Op::Select, &[is_tail, a, b]));
        let arcs = [u, v].map(|x| self.unary(Unary::Atan, x));
        let apart = self.as_it_is(|rewriter| rewriter.make(SUB, &arcs));
        let angle = self.make(Op::Select, &[is_close, close, apart]);
        Some(self.times(c, angle))
    }

    /// The x and c of `c·atan x`.
    fn multiple_of_atan(&self, node: NodeId) -> Option<(NodeId, T)> {
        let monomial = self.monomial(node);
        let &[(atan, 1)] = &monomial.factors[..] else { return None };
        Some((self.operand_of(atan, Op::Unary(Unary::Atan))?, monomial.number))
    }
}
