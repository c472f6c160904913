//! Responses of one class, or without an event: the likelihood has no maximum, and it is said why.

use models::fit::{Method, Options};
use models::network::Network;
use models::ordinal::Ordinal;
use models::softmax::Softmax;
use models::{Design, Error, Family, Glm, Link, binary};
use ndarray::{Array1, Array2, arr1};

const METHODS: [Method; 3] = [Method::Newton, Method::TrustRegion, Method::Lbfgs];

/// Two columns, the second above 0 throughout.
fn columns(rows: usize) -> Array2<f64> {
    Array2::from_shape_fn(
        (rows, 2),
        |(row, column)| if column == 0 { (row as f64).sin() } else { 1.0 + (row % 3) as f64 },
    )
}

fn refusal(design: Design<'_>, y: &Array1<f64>, family: Family, link: Link, method: Method) -> Error {
    let model = Glm::new(design, y, family).unwrap().with_link(link);
    model.fit(&Options::method(method)).unwrap_err()
}

/// A row without weight has no part in it, whatever its label.
#[test]
fn labels_of_one_class_are_told_by_every_link_and_method() {
    let x = columns(12);
    let weights = Array1::from_shape_fn(12, |row| if row == 5 { 0.0 } else { 1.0 });
    for (link, value) in
        [Link::Logit, Link::Probit, Link::Cloglog].into_iter().flat_map(|link| [(link, 0.0), (link, 1.0)])
    {
        let y = Array1::from_shape_fn(12, |row| if row == 5 { 1.0 - value } else { value });
        for method in METHODS {
            let design = Design::new(&x).with_weights(&weights).unwrap();
            let found = refusal(design, &y, Family::Binomial, link, method);
            assert_eq!(found, Error::OneClass { rows: 11, value }, "{link} {method:?}");
        }
    }
}

#[test]
fn counts_of_0_alone_are_told() {
    let (x, y) = (columns(12), Array1::zeros(12));
    for family in [Family::Poisson, Family::NegativeBinomial { dispersion: 0.5 }] {
        for method in METHODS {
            let found = refusal(Design::new(&x), &y, family, Link::Log, method);
            assert_eq!(found, Error::AllZero { rows: 12 }, "{family} {method:?}");
        }
    }
}

/// Without an intercept it isn't the labels that are at fault, but a column of one sign.
#[test]
fn without_an_intercept_a_column_separates_labels_of_one_class() {
    let (x, y) = (columns(12), Array1::ones(12));
    for method in METHODS {
        let found = refusal(Design::new(&x).without_intercept(), &y, Family::Binomial, Link::Logit, method);
        assert!(
            matches!(found, Error::Separation { complete: true, separated: 12, rows: 12, .. }),
            "{method:?}: {found}"
        );
    }
    let signs = x.column(0).to_owned().insert_axis(ndarray::Axis(1));
    let design = Design::new(&signs).without_intercept();
    assert!(Glm::new(design, &y, Family::Binomial).unwrap().fit(&Options::default()).unwrap().fit.converged());
}

#[test]
fn classes_without_rows_are_named() {
    let (x, names) = (columns(6), ["a", "b", "c"]);
    let labels = arr1(&[0, 2, 0, 2, 2, 0]);
    let empty = Error::EmptyClass { class: "b".into() };
    let softmax = Softmax::new(Design::new(&x), &names, &labels).unwrap();
    assert_eq!(softmax.fit(&Options::default()).unwrap_err(), empty);
    let network = Network::classification(&x, &names, &labels).unwrap();
    assert_eq!(network.fit(&Options::default()).unwrap_err(), empty);
    let ordinal = Ordinal::new(Design::new(&x), &names, &labels).unwrap();
    assert_eq!(ordinal.fit(&Options::default()).unwrap_err(), Error::EmptyLevel { level: "b".into() });
}

#[test]
fn curves_of_outcomes_of_one_class_are_refused() {
    for value in [0.0, 1.0] {
        let found = binary::roc(&[0.25, 0.5, 0.75], &[value; 3]).unwrap_err();
        assert_eq!(found, Error::OneClass { rows: 3, value });
    }
}
