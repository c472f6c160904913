//! Softmax regression: maxima computed with 60 digits, closed forms, and the errors that hopeless data give.

use approx::assert_relative_eq;
use autodiff::{Tape, Var};
use models::fit::{Control, Method, Options, Progress, Status};
use models::inference::Covariance;
use models::logistic::Logistic;
use models::softmax::{Softmax, SoftmaxFit, SoftmaxInference, SoftmaxSummary};
use models::{Block, Design, Error, Objective, check_gradient};
use ndarray::{Array1, Array2, arr1, arr2, array, s};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference");

/// A data set of the reference values: columns by name, labels and weights.
struct Data {
    x: Array2<f64>,
    columns: Vec<String>,
    classes: Vec<String>,
    labels: Array1<usize>,
    weights: Array1<f64>,
    reference: serde_json::Value,
}

impl Data {
    fn strings(value: &serde_json::Value) -> Vec<String> {
        value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().into()).collect()
    }

    /// `file` in the columns of the fit `name`, the class of a row told by `label`.
    fn read(file: &str, name: &str, label: impl Fn(&dyn Fn(&str) -> String) -> usize) -> Self {
        let json: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(format!("{REFERENCE}/softmax.json")).unwrap()).unwrap();
        let reference = json[name].clone();
        let columns: Vec<String> = Self::strings(&reference["columns"])[1..].to_vec();
        let mut reader = csv::Reader::from_path(format!("{REFERENCE}/glm/{file}.csv")).unwrap();
        let headers = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
        let cell =
            |row: usize, name: &str| rows[row][headers.iter().position(|known| known == name).unwrap()].to_owned();
        Data {
            x: Array2::from_shape_fn((rows.len(), columns.len()), |(row, at)| cell(row, &columns[at]).parse().unwrap()),
            labels: (0..rows.len()).map(|row| label(&|name| cell(row, name))).collect(),
            weights: (0..rows.len()).map(|row| (1 + row % 3) as f64).collect(),
            classes: Self::strings(&reference["classes"]),
            columns,
            reference,
        }
    }

    fn iris() -> Self {
        let species = ["setosa", "versicolor", "virginica"];
        let label = |cell: &dyn Fn(&str) -> String| species.iter().position(|name| *name == cell("Species")).unwrap();
        Self::read("iris_scaled", "iris_scaled_ridge", label)
    }

    fn birthwt() -> Self {
        let label = |cell: &dyn Fn(&str) -> String| {
            if cell("race2") == "1" { 1 } else { 2 * usize::from(cell("race3") == "1") }
        };
        Self::read("birthwt", "birthwt_race", label)
    }

    fn design(&self) -> Design<'_> {
        Design::new(&self.x).with_names(&self.columns).unwrap()
    }

    fn numbers(&self, key: &str) -> Vec<f64> {
        let rows = self.reference[key].as_array().unwrap().iter();
        rows.flat_map(|row| row.as_array().unwrap()).map(|number| number.as_f64().unwrap()).collect()
    }

    /// Compares a fit and its inference with the reference.
    fn assert_is_reference(&self, fit: &SoftmaxFit, inference: &SoftmaxInference) {
        assert!(fit.fit.converged(), "{}", fit.fit.status);
        for (ours, theirs) in fit.fit.parameters.iter().zip(self.numbers("coefficients")) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-9);
        }
        for (ours, theirs) in inference.coefficients.iter().zip(self.numbers("std_errors")) {
            assert_relative_eq!(ours.std_error, theirs, max_relative = 1e-9);
        }
        for (ours, key) in [(inference.deviance, "deviance"), (inference.aic, "aic")] {
            assert_relative_eq!(ours, self.reference[key].as_f64().unwrap(), max_relative = 1e-12);
        }
    }
}

#[test]
fn weighted_fits_agree_with_sixty_digits() {
    let data = Data::birthwt();
    let design = data.design().with_weights(&data.weights).unwrap();
    let model = Softmax::new(design, &data.classes, &data.labels).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    data.assert_is_reference(&fit, &fit.inference(&model).unwrap());
    assert_eq!(fit.fit.names[5], "other:age");
}

