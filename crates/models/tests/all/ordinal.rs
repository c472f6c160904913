//! Ordinal regression: maxima computed with 40 digits, closed forms, properties, and the errors that hopeless data give.

use approx::assert_relative_eq;
use autodiff::{Tape, Var};
use models::fit::{Method, Options};
use models::logistic::Logistic;
use models::ordinal::{Ordinal, OrdinalFit, OrdinalSummary};
use models::softmax::Softmax;
use models::{Design, Error, Objective, check_gradient};
use ndarray::{Array1, Array2, arr1, arr2};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

/// A data set of the reference values.
struct Data {
    x: Array2<f64>,
    columns: Vec<String>,
    levels: Vec<String>,
    labels: Array1<usize>,
    weights: Array1<f64>,
    json: Value,
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().into()).collect()
}

impl Data {
    fn read(name: &str) -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/ordinal.json");
        let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let (json, data) = (all[name].clone(), &all[name]["data"]);
        let rows: Vec<Vec<f64>> = data["x"].as_array().unwrap().iter().map(numbers).collect();
        Data {
            x: Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column]),
            columns: strings(&data["columns"]),
            levels: strings(&data["levels"]),
            labels: numbers(&data["labels"]).into_iter().map(|label| label as usize).collect(),
            weights: numbers(&data["weights"]).into(),
            json,
        }
    }

    fn design(&self) -> Design<'_> {
        Design::new(&self.x).with_names(&self.columns).unwrap().with_weights(&self.weights).unwrap()
    }

    fn model(&self) -> Ordinal<'_> {
        Ordinal::new(self.design(), &self.levels, &self.labels).unwrap()
    }
}

#[test]
fn fits_agree_with_forty_digits() {
    for name in ["housing", "mtcars"] {
        let data = Data::read(name);
        let reference = &data.json["ordinal"];
        let model = data.model();
        let fit = model.fit(&Options::default()).unwrap();
        assert!(fit.fit.converged(), "{name}: {}", fit.fit.status);
        assert_eq!(fit.fit.names, strings(&reference["names"]));
        let inference = fit.inference(&model).unwrap();
        for (ours, theirs) in fit.fit.parameters.iter().zip(numbers(&reference["estimates"])) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-9);
        }
        let all = inference.coefficients.iter().chain(&inference.thresholds);
        for (ours, theirs) in all.zip(numbers(&reference["std_errors"])) {
            assert_relative_eq!(ours.std_error, theirs, max_relative = 1e-9);
        }
        for (ours, key) in [(inference.deviance, "deviance"), (inference.aic, "aic")] {
            assert_relative_eq!(ours, reference[key].as_f64().unwrap(), max_relative = 1e-12);
        }
    }
}

#[test]
fn softmax_regression_of_the_same_data_agrees_with_forty_digits() {
    let data = Data::read("housing");
    let reference = &data.json["multinomial"];
    let model = Softmax::new(data.design(), &data.levels, &data.labels).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    assert_eq!(fit.fit.names, strings(&reference["names"]));
    for (ours, theirs) in fit.fit.parameters.iter().zip(numbers(&reference["estimates"])) {
        assert_relative_eq!(*ours, theirs, max_relative = 1e-9);
    }
    for (ours, theirs) in fit.inference(&model).unwrap().coefficients.iter().zip(numbers(&reference["std_errors"])) {
        assert_relative_eq!(ours.std_error, theirs, max_relative = 1e-9);
    }
}

#[test]
fn every_method_finds_the_same_maximum() {
    for name in ["housing", "mtcars"] {
        let data = Data::read(name);
        let newton = data.model().fit(&Options::default()).unwrap();
        for method in [Method::Lbfgs, Method::TrustRegion] {
            let fit = data.model().fit(&Options::method(method)).unwrap();
            assert!(fit.fit.converged(), "{name}, {method:?}: {}", fit.fit.status);
            for (ours, theirs) in fit.fit.parameters.iter().zip(&newton.fit.parameters) {
                assert_relative_eq!(*ours, *theirs, max_relative = 1e-5, epsilon = 1e-6);
            }
        }
    }
}

