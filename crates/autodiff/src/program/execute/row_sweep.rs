//! Products of a matrix's rows with vectors, and their sums: of a block, or of a block and the next one in turn
//! (`program/lower/order.rs` says why).

use super::Frame;
use super::products::{Left, operands, range};
use crate::kernels::product::{self, Matrix, Products, Transposed};
use crate::kernels::{Math, Task};
use crate::program::instr::{Dot, RowSum, RowSweep};
use crate::program::plan::padded;
use crate::scalar::Scalar;

// The tasks hold a reference to the matrix, and what is rare is done outside of them: copying a matrix here, or passing it on to a
// function of its own, would defeat store-to-load forwarding, and wait for the reading of the last block's rows.

/// `out[n] = A·x[n]`; gives whether each result is finite, if it is `strong`.
struct Dots<'m, T, const N: usize> {
    a: &'m Matrix<'m, T>,
    x: [&'m [T]; N],
    out: [&'m mut [T]; N],
    in_order: bool,
    strong: [bool; N],
}

impl<T: Scalar, const N: usize> Task<T> for Dots<'_, T, N> {
    type Output = [bool; N];

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) -> [bool; N] {
        let Dots { a, x, mut out, in_order, strong } = self;
        product::matvec::<T, M, L, N>(*a, x, out.each_mut().map(|out| &mut **out), in_order);
        are_finite(&out, strong)
    }
}

#[inline(always)]
fn are_finite<T: Scalar, const N: usize>(out: &[&mut [T]; N], strong: [bool; N]) -> [bool; N] {
    let mut finite = [true; N];
    for n in 0..N {
        finite[n] = !strong[n] || product::all_finite(out[n]);
    }
    finite
}

/// `acc += Aᵀr`, unless it is `strong` and `r` is not plain; gives whether it was added.
struct Sum<'m, T> {
    a: &'m Matrix<'m, T>,
    r: &'m [T],
    acc: &'m mut [T],
    granule: usize,
    ahead: usize,
    strong: bool,
}

impl<T: Scalar> Task<T> for Sum<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) -> bool {
        let is_plain = !self.strong || product::all_plain(self.r);
        if is_plain {
            product::transposed_matvec::<T, M, L>(*self.a, self.r, self.acc, self.granule, self.ahead);
        }
        is_plain
    }
}

/// A sum and products, a row of each in turn; gives whether each product is finite, if it is `strong`.
struct InTurn<'m, T, const N: usize> {
    sum: Transposed<'m, T>,
    products: Products<'m, T, N>,
    strong: [bool; N],
}

impl<T: Scalar, const N: usize> Task<T> for InTurn<'_, T, N> {
    type Output = [bool; N];

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(mut self) -> [bool; N] {
        product::pipelined::<T, M, L, N>(&mut self.sum, &mut self.products);
        are_finite(&self.products.z, self.strong)
    }
}

