//! The register tile all matrix–matrix products are made of.

use super::{Matrix, MulAdd, Number};
use crate::kernels::Level;

/// The `R` numbers a tile broadcasts at each step.
///
/// A trait with `#[inline(always)]` methods, not a closure: a closure left out
/// of line would be compiled without the caller's target features.
pub(crate) trait Broadcasts<T, const R: usize> {
    /// The numbers of step `k`.
    fn step(&self, k: usize) -> [T; R];
}

/// `R` neighbours in row `k`, from column `from`.
pub(crate) struct FromRows<'a, T> {
    pub(crate) x: Matrix<'a, T>,
    pub(crate) from: usize,
}

/// `R` neighbours in row `k`, from column `from`, of a matrix whose rows are no slices.
pub(crate) struct FromElements<'a, T> {
    x: Matrix<'a, T>,
    from: usize,
    /// The column that is asked for.
    ahead: usize,
}

/// Bytes between the columns of a tile and those asked for, if they are no longer: asked for the next ones, memory comes too late.
const AHEAD: usize = 24 * 1024;

impl<'a, T: Number> FromElements<'a, T> {
    /// For tiles of `R` columns.
    #[inline(always)]
    pub(crate) fn new<const R: usize>(x: Matrix<'a, T>, from: usize) -> Self {
        let columns = AHEAD / (x.rows() * size_of::<T>()).max(1);
        FromElements { x, from, ahead: from + columns.max(R) }
    }
}

impl<T: Number, const R: usize> Broadcasts<T, R> for FromRows<'_, T> {
    #[inline(always)]
    fn step(&self, k: usize) -> [T; R] {
        *self.x.row(k)[self.from..].first_chunk().unwrap()
    }
}

impl<T: Number, const R: usize> Broadcasts<T, R> for FromElements<'_, T> {
    #[inline(always)]
    fn step(&self, k: usize) -> [T; R] {
        // Of a transposed row-major block these are columns of memory: as many rows side by side are no stream that a
        // prefetcher would follow. Step by step later rows are asked for instead, whose lines are as many as the steps are.
        self.x.prefetch([0, self.ahead], k, Level::First);
        self.x.elements(k, self.from)
    }
}

/// The `V` vectors a tile multiplies at each step; a trait like [`Broadcasts`].
pub(crate) trait Vectors<T, const V: usize, const L: usize> {
    /// The vectors of step `k`.
    fn step(&self, k: usize) -> [[T; L]; V];
}

/// `acc[i][v][l] = Σ_k a(k)[i]·b(k)[v][l]` for `k` in `0..depth`.
///
/// `R·V` vectors of sums stay in registers; every step multiplies `R` numbers,
/// each broadcast, by `V` vectors.
///
/// Loops run over indices: with nested `zip`s the sums stay in memory.
#[inline(always)]
pub(crate) fn tile<T: Number, M: MulAdd<T>, const R: usize, const V: usize, const L: usize>(
    depth: usize,
    a: impl Broadcasts<T, R>,
    b: impl Vectors<T, V, L>,
) -> [[[T; L]; V]; R] {
    let mut acc = [[[T::zero(); L]; V]; R];
    for k in 0..depth {
        let (a, x) = (a.step(k), b.step(k));
        for i in 0..R {
            for v in 0..V {
                acc[i][v] = M::fma_lanes([a[i]; L], x[v], acc[i][v]);
            }
        }
    }
    // A copy, element by element: whoever takes the result indexes it at run
    // time, and an array so indexed lives in memory, here at every step.
    let mut out = [[[T::zero(); L]; V]; R];
    for i in 0..R {
        for v in 0..V {
            out[i][v] = acc[i][v];
        }
    }
    out
}