#[test]
fn with_two_levels_it_is_logistic_regression() {
    let data = Data::read("mtcars");
    let labels = data.labels.mapv(|label| usize::from(label > 1));
    let y = labels.mapv(|label| label as f64);
    let logistic = Logistic::new(data.design(), &y).unwrap().fit(&Options::default()).unwrap();
    let model = Ordinal::new(data.design(), &["few", "many"], &labels).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    assert_relative_eq!(fit.thresholds()[0], -logistic.coefficients[0], max_relative = 1e-9);
    for (ours, theirs) in fit.coefficients().iter().zip(&logistic.coefficients[1..]) {
        assert_relative_eq!(*ours, *theirs, max_relative = 1e-9);
    }
    assert_relative_eq!(-fit.fit.loss, logistic.log_likelihood, max_relative = 1e-13);
}

/// The loss and its gradient at given parameters.
fn at(model: &Ordinal<'_>, blocks: &[&[f64]]) -> (f64, Vec<f64>) {
    let tape = Tape::new();
    let named = |(number, block): (usize, &&[f64])| tape.variable(&format!("block {number}"), arr1(block));
    let variables: Vec<Var<'_, f64>> = blocks.iter().enumerate().map(named).collect();
    let loss = model.record(&tape, &variables).unwrap().loss;
    tape.set_values(&model.bind()).unwrap();
    let results = tape.compile(&[vec![loss], loss.grads(&variables)].concat()).unwrap();
    let results = results.run(&model.bind()).unwrap();
    (results[0][[]], results[1..].iter().flat_map(|block| block.iter().copied()).collect())
}

/// `ln(σ(a) − σ(b))` and its derivatives far out, where the sigmoids are 1 or 0 to all digits.
#[test]
fn the_loss_keeps_its_digits_in_both_tails() {
    let x = arr2(&[[1.0]]);
    for (slope, sign) in [(-800.0, 1.0), (801.0, -1.0)] {
        let labels = arr1(&[1]);
        let model = Ordinal::new(Design::new(&x), &["a", "b", "c"], &labels).unwrap();
        let (loss, gradient) = at(&model, &[&[slope], &[0.0, 1.0]]);
        assert_relative_eq!(loss, 800.4586751453871, max_relative = 1e-15);
        // 1/(e − 1) and its complement.
        let (near, far) = (0.5819767068693265, 1.5819767068693265);
        let expected = if sign > 0.0 { [-1.0, far, -near] } else { [1.0, near, -far] };
        for (found, expected) in gradient.iter().zip(expected) {
            assert_relative_eq!(*found, expected, max_relative = 1e-13);
        }
    }
    for (label, slope, loss) in [(0, -800.0, 0.0), (0, 800.0, 800.0), (2, -801.0, 802.0), (2, 800.0, 0.0)] {
        let labels = arr1(&[label]);
        let model = Ordinal::new(Design::new(&x), &["a", "b", "c"], &labels).unwrap();
        assert_eq!(at(&model, &[&[slope], &[0.0, 1.0]]).0, loss);
    }
}

#[test]
fn the_gradient_passes_the_check() {
    let data = Data::read("mtcars");
    let start = data.model().start().unwrap();
    for shift in [0.0, 0.05] {
        let point: Vec<f64> = start.iter().map(|start| start + shift).collect();
        let report = check_gradient(&data.model(), &point).unwrap();
        assert!(report.passed(), "{report}");
        assert_eq!(report.components[2].name, "1|2");
    }
}

/// Random data of three or four levels that a slope and noise make.
fn some_data() -> impl Strategy<Value = (Vec<(f64, f64)>, Vec<usize>)> {
    (3usize..=4, proptest::collection::vec((-2.0..2.0f64, -1.0..1.0f64, 0.02..0.98f64), 30..60)).prop_map(
        |(levels, rows)| {
            let level = |&(x, _, u): &(f64, f64, f64)| {
                let latent = 0.8 * x + (u / (1.0 - u)).ln();
                (0..levels - 1).filter(|&cut| latent > cut as f64 - 1.0).count()
            };
            let mut labels: Vec<usize> = rows.iter().map(level).collect();
            // No level is empty, and none is told apart.
            (0..2 * levels).for_each(|row| labels[row] = row % levels);
            (rows.iter().map(|&(x, z, _)| (x, z)).collect(), labels)
        },
    )
}

