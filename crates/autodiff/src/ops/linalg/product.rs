//! The product of batched matrices.

use crate::kernels::product::{AddProduct, Matrix, add_product};
use crate::kernels::{Instructions, LANES, product};
use crate::ops::linalg::{Sizes, batched, is_matrix};
use crate::scalar::Scalar;
use crate::shape::Shape;

pub(super) fn shape(a: &Shape, b: &Shape, ta: bool, tb: bool) -> Result<Shape, String> {
    let sides = |shape: &Shape, transposed: bool| {
        let &[n, m] = shape.trailing().last_chunk::<2>()?;
        Some(if transposed { [m, n] } else { [n, m] })
    };
    match (sides(a, ta), sides(b, tb)) {
        (Some([n, inner]), Some([k, m])) if inner == k => Ok(batched(if is_matrix(a) { b } else { a }, &[n, m])),
        (Some([_, inner]), Some([k, _])) => {
            Err(format!("the inner lengths differ: {inner} on the left, {k} on the right"))
        }
        _ => Err("both operands must have at least two axes".into()),
    }
}

/// The products after which partial sums are added to the total.
const TERMS_A_SUM: usize = 256;

/// The multiplications from which on a product is worth what kernels take to begin,
const MANY: usize = 4096;
/// with so many columns at least.
const FEW_COLUMNS: usize = 8;

/// Whether a product goes by the kernels, which is decided by its shape alone.
fn is_large(sizes: Sizes, [ta, tb]: [bool; 2]) -> bool {
    let [rows, columns] = [sizes.sides[0][usize::from(ta)], sizes.sides[1][usize::from(!tb)]].map(|side| side as usize);
    columns >= FEW_COLUMNS && rows * columns * sizes.sides[0][usize::from(!ta)] as usize >= MANY
}

/// The numbers that [`run`] works in.
pub(super) fn work_len(sizes: Sizes, transposed: [bool; 2]) -> usize {
    if transposed[1] && is_large(sizes, transposed) { sizes.len(1) } else { 0 }
}

/// `op(A)·op(B)`.
pub(super) fn run<T: Scalar>(
    instructions: Instructions,
    [a, b]: [&[T]; 2],
    out: &mut [T],
    work: &mut [T],
    sizes: Sizes,
    transposed: [bool; 2],
    strong: bool,
) {
    if !is_large(sizes, transposed) {
        return by_elements([a, b], out, sizes, transposed, strong);
    }
    let [a_matrix, b_matrix] = [(a, 0), (b, 1)].map(|(elements, operand)| {
        let [rows, columns] = sizes.sides[operand].map(|side| side as usize);
        Matrix::row_major(elements, rows, columns)
    });
    let left = if transposed[0] { a_matrix.transposed() } else { a_matrix };
    let right = if transposed[1] { transpose(b_matrix, work) } else { b_matrix };
    let (rows, inner, columns) = (left.rows(), left.cols(), right.cols());
    out.fill(T::zero());
    for first in (0..inner).step_by(TERMS_A_SUM) {
        let terms = TERMS_A_SUM.min(inner - first);
        let (a, b) = (left.part([0, first], [rows, terms]), right.part([first, 0], [terms, columns]));
        add_product(instructions, AddProduct { a, b, c: out, stride: columns, subtracts: false });
    }
    if strong && !product::all_finite(out) {
        by_elements([a, b], out, sizes, transposed, strong);
    }
}

/// The transposed of a matrix, in `out`.
fn transpose<'w, T: Scalar>(matrix: Matrix<'_, T>, out: &'w mut [T]) -> Matrix<'w, T> {
    let [rows, columns] = [matrix.cols(), matrix.rows()];
    for first in (0..columns).step_by(LANES) {
        for (i, row) in out.chunks_exact_mut(columns).enumerate() {
            let row = row[first..].iter_mut().take(LANES).enumerate();
            row.for_each(|(j, element)| *element = matrix.at(first + j, i));
        }
    }
    Matrix::row_major(out, rows, columns)
}

/// The same, row by row of the result.
fn by_elements<T: Scalar>([a, b]: [&[T]; 2], out: &mut [T], sizes: Sizes, [ta, tb]: [bool; 2], strong: bool) {
    let times = |a: T, b: T| if strong { product::strong(a, b) } else { a * b };
    let [[a_rows, a_columns], [b_rows, b_columns]] = sizes.sides.map(|sides| sides.map(|side| side as usize));
    let (inner, columns) = (if ta { a_rows } else { a_columns }, if tb { b_rows } else { b_columns });
    out.fill(T::zero());
    for (i, row) in out.chunks_exact_mut(columns.max(1)).enumerate() {
        let factor = |k: usize| a[if ta { k * a_columns + i } else { i * a_columns + k }];
        // Long sums are sums of short ones.
        for first in (0..inner).step_by(TERMS_A_SUM) {
            let terms = first..inner.min(first + TERMS_A_SUM);
            if tb {
                for (sum, b) in row.iter_mut().zip(b.chunks_exact(inner)) {
                    let part = terms.clone().fold(T::zero(), |part, k| part + times(factor(k), b[k]));
                    *sum = *sum + part;
                }
            } else {
                for (chunk, sums) in row.chunks_mut(LANES).enumerate() {
                    let mut part = [T::zero(); LANES];
                    for k in terms.clone() {
                        let (factor, b) = (factor(k), &b[k * columns + chunk * LANES..][..sums.len()]);
                        part.iter_mut().zip(b).for_each(|(part, &b)| *part = *part + times(factor, b));
                    }
                    sums.iter_mut().zip(part).for_each(|(sum, part)| *sum = *sum + part);
                }
            }
        }
    }
}
