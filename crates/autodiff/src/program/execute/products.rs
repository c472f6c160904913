//! Products of matrices; those with vectors are in [`row_sweep`](super::row_sweep).

use super::Frame;
use crate::kernels::product::{self, Matrix, Panels};
use crate::kernels::{Math, Reference, Task};
use crate::program::instr::{At, Factor};
use crate::program::resolve::BoundInputs;
use crate::scalar::Scalar;
use std::ops::Range;

/// `out = A·B`, B packed, the result of `columns` columns.
struct MatMul<'m, T> {
    a: Matrix<'m, T>,
    panels: &'m Panels<T>,
    out: &'m mut [T],
    columns: usize,
    strong: bool,
}

impl<T: Scalar> Task<T> for MatMul<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        product::matmul::<T, M, L, R, V>(self.a, self.panels, self.out, self.columns);
        if self.strong {
            product::recompute_nonfinite_matmul(self.a, self.panels, self.out);
        }
    }
}

/// `acc += AᵀB`
struct TransposedMatMul<'m, T> {
    a: Matrix<'m, T>,
    b: Matrix<'m, T>,
    acc: &'m mut [T],
    panels: &'m mut Panels<T>,
    strong: bool,
}

impl<T: Scalar> Task<T> for TransposedMatMul<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        if !(self.strong && product::add_transposed(&self.a, &self.b, self.acc)) {
            product::transposed_matmul::<T, M, L, R, V>(self.a, self.b, self.acc, self.panels);
        }
    }
}

/// The upper triangle of `acc += Aᵀ diag(w) A`.
struct Gram<'m, T> {
    a: Matrix<'m, T>,
    w: &'m [T],
    acc: &'m mut [T],
    panels: &'m mut Panels<T>,
    strong: bool,
}

impl<T: Scalar> Task<T> for Gram<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        self.panels.pack_scaled::<M, L>(self.w, self.a);
        if self.strong && !product::all_finite(self.panels.elements()) {
            product::add_gram(self.a, self.w, self.acc);
        } else {
            product::gram::<T, M, L, R, V>(self.a, self.panels, self.acc);
        }
    }
}

/// `rows` rows of a factor: of the arena, or from row `start` of the array an input is bound to.
#[derive(Clone, Copy)]
pub(super) struct Left {
    pub(super) factor: Factor,
    pub(super) start: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Left {
    #[inline(always)]
    pub(super) fn matrix<'m, T: Scalar>(self, inputs: &'m BoundInputs<'_, '_, T>, arena: &'m [T]) -> Matrix<'m, T> {
        let Left { factor, start, rows, columns } = self;
        match factor {
            Factor::Arena(at) => Matrix::row_major(&arena[range(at, rows * columns)], rows, columns),
            Factor::Input(input) => match inputs.numbers(input) {
                Some(array) => Matrix::of_rows(array, columns).row_block(start, rows),
                None => Matrix::row_major(&[], 0, columns),
            },
        }
    }
}

#[inline(always)]
pub(super) fn range(at: At, len: usize) -> Range<usize> {
    at as usize..at as usize + len
}

/// A factor's matrix, another operand and the result, which overlaps neither in the arena.
#[inline(always)]
pub(super) fn operands<'m, T: Scalar>(
    inputs: &'m BoundInputs<'_, '_, T>,
    arena: &'m mut [T],
    a: Left,
    x: Range<usize>,
    out: Range<usize>,
) -> Option<(Matrix<'m, T>, &'m [T], &'m mut [T])> {
    let len = a.rows * a.columns;
    match a.factor {
        Factor::Input(_) => {
            let [x, out] = arena.get_disjoint_mut([x, out]).ok()?;
            Some((a.matrix(inputs, &[]), x, out))
        }
        Factor::Arena(at) if at as usize == x.start || x.is_empty() => {
            let both = range(at, len.max(x.len()));
            let [both, out] = arena.get_disjoint_mut([both, out]).ok()?;
            let both: &[T] = both;
            Some((Matrix::row_major(&both[..len], a.rows, a.columns), &both[..x.len()], out))
        }
        Factor::Arena(at) => {
            let [elements, x, out] = arena.get_disjoint_mut([range(at, len), x, out]).ok()?;
            Some((Matrix::row_major(elements, a.rows, a.columns), x, out))
        }
    }
}

impl<T: Scalar> Frame<'_, '_, '_, T> {
    /// The block's rows of a factor.
    #[inline(always)]
    pub(super) fn block(&self, factor: Factor, columns: u32) -> Left {
        Left { factor, start: self.start, rows: self.rows, columns: columns as usize }
    }

    /// A right factor, rearranged.
    pub(super) fn pack<const L: usize>(&mut self, x: At, shape: [u32; 2], transposed: bool, panels: u32) {
        let [rows, columns] = shape.map(|length| length as usize);
        let w = Matrix::row_major(&self.arena[range(x, rows * columns)], rows, columns);
        self.panels[panels as usize].pack::<Reference, L>(if transposed { w.transposed() } else { w });
    }

    /// The product of `a`, `m` (the block's, if 0) × `columns` and transposed if it says so, and packed panels: of `q` columns.
    #[inline(always)]
    pub(super) fn matmul<M: Math<T>, const L: usize>(
        &mut self,
        a: Factor,
        transposed: bool,
        [m, columns]: [u32; 2],
        panels: u32,
        [out, q]: [u32; 2],
        strong: bool,
    ) {
        let rows = if m == 0 && !transposed { self.rows } else { m as usize };
        let (columns, q) = (columns as usize, q as usize);
        let outer = if transposed { columns } else { rows };
        let a = Left { factor: a, start: self.start, rows, columns };
        let Some((a, _, out)) = operands(self.inputs, self.arena, a, 0..0, range(out, outer * q)) else {
            return;
        };
        let a = if transposed { a.transposed() } else { a };
        M::out_of_line::<L, _>(MatMul { a, panels: &self.panels[panels as usize], out, columns: q, strong });
    }

    #[inline(always)]
    pub(super) fn transposed_matmul<M: Math<T>, const L: usize>(
        &mut self,
        [a, b]: [Factor; 2],
        columns: [u32; 2],
        acc: u32,
        panels: u32,
        strong: bool,
    ) {
        let [p, q] = columns.map(|columns| columns as usize);
        let a = self.block(a, columns[0]).matrix(self.inputs, self.arena);
        let b = self.block(b, columns[1]).matrix(self.inputs, self.arena);
        let acc = &mut self.accumulators[range(acc, p * q)];
        M::out_of_line::<L, _>(TransposedMatMul { a, b, acc, panels: &mut self.panels[panels as usize], strong });
    }

    #[inline(always)]
    pub(super) fn gram<M: Math<T>, const L: usize>(
        &mut self,
        a: Factor,
        columns: u32,
        w: At,
        acc: u32,
        panels: u32,
        strong: bool,
    ) {
        let p = columns as usize;
        let a = self.block(a, columns).matrix(self.inputs, self.arena);
        let w = &self.arena[range(w, self.rows)];
        let acc = &mut self.accumulators[range(acc, p * p)];
        M::out_of_line::<L, _>(Gram { a, w, acc, panels: &mut self.panels[panels as usize], strong });
    }
}
