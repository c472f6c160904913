//! Recorded losses as models (`fit::Loss`): fits, standard errors, functions of the parameters and tests against values of 40
//! digits (`tests/reference/losses.json`), and against the models that the crate has.

use approx::assert_relative_eq;
use autodiff::{Tape, Var};
use models::fit::{Adam, Control, Loss, LossFit, Method, Options, Progress, Status};
use models::inference::{Covariance, covariance};
use models::{Design, Error, Family, Glm, check_gradient};
use ndarray::{Array1, Array2};
use serde_json::Value;

fn json(name: &str) -> Value {
    let path = format!("{}/../../tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (&found, &expected) in found.iter().zip(expected) {
        assert_relative_eq!(found, expected, max_relative = tolerance, epsilon = tolerance * 1e-3);
    }
}

fn assert_covariance(fit: &LossFit<'_, '_>, kind: Covariance, expected: &Value) {
    let found = fit.clone().with_covariance(kind).covariance().unwrap();
    for (row, expected) in found.outer_iter().zip(expected.as_array().unwrap()) {
        assert_close(&row.to_vec(), &numbers(expected), 1e-9);
    }
}

/// `(time.ln() − η)/σ` and the negative log-likelihood of failure times, of which those without an event are censored.
fn weibull<'t>(time: Var<'t, f64>, event: Var<'t, f64>, eta: Var<'t, f64>, log_scale: Var<'t, f64>) -> Var<'t, f64> {
    let z = (time.ln() - eta) / log_scale.exp();
    (z.exp() - event * (z - log_scale - time.ln())).sum()
}

struct Failures {
    design: Array2<f64>,
    time: Vec<f64>,
    event: Vec<f64>,
    expected: Value,
}

impl Failures {
    fn read() -> Self {
        let data = &json("objectives")["weibull_aft"]["data"];
        let x = numbers(&data["x"]);
        let design = Array2::from_shape_fn((x.len(), 2), |(row, column)| if column == 0 { 1.0 } else { x[row] });
        let expected = json("losses")["weibull_aft"].clone();
        Self { design, time: numbers(&data["time"]), event: numbers(&data["event"]), expected }
    }
}

#[test]
fn a_recorded_loss_is_fitted_with_its_inference() {
    let Failures { design, time, event, expected } = Failures::read();
    let tape = Tape::<f64>::new();
    let (x, t, d) = (tape.rows("x", &[2]), tape.rows("time", &[]), tape.rows("event", &[]));
    let (beta, log_scale) = (tape.input("beta", &[2]), tape.input("log_scale", &[]));
    let data = [x.bind(&design), t.bind(&time), d.bind(&event)];
    let model = Loss::new(weibull(t, d, x.linear(beta), log_scale), &[beta, log_scale])
        .with_names(beta, &["intercept", "x"])
        .unwrap()
        .bind(&data);
    let nodes = tape.len();
    for method in [Method::Newton, Method::TrustRegion, Method::Lbfgs] {
        let fit = model.minimise(&Options::method(method)).unwrap();
        assert!(fit.fit.converged(), "{method:?}: {}", fit.fit.reason());
        let tolerance = if method == Method::Lbfgs { 1e-6 } else { 1e-11 };
        assert_close(&fit.fit.parameters, &numbers(&expected["parameters"]), tolerance);
    }
    let fit = model.minimise(&Options::default()).unwrap();
    assert_eq!(tape.len(), nodes, "the user's tape is left alone");
    assert_eq!(fit.fit.names, ["intercept", "x", "log_scale"]);
    assert_relative_eq!(-fit.log_likelihood().unwrap(), expected["loss"].as_f64().unwrap(), max_relative = 1e-12);
    assert_close(&fit.estimate(beta).unwrap().into_iter().collect::<Vec<_>>(), &fit.fit.parameters[..2], 0.0);
    assert_eq!(fit.estimate(log_scale).unwrap().ndim(), 0);

    for kind in [Covariance::Expected, Covariance::Observed] {
        assert_covariance(&fit, kind, &expected["observed"]);
    }
    assert_covariance(&fit, Covariance::Sandwich, &expected["sandwich"]);

    let scale = log_scale.exp();
    let median = (beta.sum() + scale * 2f64.ln().ln()).exp().named("median");
    let both = tape.stack(0, &[median, 1 / scale]).named("both");
    let delta = fit.delta(both).unwrap();
    let expected_delta = [&expected["delta"]["median"], &expected["delta"]["shape"]].map(numbers);
    for (found, expected) in delta.coefficients.iter().zip(&expected_delta) {
        assert_close(&[found.estimate, found.std_error], expected, 1e-9);
    }
    assert_eq!(delta.coefficients[1].name, "both2");
    let alone = fit.delta(median).unwrap();
    assert_eq!((alone.coefficients[0].name.as_str(), alone.coefficients.len()), ("median", 1));
    assert_close(&[alone.coefficients[0].std_error], &[delta.coefficients[0].std_error], 1e-13);

    let (low, high) = fit.inference().unwrap().wald_intervals(0.95)[1];
    let half = 1.959963984540054 * numbers(&expected["observed"][1])[1].sqrt();
    assert_close(&[low, high], &[fit.fit.parameters[1] - half, fit.fit.parameters[1] + half], 1e-9);

    let intercept = tape.input("alone", &[]);
    let smaller = Loss::new(weibull(t, d, intercept, log_scale), &[intercept, log_scale]).bind(&data);
    let smaller = smaller.minimise(&Options::default()).unwrap();
    let test = fit.compare(&smaller).unwrap();
    assert_close(&[test.statistic, test.p_value], &numbers(&expected["likelihood_ratio"]), 1e-9);
    assert_eq!((test.df, test.residual_df), (1, None));
    assert!(matches!(smaller.compare(&fit), Err(Error::Unavailable { .. })));

    let page = fit.summary().unwrap().to_string();
    for text in
        ["Loss of 3 parameters, 50 rows", "intercept", "log_scale", "Pr(>|z|)", "AIC: 195.35, BIC: 201.09", "converged"]
    {
        assert!(page.contains(text), "{text} in\n{page}");
    }
    assert!(check_gradient(&model, &[0.1, 0.2, 0.3]).unwrap().passed());
}

