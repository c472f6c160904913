//! Losses written as people write them, with exponentials that over- and underflow and differences that cancel, against values and
//! gradients of 400 digits: by programs, and by the interpreter's gradient.

use autodiff::{Rewrite, Rewrites, Tape, Var};
use ndarray::{Array1, ArrayD, arr0, arr1};
use serde_json::Value;

mod likelihoods;
mod names;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/");

/// Values and gradients by θ, with 1300 digits.
const PROBIT: (f64, [f64; 2]) = (796.1301782984231, [-38.47847997858411, 1591.6051436608311]);
const PROBIT_SINGLE: (f64, [f64; 2]) = (103.05978244346106, [-12.77407212110621, 201.10785033295784]);
const MIXTURE: (f64, [f64; 2]) = (3122.360996536007, [-4.558193303426365, -78.875]);
const WEIGHTED_ROWS: [(f64, f64); 2] =
    [(3001.7226794524126, 2999.9384720422286), (3002.271579466997, 2998.4753668864187)];
const SOFTMAX_ROWS: (f64, f64) = (1.2689414213699952, -0.19661193324148185);

type V<'t> = Var<'t, f64>;

/// A number of the recording.
fn c<'t>(like: V<'t>, value: f64) -> V<'t> {
    like.tape().constant(arr0(value))
}

fn vector<'t>(like: V<'t>, values: &[f64]) -> V<'t> {
    like.tape().constant(arr1(values))
}

fn element<'t>(x: V<'t>, index: usize) -> V<'t> {
    x.index_axis(0, index)
}

/// A normal density at `x` but for its constant, as one writes it by hand.
fn density<'t>(x: f64, mean: V<'t>, deviation: V<'t>) -> V<'t> {
    (-0.5 * ((x - mean) / deviation).powi(2)).exp() / deviation
}

