//! Fits whose parameters were edited, starts of another length, models too large for any machine: errors, whatever is asked.

use crate::own::{METHODS, own};
use models::fit::{Fit, Method, Options, minimise};
use models::inference::{Covariance, profile_intervals};
use models::network::{Activation, Network};
use models::ordinal::Ordinal;
use models::quantile::Quantile;
use models::softmax::Softmax;
use models::{Design, Error, Family, Glm};
use ndarray::{Array1, Array2, arr1, arr2};

/// How parameters may be damaged.
type Edit = fn(&mut Vec<f64>);

/// What was done to a fit's parameters, by name.
const EDITS: [(&str, Edit); 5] = [
    ("cut", |parameters| parameters.truncate(parameters.len() - 1)),
    ("lengthened", |parameters| parameters.push(1.0)),
    ("emptied", Vec::clear),
    ("NaN", |parameters| parameters[0] = f64::NAN),
    ("infinite", |parameters| parameters[0] = f64::INFINITY),
];

fn x() -> Array2<f64> {
    Array2::from_shape_fn((12, 2), |(row, column)| ((row * (3 + 2 * column) + row * row) % 11) as f64 / 4.0)
}

fn labels() -> Array1<usize> {
    Array1::from_shape_fn(12, |row| (row * row + row / 2) % 3)
}

