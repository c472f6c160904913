//! The edges: one test for each row of `reference/edge_cases.md`, whose last column is the convention.
//!
//! Operations that the library doesn't have are written with those it has, where a user would; the other rows stand in
//! [`NOT_HERE`] with the reason.

use autodiff::{Error, Tape};
use ndarray::{Array1, Array2, ArrayD, arr1, arr2};
use tests::compare::assert_close;
use tests::edge_case::Case;
use tests::evaluate::both;
use tests::reference;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const LN_2: f64 = std::f64::consts::LN_2;

macro_rules! edge_cases {
    ($($name:ident, $row:literal: $case:expr;)*) => {
        /// The rows that are tested by a [`Case`].
        const CASES: &[&str] = &[$($row),*];

        $(
            #[test]
            fn $name() {
                $case.check($row);
            }
        )*
    };
}

edge_cases! {
    sqrt_at_0, "sqrt(0)": Case::of(|x| x[0].sqrt(), &[0.0], 0.0).gradient(&[INF]).second(&[-INF]);
    sqrt_of_a_negative, "sqrt(-1)": Case::of(|x| x[0].sqrt(), &[-1.0], NAN).gradient(&[NAN]).second(&[NAN]);
    rsqrt_at_0, "rsqrt(0)": Case::of(|x| x[0].rsqrt(), &[0.0], INF).gradient(&[-INF]).second(&[INF]);
    cbrt_at_0, "cbrt/pow(0,1/3)": Case::of(|x| x[0].cbrt(), &[0.0], 0.0).gradient(&[INF]);

    power_0_at_0, "x**0 @0 (const exp)": Case::of(|x| x[0].powf(0.0), &[0.0], 1.0).gradient(&[0.0]).second(&[0.0]);
    power_1_at_0, "x**1 @0": Case::of(|x| x[0].powf(1.0), &[0.0], 0.0).gradient(&[1.0]).second(&[0.0]);
    power_2_at_0, "x**2 @0": Case::of(|x| x[0].powf(2.0), &[0.0], 0.0).gradient(&[0.0]).second(&[2.0]);
    power_one_and_a_half_at_0, "x**1.5 @0": Case::of(|x| x[0].powf(1.5), &[0.0], 0.0).gradient(&[0.0]).second(&[INF]);
    power_3_of_a_negative, "x**3 @-2": Case::of(|x| x[0].powf(3.0), &[-2.0], -8.0).gradient(&[12.0]).second(&[-12.0]);
    pow_0_of_0, "pow(0,0) both": Case::of(|x| x[0].pow(x[1]), &[0.0, 0.0], 1.0).gradient(&[0.0, 0.0]);
    pow_1_of_0, "pow(0,1) both": Case::of(|x| x[0].pow(x[1]), &[0.0, 1.0], 0.0).gradient(&[1.0, 0.0]);
    pow_2_of_0, "pow(0,2) both": Case::of(|x| x[0].pow(x[1]), &[0.0, 2.0], 0.0).gradient(&[0.0, 0.0]).second(&[2.0, 0.0]);
    pow_3_of_a_negative, "pow(-2,3.0) both": Case::of(|x| x[0].pow(x[1]), &[-2.0, 3.0], -8.0).gradient(&[12.0, NAN]);
    pow_fraction_of_a_negative, "pow(-2,2.5) both":
        Case::of(|x| x[0].pow(x[1]), &[-2.0, 2.5], NAN).gradient(&[NAN, NAN]).second(&[NAN, NAN]);

    abs_at_0, "abs(0)": Case::of(|x| x[0].abs(), &[0.0], 0.0).gradient(&[0.0]).second(&[0.0]);
    sign_at_0, "sign(0)": Case::of(|x| x[0].signum(), &[0.0], 0.0).gradient(&[0.0]).second(&[0.0]);
    relu_at_0, "relu(0)": Case::of(|x| x[0].relu(), &[0.0], 0.0).gradient(&[0.0]).second(&[0.0]);
    relu_of_nan, "relu(nan)": Case::of(|x| x[0].relu(), &[NAN], NAN).gradient(&[NAN]);
    maximum_at_a_tie, "max(x,y) tie": Case::of(|x| x[0].maximum(x[1]), &[1.0, 1.0], 1.0).gradient(&[0.5, 0.5]).second(&[0.0, 0.0]);
    maximum_of_nan, "max(nan,1)": Case::of(|x| x[0].maximum(x[1]), &[NAN, 1.0], NAN).gradient(&[NAN, NAN]);
    max_at_ties, "amax ties [2,2,1]":
        Case::of_vector(|x| x[0].max(), &[2.0, 2.0, 1.0], 2.0).gradient(&[0.5, 0.5, 0.0]).second(&[0.0, 0.0, 0.0]);
    max_along_an_axis_at_ties, "max(dim) ties":
        Case::of_vector(|x| x[0].max_axes(&[0]), &[2.0, 2.0, 1.0], 2.0).gradient(&[0.5, 0.5, 0.0]).second(&[0.0, 0.0, 0.0]);
    max_with_nan, "amax with nan": Case::of_vector(|x| x[0].max(), &[2.0, NAN, 1.0], NAN).gradient(&[NAN, NAN, NAN]);
    clamp_at_its_lower_end, "clamp at lo (x=0,[0,1])": Case::of(|x| x[0].clamp(0.0, 1.0), &[0.0], 0.0).gradient(&[0.0]);
    clamp_at_its_upper_end, "clamp at hi (x=1,[0,1])": Case::of(|x| x[0].clamp(0.0, 1.0), &[1.0], 1.0).gradient(&[0.0]);
    clamp_of_nan, "clamp(nan)": Case::of(|x| x[0].clamp(0.0, 1.0), &[NAN], NAN).gradient(&[NAN]);

    ln_at_0, "log(0)": Case::of(|x| x[0].ln(), &[0.0], -INF).gradient(&[INF]).second(&[-INF]);
    ln_of_a_negative, "log(-1)": Case::of(|x| x[0].ln(), &[-1.0], NAN).gradient(&[NAN]).second(&[NAN]);
    ln_1p_at_minus_1, "log1p(-1)": Case::of(|x| x[0].ln_1p(), &[-1.0], -INF).gradient(&[INF]).second(&[-INF]);
    ln_1p_near_0, "log1p(1e-20)": Case::of(|x| x[0].ln_1p(), &[1e-20], 1e-20).gradient(&[1.0]).second(&[-1.0]);
    ln_1p_near_minus_1, "log1p(-1+1e-16)":
        Case::of(|x| x[0].ln_1p(), &[-1.0 + 1e-16], -36.7368005696771).gradient(&[9007199254740992.0]).second(&[-8.112963841460668e31]);
    exp_m1_near_0, "expm1(1e-20)": Case::of(|x| x[0].exp_m1(), &[1e-20], 1e-20).gradient(&[1.0]).second(&[1.0]);
    exp_m1_far_below, "expm1(-800)": Case::of(|x| x[0].exp_m1(), &[-800.0], -1.0).gradient(&[0.0]).second(&[0.0]);
    exp_that_overflows, "exp(710)": Case::of(|x| x[0].exp(), &[710.0], INF).gradient(&[INF]).second(&[INF]);
    exp_of_minus_infinity, "exp(-inf)": Case::of(|x| x[0].exp(), &[-INF], 0.0).gradient(&[0.0]).second(&[0.0]);
    xlogy_at_0_0, "xlogy(0,0)": Case::of(|x| x[0].xlogy(x[1]), &[0.0, 0.0], 0.0).gradient(&[-INF, 0.0]);
    xlogy_at_0_1, "xlogy(0,1)": Case::of(|x| x[0].xlogy(x[1]), &[0.0, 1.0], 0.0).gradient(&[0.0, 0.0]).second(&[1.0, 1.0]);
    xlogy_at_1_0, "xlogy(1,0)": Case::of(|x| x[0].xlogy(x[1]), &[1.0, 0.0], -INF).gradient(&[-INF, INF]);
    xlog1py_at_0_minus_1, "xlog1py(0,-1)": Case::of(|x| x[0].xlog1py(x[1]), &[0.0, -1.0], 0.0).gradient(&[-INF, 0.0]);
    entropy_at_0, "entr(0)": Case::of(|x| -x[0].xlogy(x[0]), &[0.0], 0.0).gradient(&[INF]);
    x_ln_x_at_0, "x*log(x) naive @0": Case::of(|x| x[0] * x[0].ln(), &[0.0], 0.0).as_written(NAN).gradient(&[-INF]);

    sigmoid_far_above, "sigmoid(800)": Case::of(|x| x[0].sigmoid(), &[800.0], 1.0).gradient(&[0.0]).second(&[0.0]);
    sigmoid_far_below, "sigmoid(-800)": Case::of(|x| x[0].sigmoid(), &[-800.0], 0.0).gradient(&[0.0]).second(&[0.0]);
    sigmoid_written_out, "1/(1+exp(-x)) naive @-800":
        Case::of(|x| 1.0 / (1.0 + (-x[0]).exp()), &[-800.0], 0.0).gradient(&[0.0]).second(&[0.0]);
    sigmoid_in_its_upper_tail, "sigmoid(40)":
        Case::of(|x| x[0].sigmoid(), &[40.0], 1.0).gradient(&[4.248354255291589e-18]).second(&[-4.248354255291589e-18]);
    log_sigmoid_far_below, "logsigmoid(-800)": Case::of(|x| x[0].log_sigmoid(), &[-800.0], -800.0).gradient(&[1.0]).second(&[0.0]);
    ln_of_sigmoid, "log(sigmoid(x)) naive @-800":
        Case::of(|x| x[0].sigmoid().ln(), &[-800.0], -800.0).as_written(-INF).gradient(&[1.0]).second(&[0.0]);
    softplus_at_0, "softplus(0)": Case::of(|x| x[0].softplus(), &[0.0], LN_2).gradient(&[0.5]).second(&[0.25]);
    softplus_in_its_upper_tail, "softplus(25)":
        Case::of(|x| x[0].softplus(), &[25.0], 25.000000000013888).gradient(&[0.9999999999861121]).second(&[1.388794386457827e-11]);
    softplus_far_above, "softplus(800)": Case::of(|x| x[0].softplus(), &[800.0], 800.0).gradient(&[1.0]).second(&[0.0]);
    softplus_in_its_lower_tail, "softplus(-40)":
        Case::of(|x| x[0].softplus(), &[-40.0], 4.248354255291589e-18).gradient(&[4.248354255291589e-18]).second(&[4.248354255291589e-18]);
    softplus_written_out, "log(1+exp x) naive @800":
        Case::of(|x| (1.0 + x[0].exp()).ln(), &[800.0], 800.0).as_written(INF).gradient(&[1.0]).second(&[0.0]);
    softplus_by_ln_1p, "log1p(exp x) @800":
        Case::of(|x| x[0].exp().ln_1p(), &[800.0], 800.0).as_written(INF).gradient(&[1.0]).second(&[0.0]);
    logistic_loss_of_a_sure_and_right_prediction, "BCEwithlogits(z=25,y=1)":
        Case::of(|z| z[0].sigmoid().log_loss(1.0), &[25.0], 1.3887943864867583e-11)
            .as_written(1.3888001859737446e-11)
            .gradient(&[-1.3887943864771146e-11])
            .second(&[1.388794386457827e-11]);
    logistic_loss_of_a_sure_and_wrong_prediction, "BCEwithlogits(z=-800,y=1)":
        Case::of(|z| z[0].sigmoid().log_loss(1.0), &[-800.0], 800.0).as_written(INF).gradient(&[-1.0]).second(&[0.0]);
    log_loss_of_probability_0, "BCE(p=0,y=1)": Case::of(|p| p[0].log_loss(1.0), &[0.0], INF).gradient(&[-INF]);
    log_loss_of_probability_1, "BCE(p=1,y=1)": Case::of(|p| p[0].log_loss(1.0), &[1.0], 0.0).gradient(&[-1.0]);

    logsumexp_of_minus_infinities, "logsumexp([-inf,-inf])":
        Case::of_vector(|x| x[0].logsumexp(), &[-INF, -INF], -INF).gradient(&[0.0, 0.0]).second(&[0.0, 0.0]);
    logsumexp_with_minus_infinity, "logsumexp([-inf,0])":
        Case::of_vector(|x| x[0].logsumexp(), &[-INF, 0.0], 0.0).gradient(&[0.0, 1.0]).second(&[0.0, 0.0]);
    logsumexp_with_infinity, "logsumexp([inf,0])":
        Case::of_vector(|x| x[0].logsumexp(), &[INF, 0.0], INF).gradient(&[1.0, 0.0]).second(&[0.0, 0.0]);
    logsumexp_of_large_numbers, "logsumexp([1000,1000])":
        Case::of_vector(|x| x[0].logsumexp(), &[1000.0, 1000.0], 1000.0 + LN_2).gradient(&[0.5, 0.5]).second(&[0.0, 0.0]);
    logsumexp_of_nothing, "logsumexp([]) empty": Case::of_vector(|x| x[0].logsumexp(), &[], -INF).gradient(&[]).second(&[]);
    logaddexp_of_minus_infinities, "logaddexp(-inf,-inf)":
        Case::of(|x| x[0].logaddexp(x[1]), &[-INF, -INF], -INF).gradient(&[0.0, 0.0]);
    logaddexp_with_minus_infinity, "logaddexp(0,-inf)":
        Case::of(|x| x[0].logaddexp(x[1]), &[0.0, -INF], 0.0).gradient(&[1.0, 0.0]).second(&[0.0, 0.0]);
    logaddexp_of_infinities, "logaddexp(inf,inf)": Case::of(|x| x[0].logaddexp(x[1]), &[INF, INF], INF).gradient(&[0.5, 0.5]);
    softmax_of_minus_infinities, "softmax([-inf,-inf])[0]":
        Case::of_vector(|x| x[0].softmax(&[0]).index_axis(0, 0), &[-INF, -INF], NAN).gradient(&[NAN, NAN]);
    softmax_that_is_sure, "softmax([1000,0])[0]":
        Case::of_vector(|x| x[0].softmax(&[0]).index_axis(0, 0), &[1000.0, 0.0], 1.0).gradient(&[0.0, 0.0]).second(&[0.0, 0.0]);
    log_softmax_that_is_sure, "log_softmax([1000,0])[1]":
        Case::of_vector(|x| x[0].log_softmax(&[0]).index_axis(0, 1), &[1000.0, 0.0], -1000.0).gradient(&[-1.0, 1.0]).second(&[0.0, 0.0]);

    quotient_by_0, "div(1,0)": Case::of(|x| x[0] / x[1], &[1.0, 0.0], INF).gradient(&[INF, -INF]);
    quotient_of_zeros, "div(0,0)": Case::of(|x| x[0] / x[1], &[0.0, 0.0], NAN);
    quotient_by_a_tiny_number, "div(1,1e-200)": Case::of(|x| x[0] / x[1], &[1.0, 1e-200], 1e200).gradient(&[1e200, -INF]);
    reciprocal_of_0, "reciprocal(0)": Case::of(|x| x[0].recip(), &[0.0], INF).gradient(&[-INF]).second(&[INF]);
    infinity_times_0, "inf*0": Case::of(|x| x[0] * x[1], &[INF, 0.0], NAN).gradient(&[0.0, INF]);
    norm_written_out_at_0, "sqrt(sum x^2) @0": Case::of_vector(|x| x[0].powi(2).sum().sqrt(), &[0.0, 0.0], 0.0).gradient(&[0.0, 0.0]);
    norm_1, "norm1([0,1])": Case::of_vector(|x| x[0].abs().sum(), &[0.0, 1.0], 1.0).gradient(&[0.0, 1.0]);
    norm_inf_at_ties, "norm_inf ties": Case::of_vector(|x| x[0].abs().max(), &[2.0, -2.0, 1.0], 2.0).gradient(&[0.5, -0.5, 0.0]);
    hypot_at_0, "hypot(0,0)": Case::of(|x| x[0].hypot(x[1]), &[0.0, 0.0], 0.0).gradient(&[0.0, 0.0]);
    hypot_of_large_numbers, "hypot(1e200,1e200)":
        Case::of(|x| x[0].hypot(x[1]), &[1e200, 1e200], 1.414213562373095e200)
            .gradient(&[std::f64::consts::FRAC_1_SQRT_2; 2])
            .second(&[0.0, 0.0]);
    atan2_at_0, "atan2(0,0)": Case::of(|x| x[0].atan2(x[1]), &[0.0, 0.0], 0.0).gradient(&[0.0, 0.0]);
    asin_at_1, "asin(1)": Case::of(|x| x[0].asin(), &[1.0], std::f64::consts::FRAC_PI_2).gradient(&[INF]).second(&[INF]);
    acosh_at_1, "acosh(1)": Case::of(|x| x[0].acosh(), &[1.0], 0.0).gradient(&[INF]).second(&[-INF]);
    atanh_at_1, "atanh(1)": Case::of(|x| x[0].atanh(), &[1.0], INF).gradient(&[INF]).second(&[INF]);
    tanh_in_its_tail, "tanh(20)": Case::of(|x| x[0].tanh(), &[20.0], 1.0).gradient(&[1.6993417021166355e-17]).second(&[-3.398683404233271e-17]);
    tanh_far_above, "tanh(800)": Case::of(|x| x[0].tanh(), &[800.0], 1.0).gradient(&[0.0]).second(&[0.0]);
    cosh_that_overflows, "cosh(800)": Case::of(|x| x[0].cosh(), &[800.0], INF).gradient(&[INF]).second(&[INF]);
    floor_at_a_step, "floor(1)": Case::of(|x| x[0].floor(), &[1.0], 1.0).gradient(&[0.0]).second(&[0.0]);

    fmax_of_nan, "fmax(nan,1)": Case::of(|x| x[0].fmax(x[1]), &[NAN, 1.0], 1.0).gradient(&[0.0, 1.0]).second(&[0.0, 0.0]);
    median_of_an_even_number, "median even":
        Case::of_vector(|x| x[0].median(), &[1.0, 3.0, 2.0, 4.0], 2.5).gradient(&[0.0, 0.5, 0.5, 0.0]).second(&[0.0; 4]);
    sort_at_ties, "sort ties":
        Case::of_vector(|x| (x[0].sort(0) * x[0].tape().constant(arr1(&[1.0, 2.0, 3.0]))).sum(), &[1.0, 1.0, 0.0], 5.0)
            .gradient(&[2.0, 3.0, 1.0])
            .second(&[0.0; 3]);
    norm_at_0, "norm2([0,0])": Case::of_vector(|x| x[0].norm(), &[0.0, 0.0], 0.0).gradient(&[0.0, 0.0]);
    norm_of_large_numbers, "norm2([1e200,1e200])":
        Case::of_vector(|x| x[0].norm(), &[1e200, 1e200], 1.414213562373095e200).gradient(&[std::f64::consts::FRAC_1_SQRT_2; 2]);
    erf_far_above, "erf(30)": Case::of(|x| x[0].erf(), &[30.0], 1.0).gradient(&[0.0]).second(&[0.0]);
    erfc_far_above, "erfc(30)": Case::of(|x| x[0].erfc(), &[30.0], 0.0).gradient(&[0.0]).second(&[0.0]);
    log_norm_cdf_in_its_tail, "log_ndtr(-40)":
        Case::of(|x| x[0].log_norm_cdf(), &[-40.0], -804.6084420137538).gradient(&[40.02496884720726]).second(&[-0.9993773316214086]);
    lgamma_at_0, "lgamma(0)": Case::of(|x| x[0].lgamma(), &[0.0], INF).gradient(&[-INF]);
    lgamma_at_a_pole, "lgamma(-1)": Case::of(|x| x[0].lgamma(), &[-1.0], INF).gradient(&[NAN]);
    sinc_at_0, "sinc(0)": Case::of(|x| x[0].sinc(), &[0.0], 1.0).gradient(&[0.0]).second(&[-3.289868133696453]);
    remainder, "fmod/mod(5,2)": Case::of(|x| x[0] % x[1], &[5.0, 2.0], 1.0).gradient(&[1.0, -2.0]).second(&[0.0, 0.0]);
    product_with_a_0, "prod([0,2,3])":
        Case::of_vector(|x| x[0].prod(), &[0.0, 2.0, 3.0], 0.0).gradient(&[6.0, 0.0, 0.0]).second(&[5.0, 3.0, 2.0]);
    product_with_two_0, "prod([0,0,3])":
        Case::of_vector(|x| x[0].prod(), &[0.0, 0.0, 3.0], 0.0).gradient(&[0.0; 3]).second(&[3.0, 3.0, 0.0]);
    products_with_a_0, "cumprod([0,2,3])":
        Case::of_vector(|x| x[0].cumprod(0).sum(), &[0.0, 2.0, 3.0], 0.0).gradient(&[9.0, 0.0, 0.0]).second(&[6.0, 4.0, 2.0]);
    product_of_nothing, "prod([]) empty": Case::of_vector(|x| x[0].prod(), &[], 1.0).gradient(&[]).second(&[]);
    variance_of_equal_numbers, "var([c,c])": Case::of_vector(|x| x[0].var(0), &[0.1, 0.1], 0.0).gradient(&[0.0, 0.0]).second(&[0.0, 0.0]);
    deviation_of_equal_numbers, "std([c,c])": Case::of_vector(|x| x[0].std(0), &[0.1, 0.1], 0.0).gradient(&[0.0, 0.0]);

    sum_of_nothing, "sum([]) empty": Case::of_vector(|x| x[0].sum(), &[], 0.0).gradient(&[]).second(&[]);
    choice_of_a_logarithm, "where(x>0,log x,0) @0": Case::of(|x| x[0].gt(0.0).select(x[0].ln(), 0.0), &[0.0], 0.0).gradient(&[0.0]).second(&[0.0]);
    choice_inside_a_logarithm, "where(x>0,log(where),0) @0":
        Case::of(|x| { let is_positive = x[0].gt(0.0); is_positive.select(is_positive.select(x[0], 1.0).ln(), 0.0) }, &[0.0], 0.0)
            .gradient(&[0.0])
            .second(&[0.0]);
    choice_of_finite_numbers, "nan_to_num(log 0) @0":
        Case::of(|x| { let y = x[0].ln(); y.ge(f64::MIN).select(y, f64::MIN) }, &[0.0], f64::MIN).gradient(&[0.0]).second(&[0.0]);
    huber_at_delta, "huber at delta":
        Case::of(|x| x[0].abs().le(1.0).select(x[0].powi(2) * 0.5, x[0].abs() - 0.5), &[1.0], 0.5).gradient(&[1.0]);
}

