//! Inference: intervals, tests, residuals, against definitions that are computed another way.

use crate::common::Reference;
use approx::assert_relative_eq;
use models::fit::Options;
use models::inference::{Covariance, compare, covariance, profile_intervals};
use models::{Design, Error, Family, Glm, Summary};
use ndarray::{Array1, Array2, s};

fn birthwt() -> Reference {
    Reference::read("birthwt")
}

fn model<'a>(data: &'a Reference, columns: usize) -> Glm<'a> {
    let design = Design::new(data.x.slice(s![.., 1..=columns])).with_names(&data.columns[1..=columns]).unwrap();
    Glm::new(design, &data.y, Family::Binomial).unwrap()
}

#[test]
fn profile_intervals_end_where_the_deviance_has_risen_by_the_quantile() {
    let data = Reference::read("oring");
    let glm = model(&data, 1);
    let fit = glm.fit(&Options::default()).unwrap();
    let intervals = profile_intervals(&glm, &fit, 0.95).unwrap().ends;
    for end in [intervals[1].0, intervals[1].1] {
        // The slope held fast is an offset of a model without its column.
        let offset = data.x.column(1).mapv(|temperature| temperature * end);
        let design = Design::new(data.x.slice(s![.., ..0])).with_offset(&offset).unwrap();
        let held = Glm::new(design, &data.y, Family::Binomial).unwrap().fit(&Options::default()).unwrap();
        // The 0.95 quantile of chi-squared with one degree of freedom.
        assert_relative_eq!(2.0 * (held.fit.loss - fit.fit.loss), 3.841458820694124, max_relative = 1e-7);
    }
    let estimate = fit.coefficients()[1];
    assert!(estimate - intervals[1].0 > intervals[1].1 - estimate, "the likelihood is skew");
}

/// From the profile of the likelihood, computed with 30 digits in mpmath: Newton's method for the other parameter, bisection
/// for the end.
#[test]
fn profile_intervals_agree_with_thirty_digits() {
    let data = Reference::read("oring");
    let glm = model(&data, 1);
    let intervals = profile_intervals(&glm, &glm.fit(&Options::default()).unwrap(), 0.95).unwrap().ends;
    let expected = [(3.328697793371418, 34.33958260949892), (-0.515432537595287, -0.06078625719865355)];
    for ((low, high), (expected_low, expected_high)) in intervals.into_iter().zip(expected) {
        assert_relative_eq!(low, expected_low, max_relative = 1e-8);
        assert_relative_eq!(high, expected_high, max_relative = 1e-8);
    }
}

/// The deviance of least squares is a parabola in each parameter; the normal distribution's quantile is R's.
#[test]
fn profile_intervals_of_least_squares_are_symmetric() {
    let data = Reference::read("cars");
    let design = Design::new(data.x.slice(s![.., 1..])).with_names(&data.columns[1..]).unwrap();
    let glm = Glm::new(design, &data.y, Family::Gaussian).unwrap();
    let fit = glm.fit(&Options::default()).unwrap();
    let coefficients = fit.inference(&glm, Covariance::Expected).unwrap().coefficients;
    for (profile, wald) in profile_intervals(&glm, &fit, 0.9).unwrap().ends.into_iter().zip(coefficients) {
        let half = 1.644_853_626_951_472_2 * wald.std_error;
        assert_relative_eq!(profile.0, wald.estimate - half, max_relative = 1e-8);
        assert_relative_eq!(profile.1, wald.estimate + half, max_relative = 1e-8);
    }
}

#[test]
fn nested_models_are_compared_by_their_deviances() {
    let data = birthwt();
    let inference = |columns: usize| {
        let glm = model(&data, columns);
        glm.fit(&Options::default()).unwrap().inference(&glm, Covariance::Expected).unwrap()
    };
    let (smaller, larger) = (inference(7), inference(9));
    let test = compare(&smaller, &larger).unwrap();
    assert_eq!((test.df, test.residual_df), (2, None));
    assert_relative_eq!(test.statistic, smaller.deviance - larger.deviance);
    // With two degrees of freedom the tail is an exponential function.
    assert_relative_eq!(test.p_value, (-test.statistic / 2.0).exp(), max_relative = 1e-12);
    assert!(matches!(compare(&larger, &smaller), Err(Error::Unavailable { .. })));
}

