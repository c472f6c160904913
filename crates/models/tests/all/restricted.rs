//! Links that don't reach every mean: fits within the domain, in its interior or on its boundary.

use models::fit::{Method, Options, Status};
use models::{Design, Error, Family, Glm, GlmFit, Link};
use ndarray::{Array1, Array2};

/// Numbers at random (SplitMix64), within [0, 1).
pub struct Random(pub u64);

impl Random {
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Columns of different kinds, proportions of ones, and the trials that they are of; `tests/reference/restricted.py` makes the
/// same.
pub fn problem(random: &mut Random) -> (Array2<f64>, Array1<f64>, Array1<f64>) {
    let (n, p) = (12 + (random.unit() * 70.0) as usize, 1 + (random.unit() * 4.0) as usize);
    let kinds: Vec<usize> = (0..p).map(|_| (random.unit() * 3.0) as usize).collect();
    let x = Array2::from_shape_simple_fn((n, p), || random.unit());
    let x = Array2::from_shape_fn((n, p), |(i, j)| match kinds[j] {
        0 => 2.0 * x[[i, j]] - 1.0,
        1 => f64::from(x[[i, j]] > 0.6),
        _ => (x[[i, j]] * 5.0).floor(),
    });
    let (chance, slope, grouped) = (0.05 + 0.9 * random.unit(), random.unit() - 0.5, random.unit() < 0.3);
    let (mut y, mut trials) = (Array1::zeros(n), Array1::zeros(n));
    for i in 0..n {
        let q = (chance + slope * x[[i, 0]]).clamp(0.02, 0.98);
        let count = if grouped { 1 + (random.unit() * 4.0) as usize } else { 1 };
        trials[i] = count as f64;
        y[i] = (0..count).filter(|_| random.unit() < q).count() as f64 / count as f64;
    }
    (x, y, trials)
}

/// Fits the 300 problems of a link to what solvers written for this found (`tests/reference/restricted.json`), each by one of the methods in
/// turn, or by all.
fn check(link: Link, all: bool) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/restricted.json");
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut random, mut wrong) = (Random(json["seed"].as_u64().unwrap()), Vec::new());
    for (number, expected) in json["problems"].as_array().unwrap().iter().enumerate() {
        let (x, y, trials) = problem(&mut random);
        if link != if number < 300 { Link::Log } else { Link::Identity } {
            continue;
        }
        let methods = [Method::Newton, Method::TrustRegion, Method::Lbfgs];
        for (place, method) in methods.into_iter().enumerate() {
            if !all && place != number % 3 {
                continue;
            }
            let design = Design::new(&x).with_weights(&trials).unwrap();
            let model = Glm::new(design, &y, Family::Binomial).unwrap().with_link(link);
            let found = model.fit(&Options::method(method));
            if !is_right(&found, expected) {
                let found = found.map(|fit| (fit.fit.status, fit.fit.loss));
                wrong.push(format!("{link} {number} {method:?}: {expected}, but {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

fn is_right(found: &Result<GlmFit, Error>, expected: &serde_json::Value) -> bool {
    let loss = |fit: &GlmFit| {
        let expected = expected["loss"].as_f64().unwrap_or(f64::NAN);
        (fit.fit.loss - expected).abs() <= 1e-9 * expected.abs().max(1.0)
    };
    match (expected["kind"].as_str().unwrap(), found) {
        ("interior", Ok(fit)) => fit.fit.converged() && loss(fit),
        ("boundary", Ok(fit)) => fit.fit.status == Status::Boundary && loss(fit),
        ("none", Err(error)) => matches!(error, Error::Separation { .. } | Error::OneClass { .. }),
        ("deficient", Err(error)) => matches!(error, Error::RankDeficient { .. }),
        _ => false,
    }
}

#[test]
fn random_log_binomial_fits_end_at_the_maximum() {
    check(Link::Log, false);
}

#[test]
fn random_identity_binomial_fits_end_at_the_maximum() {
    check(Link::Identity, false);
}

/// 1800 fits take minutes without optimisation.
#[test]
#[ignore = "slow: the tests above take each method for a third of them"]
fn random_restricted_fits_end_at_the_maximum_by_every_method() {
    check(Link::Log, true);
    check(Link::Identity, true);
}

#[test]
fn every_method_stays_in_the_domain() {
    let x = ndarray::arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]);
    let y = ndarray::arr1(&[1.0, 0.0, 0.0, 1.0, 0.0]);
    for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
        let model = Glm::new(Design::new(&x), &y, Family::Binomial).unwrap().with_link(Link::Log);
        let fit = model.fit(&Options::method(method)).unwrap();
        assert!(fit.fit.converged(), "{method:?}: {}", fit.fit.status);
        approx::assert_relative_eq!(fit.coefficients()[0], 0.39642, max_relative = 2e-5);
        approx::assert_relative_eq!(fit.coefficients()[1], -0.482176, max_relative = 2e-5);
    }
}

/// Where a subsample has its minimum, other rows would have no mean.
#[test]
fn many_rows_are_fitted_by_way_of_a_subsample_that_does_not_leave_the_domain() {
    let mut random = Random(3);
    let x = Array2::from_shape_simple_fn((8_050, 1), || 10.0 * random.unit().powi(4));
    let y: Array1<f64> = x.column(0).mapv(|x| 1.0 / (0.02 + 0.5 * x).sqrt() * (0.5 + random.unit()));
    let model = Glm::new(Design::new(&x), &y, Family::InverseGaussian).unwrap();
    assert!(model.fit(&Options::default()).unwrap().fit.converged());
}

/// The maximum is a probability of 0 or 1 in every row.
#[test]
fn labels_of_one_class_end_on_the_boundary() {
    let mut random = Random(4);
    for number in 0..12 {
        let (label, link) = (f64::from(number % 2), if number % 4 < 2 { Link::Identity } else { Link::Sqrt });
        let x = Array2::from_shape_simple_fn((10 + number as usize, 1 + number as usize % 3), || random.unit());
        let y = Array1::from_elem(x.nrows(), label);
        let model = Glm::new(Design::new(&x), &y, Family::Binomial).unwrap().with_link(link);
        for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
            match model.fit(&Options::method(method)) {
                Ok(fit) => assert_eq!(fit.fit.status, Status::Boundary, "{number} {link} {method:?}: {:?}", fit.fit),
                Err(error) => assert!(matches!(error, Error::OneClass { .. }), "{number} {link} {method:?}: {error}"),
            }
        }
    }
}

/// Where responses want a mean of 0 or beyond, a link that has 0 at infinity only sends coefficients there until the gradient is all
/// rounding. A minimum is lower than what the loss would be there.
#[test]
fn no_fit_converges_to_a_mean_at_infinity() {
    let (mut random, mut vanished) = (Random(5), 0);
    for number in 0..80 {
        let link = if number % 2 == 0 { Link::Inverse } else { Link::InverseSquared };
        let n = 6 + (random.unit() * 6.0) as usize;
        let x = Array2::from_shape_simple_fn((n, 3), || random.unit());
        let y = Array1::from_shape_simple_fn(n, || random.unit() * if random.unit() < 0.4 { -0.5 } else { 2.0 });
        let model = Glm::new(Design::new(&x), &y, Family::Gaussian).unwrap().with_link(link);
        for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
            let Ok(fit) = model.fit(&Options::method(method)) else { continue };
            let predictors = fit.predict_linear(model.design()).unwrap();
            let largest = predictors.iter().fold(0.0f64, |largest, eta| largest.max(eta.abs()));
            let limit = |(y, eta): (&f64, &f64)| {
                let mean = if eta.abs() > 1e-3 * largest { 0.0 } else { link.mean(*eta) };
                0.5 * (y - mean).powi(2)
            };
            let at_infinity: f64 = y.iter().zip(&predictors).map(limit).sum();
            let is_minimum = fit.fit.loss < at_infinity - 1e-9 * at_infinity;
            assert!(!fit.fit.converged() || largest < 1e4 || is_minimum, "{number} {link} {method:?}: {:?}", fit.fit);
            vanished += usize::from(fit.fit.status == Status::NotFinite);
        }
    }
    assert!(vanished > 0);
}
