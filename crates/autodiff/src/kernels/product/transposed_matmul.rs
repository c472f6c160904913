//! A transposed block of rows times another.

use super::driver::{Right, product};
use super::matvec::vectors;
use super::store::Output;
use super::tile::Vectors;
use super::{Matrix, MulAdd, Number, Panels};
use std::marker::PhantomData;

/// `G += AᵀB`, with `A` of shape `rows × p`, `B` `rows × q`, `G` `p × q`.
///
/// `scratch` receives a copy of `B`, the operand read as vectors, where its rows can't be read as vectors as they are.
///
/// # Panics
/// If the shapes do not fit.
#[inline(always)]
pub(crate) fn transposed_matmul<T: Number, M: MulAdd<T>, const L: usize, const R: usize, const V: usize>(
    a: Matrix<T>,
    b: Matrix<T>,
    g: &mut [T],
    scratch: &mut Panels<T>,
) {
    assert!(a.rows() == b.rows() && g.len() == a.cols() * b.cols());
    let mut g = Output::new(g, b.cols(), b.cols());
    if b.rows_are_slices() {
        // The compiler is not to know that they are all: see `MulAdd::load`.
        let lanes = std::hint::black_box(L);
        return product::<T, M, true, L, R, V>(a, InPlace { x: b, lanes, arithmetic: PhantomData::<M> }, &mut g);
    }
    scratch.pack::<M, L>(b);
    // A vector at a time, which is rare enough: the tiles are a twentieth of the library's machine code.
    product::<T, M, true, L, R, 1>(a, &*scratch, &mut g);
}

/// A matrix whose rows are slices.
#[derive(Clone, Copy)]
struct InPlace<'a, T, M> {
    x: Matrix<'a, T>,
    lanes: usize,
    arithmetic: PhantomData<M>,
}

impl<T: Number, M: MulAdd<T>> Right<T> for InPlace<'_, T, M> {
    #[inline(always)]
    fn depth(self) -> usize {
        self.x.rows()
    }

    #[inline(always)]
    fn width(self) -> usize {
        self.x.cols()
    }

    #[inline(always)]
    fn vectors<const V: usize, const L: usize>(self, v: usize) -> impl Vectors<T, V, L> {
        Columns { matrix: self, from: v * L, to: self.x.cols().min((v + V) * L) }
    }
}

/// Columns `from .. to`.
struct Columns<'a, T, M> {
    matrix: InPlace<'a, T, M>,
    from: usize,
    to: usize,
}

impl<T: Number, M: MulAdd<T>, const V: usize, const L: usize> Vectors<T, V, L> for Columns<'_, T, M> {
    #[inline(always)]
    fn step(&self, k: usize) -> [[T; L]; V] {
        vectors::<T, M, V, L>(&self.matrix.x.row(k)[self.from..self.to], self.matrix.lanes)
    }
}