/// The rows tested below, which aren't a value and its derivatives.
const REFUSED: &[&str] =
    &["mean([]) empty", "max([]) empty", "var([x]) n=1 ddof=1", "slogdet singular", "cholesky non-PD"];

/// The rows of operations that the library doesn't have, and why.
const NOT_HERE: &[(&str, &str)] = &[
    ("det singular diag[0,2]", "no determinant, which overflows: `log_abs_det` and `det_sign` instead"),
    ("eigvalsh repeated", "no eigenvalues"),
    ("cos_sim zero vec", "no cosine similarity: `a.dot(b) / (a.norm() * b.norm())` is one"),
];

#[test]
fn every_row_of_the_table_is_tested_or_has_a_reason() {
    let text = reference::text("edge_cases.md");
    let table = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let mut rows: Vec<&str> = table.map(|(row, _)| row).collect();
    let mut known: Vec<&str> =
        CASES.iter().chain(REFUSED).copied().chain(NOT_HERE.iter().map(|(row, _)| *row)).collect();
    rows.sort_unstable();
    known.sort_unstable();
    let untested: Vec<_> = rows.iter().filter(|row| !known.contains(row)).collect();
    assert_eq!(rows.len(), 117);
    assert!(untested.is_empty(), "{untested:?}");
    assert_eq!(rows, known);
}

