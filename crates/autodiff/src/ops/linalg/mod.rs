//! Linear algebra on matrices, the last two axes of an array; the axes before them, the rows among them, are a *batch*: the
//! operation is done for each.
//!
//! | file | operations |
//! |---|---|
//! | [`product`] | the product of batched matrices |
//! | [`triangular`] | triangles, solving with a triangular matrix |
//! | [`cholesky`] | the Cholesky factor; solving and log-determinant by it |
//! | [`det`] | the determinant, differentiable at singular matrices |
//! | [`lu`] | solving, inverse, log-determinant of any square matrix, by elimination with pivoting |
//!
//! An operation works on one matrix at a time, as row-major slices, with memory that its caller gives: the interpreter and
//! programs run the same code, and a program allocates nothing.

mod cholesky;
mod det;
mod lu;
mod product;
mod triangular;

use super::{Adjoints, Failure, Rule};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::Var;
use crate::value::Value;
use ndarray::{ArrayD, IxDyn};

/// An operation on matrices.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Linalg {
    /// The product, each operand transposed first if its flag says so; with 0·∞ = 0·NaN = 0 if it is strong.
    Product { ta: bool, tb: bool, strong: bool },
    /// `A⁻¹B` (or `A⁻ᵀB`) of the lower or upper triangle of A.
    SolveTriangular { lower: bool, transposed: bool },
    /// The lower L with `LLᵀ = (A + Aᵀ)/2`.
    Cholesky,
    /// `A⁻¹B` (or `A⁻ᵀB`).
    Solve { transposed: bool },
    /// `ln|det A|`.
    LogAbsDet,
    /// The sign of `det A`.
    DetSign,
    /// `det A`.
    Det,
    /// The cofactors of A, the derivative of `det A`.
    Cofactors,
    /// The derivative of the sum of the cofactors of A, weighted by the other operand.
    CofactorsSlope,
}

/// The sizes of an operation's matrices, and how many of them there are (a row).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) batch: u32,
    /// Rows and columns of the operands; of the only one, if there is but one.
    pub(crate) sides: [[u32; 2]; 2],
    /// Whether an operand is one matrix, the same for all of the batch.
    pub(crate) shared: [bool; 2],
}

impl Sizes {
    pub(crate) fn of(a: &Shape, b: &Shape) -> Sizes {
        let sides = |shape: &Shape| shape.trailing().last_chunk::<2>().map_or([0, 0], |&[n, m]| [n as u32, m as u32]);
        let batch: usize = batch_dims(if is_matrix(a) { b } else { a }).iter().product();
        let shared = [is_matrix(a) && !is_matrix(b), is_matrix(b) && !is_matrix(a)];
        Sizes { batch: batch as u32, sides: [sides(a), sides(b)], shared }
    }

    /// The elements of one matrix of an operand.
    fn len(self, operand: usize) -> usize {
        let [rows, columns] = self.sides[operand];
        rows as usize * columns as usize
    }

    /// One matrix of an operand.
    fn matrix<T>(self, operand: usize, all: &[T], matrix: usize) -> &[T] {
        let len = self.len(operand);
        let first = if self.shared[operand] { 0 } else { matrix * len };
        &all[first..first + len]
    }

    /// The elements of an operand for `count` matrices.
    pub(crate) fn operand_len(self, operand: usize, count: usize) -> usize {
        if self.shared[operand] { self.len(operand) } else { self.len(operand) * count }
    }
}

/// Whether a shape is that of one fixed matrix.
fn is_matrix(shape: &Shape) -> bool {
    !shape.has_rows() && shape.ndim() == 2
}

/// The lengths of the axes before the last two, without the rows.
fn batch_dims(shape: &Shape) -> &[usize] {
    &shape.trailing()[..shape.trailing().len().saturating_sub(2)]
}

/// A shape with the rows and batch of `like`, and other last axes.
fn batched(like: &Shape, last: &[usize]) -> Shape {
    let dims: Vec<usize> = batch_dims(like).iter().chain(last).copied().collect();
    if like.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) }
}

/// The side of the square matrices of a shape.
fn square(a: &Shape) -> Result<usize, String> {
    match a.trailing().last_chunk::<2>() {
        Some(&[n, m]) if n == m => Ok(n),
        _ => Err("the last two axes must be those of a square matrix".into()),
    }
}

