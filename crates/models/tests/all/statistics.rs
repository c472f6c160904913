//! What statisticians ask of a fit beyond the usual, beside the figures of other software (`tests/reference/inference.json`).

use super::common::Reference;
use approx::assert_relative_eq;
use models::inference::{Covariance, Inference, Prediction, Spread};
use models::{Design, Error, Family, Glm};
use ndarray::{Array1, ArrayView1, arr1, s};
use serde_json::Value;

fn expected(name: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/inference.json");
    serde_json::from_str::<Value>(&std::fs::read_to_string(path).unwrap()).unwrap()[name].clone()
}

fn assert_close(found: impl IntoIterator<Item = f64>, expected: &Value, tolerance: f64) {
    for (found, expected) in found.into_iter().zip(expected.as_array().unwrap()) {
        assert_relative_eq!(found, expected.as_f64().unwrap(), max_relative = tolerance);
    }
}

fn errors(inference: &Inference) -> Vec<f64> {
    inference.coefficients.iter().map(|coefficient| coefficient.std_error).collect()
}

#[test]
fn robust_standard_errors_are_those_of_sandwich() {
    let (data, expected) = (Reference::read("infert"), expected("robust"));
    let model = Glm::new(Design::new(data.x.slice(s![.., 1..])), &data.y, Family::Binomial).unwrap();
    let fit = model.fit(&Default::default()).unwrap();
    let kinds = [Covariance::HC0, Covariance::HC1, Covariance::HC2, Covariance::HC3];
    for (kind, name) in kinds.into_iter().zip(["HC0", "HC1", "HC2", "HC3"]) {
        assert_close(errors(&fit.inference(&model, kind).unwrap()), &expected[name], 1e-10);
    }
    let clusters: Array1<usize> = (0..data.y.len()).map(|row| row % 10).collect();
    let clustered = fit.clustered_inference(&model, clusters.view()).unwrap();
    assert_close(errors(&clustered), &expected["cluster"], 1e-10);
    let one = Array1::zeros(data.y.len());
    assert!(matches!(fit.clustered_inference(&model, one.view()), Err(Error::Option { option: "clusters", .. })));
    let few = ArrayView1::from(&[0, 1]);
    assert!(matches!(fit.clustered_inference(&model, few), Err(Error::LengthMismatch { .. })));
}

#[test]
fn a_row_of_leverage_1_has_no_hc3() {
    let (x, y) = (ndarray::arr2(&[[0.0], [0.0], [1.0]]), arr1(&[1.0, 3.0, 2.0]));
    let model = Glm::new(Design::new(&x), &y, Family::Poisson).unwrap();
    let fit = model.fit(&Default::default()).unwrap();
    assert!(fit.inference(&model, Covariance::HC1).is_ok());
    assert!(matches!(fit.inference(&model, Covariance::HC3), Err(Error::Unavailable { .. })));
}

#[test]
fn the_negative_binomial_dispersion_is_that_of_glm_nb() {
    let (data, expected) = (Reference::read("warpbreaks"), expected("negative_binomial"));
    let design = || Design::new(data.x.slice(s![.., 1..]));
    let model = Glm::new(design(), &data.y, Family::NegativeBinomial { dispersion: 1.0 }).unwrap();
    let found = model.fit_dispersion(&Default::default()).unwrap();
    assert!(found.fit.fit.converged());
    assert_relative_eq!(found.theta, expected["theta"].as_f64().unwrap(), max_relative = 1e-9);
    assert_relative_eq!(found.theta_std_error, expected["theta_std_error"].as_f64().unwrap(), max_relative = 1e-8);
    assert_close(found.fit.coefficients().iter().copied(), &expected["coefficients"], 1e-9);
    let inference = found.fit.inference(&found.model, Covariance::Expected).unwrap();
    let likelihood = inference.log_likelihood;
    assert_relative_eq!(likelihood, expected["log_likelihood"].as_f64().unwrap(), max_relative = 1e-11);
    // θ counts, as in `glm.nb`.
    let counted = (found.fit.coefficients().len() + 1) as f64;
    assert_relative_eq!(inference.aic, 2.0 * (counted - likelihood), max_relative = 1e-14);
    // Counts that vary less than Poisson's.
    let even = Array1::from_shape_fn(data.y.len(), |row| 20.0 + (row % 2) as f64);
    let model = Glm::new(design(), &even, Family::NegativeBinomial { dispersion: 1.0 }).unwrap();
    let error = model.fit_dispersion(&Default::default()).unwrap_err();
    assert!(error.to_string().contains("take the Poisson family"), "{error}");
}

