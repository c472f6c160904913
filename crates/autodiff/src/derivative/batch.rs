//! A recording that is linear in a direction, evaluated for all unit directions at once.
//!
//! Every node between the direction and the result gets a trailing axis, one place for each unit direction; the operation is
//! recorded again on operands with that axis. A product of a matrix with the direction, or with a part of it, becomes that
//! matrix (its product with the identity), which is what turns p Hessian-vector products into one `Xᵀ diag(w) X`.
//! The rules for products are in [`batch_products`](super::batch_products).

use crate::graph::NodeId;
use crate::ops::{Linalg, Op};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{Tape, Var};
use crate::value::{AxisSlice, Slices};
use std::collections::HashMap;

/// `product` for every unit `direction`, along a new last axis; `None` where an operation between them can't be batched.
#[track_caller]
pub(super) fn over_units<'t, T: Scalar>(product: Var<'t, T>, direction: Var<'t, T>) -> Option<Var<'t, T>> {
    let len = direction.len();
    let units = product.tape().identity_matrix("the matrix of derivatives", len);
    let units = units.reshape_to(&direction.shape().with_last(len));
    record_batch(product, direction, units, HashMap::from([(direction.id(), 0)]))
}

/// `product` for each of the `directions`, which lie along its last axis, along a new last axis; `None` where an operation between them
/// can't be batched.
#[track_caller]
pub(super) fn over<'t, T: Scalar>(
    product: Var<'t, T>,
    direction: Var<'t, T>,
    directions: Var<'t, T>,
) -> Option<Var<'t, T>> {
    record_batch(product, direction, directions, HashMap::new())
}

#[track_caller]
fn record_batch<'t, T: Scalar>(
    product: Var<'t, T>,
    direction: Var<'t, T>,
    directions: Var<'t, T>,
    blocks: HashMap<NodeId, usize>,
) -> Option<Var<'t, T>> {
    let tape = product.tape();
    let path = path(tape, direction.id(), product.id());
    let len = directions.shape().trailing().last().copied()?;
    let mut batch = Batch { tape, len, done: HashMap::from([(direction.id(), directions)]), blocks };
    batch.record_all(&path)?;
    match batch.done.get(&product.id()) {
        Some(&columns) => Some(columns),
        None => Some(tape.scalar(T::zero()).broadcast_shape(&product.shape().with_last(len))),
    }
}

/// The nodes after `from`, up to `to`, that depend on `from` and that `to` depends on.
fn path<T: Scalar>(tape: &Tape<T>, from: NodeId, to: NodeId) -> Vec<NodeId> {
    let (mut known, mut depends) = (tape.take_map(), tape.take_map());
    depends.insert(from, from);
    let inner = tape.inner();
    let mut path = Vec::new();
    for id in inner.graph.ancestors(to, |id| id > from, &mut known) {
        if inner.graph.args(id).iter().any(|&arg| depends.contains(arg)) {
            depends.insert(id, id);
            path.push(id);
        }
    }
    drop(inner);
    [known, depends].into_iter().for_each(|map| tape.return_map(map));
    path
}

/// The nodes of a path that have the batch axis already.
pub(super) struct Batch<'t, T: Scalar> {
    pub(super) tape: &'t Tape<T>,
    /// The number of directions.
    pub(super) len: usize,
    pub(super) done: HashMap<NodeId, Var<'t, T>>,
    /// Nodes that are consecutive elements of a direction, under any shape, and where they begin; none, if the directions aren't the units.
    pub(super) blocks: HashMap<NodeId, usize>,
}

impl<'t, T: Scalar> Batch<'t, T> {
    /// Records the nodes of the path with the batch axis; `None` where one has no rule here.
    #[track_caller]
    fn record_all(&mut self, path: &[NodeId]) -> Option<()> {
        let derivative = self.tape.begin_derivative();
        for &id in path {
            derivative.node(id);
            let batched = self.record(id)?;
            self.done.insert(id, batched);
        }
        Some(())
    }