#[test]
fn residuals_and_influence_meet_their_identities() {
    let data = birthwt();
    let glm = model(&data, 9);
    let fit = glm.fit(&Options::default()).unwrap();
    let inference = fit.inference(&glm, Covariance::Expected).unwrap();
    let rows = fit.row_diagnostics(&glm, inference.dispersion).unwrap();
    let squares = |residuals: &[f64]| residuals.iter().map(|r| r * r).sum::<f64>();
    assert_relative_eq!(squares(&rows.deviance), inference.deviance, max_relative = 1e-12);
    assert_relative_eq!(rows.leverage.iter().sum::<f64>(), 10.0, max_relative = 1e-10);
    assert!(rows.leverage.iter().all(|&h| h > 0.0 && h < 1.0));
    for row in [0, 50, 188] {
        let (h, r) = (rows.leverage[row], rows.pearson[row]);
        assert_relative_eq!(rows.cooks_distance[row], (r / (1.0 - h)).powi(2) * h / 10.0, max_relative = 1e-12);
        assert_eq!(rows.deviance[row] > 0.0, data.y[row] == 1.0);
    }
}

#[test]
fn the_sandwich_is_bread_scores_bread() {
    let data = birthwt();
    let glm = model(&data, 3);
    let fit = glm.fit(&Options::default()).unwrap();
    let sandwich = covariance(&glm, fit.coefficients(), Covariance::Sandwich).unwrap();
    let bread = covariance(&glm, fit.coefficients(), Covariance::Observed).unwrap();
    let x: Array2<f64> = data.x.slice(s![.., ..4]).to_owned();
    let residuals = &data.y - &x.dot(&Array1::from(fit.coefficients().to_vec())).mapv(|z| 1.0 / (1.0 + (-z).exp()));
    let scores = x.t().dot(&(&x * &residuals.mapv(|r| r * r).insert_axis(ndarray::Axis(1))));
    let expected = bread.dot(&scores).dot(&bread);
    for (ours, expected) in sandwich.iter().zip(&expected) {
        assert_relative_eq!(*ours, *expected, max_relative = 1e-8);
    }
}

#[test]
fn p_values_of_students_t_keep_their_digits_far_out() {
    // Three rows and two parameters: one degree of freedom, Cauchy's distribution.
    let (x, y) = (ndarray::arr2(&[[0.0], [1.0], [2.0]]), ndarray::arr1(&[0.0, 1e6, 2e6 + 1.0]));
    let glm = Glm::new(Design::new(&x), &y, Family::Gaussian).unwrap();
    let inference = glm.fit(&Options::default()).unwrap().inference(&glm, Covariance::Expected).unwrap();
    let slope = &inference.coefficients[1];
    assert!(slope.statistic > 1e5);
    assert_relative_eq!(
        slope.p_value,
        2.0 * (1.0 / slope.statistic).atan() / std::f64::consts::PI,
        max_relative = 1e-9
    );
}

#[test]
fn wald_intervals_and_the_page_are_those_of_r() {
    let data = birthwt();
    let glm = model(&data, 9);
    let fit = glm.fit(&Options::default()).unwrap();
    let inference = fit.inference(&glm, Covariance::Expected).unwrap();
    let (low, high) = inference.wald_intervals(0.95)[2];
    let lwt = &inference.coefficients[2];
    assert_relative_eq!(high - low, 2.0 * 1.959963984540054 * lwt.std_error, max_relative = 1e-9);
    let page = Summary::new(&fit, &inference).to_string();
    for part in ["Residual deviance: 201.28  on 179 degrees of freedom", "Null deviance: 234.67  on 188", "AIC: 221.28"]
    {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
}