/// The loss `name` of its inputs.
#[allow(clippy::too_many_lines)]
fn record<'t>(name: &str, inputs: &[V<'t>]) -> V<'t> {
    let &[a, ..] = inputs else { panic!("no inputs") };
    let input = |index: usize| inputs[index];
    let half = std::f64::consts::FRAC_1_SQRT_2;
    match name {
        "ln_of_two_exponentials" => (a.exp() + input(1).exp()).ln(),
        "constant_weights" => (vector(a, &[1.0, 3.0]) * a.exp()).sum().ln(),
        "input_weights" => (input(1) * a.exp()).sum().ln(),
        "ln_cosh" => a.cosh().ln(),
        "softmax_quotient" => element(a.exp() / a.exp().sum(), 0),
        "ln_norm_cdf" => a.norm_cdf().ln(),
        "ln_one_minus_exp" => (1.0 - (-a).exp()).ln(),
        "sigmoid_difference" => (a.sigmoid() - input(1).sigmoid()).ln(),
        "beta" => a.lgamma() + input(1).lgamma() - (a + input(1)).lgamma(),
        "ln_erfc" => a.erfc().ln(),
        "ln_one_plus_tanh" => (1.0 + a.tanh()).ln(),
        "ln_one_minus_tanh_squared" => (1.0 - a.tanh().powi(2)).ln(),
        "normal_mixture" => {
            let [m1, m2, s1, s2] = [1, 2, 3, 4].map(input);
            let row = |x| (a * density(x, m1, s1) + (1.0 - a) * density(x, m2, s2)).ln();
            row(0.5) + row(-2.0) + row(60.0)
        }
        "zero_inflated_poisson" => (a + (1.0 - a) * (-input(1)).exp()).ln(),
        "focal" => {
            let p = a.sigmoid();
            -((1.0 - p).powi(2) * p.ln())
        }
        "focal_by_label" => {
            let p = c(a, 0.0).select(a.sigmoid(), 1.0 - a.sigmoid());
            -((1.0 - p).powf(1.5) * p.ln())
        }
        "mean_of_exponentials" => a.exp().mean().ln(),
        "product" => (a.exp() * input(1).exp()).ln(),
        "bradley_terry" => (a.exp() / (a.exp() + input(1).exp())).ln(),
        "powers" => {
            let sum = a.exp() + input(1).exp();
            sum.powi(3).ln() + sum.sqrt().ln() + sum.powf(1.5).ln()
        }
        "reciprocal" => (1.0 / (1.0 + a.exp() + input(1).exp())).ln(),
        "three_terms" => (a.exp() + 2.0 * input(1).exp() + 0.5).ln(),
        "difference" => (a.exp() - input(1).exp()).ln(),
        "product_of_sigmoids" => a.sigmoid().prod().ln(),
        "normal_hazard" => (a.norm_pdf() / a.norm_cdf()).ln(),
        "norm_cdf_difference" => (a.norm_cdf() - input(1).norm_cdf()).ln(),
        "gelu_by_erf" => a * 0.5 * (1.0 + (a * half).erf()),
        "norm_cdf_by_erf" => (0.5 * (1.0 + (a / 2f64.sqrt()).erf())).ln(),
        "complementary_log_log" => (1.0 - (-a.exp()).exp()).ln(),
        "cox_by_cumsum" => a.exp().cumsum(0).ln().sum(),
        "ln_choose" => {
            let k = input(1);
            (a + 1.0).lgamma() - (k + 1.0).lgamma() - (a - k + 1.0).lgamma()
        }
        "negative_binomial" => (input(1) + a).lgamma() - a.lgamma() - (input(1) + 1.0).lgamma(),
        "student_t" => ((a + 1.0) / 2.0).lgamma() - (a / 2.0).lgamma(),
        "cross_entropy_by_hand" => {
            let e = (a - a.max()).exp();
            -element(e / e.sum(), 1).ln()
        }
        "dot" => input(1).dot(a.exp()).ln(),
        "log2" => (a.exp() + 1.0).log2(),
        "odds" => (a.sigmoid() / (1.0 - a.sigmoid())).ln(),
        "with_epsilon" => (a.sigmoid() + 1e-10).ln(),
        "ln_sinh" => a.sinh().ln(),
        "ln_expm1" => (a.exp() - 1.0).ln(),
        "logsumexp_of_weights" => (vector(a, &[0.0, 0.0]) + a.ln()).logsumexp(),
        "poisson_mixture" => {
            let mass = |rate: V<'t>| (7.0 * rate.ln() - rate).exp();
            (a * mass(input(1)) + (1.0 - a) * mass(input(2))).ln()
        }
        "maximum" => a.exp().maximum(input(1).exp()).ln(),
        "noisy_or" => (1.0 - (1.0 - a.sigmoid()).prod()).ln(),
        "geometric" => (a.sigmoid() * (1.0 - a.sigmoid()).pow(input(1))).ln(),
        "ratio_of_sums" => ((a.exp() + input(1).exp()) / (a.exp() + input(1).exp() + 1.0)).ln(),
        "positive_and_negative" => (2.0 * a.exp() - input(1).exp()).ln(),
        "unknown_signs" => (a * input(2).exp() + input(1) * input(3).exp()).ln(),
        "importance_weights" => ((a.exp() * input(1)).sum() / a.exp().sum()).ln(),
        "tempered" => a.exp().sqrt().sum().ln(),
        "harmonic" => (1.0 / (1.0 / a.exp() + input(1).exp().recip())).ln(),
        "geometric_mean" => a.exp().prod().powf(0.25).ln(),
        "squared_ratio" => ((a.exp() / input(1).exp()).powi(2) + 1.0).ln(),
        "sum_of_both_signs" => (a.exp() + (-a).exp()).ln(),
        "one_minus_erf" => (1.0 - a.erf()).ln(),
        "mutual" => {
            let b = input(1);
            (a.sigmoid() * b.sigmoid() + (1.0 - a.sigmoid()) * (1.0 - b.sigmoid())).ln()
        }
        "ratio_by_hand" => a.exp() / (input(1).exp() + 1.0),
        "inverse_sum" => 1.0 / (a.exp() + input(1).exp()),
        "numerator_beside" => a / (1.0 + input(1).exp()),
        "tanh_by_exponentials" => (a.exp() - (-a).exp()) / (a.exp() + (-a).exp()),
        "logit_normal" => a.sigmoid().ln() + (1.0 - a.sigmoid()).ln(),
        "label_smoothing" => -(0.9 * a.sigmoid().ln() + 0.1 * (-a.sigmoid() + 1.0).ln()),
        "tobit" => (1.0 - ((a - 1.0) / input(1)).norm_cdf()).ln(),
        "log_density_of_sum" => ((-a * a / 2.0).exp() + (-0.5 * input(1).powi(2)).exp()).ln(),
        "gaussian_kernel_density" => {
            let kernel = |distance: f64| (-(distance / a).powi(2)).exp();
            let at = |x: f64| ((kernel(x) + kernel(x - 3.0)) / 2.0 / a).ln();
            at(0.0) + at(50.0)
        }
        "hinge_of_exponential" => ((a.exp() + input(1).exp()) * 2.0 / 3.0).ln(),
        "nested" => (a.exp() * (input(1).exp() + input(2).exp()) + 1.0).ln(),
        "softplus_by_hand" => (1.0 + a.exp()).ln(),
        "hurdle" => ((1.0 - a.sigmoid()) * (-input(1)).exp() / (1.0 - (-input(1)).exp())).ln(),
        "binomial_by_powers" => (a.sigmoid().powi(3) * (1.0 - a.sigmoid()).powi(4)).ln(),
        "tempered_softmax" => {
            let e = (a / input(1)).exp();
            element((e / e.sum()).ln(), 0)
        }
        "weibull_tail" => (-(3.0 * a).pow(input(1))).exp().ln(),
        "student_mixture_exponent" => (0.25 * a.exp() + input(1).exp() * 0.75).ln(),
        "ratio_of_difference" => ((a.exp() - input(1).exp()) / (a.exp() + input(1).exp())).ln(),
        "exp_of_mean_log" => a.exp().prod().sqrt().ln(),
        "inverse_cosh" => (1.0 / a.cosh()).ln(),
        "logistic_density" => ((-a).exp() / (1.0 + (-a).exp()).powi(2)).ln(),
        "logistic_density_by_sigma" => (a.sigmoid() * (1.0 - a.sigmoid())).ln(),
        "rasch" => (1.0 / (1.0 + (-(a - input(1))).exp())).ln(),
        "partial_credit" => {
            let (u, v) = (input(1), input(2));
            let top = (2.0 * a - u - v).exp();
            (top / (1.0 + (a - u).exp() + top)).ln()
        }
        "stick_breaking" => ((1.0 - a.sigmoid()) * (1.0 - input(1).sigmoid())).ln(),
        "truncated_normal" => ((3.0 - a).norm_pdf() / (1.0 - (2.0 - a).norm_cdf())).ln(),
        "censored" => (1.0 - ((5.0 - a) / input(1)).erf()).ln(),
        "free_energy" => -((-a * vector(a, &[1.0, 2.0, 5.0])).exp().sum().ln() / a),
        "contrastive" => {
            let [x, y, z] = [0, 1, 2].map(|index| element(a, index).exp());
            -(x / (x + y + z)).ln()
        }
        "hyperbolic_tangent_tail" => ((1.0 - a.tanh()) / 2.0).ln(),
        "product_over_axis" => {
            let miss = 1.0 - a.sigmoid();
            (1.0 - element(miss, 0) * element(miss, 1)).ln()
        }
        "negative_power" => (a.exp() + input(1).exp()).powi(-2).ln(),
        "sum_then_scale" => (0.5 * ((-a).exp() + (-input(1)).exp())).ln(),
        "tanh_difference" => (a.tanh() - input(1).tanh()).ln(),
        "erf_difference" => (0.5 * ((a * half).erf() - (input(1) * half).erf())).ln(),
        "entropy_terms" => {
            let p = a.norm_cdf();
            input(1).xlogy(p) + (1.0 - input(1)).xlog1py(-p)
        }
        "logit_of_norm_cdf" => a.norm_cdf().logit(),
        "log_loss_of_norm_cdf" => a.norm_cdf().log_loss(input(1)),
        "log_loss_of_complementary_log_log" => (1.0 - (-a.exp()).exp()).log_loss(input(1)),
        "two_levels" => {
            let [q, x, y] = [1, 2, 3].map(input);
            (a * (q * x.exp() + (1.0 - q) * y.exp()) + (1.0 - a)).ln()
        }
        _ => likelihoods::record(name, inputs),
    }
}

