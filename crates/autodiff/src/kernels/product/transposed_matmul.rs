//! A transposed block of rows times another.

use super::driver::product;
use super::store::Output;
use super::{Matrix, MulAdd, Number, Panels};

/// `G += AᵀB`, with `A` of shape `rows × p`, `B` `rows × q`, `G` `p × q`.
///
/// `scratch` receives a copy of `B`, the operand read as vectors.
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
    scratch.pack::<L>(b);
    let mut g = Output::new(g, b.cols(), b.cols());
    product::<T, M, true, L, R, V>(a, scratch, &mut g);
}