/// What is asked of a fit, by name; whether it was an error.
type Asked = (&'static str, bool);

/// Asserts that what is asked of a fit succeeds, and fails after every edit.
fn assert_refused<F: Clone>(model: &str, fit: &F, edit: impl Fn(&mut F, Edit), ask: impl Fn(&F) -> Vec<Asked>) {
    for (asked, failed) in ask(fit) {
        assert!(!failed, "{model}: {asked} fails of the fit as it is");
    }
    for (name, change) in EDITS {
        let mut edited = fit.clone();
        edit(&mut edited, change);
        for (asked, failed) in ask(&edited) {
            assert!(failed, "{model}: {asked} takes parameters that were {name}");
        }
    }
}

#[test]
fn edited_linear_models_are_refused_whatever_is_asked() {
    let (x, y) = (x(), labels().mapv(|label| label as f64 + 1.0));
    let design = Design::new(&x);
    let model = Glm::new(design.clone(), &y, Family::Poisson).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    let spread = fit.inference(&model, Covariance::Expected).unwrap().spread();
    assert_refused(
        "glm",
        &fit,
        |fit, change| change(&mut fit.fit.parameters),
        |fit| {
            vec![
                ("check", fit.check().is_err()),
                ("predict", fit.predict(&design).is_err()),
                ("predict_linear", fit.predict_linear(&design).is_err()),
                ("predict_with_errors", fit.predict_with_errors(&design, &spread).is_err()),
                ("inference", fit.inference(&model, Covariance::HC3).is_err()),
                ("clustered", fit.clustered_inference(&model, labels().view()).is_err()),
                ("row_diagnostics", fit.row_diagnostics(&model, 1.0).is_err()),
                ("profile_intervals", profile_intervals(&model, fit, 0.95).is_err()),
            ]
        },
    );
    let fit = Quantile::new(design.clone(), &y, 0.5).unwrap().fit().unwrap();
    assert_refused(
        "quantile",
        &fit,
        |fit, change| change(&mut fit.coefficients),
        |fit| vec![("predict", fit.predict(&design).is_err())],
    );
}

#[test]
fn edited_models_of_classes_are_refused_whatever_is_asked() {
    let (x, labels) = (x(), labels());
    let design = Design::new(&x);
    let model = Softmax::new(design.clone(), &["a", "b", "c"], &labels).unwrap().with_ridge(0.1).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    let spread = fit.inference(&model).unwrap().spread();
    assert_refused(
        "softmax",
        &fit,
        |fit, change| change(&mut fit.fit.parameters),
        |fit| {
            vec![
                ("predict", fit.predict(&design).is_err()),
                ("predict_linear", fit.predict_linear(&design).is_err()),
                ("predict_class", fit.predict_class(&design).is_err()),
                ("predict_with_errors", fit.predict_with_errors(&design, &spread).is_err()),
                ("inference", fit.inference(&model).is_err()),
                ("robust_inference", fit.robust_inference(&model, Covariance::HC0).is_err()),
            ]
        },
    );
    let model = Ordinal::new(design.clone(), &["a", "b", "c"], &labels).unwrap().with_ridge(0.1).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    let spread = fit.inference(&model).unwrap().spread();
    assert_refused(
        "ordinal",
        &fit,
        |fit, change| change(&mut fit.fit.parameters),
        |fit| {
            vec![
                ("predict", fit.predict(&design).is_err()),
                ("predict_linear", fit.predict_linear(&design).is_err()),
                ("predict_level", fit.predict_level(&design).is_err()),
                ("predict_with_errors", fit.predict_with_errors(&design, &spread).is_err()),
                ("inference", fit.inference(&model).is_err()),
                ("robust_inference", fit.robust_inference(&model, Covariance::HC0).is_err()),
            ]
        },
    );
}

#[test]
fn edited_networks_are_refused_whatever_is_asked() {
    let (x, labels) = (x(), labels());
    let model = Network::classification(&x, &["a", "b", "c"], &labels).unwrap().with_ridge(0.1).unwrap();
    let fit = model.with_hidden(3, Activation::Tanh).unwrap().fit(&Options::method(Method::Lbfgs)).unwrap();
    assert_refused(
        "network",
        &fit,
        |fit, change| change(&mut fit.fit.parameters),
        |fit| vec![("predict", fit.predict(&x).is_err()), ("predict_class", fit.predict_class(&x).is_err())],
    );
}

#[test]
fn a_fit_without_a_parameter_for_each_name_is_no_fit() {
    let fit = own(&[1.0, 2.0], |_, p| (p * p).sum()).fit(Method::Newton).unwrap();
    let edits: [fn(&mut Fit); 4] = [
        |fit| fit.names.truncate(1),
        |fit| fit.names.push("third".into()),
        |fit| fit.gradient.truncate(1),
        |fit| fit.parameters.truncate(1),
    ];
    for edit in edits {
        let mut edited = fit.clone();
        edit(&mut edited);
        assert!(matches!(edited.check(), Err(Error::CountMismatch { .. })), "{:?}", edited.check());
    }
}

#[test]
fn a_start_of_another_length_is_an_error_of_every_method() {
    let mut objective = own(&[1.0, 2.0], |_, p| (p * p).sum());
    for length in [0, 1, 3, 1000] {
        let wrong = vec![0.5; length];
        objective.start.clone_from(&wrong);
        for method in METHODS {
            let outcome = minimise(&objective, &Options::method(method));
            assert!(matches!(outcome, Err(Error::CountMismatch { .. })), "{method:?}, {length}: {outcome:?}");
            let options = Options { start: Some(wrong.clone()), ..Options::method(method) };
            let outcome = own(&[1.0, 2.0], |_, p| (p * p).sum())
                .fit(method)
                .and_then(|_| minimise(&own(&[1.0, 2.0], |_, p| (p * p).sum()), &options));
            assert!(matches!(outcome, Err(Error::CountMismatch { .. })), "{method:?}, {length}: {outcome:?}");
        }
        let y = arr1(&[1.0, 2.0, 4.0, 3.0]);
        let columns = arr2(&[[1.0], [2.0], [3.0], [4.0]]);
        let model = Glm::new(Design::new(&columns), &y, Family::Poisson).unwrap();
        let outcome = model.fit(&Options { start: Some(wrong), ..Options::default() });
        assert!(matches!(outcome, Err(Error::CountMismatch { .. })), "{length}: {outcome:?}");
    }
}

#[test]
fn a_network_that_fits_in_no_memory_is_an_error() {
    let (x, y) = (x(), labels().mapv(|label| label as f64));
    for widths in [vec![1_000_000_000_000], vec![usize::MAX], vec![1 << 33, 1 << 33], vec![3, 1 << 62]] {
        for method in [Method::Lbfgs, Method::Newton, Method::Adam(Default::default())] {
            let network = Network::regression(&x, &y, Family::Gaussian).unwrap();
            let outcome = widths
                .iter()
                .try_fold(network, |network, &width| network.with_hidden(width, Activation::Tanh))
                .and_then(|network| network.fit(&Options::method(method)));
            assert!(outcome.is_err(), "{widths:?} {method:?}");
        }
    }
}

/// A Hessian of 70 000 parameters takes 39 GB: the methods that need it say so, before the rows are looked at; L-BFGS fits.
#[test]
fn second_derivatives_that_fit_in_no_memory_are_an_error() {
    let start = vec![1.0; 70_000];
    for method in [Method::Newton, Method::TrustRegion] {
        let Err(error) = own(&start, |_, p| (p * p).sum()).fit(method) else { panic!("{method:?} has the memory") };
        assert!(error.to_string().contains("70000 parameters would take"), "{error}");
    }
    let fit = own(&start, |_, p| (p * p).sum()).fit(Method::Lbfgs).unwrap();
    assert!(fit.converged() && fit.parameters.iter().all(|parameter| parameter.abs() < 1e-6));
}

/// More columns than rows, told apart by a ridge: the minimum, at which the gradient of the penalised loss is 0.
#[test]
fn three_hundred_columns_of_forty_rows_are_fitted_with_a_ridge() {
    let x = Array2::from_shape_fn((40, 300), |(row, column)| {
        ((row * (2 * column + 3) + row * row * (column + 1)) % 89) as f64 / 40.0 - 1.0
    });
    let y = Array1::from_shape_fn(40, |row| f64::from(row % 2 == 0));
    let model = Glm::new(Design::new(&x), &y, Family::Binomial).unwrap().with_ridge(1.0).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    let means = Array1::from_vec(fit.predict(&Design::new(&x)).unwrap());
    let gradient = x.t().dot(&(means - &y)) + &Array1::from(fit.fit.parameters[1..].to_vec());
    assert!(fit.fit.converged() && gradient.iter().all(|element| element.abs() < 1e-9), "{}", fit.fit.status);
}
