//! Gradients by the tape against the formulas that one derives by hand, over random data, both ways of evaluation.
//!
//! Design matrices and parameters are multiples of powers of two of few bits, so that `z = Xθ` is exact in any order of
//! summation: what is compared is the differentiation, not the rounding of a predictor that a scale of 1e8 amplifies.

use autodiff::{Rewrites, Tape, Var};
use ndarray::{Array1, Array2, ArrayD, Axis};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tests::compare::{assert_close, assert_relative, relative_error, ulps};
use tests::evaluate::{Way, both, interpreted};
use tests::reference;

/// σ by its definition, of two branches so that neither tail loses digits.
fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 { 1.0 / (1.0 + (-z).exp()) } else { z.exp() / (1.0 + z.exp()) }
}

/// Data of a weighted logistic regression.
#[derive(Debug)]
struct Problem {
    x: Array2<f64>,
    theta: Array1<f64>,
    labels: Array1<f64>,
    weights: Array1<f64>,
}

/// n observations (none and one included) of p features; `X` is scaled by up to 2²⁷, about 1e8.
fn problems() -> impl Strategy<Value = Problem> {
    let label = prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0];
    (prop_oneof![0usize..4, 4usize..200], 1usize..7, -4i32..=27).prop_flat_map(move |(n, p, scale)| {
        let sixteenths = |max: i32| (-max..=max).prop_map(|k| f64::from(k) / 16.0);
        let x = prop::collection::vec(sixteenths(64), n * p);
        let theta = prop::collection::vec(sixteenths(32), p);
        let labels = prop::collection::vec(label.clone(), n);
        let weights = prop::collection::vec(prop_oneof![Just(1.0), 0.0..10.0], n);
        (x, theta, labels, weights).prop_map(move |(x, theta, labels, weights)| Problem {
            x: Array2::from_shape_vec((n, p), x).unwrap() * 2f64.powi(scale),
            theta: theta.into(),
            labels: labels.into(),
            weights: weights.into(),
        })
    })
}

type Loss = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

