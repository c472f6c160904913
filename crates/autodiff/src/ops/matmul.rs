//! Products of vectors and matrices. One operation does them all: the matrix product with a transposition flag for
//! either side, vectors being matrices of one column or row. Over the rows two products can be streamed: a rows matrix
//! by a fixed one (which keeps the rows) and `AᵀB` of two rows matrices (a sum over the rows).

use crate::kernels::product::strong;
use crate::ops::pairwise_sum;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::value::Value;
use ndarray::{Array2, ArrayD, ArrayView2, Ix2, IxDyn};

/// The shape of `op(A)·op(B)`.
pub(crate) fn shape(a: &Shape, b: &Shape, ta: bool, tb: bool) -> Result<Shape, String> {
    if a.ndim() != 2 || b.ndim() != 2 {
        return Err("both operands must be matrices".into());
    }
    let side = |s: &Shape, transposed: bool| {
        let (first, second) = (s.len_of(0), s.len_of(1));
        if transposed { (second, first) } else { (first, second) }
    };
    let ((m, inner_a), (inner_b, n)) = (side(a, ta), side(b, tb));
    if inner_a != inner_b {
        let text = |len: Option<usize>| len.map_or("the rows".into(), |len| len.to_string());
        return Err(format!(
            "the inner lengths differ: {} on the left, {} on the right{}",
            text(inner_a),
            text(inner_b),
            if inner_b.is_none() { "; for a sum over the rows use `t_dot`" } else { "" }
        ));
    }
    match (m, n) {
        (Some(m), Some(n)) => Ok(Shape::fixed(&[m, n])),
        (None, Some(n)) => Ok(Shape::rows(&[n])),
        (_, None) => Err("the rows axis would not be the leading one of the result; transpose the product".into()),
    }
}

/// The shape of `X·θ`.
pub(crate) fn linear_shape(x: &Shape, theta: &Shape) -> Result<Shape, String> {
    if x.ndim() != 2 || theta.ndim() != 1 || theta.has_rows() {
        return Err("linear takes a design matrix (n × p) and a parameter vector (p) without rows".into());
    }
    let (columns, parameters) = (x.len_of(1), theta.len_of(0));
    if columns != parameters {
        return Err(format!(
            "the design matrix has {} columns, but there are {} parameters",
            columns.unwrap_or(0),
            parameters.unwrap_or(0)
        ));
    }
    Ok(if x.has_rows() { Shape::rows(&[]) } else { Shape::fixed(&[x.trailing()[0]]) })
}

pub(crate) fn evaluate<T: Scalar>(a: &Value<T>, b: &Value<T>, [ta, tb]: [bool; 2], strong: bool) -> ArrayD<T> {
    let (Ok(a), Ok(b)) = (a.view().into_dimensionality::<Ix2>(), b.view().into_dimensionality::<Ix2>()) else {
        return ArrayD::from_elem(IxDyn(&[0, 0]), T::nan());
    };
    let a = if ta { a.reversed_axes() } else { a };
    let b = if tb { b.reversed_axes() } else { b };
    let is_finite = |matrix: &ArrayView2<'_, T>| matrix.iter().all(|x| x.is_finite());
    if strong && !(is_finite(&a) && is_finite(&b)) { strong_product(&a, &b) } else { product(&a, &b) }.into_dyn()
}

/// With 0·∞ = 0·NaN = 0, element by element.
fn strong_product<T: Scalar>(a: &ArrayView2<'_, T>, b: &ArrayView2<'_, T>) -> Array2<T> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        let products: Vec<T> = a.row(i).iter().zip(b.column(j)).map(|(&a, &b)| strong(a, b)).collect();
        pairwise_sum(&products)
    })
}

/// Pairwise over the inner axis, so that the reference keeps its digits over many rows.
pub(crate) fn product<T: Scalar>(a: &ArrayView2<'_, T>, b: &ArrayView2<'_, T>) -> Array2<T> {
    let inner = a.ncols();
    if inner <= 256 {
        return a.dot(b);
    }
    let (a0, a1) = a.split_at(ndarray::Axis(1), inner / 2);
    let (b0, b1) = b.split_at(ndarray::Axis(0), inner / 2);
    product(&a0, &b0) + product(&a1, &b1)
}

pub(crate) fn evaluate_linear<T: Scalar>(x: &Value<T>, theta: &Value<T>) -> ArrayD<T> {
    let column = theta.view().insert_axis(ndarray::Axis(1)).to_shared();
    evaluate(x, &column, [false, false], false).index_axis_move(ndarray::Axis(1), 0)
}
