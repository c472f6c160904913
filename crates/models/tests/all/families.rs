//! The recorded losses of all families and links: derivatives against the closed forms, and in the tails.

use approx::assert_relative_eq;
use autodiff::Tape;
use models::inference::Covariance;
use models::{Design, Family, Glm, Link, Objective};
use ndarray::{Array1, Array2, arr1};

const FAMILIES: [Family; 6] = [
    Family::Gaussian,
    Family::Binomial,
    Family::Poisson,
    Family::Gamma,
    Family::InverseGaussian,
    Family::NegativeBinomial { dispersion: 0.7 },
];

/// `(loss, ∂loss/∂η of each row, expected ∂²loss/∂η² of each row)` for given predictors.
fn evaluate(family: Family, link: Link, eta: &[f64], y: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let (x, y) = (Array2::from_shape_vec((eta.len(), 1), eta.to_vec()).unwrap(), arr1(y));
    let glm = Glm::new(Design::new(&x).without_intercept(), &y, family).unwrap().with_link(link);
    let tape = Tape::new();
    let theta = tape.variable("theta", arr1(&[1.0]));
    let recording = glm.record(&tape, &[theta]).unwrap();
    let predictor = recording.predictor.unwrap();
    let score = recording.loss.grad(predictor.eta);
    let information = predictor.information.unwrap_or_else(|| score.sum().grad(predictor.eta));
    let program = tape.compile(&[recording.loss, score, information]).unwrap();
    let results = program.run(&glm.bind()).unwrap();
    (results[0][[]], results[1].iter().copied().collect(), results[2].iter().copied().collect())
}

/// Predictors within the link's domain, for means that the family allows.
fn predictors(family: Family, link: Link) -> Vec<f64> {
    let means: &[f64] =
        if family == Family::Binomial { &[0.03, 0.3, 0.5, 0.72, 0.96] } else { &[0.2, 0.9, 1.0, 1.7, 6.0] };
    let unbounded = matches!(link, Link::Logit | Link::Probit | Link::Cloglog);
    let means = means.iter().map(|&mean| if unbounded && mean >= 1.0 { mean / 10.0 } else { mean });
    means.map(|mean| link.predictor(mean)).collect()
}

fn responses(family: Family) -> Vec<f64> {
    match family {
        Family::Binomial => vec![0.0, 1.0, 0.25, 1.0, 0.0],
        Family::Poisson | Family::NegativeBinomial { .. } => vec![0.0, 1.0, 3.0, 2.0, 7.0],
        _ => vec![0.5, 0.8, 1.3, 2.0, 4.0],
    }
}

/// `∂μ/∂η` by a difference of high order.
fn slope(link: Link, eta: f64) -> f64 {
    let near_a_pole = matches!(link, Link::Inverse | Link::InverseSquared | Link::Sqrt);
    let h = 1e-3 * if near_a_pole { eta.abs() } else { 1.0 };
    let d = |k: f64| link.mean(eta + k * h) - link.mean(eta - k * h);
    (45.0 * d(1.0) - 9.0 * d(2.0) + d(3.0)) / (60.0 * h)
}

#[test]
fn scores_and_informations_are_those_of_the_closed_forms() {
    for family in FAMILIES {
        for link in Link::ALL {
            let (eta, y) = (predictors(family, link), responses(family));
            let (_, score, information) = evaluate(family, link, &eta, &y);
            for row in 0..eta.len() {
                let (mean, slope) = (link.mean(eta[row]), slope(link, eta[row]));
                let variance = family.variance(mean);
                assert_relative_eq!(
                    score[row],
                    (mean - y[row]) / variance * slope,
                    max_relative = 1e-8,
                    epsilon = 1e-9
                );
                assert_relative_eq!(information[row], slope * slope / variance, max_relative = 1e-8);
            }
        }
    }
}

/// The derivative of the canonical parameter, the natural one of the family, by the link's predictor.
fn canonical_sign(family: Family) -> f64 {
    match family {
        Family::Gamma => -1.0,
        Family::InverseGaussian => -0.5,
        _ => 1.0,
    }
}