impl Linalg {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Linalg::Product { .. } => "matmul",
            Linalg::SolveTriangular { .. } => "solve_triangular",
            Linalg::Cholesky => "cholesky",
            Linalg::Solve { .. } => "solve",
            Linalg::LogAbsDet => "log_abs_det",
            Linalg::DetSign => "det_sign",
            Linalg::Det => "det",
            Linalg::Cofactors => "cofactors",
            Linalg::CofactorsSlope => "cofactors_slope",
        }
    }

    pub(crate) fn arity(self) -> usize {
        match self {
            Linalg::Product { .. } | Linalg::SolveTriangular { .. } | Linalg::Solve { .. } | Linalg::CofactorsSlope => {
                2
            }
            Linalg::Cholesky | Linalg::LogAbsDet | Linalg::DetSign | Linalg::Det | Linalg::Cofactors => 1,
        }
    }

    pub(crate) fn shape(self, operands: &[&Shape]) -> Result<Shape, String> {
        let (a, b) = (operands[0], operands[operands.len() - 1]);
        let shares = matches!(self, Linalg::Product { .. }) && (is_matrix(a) || is_matrix(b));
        if !shares && (a.has_rows() != b.has_rows() || batch_dims(a) != batch_dims(b)) {
            return Err("the axes before the last two must be the same".into());
        }
        match self {
            Linalg::Product { ta, tb, .. } => product::shape(a, b, ta, tb),
            Linalg::SolveTriangular { .. } | Linalg::Solve { .. } => {
                let n = square(a)?;
                match b.trailing().last_chunk::<2>() {
                    Some(&[rows, _]) if rows == n => Ok(b.clone()),
                    _ => Err(format!("the right-hand side must have {n} rows, as the matrix has")),
                }
            }
            Linalg::Cholesky | Linalg::Cofactors => square(a).map(|_| a.clone()),
            Linalg::CofactorsSlope => det::check_slope(a, b).map(|()| a.clone()),
            Linalg::LogAbsDet | Linalg::DetSign | Linalg::Det => square(a).map(|_| batched(a, &[])),
        }
    }

    pub(crate) fn vjp<'t, T: Scalar>(self, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
        match self {
            Linalg::Product { ta, tb, .. } => product::vjp(ta, tb, rule),
            Linalg::SolveTriangular { lower, transposed } => triangular::vjp(lower, transposed, rule),
            Linalg::Cholesky => rule.each(|_| Some(cholesky::vjp(rule))),
            Linalg::Solve { transposed } => lu::solve_vjp(transposed, rule),
            Linalg::LogAbsDet => rule.each(|_| Some(lu::log_abs_det_vjp(rule))),
            Linalg::DetSign => rule.each(|_| None),
            Linalg::Det => rule.each(|_| Some(det::det_vjp(rule))),
            Linalg::Cofactors => rule.each(|_| Some(det::cofactors_vjp(rule))),
            Linalg::CofactorsSlope => det::slope_vjp(rule),
        }
    }

    /// The elements of one matrix of the result.
    pub(crate) fn result_len(self, sizes: Sizes) -> usize {
        match self {
            Linalg::Product { ta, tb, .. } => {
                sizes.sides[0][usize::from(ta)] as usize * sizes.sides[1][usize::from(!tb)] as usize
            }
            Linalg::LogAbsDet | Linalg::DetSign | Linalg::Det => 1,
            _ => sizes.len(1),
        }
    }

    /// The numbers that an operation works in beside its result.
    pub(crate) fn work_len(self, sizes: Sizes) -> usize {
        match self {
            Linalg::Solve { .. } | Linalg::LogAbsDet | Linalg::DetSign | Linalg::Det => sizes.len(0),
            Linalg::Cofactors | Linalg::CofactorsSlope => det::work_len(sizes.sides[0][0] as usize),
            _ => 0,
        }
    }

    /// Does the operation on `count` matrices, one after another.
    pub(crate) fn run<T: Scalar>(
        self,
        [a, b]: [&[T]; 2],
        out: &mut [T],
        work: &mut [T],
        sizes: Sizes,
        count: usize,
    ) -> Result<(), Failure> {
        let out_len = self.result_len(sizes);
        let n = sizes.sides[0][0] as usize;
        if out.is_empty() {
            return Ok(());
        }
        for matrix in 0..count {
            let (a, b) = (sizes.matrix(0, a, matrix), sizes.matrix(1, b, matrix));
            let out = &mut out[matrix * out_len..][..out_len];
            let outcome = match self {
                Linalg::Product { ta, tb, strong } => {
                    product::run([a, b], out, sizes, [ta, tb], strong);
                    Ok(())
                }
                Linalg::SolveTriangular { lower, transposed } => {
                    out.copy_from_slice(b);
                    triangular::solve(a, out, n, lower, transposed)
                }
                Linalg::Cholesky => cholesky::factor(a, out, n),
                Linalg::Solve { transposed } => lu::solve(a, b, out, work, n, transposed),
                Linalg::LogAbsDet => {
                    out[0] = lu::log_abs_det(a, work, n).0;
                    Ok(())
                }
                Linalg::DetSign => {
                    out[0] = lu::log_abs_det(a, work, n).1;
                    Ok(())
                }
                Linalg::Det => {
                    out[0] = det::det(a, work, n);
                    Ok(())
                }
                Linalg::Cofactors => {
                    det::cofactors(a, out, work, n);
                    Ok(())
                }
                Linalg::CofactorsSlope => {
                    det::cofactors_slope(a, b, out, work, n);
                    Ok(())
                }
            };
            outcome.map_err(|breakdown| breakdown.of(matrix))?;
        }
        Ok(())
    }

    pub(crate) fn evaluate<T: Scalar>(self, operands: &[Value<T>], dims: &[usize]) -> Result<ArrayD<T>, Failure> {
        let (a, b) = (&operands[0], &operands[operands.len() - 1]);
        let sizes = Sizes::of(&Shape::fixed(a.shape()), &Shape::fixed(b.shape()));
        let [a, b] = [a, b].map(|operand| operand.iter().copied().collect::<Vec<T>>());
        let mut out = vec![T::zero(); dims.iter().product()];
        let mut work = vec![T::zero(); self.work_len(sizes)];
        self.run([&a, &b], &mut out, &mut work, sizes, sizes.batch as usize)?;
        ArrayD::from_shape_vec(IxDyn(dims), out).map_err(|error| Failure::Reason(error.to_string()))
    }
}