/// Asserts that recording fails with a message that has all of `words`.
#[track_caller]
fn assert_refused(tape: &Tape<f64>, words: &[&str]) {
    let error = tape.check().expect_err("the recording is refused");
    assert!(matches!(error, Error::Recording { .. }), "{error:?}");
    let message = error.to_string();
    assert!(words.iter().all(|word| message.contains(word)), "{message}");
}

#[test]
fn the_mean_of_nothing_is_refused() {
    let tape = Tape::<f64>::new();
    tape.input("x", &[0]).mean();
    assert_refused(&tape, &["mean", "length 0"]);
}

#[test]
fn the_maximum_of_nothing_is_refused() {
    let tape = Tape::<f64>::new();
    tape.input("x", &[0]).max();
    assert_refused(&tape, &["max", "length 0"]);
}

#[test]
fn the_unbiased_variance_of_one_number_is_refused() {
    let tape = Tape::<f64>::new();
    tape.input("x", &[1]).var(1);
    assert_refused(&tape, &["var", "ddof"]);
}

#[test]
fn the_exponent_of_a_negative_base_leaves_the_second_derivative_by_the_base_alone() {
    let tape = Tape::<f64>::new();
    let (base, exponent) = (tape.variable("base", -2.0), tape.variable("exponent", 3.0));
    let power = base.pow(exponent);
    for (way, values) in both(&tape, &[power.grad(base).grad(base), power.grad(exponent)]) {
        assert_eq!(values[0].sum(), -12.0, "{way:?}");
        assert!(values[1].sum().is_nan(), "{way:?}");
    }
}

