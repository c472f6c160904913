//! Squares and roots about norms: a norm and an absolute value have a kink at 0, their even functions don't.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::Scalar;

const MUL: Op = Op::Binary(Binary::Mul);
const ABS: Op = Op::Unary(Unary::Abs);

impl<T: Scalar> Rewriter<'_, T> {
    /// What the rules for norms make of an operation, if one applies.
    pub(super) fn stable_norm(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        match op {
            Op::Powi(n) if n > 0 && n % 2 == 0 => {
                let square = self.square_of_norm(args[0])?;
                Some(if n == 2 { square } else { self.make(Op::Powi(n / 2), &[square]) })
            }
            MUL if args[0] == args[1] => self.square_of_norm(args[0]),
            Op::Unary(Unary::Cos | Unary::Cosh | Unary::Gaussian) => {
                let x = self.operand_of(args[0], ABS)?;
                self.apply(Rewrite::EvenOfAbs)?;
                Some(self.make(op, &[x]))
            }
            Op::Unary(Unary::Sqrt) => self.root_of_squares(args[0]),
            _ => None,
        }
    }

    /// The square of a norm, of an absolute value, or of `√(a² + b²)`, without the root.
    fn square_of_norm(&mut self, norm: NodeId) -> Option<NodeId> {
        let op = self.seen(norm)?;
        match op {
            ABS => {
                let x = self.graph.args(norm)[0];
                self.apply(Rewrite::EvenOfAbs)?;
                Some(self.squared(x))
            }
            Op::Reduce(Reduce::Norm, axes) => {
                let x = self.graph.args(norm)[0];
                self.apply(Rewrite::SquareOfNorm)?;
                let square = self.squared(x);
                Some(self.make(Op::Reduce(Reduce::Sum, axes), &[square]))
            }
            Op::Binary(Binary::Hypot) => {
                let sides = [self.graph.args(norm)[0], self.graph.args(norm)[1]];
                self.apply(Rewrite::SquareOfNorm)?;
                let squares = sides.map(|side| self.squared(side));
                Some(self.make(Op::Binary(Binary::Add), &squares))
            }
            _ => None,
        }
    }

    fn squared(&mut self, x: NodeId) -> NodeId {
        self.make(MUL, &[x, x])
    }

    /// The norm whose square a sum of squares is.
    fn root_of_squares(&mut self, sum: NodeId) -> Option<NodeId> {
        match self.seen(sum)? {
            Op::Reduce(Reduce::Sum, axes) => {
                let x = self.root_of(self.graph.args(sum)[0])?;
                self.apply(Rewrite::NormOfSquares)?;
                Some(self.make(Op::Reduce(Reduce::Norm, axes), &[x]))
            }
            Op::Binary(Binary::Add) => {
                let squares = [0, 1].map(|index| self.graph.args(sum)[index]);
                let sides = match squares.map(|square| self.root_of(square)) {
                    [Some(a), Some(b)] => [a, b],
                    [Some(x), None] => [x, self.root_of_number(squares[1])?],
                    [None, Some(x)] => [x, self.root_of_number(squares[0])?],
                    [None, None] => return None,
                };
                self.apply(Rewrite::NormOfSquares)?;
                Some(self.make(Op::Binary(Binary::Hypot), &sides))
            }
            _ => None,
        }
    }

    fn root_of_number(&mut self, x: NodeId) -> Option<NodeId> {
        let number = self.graph.scalar_value(x).filter(|&number| self.seen(x).is_some() && number > T::zero())?;
        let root = number.sqrt();
        // Rounded, it would be the root of another number.
        let is_exact = root.mul_add(root, -number) == T::zero();
        is_exact.then(|| self.number(root))
    }

    /// What a node is the square of.
    fn root_of(&self, square: NodeId) -> Option<NodeId> {
        match (self.seen(square)?, self.graph.args(square)) {
            (Op::Powi(2), &[x]) => Some(x),
            (MUL, &[a, b]) if a == b => Some(a),
            _ => None,
        }
    }
}
