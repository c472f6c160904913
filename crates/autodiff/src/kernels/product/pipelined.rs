//! A transposed product with a vector, and products with one vector or two, row by row.

use super::matrix::LINE;
use super::matvec::{LONG, add_sums, add_vector, sixteen_sums_fit};
use super::{Matrix, MulAdd, Number};
use crate::kernels::{Level, Processor};

/// The bytes of the longest rows: sixteen vectors of 64 bytes.
const MOST_BYTES: usize = 16 * 64;

/// Whether products of rows of so many elements are best [`pipelined`].
pub(crate) fn pipelining_pays(processor: Processor, columns: usize, element: usize) -> bool {
    let instructions = processor.instructions;
    let in_registers = instructions.has_long_vectors();
    processor.reads_in_order && instructions.has_fused_multiply_add() && rows_fit(columns, element, in_registers)
}

/// Whether there is code for rows of such a length: short ones are summed in registers only.
#[inline(always)]
const fn rows_fit(columns: usize, element: usize, in_registers: bool) -> bool {
    columns >= 8 && columns * element <= MOST_BYTES && (in_registers || columns * element >= LONG)
}

/// Whether there is [`pipelined`] code for such matrices.
#[inline(always)]
pub(crate) fn pipelines<T: Number, M: MulAdd<T>, const L: usize>(x: &Matrix<T>, next: &Matrix<T>) -> bool {
    M::FOUR_DOTS
        && rows_fit(x.cols(), size_of::<T>(), const { sixteen_sums_fit::<T, L>() })
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
    pub(crate) into: Level,
}

/// A sum and products, some rows of each in turn: bit for bit what [`transposed_matvec`](super::transposed_matvec) and
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
    assert!(pipelines::<T, M, L>(sum.x, products.y) && sum.r.len() == rows && sum.g.len() >= columns);
    assert!((0..N).all(|n| products.theta[n].len() == columns && products.z[n].len() == rows));
    // What has no such code is known before it is compiled.
    if const { !M::FOUR_DOTS } {
        return;
    }
    if const { !sixteen_sums_fit::<T, L>() } {
        return by_pairs::<T, M, L, N>(sum, products);
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
    match products.into {
        Level::First => one_by_one::<T, M, true, L, N>(vectors, sum, products),
        Level::Second => one_by_one::<T, M, false, L, N>(vectors, sum, products),
    }
}

/// [`pipelined`] for long rows of so many vectors, prefetched into the first-level cache if `NEAR`: the compiler is to know, or the sums
/// don't stay in registers.
#[inline(always)]
fn one_by_one<T: Number, M: MulAdd<T>, const NEAR: bool, const L: usize, const N: usize>(
    vectors: usize,
    sum: &mut Transposed<T>,
    products: &mut Products<T, N>,
) {
    match vectors {
        5 => in_vectors::<T, M, 5, NEAR, L, N>(sum, products),
        6 => in_vectors::<T, M, 6, NEAR, L, N>(sum, products),
        7 => in_vectors::<T, M, 7, NEAR, L, N>(sum, products),
        8 => in_vectors::<T, M, 8, NEAR, L, N>(sum, products),
        9 => in_vectors::<T, M, 9, NEAR, L, N>(sum, products),
        10 => in_vectors::<T, M, 10, NEAR, L, N>(sum, products),
        11 => in_vectors::<T, M, 11, NEAR, L, N>(sum, products),
        12 => in_vectors::<T, M, 12, NEAR, L, N>(sum, products),
        13 => in_vectors::<T, M, 13, NEAR, L, N>(sum, products),
        14 => in_vectors::<T, M, 14, NEAR, L, N>(sum, products),
        15 => in_vectors::<T, M, 15, NEAR, L, N>(sum, products),
        _ => in_vectors::<T, M, 16, NEAR, L, N>(sum, products),
    }
}

/// [`one_by_one`] with `V` vectors of sums.
#[inline(always)]
fn in_vectors<T: Number, M: MulAdd<T>, const V: usize, const NEAR: bool, const L: usize, const N: usize>(
    sum: &mut Transposed<T>,
    products: &mut Products<T, N>,
) {
    let rows = Rows::new::<L>(*sum.x, *products.y, products.ahead);
    let into = if NEAR { Level::First } else { Level::Second };
    let mut i = 0;
    for r in sum.r.chunks(sum.granule) {
        let mut sums = [[[T::zero(); L]; V]];
        for &r in r {
            let dots = M::dots::<L, N>(products.theta, rows.y.row(i));
            for n in 0..N {
                products.z[n][i] = dots[n];
            }
            rows.add_in_registers::<M, V, L>(i, r, into, &mut sums[0]);
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
                rows.add_in_registers::<M, V, L>(i + k, r[k], products.into, &mut sums[0]);
            }
            i += 4;
        }
        for &r in rest {
            let dots = M::four_dots::<L, N, true>(products.theta, [rows.y.row(i); 4]);
            for n in 0..N {
                products.z[n][i] = dots[n][0];
            }
            rows.add_in_registers::<M, V, L>(i, r, products.into, &mut sums[0]);
            i += 1;
        }
        add_sums(sums, sum.g);
    }
}

