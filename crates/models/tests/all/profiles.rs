//! Profile intervals, whatever the origins, units and correlations of the columns.

use models::fit::Options;
use models::inference::{Covariance, ProfileIntervals, profile_intervals};
use models::{Design, Family, Glm, Link};
use ndarray::{Array1, Axis, arr1, stack};
use serde_json::Value;

/// The 0.95 quantile of chi-squared with one degree of freedom.
const QUANTILE: f64 = 3.841_458_820_694_124;

const CASES: [(Family, &[Link]); 6] = [
    (Family::Gaussian, &[Link::Identity, Link::Log, Link::Sqrt]),
    (Family::Binomial, &[Link::Logit, Link::Probit, Link::Cloglog, Link::Log, Link::Identity]),
    (Family::Poisson, &[Link::Log, Link::Identity, Link::Sqrt]),
    (Family::Gamma, &[Link::Inverse, Link::Log, Link::Identity]),
    (Family::InverseGaussian, &[Link::InverseSquared, Link::Log, Link::Inverse]),
    (Family::NegativeBinomial { dispersion: 0.7 }, &[Link::Log, Link::Sqrt]),
];

/// The trials of a binomial row.
const TRIALS: f64 = 20.0;

/// A model of these columns.
fn glm<'a>(design: Design<'a>, y: &'a Array1<f64>, weights: &'a Array1<f64>, family: Family, link: Link) -> Glm<'a> {
    Glm::new(design.with_weights(weights).unwrap(), y, family).unwrap().with_link(link)
}

/// The weight of each row of a family.
fn weight(family: Family) -> f64 {
    if family == Family::Binomial { TRIALS } else { 1.0 }
}

/// Numbers between -1 and 1, as if at random.
fn noise(n: usize, step: f64) -> Array1<f64> {
    (1..=n).map(|i| 2.0 * (0.3 + i as f64 * step).fract() - 1.0).collect()
}

/// Two columns and responses of a model of them.
fn data(family: Family, link: Link) -> (Array1<f64>, Array1<f64>, Array1<f64>) {
    let n = 24;
    let (a, b) = (noise(n, 0.618_033_988_749_895), noise(n, 0.414_213_562_373_095));
    let centre = link.predictor(if family == Family::Binomial { 0.45 } else { 4.0 });
    let size = 0.2 * if link == Link::Logit { 2.0 } else { centre.abs() };
    let errors = noise(n, 0.732_050_807_568_877);
    let y = (0..n).map(|i| {
        let mean = link.mean(centre + size * (a[i] - 0.5 * b[i]));
        match family {
            Family::Binomial => (TRIALS * mean * (1.0 + 0.4 * errors[i])).round() / TRIALS,
            Family::Poisson | Family::NegativeBinomial { .. } => (mean * (1.0 + 0.8 * errors[i])).round(),
            _ => mean * (1.0 + 0.4 * errors[i]),
        }
    });
    let y = y.collect();
    (a, b, y)
}

struct Fitted {
    minimum: f64,
    dispersion: f64,
    errors: Vec<f64>,
    intervals: ProfileIntervals,
}

fn fitted(columns: [&Array1<f64>; 2], y: &Array1<f64>, family: Family, link: Link) -> Fitted {
    weighted(columns, y, weight(family), family, link)
}

fn weighted(columns: [&Array1<f64>; 2], y: &Array1<f64>, weight: f64, family: Family, link: Link) -> Fitted {
    let (x, weights) = (stack(Axis(1), &columns.map(|column| column.view())).unwrap(), y.mapv(|_| weight));
    let model = glm(Design::new(&x), y, &weights, family, link);
    let fit = model.fit(&Options::default()).unwrap();
    let inference = fit.inference(&model, Covariance::Expected);
    let inference =
        inference.unwrap_or_else(|error| panic!("{family} {link} {:?} {:?} {error}", fit.fit.status, x.row(0)));
    Fitted {
        minimum: fit.fit.loss,
        dispersion: inference.dispersion,
        errors: inference.coefficients.iter().map(|coefficient| coefficient.std_error).collect(),
        intervals: profile_intervals(&model, &fit, 0.95).unwrap(),
    }
}

fn assert_same(what: &str, found: (f64, f64), expected: (f64, f64), error: f64) {
    for (found, expected) in [(found.0, expected.0), (found.1, expected.1)] {
        let same = found == expected || (found - expected).abs() <= 1e-6 * error;
        assert!(same, "{what}: {found} instead of {expected}, standard error {error}");
    }
}

/// The deviance, over the dispersion, by which a model with these columns and this offset falls short.
fn shortfall(fitted: &Fitted, design: Design<'_>, offset: &Array1<f64>, y: &Array1<f64>, of: (Family, Link)) -> f64 {
    let weights = y.mapv(|_| weight(of.0));
    let held = glm(design.with_offset(offset).unwrap(), y, &weights, of.0, of.1);
    2.0 * (held.fit(&Options::default()).unwrap().fit.loss - fitted.minimum) / fitted.dispersion
}

