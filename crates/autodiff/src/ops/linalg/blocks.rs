//! What the algorithms by blocks share.
//!
//! A factorisation or substitution of many rows is one of a block of them, then a product that takes the block's part out of what is
//! left, at the speed of products.

use crate::kernels::Instructions;
use crate::kernels::product::{AddProduct, Matrix, add_product};
use crate::scalar::Scalar;

/// Rows of a block.
pub(super) const BLOCK: usize = 48;
/// The fewest columns of a right-hand side for which a product is worth its beginning.
pub(super) const FEW_COLUMNS: usize = 8;

/// `C −= A·B`, C of as many columns as B, a row every `stride` elements.
pub(super) fn subtract<T: Scalar>(instructions: Instructions, [a, b]: [Matrix<'_, T>; 2], c: &mut [T], stride: usize) {
    if a.rows() > 0 && b.cols() > 0 {
        add_product(instructions, AddProduct { a, b, c, stride, subtracts: true });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Processor;
    use crate::ops::Failure;
    use crate::ops::linalg::{Linalg, Sizes};
    use crate::rules::test_support::random;
    use crate::shape::Shape;
    use ndarray::{Array2, ArrayD, Ix2};

    /// Rows of three blocks, the last one of a few.
    const N: usize = 2 * BLOCK + 5;

    fn matrix(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
        random(&[rows, columns], seed).into_dimensionality::<Ix2>().unwrap()
    }

    fn run(instructions: Instructions, op: Linalg, a: &Array2<f64>, b: &Array2<f64>) -> Result<ArrayD<f64>, Failure> {
        let shapes = [a, b].map(|x| Shape::fixed(x.shape()));
        let sizes = Sizes::of(&shapes[0], &shapes[1]);
        let dims = op.shape(&[&shapes[0], &shapes[1]][..op.arity()]).unwrap();
        let (mut out, mut work) = (vec![f64::NAN; dims.row_len()], vec![f64::NAN; op.work_len(sizes)]);
        op.run(instructions, [a.as_slice().unwrap(), b.as_slice().unwrap()], &mut out, &mut work, sizes, 1)?;
        Ok(ArrayD::from_shape_vec(dims.trailing().to_vec(), out).unwrap())
    }

    /// What every instruction set gives: the same bits, but for that without fused multiply-add.
    fn by_all(op: Linalg, a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
        let sets: Vec<Instructions> = Processor::kinds().iter().map(|kind| kind.instructions).collect();
        let found: Vec<_> = sets.iter().map(|&set| run(set, op, a, b).unwrap()).collect();
        let fused: Vec<_> = sets.iter().zip(&found).filter(|(set, _)| set.has_fused_multiply_add()).collect();
        assert!(fused.windows(2).all(|pair| pair[0].1 == pair[1].1), "{op:?}");
        assert_close(&found[0].clone().into_dimensionality().unwrap(), &last(&found));
        last(&found)
    }

    fn last(found: &[ArrayD<f64>]) -> Array2<f64> {
        found[found.len() - 1].clone().into_dimensionality().unwrap()
    }

    fn assert_close(found: &Array2<f64>, expected: &Array2<f64>) {
        let scale = expected.iter().fold(1.0, |most: f64, x| most.max(x.abs()));
        let worst = (found - expected).iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        assert!(worst <= 1e-12 * scale, "{worst}");
    }

    #[test]
    fn products_of_large_matrices_are_those_of_their_elements() {
        // The sums are longer than what is summed at a time.
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            let (a, b) = (matrix(19, 300, 1), matrix(300, 21, 2));
            let expected = a.dot(&b);
            let turned = |x: Array2<f64>, flag| if flag { x.t().as_standard_layout().into_owned() } else { x };
            let (a, b) = (turned(a, ta), turned(b, tb));
            assert_close(&by_all(Linalg::Product { ta, tb, strong: false }, &a, &b), &expected);
        }
    }

    #[test]
    fn zeros_of_a_large_strong_product_win_over_infinities() {
        let (mut a, mut b) = (matrix(20, 20, 3), matrix(20, 20, 4));
        a.column_mut(7).fill(0.0);
        let expected = a.dot(&b);
        b.row_mut(7).fill(f64::INFINITY);
        for tb in [false, true] {
            let b = if tb { b.t().as_standard_layout().into_owned() } else { b.clone() };
            assert_close(&by_all(Linalg::Product { ta: false, tb, strong: true }, &a, &b), &expected);
        }
        let plain = Linalg::Product { ta: false, tb: false, strong: false };
        assert!(run(Instructions::widest(), plain, &a, &b).unwrap().iter().all(|x| x.is_nan()));
    }

    #[test]
    fn large_factors_and_solutions_are_right() {
        let b = matrix(N, N, 5);
        let a = b.dot(&b.t()) + Array2::<f64>::eye(N);
        let l = by_all(Linalg::Cholesky, &a, &a);
        assert_close(&l.dot(&l.t()), &a);
        assert!(l.indexed_iter().all(|((i, j), &x)| j <= i || x == 0.0));
        let u = l.t().as_standard_layout().into_owned();
        for columns in [1, FEW_COLUMNS, 30] {
            let x = matrix(N, columns, 6);
            for (matrix, lower) in [(&l, true), (&u, false)] {
                for transposed in [false, true] {
                    let side = if transposed { matrix.t().dot(&x) } else { matrix.dot(&x) };
                    assert_close(&by_all(Linalg::SolveTriangular { lower, transposed }, matrix, &side), &x);
                }
            }
        }
    }

    #[test]
    fn the_pivot_of_a_breakdown_is_counted_from_the_first_block() {
        let mut a = Array2::<f64>::eye(N);
        a[[BLOCK + 3, BLOCK + 3]] = 0.0;
        let instructions = Instructions::widest();
        let found = run(instructions, Linalg::Cholesky, &a, &a).unwrap_err();
        assert!(matches!(found, Failure::NotPositiveDefinite { pivot, .. } if pivot == BLOCK + 3));
        for lower in [true, false] {
            let solve = Linalg::SolveTriangular { lower, transposed: false };
            let found = run(instructions, solve, &a, &matrix(N, FEW_COLUMNS, 7)).unwrap_err();
            assert!(matches!(found, Failure::Singular { pivot, .. } if pivot == BLOCK + 3));
        }
    }
}
