//! Products of blocks of rows, by register tiles.
//!
//! A block is copied before it is multiplied: data stream in as fast as they can be read, which a product, whose steps are
//! long, would wait for line by line; and rows become whole vectors.

use super::Real;
use pulp::Simd;

/// Vectors after the last row: what tiles of up to as many numbers read that begin within it.
const BEYOND: usize = 8;

/// Rows of numbers in whole vectors, with zeros after the last number.
pub struct Rows<T, const W: usize> {
    vectors: Vec<[T; W]>,
    cols: usize,
    /// Vectors a row: odd, for the cache keeps few lines that are a power of two apart.
    stride: usize,
}

impl<T: Real, const W: usize> Rows<T, W> {
    /// Zeros.
    #[inline(always)]
    pub fn zeros(rows: usize, cols: usize) -> Self {
        let stride = cols.div_ceil(W) | 1;
        Rows { vectors: vec![[T::zero(); W]; rows * stride + BEYOND], cols, stride }
    }

    /// Copies row-major rows, not more than there are here, each times its weight.
    #[inline(always)]
    pub fn copy_weighted(&mut self, x: &[T], weights: &[T]) {
        let rows = self.vectors.chunks_exact_mut(self.stride);
        for ((row, x), &weight) in rows.zip(x.chunks_exact(self.cols)).zip(weights) {
            for (row, &x) in row.as_flattened_mut().iter_mut().zip(x) {
                *row = weight * x;
            }
        }
    }

    /// Copies row-major rows to those from the `i`-th on, as far as there are any.
    #[inline(always)]
    pub fn copy(&mut self, i: usize, x: &[T]) {
        for (row, x) in self.vectors.chunks_exact_mut(self.stride).skip(i).zip(x.chunks_exact(self.cols)) {
            row.as_flattened_mut()[..x.len()].copy_from_slice(x);
        }
    }

    /// The numbers of row `i`.
    #[inline(always)]
    pub fn row(&self, i: usize) -> &[T] {
        &self.vectors[i * self.stride..(i + 1) * self.stride].as_flattened()[..self.cols]
    }

    /// The numbers of row `i`.
    #[inline(always)]
    pub fn row_mut(&mut self, i: usize) -> &mut [T] {
        &mut self.vectors[i * self.stride..(i + 1) * self.stride].as_flattened_mut()[..self.cols]
    }

    /// Adds a tile, whose corner is in row `i` and vector `v`, as far as there are rows.
    #[inline(always)]
    pub fn add<const R: usize, const V: usize>(&mut self, i: usize, v: usize, tile: &[[[T; W]; V]; R]) {
        for (row, sums) in self.vectors.chunks_exact_mut(self.stride).skip(i).zip(tile) {
            let row = &mut row[v..v + V];
            for n in 0..V {
                for l in 0..W {
                    row[n][l] += sums[n][l];
                }
            }
        }
    }

    /// The vectors that the numbers of a row take.
    #[inline(always)]
    pub fn width(&self) -> usize {
        self.cols.div_ceil(W)
    }
}

/// The `R` numbers that a tile broadcasts at each step. No closure: one left out of line would lack the processor's best
/// instructions.
pub trait Numbers<T, const R: usize> {
    /// Those of step `k`.
    fn step(&self, k: usize) -> [T; R];
}

/// Element `k` of `R` slices.
impl<T: Real, const R: usize> Numbers<T, R> for [&[T]; R] {
    #[inline(always)]
    fn step(&self, k: usize) -> [T; R] {
        let mut out = [T::zero(); R];
        for i in 0..R {
            out[i] = self[i][k];
        }
        out
    }
}

/// `R ≤ 8` neighbours in row `k`, from column `from` on; after the last column, whatever follows.
pub struct Neighbours<'a, T, const W: usize> {
    /// The rows.
    pub rows: &'a Rows<T, W>,
    /// The column.
    pub from: usize,
}

impl<T: Real, const R: usize, const W: usize> Numbers<T, R> for Neighbours<'_, T, W> {
    #[inline(always)]
    fn step(&self, k: usize) -> [T; R] {
        let mut out = [T::zero(); R];
        out.copy_from_slice(&self.rows.vectors.as_flattened()[k * self.rows.stride * W + self.from..][..R]);
        out
    }
}

/// `Σ_k a(k)[i]·b[k, v + n]` for the first `depth` rows of `b`, in tiles of `R` numbers times `V` vectors.
#[inline(always)]
pub fn tile<T: Real, S: Simd, const R: usize, const V: usize, const W: usize>(
    simd: S,
    depth: usize,
    a: impl Numbers<T, R>,
    b: &Rows<T, W>,
    v: usize,
) -> [[[T; W]; V]; R] {
    let mut sums = [[[T::zero(); W]; V]; R];
    for (k, row) in b.vectors.chunks_exact(b.stride).take(depth).enumerate() {
        let (numbers, vectors) = (a.step(k), &row[v..v + V]);
        for i in 0..R {
            for n in 0..V {
                sums[i][n] = T::mul_add_lanes(simd, [numbers[i]; W], vectors[n], sums[i][n]);
            }
        }
    }
    // A copy: what is done with the result at run time is not to make an array in memory of the sums.
    let mut out = [[[T::zero(); W]; V]; R];
    for i in 0..R {
        for n in 0..V {
            out[i][n] = sums[i][n];
        }
    }
    out
}

/// `C` vectors that rows are multiplied by, vector beside vector.
pub struct Factors<T, const C: usize, const W: usize>(Vec<[[T; W]; C]>);

impl<T: Real, const C: usize, const W: usize> Factors<T, C, W> {
    /// The columns of a row-major matrix of `C` columns.
    #[inline(always)]
    pub fn columns(matrix: &[T]) -> Self {
        let rows = matrix.as_chunks::<C>().0;
        let mut vectors = vec![[[T::zero(); W]; C]; rows.len().div_ceil(W)];
        for (k, row) in rows.iter().enumerate() {
            for c in 0..C {
                vectors[k / W][c][k % W] = row[c];
            }
        }
        Factors(vectors)
    }

    /// The products of `R` rows, from the `i`-th on, with each of the vectors.
    #[inline(always)]
    pub fn dots<S: Simd, const R: usize>(&self, simd: S, x: &Rows<T, W>, i: usize) -> [[T; R]; C] {
        let mut rows: [&[[T; W]]; R] = [&[]; R];
        for r in 0..R {
            rows[r] = &x.vectors[(i + r) * x.stride..][..self.0.len()];
        }
        let mut sums = [[[T::zero(); W]; R]; C];
        for v in 0..self.0.len() {
            for c in 0..C {
                for r in 0..R {
                    sums[c][r] = T::mul_add_lanes(simd, rows[r][v], self.0[v][c], sums[c][r]);
                }
            }
        }
        let mut out = [[T::zero(); R]; C];
        for c in 0..C {
            for r in 0..R {
                out[c][r] = T::lane_sum(simd, sums[c][r]);
            }
        }
        out
    }
}