#[test]
fn ends_depend_on_no_origin_unit_or_correlation() {
    for (family, links) in CASES {
        for &link in links {
            let (a, b, y) = data(family, link);
            let plain = fitted([&a, &b], &y, family, link);
            assert!(plain.intervals.missing.is_empty(), "{family} {link}: {:?}", plain.intervals.missing);
            let ends = plain.intervals.ends.clone();
            for (origin, unit) in [(1e3, 1.0), (1e5, 1.0), (0.0, 1e3), (-2e3, 1e-3)] {
                let moved = fitted([&a.mapv(|a| a * unit + origin), &b], &y, family, link);
                let what = format!("{family} {link} {origin} {unit}");
                let slope = (moved.intervals.ends[1].0 * unit, moved.intervals.ends[1].1 * unit);
                assert_same(&what, slope, ends[1], plain.errors[1]);
                assert_same(&what, moved.intervals.ends[2], ends[2], plain.errors[2]);
            }
            // Correlated 0.999, and of means that are many times the deviation.
            let (first, near) = (&a + 20.0, &a + &(&b * 0.045) + 20.0);
            let moved = fitted([&first, &near], &y, family, link);
            let (low, high) = moved.intervals.ends[2];
            assert_same(&format!("{family} {link} near"), (low * 0.045, high * 0.045), ends[2], plain.errors[2]);
        }
    }
}

/// The fits of the test are of columns around 0 with an offset, from starts of their own.
#[test]
fn the_deviance_at_each_end_is_larger_by_the_quantile() {
    for (family, links) in CASES {
        for &link in links {
            let (a, b, y) = data(family, link);
            let origin = 2e3;
            let moved = fitted([&(&a + origin), &b], &y, family, link);
            let ends = |at: usize| <[f64; 2]>::from(moved.intervals.ends[at]).into_iter().filter(|end| end.is_finite());
            let other = b.clone().insert_axis(Axis(1));
            for end in ends(1) {
                let found = shortfall(&moved, Design::new(&other), &(&a * end), &y, (family, link));
                assert!((found - QUANTILE).abs() < 1e-6, "{family} {link}: {found} at {end}");
            }
            // β₀ + β₁(a + origin) is β₀ + β₁·origin·u, where u is nearly 1: β₀(1 − u) and any multiple of u.
            let u = &a / origin + 1.0;
            let others = stack(Axis(1), &[u.view(), b.view()]).unwrap();
            for end in ends(0) {
                let design = Design::new(&others).without_intercept();
                let found = shortfall(&moved, design, &(&a * (-end / origin)), &y, (family, link));
                assert!((found - QUANTILE).abs() < 1e-6, "{family} {link}: {found} at the intercept {end}");
            }
        }
    }
}

/// Every pair of family and link, beside ends that were followed along the profile in 40 digits (`tests/reference/profiles.py`).
#[test]
fn ends_of_every_pair_are_those_of_forty_digits() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/profiles.json");
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(cases.len(), CASES.len() * Link::ALL.len());
    let numbers = |of: &Value| of.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect::<Vec<_>>();
    for case in &cases {
        let what = format!("{} {}", case["family"], case["link"]);
        let family = match case["family"].as_str().unwrap() {
            "gaussian" => Family::Gaussian,
            "binomial" => Family::Binomial,
            "poisson" => Family::Poisson,
            "gamma" => Family::Gamma,
            "inverse-gaussian" => Family::InverseGaussian,
            _ => Family::NegativeBinomial { dispersion: 0.7 },
        };
        let link = *Link::ALL.iter().find(|link| link.to_string() == case["link"].as_str().unwrap()).unwrap();
        let rows: Vec<Vec<f64>> = case["x"].as_array().unwrap().iter().map(numbers).collect();
        let [a, b] = [0, 1].map(|column| rows.iter().map(|row| row[column]).collect::<Array1<f64>>());
        let (y, weight) = (Array1::from(numbers(&case["y"])), case["weight"].as_f64().unwrap());
        let fitted = weighted([&a, &b], &y, weight, family, link);
        assert!(fitted.intervals.missing.is_empty(), "{what}: {:?}", fitted.intervals.missing);
        for (place, ends) in case["ends"].as_array().unwrap().iter().enumerate() {
            let ends = numbers(ends);
            assert_same(&what, fitted.intervals.ends[place], (ends[0], ends[1]), fitted.errors[place]);
        }
    }
}