fn fit_of(x: &Array2<f64>, labels: &Array1<usize>) -> Option<OrdinalFit> {
    let levels: Vec<String> = (0..=*labels.iter().max().unwrap()).map(|level| level.to_string()).collect();
    match Ordinal::new(Design::new(x), &levels, labels).unwrap().fit(&Options::default()) {
        Ok(fit) => {
            assert!(fit.fit.converged(), "{}", fit.fit.status);
            Some(fit)
        }
        Err(Error::Separation { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(20), ..ProptestConfig::default() })]

    #[test]
    fn turning_the_order_round_turns_the_signs((rows, labels) in some_data()) {
        let x = Array2::from_shape_fn((rows.len(), 2), |(row, column)| [rows[row].0, rows[row].1][column]);
        let labels = Array1::from_vec(labels);
        let highest = *labels.iter().max().unwrap();
        let turned = labels.mapv(|label| highest - label);
        if let (Some(fit), Some(turned)) = (fit_of(&x, &labels), fit_of(&x, &turned)) {
            for (ours, theirs) in fit.coefficients().iter().zip(turned.coefficients()) {
                assert_relative_eq!(*ours, -*theirs, max_relative = 1e-7, epsilon = 1e-9);
            }
            for (ours, theirs) in fit.thresholds().iter().zip(turned.thresholds().iter().rev()) {
                assert_relative_eq!(*ours, -*theirs, max_relative = 1e-7, epsilon = 1e-9);
            }
        }
    }

    #[test]
    fn shifts_and_units_of_a_column_move_thresholds_and_slope_alone((rows, labels) in some_data()) {
        let x = Array2::from_shape_fn((rows.len(), 1), |(row, _)| rows[row].0);
        let moved = x.mapv(|x| 1000.0 * x + 5000.0);
        let labels = Array1::from_vec(labels);
        if let (Some(fit), Some(moved)) = (fit_of(&x, &labels), fit_of(&moved, &labels)) {
            let (slope, other) = (fit.coefficients()[0], moved.coefficients()[0]);
            assert_relative_eq!(slope, 1000.0 * other, max_relative = 1e-7, epsilon = 1e-9);
            for (ours, theirs) in fit.thresholds().iter().zip(moved.thresholds()) {
                assert_relative_eq!(*ours, theirs - 5000.0 * other, max_relative = 1e-6, epsilon = 1e-7);
            }
            assert_relative_eq!(fit.fit.loss, moved.fit.loss, max_relative = 1e-12);
        }
    }

    /// The score of each threshold vanishes: as many rows lie at or below a level as are expected to, weighted by the
    /// sigmoids' slopes; with thresholds alone, exactly as many.
    #[test]
    fn thresholds_alone_give_the_shares((_, labels) in some_data()) {
        let x = Array2::zeros((labels.len(), 0));
        let labels = Array1::from_vec(labels);
        let fit = fit_of(&x, &labels).unwrap();
        for (level, probability) in fit.probabilities(0.0).into_iter().enumerate() {
            let share = labels.iter().filter(|label| **label == level).count() as f64 / labels.len() as f64;
            assert_relative_eq!(probability, share, max_relative = 1e-9);
        }
    }
}

#[test]
fn weights_are_as_repeated_rows_and_rows_of_weight_0_have_no_part() {
    let data = Data::read("mtcars");
    let weights: Array1<f64> = (0..32).map(|row| (row % 3) as f64).collect();
    let design = Design::new(&data.x).with_weights(&weights).unwrap();
    let weighted = Ordinal::new(design, &data.levels, &data.labels).unwrap().fit(&Options::default()).unwrap();
    let rows: Vec<usize> = (0..32).flat_map(|row| vec![row; row % 3]).collect();
    let x = data.x.select(ndarray::Axis(0), &rows);
    let labels: Array1<usize> = rows.iter().map(|&row| data.labels[row]).collect();
    let repeated = Ordinal::new(Design::new(&x), &data.levels, &labels).unwrap().fit(&Options::default()).unwrap();
    for (ours, theirs) in weighted.fit.parameters.iter().zip(&repeated.fit.parameters) {
        assert_relative_eq!(*ours, *theirs, max_relative = 1e-9);
    }
}

#[test]
fn a_constant_offset_shifts_the_thresholds_alone() {
    let data = Data::read("mtcars");
    let offset = Array1::from_elem(32, 3.0);
    let design = data.design().with_offset(&offset).unwrap();
    let model = Ordinal::new(design, &data.levels, &data.labels).unwrap();
    let (plain, shifted) = (data.model().fit(&Options::default()).unwrap(), model.fit(&Options::default()).unwrap());
    for (ours, theirs) in shifted.thresholds().iter().zip(plain.thresholds()) {
        assert_relative_eq!(*ours, theirs + 3.0, max_relative = 1e-9);
    }
    let null = |fit: &OrdinalFit, model: &Ordinal<'_>| fit.inference(model).unwrap().null_deviance;
    assert_relative_eq!(null(&shifted, &model), null(&plain, &data.model()), max_relative = 1e-12);
}

