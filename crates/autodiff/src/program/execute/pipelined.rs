//! A sum over a block's rows, and a product of the next block's, row by row (`program/lower/pipeline.rs` tells why).

use super::Frame;
use super::products::{Left, range};
use crate::kernels::product::{self, Products, Transposed};
use crate::kernels::{Math, Task};
use crate::program::instr::{At, Instr};
use crate::program::plan::padded;
use crate::scalar::Scalar;

/// A sum and products, row by row; whether each product is finite is said.
struct Pipelined<'m, T, const N: usize> {
    sum: Transposed<'m, T>,
    products: Products<'m, T, N>,
}

impl<T: Scalar, const N: usize> Task<T> for Pipelined<'_, T, N> {
    type Output = [bool; N];

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(mut self) -> [bool; N] {
        product::pipelined::<T, M, L, N>(&mut self.sum, &mut self.products);
        self.products.z.map(|out| product::all_finite(out))
    }
}

impl<T: Scalar> Frame<'_, '_, '_, T> {
    /// A sum over the block's rows, and a product of the next block's.
    #[inline(always)]
    pub(super) fn pipelined<M: Math<T>, const L: usize>(&mut self, sum: &Instr, product: &Instr) {
        let &Instr::AccumulateMatVec { a, columns, r, acc, strong } = sum else { return };
        if self.in_turn::<M, L>(sum, product) {
            return;
        }
        self.transposed_matvec::<M, L>(a, columns, r, acc, strong);
        let (start, rows) = (self.start, self.rows);
        (self.start, self.rows) = (start + rows, self.next_rows);
        match *product {
            Instr::MatVec { a, transposed, shape, x, out, strong } => {
                self.matvec::<M, L>(a, transposed, shape, [x, out], strong);
            }
            Instr::MatVecPair { a, columns, x, out, strong } => self.matvec_pair::<M, L>(a, columns, x, out, strong),
            _ => {}
        }
        (self.start, self.rows) = (start, rows);
    }

    /// [`pipelined`](Self::pipelined) row by row, if there is code for it and the sum is a plain one; whether it was.
    #[inline(always)]
    fn in_turn<M: Math<T>, const L: usize>(&mut self, sum: &Instr, product: &Instr) -> bool {
        let &Instr::AccumulateMatVec { a, columns, r, acc, strong } = sum else { return false };
        let block = self.block(a, columns);
        let next = Left { start: self.start + self.rows, rows: self.next_rows, ..block };
        let (a, b) = (block.matrix(self.inputs, &[]), next.matrix(self.inputs, &[]));
        let r = range(r, block.rows);
        if !self.in_order()
            || !product::pipelines::<T, L>(&a, &b)
            || strong && !product::all_plain(&self.arena[r.clone()])
        {
            return false;
        }
        let g = &mut self.accumulators[range(acc, padded(block.columns))];
        let (granule, x, y) = (self.granule, &a, &b);
        match *product {
            Instr::MatVec { x: vector, out, strong, .. } => {
                let places = [r, range(vector, next.columns), range(out, next.rows)];
                let Ok([r, theta, z]) = self.arena.get_disjoint_mut(places) else { return false };
                let products = Products { y, theta: [theta], z: [&mut *z] };
                let [finite] = M::out_of_line::<L, _>(Pipelined { sum: Transposed { x, r, g, granule }, products });
                if strong && !finite {
                    product::recompute_nonfinite_matvec(y, theta, z);
                }
            }
            Instr::MatVecPair { x: vectors, out, strong, .. } => {
                let ranges = |at: [At; 2], len: usize| at.map(|at| range(at, len));
                let ([v, w], [p, q]) = (ranges(vectors, next.columns), ranges(out, next.rows));
                let Ok([r, v, w, p, q]) = self.arena.get_disjoint_mut([r, v, w, p, q]) else { return false };
                let products = Products { y, theta: [v, w], z: [&mut *p, &mut *q] };
                let finite = M::out_of_line::<L, _>(Pipelined { sum: Transposed { x, r, g, granule }, products });
                if strong[0] && !finite[0] {
                    product::recompute_nonfinite_matvec(y, v, p);
                }
                if strong[1] && !finite[1] {
                    product::recompute_nonfinite_matvec(y, w, q);
                }
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests;
