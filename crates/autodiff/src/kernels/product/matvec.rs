//! Matrix times vector, and transposed matrix times vector.

use super::lanes::{add, dot};
use super::{Matrix, MulAdd, Number};

/// `z[i] = Σ_j X[i,j]·θ[j]`, with `X` of shape `rows × cols`.
///
/// Rows are read one after the other: dots of interleaved rows would be a few
/// streams more than the hardware prefetcher follows.
///
/// # Panics
/// If `θ` or `z` does not fit `X`.
#[inline(always)]
pub(crate) fn matvec<T: Number, M: MulAdd<T>, const L: usize>(x: Matrix<T>, theta: &[T], z: &mut [T]) {
    assert!(theta.len() == x.cols() && z.len() == x.rows());
    if !x.rows_are_slices() {
        z.fill(T::zero());
        return add_rows::<T, M, L>(x.transposed(), theta, z);
    }
    match x.cols() {
        1 => short_rows::<T, M, 1>(x, theta, z),
        2 => short_rows::<T, M, 2>(x, theta, z),
        3 => short_rows::<T, M, 3>(x, theta, z),
        4 => short_rows::<T, M, 4>(x, theta, z),
        5 => short_rows::<T, M, 5>(x, theta, z),
        6 => short_rows::<T, M, 6>(x, theta, z),
        7 => short_rows::<T, M, 7>(x, theta, z),
        _ => z.iter_mut().enumerate().for_each(|(i, z)| *z = dot::<T, M, L>(x.row(i), theta)),
    }
}

/// [`matvec`] for rows of `C` elements: shorter than a vector, so that several rows under way at once, not several sums, hide
/// the latency.
#[inline(always)]
fn short_rows<T: Number, M: MulAdd<T>, const C: usize>(x: Matrix<T>, theta: &[T], z: &mut [T]) {
    let Some(theta) = theta.first_chunk::<C>() else { return };
    for (i, z) in z.iter_mut().enumerate() {
        let row = x.elements::<C>(i, 0);
        let mut sum = row[0] * theta[0];
        for j in 1..C {
            sum = M::fma(row[j], theta[j], sum);
        }
        *z = sum;
    }
}

/// `g[j] += Σ_i X[i,j]·r[i]`, with `X` of shape `rows × cols`.
///
/// # Panics
/// If `r` or `g` does not fit `X`.
#[inline(always)]
pub(crate) fn transposed_matvec<T: Number, M: MulAdd<T>, const L: usize>(x: Matrix<T>, r: &[T], g: &mut [T]) {
    assert!(r.len() == x.rows() && g.len() == x.cols());
    if x.cols_are_slices() && !x.rows_are_slices() {
        let columns = x.transposed();
        for (j, g) in g.iter_mut().enumerate() {
            *g = *g + dot::<T, M, L>(columns.row(j), r);
        }
    } else {
        add_rows::<T, M, L>(x, r, g);
    }
}

/// `out[j] += Σ_i coef[i]·X[i,j]`
///
/// Columns are taken eight vectors at a time, whose sums stay in registers
/// while the rows pass in order: reading eight rows side by side instead sends
/// the hardware prefetcher after lines that are in the cache already.
#[inline(always)]
fn add_rows<T: Number, M: MulAdd<T>, const L: usize>(x: Matrix<T>, coef: &[T], out: &mut [T]) {
    if !x.rows_are_slices() {
        for (i, &c) in coef.iter().enumerate() {
            for (j, out) in out.iter_mut().enumerate() {
                *out = M::fma(c, x.at(i, j), *out);
            }
        }
        return;
    }
    let mut j = 0;
    while out.len() - j >= 8 * L {
        j += add_columns::<T, M, 1, 8, L>(x, coef, j, out);
    }
    if out.len() - j >= 4 * L {
        j += add_columns::<T, M, 1, 4, L>(x, coef, j, out);
    }
    if out.len() - j >= 2 * L {
        j += add_columns::<T, M, 2, 2, L>(x, coef, j, out);
    }
    if out.len() - j >= L {
        j += add_columns::<T, M, 4, 1, L>(x, coef, j, out);
    }
    while out.len() - j >= 4 {
        j += add_columns::<T, M, 4, 1, 4>(x, coef, j, out);
    }
    match out.len() - j {
        3 => add_columns::<T, M, 4, 1, 3>(x, coef, j, out),
        2 => add_columns::<T, M, 4, 1, 2>(x, coef, j, out),
        1 => add_columns::<T, M, 4, 1, 1>(x, coef, j, out),
        _ => 0,
    };
}

