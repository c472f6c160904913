//! Weighted sums of squares and products of a block of rows.

use super::driver::one;
use super::store::Output;
use super::{Matrix, MulAdd, Number, Panels};

/// Upper triangle of `H += Xᵀ·diag(w)·X`, with `X` of shape `rows × p`.
///
/// Only the tiles that touch the upper triangle are computed: after the last
/// block, [`mirror`] fills in the rest.  What is below the diagonal until then
/// has no meaning.  `wx` is `diag(w)·X`, packed.
///
/// # Panics
/// If the shapes do not fit.
#[inline(always)]
pub(crate) fn gram<T: Number, M: MulAdd<T>, const L: usize, const R: usize, const V: usize>(
    x: Matrix<T>,
    wx: &Panels<T>,
    h: &mut [T],
) {
    let p = x.cols();
    assert!(wx.depth() == x.rows() && wx.width() == p && h.len() == p * p);
    let mut h = Output::new(h, p, p);
    let panels = p.div_ceil(L);
    let mut v = 0;
    while v < panels {
        let group = V.min(panels - v);
        upper_strip::<T, M, L, R, V>(x, wx, v, group, &mut h);
        v += group;
    }
}

/// The rows that reach the upper triangle in the columns of `group` panels.
#[inline(always)]
fn upper_strip<T: Number, M: MulAdd<T>, const L: usize, const R: usize, const V: usize>(
    x: Matrix<T>,
    wx: &Panels<T>,
    v: usize,
    group: usize,
    h: &mut Output<T>,
) {
    let last = x.cols().min((v + group) * L);
    let mut i = 0;
    while i < last {
        // Panels left of the diagonal have nothing above it.
        let first = v.max(i / L);
        let width = v + group - first;
        let left = last - i;
        i += if R >= 8 && left >= 8 {
            row::<T, M, L, 8, V>(x, i, wx, first, width, h)
        } else if R >= 4 && left >= 4 {
            row::<T, M, L, 4, V>(x, i, wx, first, width, h)
        } else if R >= 2 && left >= 2 {
            row::<T, M, L, 2, V>(x, i, wx, first, width, h)
        } else {
            row::<T, M, L, 1, V>(x, i, wx, first, width, h)
        };
    }
}

/// One tile, `width ≤ V` panels wide; gives its number of rows.
#[inline(always)]
fn row<T: Number, M: MulAdd<T>, const L: usize, const R: usize, const V: usize>(
    x: Matrix<T>,
    i: usize,
    wx: &Panels<T>,
    first: usize,
    width: usize,
    h: &mut Output<T>,
) -> usize {
    match width {
        3 if V >= 3 => one::<T, M, true, L, R, 3>(x, i, wx, first, h),
        2 if V >= 2 => one::<T, M, true, L, R, 2>(x, i, wx, first, h),
        _ => one::<T, M, true, L, R, 1>(x, i, wx, first, h),
    }
}

/// Copies the upper triangle of the `p × p` matrix `h` to the lower one.
#[inline(always)]
pub(crate) fn mirror<T: Copy>(h: &mut [T], p: usize) {
    assert!(h.len() == p * p);
    for i in 1..p {
        let (above, row) = h.split_at_mut(i * p);
        for (j, out) in row[..i].iter_mut().enumerate() {
            *out = above[j * p + i];
        }
    }
}
