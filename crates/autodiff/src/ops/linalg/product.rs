//! The product of batched matrices.

use crate::kernels::{LANES, product};
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

/// `op(A)·op(B)`, row by row of the result.
pub(super) fn run<T: Scalar>([a, b]: [&[T]; 2], out: &mut [T], sizes: Sizes, [ta, tb]: [bool; 2], strong: bool) {
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