#[test]
fn ridge_fits_agree_with_sixty_digits() {
    let data = Data::iris();
    let model = Softmax::new(data.design(), &data.classes, &data.labels).unwrap().with_ridge(1.0).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    data.assert_is_reference(&fit, &fit.inference(&model).unwrap());
}

#[test]
fn gradient_methods_find_the_same_maximum() {
    let data = Data::birthwt();
    let model = Softmax::new(data.design(), &data.classes, &data.labels).unwrap();
    let newton = model.fit(&Options::default()).unwrap();
    for method in [Method::Lbfgs, Method::TrustRegion] {
        let fit = model.fit(&Options::method(method)).unwrap();
        assert!(fit.fit.converged(), "{method:?}: {}", fit.fit.status);
        for (ours, theirs) in fit.fit.parameters.iter().zip(&newton.fit.parameters) {
            assert_relative_eq!(*ours, *theirs, max_relative = 1e-5, epsilon = 1e-7);
        }
    }
}

#[test]
fn two_classes_are_a_logistic_regression() {
    let data = Data::birthwt();
    let labels = data.labels.mapv(|label| usize::from(label > 0));
    let y = labels.mapv(|label| label as f64);
    let softmax = Softmax::new(data.design(), &["no", "yes"], &labels).unwrap().fit(&Options::default()).unwrap();
    let logistic = Logistic::new(data.design(), &y).unwrap().fit(&Options::default()).unwrap();
    for (ours, theirs) in softmax.fit.parameters.iter().zip(&logistic.coefficients) {
        assert_relative_eq!(*ours, *theirs, max_relative = 1e-10);
    }
}

#[test]
fn another_reference_changes_the_contrasts_only() {
    let data = Data::birthwt();
    let model = Softmax::new(data.design(), &data.classes, &data.labels).unwrap();
    let (first, last) = (model.fit(&Options::default()).unwrap(), model.with_reference("other").unwrap());
    let last = last.fit(&Options::default()).unwrap();
    assert_eq!(last.coefficients().map(|(class, _)| class).collect::<Vec<_>>(), ["white", "black"]);
    let (black, other) = (&first.fit.parameters[..4], &first.fit.parameters[4..]);
    for (place, theta) in last.fit.parameters.iter().enumerate() {
        let contrast = if place < 4 { -other[place] } else { black[place - 4] - other[place - 4] };
        assert_relative_eq!(*theta, contrast, max_relative = 1e-9);
    }
    let (one, other) = (first.predict(&data.design()).unwrap(), last.predict(&data.design()).unwrap());
    one.iter().zip(&other).for_each(|(one, other)| assert_relative_eq!(*one, *other, max_relative = 1e-10));
}

#[test]
fn probabilities_sum_to_one_and_the_scores_vanish() {
    let data = Data::birthwt();
    let model = Softmax::new(data.design(), &data.classes, &data.labels).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    let probabilities = fit.predict(&data.design()).unwrap();
    assert!(probabilities.outer_iter().all(|row| (row.sum() - 1.0).abs() < 1e-14));
    // With intercepts, the probabilities of a class add up to its rows.
    for class in 0..3 {
        let count = data.labels.iter().filter(|label| **label == class).count();
        assert_relative_eq!(probabilities.column(class).sum(), count as f64, max_relative = 1e-11);
    }
    let most = fit.predict_class(&data.design()).unwrap();
    assert!((0..most.len()).all(|row| probabilities.row(row).iter().all(|p| *p <= probabilities[[row, most[row]]])));
}

#[test]
fn factors_are_the_columns_they_stand_for() {
    let data = Data::birthwt();
    let smoke = data.x.column(2).mapv(|smoke| smoke as usize);
    let short = Design::new(data.x.slice(s![.., ..2])).with_names(&["age", "lwt"]).unwrap();
    let short = short.with_factor("smoke", &["0", "1"], &smoke).unwrap();
    let fit = |design: Design<'_>| {
        Softmax::new(design, &data.classes, &data.labels).unwrap().fit(&Options::default()).unwrap()
    };
    let (short, long) = (fit(short), fit(data.design()));
    assert_eq!(short.terms, ["(Intercept)", "age", "lwt", "smoke1"]);
    for (ours, theirs) in short.fit.parameters.iter().zip(&long.fit.parameters) {
        assert_relative_eq!(*ours, *theirs, max_relative = 1e-9);
    }
}

