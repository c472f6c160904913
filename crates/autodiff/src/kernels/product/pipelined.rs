//! A transposed product with a vector, and products with one vector or two, row by row.

use super::matvec::{LONG, add_sums, sixteen_sums_fit};
use super::{Matrix, MulAdd, Number};
use crate::kernels::Processor;

/// Whether products of rows of so many elements are best [`pipelined`].
pub(crate) fn pipelining_pays(processor: Processor, columns: usize, element: usize) -> bool {
    processor.reads_in_order
        && processor.instructions.has_long_vectors()
        && columns >= 8
        && columns * element <= 16 * 64
}

/// Whether there is [`pipelined`] code for such matrices.
#[inline(always)]
pub(crate) fn pipelines<T: Number, const L: usize>(x: &Matrix<T>, next: &Matrix<T>) -> bool {
    sixteen_sums_fit::<T, L>()
        && (8..=16 * L).contains(&x.cols())
        && (x.rows(), x.cols()) == (next.rows(), next.cols())
        && x.rows_are_slices()
        && next.rows_are_slices()
}

/// What is summed up: `g[j] += Σ_i X[i,j]·r[i]`, by sums of `granule` rows. `g` may be longer than a row, up to whole vectors.
pub(crate) struct Transposed<'m, T> {
    pub(crate) x: &'m Matrix<'m, T>,
    pub(crate) r: &'m [T],
    pub(crate) g: &'m mut [T],
    pub(crate) granule: usize,
}