/// The ways to write the negative log-likelihood of an observation with predictor z and label y.
const LOSSES: [(&str, Loss); 3] = [
    ("log_loss", |z, y| z.sigmoid().log_loss(y)),
    ("naive", |z, y| {
        let pi = z.sigmoid();
        -(y * pi.ln() + (1.0 - y) * (1.0 - pi).ln())
    }),
    ("softplus", |z, y| y * (-z).softplus() + (1.0 - y) * z.softplus()),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn the_logistic_gradient_is_the_design_times_the_residuals(problem in problems()) {
        let Problem { x, theta, labels, weights } = &problem;
        let z = x.dot(theta);
        // y − π without cancellation: yσ(−z) − (1−y)σ(z).
        let (yes, no): (Array1<f64>, Array1<f64>) =
            (labels * &z.mapv(|z| sigmoid(-z)), labels.mapv(|y| 1.0 - y) * z.mapv(sigmoid));
        let wanted = -x.t().dot(&(weights * &(&yes - &no))).into_dyn();
        let scale = x.mapv(f64::abs).t().dot(&(weights * &(yes + no))).into_dyn();
        for (name, loss) in LOSSES {
            let tape = Tape::new();
            let (x, y, w) = (tape.data("X", x), tape.data("y", labels), tape.data("w", weights));
            let theta = tape.variable("theta", theta);
            let gradient = (loss(x.linear(theta), y) * w).sum().grad(theta);
            for (way, values) in both(&tape, &[gradient]) {
                assert_close(&values[0], &wanted, &scale, 1e-12, &format!("{name}, {way:?}"));
            }
        }
    }

    #[test]
    fn the_logistic_hessian_is_the_weighted_gram_matrix(problem in problems()) {
        let Problem { x, theta, weights, .. } = &problem;
        let curvature = x.dot(theta).mapv(|z| sigmoid(z) * sigmoid(-z)) * weights;
        let gram = |x: &Array2<f64>| x.t().dot(&(x * &curvature.clone().insert_axis(Axis(1)))).into_dyn();
        let (wanted, scale) = (gram(x), gram(&x.mapv(f64::abs)));
        for (name, loss) in LOSSES {
            let tape = Tape::new();
            let (x, y, w) = (tape.data("X", x), tape.data("y", &problem.labels), tape.data("w", weights));
            let theta = tape.variable("theta", theta);
            let hessian = (loss(x.linear(theta), y) * w).sum().hessian(theta);
            for (way, values) in both(&tape, &[hessian]) {
                assert_close(&values[0], &wanted, &scale, 1e-12, &format!("{name}, {way:?}"));
            }
        }
    }

    #[test]
    fn the_least_squares_gradient_is_minus_two_over_n_times_the_design_times_the_residuals(problem in problems()) {
        let Problem { x, theta, labels, .. } = &problem;
        prop_assume!(x.nrows() > 0);
        let residuals = labels - &x.dot(theta);
        let factor = 2.0 / x.nrows() as f64;
        let wanted = x.t().dot(&residuals).into_dyn() * -factor;
        let scale = x.mapv(f64::abs).t().dot(&residuals.mapv(f64::abs)).into_dyn() * factor;
        let tape = Tape::new();
        let (x, y, theta) = (tape.data("X", x), tape.data("y", labels), tape.variable("theta", theta));
        let gradient = (y - x.linear(theta)).powi(2).mean().grad(theta);
        for (way, values) in both(&tape, &[gradient]) {
            assert_close(&values[0], &wanted, &scale, 1e-12, &format!("{way:?}"));
        }
    }

    #[test]
    fn changing_the_sign_of_the_predictor_and_the_label_keeps_the_loss(z in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
        for (name, loss) in LOSSES {
            let of = |z: f64, label: f64| {
                let tape = Tape::new();
                let (z, y) = (tape.variable("z", z), tape.constant(label));
                let value = loss(z, y);
                let (first, second) = (value.grad(z), value.grad(z).grad(z));
                both(&tape, &[value, first, second]).map(|(_, values)| values.iter().map(|v| v[[]]).collect::<Vec<_>>())
            };
            for (way, (one, zero)) in [Way::Interpreter, Way::Program].iter().zip(of(z, 1.0).iter().zip(of(-z, 0.0))) {
                // The interpreter evaluates ln(1 − π) as written: there the naive value isn't symmetric.
                if *way == Way::Program || name == "softplus" {
                    prop_assert_eq!(one[0].to_bits(), zero[0].to_bits(), "{} {:?} at {}", name, way, z);
                }
                prop_assert_eq!(one[1], -zero[1], "{} {:?}, gradient at {}", name, way, z);
                prop_assert_eq!(one[2], zero[2], "{} {:?}, curvature at {}", name, way, z);
            }
        }
    }

    #[test]
    fn the_softmax_regression_gradient_is_the_design_times_the_residuals(
        elements in prop::collection::vec(-64i32..=64, 4 * 5),
        parameters in prop::collection::vec(-32i32..=32, 4 * 3),
        classes in prop::collection::vec(0usize..3, 5),
        scale in -2i32..=20,
    ) {
        let sixteenths = |values: &[i32]| values.iter().map(|&k| f64::from(k) / 16.0).collect::<Vec<_>>();
        let x = Array2::from_shape_vec((5, 4), sixteenths(&elements)).unwrap() * 2f64.powi(scale);
        let w = Array2::from_shape_vec((4, 3), sixteenths(&parameters)).unwrap();
        let labels = Array2::from_shape_fn((5, 3), |(i, k)| if classes[i] == k { 1.0 } else { 0.0 });
        let mut pi = x.dot(&w);
        for mut row in pi.rows_mut() {
            let largest = row.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            row.mapv_inplace(|z| (z - largest).exp());
            let total = row.sum();
            row.mapv_inplace(|z| z / total);
        }
        // π − y of the class that is there is −Σ of the others' π, without cancellation.
        let mut residuals = pi.clone();
        for (i, &class) in classes.iter().enumerate() {
            residuals[[i, class]] = 0.0;
            residuals[[i, class]] = -residuals.row(i).sum();
        }
        let wanted = x.t().dot(&residuals).into_dyn();
        let magnitude = x.mapv(f64::abs).t().dot(&(&pi + &labels)).into_dyn();
        let tape = Tape::new();
        let (x, y, w) = (tape.data("X", x), tape.data("Y", labels), tape.variable("W", w));
        let naive = -(y * x.dot(w).softmax(&[1]).ln()).sum().grad(w);
        let stable = -(y * x.dot(w).log_softmax(&[1])).sum().grad(w);
        for (way, values) in both(&tape, &[naive, stable]) {
            assert_close(&values[0], &wanted, &magnitude, 1e-12, &format!("naive, {way:?}"));
            assert_close(&values[1], &wanted, &magnitude, 1e-12, &format!("stable, {way:?}"));
        }
    }

    #[test]
    fn backpropagation_through_a_perceptron_is_the_one_written_by_hand(seed in prop::collection::vec(-1.0f64..1.0, 6 * 3 + 6 + 3 * 4 + 4 + 4)) {
        let mut numbers = seed.into_iter();
        let mut take = |n: usize| (0..n).map(|_| numbers.next().unwrap()).collect::<Array1<f64>>();
        let (x, y) = (take(18).into_shape_with_order((6, 3)).unwrap(), take(6));
        let (w, b, v) = (take(12).into_shape_with_order((3, 4)).unwrap(), take(4), take(4));

        let hidden = (x.dot(&w) + &b).mapv(f64::tanh);
        let residuals = hidden.dot(&v) - &y;
        let z_bar = residuals.clone().insert_axis(Axis(1)).dot(&v.clone().insert_axis(Axis(0))) * hidden.mapv(|h| 1.0 - h * h);
        let wanted = [x.t().dot(&z_bar).into_dyn(), z_bar.sum_axis(Axis(0)).into_dyn(), hidden.t().dot(&residuals).into_dyn()];

        let tape = Tape::new();
        let (x, y) = (tape.data("X", x), tape.data("y", y));
        let (w, b, v) = (tape.variable("W", w), tape.variable("b", b), tape.variable("v", v));
        let output = (x.dot(w) + b).tanh().dot(v);
        let loss = (output - y).powi(2).sum() * 0.5;
        for (way, values) in both(&tape, &loss.grads(&[w, b, v])) {
            for (found, wanted) in values.iter().zip(&wanted) {
                let scale = ArrayD::from_elem(wanted.raw_dim(), 1.0 + wanted.fold(0.0f64, |a, b| a.max(b.abs())));
                assert_close(found, wanted, &scale, 1e-13, &format!("{way:?}"));
            }
        }
    }
}