/// A ridge penalty leaves the intercept free, and so the origins of the columns.
#[test]
fn ends_of_penalised_slopes_depend_on_no_origin() {
    let (a, b, y) = data(Family::Poisson, Link::Log);
    let ends = |origin: f64| {
        let x = stack(Axis(1), &[(&a + origin).view(), b.view()]).unwrap();
        let model = Glm::new(Design::new(&x), &y, Family::Poisson).unwrap().with_ridge(0.5).unwrap();
        let fit = model.fit(&Options::default()).unwrap();
        let error = fit.inference(&model, Covariance::Expected).unwrap().coefficients[1].std_error;
        (profile_intervals(&model, &fit, 0.95).unwrap().ends, error)
    };
    let (plain, error) = ends(0.0);
    for origin in [100.0, 2e3] {
        let (moved, _) = ends(origin);
        assert_same("slope", moved[1], plain[1], error);
        assert_same("slope", moved[2], plain[2], error);
    }
}

/// Reported: R's ends, from columns of a large mean.
#[test]
fn ends_of_years_are_found() {
    let counts = |origin: f64| (0..8).map(|i| origin + f64::from(i)).collect::<Array1<f64>>();
    let y = arr1(&[1.0, 2.5, 1.5, 4.0, 3.0, 9.0, 6.0, 14.0]);
    for origin in [0.0, 100.0, 2100.0] {
        let x = counts(origin).insert_axis(Axis(1));
        let model = Glm::new(Design::new(&x), &y, Family::InverseGaussian).unwrap().with_link(Link::Log);
        let (low, high) = profile_intervals(&model, &model.fit(&Options::default()).unwrap(), 0.95).unwrap().ends[1];
        assert!((low - 0.2060).abs() < 5e-5 && (high - 0.5076).abs() < 5e-5, "{origin}: {low} {high}");
    }
    let y = arr1(&[0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
    let x = counts(1000.0).slice_move(ndarray::s![..7]).insert_axis(Axis(1));
    let model = Glm::new(Design::new(&x), &y, Family::Binomial).unwrap();
    let (low, high) = profile_intervals(&model, &model.fit(&Options::default()).unwrap(), 0.95).unwrap().ends[1];
    assert!((low + 0.1350).abs() < 5e-5 && (high - 2.3981).abs() < 5e-5, "{low} {high}");
}

/// Responses that a line meets exactly leave no dispersion, and so no step from the estimates.
#[test]
fn an_end_that_is_not_found_says_why() {
    let (x, y) = (arr1(&[0.0, 1.0]).insert_axis(Axis(1)), arr1(&[1.0, 3.0]));
    let model = Glm::new(Design::new(&x), &y, Family::Gamma).unwrap().with_link(Link::Log);
    let found = profile_intervals(&model, &model.fit(&Options::default()).unwrap(), 0.95).unwrap();
    assert!(found.ends.iter().all(|(low, high)| low.is_nan() && high.is_nan()) && found.missing.len() == 4);
    let line = found.missing[0].to_string();
    assert!(line.starts_with("the lower end of `(Intercept)` was not found: "), "{line}");
}

/// Firth's estimates and their profile, of responses that are separated.
#[test]
fn firths_slopes_depend_on_no_origin_or_unit() {
    let y = arr1(&[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
    let (x, z) = (Array1::from_iter((0..8).map(f64::from)), noise(8, 0.618_033_988_749_895));
    let slopes = |origin: f64, unit: f64, y: &Array1<f64>| {
        let columns = stack(Axis(1), &[(&x * unit + origin).view(), z.view()]).unwrap();
        let model = Glm::new(Design::new(&columns), y, Family::Binomial).unwrap();
        let fit = model.fit_firth(&Options::default()).unwrap();
        assert!(fit.fit.converged(), "{origin} {unit}: {}", fit.fit.status);
        let found = model.firth_profile_intervals(&fit, 0.95).unwrap();
        assert!(found.missing.is_empty(), "{origin} {unit}: {:?}", found.missing);
        let error = fit.inference(&model, Covariance::Expected).unwrap().coefficients[1].std_error;
        let (low, high) = found.ends[1];
        ([fit.coefficients()[1] * unit, low * unit, high * unit], fit.coefficients()[2], error * unit)
    };
    let separated = arr1(&[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    for y in [y, separated] {
        let (plain, other, error) = slopes(0.0, 1.0, &y);
        for (origin, unit) in [(1000.0, 1.0), (1e5, 1.0), (0.0, 1e3), (-2e6, 10.0)] {
            let (moved, other_moved, _) = slopes(origin, unit, &y);
            for (moved, plain) in moved.into_iter().zip(plain) {
                assert!((moved - plain).abs() <= 1e-6 * error, "{origin} {unit}: {moved} instead of {plain}");
            }
            assert!((other_moved - other).abs() <= 1e-6, "{origin} {unit}: {other_moved} instead of {other}");
        }
    }
}