fn numbers(value: &Value) -> ArrayD<f64> {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap();
    match value.as_array() {
        Some(list) => list.iter().map(number).collect::<Array1<f64>>().into_dyn(),
        None => arr0(number(value)).into_dyn(),
    }
}

/// Losses whose second derivative cancels where they are saturated, all digits of it: it is that of the others' share.
const CANCELLING: [&str; 3] = ["noisy_or", "tempered", "complementary_log_log"];

/// The second derivative along (1, 1.75, 2.5, …), the inputs one after another.
fn curvature<'t>(inputs: &[V<'t>], gradients: &[V<'t>]) -> V<'t> {
    let mut place = 0;
    let mut directions = Vec::new();
    for input in inputs {
        let dims = input.shape().trailing().to_vec();
        let steps = dims.iter().product::<usize>();
        let direction: Vec<f64> = (place..place + steps).map(|k| 1.0 + 0.75 * k as f64).collect();
        place += steps;
        directions.push(input.tape().constant(ArrayD::from_shape_vec(dims, direction).unwrap()));
    }
    let along = |parts: &[V<'t>]| {
        let products = parts.iter().zip(&directions).map(|(&part, &direction)| (part * direction).sum());
        products.reduce(|a, b| a + b).unwrap()
    };
    along(&along(gradients).grads(inputs))
}

/// Errors of the value and the gradients at one point, each relative, larger than `tolerance`.
fn errors(name: &str, point: &Value, tolerance: f64) -> Vec<String> {
    let at: Vec<ArrayD<f64>> = point["at"].as_array().unwrap().iter().map(numbers).collect();
    let tape = Tape::<f64>::new();
    let named = at.iter().enumerate();
    let inputs: Vec<V<'_>> = named.map(|(index, value)| tape.variable(&format!("x{index}"), value.clone())).collect();
    let loss = record(name, &inputs);
    let gradients = loss.grads(&inputs);
    let outputs: Vec<V<'_>> =
        [loss].into_iter().chain(gradients.iter().copied()).chain([curvature(&inputs, &gradients)]).collect();
    let program = tape.compile(&outputs).unwrap();
    let found = program.run(&[]).unwrap();
    let mut errors = Vec::new();
    let expected: Vec<ArrayD<f64>> = [numbers(&point["value"])]
        .into_iter()
        .chain(point["gradient"].as_array().unwrap().iter().map(numbers))
        .chain([numbers(&point["curvature"])])
        .collect();
    let mut compare = |what: &str, found: &ArrayD<f64>, expected: &ArrayD<f64>| {
        // Second derivatives along a direction are sums of several, which partly cancel.
        let tolerance = if what == "curvature" { 1e4 * tolerance } else { tolerance };
        for (&found, &expected) in found.iter().zip(expected) {
            if what == "curvature" && (CANCELLING.contains(&name) || expected.is_infinite()) {
                continue;
            }
            let is_right = found == expected || (found - expected).abs() <= tolerance * expected.abs();
            if !is_right {
                errors.push(format!("{name} at {}: {what} {found:e} for {expected:e}", point["at"]));
            }
        }
    };
    for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let what = if index == 0 {
            "value"
        } else if index <= inputs.len() {
            "gradient"
        } else {
            "curvature"
        };
        compare(what, found, expected);
    }
    for (gradient, expected) in gradients.iter().zip(&expected[1..]) {
        compare("interpreted gradient", &gradient.value().unwrap(), expected);
    }
    assert!(found.iter().zip(&expected).all(|(found, expected)| found.shape() == expected.shape()), "{name}");
    errors
}

