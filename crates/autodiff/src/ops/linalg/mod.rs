//! Linear algebra on matrices, the last two axes of an array; the axes before them, the rows among them, are a *batch*: the
//! operation is done for each.
//!
//! | file | operations |
//! |---|---|
//! | [`matrices`] | which axes are the matrices' |
//! | [`product`] | the product of batched matrices |
//! | [`blocks`] | large matrices block by block, at the speed of products |
//! | [`triangular`] | triangles, solving with a triangular matrix |
//! | [`cholesky`] | the Cholesky factor; solving and log-determinant by it |
//! | [`det`] | the determinant, differentiable at singular matrices |
//! | [`lu`] | solving, inverse, log-determinant of any square matrix, by elimination with pivoting |
//!
//! An operation works on one matrix at a time, as row-major slices, with memory that its caller gives: the interpreter and
//! programs run the same code, and a program allocates nothing.

mod blocks;
pub(crate) mod cholesky;
pub(crate) mod det;
pub(crate) mod lu;
mod matrices;
pub(crate) mod product;
pub(crate) mod triangular;

pub(crate) use matrices::{Breakdown, Sizes, batch_dims, batched, is_matrix, square};

use crate::kernels::Instructions;
use crate::ops::Failure;
use crate::scalar::Scalar;
use crate::shape::Shape;
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

    /// The elements of one matrix of the result.
    pub(crate) fn result_len(self, sizes: Sizes) -> usize {
        match self {
            Linalg::Product { ta, tb, .. } => {
                sizes.sides[0][usize::from(ta)] as usize * sizes.sides[1][usize::from(!tb)] as usize
            }
            Linalg::LogAbsDet | Linalg::DetSign | Linalg::Det => 1,
            Linalg::SolveTriangular { .. } | Linalg::Solve { .. } => sizes.len(1),
            Linalg::Cholesky | Linalg::Cofactors | Linalg::CofactorsSlope => sizes.len(1),
        }
    }

    /// The numbers that an operation works in beside its result.
    pub(crate) fn work_len(self, sizes: Sizes) -> usize {
        match self {
            Linalg::Product { ta, tb, .. } => product::work_len(sizes, [ta, tb]),
            Linalg::Cholesky => cholesky::work_len(sizes.sides[0][0] as usize),
            Linalg::Solve { .. } | Linalg::LogAbsDet | Linalg::DetSign | Linalg::Det => sizes.len(0),
            Linalg::Cofactors | Linalg::CofactorsSlope => det::work_len(sizes.sides[0][0] as usize),
            Linalg::SolveTriangular { .. } => 0,
        }
    }

    /// Does the operation on `count` matrices, one after another.
    pub(crate) fn run<T: Scalar>(
        self,
        instructions: Instructions,
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
                    product::run(instructions, [a, b], out, work, sizes, [ta, tb], strong);
                    Ok(())
                }
                Linalg::SolveTriangular { lower, transposed } => {
                    out.copy_from_slice(b);
                    triangular::solve(instructions, a, out, n, lower, transposed)
                }
                Linalg::Cholesky => cholesky::factor(instructions, a, out, work, n),
                Linalg::Solve { transposed } => lu::solve(instructions, [a, b], out, work, n, transposed),
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
        self.run(Instructions::widest(), [&a, &b], &mut out, &mut work, sizes, sizes.batch as usize)?;
        ArrayD::from_shape_vec(IxDyn(dims), out).map_err(|error| Failure::Reason(error.to_string()))
    }
}