#[test]
fn the_log_determinant_of_a_singular_matrix_is_minus_infinity() {
    let tape = Tape::new();
    let x = tape.variable("x", arr2(&[[1.0, 2.0], [2.0, 4.0]]));
    for (way, values) in both(&tape, &[x.log_abs_det(), x.det_sign()]) {
        assert_eq!([values[0][[]], values[1][[]]], [-INF, 0.0], "{way:?}");
    }
}

#[test]
fn the_cholesky_factor_of_an_indefinite_matrix_is_an_error() {
    let tape = Tape::new();
    let x = tape.variable("x", arr2(&[[1.0, 2.0], [2.0, 1.0]])).cholesky();
    for error in [x.value().unwrap_err(), tape.compile(&[x]).unwrap().run(&[]).unwrap_err()] {
        let message = error.to_string();
        assert!(message.contains("cholesky") && message.contains("not positive definite"), "{message}");
    }
}

/// By one-sided limits at 0: `xˣ` has the slope −∞ there, though 0 is the derivative of 0ᵇ by an independent b.
#[test]
fn powers_of_a_variable_to_itself_have_the_slope_of_their_limit_at_0() {
    let tape = Tape::<f64>::new();
    let pair = tape.variable("pair", arr1(&[0.0, 0.0]));
    let (x, y) = (tape.variable("x", 0.0), tape.variable("y", 0.0));
    for (name, power, by, slope) in [
        ("x^x", x.pow(x), x, -INF),
        ("x^2x", x.pow(2.0 * x), x, -INF),
        ("(2x)^x", (2.0 * x).pow(x), x, -INF),
        ("(x²)^x", x.powi(2).pow(x), x, -INF),
        ("x^-x", x.pow(-x), x, INF),
        ("x^sin x", x.pow(x.sin()), x, -INF),
        ("tanh(x)^(eˣ − 1)", x.tanh().pow(x.exp_m1()), x, -INF),
        ("x^x²", x.pow(x.powi(2)), x, 0.0),
        ("x^(1 + x)", x.pow(1.0 + x), x, 1.0),
        ("x^(2 + x)", x.pow(2.0 + x), x, 0.0),
        ("(x + y)^x", (x + y).pow(x), x, -INF),
        ("(x + y)^y by x", (x + y).pow(y), x, 0.0),
    ] {
        for (way, values) in both(&tape, &[power.sum().grad(by)]) {
            assert_eq!(values[0].sum(), slope, "{name} {way:?}");
        }
    }
    let of_parts = |first, second| pair.index_axis(0, first).pow(pair.index_axis(0, second)).grad(pair);
    for (way, values) in both(&tape, &[of_parts(0, 0), of_parts(0, 1), pair.pow(pair).sum().grad(pair)]) {
        assert_eq!(values[0], arr1(&[-INF, 0.0]).into_dyn(), "{way:?}");
        assert_eq!(values[1], arr1(&[0.0, 0.0]).into_dyn(), "{way:?}");
        assert_eq!(values[2], arr1(&[-INF, -INF]).into_dyn(), "{way:?}");
    }
    // xˣ curves up without bound: (ln x + 1)² + 1/x.
    for (way, values) in both(&tape, &[x.pow(x).grad(x).grad(x)]) {
        assert_eq!(values[0].sum(), INF, "{way:?}");
    }
}