#[test]
fn interactions_are_the_columns_they_stand_for() {
    let data = Data::birthwt();
    let smoke = data.x.column(2).mapv(|smoke| smoke as usize);
    let short = Design::new(data.x.slice(s![.., ..2])).with_names(&["age", "lwt"]).unwrap();
    let short = short.with_factor("smoke", &["0", "1"], &smoke).unwrap();
    let short = short.with_interaction("age", "lwt").unwrap().with_interaction("age", "smoke").unwrap();
    let (age, lwt, smoke) = (data.x.column(0), data.x.column(1), data.x.column(2));
    let long = ndarray::stack![ndarray::Axis(1), age, lwt, smoke, &age * &lwt, &age * &smoke];
    let fit = |design: Design<'_>| {
        Softmax::new(design, &data.classes, &data.labels).unwrap().fit(&Options::default()).unwrap()
    };
    let (ours, theirs) = (fit(short), fit(Design::new(&long)));
    assert_eq!(ours.terms[4..], ["age:lwt", "age:smoke1"]);
    for (ours, theirs) in ours.fit.parameters.iter().zip(&theirs.fit.parameters) {
        assert_relative_eq!(*ours, *theirs, max_relative = 1e-8);
    }
}

#[test]
fn the_stated_curvature_is_the_hessian_of_the_loss() {
    let data = Data::iris();
    for ridge in [0.0, 0.8] {
        let design = data.design().with_weights(&data.weights).unwrap();
        let model = Softmax::new(design, &data.classes, &data.labels).unwrap().with_ridge(ridge).unwrap();
        let at = [0.3, 0.9, -1.2, 0.1, 1.4, -0.7];
        let of = |kind| models::inference::covariance(&model, &at, kind).unwrap();
        for (ours, theirs) in of(Covariance::Expected).iter().zip(&of(Covariance::Observed)) {
            assert_relative_eq!(*ours, *theirs, max_relative = 1e-11);
        }
    }
}

/// The gradient that the tape finds, of the loss at given parameters.
fn tape_gradient(model: &Softmax<'_>, parameters: &[f64]) -> Vec<f64> {
    let tape = Tape::new();
    let mut rest = parameters;
    let mut variables: Vec<Var<'_, f64>> = Vec::new();
    for (number, block) in model.blocks().iter().map(Block::len).enumerate() {
        let (own, after) = rest.split_at(block);
        variables.push(tape.variable(&format!("block {number}"), arr1(own)));
        rest = after;
    }
    let gradient = model.record(&tape, &variables).unwrap().loss.grads(&variables);
    tape.compile(&gradient).unwrap().run(&model.bind()).unwrap().into_iter().flatten().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Default::default() })]

    #[test]
    fn gradients_are_residuals_times_columns(classes in 2..6usize, p in 1..4usize, spread in 0.1..6.0f64, seed: u64) {
        let mut state = seed;
        let mut uniform = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let n = 30;
        let x = Array2::from_shape_fn((n, p), |_| uniform() + 0.1);
        let labels = Array1::from_shape_fn(n, |_| (uniform() * classes as f64) as usize);
        let names: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
        let theta = Array2::from_shape_fn((classes - 1, p), |_| spread * (uniform() - 0.5));
        let model = Softmax::new(Design::new(&x).without_intercept(), &names, &labels).unwrap();
        let gradient = tape_gradient(&model, theta.as_slice().unwrap());
        for class in 1..classes {
            for column in 0..p {
                let mut terms = (0.0, 0.0);
                for row in 0..n {
                    let eta = |k: usize| if k == 0 { 0.0 } else { x.row(row).dot(&theta.row(k - 1)) };
                    let sum: f64 = (0..classes).map(|k| (eta(k) - eta(class)).exp()).sum();
                    let term = x[[row, column]] * (1.0 / sum - f64::from(labels[row] == class));
                    terms = (terms.0 + term, terms.1 + term.abs());
                }
                prop_assert!((gradient[(class - 1) * p + column] - terms.0).abs() <= 1e-12 * terms.1);
            }
        }
    }
}

