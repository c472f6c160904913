//! Products of matrices in memory, added to others: what linear algebra by blocks is made of.

use super::driver::{Right, product};
use super::store::Output;
use super::tile::Vectors;
use super::{Matrix, Number};
use crate::kernels::{Instructions, Math, Reference, Task, dispatch, same};
use crate::scalar::Scalar;

/// Adds, or subtracts, a product.
///
/// An element's sum is formed in the order of the columns of A, then added: the same bits for all instructions with fused
/// multiply-add.
///
/// # Panics
/// If the shapes do not fit.
pub(crate) fn add_product<T: Scalar>(instructions: Instructions, product: AddProduct<'_, T>) {
    let double: Run<f64> = |instructions, task| dispatch(instructions, task);
    let single: Run<f32> = |instructions, task| dispatch(instructions, task);
    let other: Run<T> = |_, task| task.run::<Reference, 4, 1, 1>();
    let run = same(double).or_else(|| same(single)).unwrap_or(other);
    run(instructions, product);
}

type Run<T> = fn(Instructions, AddProduct<'_, T>);

/// `C += A·B`, or `C −= A·B`; the rows of B are [slices](Matrix::rows_are_slices).
pub(crate) struct AddProduct<'m, T> {
    pub(crate) a: Matrix<'m, T>,
    pub(crate) b: Matrix<'m, T>,
    /// C, a row every `stride` elements.
    pub(crate) c: &'m mut [T],
    pub(crate) stride: usize,
    pub(crate) subtracts: bool,
}

impl<T: Scalar> Task<T> for AddProduct<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        let AddProduct { a, b, c, stride, subtracts } = self;
        let c = Output::new(c, b.cols(), stride);
        let mut c = if subtracts { c.subtracting() } else { c };
        product::<T, M, true, L, R, V>(a.transposed(), InPlace(b), &mut c);
    }
}

/// A matrix whose rows are slices, read where it is.
#[derive(Clone, Copy)]
struct InPlace<'m, T>(Matrix<'m, T>);

impl<T: Number> Right<T> for InPlace<'_, T> {
    #[inline(always)]
    fn depth(self) -> usize {
        self.0.rows()
    }

    #[inline(always)]
    fn width(self) -> usize {
        self.0.cols()
    }

    #[inline(always)]
    fn vectors<const V: usize, const L: usize>(self, v: usize) -> impl Vectors<T, V, L> {
        Columns { x: self.0, from: v * L }
    }
}

/// Vectors of columns from column `from` on.
struct Columns<'m, T> {
    x: Matrix<'m, T>,
    from: usize,
}

impl<T: Number, const V: usize, const L: usize> Vectors<T, V, L> for Columns<'_, T> {
    #[inline(always)]
    fn step(&self, k: usize) -> [[T; L]; V] {
        let row = &self.x.row(k)[self.from..];
        let mut out = [[T::zero(); L]; V];
        for v in 0..V {
            out[v] = super::number::load_elements(&row[v * L..], L);
        }
        out
    }
}
