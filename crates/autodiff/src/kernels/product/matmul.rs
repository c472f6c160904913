//! A block of rows times a small matrix.

use super::driver::product;
use super::store::Output;
use super::{Matrix, MulAdd, Number, Panels};

/// `Z = X·W`, with `X` of shape `rows × p`, `W` of shape `p × q`.
///
/// `Z` has one row every `z_stride` elements.  `W` is packed once for all
/// blocks of rows; pack `w.transposed()` for the product with `Wᵀ`.
///
/// # Panics
/// If the shapes do not fit.
#[inline(always)]
pub(crate) fn matmul<T: Number, M: MulAdd<T>, const L: usize, const R: usize, const V: usize>(
    x: Matrix<T>,
    w: &Panels<T>,
    z: &mut [T],
    z_stride: usize,
) {
    let mut z = Output::new(z, w.width(), z_stride);
    product::<T, M, false, L, R, V>(x.transposed(), w, &mut z);
}
