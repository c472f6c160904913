//! Factors that don't depend on the rows, moved outwards through whatever is linear: out of products, sums of terms that
//! share them, and finally out of the sum over the rows. The rows are then swept without them, and a factor that itself
//! needs a finished sum (`1/Σ…`, the derivative of `ln Σ…`) costs no second pass.
//!
//! Past another operand of a product, `(c·f)·g` to `c·(f·g)`, go only numbers of moderate size and factors that need a finished sum:
//! f·g may leave the range of the numbers where the recorded product stays in it.

use super::Rewriter;
use crate::graph::{NodeId, ShapeId};
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::Scalar;

/// The largest number, and the inverse of the smallest, that is moved past other operands of a product.
const MODERATE: f64 = 4_294_967_296.0;

/// What multiplies the rest of a node.
#[derive(Clone, Copy, PartialEq)]
enum Multiplier {
    /// −1.
    Minus,
    /// A number that is the same for all rows, and the operation (product or quotient) that applies it.
    Scale(NodeId, Binary),
}

impl Multiplier {
    /// The factor as it comes out of a strong product: there a 0 stays 0 whatever the factor is.
    fn strong(self) -> Self {
        match self {
            Multiplier::Scale(scale, Binary::Mul) => Multiplier::Scale(scale, Binary::StrongMul),
            Multiplier::Scale(scale, Binary::Div) => Multiplier::Scale(scale, Binary::StrongDiv),
            other => other,
        }
    }
}

