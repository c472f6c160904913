//! The task of two blocks beside plain sums, on the instructions of this processor.

use super::*;
use crate::kernels::dispatch;
use ndarray::{Array2, ArrayD};

/// Small whole numbers, whose products and sums are exact in any order.
fn numbers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
    (0..len).map(|i| T::from((i * 7 + seed * 5) % 9).unwrap() - T::from(4).unwrap()).collect()
}

fn sum<T: Scalar>(terms: impl Iterator<Item = T>) -> T {
    terms.fold(T::zero(), |sum, term| sum + term)
}

/// Sums up the first half of the rows while the second is multiplied, if there is code for it, which is given.
struct BothHalves<'x, T>(&'x ArrayD<T>);

impl<T: Scalar> Task<T> for BothHalves<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) -> bool {
        let (half, columns) = (self.0.shape()[0] / 2, self.0.shape()[1]);
        let rows = Matrix::of_rows(self.0, columns);
        let (a, b) = (rows.row_block(0, half), rows.row_block(half, half));
        if !product::pipelines::<T, L>(&a, &b) {
            return false;
        }
        let (r, x, other) = (numbers(half, 1), numbers(columns, 2), numbers(columns, 3));
        let start: Vec<T> = numbers(columns, 4);
        let totals: Vec<T> = (0..columns).map(|j| start[j] + sum((0..half).map(|i| r[i] * a.at(i, j)))).collect();
        let product = |x: &[T]| -> Vec<T> { (0..half).map(|i| sum((0..columns).map(|j| b.at(i, j) * x[j]))).collect() };

        let (mut acc, mut out) = (start.clone(), vec![T::zero(); half]);
        M::out_of_line::<L, _>(Pipelined { a: &a, r: &r, acc: &mut acc, b: &b, x: [&x], out: [&mut out] });
        assert!(acc == totals && out == product(&x), "one product, 2 × {half} × {columns}");
        let (mut acc, mut out, mut out_other) = (start, vec![T::zero(); half], vec![T::zero(); half]);
        let outs = [&mut out[..], &mut out_other[..]];
        M::out_of_line::<L, _>(Pipelined { a: &a, r: &r, acc: &mut acc, b: &b, x: [&x, &other], out: outs });
        let equal = acc == totals && out == product(&x) && out_other == product(&other);
        assert!(equal, "two products, 2 × {half} × {columns}");
        true
    }
}

fn both_halves_of<T: Scalar>() {
    for (half, columns) in [1, 3, 4, 7, 16, 18].into_iter().flat_map(|half| (7..=260).map(move |n| (half, n))) {
        let x = Array2::from_shape_vec((2 * half, columns), numbers::<T>(2 * half * columns, 0)).unwrap().into_dyn();
        let has_code = crate::kernels::has_long_vectors() && columns >= 8 && columns * size_of::<T>() <= 1024;
        assert_eq!(dispatch(BothHalves(&x)), has_code, "2 × {half} × {columns}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "thousands of products")]
fn a_block_is_summed_up_while_the_next_one_is_multiplied() {
    both_halves_of::<f64>();
    both_halves_of::<f32>();
}
