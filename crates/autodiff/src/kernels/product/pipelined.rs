//! A transposed product with a vector, and products with one vector or two, row by row.

use super::matvec::{LONG, add_sums, sixteen_sums_fit};
use super::{Matrix, MulAdd, Number};
use crate::kernels::{has_long_vectors, reads_in_order};

/// Bytes between the row that is read and the one that is asked for: what memory gives while a line is waited for. With 8 KB to 16 KB
/// a pass takes much the same; up to a quarter more if nothing is asked for, or not in every row.
const AHEAD: usize = 12 * 1024;

/// Whether products of rows of so many elements are best [`pipelined`], on this processor.
pub(crate) fn pipelining_pays(columns: usize, element: usize) -> bool {
    reads_in_order() && has_long_vectors() && columns >= 8 && columns * element <= 16 * 64
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

/// `g[j] += Σ_i X[i,j]·r[i]` and `z[n][i] = Σ_j Y[i,j]·θ[n][j]`, a row of each in turn; the latter are bit for bit what
/// [`matvec`](super::matvec) of rows in order gives.
///
/// # Panics
/// If there is [no code](pipelines) for X and Y, or a vector does not fit them.
#[inline(always)]
pub(crate) fn pipelined<T: Number, M: MulAdd<T>, const L: usize, const N: usize>(
    x: &Matrix<T>,
    r: &[T],
    g: &mut [T],
    y: &Matrix<T>,
    theta: [&[T]; N],
    z: &mut [&mut [T]; N],
) {
    assert!(pipelines::<T, L>(x, y) && r.len() == x.rows() && g.len() == x.cols());
    assert!((0..N).all(|n| theta[n].len() == x.cols() && z[n].len() == x.rows()));
    // Smaller vectors have no such code, which is known before it is compiled.
    if const { !sixteen_sums_fit::<T, L>() } {
        return;
    }
    let vectors = x.cols().div_ceil(L);
    if x.cols() * size_of::<T>() < LONG {
        return match vectors {
            1 => by_fours::<T, M, 1, L, N>(x, r, g, y, theta, z),
            2 => by_fours::<T, M, 2, L, N>(x, r, g, y, theta, z),
            3 => by_fours::<T, M, 3, L, N>(x, r, g, y, theta, z),
            4 => by_fours::<T, M, 4, L, N>(x, r, g, y, theta, z),
            _ => by_fours::<T, M, 5, L, N>(x, r, g, y, theta, z),
        };
    }
    match vectors {
        5 => one_by_one::<T, M, 5, L, N>(x, r, g, y, theta, z),
        6 => one_by_one::<T, M, 6, L, N>(x, r, g, y, theta, z),
        7 => one_by_one::<T, M, 7, L, N>(x, r, g, y, theta, z),
        8 => one_by_one::<T, M, 8, L, N>(x, r, g, y, theta, z),
        9 => one_by_one::<T, M, 9, L, N>(x, r, g, y, theta, z),
        10 => one_by_one::<T, M, 10, L, N>(x, r, g, y, theta, z),
        11 => one_by_one::<T, M, 11, L, N>(x, r, g, y, theta, z),
        12 => one_by_one::<T, M, 12, L, N>(x, r, g, y, theta, z),
        13 => one_by_one::<T, M, 13, L, N>(x, r, g, y, theta, z),
        14 => one_by_one::<T, M, 14, L, N>(x, r, g, y, theta, z),
        15 => one_by_one::<T, M, 15, L, N>(x, r, g, y, theta, z),
        _ => one_by_one::<T, M, 16, L, N>(x, r, g, y, theta, z),
    }
}

/// [`pipelined`] for long rows, with `V` vectors of sums.
#[inline(always)]
fn one_by_one<T: Number, M: MulAdd<T>, const V: usize, const L: usize, const N: usize>(
    x: &Matrix<T>,
    r: &[T],
    g: &mut [T],
    y: &Matrix<T>,
    theta: [&[T]; N],
    z: &mut [&mut [T]; N],
) {
    let mut sums = Sums::<T, V, L>::new(*x, *y);
    for i in 0..r.len() {
        let products = M::dots::<L, N>(theta, sums.y.row(i));
        for n in 0..N {
            z[n][i] = products[n];
        }
        sums.add_row::<M>(i, r[i]);
    }
    add_sums(sums.vectors, g);
}

/// [`pipelined`] for short rows, four at a time, with `V` vectors of sums.
#[inline(always)]
fn by_fours<T: Number, M: MulAdd<T>, const V: usize, const L: usize, const N: usize>(
    x: &Matrix<T>,
    r: &[T],
    g: &mut [T],
    y: &Matrix<T>,
    theta: [&[T]; N],
    z: &mut [&mut [T]; N],
) {
    // What the compiler then needn't unroll products of other lengths for.
    assert!((V - 1) * L < y.cols() && y.cols() <= V * L && theta.iter().all(|theta| theta.len() == y.cols()));
    let mut sums = Sums::<T, V, L>::new(*x, *y);
    let (groups, rest) = r.as_chunks::<4>();
    for (group, r) in groups.iter().enumerate() {
        let products = M::four_dots::<L, N, true>(theta, sums.y.rows_from(4 * group));
        for n in 0..N {
            z[n][4 * group..4 * group + 4].copy_from_slice(&products[n]);
        }
        for k in 0..4 {
            sums.add_row::<M>(4 * group + k, r[k]);
        }
    }
    for (i, &r) in (4 * groups.len()..).zip(rest) {
        let products = M::four_dots::<L, N, true>(theta, [sums.y.row(i); 4]);
        for n in 0..N {
            z[n][i] = products[n][0];
        }
        sums.add_row::<M>(i, r);
    }
    add_sums(sums.vectors, g);
}

/// The sums of a transposed product on its way through the rows.
struct Sums<'m, T, const V: usize, const L: usize> {
    x: Matrix<'m, T>,
    y: Matrix<'m, T>,
    /// The rows between that of Y which is read and that which is asked for.
    ahead: usize,
    /// `L`, in a way that the compiler can't tell: see [`MulAdd::load`].
    lanes: usize,
    vectors: [[T; L]; V],
}

impl<'m, T: Number, const V: usize, const L: usize> Sums<'m, T, V, L> {
    #[inline(always)]
    fn new(x: Matrix<'m, T>, y: Matrix<'m, T>) -> Self {
        assert!(x.rows_are_slices() && y.rows_are_slices());
        let ahead = AHEAD / (x.cols() * size_of::<T>()).max(1);
        Sums { x, y, ahead, lanes: std::hint::black_box(L), vectors: [[T::zero(); L]; V] }
    }

    /// Adds `r` times row `i` of X, and asks for a row of Y.
    ///
    /// Each vector is added as soon as it is loaded: there are no registers to keep all of a row in as well.
    #[inline(always)]
    fn add_row<M: MulAdd<T>>(&mut self, i: usize, r: T) {
        let (whole, last) = self.x.row(i).split_at((V - 1) * L);
        for v in 0..V {
            self.y.prefetch([i + self.ahead, 0], v);
            let elements = if v < V - 1 { &whole[v * L..(v + 1) * L] } else { last };
            self.vectors[v] = M::fma_lanes([r; L], M::load(elements, self.lanes), self.vectors[v]);
        }
    }
}