/// Where an elimination broke down: the pivot that is 0, or not positive.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Breakdown {
    Singular { pivot: usize },
    NotPositiveDefinite { pivot: usize },
}

impl Breakdown {
    fn of(self, matrix: usize) -> Failure {
        match self {
            Breakdown::Singular { pivot } => Failure::Singular { matrix, pivot },
            Breakdown::NotPositiveDefinite { pivot } => Failure::NotPositiveDefinite { matrix, pivot },
        }
    }
}

impl<'t, T: Scalar> Var<'t, T> {
    /// The last two axes exchanged.
    #[track_caller]
    fn transpose_last(self) -> Self {
        let ndim = self.shape().ndim();
        let mut order: Vec<usize> = (0..ndim).collect();
        if ndim >= 2 {
            order.swap(ndim - 2, ndim - 1);
        }
        self.permuted_axes(&order)
    }

    #[track_caller]
    fn linalg(self, op: Linalg, other: Self) -> Self {
        self.tape().record(Op::Linalg(op), &[self, other])
    }

    /// The identity for each matrix of `self`, square ones.
    #[track_caller]
    fn identities(self) -> Self {
        let shape = self.shape();
        let n = shape.trailing().last().copied().unwrap_or(0);
        self.tape().identity_matrix("inverse", n).broadcast_shape(&shape)
    }

    /// `op(A)⁻¹·b` of `self`, A, by an operation that solves: b is a vector (or one for each of the batch), or a matrix.
    #[track_caller]
    fn solve_by(self, op: Linalg, b: Self) -> Self {
        if self.is_failed() || b.is_failed() || !std::ptr::eq(self.tape(), b.tape()) {
            return self.linalg(op, b);
        }
        let (a, right) = (self.shape(), b.shape());
        if let Err(reason) = square(&a) {
            return self.tape().fail(op.name(), &[self, b], reason);
        }
        let is_vector = right.trailing().len() + 1 == a.trailing().len();
        if is_vector && right.has_rows() && !a.has_rows() {
            // A right-hand side for each row: as a product with the inverse it is streamed at the speed of products, and as
            // accurate (Druinsky and Toledo, *How accurate is inv(A)*b?*, 2012).
            return b.dot(self.linalg(op, self.identities()).t());
        }
        if is_vector {
            let column = b.reshape_to(&right.with_last(1));
            return self.solve_by(op, column).reshape_to(&right);
        }
        match self.same_batch(b) {
            Ok((a, b)) => a.linalg(op, b),
            Err(reason) => self.tape().fail(op.name(), &[self, b], reason),
        }
    }

    /// Both operands with the same axes before the last two: those of one are stretched to those of the other.
    #[track_caller]
    fn same_batch(self, other: Self) -> Result<(Self, Self), String> {
        let (a, b) = (self.shape(), other.shape());
        if a.trailing().len() < 2 || b.trailing().len() < 2 {
            return Err("both operands must be matrices, or arrays of matrices in their last two axes".into());
        }
        let batch = batched(&a, &[]).broadcast(&batched(&b, &[]))?;
        let stretched = |shape: &Shape| {
            let last = &shape.trailing()[shape.trailing().len() - 2..];
            let dims: Vec<usize> = batch.trailing().iter().chain(last).copied().collect();
            if batch.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) }
        };
        Ok((self.broadcast_shape(&stretched(&a)), other.broadcast_shape(&stretched(&b))))
    }
}
