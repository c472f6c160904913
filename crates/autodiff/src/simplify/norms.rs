//! Squares and roots about norms: a norm and an absolute value have a kink at 0, their even functions don't.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::Scalar;
use smallvec::SmallVec;

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
            MUL => {
                [(args[0], args[1]), (args[1], args[0])].into_iter().find_map(|(c, r)| self.multiple_of_square(c, r))
            }
            Op::Unary(Unary::Cos | Unary::Cosh | Unary::Gaussian) => {
                let x = self.operand_of(args[0], ABS)?;
                self.apply(Rewrite::EvenOfAbs.by(match op {
                    Op::Unary(Unary::Cos) => "cos |x| → cos x",
                    Op::Unary(Unary::Cosh) => "cosh |x| → cosh x",
                    _ => "e^(−|x|²) → e^(−x²)",
                }))?;
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
            ABS => self.apply(Rewrite::EvenOfAbs)?,
            Op::Reduce(Reduce::Norm, _) => self.apply(Rewrite::SquareOfNorm)?,
            Op::Binary(Binary::Hypot) => self.apply(Rewrite::SquareOfNorm.by("√(a² + b²)² → a² + b²"))?,
            _ => return None,
        }
        let sides: SmallVec<[NodeId; 2]> = self.graph.args(norm).into();
        Some(self.sum_of_squares(op, &sides))
    }

    /// What `op`, a norm of the sides, is the root of.
    pub(super) fn sum_of_squares(&mut self, op: Op, sides: &[NodeId]) -> NodeId {
        let squares: SmallVec<[NodeId; 2]> = sides.iter().map(|&side| self.squared(side)).collect();
        match op {
            ABS => squares[0],
            Op::Reduce(_, axes) => self.make(Op::Reduce(Reduce::Sum, axes), &squares),
            _ => self.make(Op::Binary(Binary::Add), &squares),
        }
    }

    /// `(c·r)·r` of a norm r.
    fn multiple_of_square(&mut self, product: NodeId, r: NodeId) -> Option<NodeId> {
        let is_norm = matches!(self.seen(r)?, ABS | Op::Reduce(Reduce::Norm, _) | Op::Binary(Binary::Hypot));
        if !is_norm || self.seen(product)? != MUL {
            return None;
        }
        let &[a, b] = self.graph.args(product) else { return None };
        let c = if a == r { b } else { (b == r).then_some(a)? };
        let square = self.square_of_norm(r)?;
        Some(self.make(MUL, &[c, square]))
    }

    fn squared(&mut self, x: NodeId) -> NodeId {
        match self.seen_number(x) {
            Some(number) => self.number(number * number),
            None => self.make(MUL, &[x, x]),
        }
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
                let (x, other) = match squares.map(|square| self.root_of_part(square)) {
                    [Some(a), Some(b)] => {
                        self.apply(Rewrite::NormOfSquares.by("√(a² + b²) → hypot(a, b)"))?;
                        return Some(self.make(Op::Binary(Binary::Hypot), &[a, b]));
                    }
                    [Some(x), None] => (x, squares[1]),
                    [None, Some(x)] => (x, squares[0]),
                    [None, None] => return None,
                };
                self.root_of_square_and(sum, x, other)
            }
            _ => None,
        }
    }

    /// `√(x² + c)` as `√(x² + (√c)²)` for c > 0; elsewhere as it stands.
    fn root_of_square_and(&mut self, sum: NodeId, x: NodeId, c: NodeId) -> Option<NodeId> {
        if let Some(number) = self.seen_number(c) {
            if number < T::zero() || number.is_nan() {
                return None;
            }
            self.apply(Rewrite::NormOfSquares.by("√(x² + c) → hypot(x, √c)"))?;
            if number == T::zero() {
                return Some(self.unary(Unary::Abs, x));
            }
            let root = number.sqrt();
            // Rounded, it is the root of another number.
            let rest = (-root).mul_add(root, number);
            let root = self.number(root);
            let norm = self.make(Op::Binary(Binary::Hypot), &[x, root]);
            if rest != T::zero() {
                self.rounded_roots.insert(norm, rest);
            }
            return Some(norm);
        }
        self.apply(Rewrite::NormOfSquares.by("√(x² + c) → hypot(x, √c)"))?;
        let (zero, one) = (self.number(T::zero()), self.number(T::one()));
        let is_positive = self.make(Op::Binary(Binary::Gt), &[c, zero]);
        let [positive, other] = [[c, one], [one, sum]].map(|[a, b]| self.make(Op::Select, &[is_positive, a, b]));
        let [root, other] = [positive, other].map(|x| self.unary(Unary::Sqrt, x));
        let norm = self.make(Op::Binary(Binary::Hypot), &[x, root]);
        Some(self.make(Op::Select, &[is_positive, norm, other]))
    }

    /// `c·x/√(x² + y²)` as c times a direction, whose derivatives don't cancel where x is much the larger.
    pub(super) fn over_norm(&mut self, a: NodeId, norm: NodeId) -> Option<NodeId> {
        if let (Op::Select, &[condition, root, other]) = (self.seen(norm)?, self.graph.args(norm)) {
            let (direction, other) = (self.over_norm(a, root)?, self.make(Op::Binary(Binary::Div), &[a, other]));
            return Some(self.make(Op::Select, &[condition, direction, other]));
        }
        let (Op::Binary(Binary::Hypot), &[p, q]) = (self.seen(norm)?, self.graph.args(norm)) else { return None };
        let factors = match (self.seen(a), self.graph.args(a)) {
            (Some(MUL), &[x, y]) => [Some((x, Some(y))), Some((y, Some(x)))],
            _ => [None; 2],
        };
        let ways = [Some((a, None))].into_iter().chain(factors).flatten();
        let found = ways
            .flat_map(|(x, factor)| [(x, factor, p, q), (x, factor, q, p)])
            .find_map(|(x, factor, side, other)| self.multiple_between(x, side).map(|c| (c, factor, side, other)));
        let (c, factor, side, other) = found?;
        self.apply(Rewrite::NormOfSquares.by("x/√(x² + y²) → direction(x, y)"))?;
        let direction = self.make(Op::Binary(Binary::Direction), &[side, other]);
        let direction = self.times(c, direction);
        Some(factor.map_or(direction, |factor| self.make(MUL, &[factor, direction])))
    }

    /// The norm that a part of a sum of squares is the square of, or a positive multiple.
    fn root_of_part(&mut self, square: NodeId) -> Option<NodeId> {
        if let Some(x) = self.root_of(square) {
            return Some(x);
        }
        if let Some((c, x)) = self.multiple_of_square_of(square) {
            return Some(self.times(c.sqrt(), x));
        }
        match self.seen(square)? {
            Op::Reduce(Reduce::Sum, axes) => {
                let x = self.root_of(self.graph.args(square)[0])?;
                Some(self.make(Op::Reduce(Reduce::Norm, axes), &[x]))
            }
            Op::Binary(Binary::Add) => {
                let sides = [0, 1].map(|index| self.root_of(self.graph.args(square)[index]));
                let [Some(a), Some(b)] = sides else { return None };
                Some(self.make(Op::Binary(Binary::Hypot), &[a, b]))
            }
            _ => None,
        }
    }

    /// The c > 0 and x of `c·x²`, in whatever order.
    fn multiple_of_square_of(&self, product: NodeId) -> Option<(T, NodeId)> {
        let number = |x: NodeId| self.seen_number(x);
        let (c, x) = match (self.seen(product)?, self.graph.args(product)) {
            (Op::Binary(Binary::Div), &[square, c]) => (number(c)?.recip(), self.root_of(square)?),
            (MUL, &[a, b]) => match (number(a), number(b)) {
                (Some(c), _) => (c, self.root_of(b)?),
                (_, Some(c)) => (c, self.root_of(a)?),
                // (c·x)·x.
                _ => {
                    let (MUL, &[p, q]) = (self.seen(a)?, self.graph.args(a)) else { return None };
                    let (c, x) = number(p).map(|c| (c, q)).or_else(|| Some((number(q)?, p)))?;
                    self.same(x, b).then_some((c, x))?
                }
            },
            _ => return None,
        };
        (c > T::zero() && c.is_finite()).then_some((c, x))
    }

    /// What a node is the square of.
    pub(super) fn root_of(&self, square: NodeId) -> Option<NodeId> {
        match (self.seen(square)?, self.graph.args(square)) {
            (Op::Powi(2), &[x]) => Some(x),
            (MUL, &[a, b]) if a == b => Some(a),
            _ => None,
        }
    }
}