#[test]
fn levels_that_are_told_apart_are_named_and_a_ridge_penalty_helps() {
    let x = arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]);
    let labels = arr1(&[0, 0, 1, 1, 2, 2]);
    let model =
        |x| Ordinal::new(Design::new(x).with_names(&["dose"]).unwrap(), &["low", "mid", "high"], &labels).unwrap();
    for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
        match model(&x).fit(&Options::method(method)) {
            Err(Error::Separation { complete, direction, separated, rows }) => {
                assert!(complete && separated == 6 && rows == 6, "{method:?}");
                assert!(direction.iter().any(|(name, _)| name == "dose"));
            }
            other => panic!("{method:?}: {other:?}"),
        }
    }
    assert!(model(&x).with_ridge(0.1).unwrap().fit(&Options::default()).unwrap().fit.converged());
    // Where neighbours share a dose they aren't told apart.
    let partly = arr2(&[[1.0], [2.0], [2.0], [3.0], [3.0], [4.0]]);
    assert!(matches!(model(&partly).fit(&Options::default()), Err(Error::Separation { complete: false, .. })));
}

#[test]
fn what_cannot_be_fitted_is_refused_with_the_reason() {
    let (x, labels) = (arr2(&[[1.0, 7.0], [2.0, 7.0], [3.0, 7.0], [2.5, 7.0]]), arr1(&[0, 1, 0, 1]));
    let levels = ["a", "b"];
    let constant = Ordinal::new(Design::new(&x), &levels, &labels).unwrap().fit(&Options::default());
    match constant {
        Err(Error::RankDeficient { combinations }) => assert_eq!(combinations[0].column, "x2"),
        other => panic!("{other:?}"),
    }
    let empty = Ordinal::new(Design::new(&x), &["a", "b", "c"], &labels).unwrap().fit(&Options::default());
    assert_eq!(empty.unwrap_err(), Error::EmptyLevel { level: "c".into() });
    let message = Ordinal::new(Design::new(&x), &["a"], &labels).unwrap_err().to_string();
    assert!(message.contains("classes"), "{message}");
    assert!(matches!(
        Ordinal::new(Design::new(&x), &levels, &arr1(&[0, 1, 2, 0])),
        Err(Error::LabelOutOfRange { row: 2, label: 2, classes: 2 })
    ));
    assert!(matches!(Ordinal::new(Design::new(&x), &levels, &arr1(&[0, 1])), Err(Error::LengthMismatch { .. })));
}

#[test]
fn predictions_are_probabilities_and_a_fit_survives_json() {
    let data = Data::read("housing");
    let model = data.model();
    let fit = model.fit(&Options::default()).unwrap();
    let probabilities = fit.predict(&data.design()).unwrap();
    for row in probabilities.outer_iter() {
        assert!(row.iter().all(|&p| p > 0.0 && p < 1.0) && (row.sum() - 1.0).abs() < 1e-15);
    }
    // R: predict(polr, type = "probs") of the first row.
    for (found, expected) in probabilities.row(0).iter().zip([0.3784493, 0.2876752, 0.3338755]) {
        assert_relative_eq!(*found, expected, max_relative = 1e-5);
    }
    let levels = fit.predict_level(&data.design()).unwrap();
    for (row, level) in levels.into_iter().enumerate() {
        assert!(probabilities.row(row).iter().all(|&p| p <= probabilities[[row, level]]));
    }
    let text = serde_json::to_string(&fit).unwrap();
    let again: OrdinalFit = serde_json::from_str(&text).unwrap();
    assert_eq!(again, fit);
    let mut edited = fit.clone();
    edited.fit.parameters.swap(6, 7);
    assert!(edited.predict(&data.design()).unwrap_err().to_string().contains("thresholds rise"));
    edited.fit.parameters.pop();
    assert!(matches!(edited.check(), Err(Error::CountMismatch { .. })));
    let page = OrdinalSummary::new(&fit, &fit.inference(&model).unwrap()).to_string();
    assert!(
        page.contains("Levels: Low < Medium < High") && page.contains("Low|Medium") && page.contains("3479"),
        "{page}"
    );
}