fn assert_right(file: &str) {
    let reference: Value =
        serde_json::from_str(&std::fs::read_to_string(format!("{REFERENCE}{file}")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for (name, points) in reference.as_object().unwrap() {
        for point in points.as_array().unwrap() {
            wrong.extend(errors(name, point, 1e-13));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn naive_losses_keep_their_digits() {
    assert_right("naive_losses.json");
}

#[test]
fn likelihoods_by_their_formulas_keep_their_digits() {
    assert_right("likelihoods.json");
}

/// The gradient of a loss over the rows, and its value, by a program.
fn over_rows<T: autodiff::Scalar>(
    x: &[T],
    y: &[T],
    theta: &[T],
    loss: impl for<'t> Fn(Var<'t, T>, Var<'t, T>, Var<'t, T>) -> Var<'t, T>,
) -> (T, Vec<T>) {
    let tape = Tape::<T>::new();
    let (rows, labels) = (tape.rows("x", &[]), tape.rows("y", &[]));
    let theta_input = tape.input("theta", &[theta.len()]);
    let loss = loss(rows, labels, theta_input);
    let program = tape.compile(&[loss, loss.grad(theta_input)]).unwrap();
    let (x, y, theta) = (Array1::from(x.to_vec()), Array1::from(y.to_vec()), Array1::from(theta.to_vec()));
    let found = program.run(&[rows.bind(&x), labels.bind(&y), theta_input.bind(&theta)]).unwrap();
    (found[0][[]], found[1].iter().copied().collect())
}

fn probit<'t, T: autodiff::Scalar>(x: Var<'t, T>, y: Var<'t, T>, theta: Var<'t, T>) -> Var<'t, T> {
    let p = (theta.index_axis(0, 0) + theta.index_axis(0, 1) * x).norm_cdf();
    -(y * p.ln() + (-y + T::one()) * (-p + T::one()).ln()).sum()
}

#[track_caller]
fn assert_close(found: (f64, &[f64]), expected: (f64, &[f64]), tolerance: f64) {
    let pairs = [(found.0, expected.0)].into_iter().chain(found.1.iter().copied().zip(expected.1.iter().copied()));
    for (found, expected) in pairs {
        assert!((found - expected).abs() <= tolerance * expected.abs(), "{found:e} for {expected:e}");
    }
}

#[test]
fn rows_of_a_naive_loss_stay_in_the_gradient() {
    let (x, y, theta) = ([-40.0, 0.5, 2.0], [1.0, 0.0, 1.0], [0.25, 1.0]);
    let (value, gradient) = over_rows(&x, &y, &theta, probit);
    assert_close((value, &gradient), (PROBIT.0, &PROBIT.1), 1e-14);
    // In single precision the naive logarithm is −∞ from η = −14 on.
    let (value, gradient) = over_rows(&[-14.25f32, 0.5, 2.0], &[1.0, 0.0, 1.0], &[0.25, 1.0], probit);
    assert_close((value.into(), &[gradient[0].into(), gradient[1].into()]), (PROBIT_SINGLE.0, &PROBIT_SINGLE.1), 1e-6);
    // A mixture with an outlier, weights that are inputs.
    let (value, gradient) = over_rows(&[0.0; 3], &[0.5, 1.0, 80.0], &[0.25, 1.0], |_, y, theta| {
        let [weight, mean] = [0, 1].map(|index| theta.index_axis(0, index));
        let [near, far] = [y, y - mean].map(|distance: V<'_>| (-0.5 * distance.powi(2)).exp());
        -(weight * far + (1.0 - weight) * near).ln().sum()
    });
    assert_close((value, &gradient), (MIXTURE.0, &MIXTURE.1), 1e-13);
}

fn weighted_sums<'t>(x: V<'t>, y: V<'t>, theta: V<'t>) -> V<'t> {
    let exponent = theta.index_axis(0, 0) * x;
    (y * exponent.exp()).sum().ln() + exponent.exp().mean().ln() + (exponent + y).exp().sum().ln()
}

#[test]
fn sums_over_the_rows_have_their_logarithms() {
    let x = [1000.0, 999.0, -3.0];
    // Weights of both signs and 0, and then positive ones.
    for (y, expected) in [([2.0, -1.0, 0.0], WEIGHTED_ROWS[0]), ([1.0, 3.0, 5.0], WEIGHTED_ROWS[1])] {
        let (value, gradient) = over_rows(&x, &y, &[1.0], weighted_sums);
        assert_close((value, &gradient), (expected.0, &[expected.1]), 1e-13);
    }
    // A softmax by hand over the rows.
    let (value, gradient) = over_rows(&x, &[1.0, 2.0, 3.0], &[1.0], |x, y, theta| {
        let e = (theta.index_axis(0, 0) * x).exp();
        (y * (e / e.sum())).sum()
    });
    assert_close((value, &gradient), (SOFTMAX_ROWS.0, &[SOFTMAX_ROWS.1]), 1e-12);
}

type Recording = for<'t> fn(V<'t>, V<'t>) -> V<'t>;

#[test]
fn signs_and_undefined_results_stay() {
    let of = |a: f64, b: f64, record: Recording| {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.variable("a", a), tape.variable("b", b));
        let recorded: V<'_> = record(a, b);
        let program = tape.compile(&[recorded]).unwrap();
        (recorded.item().unwrap(), program.run(&[]).unwrap()[0][[]])
    };
    let records: [Recording; 9] = [
        |a, b| (a.exp() - b.exp()).ln(),
        |a, b| (a * b.exp()).ln(),
        |a, b| (a * b * b.exp()).ln(),
        |a, b| (a * a.exp() + b * b.exp()).ln(),
        |a, b| ((a.exp() - b.exp()) * (b.sinh())).ln(),
        |a, b| (a.sigmoid() - b.sigmoid()).ln(),
        |a, b| (-(a.exp() + b.exp())).ln(),
        |a, b| (a / (b.exp() - 1.0)).ln(),
        |a, b| (a.ln() + b).exp().ln() + (a * b.exp()).sqrt(),
    ];
    for (index, record) in records.into_iter().enumerate() {
        for a in [-1.5, -0.5, 0.0, 0.5, 2.0] {
            for b in [-2.0, -0.5, 0.0, 0.5, 1.5] {
                let (naive, ours) = of(a, b, record);
                let agree = naive == ours || naive.is_nan() && ours.is_nan();
                assert!(
                    agree || (naive - ours).abs() <= 1e-14 * naive.abs().max(1.0),
                    "{index}: {a}, {b}: {naive} {ours}"
                );
            }
        }
    }
}