#[test]
fn a_quasi_family_estimates_the_dispersion() {
    let (data, expected) = (Reference::read("warpbreaks"), expected("quasi_poisson"));
    let design = Design::new(data.x.slice(s![.., 1..]));
    let model = Glm::new(design, &data.y, Family::Poisson).unwrap().with_estimated_dispersion();
    let inference = model.fit(&Default::default()).unwrap().inference(&model, Covariance::Expected).unwrap();
    assert_relative_eq!(inference.dispersion, expected["dispersion"].as_f64().unwrap(), max_relative = 1e-10);
    assert_close(errors(&inference), &expected["std_errors"], 1e-9);
    assert!(inference.student && inference.aic.is_nan());
}

#[test]
fn firths_logistic_regression_maximises_its_penalised_likelihood() {
    let (data, expected) = (Reference::read("birthwt"), expected("firth"));
    let model = Glm::new(Design::new(data.x.slice(s![.., 1..])), &data.y, Family::Binomial).unwrap();
    let fit = model.fit_firth(&Default::default()).unwrap();
    assert!(fit.fit.converged(), "{}", fit.fit.status);
    assert_relative_eq!(-fit.fit.loss, expected["log_likelihood"].as_f64().unwrap(), max_relative = 1e-12);
    assert_close(fit.coefficients().iter().copied(), &expected["coefficients"], 1e-9);
    assert_close(errors(&fit.inference(&model, Covariance::Expected).unwrap()), &expected["std_errors"], 1e-9);
}

/// The standard errors of the fitted means are those of the hat matrix: `h·φ·V(μ)`, for the identity link.
#[test]
fn predictions_have_the_variance_of_the_hat_matrix() {
    let data = Reference::read("cars");
    let design = || Design::new(data.x.slice(s![.., 1..]));
    let model = Glm::new(design(), &data.y, Family::Gaussian).unwrap();
    let fit = model.fit(&Default::default()).unwrap();
    let inference = fit.inference(&model, Covariance::Expected).unwrap();
    let rows = fit.row_diagnostics(&model, inference.dispersion).unwrap();
    let found = fit.predict_with_errors(&design(), &inference.spread()).unwrap();
    for (row, leverage) in found.iter().zip(rows.leverage) {
        assert_relative_eq!(row.eta_std_error, (leverage * inference.dispersion).sqrt(), max_relative = 1e-10);
        assert_eq!((row.mean, row.mean_std_error), (row.eta, row.eta_std_error));
    }
    let one = ndarray::arr2(&[[1.0]]);
    assert!(matches!(fit.predict_with_errors(&design(), &Spread::Covariance(one)), Err(Error::CountMismatch { .. })));
}

/// Seconds since 1970, whose covariance loses all digits of predictions; its root keeps half of them.
#[test]
fn a_standard_error_that_rounding_destroys_is_none_or_comes_of_the_root() {
    let times = Array1::from_shape_fn(40, |row| 1.7e9 + row as f64);
    let y = Array1::from_shape_fn(40, |row| (row as f64 * 0.7).sin() + 0.1 * row as f64);
    let x = times.insert_axis(ndarray::Axis(1));
    let model = Glm::new(Design::new(&x), &y, Family::Gaussian).unwrap();
    let fit = model.fit(&Default::default()).unwrap();
    let inference = fit.inference(&model, Covariance::Expected).unwrap();
    let covariance = Spread::Covariance(inference.covariance_matrix());
    let error = fit.predict_with_errors(&Design::new(&x), &covariance).unwrap_err();
    assert!(matches!(error, Error::LostInRounding { row: 0 }), "{error}");
    // The same of the seconds since the first row, whose digits are all right.
    let centred = &x - 1.7e9;
    let near = Glm::new(Design::new(&centred), &y, Family::Gaussian).unwrap();
    let near_fit = near.fit(&Default::default()).unwrap();
    for kind in [Covariance::Expected, Covariance::HC3] {
        let found = fit.predict_with_errors(&Design::new(&x), &fit.inference(&model, kind).unwrap().spread()).unwrap();
        let spread = near_fit.inference(&near, kind).unwrap().spread();
        let expected = near_fit.predict_with_errors(&Design::new(&centred), &spread).unwrap();
        for (found, expected) in found.iter().zip(expected) {
            assert_relative_eq!(found.eta_std_error, expected.eta_std_error, max_relative = 1e-6);
        }
    }
}