#[test]
fn a_derivative_by_the_exponent_does_not_spoil_the_one_by_the_base() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.variable("a", -2.0), tape.variable("b", 3.0));
    let gradients = a.pow(b).grads(&[a, b]);
    let (by_base, by_exponent) = (gradients[0], gradients[1]);
    for (way, values) in both(&tape, &[by_base, by_base.grad(a), by_exponent]) {
        assert_eq!([values[0][[]], values[1][[]]], [12.0, -12.0], "{way:?}");
        assert!(values[2][[]].is_nan(), "{way:?}");
    }
}

#[test]
fn operands_that_would_both_stretch_are_refused() {
    let tape = Tape::<f64>::new();
    let _ = tape.input("a", &[3]) + tape.input("b", &[3, 1]);
    assert_refused(&tape, &["add", "[3]", "[3, 1]", "outer"]);
}

#[test]
fn a_number_added_to_a_matrix_has_the_sum_of_the_adjoints() {
    let tape = Tape::new();
    let (c, m) = (tape.variable("c", 2.0), tape.variable("m", arr2(&[[1.0, 2.0], [3.0, 4.0]])));
    let loss = ((c + m) * m).sum();
    for (way, values) in both(&tape, &[loss.grad(c)]) {
        assert_eq!(values[0], ndarray::arr0(10.0).into_dyn(), "{way:?}");
    }
}

