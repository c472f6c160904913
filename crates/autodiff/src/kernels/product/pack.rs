//! Copies of an operand in the order the register tile reads it.

use super::driver::Right;
use super::tile::Vectors;
use super::{Matrix, MulAdd, Number};
use crate::kernels::Aligned;

/// What a row is multiplied by on its way.
///
/// Not a closure: see [`super::tile::Broadcasts`].
trait Scale<T>: Copy {
    /// A vector of row `k`, scaled.
    fn apply<const L: usize>(self, k: usize, row: [T; L]) -> [T; L];
}

#[derive(Clone, Copy)]
struct Unscaled;

impl<T> Scale<T> for Unscaled {
    #[inline(always)]
    fn apply<const L: usize>(self, _: usize, row: [T; L]) -> [T; L] {
        row
    }
}

impl<T: Number> Scale<T> for &[T] {
    #[inline(always)]
    fn apply<const L: usize>(self, k: usize, mut row: [T; L]) -> [T; L] {
        for l in 0..L {
            row[l] = self[k] * row[l];
        }
        row
    }
}

/// A `depth × width` matrix cut in panels of `L` columns.
///
/// Panel `v` holds columns `v·L ..`, row after row, so a tile reads it from
/// front to back; the last one is filled up with zeros.  The buffer is kept
/// between blocks.
#[derive(Clone, Debug)]
pub(crate) struct Panels<T> {
    data: Aligned<T>,
    depth: usize,
    width: usize,
    lanes: usize,
}

impl<T: Number> Right<T> for &Panels<T> {
    #[inline(always)]
    fn depth(self) -> usize {
        self.depth
    }

    #[inline(always)]
    fn width(self) -> usize {
        self.width
    }

    #[inline(always)]
    fn vectors<const V: usize, const L: usize>(self, v: usize) -> impl Vectors<T, V, L> {
        let mut panels: [&[[T; L]]; V] = [&[]; V];
        for n in 0..V {
            // The length is visible: no bounds checks at each step.
            panels[n] = &self.panel::<L>(v + n)[..self.depth];
        }
        panels
    }
}

/// Panels side by side.
impl<T: Number, const V: usize, const L: usize> Vectors<T, V, L> for [&[[T; L]]; V] {
    #[inline(always)]
    fn step(&self, k: usize) -> [[T; L]; V] {
        let mut x = [[T::zero(); L]; V];
        for v in 0..V {
            x[v] = self[v][k];
        }
        x
    }
}

impl<T: Number> Panels<T> {
    /// No panels yet.
    pub(crate) fn new() -> Self {
        Self { data: Aligned::new(T::zero(), 0), depth: 0, width: 0, lanes: 1 }
    }

    /// Number of rows.
    #[inline(always)]
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Number of columns, without the zeros.
    #[inline(always)]
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Panel `v`, one vector per row.
    #[inline(always)]
    pub(crate) fn panel<const L: usize>(&self, v: usize) -> &[[T; L]] {
        debug_assert_eq!(self.lanes, L);
        let size = self.depth * L;
        self.data[v * size..][..size].as_chunks::<L>().0
    }

    /// Element `(k, j)`.
    #[inline(always)]
    pub(crate) fn at(&self, k: usize, j: usize) -> T {
        self.data[(j / self.lanes * self.depth + k) * self.lanes + j % self.lanes]
    }

    /// All elements, and the zeros.
    #[inline(always)]
    pub(crate) fn elements(&self) -> &[T] {
        &self.data
    }

    /// Copies `x`.
    #[inline(always)]
    pub(crate) fn pack<M: MulAdd<T>, const L: usize>(&mut self, x: Matrix<T>) {
        self.fill::<M, L>(x, Unscaled);
    }

    /// Copies `diag(w)·x`.
    #[inline(always)]
    pub(crate) fn pack_scaled<M: MulAdd<T>, const L: usize>(&mut self, w: &[T], x: Matrix<T>) {
        assert!(w.len() == x.rows());
        self.fill::<M, L>(x, w);
    }

    #[inline(always)]
    fn fill<M: MulAdd<T>, const L: usize>(&mut self, x: Matrix<T>, scale: impl Scale<T>) {
        let (depth, width) = (x.rows(), x.cols());
        let panels = width.div_ceil(L);
        (self.depth, self.width, self.lanes) = (depth, width, L);
        self.data.resize(panels * depth * L, T::zero());
        let (out, _) = self.data.as_chunks_mut::<L>();
        let whole = width / L;
        for k in 0..depth {
            if x.rows_are_slices() {
                let row = x.row(k);
                let (vectors, tail) = row.as_chunks::<L>();
                for (v, &vector) in vectors.iter().enumerate() {
                    out[v * depth + k] = scale.apply(k, vector);
                }
                if !tail.is_empty() {
                    out[whole * depth + k] = scale.apply(k, M::load(tail, L));
                }
            } else {
                for v in 0..panels {
                    let mut vector = [T::zero(); L];
                    for (l, x_kl) in vector.iter_mut().enumerate() {
                        if v * L + l < width {
                            *x_kl = x.at(k, v * L + l);
                        }
                    }
                    out[v * depth + k] = scale.apply(k, vector);
                }
            }
        }
    }
}
