//! The operations that take parameters beside their operands (axes, an index, an exponent), or operands of certain shapes:
//! each with one call of it, which stands for all in tests and in the documentation.
//!
//! To add an operation, add an entry. Its shape rule, evaluation and vjp rule are in its family's file in `ops`.

use super::{Entry, Sample};
use crate::scalar::{Scalar, real};
use crate::tape::{IndexVar, Var};
use ndarray::{Array1, s};

macro_rules! calls {
    ($(
        $variant:ident, $name:literal, $formula:literal, $derivative:literal, $domain:literal;
        samples [$($sample:expr),*] $(, ulp [$double:literal, $single:literal])?;
        record: |$($operand:ident),*| $record:expr;
    )*) => {
        /// An operation with the parameters that its call in the catalogue gives it.
        #[derive(Clone, Copy, Debug)]
        pub(super) enum Call { $($variant),* }

        impl Call {
            pub(super) const ALL: &'static [Call] = &[$(Call::$variant),*];

            pub(super) fn entry(self) -> &'static Entry {
                match self {
                    $(Call::$variant => const { &Entry {
                        name: $name,
                        formula: $formula,
                        derivative: $derivative,
                        domain: $domain,
                        operands: &[$($sample),*],
                        ulp: calls!(@ulp $($double, $single)?),
                    } }),*
                }
            }

            /// The call on `operands`; `None` if they are too few or too many.
            #[track_caller]
            pub(super) fn record<'t, T: Scalar>(self, operands: &[Var<'t, T>]) -> Option<Var<'t, T>> {
                match self {
                    $(Call::$variant => match operands {
                        &[$($operand),*] => Some($record),
                        _ => None,
                    }),*
                }
            }
        }
    };
    (@ulp) => { None };
    (@ulp $double:literal, $single:literal) => { Some([$double, $single]) };
}

const ANY: Sample = Sample::elements(-5.0, 5.0);
const VECTOR: Sample = Sample::array(-2.0, 2.0, &[4]);
const ROW: Sample = Sample::array(-2.0, 2.0, &[3]);
const MATRIX: Sample = Sample::array(-2.0, 2.0, &[4, 3]);
const SQUARE: Sample = Sample::array(-2.0, 2.0, &[3, 3]);

/// Indices of the tables here, as an input with a value at hand.
fn indices<'t, T: Scalar>(x: Var<'t, T>) -> IndexVar<'t, T> {
    let name = format!("indices {}", x.tape().len());
    x.tape().index_variable(&name, Array1::from_vec(vec![2, 0, 2, 1]))
}

