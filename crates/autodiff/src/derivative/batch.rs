//! A recording that is linear in a direction, evaluated for all unit directions at once.
//!
//! Every node between the direction and the result gets a trailing axis, one place for each unit direction; the operation is
//! recorded again on operands with that axis. A product of a matrix with the direction itself becomes the matrix (its
//! product with the identity), which is what turns p Hessian-vector products into one `Xᵀ diag(w) X`.

use super::jacobian::identity;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{Tape, Var};
use std::collections::HashMap;

/// `product` for every unit `direction`, along a new last axis; `None` where an operation between them can't be batched.
#[track_caller]
pub(crate) fn over_units<'t, T: Scalar>(product: Var<'t, T>, direction: Var<'t, T>) -> Option<Var<'t, T>> {
    let tape = product.tape();
    let path = path(tape, direction.id(), product.id());
    let len = direction.len();
    let mut batch = Batch { tape, len, direction: direction.id(), done: HashMap::new() };
    let dims = direction.shape().with_last(len);
    batch.done.insert(direction.id(), tape.constant(identity::<T>(len)).reshape_to(&dims));
    for id in path {
        let batched = batch.record(id)?;
        if batched.is_failed() {
            return Some(batched);
        }
        batch.done.insert(id, batched);
    }
    match batch.done.get(&product.id()) {
        Some(&columns) => Some(columns),
        None => Some(tape.number(T::zero()).broadcast_shape(&product.shape().with_last(len))),
    }
}

/// The nodes after `from`, up to `to`, that depend on `from` and that `to` depends on.
fn path<T: Scalar>(tape: &Tape<T>, from: NodeId, to: NodeId) -> Vec<NodeId> {
    let inner = tape.inner();
    let live = inner.graph.reachable(&[to]);
    let mut depends = vec![false; inner.graph.len()];
    depends[from.index()] = true;
    let mut path = Vec::new();
    for index in from.index() + 1..=to.index() {
        let id = NodeId(index as u32);
        if live[index] && inner.graph.args(id).iter().any(|arg| depends[arg.index()]) {
            depends[index] = true;
            path.push(id);
        }
    }
    path
}

struct Batch<'t, T: Scalar> {
    tape: &'t Tape<T>,
    len: usize,
    direction: NodeId,
    done: HashMap<NodeId, Var<'t, T>>,
}

