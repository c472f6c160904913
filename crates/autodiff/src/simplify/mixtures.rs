//! Means of probabilities, `w·p + (1 − w)·q`: near 1 they are known by what they lack, `w·(1 − p) + (1 − w)·(1 − q)`.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::{Scalar, real};

const MUL: Op = Op::Binary(Binary::Mul);

/// A weight and a probability; none where that is 1.
type Part = (NodeId, Option<NodeId>);

impl<T: Scalar> Rewriter<'_, T> {
    /// `1 − x` of a mean x of probabilities one of which has a complement of one piece.
    pub(super) fn one_minus_mixture(&mut self, x: NodeId) -> Option<NodeId> {
        let mut sum = None;
        let mut is_of_one_piece = false;
        for (weight, probability) in self.mixture(x)? {
            let Some(probability) = probability else {
                is_of_one_piece = true;
                continue;
            };
            let of_one_piece = self.one_minus(probability);
            is_of_one_piece |= of_one_piece.is_some();
            let rest = match of_one_piece {
                Some(rest) => rest,
                None => {
                    let one = self.number(T::one());
                    self.make(Op::Binary(Binary::Sub), &[one, probability])
                }
            };
            let term = self.make(MUL, &[weight, rest]);
            sum = Some(sum.map_or(term, |sum| self.make(Op::Binary(Binary::Add), &[sum, term])));
        }
        if !is_of_one_piece {
            return None;
        }
        self.apply(Rewrite::Complement.by("1 − (w·p + (1 − w)·q) → w·(1 − p) + (1 − w)·(1 − q)"))?;
        sum
    }

    /// `ln x` of such a mean: `ln(1 − (1 − x))` where x is more than a half, elsewhere `far`.
    pub(super) fn ln_of_mixture(&mut self, x: NodeId) -> Option<NodeId> {
        self.mixture(x)?;
        let rest = self.one_minus_mixture(x)?;
        // Where the parts are no probabilities after all, there may be nothing missing.
        let (half, minus_half) = (self.number(real(0.5)), self.number(real(-0.5)));
        let size = self.unary(Unary::Abs, rest);
        let is_near = self.make(Op::Binary(Binary::Lt), &[size, half]);
        let bounded = self.make(Op::Binary(Binary::Minimum), &[rest, half]);
        let bounded = self.make(Op::Binary(Binary::Maximum), &[bounded, minus_half]);
        let missing = self.negated(bounded);
        let near = self.unary(Unary::Ln1p, missing);
        let far = match self.log_of(x) {
            Some(log) => log,
            None => self.as_it_is(|rewriter| rewriter.unary(Unary::Ln, x)),
        };
        Some(self.make(Op::Select, &[is_near, near, far]))
    }

    fn mixture(&self, x: NodeId) -> Option<[Part; 2]> {
        let (Op::Binary(Binary::Add), &[a, b]) = (self.seen(x)?, self.graph.args(x)) else { return None };
        let (first, second) = (self.parts(a), self.parts(b));
        first.into_iter().flatten().find_map(|one| {
            let fits = |other: &Part| self.adds_up(one.0, other.0) && (one.1.is_some() || other.1.is_some());
            second.into_iter().flatten().find(fits).map(|other| [one, other])
        })
    }

    /// The ways to take a summand as a weight and a probability.
    fn parts(&self, x: NodeId) -> [Option<Part>; 3] {
        match (self.seen(x), self.graph.args(x)) {
            (Some(MUL), &[a, b]) => [Some((a, Some(b))), Some((b, Some(a))), None],
            _ => [Some((x, None)), None, None],
        }
    }

    /// Whether two weights are w and 1 − w.
    fn adds_up(&self, a: NodeId, b: NodeId) -> bool {
        let number = |x: NodeId| self.seen_number(x);
        if let (Some(a), Some(b)) = (number(a), number(b)) {
            return a > T::zero() && b > T::zero() && a + b == T::one();
        }
        let is_complement = |a: NodeId, b: NodeId| match (self.seen(b), self.graph.args(b)) {
            (Some(Op::Binary(Binary::Sub)), &[one, w]) => self.is_number(one, T::one()) && self.same(w, a),
            (Some(op @ Op::Unary(Unary::Sigmoid | Unary::NormCdf)), &[minus_z]) => {
                let z = self.operand_of(a, op);
                z.is_some_and(|z| self.negative_of(minus_z).is_some_and(|other| self.same(other, z)))
            }
            _ => false,
        };
        is_complement(a, b) || is_complement(b, a)
    }
}
