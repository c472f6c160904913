//! Products of vectors and matrices. One operation does them all: the matrix product with a transposition flag for
//! either side, vectors being matrices of one column or row. Over the rows two products can be streamed: a rows matrix
//! by a fixed one (which keeps the rows) and `AᵀB` of two rows matrices (a sum over the rows).

use super::{Adjoints, Rule};
use crate::kernels::product::strong;
use crate::ops::{Op, pairwise_sum};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::Var;
use crate::value::Value;
use ndarray::{Array2, ArrayD, ArrayView2, Ix2, IxDyn};

impl<'t, T: Scalar> Var<'t, T> {
    /// The product as ndarray's `dot`: vector·vector, matrix·vector, vector·matrix or matrix·matrix.
    ///
    /// A matrix on the rows times a fixed vector or matrix stays on the rows; two vectors on the rows give one number, summed
    /// over the rows. For `Xᵀr` with both on the rows see [`t_dot`](Self::t_dot).
    #[track_caller]
    pub fn dot(self, other: Var<'t, T>) -> Self {
        self.product(other, false, false)
    }

    /// `selfᵀ·other`, both with as many rows: `Xᵀr` or `AᵀB`, a sum over the leading axis.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr1, arr2};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.data("X", arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let r = tape.data("r", arr1(&[1.0, -1.0]));
    /// assert_eq!(x.t_dot(r).value()?, arr1(&[-2.0, -2.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn t_dot(self, other: Var<'t, T>) -> Self {
        self.product(other, true, false)
    }

    /// The linear predictor `z = X·θ` of a design matrix X, n × p, and a parameter vector θ of length p: a product with
    /// its own name in printouts. vjp: `θ̄ = Xᵀz̄`, `X̄ = z̄θᵀ`.
    #[track_caller]
    pub fn linear(self, theta: Var<'t, T>) -> Self {
        self.tape().record(Op::Linear, &[self, theta])
    }

    /// The outer product `self·otherᵀ` of two vectors; only the first may have rows.
    #[track_caller]
    pub fn outer(self, other: Var<'t, T>) -> Self {
        if let Some(failed) = self.tape().refused("outer", &[self, other]) {
            return failed;
        }
        if self.shape().ndim() != 1 || other.shape().ndim() != 1 || other.shape().has_rows() {
            let reason = "both operands must be vectors, the second without rows".into();
            return self.tape().fail("outer", &[self, other], reason);
        }
        self.insert_axis(1) * other.insert_axis(0)
    }

    #[track_caller]
    fn product(self, other: Self, transpose: bool, strong: bool) -> Self {
        if self.is_failed() || other.is_failed() || !std::ptr::eq(self.tape(), other.tape()) {
            return self.tape().record(Op::MatMul { ta: false, tb: false, strong }, &[self, other]);
        }
        let (a, b) = (self.shape(), other.shape());
        if !(1..=2).contains(&a.ndim()) || !(1..=2).contains(&b.ndim()) || (transpose && a.ndim() == 1 && b.ndim() == 1)
        {
            let reason = "the operands must be vectors or matrices; multiply by a number with `*`".into();
            let reason = if a.ndim() == 1 && b.ndim() == 1 { "both are vectors: use `dot`".into() } else { reason };
            return self.tape().fail(if transpose { "t_dot" } else { "dot" }, &[self, other], reason);
        }
        // A vector on the left is a row; one on the rows (or of a transposed product) is a column, taken transposed.
        let (left, ta) = match a.ndim() {
            1 => (self.insert_axis(1), true),
            _ => (self, transpose),
        };
        let right = if b.ndim() == 1 { other.insert_axis(1) } else { other };
        // Of the operands as the user knows them, not as the matrices they became.
        if let Err(reason) = shape(&left.shape(), &right.shape(), ta, false) {
            return self.tape().fail(if transpose { "t_dot" } else { "dot" }, &[self, other], reason);
        }
        let product = self.tape().record(Op::MatMul { ta, tb: false, strong }, &[left, right]);
        match (a.ndim(), b.ndim()) {
            (1, 1) => product.reshape_to(&Shape::fixed(&[])),
            (1, _) => product.remove_axis(0),
            (_, 1) => product.remove_axis(1),
            _ => product,
        }
    }
}

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

pub(crate) fn vjp<'t, T: Scalar>(ta: bool, tb: bool, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    vjp_by(ta, tb, rule, |a, b, ta, tb| a.tape().record(Op::MatMul { ta, tb, strong: true }, &[a, b]))
}

/// The adjoints of the factors of `op(A)·op(B)`, by an operation that gives such products.
pub(crate) fn vjp_by<'t, T: Scalar>(
    ta: bool,
    tb: bool,
    rule: &Rule<'t, T>,
    product: impl Fn(Var<'t, T>, Var<'t, T>, bool, bool) -> Var<'t, T>,
) -> Adjoints<'t, T> {
    let (a, b, adjoint) = (rule.args[0], rule.args[1], rule.adjoint);
    rule.each(|index| {
        Some(match (index, ta, tb) {
            (0, false, tb) => product(adjoint, b, false, !tb),
            (0, true, tb) => product(b, adjoint, tb, true),
            (_, ta, false) => product(a, adjoint, !ta, false),
            (_, ta, true) => product(adjoint, a, true, ta),
        })
    })
}

pub(crate) fn linear_vjp<'t, T: Scalar>(rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let (x, theta) = (rule.args[0], rule.args[1]);
    rule.each(|index| {
        Some(match index {
            0 => rule.adjoint.insert_axis(1).strong_mul(theta.insert_axis(0)),
            _ => x.product(rule.adjoint, true, true),
        })
    })
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
fn product<T: Scalar>(a: &ArrayView2<'_, T>, b: &ArrayView2<'_, T>) -> Array2<T> {
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