#[test]
fn losses_and_scores_keep_their_digits_in_both_tails() {
    let (x, labels) = (array![[1.0]], arr1(&[1]));
    let model = Softmax::new(Design::new(&x).without_intercept(), &["a", "b", "c"], &labels).unwrap();
    let at = |b: f64, c: f64| {
        let tape = Tape::new();
        let blocks = [tape.variable("b", arr1(&[b])), tape.variable("c", arr1(&[c]))];
        let loss = model.record(&tape, &blocks).unwrap().loss;
        let mut outputs = vec![loss];
        outputs.extend(loss.grads(&blocks));
        let values = tape.compile(&outputs).unwrap().run(&model.bind()).unwrap();
        (values[0][[]], values[1][[0]], values[2][[0]])
    };
    // Far out the loss of a row that is right is the odds against it.
    let (loss, score, other) = at(100.0, 40.0);
    let odds = (-60f64).exp() + (-100f64).exp();
    assert_relative_eq!(loss, odds, max_relative = 1e-14);
    assert_relative_eq!(score, -odds, max_relative = 1e-14);
    assert_relative_eq!(other, (-60f64).exp(), max_relative = 1e-14);
    let (loss, score, other) = at(-850.0, 900.0);
    assert_eq!((loss, score, other), (1750.0, -1.0, 1.0));
    let (loss, score, other) = at(850.0, -900.0);
    assert!(loss.abs() < 1e-300 && score.abs() < 1e-300 && other.abs() < 1e-300);
}

#[test]
fn the_gradient_passes_the_check_on_the_data() {
    let data = Data::birthwt();
    let model = Softmax::new(data.design(), &data.classes, &data.labels).unwrap().with_ridge(0.3).unwrap();
    let report = check_gradient(&model, &model.start().unwrap()).unwrap();
    assert!(report.passed(), "{report}");
    assert_eq!(report.components[5].name, "other:age");
}

#[test]
fn separated_classes_are_reported_by_every_method() {
    let data = Data::iris();
    let model = Softmax::new(data.design(), &data.classes, &data.labels).unwrap();
    for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
        match model.fit(&Options::method(method)).unwrap_err() {
            Error::Separation { complete, direction, separated, rows } => {
                // Setosa is told from the others, these aren't from one another.
                assert_eq!((complete, rows), (false, 150), "{method:?}");
                // However narrow their margins and wherever the fit stopped.
                assert_eq!(separated, 150, "{method:?}");
                let part = |name: &str| direction.iter().find(|(known, _)| known == name).unwrap().1;
                let (own, other) = (part("versicolor:Sepal.Length"), part("virginica:Sepal.Length"));
                assert_relative_eq!(own, other, max_relative = 1e-6);
            }
            other => panic!("{method:?}: {other}"),
        }
    }
}

#[test]
fn the_deviance_of_separated_classes_falls_to_where_r_stops() {
    let data = Data::iris();
    let model = Softmax::new(data.design(), &data.classes, &data.labels).unwrap();
    // `nnet::multinom`: 110.327 at coefficients of 60 to 90; the limit is 110.3257.
    let mut observer = |progress: &Progress| match 2.0 * progress.loss <= 1.103257270440e+02 {
        true => Control::Stop,
        false => Control::Continue,
    };
    let fit = model.fit_observed(&Options::method(Method::Lbfgs), &mut observer).unwrap();
    assert_eq!(fit.fit.status, Status::Stopped);
    assert!(2.0 * fit.fit.loss > 110.325708 && fit.fit.parameters[1] > 50.0);
}

#[test]
fn complete_separation_is_told_from_quasi_separation() {
    let x = arr2(&[[0.0, 1.0], [0.2, 1.1], [1.0, 0.0], [1.3, 0.1], [5.0, 5.0], [5.5, 5.1]]);
    let model = Softmax::new(Design::new(&x), &["a", "b", "c"], &[0, 0, 1, 1, 2, 2]).unwrap();
    let error = model.fit(&Options::default()).unwrap_err();
    assert!(matches!(error, Error::Separation { complete: true, separated: 6, rows: 6, .. }), "{error}");
}