/// `u·eˣ/(u·eˣ + w·eᶻ)` and its derivative by x, with 60 digits: shares of sums below 0, too, and of weights of any sign.
#[test]
fn shares_of_weights_of_any_sign() {
    let [u, w] = [[2.0, -5.0, 1.0, -1.0, 1.5], [-3.0, 5.0, -1.0, -2.0, 0.0]];
    let [x, z] = [[1.0, 2.0, 800.0, 3.0, 0.3], [0.5, 0.2, 2.0, 700.0, 7.0]];
    let shares = [11.085981601276807, 1.198033626515006, 1.0, 9.901844863518712e-304, 1.0];
    let slopes = [-111.81300646257108, -0.23725094374569076, 0.0, 9.901844863518712e-304, 0.0];
    let tape = Tape::<f64>::new();
    let [x, z, u, w] = [("x", x), ("z", z), ("u", u), ("w", w)].map(|(name, value)| tape.data(name, arr1(&value)));
    let share = u * x.exp() / (u * x.exp() + w * z.exp());
    let found = tape.compile(&[share, share.sum().grad(x)]).unwrap().run(&[]).unwrap();
    for (found, expected) in found.iter().flatten().zip(shares.iter().chain(&slopes)) {
        assert!((found - expected).abs() <= 2e-13 * expected.abs(), "{found} for {expected}");
    }
}