calls! {
    Powi, "powi(3)", "xⁿ", "n·xⁿ⁻¹ (exactly 0 for n = 0)", "all reals; for n < 0, ±∞ at ±0";
    samples [ANY], ulp [1.0, 1.0];
    record: |x| x.powi(3);

    Powf, "powf(1.5)", "xᵖ", "p·xᵖ⁻¹", "x ≥ 0; whole p are taken as `powi`";
    samples [Sample::elements(0.1, 5.0)], ulp [1.0, 1.0];
    record: |x| x.powf(real(1.5));

    Log, "log(10)", "ln x/ln base", "1/(x·ln base)", "x ≥ 0; −∞ at 0, NaN below";
    samples [Sample::elements(0.1, 9.0)];
    record: |x| x.log(real(10.0));

    MulAdd, "mul_add", "a·b + c", "b; a; 1", "all reals; rounded twice";
    samples [ANY, ANY, ANY];
    record: |a, b, c| a.mul_add(b, c);

    Digamma, "digamma", "ψ(x) = Γ′(x)/Γ(x)", "ψ₁(x)", "all reals; ∓∞ at ±0, NaN at the negative whole numbers. The error is absolute for x < 0, where it crosses 0";
    samples [Sample::elements(0.1, 9.0)], ulp [2.0, 1.0];
    record: |x| x.digamma();

    Trigamma, "trigamma", "ψ₁(x) = ψ′(x)", "ψ₂(x)", "all reals; ∞ at 0 and the negative whole numbers";
    samples [Sample::elements(0.1, 9.0)], ulp [2.0, 1.0];
    record: |x| x.trigamma();

    Polygamma, "polygamma(2)", "ψₙ(x), the n-th derivative of ψ", "ψₙ₊₁(x)", "all reals; at the poles ∞ for odd n, else ∓∞ at ±0 and NaN. The error is absolute for x < 0, where even orders cross 0";
    samples [Sample::elements(0.1, 9.0)], ulp [2.0, 1.0];
    record: |x| x.polygamma(2);

    Sinc, "sinc", "sin(πx)/(πx)", "(cos(πx) − y)/x", "all reals; 1 at 0, where the derivative is 0 and the second −π²/3";
    samples [Sample::elements(-3.0, 3.0)], ulp [2.0, 2.0];
    record: |x| x.sinc();

    NormResidual, "norm_residual", "x + φ(x)/Φ(x)", "1 − y·φ(x)/Φ(x)", "all reals; of full relative accuracy in the left tail, where it goes to 0";
    samples [Sample::elements(-8.0, 4.0)], ulp [4.0, 1.0];
    record: |x| x.norm_residual();

    Clamp, "clamp(-1, 1)", "x kept within [low, high]", "1 strictly inside, else 0", "all reals; NaN at NaN";
    samples [ANY], ulp [0.0, 0.0];
    record: |x| x.clamp(-T::one(), T::one());

    Select, "select", "b where a is not 0, else c", "0; 1 where a is not 0, else 0; the other way round", "all reals; the branch not taken has adjoint 0 whatever its derivative";
    samples [Sample::elements(0.0, 1.0), ANY, ANY], ulp [0.0, 0.0];
    record: |a, b, c| a.round().select(b, c);

    Sum, "sum", "Σ x", "ȳ by each element", "0 for nothing";
    samples [MATRIX];
    record: |x| x.sum();

    SumAxes, "sum_axes(&[0])", "Σ x along axes", "ȳ by each element", "0 for nothing";
    samples [MATRIX];
    record: |x| x.sum_axes(&[0]);

    Mean, "mean_axes(&[0])", "Σ x/n along axes", "ȳ/n by each element", "an axis of length 0 is an error";
    samples [MATRIX];
    record: |x| x.mean_axes(&[0]);

    Max, "max_axes(&[1])", "the largest x along axes", "ȳ, shared evenly among ties", "NaN if an element is; an axis of length 0 is an error";
    samples [MATRIX];
    record: |x| x.max_axes(&[1]);

    Min, "min_axes(&[1])", "the smallest x along axes", "ȳ, shared evenly among ties", "NaN if an element is; an axis of length 0 is an error";
    samples [MATRIX];
    record: |x| x.min_axes(&[1]);

    Logsumexp, "logsumexp_axes(&[1])", "ln Σ eˣ along axes", "ȳ·softmax(x)", "without overflow; −∞ for nothing or nothing but −∞, where the derivative is 0";
    samples [MATRIX];
    record: |x| x.logsumexp_axes(&[1]);

    Softmax, "softmax(&[1])", "eˣ/Σ eˣ along axes", "y·(ȳ − Σ ȳ·y)", "without overflow; NaN where all are −∞; elements that are ∞ share 1";
    samples [MATRIX];
    record: |x| x.softmax(&[1]);

    LogSoftmax, "log_softmax(&[1])", "x − ln Σ eˣ along axes", "ȳ − softmax(x)·Σ ȳ", "without overflow";
    samples [MATRIX];
    record: |x| x.log_softmax(&[1]);

    Dot, "dot", "A·B, of vectors and matrices", "ȳ·Bᵀ; Aᵀ·ȳ", "the inner lengths must agree";
    samples [MATRIX, SQUARE];
    record: |a, b| a.dot(b);

    TransposedDot, "t_dot", "Aᵀ·B, over the leading axis", "B·ȳᵀ; A·ȳ", "as many rows in A as in B";
    samples [MATRIX, VECTOR];
    record: |a, b| a.t_dot(b);

    Linear, "linear", "X·θ", "ȳ·θᵀ; Xᵀ·ȳ", "as many columns in X as elements in θ";
    samples [MATRIX, ROW];
    record: |x, theta| x.linear(theta);

    Outer, "outer", "a·bᵀ of vectors", "ȳ·b; ȳᵀ·a", "two vectors";
    samples [VECTOR, ROW];
    record: |a, b| a.outer(b);

    Reshape, "reshape(&[3, 4])", "the elements in row-major order under another shape", "ȳ under the shape of x", "as many elements";
    samples [MATRIX];
    record: |x| x.reshape(&[3, 4]);

    InsertAxis, "insert_axis(1)", "the same with an axis of length 1", "ȳ without the axis", "not before the rows axis";
    samples [MATRIX];
    record: |x| x.insert_axis(1);

    RemoveAxis, "remove_axis(1)", "the same without an axis of length 1", "ȳ with the axis", "the axis has length 1";
    samples [Sample::array(-2.0, 2.0, &[4, 1])];
    record: |x| x.remove_axis(1);

    BroadcastTo, "broadcast_to(&[4, 3])", "axes of length 1 stretched, leading ones added", "ȳ summed along them", "as in ndarray";
    samples [ROW];
    record: |x| x.broadcast_to(&[4, 3]);

    Transpose, "t", "the axes in reverse order", "ȳ transposed", "the rows axis can't move";
    samples [MATRIX];
    record: |x| x.t();

    PermutedAxes, "permuted_axes(&[2, 0, 1])", "the axes in another order", "ȳ with the axes put back", "the rows axis can't move";
    samples [Sample::array(-2.0, 2.0, &[2, 3, 4])];
    record: |x| x.permuted_axes(&[2, 0, 1]);

    Slice, "slice(s![1..;2, ..;-1])", "a part of the elements", "ȳ there, 0 elsewhere", "the part is within the array";
    samples [MATRIX];
    record: |x| x.slice(s![1..;2, ..;-1]);

    IndexAxis, "index_axis(0, 2)", "the subarray at an index of an axis", "ȳ there, 0 elsewhere", "the index is within the axis";
    samples [MATRIX];
    record: |x| x.index_axis(0, 2);

    Concatenate, "Tape::concatenate(0, …)", "the operands one after another along an axis", "the parts of ȳ", "the other axes agree";
    samples [MATRIX, SQUARE];
    record: |a, b| a.tape().concatenate(0, &[a, b]);

    Stack, "Tape::stack(1, …)", "the operands along a new axis", "the parts of ȳ", "all of one shape";
    samples [MATRIX, MATRIX];
    record: |a, b| a.tape().stack(1, &[a, b]);

    Gather, "gather", "the subarrays of a table at indices", "ȳ summed by index", "an index out of range is an error naming its row";
    samples [MATRIX];
    record: |x| x.gather(indices(x));

    ScatterAdd, "scatter_add", "sums of rows by index", "ȳ gathered by index", "an index out of range is an error naming its row";
    samples [MATRIX];
    record: |x| x.scatter_add(indices(x), 3);

    Diag, "diag", "the diagonal matrix of a vector", "the diagonal of ȳ", "a vector";
    samples [VECTOR];
    record: |x| x.diag();

    Diagonal, "diagonal", "the diagonal of a matrix", "the diagonal matrix of ȳ", "a square matrix";
    samples [SQUARE];
    record: |x| x.diagonal();

    Trace, "trace", "the sum of the diagonal", "ȳ·I", "a square matrix";
    samples [SQUARE];
    record: |x| x.trace();
}