impl<T: Scalar> Frame<'_, '_, '_, T> {
    #[inline(always)]
    pub(super) fn row_sweep<M: Math<T>, const L: usize>(&mut self, sweep: &RowSweep) {
        let is_pipelined = sweep.is_pipelined();
        if is_pipelined && self.in_turn::<M, L>(sweep) {
            return;
        }
        let (start, rows) = (self.start, self.rows);
        if let Some(sum) = sweep.sum {
            self.row_sum::<M, L>(sweep, sum);
        }
        if is_pipelined {
            (self.start, self.rows) = (start + rows, self.next_rows);
        }
        match sweep.dots {
            [Some(dot), None] => self.dot::<M, L>(sweep, dot),
            [Some(first), Some(second)] => self.two_dots::<M, L>(sweep, [first, second]),
            [None, _] => {}
        }
        (self.start, self.rows) = (start, rows);
    }

    #[inline(always)]
    fn dot<M: Math<T>, const L: usize>(&mut self, sweep: &RowSweep, Dot { x, out, strong }: Dot) {
        let RowSweep { a: factor, shape: [rows, columns], transposed, .. } = *sweep;
        let rows = if sweep.is_of_block() { self.rows } else { rows as usize };
        let columns = columns as usize;
        let (inner, outer) = if transposed { (rows, columns) } else { (columns, rows) };
        let a = Left { factor, start: self.start, rows, columns };
        let in_order = self.in_order();
        let Some((a, x, out)) = operands(self.inputs, self.arena, a, range(x, inner), range(out, outer)) else {
            return;
        };
        let a = if transposed { a.transposed() } else { a };
        let dots = Dots { a: &a, x: [x], out: [&mut *out], in_order, strong: [strong] };
        if M::out_of_line::<L, _>(dots) == [false] {
            product::recompute_nonfinite_matvec(&a, x, out);
        }
    }

    /// Products of the rows of an input.
    #[inline(always)]
    fn two_dots<M: Math<T>, const L: usize>(&mut self, sweep: &RowSweep, [first, second]: [Dot; 2]) {
        let in_order = self.in_order();
        let a = self.block(sweep.a, sweep.shape[1]).matrix(self.inputs, &[]);
        let x = [first, second].map(|dot| range(dot.x, a.cols()));
        let out = [first, second].map(|dot| range(dot.out, a.rows()));
        let ([v, w], [y, z]) = (x, out);
        let Ok([v, w, y, z]) = self.arena.get_disjoint_mut([v, w, y, z]) else { return };
        let strong = [first.strong, second.strong];
        let dots = Dots { a: &a, x: [v, w], out: [&mut *y, &mut *z], in_order, strong };
        let finite = M::out_of_line::<L, _>(dots);
        recompute(&a, [v, w], [y, z], finite);
    }

    #[inline(always)]
    fn row_sum<M: Math<T>, const L: usize>(&mut self, sweep: &RowSweep, RowSum { r, acc, strong }: RowSum) {
        let columns = sweep.shape[1];
        let a = self.block(sweep.a, columns).matrix(self.inputs, self.arena);
        let r = &self.arena[range(r, self.rows)];
        let acc = &mut self.accumulators[range(acc, padded(columns as usize))];
        let granule = self.granule;
        let ahead = if sweep.is_pipelined() { 0 } else { sweep.ahead as usize };
        if M::out_of_line::<L, _>(Sum { a: &a, r, acc, granule, ahead, strong }) {
            return;
        }
        // Granule by granule, so that the others of the block make no difference.
        let mut start = 0;
        for r in r.chunks(granule) {
            let a = a.row_block(start, r.len());
            if !product::add_transposed(&a, &Matrix::row_major(r, r.len(), 1), &mut acc[..columns as usize]) {
                M::out_of_line::<L, _>(Sum { a: &a, r, acc, granule, ahead, strong: false });
            }
            start += r.len();
        }
    }

    /// A pipelined sweep row by row, if there is code for it and the sum is a plain one; whether it was done.
    #[inline(always)]
    fn in_turn<M: Math<T>, const L: usize>(&mut self, sweep: &RowSweep) -> bool {
        let (Some(RowSum { r, acc, strong }), ahead) = (sweep.sum, sweep.ahead as usize) else { return false };
        let block = self.block(sweep.a, sweep.shape[1]);
        let next = Left { start: self.start + self.rows, rows: self.next_rows, ..block };
        let (x, y) = (&block.matrix(self.inputs, &[]), &next.matrix(self.inputs, &[]));
        let r = range(r, block.rows);
        if !self.in_order()
            || !product::pipelines::<T, M, L>(x, y)
            || strong && !product::all_plain(&self.arena[r.clone()])
        {
            return false;
        }
        let g = &mut self.accumulators[range(acc, padded(block.columns))];
        let (granule, into) = (self.granule, self.plan.processor.level_ahead_of_row());
        match sweep.dots {
            [Some(dot), None] => {
                let places = [r, range(dot.x, next.columns), range(dot.out, next.rows)];
                let Ok([r, theta, z]) = self.arena.get_disjoint_mut(places) else { return false };
                let products = Products { y, theta: [theta], z: [&mut *z], ahead, into };
                let sum = Transposed { x, r, g, granule };
                let finite = M::out_of_line::<L, _>(InTurn { sum, products, strong: [dot.strong] });
                recompute(y, [theta], [z], finite);
            }
            [Some(first), Some(second)] => {
                let [v, w] = [first, second].map(|dot| range(dot.x, next.columns));
                let [p, q] = [first, second].map(|dot| range(dot.out, next.rows));
                let Ok([r, v, w, p, q]) = self.arena.get_disjoint_mut([r, v, w, p, q]) else { return false };
                let products = Products { y, theta: [v, w], z: [&mut *p, &mut *q], ahead, into };
                let sum = Transposed { x, r, g, granule };
                let finite = M::out_of_line::<L, _>(InTurn { sum, products, strong: [first.strong, second.strong] });
                recompute(y, [v, w], [p, q], finite);
            }
            [None, _] => return false,
        }
        true
    }
}

/// Computes strong products that are not finite again, where a zero wins.
#[inline(always)]
fn recompute<T: Scalar, const N: usize>(a: &Matrix<T>, x: [&mut [T]; N], out: [&mut [T]; N], finite: [bool; N]) {
    for ((x, out), finite) in x.into_iter().zip(out).zip(finite) {
        if !finite {
            product::recompute_nonfinite_matvec(a, x, out);
        }
    }
}

#[cfg(test)]
mod tests;