#[test]
fn long_sums_and_shared_ones_end() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 700.0);
    // A sum of many terms, each of its partial sums with a logarithm.
    let (mut sum, mut logs) = (x.exp(), x * 0.0);
    for _ in 0..3000 {
        sum += x.exp();
        logs += sum.ln();
    }
    // 2⁶⁰ terms, and a tower of products and sums.
    let mut doubled = x.exp();
    for _ in 0..60 {
        doubled = doubled + doubled;
    }
    let mut tower = x.exp();
    for _ in 0..2000 {
        tower = tower * 1.5 + (-x).exp() - 0.25;
    }
    let program = tape.compile(&[sum.ln(), logs.grad(x), doubled.ln(), tower.ln(), tower.ln().grad(x)]).unwrap();
    let found: Vec<f64> = program.run(&[]).unwrap().iter().map(|value| value[[]]).collect();
    let expected = [700.0 + 3001f64.ln(), 3000.0, 700.0 + 60.0 * 2f64.ln(), 700.0 + 2000.0 * 1.5f64.ln(), 1.0];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-12 * expected, "{found} for {expected}");
    }
}

#[test]
fn each_rewrite_can_be_switched_off() {
    let naive = |rewrites: Rewrites| {
        let tape = Tape::<f64>::new();
        tape.set_rewrites(rewrites);
        let (a, b) = (tape.variable("a", 1000.0), tape.variable("b", 999.0));
        let losses = [
            (a.exp() + b.exp()).ln(),
            (a.exp() - b.exp()).ln(),
            (a * b.exp()).ln(),
            (a * b.exp() + b * a.exp()).ln(),
            (-a).norm_cdf().ln(),
            a.gt(b).select(a.exp(), b.exp()).ln(),
            (a.sigmoid() - b.sigmoid()).ln(),
            a.exp() / (a.exp() + b.exp() + 1.0),
            1.0 - a.norm_cdf(),
            (a * 1e20).lgamma() + b.lgamma() - (a * 1e20 + b).lgamma(),
            tape.stack(0, &[a, b]).exp().cumsum(0).ln().sum(),
        ];
        let program = tape.compile(&losses).unwrap();
        let applied: Vec<Rewrite> = program.rewrites().iter().map(|applied| applied.rewrite).collect();
        (program.run(&[]).unwrap().iter().map(|value| value[[]]).collect::<Vec<_>>(), applied)
    };
    let (all, applied) = naive(Rewrites::ALL);
    assert!(all.iter().all(|value| value.is_finite()), "{all:?}");
    let expected = [
        Rewrite::LogSumExp,
        Rewrite::LnDifference,
        Rewrite::LnProduct,
        Rewrite::WeightedLogSumExp,
        Rewrite::LnTail,
        Rewrite::LnSelect,
        Rewrite::SigmoidDifference,
        Rewrite::Softmax,
        Rewrite::Complement,
        Rewrite::LnBeta,
        Rewrite::CumLogSumExp,
    ];
    for rewrite in expected {
        assert!(applied.contains(&rewrite), "{rewrite:?} in {applied:?}");
        let (_, rest) = naive(Rewrites::ALL.without(rewrite));
        assert!(!rest.contains(&rewrite), "{rewrite:?} in {rest:?}");
    }
    assert!(naive(Rewrites::NONE).1.is_empty());
}
