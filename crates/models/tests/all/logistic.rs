//! Logistic regression: R's maxima, by every method, and the errors that mistakes give.

use crate::common::Reference;
use approx::assert_relative_eq;
use models::fit::{Method, Options, Status};
use models::logistic::{Logistic, fit};
use models::{Design, Error};
use ndarray::{Array1, Array2, Axis, arr1, arr2, array, s};

const DATA: [&str; 4] = ["birthwt", "infert", "mtcars_am", "oring"];

fn model(data: &Reference) -> Logistic<'_> {
    let design = Design::new(data.x.slice(s![.., 1..])).with_names(&data.columns[1..]).unwrap();
    Logistic::new(design, &data.y).unwrap()
}

#[test]
fn newton_finds_the_maxima_that_r_finds() {
    for name in DATA {
        let data = Reference::read(name);
        let fit = model(&data).fit(&Options::default()).unwrap();
        assert!(fit.converged(), "{name}: {}", fit.status);
        assert_eq!(fit.names, data.columns);
        for (ours, theirs) in fit.coefficients.iter().zip(data.numbers("coefficients")) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-9);
        }
        assert_relative_eq!(-2.0 * fit.log_likelihood, data.number("deviance"), max_relative = 1e-12);
        let scale = data.x.iter().fold(0.0f64, |max, x| max.max(x.abs())) * data.y.len() as f64;
        assert!(fit.max_abs_score() < 1e-13 * scale, "{name}: {:e}", fit.max_abs_score());
    }
}

#[test]
fn lbfgs_and_trust_region_find_the_same_maxima() {
    for name in DATA {
        let data = Reference::read(name);
        for method in [Method::Lbfgs, Method::TrustRegion] {
            let fit = model(&data).fit(&Options::method(method)).unwrap();
            assert!(fit.converged(), "{name}, {method:?}: {}", fit.status);
            for (ours, theirs) in fit.coefficients.iter().zip(data.numbers("coefficients")) {
                assert_relative_eq!(*ours, theirs, max_relative = 1e-6);
            }
        }
    }
}

#[test]
fn a_column_of_ones_is_an_intercept() {
    let data = Reference::read("birthwt");
    let with = model(&data).fit(&Options::default()).unwrap();
    let design = Design::new(&data.x).with_names(&data.columns).unwrap().without_intercept();
    let without = Logistic::new(design, &data.y).unwrap().fit(&Options::default()).unwrap();
    assert_eq!(with.names, without.names);
    for (a, b) in with.coefficients.iter().zip(&without.coefficients) {
        assert_relative_eq!(*a, *b, max_relative = 1e-12);
    }
}

#[test]
fn labels_between_0_and_1_give_the_maximum_of_their_likelihood() {
    let (x, y) = (arr2(&[[0.0], [0.0], [1.0], [1.0]]), arr1(&[0.25, 0.75, 0.9, 0.5]));
    let fit = fit(&x, &y).unwrap();
    assert_relative_eq!(fit.coefficients[0], 0.0, epsilon = 1e-12);
    assert_relative_eq!(fit.coefficients[1], (0.7f64 / 0.3).ln(), max_relative = 1e-12);
}

#[test]
fn the_iteration_limit_is_reported() {
    let data = Reference::read("birthwt");
    let fit = model(&data).fit(&Options { max_iterations: 1, ..Options::default() }).unwrap();
    assert_eq!((fit.status, fit.iterations), (Status::IterationLimit, 1));
    assert!(!fit.converged());
}

/// 20 rows and two columns, without any separation.
fn sound() -> (Array2<f64>, Array1<f64>) {
    let x = Array2::from_shape_fn((20, 2), |(i, j)| ((i * 7 + j * 5) % 11) as f64 - 4.0 * j as f64);
    let y = Array1::from_shape_fn(20, |i| f64::from((i * 13 % 20) > 9));
    (x, y)
}

#[test]
fn a_label_outside_0_and_1_is_named() {
    let (x, mut y) = sound();
    y[3] = 1.5;
    let error = fit(&x, &y).unwrap_err();
    assert!(matches!(&error, Error::OutOfRange { row: 3, value: 1.5, .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "row 3 of `y` is 1.5, but a binomial response must lie in [0, 1]; give counts as proportions, with the trials as weights"
    );
    y[3] = f64::NAN;
    assert!(matches!(fit(&x, &y).unwrap_err(), Error::NonFinite { row: 3, .. }));
}

#[test]
fn a_cell_that_is_not_finite_is_named() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let (mut x, y) = sound();
        x[[4, 1]] = value;
        match fit(&x, &y).unwrap_err() {
            Error::NonFinite { row: 4, column, value: found } => {
                assert_eq!((column.as_str(), found.to_bits()), ("x2", value.to_bits()));
            }
            error => panic!("{error}"),
        }
    }
}