impl<T: Scalar> Rewriter<'_, T> {
    /// The operation with a factor of its operands moved to its result, if there is one.
    pub(crate) fn factored(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        match op {
            Op::Binary(Binary::Mul | Binary::StrongMul | Binary::Div) => {
                self.factored_product(op, args, shape).or_else(|| self.joined_weights(op, args, shape))
            }
            Op::Binary(Binary::Add | Binary::Sub) => self.factored_sum(op, args),
            // Not out of a stretched operand: what is done to that is done before it is stretched.
            Op::Reduce(Reduce::Sum, _)
            | Op::Reshape
            | Op::Permute(_)
            | Op::Diagonal
            | Op::Unslice(_)
            | Op::Slice(_) => {
                let (factor, rest) = self.factor(args[0])?;
                // The zeros around a slice stay 0, whatever the factor is.
                if matches!(op, Op::Unslice(_)) && factor.strong() != factor {
                    return None;
                }
                let inner = self.make_as(op, &[rest], shape);
                Some(self.scaled(factor, inner))
            }
            Op::Triple(_) => {
                let (index, (factor, rest)) =
                    (0..3).find_map(|index| self.movable_factor(args[index]).map(|found| (index, found)))?;
                let mut operands = [args[0], args[1], args[2]];
                operands[index] = rest;
                let inner = self.make_as(op, &operands, shape);
                Some(self.scaled(factor.strong(), inner))
            }
            Op::MatMul { strong, .. } => {
                let of_left = self.movable_factor(args[0]);
                let (factor, rest) = of_left.or_else(|| self.movable_factor(args[1]))?;
                let operands = if of_left.is_some() { [rest, args[1]] } else { [args[0], rest] };
                let inner = self.make_as(op, &operands, shape);
                Some(self.scaled(if strong { factor.strong() } else { factor }, inner))
            }
            _ => None,
        }
    }

    /// The factor of a node, and what it multiplies. Scales are taken out of rows nodes only: elsewhere nothing is gained.
    fn factor(&self, id: NodeId) -> Option<(Multiplier, NodeId)> {
        let node = self.graph.node(id);
        match node.op {
            Op::Unary(Unary::Neg) => Some((Multiplier::Minus, self.graph.args(id)[0])),
            Op::Binary(binary @ (Binary::Mul | Binary::StrongMul | Binary::Div | Binary::StrongDiv)) => {
                let &[a, b] = self.graph.args(id) else { return None };
                let scalar = |x: NodeId| self.graph.node(x).shape == ShapeId::SCALAR;
                if !self.graph.shape_of(node.shape).has_rows() {
                    return None;
                }
                let divides = matches!(binary, Binary::Div | Binary::StrongDiv);
                match (scalar(a) && !divides, scalar(b)) {
                    (true, false) => Some((Multiplier::Scale(a, binary), b)),
                    (false, true) => Some((Multiplier::Scale(b, binary), a)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The factor of a node, if it may be moved past another operand of a product.
    fn movable_factor(&mut self, id: NodeId) -> Option<(Multiplier, NodeId)> {
        let (factor, rest) = self.factor(id)?;
        let may_move = match factor {
            Multiplier::Minus => true,
            Multiplier::Scale(scale, _) => match self.graph.scalar_value(scale).and_then(|number| number.to_f64()) {
                Some(number) => (MODERATE.recip()..=MODERATE).contains(&number.abs()),
                None => self.depends_on_rows(scale),
            },
        };
        may_move.then_some((factor, rest))
    }

    /// Whether a node is on the rows, or needs a sum over them, or their number.
    fn depends_on_rows(&mut self, id: NodeId) -> bool {
        let Some(shared) = &mut self.shared else { return false };
        for index in shared.on_rows.len()..=id.index() {
            let node = NodeId(index as u32);
            let is_on_rows = self.graph.shape(node).has_rows()
                || self.graph.op(node) == Op::RowCount
                || self.graph.args(node).iter().any(|arg| shared.on_rows[arg.index()]);
            shared.on_rows.push(is_on_rows);
        }
        shared.on_rows[id.index()]
    }

    fn scaled(&mut self, factor: Multiplier, x: NodeId) -> NodeId {
        match factor {
            Multiplier::Minus => self.negated(x),
            Multiplier::Scale(scale, divides @ (Binary::Div | Binary::StrongDiv)) => {
                self.make(Op::Binary(divides), &[x, scale])
            }
            Multiplier::Scale(scale, binary) => self.make(Op::Binary(binary), &[scale, x]),
        }
    }

    fn factored_product(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        for (index, &arg) in args.iter().enumerate() {
            let other = args[1 - index];
            let Some((factor, rest)) = self.movable_factor(arg) else { continue };
            let factor = if op == Op::Binary(Binary::StrongMul) { factor.strong() } else { factor };
            // A scale by the side of another number stays: the two would change places for ever.
            let is_scalar = self.graph.node(other).shape == ShapeId::SCALAR;
            if factor != Multiplier::Minus && (is_scalar || (op == Op::Binary(Binary::Div) && index == 1)) {
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
            (_, Some((Multiplier::Minus, rest))) => Some(self.make(if adds { sub } else { add }, &[args[0], rest])),
            (Some((Multiplier::Minus, rest)), _) if adds => Some(self.make(sub, &[args[1], rest])),
            (Some((Multiplier::Minus, rest)), _) => {
                let inner = self.make(add, &[rest, args[1]]);
                Some(self.negated(inner))
            }
            _ => self.common_operand(op, args),
        }
    }

    /// `(X·u)·v` is `X·(u·v)` for weights u and v of the rows, smaller than X. (Of fixed ones nothing is gained that pays for a product
    /// `u·v` that leaves the range where the recording's stays in it, such as 0·u·v.)
    fn joined_weights(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        let is_product = |op: Op| matches!(op, Op::Binary(Binary::Mul | Binary::StrongMul));
        let shape_of = |id: NodeId| self.graph.node(id).shape;
        for (product, v) in [(args[0], args[1]), (args[1], args[0])] {
            let is_weight = self.graph.shape(v).has_rows() && shape_of(v) != shape;
            if !is_weight || !is_product(op) || !is_product(self.graph.op(product)) || shape_of(product) != shape {
                continue;
            }
            let &[a, b] = self.graph.args(product) else { continue };
            for (x, u) in [(a, b), (b, a)] {
                if shape_of(x) == shape && shape_of(u) == shape_of(v) {
                    // Strong if either is: a weight of 0 then stays 0 whatever the other is.
                    let strong = Op::Binary(Binary::StrongMul);
                    let op = if self.graph.op(product) == strong { strong } else { op };
                    let weight = self.make(op, &[u, v]);
                    return Some(self.make_as(op, &[x, weight], shape));
                }
            }
        }
        None
    }

    /// `w₁·X ± w₂·X` is `(w₁ ± w₂)·X` for weights smaller than X. A Hessian's `Xᵀ diag(w₁) X + Xᵀ diag(w₂) X` thus becomes
    /// one weighted product of X with itself.
    fn common_operand(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        let product = self.graph.op(args[0]);
        let is_product = matches!(product, Op::Binary(Binary::Mul | Binary::StrongMul));
        if !is_product || self.graph.op(args[1]) != product {
            return None;
        }
        let (&[a, b], &[c, d]) = (self.graph.args(args[0]), self.graph.args(args[1])) else { return None };
        let (shape_of, whole) = (|id: NodeId| self.graph.node(id).shape, self.graph.node(args[0]).shape);
        for (x, v, y, w) in [(a, b, c, d), (a, b, d, c), (b, a, c, d), (b, a, d, c)] {
            let weights_are_smaller = shape_of(v) == shape_of(w) && shape_of(v) != whole;
            if x == y && shape_of(x) == whole && weights_are_smaller {
                let weight = self.make(op, &[v, w]);
                return Some(self.make_as(product, &[weight, x], whole));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;
    use ndarray::{Array1, Array2};

    #[test]
    fn the_hessian_of_a_loss_of_two_terms_is_one_weighted_product() {
        let tape = Tape::<f64>::new();
        let (x, y) = (tape.rows("X", &[3]), tape.rows("y", &[]));
        let theta = tape.input("theta", &[3]);
        let loss = x.linear(theta).sigmoid().log_loss(y).sum();
        let program = tape.compile(&[loss.hessian(theta)]).unwrap();
        let text = program.explain().to_string();
        assert_eq!(text.matches("diag(w)").count(), 1, "{text}");
        let data = Array2::from_shape_fn((40, 3), |(i, j)| ((7 * i + 3 * j) as f64).sin());
        let labels = Array1::from_shape_fn(40, |i| (i % 2) as f64);
        let at = Array1::from(vec![0.1, -0.2, 0.3]);
        let hessian = &program.run(&[x.bind(&data), y.bind(&labels), theta.bind(&at)]).unwrap()[0];
        let weights = data.dot(&at).mapv(|z: f64| z.exp() / (1.0 + z.exp()).powi(2));
        let expected = data.t().dot(&(&data * &weights.insert_axis(ndarray::Axis(1))));
        for (found, expected) in hessian.iter().zip(&expected) {
            assert!((found - expected).abs() <= 1e-13 * expected.abs().max(1.0), "{found} for {expected}");
        }
    }
}