/// What is multiplied: `z[n][i] = Σ_j Y[i,j]·θ[n][j]`, while `ahead` bytes after the row that is read are prefetched.
pub(crate) struct Products<'m, T, const N: usize> {
    pub(crate) y: &'m Matrix<'m, T>,
    pub(crate) theta: [&'m [T]; N],
    pub(crate) z: [&'m mut [T]; N],
    pub(crate) ahead: usize,
}

/// A sum and products, a row of each in turn: bit for bit what [`transposed_matvec`](super::transposed_matvec) and
/// [`matvec`](super::matvec) give.
///
/// # Panics
/// If there is [no code](pipelines) for X and Y, or a vector does not fit them.
#[inline(always)]
pub(crate) fn pipelined<T: Number, M: MulAdd<T>, const L: usize, const N: usize>(
    sum: &mut Transposed<T>,
    products: &mut Products<T, N>,
) {
    let (columns, rows) = (sum.x.cols(), sum.x.rows());
    assert!(pipelines::<T, L>(sum.x, products.y) && sum.r.len() == rows && sum.g.len() >= columns);
    assert!((0..N).all(|n| products.theta[n].len() == columns && products.z[n].len() == rows));
    // Smaller vectors have no such code, which is known before it is compiled.
    if const { !sixteen_sums_fit::<T, L>() } {
        return;
    }
    let vectors = columns.div_ceil(L);
    if columns * size_of::<T>() < LONG {
        return match vectors {
            1 => by_fours::<T, M, 1, L, N>(sum, products),
            2 => by_fours::<T, M, 2, L, N>(sum, products),
            3 => by_fours::<T, M, 3, L, N>(sum, products),
            4 => by_fours::<T, M, 4, L, N>(sum, products),
            _ => by_fours::<T, M, 5, L, N>(sum, products),
        };
    }
    match vectors {
        5 => one_by_one::<T, M, 5, L, N>(sum, products),
        6 => one_by_one::<T, M, 6, L, N>(sum, products),
        7 => one_by_one::<T, M, 7, L, N>(sum, products),
        8 => one_by_one::<T, M, 8, L, N>(sum, products),
        9 => one_by_one::<T, M, 9, L, N>(sum, products),
        10 => one_by_one::<T, M, 10, L, N>(sum, products),
        11 => one_by_one::<T, M, 11, L, N>(sum, products),
        12 => one_by_one::<T, M, 12, L, N>(sum, products),
        13 => one_by_one::<T, M, 13, L, N>(sum, products),
        14 => one_by_one::<T, M, 14, L, N>(sum, products),
        15 => one_by_one::<T, M, 15, L, N>(sum, products),
        _ => one_by_one::<T, M, 16, L, N>(sum, products),
    }
}

/// [`pipelined`] for long rows, with `V` vectors of sums.
#[inline(always)]
fn one_by_one<T: Number, M: MulAdd<T>, const V: usize, const L: usize, const N: usize>(
    sum: &mut Transposed<T>,
    products: &mut Products<T, N>,
) {
    let rows = Rows::new::<L>(*sum.x, *products.y, products.ahead);
    let mut i = 0;
    for r in sum.r.chunks(sum.granule) {
        let mut sums = [[[T::zero(); L]; V]];
        for &r in r {
            let dots = M::dots::<L, N>(products.theta, rows.y.row(i));
            for n in 0..N {
                products.z[n][i] = dots[n];
            }
            rows.add::<M, V, L>(i, r, &mut sums[0]);
            i += 1;
        }
        add_sums(sums, sum.g);
    }
}

/// [`pipelined`] for short rows, four at a time, with `V` vectors of sums.
#[inline(always)]
fn by_fours<T: Number, M: MulAdd<T>, const V: usize, const L: usize, const N: usize>(
    sum: &mut Transposed<T>,
    products: &mut Products<T, N>,
) {
    let (columns, theta) = (sum.x.cols(), &products.theta);
    // What the compiler then needn't unroll products of other lengths for.
    assert!((V - 1) * L < columns && columns <= V * L && theta.iter().all(|theta| theta.len() == columns));
    let rows = Rows::new::<L>(*sum.x, *products.y, products.ahead);
    let mut i = 0;
    for r in sum.r.chunks(sum.granule) {
        let mut sums = [[[T::zero(); L]; V]];
        let (groups, rest) = r.as_chunks::<4>();
        for r in groups {
            let dots = M::four_dots::<L, N, true>(products.theta, rows.y.rows_from(i));
            for n in 0..N {
                products.z[n][i..i + 4].copy_from_slice(&dots[n]);
            }
            for k in 0..4 {
                rows.add::<M, V, L>(i + k, r[k], &mut sums[0]);
            }
            i += 4;
        }
        for &r in rest {
            let dots = M::four_dots::<L, N, true>(products.theta, [rows.y.row(i); 4]);
            for n in 0..N {
                products.z[n][i] = dots[n][0];
            }
            rows.add::<M, V, L>(i, r, &mut sums[0]);
            i += 1;
        }
        add_sums(sums, sum.g);
    }
}

/// The rows that are summed, and those of the next block.
struct Rows<'m, T> {
    x: Matrix<'m, T>,
    y: Matrix<'m, T>,
    /// How many rows of Y ahead of the one that is read are prefetched.
    ahead: usize,
    /// The elements of a vector, hidden from the compiler: see [`MulAdd::load`].
    lanes: usize,
}

impl<'m, T: Number> Rows<'m, T> {
    #[inline(always)]
    fn new<const L: usize>(x: Matrix<'m, T>, y: Matrix<'m, T>, ahead: usize) -> Self {
        assert!(x.rows_are_slices() && y.rows_are_slices());
        let ahead = ahead / (x.cols() * size_of::<T>()).max(1);
        Rows { x, y, ahead, lanes: std::hint::black_box(L) }
    }

    /// Adds `r` times row `i` of X, and prefetches a row of Y.
    ///
    /// Each vector is added as soon as it is loaded: there are no registers to keep all of a row in as well.
    #[inline(always)]
    fn add<M: MulAdd<T>, const V: usize, const L: usize>(&self, i: usize, r: T, sums: &mut [[T; L]; V]) {
        let (whole, last) = self.x.row(i).split_at((V - 1) * L);
        for v in 0..V {
            self.y.prefetch([i + self.ahead, 0], v);
            let elements = if v < V - 1 { &whole[v * L..(v + 1) * L] } else { last };
            sums[v] = M::fma_lanes([r; L], M::load(elements, self.lanes), sums[v]);
        }
    }
}
