//! Instructions for products of matrices, and for what leaves the rows.

use super::code::Code;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Reduce};
use crate::program::instr::{Dot, Instr, RowSum, RowSweep};
use crate::program::plan::{Accumulator, Destination, Stored, padded};
use crate::scalar::Scalar;

/// The accumulators of a pass in the making.
#[derive(Default)]
pub(crate) struct Accumulators {
    pub(crate) list: Vec<Accumulator>,
    pub(crate) size: usize,
}

impl Accumulators {
    /// The numbers of all tables of sums.
    pub(crate) fn tables(&self) -> usize {
        let tables = self.list.iter().filter(|accumulator| accumulator.stored == Stored::WithErrors);
        tables.map(|accumulator| accumulator.size as usize).sum()
    }

    /// Room of `size` numbers for a reduction to `len`, which becomes `to`.
    fn reserve(&mut self, op: Reduce, [size, len]: [usize; 2], stored: Stored, to: Destination) -> u32 {
        let at = self.size as u32;
        self.list.push(Accumulator { op, at, size: size as u32, len: len as u32, stored, to });
        self.size += padded(size);
        at
    }
}

/// What a reduction keeps, but a tile of partial sums of a sum to one number.
fn accumulator_size(op: Reduce, len: usize) -> usize {
    if op == Reduce::Sum && len == 1 { crate::kernels::LANES } else { op.state_len(len) }
}

impl<T: Scalar> Code<'_, T> {
    /// A product whose result is an array: of a rows matrix and a fixed one, or of two fixed ones.
    pub(crate) fn lower_product(&mut self, id: NodeId, [a, b]: [NodeId; 2], [ta, tb]: [bool; 2], strong: bool) {
        let (left, right) = (self.graph.shape(a).clone(), self.graph.shape(b).clone());
        let rows = if left.has_rows() { 0 } else { left.trailing()[0] as u32 };
        let shape = [rows, left.trailing().last().copied().unwrap_or(0) as u32];
        let (b_rows, b_columns) = (right.trailing()[0] as u32, right.trailing()[1] as u32);
        let columns = if tb { b_rows } else { b_columns };
        let (factor, x) = (self.factor(a), self.array(b));
        if columns == 1 {
            let sweep = |out| RowSweep::dot(factor, shape, ta, Dot { x, out, strong });
            return self.emit(id, |out| Instr::RowSweep(sweep(out)));
        }
        let panels = self.new_panels();
        let pack = Instr::Pack { x, shape: [b_rows, b_columns], transposed: tb, panels };
        if self.on_rows {
            self.prologue.push(pack)
        } else {
            self.instrs.push(pack)
        }
        self.emit(id, |out| Instr::MatMul { a: factor, transposed: ta, shape, panels, out, columns, strong });
    }

    /// A reduction over the rows.
    pub(crate) fn lower_accumulation(&mut self, id: NodeId, to: Destination, into: &mut Accumulators) {
        let args: Vec<NodeId> = self.graph.args(id).to_vec();
        let len = self.len(id);
        match self.graph.op(id) {
            Op::Reduce(op, _) => {
                let x = self.array(args[0]);
                let acc = into.reserve(op, [accumulator_size(op, len), len], Stored::AsIs, to);
                self.instrs.push(Instr::Accumulate { op, x, acc, len: len as u32 });
            }
            Op::MatMul { strong, .. } => self.lower_transposed_product(id, [args[0], args[1]], strong, to, into),
            Op::ScatterAdd => {
                let (x, indices) = (self.array(args[0]), self.indices(args[1]));
                let rows = self.graph.shape(id).trailing()[0];
                // Any number of terms may go to one entry.
                let acc = into.reserve(Reduce::Sum, [2 * len, len], Stored::WithErrors, to);
                let inner = len.checked_div(rows).unwrap_or(0) as u32;
                let instr = Instr::AccumulateScatter { x, indices, acc, len: rows as u32, inner, source: id.0 };
                self.instrs.push(instr);
            }
            // No reductions over the rows: listed, so that an operation that may be one is not forgotten.
            Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount => {}
            Op::Unary(_) | Op::Binary(_) | Op::Powi(_) | Op::Powf(_) | Op::Ordered(..) | Op::Select => {}
            Op::Normalise(..) | Op::Weighted(..) | Op::Triple(_) | Op::Radial(_) | Op::Linear => {}
            Op::Reshape | Op::Broadcast | Op::Permute(_) | Op::Slice(_) | Op::Unslice(_) | Op::Concatenate(_) => {}
            Op::Gather | Op::Diag | Op::Diagonal | Op::Lanewise(_) | Op::Linalg(_) | Op::Custom(_) => {}
        }
    }

    /// `AᵀB`, both on the rows.
    fn lower_transposed_product(
        &mut self,
        id: NodeId,
        [a, b]: [NodeId; 2],
        strong: bool,
        to: Destination,
        into: &mut Accumulators,
    ) {
        let (p, q) = (self.len(a), self.len(b));
        let symmetric = if p > 1 { self.gram_weight(a, b) } else { None };
        // The columns of the second factor fill vectors, the last of them in part.
        let transposed = q > 1 && symmetric.is_none() && padded(p) * q < padded(q) * p;
        let ([a, b], [p, q]) = if transposed { ([b, a], [q, p]) } else { ([a, b], [p, q]) };
        let stored = match symmetric {
            Some(_) => Stored::UpperTriangle,
            None if transposed => Stored::Transposed { rows: p as u32 },
            None => Stored::AsIs,
        };
        let len = self.len(id);
        let acc = into.reserve(Reduce::Sum, [len, len], stored, to);
        let columns = [p as u32, q as u32];
        let instr = match (columns, symmetric) {
            (_, Some(weight)) => {
                let (a, w) = (self.factor(a), self.array(weight));
                Instr::AccumulateGram { a, columns: columns[0], w, acc, panels: self.new_panels(), strong }
            }
            ([_, 1], None) => {
                let (a, r) = (self.factor(a), self.array(b));
                Instr::RowSweep(RowSweep::sum(a, columns[0], RowSum { r, acc, strong }))
            }
            ([1, _], None) => {
                let (b, r) = (self.factor(b), self.array(a));
                Instr::RowSweep(RowSweep::sum(b, columns[1], RowSum { r, acc, strong }))
            }
            _ => {
                let (a, b) = (self.factor(a), self.factor(b));
                Instr::AccumulateMatMul { a, b, columns, acc, panels: self.new_panels(), strong }
            }
        };
        self.instrs.push(instr);
    }

    /// The weight w, one number a row, if b is `diag(w)·a`.
    fn gram_weight(&self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let Op::Binary(Binary::Mul | Binary::StrongMul) = self.graph.op(b) else { return None };
        let &[x, y] = self.graph.args(b) else { return None };
        let weight = if y == a {
            x
        } else if x == a {
            y
        } else {
            return None;
        };
        (self.has_rows(weight) && self.len(weight) == 1).then_some(weight)
    }
}
