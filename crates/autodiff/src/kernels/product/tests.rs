//! The kernels beside loops over elements, on matrices of any layout; small enough for an interpreter of the compiler's
//! intermediate language (Miri), which checks that nothing but elements is read.

use super::*;
use crate::kernels::{Math, Processor, Reference, Task, dispatch};
use crate::scalar::Scalar;
use ndarray::{Array2, ArrayD, ArrayView2, ShapeBuilder, s};

/// Small whole numbers, whose products and sums are exact in any order.
fn number(i: usize, j: usize) -> f64 {
    ((i * 7 + j * 5) % 9) as f64 - 4.0
}

/// A matrix of that shape in every kind of memory layout.
fn in_layouts(rows: usize, columns: usize, mut check: impl FnMut(ArrayView2<'_, f64>)) {
    check(Array2::from_shape_fn((rows, columns), |(i, j)| number(i, j)).view());
    check(Array2::from_shape_fn((rows, columns).f(), |(i, j)| number(i, j)).view());
    let wider = Array2::from_shape_fn((2 * rows + 1, 2 * columns + 3), |(i, j)| number(i, j));
    check(wider.slice(s![1..;2, 1..columns + 1]));
    check(wider.slice(s![..rows, 1..2 * columns + 1;2]));
    check(wider.slice(s![..rows;-1, 1..columns + 1]));
    check(wider.slice(s![1..;-2, 1..columns + 1;-1]));
    let one_row = Array2::from_shape_fn((1, columns), |(i, j)| number(i, j));
    if let Some(repeated) = one_row.broadcast((rows, columns)) {
        check(repeated);
    }
}

fn column(len: usize) -> Array2<f64> {
    Array2::from_shape_fn((len, 1), |(i, _)| number(i, 3))
}

fn times(column: &Array2<f64>, factor: f64) -> Vec<f64> {
    column.iter().map(|x| factor * x).collect()
}

/// Fewer under Miri, which is a thousand times slower.
fn shapes() -> impl Iterator<Item = (usize, usize)> {
    let (rows, columns): (&[usize], &[usize]) =
        if cfg!(miri) { (&[3], &[1, 5, 9]) } else { (&[0, 1, 5, 9], &[0, 1, 2, 3, 4, 5, 7, 8, 13, 17, 33]) };
    rows.iter().flat_map(|&rows| columns.iter().map(move |&columns| (rows, columns)))
}

fn products_with_vectors_of<const L: usize>(shapes: impl Iterator<Item = (usize, usize)>) {
    for (rows, columns) in shapes {
        in_layouts(rows, columns, |x| {
            let dynamic = x.into_dyn();
            let matrix = Matrix::of_rows(&dynamic, columns);
            assert_eq!(matrix.as_slice(), dynamic.as_slice(), "{rows} × {columns}, strides {:?}", dynamic.strides());
            let (theta, r) = (column(columns), column(rows));
            let mut z = vec![f64::NAN; rows];
            matvec::<f64, Reference, L, 1>(matrix, [theta.as_slice().unwrap()], [&mut z], false);
            assert_eq!(z, x.dot(&theta).into_raw_vec_and_offset().0, "{rows} × {columns}, vectors of {L}");
            let (mut again, mut other) = (vec![f64::NAN; rows], vec![f64::NAN; rows]);
            let vectors = [times(&theta, -2.0), times(&theta, 1.0)];
            matvec::<f64, Reference, L, 2>(matrix, [&vectors[0], &vectors[1]], [&mut other, &mut again], false);
            assert_eq!(again, z, "{rows} × {columns}, vectors of {L}");
            assert!(other.iter().zip(&z).all(|(other, z)| *other == -2.0 * z), "{rows} × {columns}, vectors of {L}");
            let mut g = vec![1.0; columns];
            transposed_matvec::<f64, Reference, L>(matrix, r.as_slice().unwrap(), &mut g, 16, 5 << 10);
            assert_eq!(g, (x.t().dot(&r) + 1.0).into_raw_vec_and_offset().0, "{rows} × {columns}, vectors of {L}");
        });
    }
}

#[test]
fn products_with_vectors() {
    products_with_vectors_of::<4>(shapes());
}

#[test]
#[cfg_attr(miri, ignore = "thousands of products")]
fn products_with_vectors_of_every_short_shape() {
    let rows = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 23, 24, 31, 40];
    let all = || (1..=70).flat_map(|columns| rows.map(|rows| (rows, columns)));
    products_with_vectors_of::<4>(all());
    products_with_vectors_of::<8>(all());
    products_with_vectors_of::<16>(all());
}

/// [`matvec`], in order if it says so.
struct Products<'x, T, const N: usize>(Matrix<'x, T>, [&'x [T]; N], [&'x mut [T]; N], bool);