#[test]
fn the_expected_information_of_two_predictors_is_stated_by_pairs() {
    let (data, expected) = (json("objectives"), json("losses"));
    let (x, y) = (numbers(&data["tobit"]["data"]["x"]), numbers(&data["tobit"]["data"]["y"]));
    let expected = &expected["two_predictors"];
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.data("x", &x), tape.data("y", &y));
    let (of_mean, of_scale) = (tape.variable("mean", &[0.0, 0.0]), tape.variable("log_sigma", &[1.0, 0.0]));
    let mean = of_mean.index_axis(0, 0) + of_mean.index_axis(0, 1) * x;
    let log_sigma = of_scale.index_axis(0, 0) + of_scale.index_axis(0, 1) * x;
    let z = (y - mean) / log_sigma.exp();
    let model = Loss::new((0.5 * z * z + log_sigma).sum(), &[of_mean, of_scale])
        .with_information(mean, mean, (-2 * log_sigma).exp())
        .with_information(log_sigma, log_sigma, tape.number(2.0));
    for method in [Method::Newton, Method::TrustRegion] {
        // Fisher's scoring gains a digit or so a step.
        let fit = model.minimise(&Options { max_iterations: 1000, ..Options::method(method) }).unwrap();
        assert!(fit.fit.converged(), "{method:?}: {}", fit.fit.reason());
        assert_close(&fit.fit.parameters, &numbers(&expected["parameters"]), 1e-9);
        assert_covariance(&fit, Covariance::Expected, &expected["expected"]);
        assert_covariance(&fit, Covariance::Observed, &expected["observed"]);
        assert_covariance(&fit, Covariance::Sandwich, &expected["sandwich"]);
        let ratio = fit.delta((of_mean.sum() - of_scale.sum()).exp()).unwrap();
        assert_relative_eq!(
            ratio.coefficients[0].estimate,
            expected["delta"]["ratio"][0].as_f64().unwrap(),
            max_relative = 1e-9
        );
    }
}

