//! `C = AᵀB` by register tiles: the driver behind the products of two matrices.

use super::store::Output;
use super::tile::{FromElements, FromRows, Vectors, tile};
use super::{Matrix, MulAdd, Number};

/// An operand that tiles read vectors of.
pub(crate) trait Right<T>: Copy {
    /// Number of rows.
    fn depth(self) -> usize;

    /// Number of columns.
    fn width(self) -> usize;

    /// `V` vectors of columns at a time, from the `v`-th on, with zeros after the last column.
    fn vectors<const V: usize, const L: usize>(self, v: usize) -> impl Vectors<T, V, L>;
}

/// `C = AᵀB`, or `C += AᵀB` if `ADD`; `A` is `depth × m`, `B` `depth × n`.
///
/// `R × V·L` is the largest register tile: 8 × 3 vectors with 32 registers,
/// 4 × 2 with 16.
#[inline(always)]
pub(crate) fn product<T: Number, M: MulAdd<T>, const ADD: bool, const L: usize, const R: usize, const V: usize>(
    a: Matrix<T>,
    b: impl Right<T>,
    c: &mut Output<T>,
) {
    assert!(a.rows() == b.depth() && b.width() == c.cols());
    let vectors = b.width().div_ceil(L);
    let mut v = 0;
    while v < vectors {
        // The constant comparisons drop the tiles wider than `V`.
        let left = vectors - v;
        v += if V >= 3 && left >= 3 {
            strip::<T, M, ADD, L, R, 3>(a, b, v, c)
        } else if V >= 2 && left >= 2 {
            strip::<T, M, ADD, L, R, 2>(a, b, v, c)
        } else {
            strip::<T, M, ADD, L, R, 1>(a, b, v, c)
        };
    }
}

/// All rows of `C`, in `V` vectors of columns from the `v`-th on; gives `V`.
#[inline(always)]
fn strip<T: Number, M: MulAdd<T>, const ADD: bool, const L: usize, const R: usize, const V: usize>(
    a: Matrix<T>,
    b: impl Right<T>,
    v: usize,
    c: &mut Output<T>,
) -> usize {
    let m = a.cols();
    let mut i = 0;
    while i < m {
        let left = m - i;
        i += if R >= 8 && left >= 8 {
            one::<T, M, ADD, L, 8, V>(a, i, b, v, c)
        } else if R >= 4 && left >= 4 {
            one::<T, M, ADD, L, 4, V>(a, i, b, v, c)
        } else if R >= 2 && left >= 2 {
            one::<T, M, ADD, L, 2, V>(a, i, b, v, c)
        } else {
            one::<T, M, ADD, L, 1, V>(a, i, b, v, c)
        };
    }
    V
}

/// One tile: rows `i .. i + R` of `C`, in `V` vectors of columns from the `v`-th on;
/// gives `R`.
#[inline(always)]
pub(crate) fn one<T: Number, M: MulAdd<T>, const ADD: bool, const L: usize, const R: usize, const V: usize>(
    a: Matrix<T>,
    i: usize,
    b: impl Right<T>,
    v: usize,
    c: &mut Output<T>,
) -> usize {
    let depth = a.rows();
    let vectors = b.vectors::<V, L>(v);
    let sums = if a.rows_are_slices() {
        tile::<T, M, R, V, L>(depth, FromRows { x: a, from: i }, vectors)
    } else {
        tile::<T, M, R, V, L>(depth, FromElements::new::<R>(a, i), vectors)
    };
    c.store::<ADD, R, V, L>(i, v * L, sums);
    R
}