/// [`add_rows`] in `V` vectors of columns from `j`, by `U` sums each, which hide the latency of the additions; gives the
/// number of columns.
#[inline(always)]
fn add_columns<T: Number, M: MulAdd<T>, const U: usize, const V: usize, const L: usize>(
    x: Matrix<T>,
    coef: &[T],
    j: usize,
    out: &mut [T],
) -> usize {
    let out = &mut out[j..j + V * L].as_chunks_mut::<L>().0[..V];
    let mut sums = [[[T::zero(); L]; V]; U];
    let (groups, rest) = coef.as_chunks::<U>();
    for (group, coef) in groups.iter().enumerate() {
        for u in 0..U {
            let row = &x.row(group * U + u)[j..j + V * L].as_chunks::<L>().0[..V];
            for v in 0..V {
                sums[u][v] = M::fma_lanes([coef[u]; L], row[v], sums[u][v]);
            }
        }
    }
    for (i, &c) in rest.iter().enumerate() {
        let row = &x.row(groups.len() * U + i)[j..j + V * L].as_chunks::<L>().0[..V];
        for v in 0..V {
            sums[0][v] = M::fma_lanes([c; L], row[v], sums[0][v]);
        }
    }
    for v in 0..V {
        let mut total = sums[0][v];
        for u in 1..U {
            total = add(total, sums[u][v]);
        }
        out[v] = add(out[v], total);
    }
    V * L
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Reference;
    use ndarray::{Array2, ArrayViewD, Axis, s};

    /// A matrix of whole numbers, whose products are exact in any order.
    fn whole_numbers(rows: usize, cols: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, cols), |(i, j)| ((i * 31 + j * 17) % 23) as f64 - 11.0)
    }

    /// The matrix as it is, as every second row, as the other way round, as every second column, and by columns.
    fn layouts(x: &Array2<f64>, check: impl Fn(ArrayViewD<'_, f64>)) {
        let (rows, cols) = x.dim();
        let mut apart = Array2::from_elem((2 * rows, 2 * cols), f64::NAN);
        for (row_step, col_step) in [(2, 1), (1, 2)] {
            let mut view = apart.slice_mut(s![..row_step * rows; row_step, ..col_step * cols; col_step]);
            view.assign(x);
            check(view.view().into_dyn());
        }
        let mut backwards = x.clone();
        backwards.invert_axis(Axis(0));
        check(backwards.view().into_dyn());
        check(x.view().into_dyn());
        check(x.t().as_standard_layout().t().into_dyn());
    }

    fn agrees_with_sums<const L: usize>() {
        for cols in 1..=70 {
            for rows in [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 23, 24, 31, 40] {
                layouts(&whole_numbers(rows, cols), |x| {
                    let matrix = Matrix::of_rows(&x, cols);
                    let theta: Vec<f64> = (0..cols).map(|j| (j % 7) as f64 - 3.0).collect();
                    let r: Vec<f64> = (0..rows).map(|i| (i % 5) as f64 - 2.0).collect();
                    let mut z = vec![f64::NAN; rows];
                    matvec::<f64, Reference, L>(matrix, &theta, &mut z);
                    let row = |i: usize| (0..cols).map(|j| x[[i, j]] * theta[j]).sum();
                    assert_eq!(z, (0..rows).map(row).collect::<Vec<f64>>(), "{rows} × {cols}, vectors of {L}");
                    let mut g = vec![1.0; cols];
                    transposed_matvec::<f64, Reference, L>(matrix, &r, &mut g);
                    let column = |j: usize| 1.0 + (0..rows).map(|i| x[[i, j]] * r[i]).sum::<f64>();
                    assert_eq!(g, (0..cols).map(column).collect::<Vec<f64>>(), "{rows} × {cols}, vectors of {L}");
                });
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "thousands of products; `product::tests` has a few for it")]
    fn products_of_every_short_shape_and_layout_are_the_sums_they_stand_for() {
        agrees_with_sums::<4>();
        agrees_with_sums::<8>();
        agrees_with_sums::<16>();
    }

    #[test]
    #[cfg_attr(miri, ignore = "thousands of products; `product::tests` has a few for it")]
    fn the_product_of_a_row_does_not_depend_on_the_rows_beside_it() {
        for cols in 1..=70 {
            let x = whole_numbers(19, cols).mapv(|x| (x / 7.0).exp());
            let x = x.view().into_dyn();
            let theta: Vec<f64> = (0..cols).map(|j| (j as f64).sin()).collect();
            let matrix = Matrix::of_rows(&x, cols);
            let mut all = [0.0; 19];
            matvec::<f64, Reference, 8>(matrix, &theta, &mut all);
            for i in 0..19 {
                let mut one = [0.0];
                matvec::<f64, Reference, 8>(matrix.row_block(i, 1), &theta, &mut one);
                assert_eq!(one[0].to_bits(), all[i].to_bits(), "row {i} of {cols} columns");
            }
        }
    }
}
