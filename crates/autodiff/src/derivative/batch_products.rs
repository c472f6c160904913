//! Products with one batched operand: the batch is merged into a side of one larger product, or the product is done for
//! each row.

use super::batch::Batch;
use crate::graph::NodeId;
use crate::ops::{Linalg, Op};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::Var;
use crate::value::AxisSlice;

impl<'t, T: Scalar> Batch<'t, T> {
    /// `op(A)·op(B)`, plain matrices, A or B batched.
    #[track_caller]
    pub(super) fn matmul(&self, op: Op, args: &[NodeId], target: &Shape) -> Option<Var<'t, T>> {
        let Op::MatMul { ta, tb, strong } = op else { return None };
        let product = |a, b, ta, tb| self.tape.record(Op::MatMul { ta, tb, strong }, &[a, b]);
        let (plain_a, plain_b) = (self.tape.var(args[0]), self.tape.var(args[1]));
        match (self.done.get(&args[0]), self.done.get(&args[1])) {
            (None, Some(&b)) => {
                if let Some(&start) = self.blocks.get(&args[1]) {
                    let a = if ta { plain_a.t() } else { plain_a };
                    return self.times_block(a, &plain_b.shape(), tb, start, target);
                }
                let b = if tb { b.permuted_axes(&[1, 0, 2]) } else { b };
                let flat = b.reshape_to(&merged(&b.shape())?);
                Some(product(plain_a, flat, ta, false).reshape_to(target))
            }
            (Some(&a), None) if ta => {
                let [k, batch] = *a.shape().trailing().last_chunk::<2>()?;
                let flat = a.reshape_to(&merged(&a.shape())?);
                let columns = product(flat, plain_b, true, tb);
                let n = columns.shape().trailing().last().copied()?;
                Some(columns.reshape(&[k, batch, n]).permuted_axes(&[0, 2, 1]))
            }
            // Row by row of A, a matrix of k rows with a column for each direction: `op(B)ᵀ` times that.
            (Some(&a), None) => {
                Some(self.tape.record(Op::Linalg(Linalg::Product { ta: !tb, tb: false, strong }), &[plain_b, a]))
            }
            _ => None,
        }
    }

    /// `A·V` of a matrix A (m × k, on the rows or not) and each unit direction V (k × n; its transpose, if `transposed`),
    /// that is a block of the direction from place `start` on: the columns of A, each n times, where the block is.
    #[track_caller]
    fn times_block(
        &self,
        a: Var<'t, T>,
        block: &Shape,
        transposed: bool,
        start: usize,
        target: &Shape,
    ) -> Option<Var<'t, T>> {
        let &[rows, columns] = block.trailing().last_chunk::<2>()?;
        let (k, n) = if transposed { (columns, rows) } else { (rows, columns) };
        let lead = |dims: &[usize]| match a.shape().has_rows() {
            true => Shape::rows(dims),
            false => Shape::fixed(&[&a.shape().trailing()[..1], dims].concat()),
        };
        let placed = if n == 1 {
            a
        } else {
            let (of_a, of_unit) = if transposed { ([1, 1, k], [1, n, n, 1]) } else { ([1, k, 1], [1, n, 1, n]) };
            let unit = self.tape.identity_matrix("the matrix of derivatives", n).reshape_to(&Shape::fixed(&of_unit));
            a.reshape_to(&lead(&of_a)) * unit
        };
        let placed = placed.reshape_to(&lead(&[n, k * n]));
        if k * n == self.len {
            return Some(placed.reshape_to(target));
        }
        let whole = target.trailing()[..target.trailing().len() - 1].iter();
        let mut slices: Vec<AxisSlice> = whole.map(|&len| AxisSlice { start: 0, step: 1, len }).collect();
        slices.push(AxisSlice { start, step: 1, len: k * n });
        Some(placed.record_unslice(slices.into(), target))
    }

    /// `op(A)·op(B)` for a batch of the recording's own, A or B batched over the directions, too.
    #[track_caller]
    pub(super) fn batched_product(&self, op: Op, args: &[NodeId], target: &Shape) -> Option<Var<'t, T>> {
        let Op::Linalg(Linalg::Product { ta, tb, strong }) = op else { return None };
        let product = |a, b, ta, tb| self.tape.record(Op::Linalg(Linalg::Product { ta, tb, strong }), &[a, b]);
        let (plain_a, plain_b) = (self.tape.var(args[0]), self.tape.var(args[1]));
        match (self.done.get(&args[0]), self.done.get(&args[1])) {
            (None, Some(&b)) => {
                let b = if tb { b.exchanged(3, 2) } else { b };
                let flat = b.reshape_to(&merged(&b.shape())?);
                Some(product(plain_a, flat, ta, false).reshape_to(target))
            }
            (Some(&a), None) => {
                // (op(A)·op(B))ᵀ is op(B)ᵀ·op(A)ᵀ, in which A stands on the right.
                let a = if ta { a } else { a.exchanged(3, 2) };
                let flat = a.reshape_to(&merged(&a.shape())?);
                let transposed = product(plain_b, flat, !tb, false);
                let dims = target.trailing();
                let &[m, n, batch] = dims.last_chunk::<3>()?;
                let split = [&dims[..dims.len() - 3], &[n, m, batch]].concat();
                Some(transposed.reshape(&split).exchanged(3, 2))
            }
            _ => None,
        }
    }

    /// The solution of equations whose right-hand side is batched: all of them are columns of one.
    #[track_caller]
    pub(super) fn solve(&self, op: Op, args: &[NodeId], target: &Shape) -> Option<Var<'t, T>> {
        match (self.done.get(&args[0]), self.done.get(&args[1])) {
            (None, Some(&b)) => {
                let flat = b.reshape_to(&merged(&b.shape())?);
                Some(self.tape.record(op, &[self.tape.var(args[0]), flat]).reshape_to(target))
            }
            _ => None,
        }
    }
}

impl<'t, T: Scalar> Var<'t, T> {
    /// Two axes, counted from the last (1), exchanged.
    #[track_caller]
    fn exchanged(self, a: usize, b: usize) -> Self {
        let ndim = self.shape().ndim();
        let mut order: Vec<usize> = (0..ndim).collect();
        if a <= ndim && b <= ndim {
            order.swap(ndim - a, ndim - b);
        }
        self.permuted_axes(&order)
    }
}

/// The shape of matrices with the batch axis merged into the one before it.
fn merged(shape: &Shape) -> Option<Shape> {
    let (&[columns, batch], before) = shape.trailing().split_last_chunk::<2>().map(|(before, last)| (last, before))?;
    let dims = [before, &[columns * batch]].concat();
    Some(if shape.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) })
}
