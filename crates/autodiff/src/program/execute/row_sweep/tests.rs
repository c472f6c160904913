//! The task of two blocks beside the plain products, on the instructions of this processor.

use super::*;
use crate::kernels::product::Matrix;
use crate::kernels::{Level, Processor, dispatch};
use ndarray::{Array2, ArrayD};

/// Numbers whose sums are rounded.
fn numbers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
    (0..len).map(|i| T::from((1.0 + i as f64 * 0.7 + seed as f64).sin()).unwrap()).collect()
}

const GRANULE: usize = 16;
const AHEAD: usize = 4096;

/// Sums up the first half of the rows while the second is multiplied, if there is code for it, which is given.
struct BothHalves<'x, T>(&'x ArrayD<T>);

impl<T: Scalar> Task<T> for BothHalves<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) -> bool {
        let (half, columns) = (self.0.shape()[0] / 2, self.0.shape()[1]);
        let rows = Matrix::of_rows(self.0, columns);
        let (a, b) = (rows.row_block(0, half), rows.row_block(half, half));
        if !product::pipelines::<T, M, L>(&a, &b) {
            return false;
        }
        let (r, theta, other) = (numbers(half, 1), numbers(columns, 2), numbers(columns, 3));
        let start: Vec<T> = numbers(columns, 4);
        let mut totals = start.clone();
        product::transposed_matvec::<T, M, L>(a, &r, &mut totals, GRANULE, 0);
        let product = |theta: &[T]| -> Vec<T> {
            let mut z = vec![T::zero(); half];
            product::matvec::<T, M, L, 1>(b, [theta], [&mut z], true);
            z
        };

        let (mut g, mut z) = (start.clone(), vec![T::zero(); half]);
        let sum = Transposed { x: &a, r: &r, g: &mut g, granule: GRANULE };
        let products = Products { y: &b, theta: [&theta[..]], z: [&mut z[..]], ahead: AHEAD, into: Level::First };
        M::out_of_line::<L, _>(InTurn { sum, products, strong: [true] });
        assert!(g == totals && z == product(&theta), "one product, 2 × {half} × {columns}");
        let (mut g, mut z, mut z_other) = (start, vec![T::zero(); half], vec![T::zero(); half]);
        let sum = Transposed { x: &a, r: &r, g: &mut g, granule: GRANULE };
        let products = Products {
            y: &b,
            theta: [&theta[..], &other],
            z: [&mut z[..], &mut z_other],
            ahead: AHEAD,
            into: Level::Second,
        };
        M::out_of_line::<L, _>(InTurn { sum, products, strong: [true; 2] });
        let equal = g == totals && z == product(&theta) && z_other == product(&other);
        assert!(equal, "two products, 2 × {half} × {columns}");
        true
    }
}

fn both_halves_of<T: Scalar>() {
    for (half, columns) in [1, 3, 4, 7, 16, 18, 37].into_iter().flat_map(|half| (7..=260).map(move |n| (half, n))) {
        let x = Array2::from_shape_vec((2 * half, columns), numbers::<T>(2 * half * columns, 0)).unwrap().into_dyn();
        for instructions in Processor::kinds().into_iter().map(|kind| kind.instructions) {
            let bytes = columns * size_of::<T>();
            let long_enough = instructions.has_long_vectors() || bytes >= 288;
            let has_code = cfg!(target_arch = "x86_64")
                && instructions.has_fused_multiply_add()
                && columns >= 8
                && long_enough
                && bytes <= 1024;
            assert_eq!(dispatch(instructions, BothHalves(&x)), has_code, "2 × {half} × {columns}");
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "thousands of products")]
fn a_block_is_summed_up_while_the_next_one_is_multiplied_to_the_same_bits() {
    both_halves_of::<f64>();
    both_halves_of::<f32>();
}