#[test]
fn the_logistic_gradient_is_the_slope_of_the_loss() {
    let data = reference::json("derivation.json");
    let example = &data["gradient_check_example"];
    let (x, y) = (reference::matrix(&example["X"]), reference::vector(&example["y"]));
    let tape = Tape::new();
    let (x, y) = (tape.data("X", &x), tape.data("y", &y));
    let theta = tape.input("theta", &[4]);
    let loss = x.linear(theta).sigmoid().log_loss(y).sum();
    let gradient = loss.grad(theta);
    for point in example["points"].as_array().unwrap() {
        let at = reference::vector(&point["theta"]);
        theta.set_value(&at).unwrap();
        let analytical = gradient.value().unwrap();
        for index in 0..4 {
            let step = 1e-5;
            let value_at = |by: f64| {
                let mut moved = at.clone();
                moved[index] += by;
                theta.set_value(&moved).unwrap();
                loss.item().unwrap()
            };
            let numerical = (value_at(step) - value_at(-step)) / (2.0 * step);
            assert!((numerical - analytical[[index]]).abs() < 1e-7 * (1.0 + numerical.abs()), "component {index}");
        }
    }
}

/// The label, the predictor, and the loss with its first two derivatives to compare at each reference row.
fn logistic_rows() -> [ArrayD<f64>; 5] {
    let rows = reference::logistic_loss();
    std::array::from_fn(|column| rows.column(column).to_owned().into_dyn())
}

/// The log-likelihood of an observation as one writes it down.
fn naive_log_likelihood<'t>(z: Var<'t, f64>, y: Var<'t, f64>) -> Var<'t, f64> {
    let pi = z.sigmoid();
    y * pi.ln() + (1.0 - y) * (1.0 - pi).ln()
}