/// What the crate's own models say, the loss says too, with several blocks in other shapes.
#[test]
fn a_recorded_glm_is_the_glm() {
    let x = Array2::from_shape_fn((40, 2), |(row, column)| ((row * (7 + 4 * column)) % 13) as f64 / 6.0 - 1.0);
    let y = Array1::from_shape_fn(40, |row| ((row * 5) % 7 + row / 10) as f64);
    let glm = Glm::new(Design::new(&x).with_names(&["a", "b"]).unwrap(), &y, Family::Poisson).unwrap();
    let expected = glm.fit(&Options::default()).unwrap();
    let tape = Tape::<f64>::new();
    let (rows, counts) = (tape.data("x", &x), tape.data("y", &y));
    let (intercept, slopes) = (tape.input("intercept", &[]), tape.input("slopes", &[1, 2]));
    let eta = intercept + rows.dot(slopes.t()).remove_axis(1);
    let fit = Loss::new((eta.exp() - counts * eta).sum(), &[intercept, slopes])
        .with_information(eta, eta, eta.exp())
        .minimise(&Options::default())
        .unwrap();
    assert_eq!(fit.fit.names, ["intercept", "slopes[1,1]", "slopes[1,2]"]);
    assert_close(&fit.fit.parameters, expected.coefficients(), 1e-10);
    for kind in [Covariance::Expected, Covariance::Observed, Covariance::Sandwich] {
        let expected = covariance(&glm, expected.coefficients(), kind).unwrap();
        let found = fit.clone().with_covariance(kind).covariance().unwrap();
        assert_close(found.as_slice().unwrap(), expected.as_slice().unwrap(), 1e-9);
    }
    assert_eq!(fit.estimate(slopes).unwrap().shape(), [1, 2]);
    let means = fit.evaluate(&[eta.exp()]).unwrap();
    assert_close(&means.vector(0).unwrap().to_vec(), &expected.predict(glm.design()).unwrap(), 1e-10);
}

#[test]
fn a_penalty_is_no_part_of_the_likelihood_or_of_the_scores() {
    let x = Array2::from_shape_fn((30, 2), |(row, column)| ((row * (3 + 4 * column)) % 11) as f64 / 5.0 - 1.0);
    let y = Array1::from_shape_fn(30, |row| f64::from((row * 5) % 7 < 3));
    let design = Design::new(&x).without_intercept();
    let glm = Glm::new(design, &y, Family::Binomial).unwrap().with_ridge(1.5).unwrap();
    let expected = glm.fit(&Options::default()).unwrap();
    let tape = Tape::<f64>::new();
    let (rows, labels, theta) = (tape.data("x", &x), tape.data("y", &y), tape.variable("theta", &[0.0, 0.0]));
    let loss = rows.linear(theta).sigmoid().log_loss(labels).sum();
    let penalty = 0.75 * (theta * theta).sum();
    let fit = Loss::new(loss, &[theta]).with_penalty(penalty).minimise(&Options::default()).unwrap();
    assert_close(&fit.fit.parameters, expected.coefficients(), 1e-10);
    assert_relative_eq!(
        -fit.log_likelihood().unwrap(),
        fit.fit.loss - fit.evaluate(&[penalty]).unwrap().number(0).unwrap(),
        max_relative = 1e-13
    );
    let sandwich = fit.clone().with_covariance(Covariance::Sandwich).covariance().unwrap();
    let glms = covariance(&glm, expected.coefficients(), Covariance::Sandwich).unwrap();
    assert_close(sandwich.as_slice().unwrap(), glms.as_slice().unwrap(), 1e-9);
    assert!(fit.summary().unwrap().to_string().contains("without the penalty"));
}

#[test]
fn what_is_wrong_with_a_loss_is_said() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("x", &[]), tape.rows("y", &[]));
    let (a, log_sigma) = (tape.input("a", &[]), tape.input("log_sigma", &[]));
    let squares = ((y - a * x).powi(2)).sum();
    let minimised =
        |model: Loss<'_, '_>| model.minimise(&Options::default()).map(|fit| fit.fit).unwrap_err().to_string();
    let (three, two) = ([1.0, 2.0, 3.0], [1.0, 2.0]);
    for (message, expected) in [
        (minimised(Loss::new(squares, &[a])), "input `x` (shape [rows]) has no value"),
        (minimised(Loss::new(squares, &[a]).bind(&[x.bind(&three), y.bind(&two)])), "`y` has 2 rows, but `x` has 3"),
        (
            minimised(Loss::new(squares, &[a]).bind(&[x.bind(&[[1.0]]), y.bind(&two)])),
            "input `x` was declared with shape",
        ),
        (minimised(Loss::new(squares, &[a * 2]).bind(&[x.bind(&two), y.bind(&two)])), "only an input can be replaced"),
        (minimised(Loss::new(squares, &[x]).bind(&[y.bind(&two)])), "what takes an input's place has its shape"),
        (minimised(Loss::new(squares, &[a, a]).bind(&[x.bind(&two), y.bind(&two)])), "the name `a` is used twice"),
        (minimised(Loss::new(y - a * x, &[a]).bind(&[x.bind(&two), y.bind(&two)])), "not one number"),
        (minimised(Loss::new(squares, &[a]).bind(&[autodiff::bind("z", &two)])), "there is no input `z`"),
    ] {
        assert!(message.contains(expected), "{expected}: {message}");
    }
    let other = Tape::<f64>::new();
    let foreign = minimised(Loss::new(squares, &[a]).bind(&[other.rows("x", &[]).bind(&two), y.bind(&two)]));
    assert!(foreign.contains("handles of different tapes"), "{foreign}");
    let names = Loss::new(squares, &[a]).with_names(a, &["one", "two"]).unwrap_err();
    assert!(matches!(names, Error::CountMismatch { found: 2, expected: 1, .. }), "{names}");
    assert!(matches!(Loss::new(squares, &[a]).with_names(x, &["x"]), Err(Error::UnknownParameter { .. })));

    // n·log σ beside the sum belongs to the rows, but doesn't stand there.
    let z = (y - a * x) / log_sigma.exp();
    let apart = Loss::new(0.5 * (z * z).sum() + 3 * log_sigma, &[a, log_sigma]);
    let fit = apart.bind(&[x.bind(&three), y.bind(&[1.0, 2.5, 2.0])]).minimise(&Options::default()).unwrap();
    let error = fit.clone().with_covariance(Covariance::Sandwich).covariance().unwrap_err().to_string();
    assert!(error.contains("the sandwich estimator needs a loss that is a sum over the rows"), "{error}");
    assert!(fit.delta(x * a).unwrap_err().to_string().contains("take a mean over the rows"));
}