#[test]
fn sizes_that_do_not_fit_are_named() {
    let (x, y) = sound();
    let error = fit(&x, y.slice(s![..19])).unwrap_err();
    assert_eq!(error, Error::LengthMismatch { name: "y".into(), found: 19, expected: 20 });
    assert_eq!(fit(x.slice(s![..0, ..]), y.slice(s![..0])).unwrap_err(), Error::NoRows);
    let design = Design::new(x.slice(s![.., ..0])).without_intercept();
    assert_eq!(Logistic::new(design, &y).unwrap_err(), Error::NoColumns);
}

#[test]
fn superfluous_columns_are_named() {
    let (x, y) = sound();
    let sum = (&x.column(0) + &x.column(1) * 2.0 + 3.0).insert_axis(Axis(1));
    let wide = ndarray::concatenate(Axis(1), &[x.view(), sum.view()]).unwrap();
    let error = fit(&wide, &y).unwrap_err();
    let expected = "the design is rank deficient: column `x3` is a combination of `(Intercept)`, `x1`, `x2`; drop a column of each combination, or add a ridge penalty";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn labels_of_one_class_are_reported() {
    let (x, y) = sound();
    for label in [0.0, 1.0] {
        let same = Array1::from_elem(y.len(), label);
        assert_eq!(fit(&x, &same).unwrap_err(), Error::OneClass { rows: 20, value: label });
    }
}

#[test]
fn complete_separation_is_reported_with_its_columns() {
    let (mut x, y) = sound();
    x.column_mut(1).assign(&y.mapv(|y| 3.0 * y - 1.0));
    for options in [Options::default(), Options::method(Method::Lbfgs), Options::method(Method::TrustRegion)] {
        match fit_with(&x, &y, &options).unwrap_err() {
            Error::Separation { complete: true, direction, separated: 20, rows: 20 } => {
                assert!(direction.iter().any(|(name, part)| name == "x2" && *part > 0.5), "{direction:?}");
            }
            error => panic!("{:?}: {error}", options.method),
        }
    }
}

#[test]
fn quasi_complete_separation_is_reported_with_its_columns() {
    // A level of the second column has one label only.
    let (mut x, y) = sound();
    x.column_mut(1).assign(&Array1::from_shape_fn(20, |row| f64::from(y[row] == 1.0 && row % 3 == 0)));
    for options in [Options::default(), Options::method(Method::Lbfgs), Options::method(Method::TrustRegion)] {
        let error = fit_with(&x, &y, &options).unwrap_err();
        let Error::Separation { complete, direction, rows: 20, .. } = &error else { panic!("{error}") };
        assert!(!complete);
        assert_eq!(direction, &[("x2".to_string(), 1.0)], "{:?}", options.method);
    }
}

fn fit_with(x: &Array2<f64>, y: &Array1<f64>, options: &Options) -> models::Result<models::logistic::LogisticFit> {
    Logistic::new(Design::new(x), y).unwrap().fit(options)
}

#[test]
fn data_that_are_almost_separated_are_fitted() {
    // One row on the wrong side, far from the others: the maximum exists.
    let x = Array2::from_shape_fn((41, 1), |(i, _)| i as f64 - 20.0);
    let mut y = x.column(0).mapv(|x| f64::from(x > 0.0));
    y[22] = 0.0;
    let fit = fit(&x, &y).unwrap();
    assert!(fit.converged());
    assert!(fit.max_abs_score() < 1e-10);
}

#[test]
fn a_ridge_penalty_gives_separated_data_a_maximum() {
    let (mut x, y) = sound();
    x.column_mut(1).assign(&y);
    let fit = Logistic::new(Design::new(&x), &y).unwrap().with_ridge(0.1).unwrap().fit(&Options::default()).unwrap();
    assert!(fit.converged());
    assert!(fit.coefficients[2] > 1.0 && fit.coefficients[2] < 20.0);
}

#[test]
fn scaled_columns_scale_their_coefficients_and_nothing_else() {
    let data = Reference::read("birthwt");
    let plain = model(&data).fit(&Options::default()).unwrap();
    let mut x = data.x.slice(s![.., 1..]).to_owned();
    let scales = Array1::from_shape_fn(x.ncols(), |j| if j % 2 == 0 { 1e8 } else { 1e-8 });
    x *= &scales;
    let scaled = fit(&x, &data.y).unwrap();
    assert_eq!(plain.iterations, scaled.iterations);
    for (j, scale) in scales.iter().enumerate() {
        assert_relative_eq!(scaled.coefficients[j + 1] * scale, plain.coefficients[j + 1], max_relative = 1e-9);
    }
}

#[test]
fn predictors_beyond_the_range_of_exp_are_no_obstacle() {
    // At the start given, |z| is above 800 in most rows.
    let x = array![[-900.0], [-850.0], [-10.0], [10.0], [-20.0], [870.0], [920.0], [30.0]];
    let y = arr1(&[0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let design = Design::new(&x);
    let start = Some(vec![0.0, 1.0]);
    let fit = Logistic::new(design, &y).unwrap().fit(&Options { start, ..Options::default() }).unwrap();
    let plain = models::logistic::fit(&x, &y).unwrap();
    assert!(fit.converged());
    assert_relative_eq!(fit.coefficients[1], plain.coefficients[1], max_relative = 1e-9);
}