#[test]
fn the_naive_log_likelihood_keeps_its_digits_in_both_tails() {
    let [labels, predictors, losses, slopes, curvatures] = logistic_rows();
    let tape = Tape::new();
    let (y, z) = (tape.data("y", &labels), tape.data("z", &predictors));
    let value = naive_log_likelihood(z, y);
    let slope = value.sum().grad(z);
    let curvature = slope.sum().grad(z);
    let program = tape.compile(&[value, slope, curvature]).unwrap();
    assert!(!program.rewrites().is_empty(), "the rewrites that were applied can be seen");
    let found = program.run(&[]).unwrap();
    let by_interpreter = interpreted(&[slope, curvature]).unwrap();
    for (found, wanted, what) in [
        (&found[0], &losses, "value"),
        (&found[1], &slopes, "slope by the program"),
        (&found[2], &curvatures, "curvature by the program"),
        (&by_interpreter[0], &slopes, "slope by the interpreter"),
        (&by_interpreter[1], &curvatures, "curvature by the interpreter"),
    ] {
        for (row, (&found, &wanted)) in found.iter().zip(wanted).enumerate() {
            // For a label between 0 and 1 the two terms of the slope, yσ(−z) and (1−y)σ(z), cancel near its zero.
            let (y, z) = (labels[[row]], predictors[[row]]);
            let terms = y * sigmoid(-z) + (1.0 - y) * sigmoid(z);
            let cancels = what.starts_with("slope") && relative_error(found, -wanted, terms) <= 4.0 * f64::EPSILON;
            assert!(
                ulps(found, -wanted) <= 4 || (cancels && y.fract() != 0.0),
                "{what} at y = {y}, z = {z}: {found:e}"
            );
        }
    }
}

#[test]
fn without_rewrites_the_naive_log_likelihood_loses_both_tails() {
    let of = |rewrites: Rewrites, z: f64, label: f64| {
        let tape = Tape::new();
        tape.set_rewrites(rewrites);
        let (z, y) = (tape.variable("z", z), tape.constant(label));
        let value = naive_log_likelihood(z, y);
        let program = tape.compile(&[value, value.grad(z)]).unwrap();
        assert_eq!(program.rewrites().is_empty(), rewrites == Rewrites::NONE);
        program.run(&[]).unwrap().iter().map(|v| v[[]]).collect::<Vec<_>>()
    };
    // σ(40) rounds to 1, so ln(1 − σ(40)) is −∞.
    assert_eq!(of(Rewrites::NONE, 40.0, 0.0)[0], f64::NEG_INFINITY);
    assert_eq!(of(Rewrites::ALL, 40.0, 0.0)[0], -40.0);
    assert_eq!(of(Rewrites::NONE, -800.0, 1.0)[0], f64::NEG_INFINITY);
    assert_eq!(of(Rewrites::ALL, -800.0, 1.0), [-800.0, 1.0]);
    let (lost, kept) = (of(Rewrites::NONE, 20.0, 0.0)[0], of(Rewrites::ALL, 20.0, 0.0)[0]);
    assert!(ulps(kept, -20.000000002061153) <= 1 && ulps(lost, kept) > 1_000, "{lost} {kept}");
}

#[test]
fn no_observations_give_a_loss_and_a_gradient_of_zero() {
    let tape = Tape::new();
    let (x, y) = (tape.data("X", Array2::zeros((0, 3))), tape.data("y", Array1::zeros(0)));
    let theta = tape.variable("theta", Array1::ones(3));
    let loss = x.linear(theta).sigmoid().log_loss(y).sum();
    for (way, values) in both(&tape, &[loss, loss.grad(theta), loss.hessian(theta)]) {
        assert_relative(&values[0], &ndarray::arr0(0.0).into_dyn(), 0.0, &format!("{way:?}"));
        assert_relative(&values[1], &ArrayD::zeros(vec![3]), 0.0, &format!("{way:?}"));
        assert_relative(&values[2], &ArrayD::zeros(vec![3, 3]), 0.0, &format!("{way:?}"));
    }
}

#[test]
fn no_features_give_n_times_ln_two_and_an_empty_gradient() {
    let tape = Tape::new();
    let (x, y) = (tape.data("X", Array2::zeros((5, 0))), tape.data("y", ndarray::arr1(&[0.0, 1.0, 0.0, 1.0, 0.5])));
    let theta = tape.variable("theta", Array1::zeros(0));
    let loss = x.linear(theta).sigmoid().log_loss(y).sum();
    for (way, values) in both(&tape, &[loss, loss.grad(theta)]) {
        assert_relative(&values[0], &ndarray::arr0(5.0 * 2f64.ln()).into_dyn(), 1e-15, &format!("{way:?}"));
        assert_eq!(values[1].shape(), [0], "{way:?}");
    }
}
