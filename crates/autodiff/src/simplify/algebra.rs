//! Rules for programs: operations that have no instruction of their own, those that others say more cheaply, and neutral elements. All keep the
//! result to the last bit but for the order of multiplications and sums.

use super::{Rewriter, Rewrites};
use crate::graph::{Args, NodeId, ShapeId};
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::{Scalar, count};
use crate::shape::{Axes, Shape};

const MUL: Op = Op::Binary(Binary::Mul);

impl<T: Scalar> Rewriter<'_, T> {
    /// An operation that has no instruction, as operations that have one.
    pub(crate) fn expanded(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        if let Some(nothing) = self.of_nothing(op, args, shape) {
            return Some(nothing);
        }
        match op {
            Op::Linear => Some(self.linear(args, shape)),
            Op::Reduce(reduce, axes) => self.expanded_reduction(reduce, axes, args[0], shape),
            Op::Normalise(normalise, axes) => {
                self.as_it_is(|rewriter| rewriter.normalisation_over_rows(normalise, axes, args[0], shape))
            }
            Op::Weighted(weighted, axes) => {
                self.as_it_is(|rewriter| rewriter.weighted_over_rows(weighted, axes, args, shape))
            }
            Op::Triple(axes) => self.as_it_is(|rewriter| rewriter.triple_over_rows(axes, args, shape)),
            Op::Radial(axes) => self.as_it_is(|rewriter| Some(rewriter.radial(axes, args, shape))),
            _ => None,
        }
    }

    /// What the rules make of an operation, if one applies.
    pub(crate) fn algebra(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        if let Some(replacement) = self.before_stretching(op, args, shape) {
            return Some(replacement);
        }
        let replacement = match op {
            Op::Unary(unary) => self.algebra_unary(unary, args[0]),
            Op::Binary(binary) => self.algebra_binary(binary, args, shape),
            Op::Powi(n) => self.power(n, args[0]),
            Op::Reduce(Reduce::Sum, axes) => self.row_sum(axes, args[0], shape),
            Op::Reshape | Op::Broadcast => self.relayout(op, args[0], shape),
            Op::Diagonal => self.diagonal(args[0], shape),
            _ => None,
        };
        replacement.or_else(|| if self.may_factor() { self.factored(op, args, shape) } else { None })
    }

    /// What has no elements needs no operation, and a reduction of nothing gives one number throughout. Operations that may fail stay.
    fn of_nothing(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        if shape == ShapeId::SCALAR && !matches!(op, Op::Reduce(..)) {
            return None;
        }
        let may_fail = matches!(op, Op::Gather | Op::ScatterAdd | Op::Linalg(_) | Op::Custom(_));
        let is_empty = |shape: &Shape| shape.row_len() == 0;
        let number = match op {
            Op::Broadcast if self.graph.node(args[0]).shape == ShapeId::SCALAR => return None,
            _ if may_fail || args.is_empty() => return None,
            _ if is_empty(self.graph.shape_of(shape)) => T::zero(),
            Op::Reduce(reduce, _) if is_empty(self.graph.shape(args[0])) => reduce.lane(&[]),
            _ => return None,
        };
        let number = self.number(number);
        Some(if shape == ShapeId::SCALAR { number } else { self.make_as(Op::Broadcast, &[number], shape) })
    }

    /// What `build` makes, without the stable rewrites: they would find the operation again in what stands for it.
    pub(super) fn as_it_is<R>(&mut self, build: impl FnOnce(&mut Self) -> R) -> R {
        let rewrites = std::mem::replace(&mut self.rewrites, Rewrites::NONE);
        let built = build(self);
        self.rewrites = rewrites;
        built
    }

    /// An elementwise operation on stretched operands is done before they are stretched.
    fn before_stretching(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        let stretched = |arg: &NodeId| self.graph.op(*arg) == Op::Broadcast;
        if !op.is_elementwise() || !args.iter().any(stretched) {
            return None;
        }
        let plain: Args = args.iter().map(|arg| if stretched(arg) { self.graph.args(*arg)[0] } else { *arg }).collect();
        let plain_shape = self.graph.infer_shape(op, &plain).ok()?;
        if plain_shape == shape {
            return Some(self.make_as(op, &plain, shape));
        }
        let inner = self.make_as(op, &plain, plain_shape);
        Some(self.make_as(Op::Broadcast, &[inner], shape))
    }

    fn algebra_unary(&mut self, unary: Unary, x: NodeId) -> Option<NodeId> {
        match unary {
            Unary::StopGradient => Some(x),
            Unary::Neg => match self.graph.op(x) {
                Op::Unary(Unary::Neg) => Some(self.graph.args(x)[0]),
                // −(a − b) is b − a but for the sign of a zero.
                Op::Binary(Binary::Sub) => {
                    let (a, b) = (self.graph.args(x)[0], self.graph.args(x)[1]);
                    Some(self.make(Op::Binary(Binary::Sub), &[b, a]))
                }
                _ => None,
            },
            Unary::SigmoidSlope => {
                let minus_x = self.negated(x);
                let [right, left] = [x, minus_x].map(|x| self.make(Op::Unary(Unary::Sigmoid), &[x]));
                Some(self.make(MUL, &[right, left]))
            }
            Unary::LogSigmoid => {
                let minus_x = self.negated(x);
                let softplus = self.make(Op::Unary(Unary::Softplus), &[minus_x]);
                Some(self.negated(softplus))
            }
            _ => None,
        }
    }

    fn algebra_binary(&mut self, binary: Binary, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        if let Some(operand) = self.beside_neutral(binary, args, shape) {
            return Some(operand);
        }
        if !matches!(binary, Binary::Mul | Binary::StrongMul) {
            return None;
        }
        let (a, b) = (args[0], args[1]);
        for (number, x) in [(a, b), (b, a)] {
            let Some(value) = self.graph.scalar_value(number) else { continue };
            if value == -T::one() && self.graph.node(x).shape == shape {
                return Some(self.negated(x));
            }
            if binary == Binary::StrongMul && value == T::zero() {
                let zero = self.number(T::zero());
                return Some(if shape == ShapeId::SCALAR { zero } else { self.make_as(Op::Broadcast, &[zero], shape) });
            }
            if binary == Binary::StrongMul && value.is_finite() {
                return Some(self.make_as(MUL, &[number, x], shape));
            }
        }
        None
    }

    /// The operand that an operation with a neutral element leaves as it is: x of `x + 0`, `x − 0`, `1·x`, `x/1`.
    pub(super) fn beside_neutral(&self, binary: Binary, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        let (a, b) = (args[0], args[1]);
        let kept = match binary {
            Binary::Mul | Binary::StrongMul if self.is_one(b) => a,
            Binary::Mul | Binary::StrongMul if self.is_one(a) => b,
            Binary::Div | Binary::StrongDiv if self.is_one(b) => a,
            Binary::Add | Binary::Sub if self.is_zero(b) => a,
            Binary::Add if self.is_zero(a) => b,
            _ => return None,
        };
        (self.graph.node(kept).shape == shape).then_some(kept)
    }

    fn is_one(&self, x: NodeId) -> bool {
        self.is_number(x, T::one())
    }

    /// The number 0, of either sign: a sum with it changes nothing but the sign of a zero.
    fn is_zero(&self, x: NodeId) -> bool {
        self.is_number(x, T::zero())
    }

    fn power(&mut self, n: i32, x: NodeId) -> Option<NodeId> {
        match n {
            1 => Some(x),
            2 => Some(self.make(MUL, &[x, x])),
            -1 => Some(self.make(Op::Unary(Unary::Recip), &[x])),
            _ => None,
        }
    }

    fn linear(&mut self, args: &[NodeId], shape: ShapeId) -> NodeId {
        let columns = self.graph.shape(args[1]).row_len();
        let theta = self.make_shaped(Op::Reshape, &[args[1]], &Shape::fixed(&[columns, 1]));
        let product = self.make(Op::MatMul { ta: false, tb: false, strong: false }, &[args[0], theta]);
        self.make_as(Op::Reshape, &[product], shape)
    }

    fn expanded_reduction(&mut self, reduce: Reduce, axes: Axes, x: NodeId, shape: ShapeId) -> Option<NodeId> {
        if axes.is_empty() && !matches!(reduce, Reduce::LogSumExp | Reduce::Norm) {
            return Some(x);
        }
        let operand = self.graph.shape(x).clone();
        if reduce == Reduce::Mean {
            return Some(self.mean(axes, x, shape, &operand));
        }
        if operand.has_rows() && axes.contains(0) && axes != Axes::NONE.with(0) {
            // The rows first: what remains is small.
            let over_rows = self.make(Op::Reduce(reduce, Axes::NONE.with(0)), &[x]);
            let rest = Axes::all(operand.ndim() - 1);
            let rest = rest.iter().filter(|axis| axes.contains(axis + 1)).fold(Axes::NONE, Axes::with);
            return Some(self.make_as(Op::Reduce(reduce, rest), &[over_rows], shape));
        }
        None
    }

    /// A sum over the rows, of which all that doesn't depend on them is left out.
    fn row_sum(&mut self, axes: Axes, x: NodeId, shape: ShapeId) -> Option<NodeId> {
        if axes != Axes::NONE.with(0) || !self.graph.shape(x).has_rows() {
            return None;
        }
        match (self.graph.op(x), self.graph.args(x)) {
            (Op::Binary(binary @ (Binary::Mul | Binary::StrongMul)), &[a, b]) => {
                self.out_of_row_sum(binary, [a, b], self.graph.node(x).shape, shape)
            }
            (Op::Broadcast, &[c]) if !self.graph.shape(c).has_rows() => {
                let rows = self.shared(Op::RowCount, &[], ShapeId::SCALAR);
                let row = self.as_row(c, shape);
                let sum = self.make(Op::Binary(Binary::StrongMul), &[rows, row]);
                Some(self.make_as(Op::Broadcast, &[sum], shape))
            }
            _ => None,
        }
    }

    /// `r̄·(x/r)`, operation by operation.
    fn radial(&mut self, axes: Axes, args: &[NodeId], shape: ShapeId) -> NodeId {
        let kept = self.graph.shape_of(shape).reduce(axes, true);
        let [r, adjoint] = [args[1], args[2]].map(|arg| {
            let raised = self.make_shaped(Op::Reshape, &[arg], &kept);
            self.make_as(Op::Broadcast, &[raised], shape)
        });
        let unit = self.make_as(Op::Binary(Binary::StrongDiv), &[args[0], r], shape);
        self.make_as(Op::Binary(Binary::StrongMul), &[adjoint, unit], shape)
    }

    fn mean(&mut self, axes: Axes, x: NodeId, shape: ShapeId, operand: &Shape) -> NodeId {
        let fixed: usize = axes.iter().filter_map(|axis| operand.len_of(axis)).product();
        let mut len = self.number(count(fixed));
        if operand.has_rows() && axes.contains(0) {
            let rows = self.shared(Op::RowCount, &[], ShapeId::SCALAR);
            len = self.make(MUL, &[rows, len]);
        }
        let sum = self.make_as(Op::Reduce(Reduce::Sum, axes), &[x], shape);
        self.make_as(Op::Binary(Binary::Div), &[sum, len], shape)
    }

    /// `Σ c·f` is `c·Σ f` for a fixed array c that is stretched over the rows of f.
    fn out_of_row_sum(
        &mut self,
        binary: Binary,
        [a, b]: [NodeId; 2],
        product: ShapeId,
        shape: ShapeId,
    ) -> Option<NodeId> {
        let (c, f) = [(a, b), (b, a)]
            .into_iter()
            .find(|&(c, f)| !self.graph.shape(c).has_rows() && self.graph.node(f).shape == product)?;
        let sum = self.make_as(Op::Reduce(Reduce::Sum, Axes::NONE.with(0)), &[f], shape);
        let row = self.as_row(c, shape);
        Some(self.make_as(Op::Binary(binary), &[row, sum], shape))
    }

    /// A fixed array that is stretched over rows, as an operand for rows of shape `row` alone: without the axis of length 1 that meets the
    /// rows, if it has one.
    fn as_row(&mut self, c: NodeId, row: ShapeId) -> NodeId {
        let own = self.graph.shape(c);
        if own.ndim() <= self.graph.shape_of(row).ndim() {
            return c;
        }
        let dims = Shape::fixed(&own.trailing()[1..]);
        self.make_shaped(Op::Reshape, &[c], &dims)
    }

    fn relayout(&mut self, op: Op, x: NodeId, shape: ShapeId) -> Option<NodeId> {
        if self.graph.node(x).shape == shape {
            return Some(x);
        }
        // A reshaped number is a stretched one.
        if op == Op::Reshape && self.graph.node(x).shape == ShapeId::SCALAR {
            return Some(self.make_as(Op::Broadcast, &[x], shape));
        }
        if self.graph.op(x) == op {
            let inner = self.graph.args(x)[0];
            return Some(self.make_as(op, &[inner], shape));
        }
        if op == Op::Reshape && self.graph.op(x) == Op::Broadcast {
            let inner = self.graph.args(x)[0];
            if self.graph.node(inner).shape == ShapeId::SCALAR {
                return Some(self.make_as(Op::Broadcast, &[inner], shape));
            }
        }
        None
    }

    /// The diagonal of a product of matrices, a sum of p products for each of its elements, not of p²; and through sums and
    /// multiples of matrices.
    fn diagonal(&mut self, x: NodeId, shape: ShapeId) -> Option<NodeId> {
        let node = self.graph.node(x);
        match (node.op, self.graph.args(x)) {
            (Op::MatMul { ta, tb, strong }, &[a, b]) if ta != tb => {
                let times = if strong { Binary::StrongMul } else { Binary::Mul };
                let products = self.make(Op::Binary(times), &[a, b]);
                let inner = Axes::NONE.with(usize::from(tb));
                Some(self.make_as(Op::Reduce(Reduce::Sum, inner), &[products], shape))
            }
            (Op::Binary(Binary::Add | Binary::Sub | Binary::Mul | Binary::Div), &[a, b]) => {
                let part = |rewriter: &mut Self, arg: NodeId| match rewriter.graph.node(arg).shape {
                    ShapeId::SCALAR => Some(arg),
                    of if of == node.shape => Some(rewriter.make_as(Op::Diagonal, &[arg], shape)),
                    _ => None,
                };
                let (a, b) = (part(self, a)?, part(self, b)?);
                Some(self.make_as(node.op, &[a, b], shape))
            }
            _ => None,
        }
    }
}