#[test]
fn losses_start_where_their_parameters_are_and_are_watched() {
    let tape = Tape::<f64>::new();
    let p = tape.variable("p", 5.0);
    let model = Loss::new((p.exp() - 2 * p) + 0.0 * p, &[p]);
    let mut first = None;
    let fit = model.minimise_observed(&Options::default(), &mut |progress: &Progress| {
        first.get_or_insert(progress.loss);
        Control::Continue
    });
    assert_relative_eq!(first.unwrap(), 5f64.exp() - 10.0);
    assert_relative_eq!(fit.unwrap().fit.parameters[0], 2f64.ln(), max_relative = 1e-12);
    let stopped = model.minimise_observed(&Options::default(), &mut |_: &Progress| Control::Stop).unwrap();
    assert_eq!(stopped.fit.status, Status::Stopped);
    let started = model.minimise(&Options { start: Some(vec![2f64.ln()]), ..Options::default() }).unwrap();
    assert!(started.fit.iterations <= 1);
}

#[test]
fn penalties_and_mini_batches_take_recorded_losses_too() {
    let x = Array2::from_shape_fn((64, 2), |(row, column)| ((row * (3 + 4 * column)) % 11) as f64 / 5.0 - 1.0);
    let y = x.column(0).mapv(|x| 1.0 + 2.0 * x);
    let tape = Tape::<f64>::new();
    let (rows, response) = (tape.rows("x", &[2]), tape.rows("y", &[]));
    let (a, b) = (tape.input("a", &[]), tape.input("b", &[2]));
    let model = Loss::new(0.5 * (response - a - rows.linear(b)).powi(2).sum(), &[a, b])
        .bind(&[rows.bind(&x), response.bind(&y)]);
    let lasso = model.minimise(&Options::l1(1.0).except(&["a"])).unwrap();
    assert!(lasso.fit.converged() && lasso.fit.parameters[2] == 0.0, "{:?}", lasso.fit.parameters);
    let adam = model.minimise(&Options::method(Method::Adam(Adam { learning_rate: 0.05, ..Adam::default() }))).unwrap();
    assert_close(&adam.fit.parameters, &[1.0, 2.0, 0.0], 0.05);
}

/// Counts of which more are 0 than a Poisson distribution has: one model of whether there is any, one of how many.
#[test]
fn a_hurdle_model_is_its_two_parts() {
    let counts = [0.0, 2.0, 0.0, 1.0, 3.0, 0.0, 5.0, 1.0, 2.0, 0.0, 0.0, 4.0];
    let tape = Tape::<f64>::new();
    let (y, zero, log_rate) = (tape.rows("y", &[]), tape.variable("logit_zero", 0.0), tape.variable("log_rate", 0.0));
    let positive = y * log_rate - log_rate.exp() - (1 - (-log_rate.exp()).exp()).ln() - (y + 1).lgamma();
    let loss = -y.lt(0.5).select(zero.log_sigmoid(), (-zero).log_sigmoid() + positive).sum();
    let model = Loss::new(loss, &[zero, log_rate]).bind(&[y.bind(&counts)]);
    let fit = model.minimise(&Options::default()).unwrap();
    let [probability, rate] = [zero.sigmoid(), log_rate.exp()].map(|of| fit.delta(of).unwrap().coefficients[0].clone());
    assert_relative_eq!(probability.estimate, 5.0 / 12.0, max_relative = 1e-10);
    assert_relative_eq!(probability.std_error, (5.0 / 12.0 * 7.0 / 12.0 / 12.0f64).sqrt(), max_relative = 1e-9);
    // The rate's equation: the mean of what isn't 0 is λ/(1 − e^−λ).
    assert_relative_eq!(rate.estimate / -(-rate.estimate).exp_m1(), 18.0 / 7.0, max_relative = 1e-10);
}