    /// Records the node with the batch axis; `None` where its operation has no rule here.
    #[track_caller]
    fn record(&mut self, id: NodeId) -> Option<Var<'t, T>> {
        let (op, args, shape) = {
            let inner = self.tape.inner();
            let args: Vec<NodeId> = inner.graph.args(id).to_vec();
            (inner.graph.op(id), args, inner.graph.shape(id).clone())
        };
        if let Some(start) = self.block(op, &args) {
            self.blocks.insert(id, start);
        }
        let target = shape.with_last(self.len);
        let first = || self.done.get(&args[0]).copied();
        if !op.is_linear_in(|index| args.get(index).is_some_and(|arg| self.done.contains_key(arg))) {
            return None;
        }
        Some(match op {
            Op::Binary(_) | Op::Select | Op::Triple(_) => self.elementwise(op, &args, &shape),
            Op::Radial(axes) => {
                let [x, r] = [0, 1].map(|index| self.tape.var(args[index]));
                let unit = x.strong_div(r.stretch_back(x, axes));
                let adjoint = self.done.get(&args[2])?.reshape_to(&shape.reduce(axes, true).with_last(self.len));
                adjoint.strong_mul(unit.reshape_to(&shape.with_last(1)))
            }
            Op::Unary(_) | Op::Reduce(..) => self.tape.record(op, &[first()?]),
            Op::Reshape => first()?.reshape_to(&target),
            Op::Broadcast => self.raised(args[0], shape.ndim()).broadcast_shape(&target),
            Op::Permute(index) => {
                let mut order = self.tape.permutation(index);
                order.push(order.len());
                first()?.permuted_axes(&order)
            }
            Op::Slice(index) => self.tape.record_slice(first()?, self.with_batch(index)),
            Op::Unslice(index) => first()?.record_unslice(self.with_batch(index), &target),
            Op::Concatenate(_) => {
                // What no direction meets is 0 here.
                let zeros = |arg: NodeId| {
                    let shape = self.tape.var(arg).shape().with_last(self.len);
                    self.tape.scalar(T::zero()).broadcast_shape(&shape)
                };
                let batched = args.iter().map(|arg| self.done.get(arg).copied().unwrap_or_else(|| zeros(*arg)));
                self.tape.record(op, &batched.collect::<Vec<_>>())
            }
            Op::Gather => self.tape.record(op, &[first()?, self.tape.var(args[1])]),
            Op::ScatterAdd => self.tape.record_as(op, &[first()?, self.tape.var(args[1])], &target),
            Op::Diag | Op::Diagonal => self.tape.record(op, &[first()?.batch_first()]).batch_last(),
            Op::Lanewise(lanewise) if lanewise.op.arity() == 1 => self.tape.record(op, &[first()?]),
            // The other operand, the factors or the keys, is the same for all directions.
            Op::Lanewise(_) => {
                let other = self.raised(args[1], shape.ndim()).broadcast_shape(&target);
                self.tape.record(op, &[first()?, other])
            }
            Op::MatMul { .. } => return self.matmul(op, &args, &target),
            Op::Linalg(Linalg::Product { .. }) => return self.batched_product(op, &args, &target),
            Op::Linalg(_) => return self.solve(op, &args, &target),
            // None of these is linear, or met by a direction.
            Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount | Op::Linear | Op::Custom(_) => return None,
            Op::Powi(_) | Op::Powf(_) | Op::Ordered(..) | Op::Normalise(..) | Op::Weighted(..) => return None,
        })
    }

    /// Where the elements of a node begin in the direction, if they are consecutive elements of it.
    fn block(&self, op: Op, args: &[NodeId]) -> Option<usize> {
        let &start = self.blocks.get(args.first()?)?;
        match op {
            Op::Reshape => Some(start),
            Op::Slice(index) => {
                let inner = self.tape.inner();
                let dims = inner.graph.shape(args[0]).trailing();
                let slices = inner.graph.payloads.slices(index);
                let whole = slices.iter().zip(dims).rev().take_while(|(slice, dim)| slice.len == **dim).count();
                let outer = slices.len().saturating_sub(whole + 1);
                let consecutive = slices.iter().all(|slice| slice.step == 1 || slice.len == 1)
                    && slices[..outer].iter().all(|slice| slice.len == 1);
                let offset = slices.iter().zip(dims).fold(0, |offset, (slice, dim)| offset * dim + slice.start);
                consecutive.then_some(start + offset)
            }
            _ => None,
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

    fn with_batch(&self, index: u32) -> Slices {
        let mut slices = self.tape.inner().graph.payloads.slices(index).clone();
        slices.push(AxisSlice { start: 0, step: 1, len: self.len });
        slices
    }
}

impl<'t, T: Scalar> Var<'t, T> {
    /// The batch axis, the last one, moved before the others (behind the rows).
    #[track_caller]
    pub(super) fn batch_first(self) -> Self {
        let (first, ndim) = (usize::from(self.shape().has_rows()), self.shape().ndim());
        let order: Vec<usize> = (0..first).chain([ndim - 1]).chain(first..ndim - 1).collect();
        self.permuted_axes(&order)
    }

    /// Undoes [`batch_first`](Self::batch_first).
    #[track_caller]
    pub(super) fn batch_last(self) -> Self {
        if self.is_failed() {
            return self;
        }
        let (first, ndim) = (usize::from(self.shape().has_rows()), self.shape().ndim());
        let order: Vec<usize> = (0..first).chain(first + 1..ndim).chain([first]).collect();
        self.permuted_axes(&order)
    }
}