#[test]
fn intervals_of_means_stay_within_what_the_family_can_have() {
    let (x, y) = (ndarray::arr2(&[[0.0], [1.0], [2.0], [3.0]]), arr1(&[1.0, 3.0, 4.0, 6.0]));
    let fit = |link: models::Link, family: Family| {
        Glm::new(Design::new(&x), &y, family).unwrap().with_link(link).fit(&Default::default()).unwrap()
    };
    let row = |fit: &models::GlmFit, eta: f64, eta_std_error: f64| Prediction {
        eta,
        eta_std_error,
        mean: fit.mean(eta),
        mean_std_error: f64::NAN,
    };
    let interval = |link, family, eta, half| {
        let fit = fit(link, family);
        fit.mean_interval(&row(&fit, eta, half), 1.0)
    };
    use models::Link::{Identity, Inverse, InverseSquared, Log, Sqrt};
    let (all, none) = (f64::INFINITY, f64::NAN);
    for (link, family, eta, half, low, high) in [
        (Inverse, Family::Gamma, 0.375, 0.125, 2.0, 4.0),
        (Inverse, Family::Gamma, 0.125, 0.375, 2.0, all),
        (Inverse, Family::Gamma, -0.125, 0.375, none, none),
        (Inverse, Family::Gaussian, 0.375, 0.125, 2.0, 4.0),
        (Inverse, Family::Gaussian, -0.375, 0.125, -4.0, -2.0),
        // The means of predictors on both sides of 0 are all but those between the ends'.
        (Inverse, Family::Gaussian, 0.125, 0.375, -all, all),
        (Sqrt, Family::Poisson, 0.5, 1.5, 0.0, 4.0),
        (Sqrt, Family::Poisson, -0.5, 1.5, none, none),
        (Sqrt, Family::Gaussian, 0.5, 1.5, 0.0, 4.0),
        (Sqrt, Family::Gaussian, -1.5, 0.5, 1.0, 4.0),
        (InverseSquared, Family::InverseGaussian, -1.0, 2.0, none, none),
        (Identity, Family::Poisson, -1.0, 2.0, none, none),
        (Identity, Family::Gaussian, -1.0, 2.0, -3.0, 1.0),
        (Log, Family::InverseGaussian, 400.0, 0.0, 400f64.exp(), 400f64.exp()),
    ] {
        let found = interval(link, family, eta, half);
        let equal = |found: f64, wanted: f64| found == wanted || found.is_nan() && wanted.is_nan();
        assert!(equal(found.0, low) && equal(found.1, high), "{family:?}, {link:?}, {eta} ± {half}: {found:?}");
    }
}

/// The mean of every predictor, and those of the ends of every interval about it.
#[test]
fn intervals_of_means_hold_the_mean() {
    let (x, y) = (ndarray::arr2(&[[0.0], [1.0], [2.0], [3.0]]), arr1(&[1.0, 3.0, 4.0, 6.0]));
    for (family, link) in [Family::Gaussian, Family::Poisson, Family::Gamma, Family::InverseGaussian]
        .into_iter()
        .flat_map(|family| models::Link::ALL.map(|link| (family, link)))
        .filter(|(_, link)| !matches!(link, models::Link::Logit | models::Link::Probit | models::Link::Cloglog))
    {
        let fit = Glm::new(Design::new(&x), &y, family).unwrap().with_link(link).fit(&Default::default()).unwrap();
        for eta in (-30..=30).map(|eta| f64::from(eta) / 8.0) {
            for half in (0..40).map(|half| f64::from(half) / 8.0) {
                let row = Prediction { eta, eta_std_error: half, mean: fit.mean(eta), mean_std_error: f64::NAN };
                let (low, high) = fit.mean_interval(&row, 1.0);
                let holds = low <= row.mean && row.mean <= high || [row.mean, low, high].iter().all(|end| end.is_nan());
                assert!(holds, "{family:?}, {link:?}, {eta} ± {half}: {} in {low} to {high}", row.mean);
            }
        }
    }
}
