//! Logarithms of norms whose sides are exponentials, or minus some.

use super::Rewriter;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::Scalar;

const LOGADDEXP: Op = Op::Binary(Binary::Logaddexp);

impl<T: Scalar> Rewriter<'_, T> {
    /// The logarithm of a norm of the sides, of what it exceeds one by, or of the part that one has of it.
    pub(super) fn log_of_norm(&mut self, op: Op, sides: &[NodeId]) -> Option<NodeId> {
        match (op, sides) {
            (Op::Reduce(Reduce::Norm, _), _) => {
                let square = self.sum_of_squares(op, sides);
                let log = self.branch(square).positive()?;
                Some(self.multiple(0.5, log))
            }
            (Op::Binary(Binary::Hypot), &[a, b]) => {
                let sizes = [self.log_of_size(a)?, self.log_of_size(b)?];
                let squares = sizes.map(|log| self.multiple(2.0, log));
                let log = self.make(LOGADDEXP, &squares);
                Some(self.multiple(0.5, log))
            }
            // a/√(a² + b²) is 1/√(1 + b²/a²).
            (Op::Binary(Binary::Direction), &[a, b]) => {
                let (a, b) = (self.branch(a).positive()?, self.log_of_size(b)?);
                let ratio = self.difference(b, a);
                let square = self.multiple(2.0, ratio);
                let log = self.unary(Unary::Softplus, square);
                Some(self.multiple(-0.5, log))
            }
            (Op::Binary(Binary::HypotExcess), &[a, b]) => self.log_of_excess(a, b),
            _ => None,
        }
    }

    /// `ln(√(a² + b²) − b)`: of the sum of norm and |b|, or of a² over it.
    fn log_of_excess(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let norm = self.log_of_norm(Op::Binary(Binary::Hypot), &[a, b])?;
        let size = self.log_of_size(b)?;
        let sum = self.make(LOGADDEXP, &[norm, size]);
        if self.branch(b).positive().is_none() {
            return Some(sum);
        }
        let size = self.log_of_size(a)?;
        let square = self.multiple(2.0, size);
        Some(self.difference(square, sum))
    }

    /// `ln |x|`, if x or −x is an exponential.
    fn log_of_size(&mut self, x: NodeId) -> Option<NodeId> {
        let term = self.branch(x);
        let log = term.log.filter(|_| term.weight.is_none());
        log.or_else(|| {
            let minus_x = self.negated(x);
            self.branch(minus_x).positive()
        })
    }
}