/// [`pipelined`] for long rows, two at a time, where registers have no room for the sums: those of a granule are in the first-level
/// cache, and each is loaded and stored once for two rows. With more rows the processor sees the next reading too late.
#[inline(always)]
fn by_pairs<T: Number, M: MulAdd<T>, const L: usize, const N: usize>(
    sum: &mut Transposed<T>,
    products: &mut Products<T, N>,
) {
    let mut room = Room([T::zero(); 256]);
    let sums = &mut room.0.as_chunks_mut::<L>().0[..sum.x.cols().div_ceil(L)];
    let rows = Rows::new::<L>(*sum.x, *products.y, products.ahead);
    let mut i = 0;
    for r in sum.r.chunks(sum.granule) {
        sums.fill([T::zero(); L]);
        let (pairs, last) = r.as_chunks::<2>();
        for &r in pairs {
            rows.multiply::<M, 2, L, N>(i, products);
            rows.add_in_memory::<M, 2, L>(i, r, sums);
            i += 2;
        }
        for &r in last {
            rows.multiply::<M, 1, L, N>(i, products);
            rows.add_in_memory::<M, 1, L>(i, [r], sums);
            i += 1;
        }
        for (sum, g) in sums.iter().zip(sum.g.chunks_mut(L)) {
            add_vector(*sum, g);
        }
    }
}

/// Room for the sums of [`MOST_BYTES`] of any element, from the start of a line of the cache on: no vector lies in two.
#[repr(align(64))]
struct Room<T>([T; 256]);

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

    /// Adds `r` times row `i` of X to sums in registers, and prefetches a row of Y.
    ///
    /// Each vector is added as soon as it is loaded: there are no registers to keep all of a row in as well.
    #[inline(always)]
    fn add_in_registers<M: MulAdd<T>, const V: usize, const L: usize>(
        &self,
        i: usize,
        r: T,
        into: Level,
        sums: &mut [[T; L]; V],
    ) {
        let (whole, last) = self.x.row(i).split_at((V - 1) * L);
        for v in 0..V {
            self.y.prefetch([i + self.ahead, 0], v, into);
            let elements = if v < V - 1 { &whole[v * L..(v + 1) * L] } else { last };
            sums[v] = M::fma_lanes([r; L], M::load(elements, self.lanes), sums[v]);
        }
    }

    /// The products of `K` rows of Y, and as many prefetched.
    #[inline(always)]
    fn multiply<M: MulAdd<T>, const K: usize, const L: usize, const N: usize>(
        &self,
        i: usize,
        products: &mut Products<T, N>,
    ) {
        for i in i..i + K {
            let dots = M::dots::<L, N>(products.theta, self.y.row(i));
            for n in 0..N {
                products.z[n][i] = dots[n];
            }
            for line in 0..(self.y.cols() * size_of::<T>()).div_ceil(LINE) {
                self.y.prefetch([i + self.ahead, 0], line, products.into);
            }
        }
    }

    /// Adds `r[k]` times row `i + k` of X, for each `k`, to sums in memory.
    #[inline(always)]
    fn add_in_memory<M: MulAdd<T>, const K: usize, const L: usize>(&self, i: usize, r: [T; K], sums: &mut [[T; L]]) {
        let whole = self.x.cols() / L;
        let (sums, last) = sums.split_at_mut(whole);
        let (mut vectors, mut ends) = ([&[][..]; K], [&[][..]; K]);
        for k in 0..K {
            (vectors[k], ends[k]) = self.x.row(i + k).as_chunks::<L>();
            // So long, as the compiler then knows.
            vectors[k] = &vectors[k][..whole];
        }
        for v in 0..whole {
            for k in 0..K {
                sums[v] = M::fma_lanes([r[k]; L], vectors[k][v], sums[v]);
            }
        }
        if let [last] = last {
            for k in 0..K {
                *last = M::fma_lanes([r[k]; L], M::load(ends[k], self.lanes), *last);
            }
        }
    }
}
