//! Counts and normal responses with links of probabilities: where all means that a direction moves are at an end of what the link has, nothing is
//! left of the gradient. That is no minimum, though it looks like one; means far out with others between are no fault.

use data::Arrays;
use models::fit::{Method, Options};
use models::{Design, Error, Family, Glm, Link, StreamedGlm, Terms};
use ndarray::{Array1, Array2};

const LINKS: [Link; 3] = [Link::Logit, Link::Probit, Link::Cloglog];
const METHODS: [Method; 2] = [Method::Newton, Method::TrustRegion];

fn wave(row: usize, by: f64) -> f64 {
    (row as f64 * by).sin()
}

/// Two columns, of which the first, less a third of the second, tells most responses.
fn columns(rows: usize) -> (Array2<f64>, impl Fn(usize) -> f64) {
    let side = |row: usize| wave(row, 0.71) - wave(row, 1.37) / 3.0;
    (Array2::from_shape_fn((rows, 2), |(row, column)| wave(row, [0.71, 1.37][column])), side)
}

/// One row lies on the wrong side of the others: the loss of its mean is finite there, and a steeper slope always better for the others.
#[test]
fn a_step_but_for_one_row_has_no_minimum_by_any_method_and_over_sources() {
    let (x, side) = columns(60);
    let wrong = (0..60).max_by(|&a, &b| side(a).total_cmp(&side(b))).unwrap();
    let y = Array1::from_shape_fn(60, |row| f64::from((side(row) > 0.2) != (row == wrong)));
    for (family, link) in LINKS.into_iter().flat_map(|link| {
        [Family::Gaussian, Family::Poisson, Family::NegativeBinomial { dispersion: 0.7 }].map(|family| (family, link))
    }) {
        for method in METHODS {
            let options = Options::method(method);
            let model = Glm::new(Design::new(&x).with_names(&["a", "b"]).unwrap(), &y, family).unwrap();
            let error = model.with_link(link).fit(&options).unwrap_err();
            assert!(matches!(&error, Error::AtInfinity { .. }), "{family} {link} {method:?}: {error}");
            let arrays = Arrays::new().with("a", x.column(0)).unwrap().with("b", x.column(1)).unwrap();
            let source = arrays.with("y", &y).unwrap().with_block_rows(17);
            let model = StreamedGlm::new(&source, &Terms::new(&["a", "b"]), "y", family).unwrap();
            let found = model.with_link(link).fit(&options).unwrap_err();
            assert_eq!(found, error, "{family} {link} {method:?}");
        }
    }
}

/// Most means are within 1e-5 of an end, and some within 1e-300.
#[test]
fn steep_slopes_that_the_rows_between_tell_are_found() {
    let (x, side) = columns(200);
    for link in LINKS {
        for steep in [10.0, 30.0, 100.0] {
            let y = Array1::from_shape_fn(200, |row| {
                let noise = 1e-3 * wave(row, 7.7);
                link.mean(steep * side(row) + 1.0) + noise
            });
            let model = Glm::new(Design::new(&x), &y, Family::Gaussian).unwrap().with_link(link);
            let start = vec![1.0, steep, -steep / 3.0];
            let fit = model.fit(&Options { start: Some(start.clone()), ..Options::default() }).unwrap();
            assert!(fit.fit.converged(), "{link} {steep}: {}", fit.fit.reason());
            for (found, expected) in fit.coefficients().iter().zip(&start) {
                assert!((found - expected).abs() < 0.1 * expected.abs(), "{link} {steep}: {found} for {expected}");
            }
        }
    }
}