/// Poisson counts in groups with random intercepts, by Laplace's method: the modes are found by Newton steps on the tape, through
/// which the derivatives go. Right values by mpmath, with 40 digits.
#[test]
fn a_random_intercept_model_by_laplaces_method() {
    let y = [3, 5, 2, 4, 0, 1, 0, 2, 7, 9, 6, 10, 2, 1, 3, 2, 4, 6, 3, 5, 1, 0, 1, 2].map(f64::from);
    let group: Vec<usize> = (0..24).map(|row| row / 4).collect();
    let x: Vec<f64> = (0..24).map(|row| f64::from(row % 4)).collect();
    let tape = Tape::<f64>::new();
    let (y, x, group) = (tape.constant(&y), tape.constant(&x), tape.index_constant(&group));
    let (beta, log_sigma) = (tape.input("beta", &[2]), tape.input("log_sigma", &[]));
    let fixed = beta.index_axis(0, 0) + beta.index_axis(0, 1) * x;
    let precision = (-2 * log_sigma).exp();
    let mut mode = tape.constant(&[0.0; 6]);
    for _ in 0..12 {
        let mu = (fixed + mode.gather(group)).exp();
        let slope = (y - mu).scatter_add(group, 6) - precision * mode;
        mode += slope / (mu.scatter_add(group, 6) + precision);
    }
    let eta = fixed + mode.gather(group);
    let determinant = (eta.exp().scatter_add(group, 6) + precision).ln();
    let loss = (eta.exp() - y * eta).sum() + (0.5 * precision * mode * mode + 0.5 * determinant + log_sigma).sum();
    let fit = Loss::new(loss, &[beta, log_sigma]).minimise(&Options::default()).unwrap();
    assert!(fit.fit.converged(), "{}", fit.fit.reason());
    assert_close(&fit.fit.parameters, &[0.794533565702982, 0.0862572716785176, -0.291704255599643], 1e-9);
    let errors: Vec<f64> = fit.inference().unwrap().coefficients.iter().map(|row| row.std_error).collect();
    assert_close(&errors, &[0.375992962658995, 0.100949130121862, 0.359555499560301], 1e-8);
    assert_relative_eq!(fit.fit.loss, -28.4066205725554, max_relative = 1e-12);
    let modes = fit.evaluate(&[mode]).unwrap();
    assert!(modes.vector(0).unwrap()[2] > 0.5 && modes.vector(0).unwrap()[1] < -0.5);
}

#[test]
fn a_mixture_of_normals_written_as_it_is_read() {
    let data = json("objectives")["gaussian_mixture"].clone();
    let values = numbers(&data["data"]["y"]);
    let expected = numbers(&data["parameters"]);
    let start = numbers(&data["start"]);
    let tape = Tape::<f64>::new();
    let y = tape.rows("y", &[]);
    let logit = tape.variable("logit", start[0]);
    let (means, log_sds) = (tape.variable("mean", &start[1..3]), tape.variable("log_sd", &start[3..5]));
    let density = |k: usize| {
        let z = (y - means.index_axis(0, k)) / log_sds.index_axis(0, k).exp();
        z.norm_pdf() / log_sds.index_axis(0, k).exp()
    };
    let weight = logit.sigmoid();
    let loss = -(weight * density(0) + (1 - weight) * density(1)).ln().sum();
    let model = Loss::new(loss, &[logit, means, log_sds]).bind(&[y.bind(&values)]);
    let fit = model.minimise(&Options::method(Method::TrustRegion)).unwrap();
    assert_close(&fit.fit.parameters, &expected, 1e-7);
    let sandwich = fit.clone().with_covariance(Covariance::Sandwich).inference().unwrap();
    assert!(sandwich.coefficients.iter().all(|row| row.std_error > 0.0 && row.std_error < 2.0));
    let difference = fit.delta((means.index_axis(0, 1) - means.index_axis(0, 0)).named("gap")).unwrap();
    assert_relative_eq!(difference.coefficients[0].estimate, expected[2] - expected[1], max_relative = 1e-7);
}