#[test]
fn a_row_added_to_a_matrix_has_the_sum_over_the_rows() {
    let tape = Tape::new();
    let (row, m) = (tape.variable("row", arr2(&[[1.0, 2.0]])), tape.variable("m", arr2(&[[1.0, 2.0], [3.0, 4.0]])));
    for (way, values) in both(&tape, &[((row + m) * m).sum().grad(row)]) {
        assert_eq!(values[0], arr2(&[[4.0, 6.0]]).into_dyn(), "{way:?}");
    }
}

/// Equal but for the order of summation, which may depend on the memory layout.
#[track_caller]
fn assert_same(a: &[ArrayD<f64>], b: &[ArrayD<f64>]) {
    for (a, b) in a.iter().zip(b) {
        assert_close(a, b, &b.mapv(|b| 1.0 + b.abs()), 4.0 * f64::EPSILON, "another layout");
    }
}

#[test]
fn inputs_of_any_strides_give_the_same_as_copies_of_them() {
    let tape = Tape::new();
    let (x, y, theta) = (tape.rows("X", &[3]), tape.rows("y", &[]), tape.input("theta", &[3]));
    let loss = x.linear(theta).sigmoid().log_loss(y).sum();
    let program = tape.compile(&[loss, loss.grad(theta)]).unwrap();
    let base = Array2::from_shape_fn((14, 6), |(i, j)| (i as f64 - 5.0) * 0.25 + j as f64 * 0.125);
    let row = arr1(&[0.5, -1.0, 2.0]);
    let (labels, parameters) = (Array1::from_shape_fn(14, |i| (i % 2) as f64), arr1(&[0.25, -0.5, 0.125, 1.0]));
    let views = [
        base.slice(ndarray::s![.., ..;2]),
        base.slice(ndarray::s![..;-1, ..3]),
        base.slice(ndarray::s![.., ..;-2]),
        row.broadcast((14, 3)).unwrap(),
    ];
    for x_view in views {
        for theta_view in [
            parameters.slice(ndarray::s![..3]),
            parameters.slice(ndarray::s![1..;-1]),
            row.slice(ndarray::s![..1]).broadcast(3).unwrap(),
        ] {
            let strided = program
                .run(&[x.bind(x_view), y.bind(labels.slice(ndarray::s![..;-1])), theta.bind(theta_view)])
                .unwrap();
            let (x_copy, y_copy) = (x_view.to_owned(), labels.slice(ndarray::s![..;-1]).to_owned());
            let standard = x_copy.as_standard_layout();
            let copied =
                program.run(&[x.bind(&standard), y.bind(&y_copy), theta.bind(&theta_view.to_owned())]).unwrap();
            assert_same(&strided, &copied);
            let fortran = standard.t().as_standard_layout().into_owned().reversed_axes();
            let fortran =
                program.run(&[x.bind(&fortran), y.bind(&y_copy), theta.bind(&theta_view.to_owned())]).unwrap();
            assert_same(&fortran, &copied);
        }
    }
}