impl<'t, T: Scalar> Batch<'t, T> {
    /// Records the node with the batch axis; `None` where its operation has no rule here.
    #[track_caller]
    fn record(&self, id: NodeId) -> Option<Var<'t, T>> {
        let (op, args, shape) = {
            let inner = self.tape.inner();
            let args: Vec<NodeId> = inner.graph.args(id).to_vec();
            (inner.graph.op(id), args, inner.graph.shape(id).clone())
        };
        let target = shape.with_last(self.len);
        let first = || self.done[&args[0]];
        Some(match op {
            Op::Unary(Unary::Neg) => -first(),
            Op::Binary(binary) if self.is_linear(binary, &args) => self.elementwise(op, &args, &shape),
            Op::Select if !self.done.contains_key(&args[0]) => self.elementwise(op, &args, &shape),
            Op::Reduce(Reduce::Sum | Reduce::Mean, _) => self.tape.record(op, &[first()]),
            Op::Reshape => first().reshape_to(&target),
            Op::Broadcast => self.raised(args[0], shape.ndim()).broadcast_shape(&target),
            Op::Permute(index) => {
                let mut order = self.tape.permutation(index);
                order.push(order.len());
                first().permuted_axes(&order)
            }
            Op::Slice(index) => self.slice(index, first()),
            Op::Unslice(index) => first().record_unslice(self.with_batch(index), &target),
            Op::Gather if !self.done.contains_key(&args[1]) => self.tape.record(op, &[first(), self.tape.var(args[1])]),
            Op::ScatterAdd => self.tape.record_as(op, &[first(), self.tape.var(args[1])], &target),
            Op::MatMul { ta, tb } => return self.matmul(&args, ta, tb, &target),
            _ => return None,
        })
    }

    fn is_linear(&self, binary: Binary, args: &[NodeId]) -> bool {
        let batched = |index: usize| self.done.contains_key(&args[index]);
        match binary {
            Binary::Add | Binary::Sub => true,
            Binary::Mul | Binary::StrongMul => !(batched(0) && batched(1)),
            Binary::Div | Binary::StrongDiv => !batched(1),
            _ => false,
        }
    }

    #[track_caller]
    fn elementwise(&self, op: Op, args: &[NodeId], shape: &Shape) -> Var<'t, T> {
        let operands: Vec<Var<'t, T>> = args.iter().map(|&arg| self.raised(arg, shape.ndim())).collect();
        self.tape.record(op, &operands)
    }

    /// The operand with leading axes of length 1 up to `ndim` axes, and the batch axis (of length 1 if it isn't batched).
    #[track_caller]
    fn raised(&self, arg: NodeId, ndim: usize) -> Var<'t, T> {
        let plain = self.tape.var(arg);
        let shape = plain.shape();
        let (operand, batch) = match self.done.get(&arg) {
            Some(&batched) => (batched, self.len),
            None if shape.is_scalar() => return plain,
            None => (plain, 1),
        };
        let mut dims: Vec<usize> = vec![1; ndim - shape.ndim()];
        dims.extend_from_slice(shape.trailing());
        dims.push(batch);
        operand.reshape_to(&if shape.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) })
    }

    #[track_caller]
    fn slice(&self, index: u32, x: Var<'t, T>) -> Var<'t, T> {
        self.tape.record_slice(x, self.with_batch(index))
    }

    fn with_batch(&self, index: u32) -> smallvec::SmallVec<[crate::graph::AxisSlice; 4]> {
        let mut slices = self.tape.inner().graph.slices[index as usize].clone();
        slices.push(crate::graph::AxisSlice { start: 0, step: 1, len: self.len });
        slices
    }

    /// A product with one batched side, as one product of matrices in which the batch is part of a side.
    #[track_caller]
    fn matmul(&self, args: &[NodeId], ta: bool, tb: bool, target: &Shape) -> Option<Var<'t, T>> {
        let op = |a, b, ta, tb| self.tape.record(Op::MatMul { ta, tb }, &[a, b]);
        let (plain_a, plain_b) = (self.tape.var(args[0]), self.tape.var(args[1]));
        match (self.done.get(&args[0]), self.done.get(&args[1])) {
            (None, Some(&b)) if !tb => {
                let [n, batch] = *b.shape().trailing().last_chunk::<2>()?;
                if self.is_identity(args[1]) {
                    // A(m×p) · I: the direction is a column, so the product is A itself.
                    return Some(if ta { plain_a.t() } else { plain_a }.reshape_to(target));
                }
                let flat = b.reshape_to(&flattened(&b.shape(), n * batch));
                Some(op(plain_a, flat, ta, false).reshape_to(target))
            }
            (None, Some(&b)) if plain_b.is_fixed() => {
                let b = b.permuted_axes(&[1, 0, 2]);
                let [n, batch] = *b.shape().trailing().last_chunk::<2>()?;
                let flat = b.reshape_to(&flattened(&b.shape(), n * batch));
                Some(op(plain_a, flat, ta, false).reshape_to(target))
            }
            (Some(&a), None) if ta => {
                let [k, batch] = *a.shape().trailing().last_chunk::<2>()?;
                let flat = a.reshape_to(&flattened(&a.shape(), k * batch));
                let product = op(flat, plain_b, true, tb);
                let n = product.shape().trailing().last().copied()?;
                Some(product.reshape(&[k, batch, n]).permuted_axes(&[0, 2, 1]))
            }
            (Some(&a), None) => {
                // Σ_k a[·, k, b]·B[k, n], by broadcasting: the batch stands between what a product could take as one.
                let b = if tb { plain_b.t() } else { plain_b };
                let (a, b) = (a.insert_axis(2), b.insert_axis(2).insert_axis(0));
                Some((a * b).sum_axes(&[1]))
            }
            _ => None,
        }
    }

    /// Whether the operand is the direction itself, as a column.
    fn is_identity(&self, arg: NodeId) -> bool {
        let inner = self.tape.inner();
        let shape = inner.graph.shape(arg);
        let is_column = shape.trailing().len() == 2 && shape.trailing()[1] == 1 && !shape.has_rows();
        let of_direction = inner.graph.op(arg) == Op::Reshape && inner.graph.args(arg)[0] == self.direction;
        is_column && (arg == self.direction || of_direction)
    }
}

/// The shape of a matrix whose batch axis is merged with the one before it.
fn flattened(batched: &Shape, len: usize) -> Shape {
    if batched.has_rows() { Shape::rows(&[len]) } else { Shape::fixed(&[batched.trailing()[0], len]) }
}