#[test]
fn data_that_cannot_be_fitted_are_refused_by_name() {
    let x = arr2(&[[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0], [1.0, 2.0], [2.0, 4.0]]);
    let design = Design::new(x.slice(s![.., ..1])).with_names(&["dose"]).unwrap();
    let classes = ["a", "b", "c"];
    let error = |result: models::Result<Softmax<'_>>| result.unwrap_err();
    assert_eq!(
        error(Softmax::new(design.clone(), &classes, &[0, 1, 2, 3, 0, 1])),
        Error::LabelOutOfRange { row: 3, label: 3, classes: 3 }
    );
    assert!(matches!(error(Softmax::new(design.clone(), &classes, &[0, 1])), Error::LengthMismatch { .. }));
    assert!(matches!(error(Softmax::new(design.clone(), &["a"], &[0; 6])), Error::CountMismatch { .. }));
    assert!(matches!(error(Softmax::new(design.clone(), &["a", "a"], &[0; 6])), Error::DuplicateName { .. }));
    let labels = arr1(&[0, 1, 0, 1, 1, 0]);
    let empty = Softmax::new(design.clone(), &classes, &labels).unwrap();
    let class = "c".to_string();
    assert_eq!(empty.fit(&Options::default()).unwrap_err(), Error::EmptyClass { class: class.clone() });
    let ridge = empty.clone().with_ridge(1.0).unwrap();
    assert_eq!(ridge.fit(&Options::default()).unwrap_err(), Error::EmptyClass { class });
    assert!(matches!(empty.clone().with_reference("d"), Err(Error::UnknownClass { .. })));
    assert!(matches!(empty.with_ridge(f64::NAN), Err(Error::Option { option: "ridge", .. })));
    let dependent = Softmax::new(Design::new(&x), &["a", "b"], &labels).unwrap();
    match dependent.fit(&Options::default()).unwrap_err() {
        Error::RankDeficient { combinations } => {
            assert_eq!((combinations.len(), combinations[0].column.as_str()), (1, "x2"));
            assert_eq!(combinations[0].of, ["x1"]);
        }
        other => panic!("{other}"),
    }
    let mut broken = x.slice(s![.., ..1]).to_owned();
    broken[[4, 0]] = f64::NAN;
    let model = Softmax::new(Design::new(&broken).with_names(&["dose"]).unwrap(), &["a", "b"], &labels).unwrap();
    let error = model.fit(&Options::default()).unwrap_err();
    assert!(matches!(error, Error::NonFinite { row: 4, ref column, .. } if column == "dose"), "{error}");
}

#[test]
fn many_rows_are_fitted_by_way_of_a_subsample_to_the_same_maximum() {
    let n = 60_000;
    let x = Array2::from_shape_fn((n, 2), |(row, column)| ((row * (7 + 6 * column)) % 101) as f64 / 50.0 - 1.0);
    let labels = Array1::from_shape_fn(n, |row| {
        let noise = (row * 7919 % 997) as f64 / 400.0;
        (x[[row, 0]] + noise).max(0.0) as usize
    });
    let classes: Vec<String> = (0..=labels.iter().copied().max().unwrap()).map(|class| class.to_string()).collect();
    let model = Softmax::new(Design::new(&x), &classes, &labels).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    assert!(fit.fit.converged(), "{}", fit.fit.status);
    assert!(fit.fit.max_abs_gradient() < 1e-6, "{}", fit.fit.max_abs_gradient());
}

#[test]
fn the_page_has_a_table_for_each_class_and_fits_survive_being_written() {
    let data = Data::birthwt();
    let model = Softmax::new(data.design(), &data.classes, &data.labels).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    let inference = fit.inference(&model).unwrap();
    let page = SoftmaxSummary::new(&fit, &inference).to_string();
    for part in ["black (against white):", "other (against white):", "Pr(>|z|)", "Residual deviance: ", "AIC: "] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    let (low, high) = inference.wald_intervals(0.95)[1];
    assert_relative_eq!(high - low, 2.0 * 1.959963984540054 * inference.coefficients[1].std_error, max_relative = 1e-9);
    let text = serde_json::to_string(&(&fit, &inference)).unwrap();
    assert_eq!(serde_json::from_str::<(SoftmaxFit, SoftmaxInference)>(&text).unwrap(), (fit, inference));
}
