//! The operations that take parameters beside their operands (axes, an index, an exponent), or operands of certain shapes:
//! each with one call of it, which stands for all in tests and in the documentation.
//!
//! To add an operation, add an entry. Its shape rule, evaluation and vjp rule are in its family's file in `ops`.

use crate::ops::{Entry, Sample};
use crate::scalar::{Scalar, real};
use crate::tape::{IndexVar, Var};
use ndarray::{Array1, Array2, s};

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
const SMALL: Sample = Sample::array(-1.0, 1.0, &[3, 3]);
const PAIR: Sample = Sample::array(-2.0, 2.0, &[2, 3, 3]);

/// Indices of the tables here, as an input with a value at hand.
#[track_caller]
fn indices<'t, T: Scalar>(x: Var<'t, T>) -> IndexVar<'t, T> {
    let name = format!("indices {}", x.tape().len());
    x.tape().index_variable(&name, Array1::from_vec(vec![2, 0, 2, 1]))
}

/// A matrix far from singular, whatever elements in [−1, 1] are drawn: what is solved with.
#[track_caller]
fn dominant<T: Scalar>(x: Var<'_, T>) -> Var<'_, T> {
    x + x.tape().constant(Array2::from_diag_elem(3, real::<T>(4.0)))
}

/// A positive definite matrix, whatever elements are drawn.
#[track_caller]
fn positive<T: Scalar>(x: Var<'_, T>) -> Var<'_, T> {
    x.t_dot(x) + x.tape().constant(Array2::eye(3))
}

calls! {
    Powi, "powi(3)", "xⁿ", "n·xⁿ⁻¹ (exactly 0 for n = 0)", "all reals; for n < 0, ±∞ at ±0";
    samples [ANY], ulp [1.3, 1.3];
    record: |x| x.powi(3);

    Powf, "powf(1.5)", "xᵖ", "p·xᵖ⁻¹", "x ≥ 0; whole p are taken as `powi`";
    samples [Sample::elements(0.1, 5.0)], ulp [0.6, 0.6];
    record: |x| x.powf(real(1.5));

    Log, "log(10)", "ln x/ln base", "1/(x·ln base)", "x ≥ 0; −∞ at 0, NaN below";
    samples [Sample::elements(0.1, 9.0)];
    record: |x| x.log(real(10.0));

    MulAdd, "mul_add", "a·b + c", "b; a; 1", "all reals; rounded twice";
    samples [ANY, ANY, ANY];
    record: |a, b, c| a.mul_add(b, c);

    Digamma, "digamma", "ψ(x) = Γ′(x)/Γ(x)", "ψ₁(x)", "all reals; ∓∞ at ±0, NaN at the negative whole numbers. The error is absolute for x < 0, where it crosses 0";
    samples [Sample::elements(0.1, 9.0)], ulp [2.9, 0.5];
    record: |x| x.digamma();

    Trigamma, "trigamma", "ψ₁(x) = ψ′(x)", "ψ₂(x)", "all reals; ∞ at 0 and the negative whole numbers";
    samples [Sample::elements(0.1, 9.0)], ulp [4.1, 4.5];
    record: |x| x.trigamma();

    Polygamma, "polygamma(2)", "ψₙ(x), the n-th derivative of ψ", "ψₙ₊₁(x)", "all reals; at the poles ∞ for odd n, else ∓∞ at ±0 and NaN. The error is absolute for x < 0, where even orders cross 0";
    samples [Sample::elements(0.1, 9.0)], ulp [4.3, 2.9];
    record: |x| x.polygamma(2);

    Ln1pRatio, "ln_1p_ratio", "ln(1 + x)/x", "(1/(1 + x) − y)/x", "x ≥ −1; 1 at 0, where the derivative is −½; ∞ at −1, NaN below";
    samples [Sample::elements(-0.9, 9.0)], ulp [2.2, 2.3];
    record: |x| x.ln_1p_ratio();

    ExpM1Ratio, "exp_m1_ratio", "(eˣ − 1)/x", "(eˣ − y)/x", "all reals; 1 at 0, where the derivative is ½";
    samples [Sample::elements(-5.0, 5.0)], ulp [2.5, 2.5];
    record: |x| x.exp_m1_ratio();

    LnSinhRatio, "ln_sinh_ratio", "ln(sinh(x)/x)", "coth x − 1/x", "all reals; 0 at 0, where the derivative is 0 and the second ⅓";
    samples [Sample::elements(-5.0, 5.0)], ulp [3.0, 3.0];
    record: |x| x.ln_sinh_ratio();

    Sinc, "sinc", "sin(πx)/(πx)", "(cos(πx) − y)/x", "all reals; 1 at 0, where the derivative is 0 and the second −π²/3";
    samples [Sample::elements(-3.0, 3.0)], ulp [2.2, 2.3];
    record: |x| x.sinc();

    NormResidual, "norm_residual", "x + φ(x)/Φ(x)", "1 − y·φ(x)/Φ(x)", "all reals; of full relative accuracy in the left tail, where it goes to 0";
    samples [Sample::elements(-8.0, 4.0)], ulp [2.5, 0.5];
    record: |x| x.norm_residual();

    LnChoose, "ln_choose", "ln C(a, b) = ln Γ(a + 1) − ln Γ(b + 1) − ln Γ(a − b + 1)", "ψ(a + 1) − ψ(a − b + 1); ψ(a − b + 1) − ψ(b + 1)", "0 ≤ b ≤ a, whole or not; for large a too";
    samples [Sample::elements(5.0, 9.0), Sample::elements(0.1, 4.0)];
    record: |a, b| a.ln_choose(b);

    LogSigmoidDifference, "log_sigmoid_difference", "ln(σ(a) − σ(b))", "σ(−a) + 1/(e^(a − b) − 1); −σ(b) − 1/(e^(a − b) − 1)", "a ≥ b; −∞ where they are equal, NaN for a < b";
    samples [Sample::elements(1.0, 4.0), Sample::elements(-4.0, 0.5)];
    record: |a, b| a.log_sigmoid_difference(b);

    LogNormPdf, "log_norm_pdf", "ln φ(x) = −x²/2 − ½·ln(2π)", "−x", "all reals";
    samples [ANY];
    record: |x| x.log_norm_pdf();

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

    WeightedLogsumexp, "logsumexp_weighted_axes(w, &[1])", "ln Σ w·eˣ along axes", "ȳ·w·eˣ/Σ w·eˣ; ȳ·eˣ/Σ w·eˣ", "without overflow; −∞ where the sum is 0, NaN where it is negative; the derivative by a weight of 0 is there";
    samples [MATRIX, Sample::array(0.1, 3.0, &[4, 3])];
    record: |x, w| x.logsumexp_weighted_axes(w, &[1]);

    Prod, "prod_axes(&[1])", "Π x along axes", "ȳ·the product of the others, exact at 0", "1 for nothing; over the rows a value, but no derivative";
    samples [MATRIX];
    record: |x| x.prod_axes(&[1]);

    Norm, "norm_axes(&[1])", "√Σx² along axes", "ȳ·x/y, 0 at 0", "without overflow; 0 for nothing";
    samples [MATRIX];
    record: |x| x.norm_axes(&[1]);

    NormL1, "norm_l1_axes(&[1])", "Σ|x| along axes", "ȳ·sign x, 0 at 0", "0 for nothing";
    samples [MATRIX];
    record: |x| x.norm_l1_axes(&[1]);

    NormMax, "norm_max_axes(&[1])", "the largest |x| along axes", "ȳ·sign x, shared evenly among ties", "an axis of length 0 is an error";
    samples [MATRIX];
    record: |x| x.norm_max_axes(&[1]);

    Variance, "var_axes(&[0], 1)", "Σ(x − x̄)²/(n − ddof) along axes", "ȳ·2(x − x̄)/(n − ddof)", "too few elements are an error, too few rows NaN";
    samples [MATRIX];
    record: |x| x.var_axes(&[0], 1);

    Deviation, "std_axes(&[0], 0)", "√var along axes", "ȳ·(x − x̄)/((n − ddof)·y), 0 where all are equal", "as `var_axes`";
    samples [MATRIX];
    record: |x| x.std_axes(&[0], 0);

    Median, "median_axes(&[0])", "the middle x along axes, or the mean of the middle two", "ȳ, shared by the middle two", "NaN if an element is; not over the rows; an axis of length 0 is an error";
    samples [MATRIX];
    record: |x| x.median_axes(&[0]);

    Sort, "sort(1)", "the elements in rising order along an axis", "ȳ, each where its element was", "equal elements keep their order, NaN comes last; not along the rows";
    samples [MATRIX];
    record: |x| x.sort(1);

    Cumsum, "cumsum(0)", "x₀ + … + xᵢ along an axis", "the sums of ȳ from the end", "not along the rows";
    samples [MATRIX];
    record: |x| x.cumsum(0);

    Cumlogsumexp, "cumlogsumexp(0)", "ln(e^x₀ + … + e^xᵢ) along an axis", "λᵢ·e^(xᵢ − yᵢ), λᵢ = ȳᵢ + λᵢ₊₁·e^(yᵢ − yᵢ₊₁)", "without overflow; not along the rows";
    samples [MATRIX];
    record: |x| x.cumlogsumexp(0);

    Cumprod, "cumprod(0)", "x₀·…·xᵢ along an axis", "exact at 0", "not along the rows";
    samples [MATRIX];
    record: |x| x.cumprod(0);

    Recurrence, "linear_recurrence(a, 0)", "hᵢ = aᵢ·hᵢ₋₁ + xᵢ along an axis", "λᵢ = ȳᵢ + aᵢ₊₁·λᵢ₊₁; λᵢ·hᵢ₋₁", "a₀ is not used; not along the rows";
    samples [MATRIX, MATRIX];
    record: |x, a| x.linear_recurrence(a, 0);

    Softmax, "softmax(&[1])", "eˣ/Σ eˣ along axes", "yᵢ·Σⱼ yⱼ(ȳᵢ − ȳⱼ)", "without overflow; NaN where all are −∞; elements that are ∞ share 1";
    samples [MATRIX];
    record: |x| x.softmax(&[1]);

    LogSoftmax, "log_softmax(&[1])", "x − ln Σ eˣ along axes", "Σⱼ (pⱼȳᵢ − pᵢȳⱼ), p the softmax", "without overflow";
    samples [MATRIX];
    record: |x| x.log_softmax(&[1]);

    Dot, "dot", "A·B, of vectors and matrices", "ȳ·Bᵀ; Aᵀ·ȳ", "the inner lengths must agree";
    samples [MATRIX, SQUARE];
    record: |a, b| a.dot(b);

    TransposedDot, "t_dot", "Aᵀ·B, over the leading axis", "B·ȳᵀ; A·ȳ", "as many rows in A as in B";
    samples [MATRIX, VECTOR];
    record: |a, b| a.t_dot(b);

    Matmul, "matmul", "A·B of the last two axes", "ȳ·Bᵀ; Aᵀ·ȳ", "the axes before them, a batch, broadcast";
    samples [PAIR, SMALL];
    record: |a, b| a.matmul(b);

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

    Pick, "pick", "the element of each row at the row's own index of the last axis", "ȳ there, 0 elsewhere", "an index out of range is an error naming its row; what is not picked may be infinite or NaN";
    samples [MATRIX];
    record: |x| x.pick(indices(x));

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

    LowerTriangle, "lower_triangle", "the elements on and below the diagonal, else 0", "the same of ȳ", "the last two axes; a batch before them";
    samples [SQUARE];
    record: |x| x.lower_triangle();

    UpperTriangle, "upper_triangle", "the elements on and above the diagonal, else 0", "the same of ȳ", "the last two axes; a batch before them";
    samples [SQUARE];
    record: |x| x.upper_triangle();

    SolveLower, "solve_lower", "L⁻¹b of a lower triangular L", "−b̄·yᵀ on and below the diagonal; b̄ = L⁻ᵀȳ", "a 0 on the diagonal is an error naming it";
    samples [SMALL, ROW];
    record: |l, b| dominant(l).solve_lower(b);

    SolveLowerTransposed, "solve_lower_t", "L⁻ᵀb of a lower triangular L", "−y·b̄ᵀ on and below the diagonal; b̄ = L⁻¹ȳ", "a 0 on the diagonal is an error naming it";
    samples [SMALL, ROW];
    record: |l, b| dominant(l).solve_lower_t(b);

    SolveUpper, "solve_upper", "U⁻¹b of an upper triangular U", "−b̄·yᵀ on and above the diagonal; b̄ = U⁻ᵀȳ", "a 0 on the diagonal is an error naming it";
    samples [SMALL, ROW];
    record: |u, b| dominant(u).solve_upper(b);

    SolveUpperTransposed, "solve_upper_t", "U⁻ᵀb of an upper triangular U", "−y·b̄ᵀ on and above the diagonal; b̄ = U⁻¹ȳ", "a 0 on the diagonal is an error naming it";
    samples [SMALL, ROW];
    record: |u, b| dominant(u).solve_upper_t(b);

    Cholesky, "cholesky", "the lower L with L·Lᵀ = A, the symmetric part of x", "the symmetric part of L⁻ᵀΦ(Lᵀȳ)L⁻¹", "positive definite; else an error naming the pivot";
    samples [SQUARE];
    record: |x| positive(x).cholesky();

    SolveSpd, "solve_spd", "A⁻¹b of a positive definite A", "−b̄·yᵀ, its symmetric part; b̄ = A⁻¹ȳ", "as `cholesky`";
    samples [SQUARE, ROW];
    record: |x, b| positive(x).solve_spd(b);

    LogDetSpd, "log_det_spd", "ln det A of a positive definite A", "ȳ·A⁻¹", "as `cholesky`";
    samples [SQUARE];
    record: |x| positive(x).log_det_spd();

    Solve, "solve", "A⁻¹b", "−b̄·yᵀ; b̄ = A⁻ᵀȳ", "a singular matrix is an error naming the pivot";
    samples [SMALL, ROW];
    record: |x, b| dominant(x).solve(b);

    Inverse, "inverse", "A⁻¹", "−yᵀ·ȳ·yᵀ", "a singular matrix is an error naming the pivot";
    samples [SMALL];
    record: |x| dominant(x).inverse();

    LogAbsDet, "log_abs_det", "ln|det A|", "ȳ·A⁻ᵀ", "−∞ for a singular matrix, whose derivative is an error naming the pivot";
    samples [SMALL];
    record: |x| dominant(x).log_abs_det();

    Det, "det", "det A", "ȳ times the cofactors of A", "any square matrix; at a singular one, derivatives to second order";
    samples [SMALL];
    record: |x| x.det();

    DetSign, "det_sign", "the sign of det A", "0", "0 for a singular matrix";
    samples [SMALL];
    record: |x| dominant(x).det_sign();
}