#[test]
fn gradients_of_canonical_pairs_are_the_residuals_times_the_columns() {
    let mut seed = 1u64;
    let mut uniform = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 11) as f64 / (1u64 << 53) as f64
    };
    let (n, p) = (40, 3);
    let x = Array2::from_shape_fn((n, p), |_| uniform());
    let theta = arr1(&[0.4, 0.3, 0.6]);
    for family in FAMILIES.into_iter().filter(|family| family.is_canonical(family.canonical_link())) {
        let y = Array1::from_shape_fn(n, |_| match family {
            Family::Binomial => (uniform() * 2.0).floor(),
            Family::Poisson => (uniform() * 5.0).floor(),
            _ => uniform() + 0.1,
        });
        let glm = Glm::new(Design::new(&x).without_intercept(), &y, family).unwrap();
        let tape = Tape::new();
        let parameters = tape.variable("theta", &theta);
        let gradient = glm.record(&tape, &[parameters]).unwrap().loss.grad(parameters);
        let gradient = tape.compile(&[gradient]).unwrap().run(&glm.bind()).unwrap().into_vec().remove(0);
        let mean = x.dot(&theta).mapv(|eta| family.canonical_link().mean(eta));
        let closed = x.t().dot(&(&mean - &y)) * canonical_sign(family);
        for (ours, closed) in gradient.iter().zip(&closed) {
            assert_relative_eq!(*ours, *closed, max_relative = 1e-12);
        }
    }
}

#[test]
fn binomial_losses_keep_their_digits_in_both_tails() {
    // ln Φ(−40), ln Φ(−8), from 50-digit arithmetic.
    let (loss, score, _) = evaluate(Family::Binomial, Link::Probit, &[-40.0], &[1.0]);
    assert_relative_eq!(loss, 804.608442013754, max_relative = 1e-13);
    assert_relative_eq!(score[0], -40.0249689, max_relative = 1e-8);
    for link in [Link::Logit, Link::Probit, Link::Cloglog] {
        for eta in [-900.0, -40.0, 40.0, 900.0] {
            for y in [0.0, 1.0] {
                let (loss, score, information) = evaluate(Family::Binomial, link, &[eta], &[y]);
                assert!(!loss.is_nan() && !score[0].is_nan() && !information[0].is_nan(), "{link} {eta} {y}");
                assert!(loss >= 0.0 && information[0] >= 0.0);
            }
        }
    }
    let (loss, score, _) = evaluate(Family::Binomial, Link::Cloglog, &[-800.0], &[1.0]);
    assert_eq!((loss, score[0]), (800.0, -1.0));
    let (loss, score, _) = evaluate(Family::Binomial, Link::Logit, &[-800.0, 800.0], &[1.0, 1.0]);
    assert_eq!((loss, score), (800.0, vec![-1.0, 0.0]));
    // μ = 1 − e^(−e³): its logarithm is −1.886e-9, all digits of it.
    let (loss, _, _) = evaluate(Family::Binomial, Link::Cloglog, &[3.0], &[1.0]);
    assert_relative_eq!(loss, -(-(-(3f64.exp())).exp()).ln_1p(), max_relative = 1e-14);
}

#[test]
fn the_deviance_is_twice_the_loss_above_the_least_possible() {
    for family in FAMILIES {
        let link = family.canonical_link();
        let (eta, y) = (predictors(family, link), responses(family));
        let x = Array2::from_shape_fn((eta.len(), 1), |(row, _)| (row as f64 + 1.0) / 5.0);
        let y = Array1::from(y);
        let glm = Glm::new(Design::new(&x), &y, family).unwrap();
        let fit = glm.fit(&Default::default()).unwrap();
        let inference = fit.inference(&glm, Covariance::Expected).unwrap();
        assert_relative_eq!(inference.deviance, 2.0 * (fit.fit.loss - glm.lower_bound()), max_relative = 1e-10);
    }
}