#[test]
fn a_shape_that_overflows_is_refused() {
    let tape = Tape::<f64>::new();
    tape.input("x", &[usize::MAX, 2]);
    assert_refused(&tape, &["input", "too large"]);
    let tape = Tape::<f64>::new();
    let half = tape.input("x", &[1 << 40, 1]);
    let _ = half * tape.input("y", &[1, 1 << 40]);
    assert_refused(&tape, &["mul", "too large"]);
}

#[test]
fn a_node_used_twice_has_the_sum_of_both_adjoints() {
    let tape = Tape::new();
    let x = tape.variable("x", arr2(&[[1.0, 2.0], [3.0, -4.0]]));
    let square = (x * x).sum().grad(x);
    let one = (x / x).sum().grad(x);
    let gram = x.dot(x.t()).sum().grad(x);
    let gram_of_rows = x.t_dot(x).sum().grad(x);
    for (way, values) in both(&tape, &[square, one, gram, gram_of_rows]) {
        assert_eq!(values[0], arr2(&[[2.0, 4.0], [6.0, -8.0]]).into_dyn(), "{way:?}");
        assert_eq!(values[1], Array2::<f64>::zeros((2, 2)).into_dyn(), "{way:?}");
        assert_eq!(values[2], arr2(&[[8.0, -4.0], [8.0, -4.0]]).into_dyn(), "{way:?}");
        assert_eq!(values[3], arr2(&[[6.0, 6.0], [-2.0, -2.0]]).into_dyn(), "{way:?}");
    }
}

