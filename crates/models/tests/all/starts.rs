//! Where fits start: near the responses, so that each step of theirs is worth its pass over the rows.

use approx::assert_relative_eq;
use models::network::{Activation, Network};
use models::ordinal::Ordinal;
use models::softmax::Softmax;
use models::{Design, Family, Glm, Link, Objective};
use ndarray::{Array1, Array2, arr1, arr2};

fn rows() -> (Array2<f64>, Array1<f64>, Array1<f64>) {
    let x = arr2(&[[0.5, -1.0], [1.5, 0.25], [-0.75, 0.5], [0.25, 2.0], [-1.0, -0.5]]);
    (x, arr1(&[0.0, 0.5, -0.25, 1.0, 0.75]), arr1(&[1.0, 2.0, 1.0, 0.5, 0.0]))
}

#[track_caller]
fn assert_starts(model: &impl Objective, expected: &[f64]) {
    let start = model.start().unwrap();
    assert_relative_eq!(start.as_slice(), expected, max_relative = 1e-9, epsilon = 1e-12);
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// The mean is R's: 0.1 more of counts, of labels with half an observation of either kind more. The last row has no weight.
#[test]
fn intercepts_start_at_the_mean_response_beside_the_offset() {
    let (x, offset, weights) = rows();
    let mean = |values: &Array1<f64>| values.dot(&weights) / weights.sum();
    let design = || Design::new(&x).with_offset(&offset).unwrap().with_weights(&weights).unwrap();
    let (counts, labels) = (arr1(&[1.0, 2.0, 4.0, 9.0, 70.0]), arr1(&[0.0, 1.0, 1.0, 0.0, 0.0]));
    let factor = mean(&offset.mapv(f64::exp));
    for (family, y, expected) in [
        (Family::Poisson, &counts, ((mean(&counts) + 0.1) / factor).ln()),
        (Family::Gaussian, &counts, mean(&counts) - mean(&offset)),
        (Family::Gamma, &counts, 1.0 / mean(&counts) - mean(&offset)),
        (Family::Binomial, &labels, logit((labels.dot(&weights) + 0.5) / (weights.sum() + 1.0)) - mean(&offset)),
    ] {
        assert_starts(&Glm::new(design(), y, family).unwrap(), &[expected, 0.0, 0.0]);
    }
}

/// Responses that the columns and the offset make without a residual are made by the start already.
#[test]
fn without_an_intercept_fits_start_nearest_to_the_responses() {
    let (x, offset, _) = rows();
    let slopes = [0.75, -0.5];
    let predictors = x.dot(&arr1(&slopes)) + &offset;
    let design = || Design::new(&x).without_intercept().with_offset(&offset).unwrap();
    for (family, link) in
        [(Family::Gamma, Link::Log), (Family::InverseGaussian, Link::Log), (Family::Gaussian, Link::Log)]
    {
        let y = predictors.mapv(f64::exp);
        assert_starts(&Glm::new(design(), &y, family).unwrap().with_link(link), &slopes);
    }
    // Where any start will do, or the responses say too little, all coefficients are 0.
    let labels = arr1(&[0.0, 1.0, 1.0, 0.0, 1.0]);
    for (family, y) in [(Family::Gaussian, &predictors), (Family::Binomial, &labels)] {
        assert_starts(&Glm::new(design(), y, family).unwrap(), &[0.0, 0.0]);
    }
}

#[test]
fn classes_start_at_their_shares() {
    let (x, _, weights) = rows();
    let (labels, names) = (arr1(&[0, 1, 2, 1, 0]), ["a", "b", "c"]);
    // Of 4.5, the weights of the classes.
    let [a, b, c]: [f64; 3] = [1.0, 2.5, 1.0];
    let design = Design::new(&x).with_weights(&weights).unwrap();
    let softmax = Softmax::new(design.clone(), &names, &labels).unwrap();
    assert_starts(&softmax, &[(b / a).ln(), 0.0, 0.0, (c / a).ln(), 0.0, 0.0]);

    let offset = Array1::from_elem(5, 0.75);
    let ordinal = Ordinal::new(design.with_offset(&offset).unwrap(), &names, &labels).unwrap();
    assert_starts(&ordinal, &[0.0, 0.0, logit(a / 4.5) + 0.75, logit((a + b) / 4.5) + 0.75]);
}

/// The last biases alone are not drawn: they give the mean response, or the classes' shares, whatever the hidden layers say.
#[test]
fn networks_start_at_the_mean_response_or_the_shares() {
    let (x, y, weights) = rows();
    let ends = |network: Network<'_>, expected: &[f64]| {
        let network = network.with_weights(&weights).unwrap().with_hidden(3, Activation::Tanh).unwrap();
        let start = network.start().unwrap();
        assert_relative_eq!(&start[start.len() - expected.len()..], expected, max_relative = 1e-12);
    };
    let mean = y.dot(&weights) / weights.sum();
    ends(Network::regression(&x, &y, Family::Gaussian).unwrap(), &[mean]);
    let counts = arr1(&[1.0, 2.0, 4.0, 9.0, 70.0]);
    let mean = counts.dot(&weights) / weights.sum();
    ends(Network::regression(&x, &counts, Family::Poisson).unwrap(), &[(mean + 0.1).ln()]);
    let labels = arr1(&[0, 1, 2, 1, 0]);
    ends(Network::classification(&x, &["a", "b", "c"], &labels).unwrap(), &[2.5f64.ln(), 0.0]);
}
