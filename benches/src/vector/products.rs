//! Products of blocks of rows, by register tiles.
//!
//! Rows are copied before they are multiplied, and asked for before they are copied: the steps of a product are long, and
//! would wait for the data line by line. The copies are whole vectors, none of which lies in two lines of the cache.

use super::{LINE, Real};
use pulp::Simd;

/// Numbers after the last row, as many as a tile broadcasts at most: it may begin with the last column.
const BEYOND: usize = 8;

/// Rows of numbers in whole vectors, with zeros after the last number.
pub struct Rows<T, const W: usize> {
    numbers: Vec<T>,
    /// Where the first line of the cache begins.
    start: usize,
    cols: usize,
    /// Vectors a row: odd, for the cache keeps few lines that are a power of two apart.
    stride: usize,
}

impl<T: Real, const W: usize> Rows<T, W> {
    /// Zeros.
    #[inline(always)]
    pub fn zeros(rows: usize, cols: usize) -> Self {
        let stride = cols.div_ceil(W) | 1;
        let numbers = vec![T::zero(); rows * stride * W + LINE / size_of::<T>() + BEYOND];
        Rows { start: numbers.as_ptr().align_offset(LINE), numbers, cols, stride }
    }

    #[inline(always)]
    fn vectors(&self) -> &[[T; W]] {
        self.numbers[self.start..].as_chunks().0
    }

    #[inline(always)]
    fn vectors_mut(&mut self) -> &mut [[T; W]] {
        self.numbers[self.start..].as_chunks_mut().0
    }

    /// Copies row-major rows, not more than there are here, each times its weight.
    #[inline(always)]
    pub fn copy_weighted(&mut self, x: &[T], weights: &[T]) {
        let (stride, cols) = (self.stride, self.cols);
        let rows = self.vectors_mut().chunks_exact_mut(stride);
        for ((row, x), &weight) in rows.zip(x.chunks_exact(cols)).zip(weights) {
            for (row, &x) in row.as_flattened_mut().iter_mut().zip(x) {
                *row = weight * x;
            }
        }
    }

    /// Copies row-major rows to those from the `i`-th on, as far as there are any.
    #[inline(always)]
    pub fn copy(&mut self, i: usize, x: &[T]) {
        let (stride, cols) = (self.stride, self.cols);
        for (row, x) in self.vectors_mut().chunks_exact_mut(stride).skip(i).zip(x.chunks_exact(cols)) {
            row.as_flattened_mut()[..x.len()].copy_from_slice(x);
        }
    }

    /// The numbers of row `i`.
    #[inline(always)]
    pub fn row(&self, i: usize) -> &[T] {
        &self.numbers[self.start + i * self.stride * W..][..self.cols]
    }

    /// The numbers of row `i`.
    #[inline(always)]
    pub fn row_mut(&mut self, i: usize) -> &mut [T] {
        &mut self.numbers[self.start + i * self.stride * W..][..self.cols]
    }

    /// Adds a tile, whose corner is in row `i` and vector `v`, as far as there are rows.
    #[inline(always)]
    pub fn add<const R: usize, const V: usize>(&mut self, i: usize, v: usize, tile: &[[[T; W]; V]; R]) {
        let stride = self.stride;
        for (row, sums) in self.vectors_mut().chunks_exact_mut(stride).skip(i).zip(tile) {
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
        out.copy_from_slice(&self.rows.numbers[self.rows.start + k * self.rows.stride * W + self.from..][..R]);
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
    for (k, row) in b.vectors().chunks_exact(b.stride).take(depth).enumerate() {
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

/// `C` vectors that rows are multiplied by, side by side, as rows of `C` times a register's length.
pub struct Factors<T, const C: usize, const W: usize>(Rows<T, W>, usize);

impl<T: Real, const C: usize, const W: usize> Factors<T, C, W> {
    /// The columns of a row-major matrix of `C` columns.
    #[inline(always)]
    pub fn columns(matrix: &[T]) -> Self {
        let rows = matrix.as_chunks::<C>().0;
        let width = rows.len().div_ceil(W);
        let mut vectors = Rows::zeros(width, C * W);
        for (k, row) in rows.iter().enumerate() {
            for c in 0..C {
                vectors.row_mut(k / W)[c * W + k % W] = row[c];
            }
        }
        Factors(vectors, width)
    }

    /// The products of `R` rows, from the `i`-th on, with each of the vectors.
    #[inline(always)]
    pub fn dots<S: Simd, const R: usize>(&self, simd: S, x: &Rows<T, W>, i: usize) -> [[T; R]; C] {
        let Factors(factors, width) = self;
        let mut rows: [&[[T; W]]; R] = [&[]; R];
        for r in 0..R {
            rows[r] = &x.vectors()[(i + r) * x.stride..][..*width];
        }
        let mut sums = [[[T::zero(); W]; R]; C];
        for (v, factors) in factors.vectors().chunks_exact(factors.stride).take(*width).enumerate() {
            let factors = &factors[..C];
            for c in 0..C {
                for r in 0..R {
                    sums[c][r] = T::mul_add_lanes(simd, rows[r][v], factors[c], sums[c][r]);
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
