//! Products and quotients as a number times powers of nodes.

use super::Rewriter;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::{Scalar, real};
use smallvec::{SmallVec, smallvec};

/// How many factors are looked at.
const FACTORS: usize = 8;

/// `number·Π node^count`.
pub(super) struct Monomial<T> {
    pub(super) number: T,
    pub(super) factors: SmallVec<[(NodeId, i32); 4]>,
}

impl<T: Scalar> Rewriter<'_, T> {
    /// A node as a monomial, of itself if it is no product.
    pub(super) fn monomial(&self, x: NodeId) -> Monomial<T> {
        let mut monomial = Monomial { number: T::one(), factors: SmallVec::new() };
        let mut open: SmallVec<[(NodeId, i32); FACTORS]> = smallvec![(x, 1)];
        while let Some((node, count)) = open.pop() {
            if let Some(number) = self.seen_number(node) {
                monomial.number = monomial.number * number.powi(count);
                continue;
            }
            let may_open = open.len() + monomial.factors.len() + 2 <= FACTORS;
            match (self.seen(node), self.graph.args(node)) {
                (Some(Op::Unary(Unary::Neg)), &[a]) => {
                    monomial.number = monomial.number * real::<T>(-1.0).powi(count);
                    open.push((a, count));
                }
                (Some(Op::Unary(Unary::Recip)), &[a]) => open.push((a, -count)),
                (Some(Op::Binary(Binary::Mul | Binary::StrongMul)), &[a, b]) if may_open => {
                    open.extend([(b, count), (a, count)]);
                }
                (Some(Op::Binary(Binary::Div)), &[a, b]) if may_open => open.extend([(b, -count), (a, count)]),
                _ => self.add_factor(&mut monomial, node, count),
            }
        }
        monomial
    }

    fn add_factor(&self, monomial: &mut Monomial<T>, node: NodeId, count: i32) {
        match monomial.factors.iter_mut().find(|(other, _)| self.same(*other, node)) {
            Some((_, sum)) => *sum += count,
            None => monomial.factors.push((node, count)),
        }
        monomial.factors.retain(|(_, count)| *count != 0);
    }

    /// What is left of `x/y`.
    pub(super) fn quotient_of_monomials(&self, x: NodeId, y: NodeId) -> Monomial<T> {
        let (mut rest, other) = (self.monomial(x), self.monomial(y));
        rest.number = rest.number / other.number;
        for (node, count) in other.factors {
            self.add_factor(&mut rest, node, -count);
        }
        rest
    }
}