#[test]
fn what_an_output_does_not_depend_on_has_gradient_zero() {
    let tape = Tape::new();
    let (x, unused) = (tape.variable("x", 3.0), tape.variable("unused", arr1(&[1.0, 2.0])));
    for (way, values) in both(&tape, &[x.exp().grad(unused), x.exp().hessian(unused)]) {
        assert_eq!(values[0], arr1(&[0.0, 0.0]).into_dyn(), "{way:?}");
        assert_eq!(values[1], Array2::<f64>::zeros((2, 2)).into_dyn(), "{way:?}");
    }
}

#[test]
fn an_output_may_be_an_input_or_a_constant() {
    let tape = Tape::new();
    let (x, rows) = (tape.variable("x", arr1(&[1.0, 2.0])), tape.data("rows", arr1(&[3.0, 4.0, 5.0])));
    let constant = tape.constant(arr1(&[6.0, 7.0])) * 2.0;
    for (way, values) in both(&tape, &[x, rows, constant, x, x.sum().grad(x)]) {
        assert_eq!(values[0], arr1(&[1.0, 2.0]).into_dyn(), "{way:?}");
        assert_eq!(values[1], arr1(&[3.0, 4.0, 5.0]).into_dyn(), "{way:?}");
        assert_eq!(values[2], arr1(&[12.0, 14.0]).into_dyn(), "{way:?}");
        assert_eq!(values[3], values[0], "{way:?}");
        assert_eq!(values[4], arr1(&[1.0, 1.0]).into_dyn(), "{way:?}");
    }
}