impl<T: Scalar, const N: usize> Task<T> for Products<'_, T, N> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        matvec::<T, M, L, N>(self.0, self.1, self.2, self.3);
    }
}

/// Checks on the instructions of this processor that a row's product, of random numbers with one vector or with two, is the same
/// bits whatever rows are beside it, and what a sum in order gives. Gives the products.
struct RowsAlone<'x, T>(&'x ArrayD<T>, &'x [T], bool);

impl<T: Scalar> Task<T> for RowsAlone<'_, T> {
    type Output = Vec<T>;

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) -> Vec<T> {
        let RowsAlone(x, theta, in_order) = self;
        let (rows, columns) = (x.shape()[0], theta.len());
        let matrix = Matrix::of_rows(x, columns);
        let reversed: Vec<T> = theta.iter().rev().copied().collect();
        let zeros = || vec![T::zero(); rows];
        let (mut all, mut first, mut second, mut other) = (zeros(), zeros(), zeros(), zeros());
        M::out_of_line::<L, _>(Products(matrix, [theta], [&mut all], in_order));
        M::out_of_line::<L, _>(Products(matrix, [&reversed], [&mut other], in_order));
        M::out_of_line::<L, _>(Products(matrix, [theta, &reversed], [&mut first, &mut second], in_order));
        assert!(first == all && second == other, "{rows} × {columns}, vectors of {L}");
        for i in 0..rows {
            let mut one = [T::zero()];
            M::out_of_line::<L, _>(Products(matrix.row_block(i, 1), [theta], [&mut one], in_order));
            assert_eq!(one[0], all[i], "row {i} of {columns} columns, vectors of {L}");
            let (sum, size) = (0..columns).fold((T::zero(), T::zero()), |(sum, size), j| {
                let product = matrix.at(i, j) * theta[j];
                (sum + product, size + product.abs())
            });
            let bound = size * T::epsilon() * T::from(columns).unwrap();
            assert!((all[i] - sum).abs() <= bound, "row {i} of {columns} columns, vectors of {L}");
        }
        all
    }
}

fn rows_alone_of<T: Scalar>() {
    let number = |x: f64| T::from(x).unwrap();
    for columns in 1..=70 {
        for rows in [1, 2, 3, 4, 7, 8, 13] {
            let x =
                Array2::from_shape_fn((rows, columns), |(i, j)| number(((i * columns + j) as f64).sin())).into_dyn();
            let theta: Vec<T> = (0..columns).map(|j| number((j as f64).cos())).collect();
            for in_order in [false, true] {
                let mut fused: Option<Vec<T>> = None;
                for kind in Processor::kinds() {
                    let products = dispatch(kind.instructions, RowsAlone(&x, &theta, in_order));
                    if kind.has_fused_multiply_add() {
                        assert!(*fused.get_or_insert(products.clone()) == products, "{rows} × {columns}, {kind}");
                    }
                }
                RowsAlone(&x, &theta, in_order).run::<Reference, 8, 1, 1>();
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "thousands of products")]
fn the_product_of_a_row_does_not_depend_on_the_rows_beside_it() {
    rows_alone_of::<f64>();
    rows_alone_of::<f32>();
}

#[test]
fn products_with_matrices() {
    for (rows, columns) in shapes() {
        in_layouts(rows, columns, |x| {
            let dynamic = x.into_dyn();
            let matrix = Matrix::of_rows(&dynamic, columns);
            for width in [1, 3, 6] {
                let w = Array2::from_shape_fn((columns, width), |(i, j)| number(j, i));
                let mut panels = Panels::new();
                panels.pack::<Reference, 4>(Matrix::row_major(w.as_slice().unwrap(), columns, width));
                let mut z = vec![f64::NAN; rows * width];
                matmul::<f64, Reference, 4, 2, 1>(matrix, &panels, &mut z, width);
                assert_eq!(z, x.dot(&w).as_standard_layout().iter().copied().collect::<Vec<_>>());
                let b = Array2::from_shape_fn((rows, width), |(i, j)| number(j, i));
                let mut g = vec![1.0; columns * width];
                let right = Matrix::row_major(b.as_slice().unwrap(), rows, width);
                transposed_matmul::<f64, Reference, 4, 8, 3>(matrix, right, &mut g, &mut panels);
                assert_eq!(g, (x.t().dot(&b) + 1.0).as_standard_layout().iter().copied().collect::<Vec<_>>());
            }
            let w = column(rows);
            let mut h = vec![0.0; columns * columns];
            let mut panels = Panels::new();
            panels.pack_scaled::<Reference, 4>(w.as_slice().unwrap(), matrix);
            gram::<f64, Reference, 4, 4, 2>(matrix, &panels, &mut h);
            mirror(&mut h, columns);
            let weighted = &x * &w;
            assert_eq!(h, x.t().dot(&weighted).as_standard_layout().iter().copied().collect::<Vec<_>>());
        });
    }
}
