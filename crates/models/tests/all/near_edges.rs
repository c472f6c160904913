//! Fits that start or end near the edge of what their means may be, or where steps by the expected information are far too long.
//! Right values are R's where `glm` finds them, else those of a barrier method from many starts.

use super::restricted::Random;
use approx::assert_relative_eq;
use models::fit::{Method, Options, Status};
use models::inference::Covariance;
use models::{Design, Error, Family, Glm, GlmFit, Link};
use ndarray::{Array1, Array2, arr1, arr2};

fn fit(family: Family, link: Link, design: Design, y: &Array1<f64>) -> Result<GlmFit, Error> {
    Glm::new(design, y, family)?.with_link(link).fit(&Options::default())
}

fn deviance(fit: &GlmFit, design: Design, y: &Array1<f64>) -> f64 {
    let model = Glm::new(design, y, fit.family).unwrap().with_link(fit.link);
    fit.inference(&model, models::inference::Covariance::Expected).unwrap().deviance
}

/// The domain is a half-line, and the losses of ones grow by a logarithm only: a barrier may not push the means to 0.
#[test]
fn a_boundary_is_found_where_the_other_end_of_the_domain_is_at_infinity() {
    let x = arr2(&[
        [0.24, 0.849],
        [0.876, 0.722],
        [0.069, 3.407],
        [0.703, 3.722],
        [0.098, 7.105],
        [0.446, 13.744],
        [0.525, 1.47],
        [0.265, 0.042],
        [0.064, 2.821],
        [0.637, 0.621],
        [0.49, 0.074],
        [0.64, 2.986],
        [0.438, 12.937],
        [0.713, 0.462],
        [0.702, 2.308],
        [0.384, 4.54],
        [0.832, 1.656],
        [0.843, 2.547],
        [0.469, 0.667],
        [0.82, 0.704],
    ]);
    let y = Array1::from_shape_fn(20, |row| f64::from(u8::from([3, 5, 9, 11].contains(&row))));
    let fit = fit(Family::Binomial, Link::Inverse, Design::new(&x), &y).unwrap();
    assert_eq!(fit.fit.status, Status::Boundary);
    assert_relative_eq!(deviance(&fit, Design::new(&x), &y), 17.10384230570265, max_relative = 1e-8);
    // A column of a single 0 has no maximum: its mean would have to be 0.
    let x =
        Array2::from_shape_fn((20, 3), |(row, at)| if at < 2 { x[[row, at]] } else { f64::from(u8::from(row == 4)) });
    let error = super::near_edges::fit(Family::Binomial, Link::Inverse, Design::new(&x), &y).unwrap_err();
    assert!(matches!(&error, Error::Separation { direction, .. } if direction.len() == 1), "{error}");
}

#[test]
fn rows_without_a_weight_may_lie_outside_the_domain() {
    let x = arr2(&[[3.671], [0.777], [0.752], [5.37], [0.519], [0.147]]);
    let y = arr1(&[6.233e-05, 0.1745, 0.2536, 0.01727, 1.306e-12, 0.242]);
    let weights = arr1(&[2.0, 2.0, 0.0, 2.0, 0.0, 0.0]);
    let design = || Design::new(&x).with_weights(&weights).unwrap();
    let found = fit(Family::Gamma, Link::InverseSquared, design(), &y).unwrap();
    assert!(found.fit.converged(), "{}", found.fit.status);
    assert_relative_eq!(deviance(&found, design(), &y), 17.895750380813183, max_relative = 1e-10);
}

/// Of a boundary that a row of next to no weight holds, the multiplier is next to nothing.
#[test]
fn a_row_of_next_to_no_weight_holds_a_fit_on_the_boundary() {
    let x = arr2(&[[-4.388], [0.036], [-0.043], [0.016], [7.743], [0.024]]);
    let y = arr1(&[2.0, 2.0, 3.0, 1.0, 0.0, 0.0]);
    let weights = arr1(&[3e-6, 0.007, 0.524, 1684.75, 1.07e-5, 9.3e-4]);
    let design = || Design::new(&x).with_weights(&weights).unwrap();
    let found = fit(Family::Poisson, Link::Sqrt, design(), &y).unwrap();
    assert_eq!(found.fit.status, Status::Boundary);
}

/// R: `glm(y ~ x, inverse.gaussian("identity"), control = list(epsilon = 1e-14))`. There is another minimum, of deviance 44.53.
#[test]
fn of_two_minima_the_one_near_the_responses_is_found_too() {
    let x = arr2(&[[0.09862], [-1.342], [0.2027], [-1.777]]);
    let y = arr1(&[0.3745, 1.052, 0.05287, 0.02256]);
    let found = fit(Family::InverseGaussian, Link::Identity, Design::new(&x), &y).unwrap();
    assert!(found.fit.converged(), "{}", found.fit.status);
    assert_relative_eq!(found.coefficients()[0], 2.91338617742975, max_relative = 1e-7);
    assert_relative_eq!(deviance(&found, Design::new(&x), &y), 20.5464476847551, max_relative = 1e-10);
}

/// A row far above the mean makes the first step of Fisher scoring thousands of times too long; from there each is 1.
#[test]
fn steps_that_are_far_too_long_are_made_up_for() {
    let y = arr1(&[1.0, 1.0, 1.0, 1.0]);
    let offset = arr1(&[0.0, 0.0, 0.0, -12.0]);
    let x = Array2::ones((4, 1));
    let design = Design::new(&x).without_intercept().with_offset(&offset).unwrap();
    let found = fit(Family::Gamma, Link::Log, design, &y).unwrap();
    assert!(found.fit.converged() && found.fit.iterations < 40, "{}", found.fit.status);
    assert_relative_eq!(found.coefficients()[0], ((3.0 + 12f64.exp()) / 4.0).ln(), max_relative = 1e-12);
}

#[test]
fn where_no_coefficients_give_means_that_the_family_has_the_error_says_so() {
    let x = arr2(&[[1.0], [-1.0], [2.0]]);
    let y = arr1(&[1.0, 2.0, 3.0]);
    for (family, link) in [
        (Family::Poisson, Link::Identity),
        (Family::Poisson, Link::Inverse),
        (Family::Gamma, Link::Inverse),
        (Family::InverseGaussian, Link::InverseSquared),
        (Family::NegativeBinomial { dispersion: 0.5 }, Link::Sqrt),
    ] {
        let error = fit(family, link, Design::new(&x).without_intercept(), &y).unwrap_err();
        assert!(matches!(error, Error::NoMeans { .. }), "{family} {link}: {error}");
        assert!(error.to_string().contains("must lie above 0; take another link, such as log,"), "{error}");
    }
    for (link, expected) in [(Link::Log, "below 0"), (Link::Identity, "between 0 and 1"), (Link::Inverse, "above 1")] {
        let error =
            fit(Family::Binomial, link, Design::new(&x).without_intercept(), &arr1(&[1.0, 0.0, 1.0])).unwrap_err();
        let expected = format!("must lie {expected}; take another link, such as logit,");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}

/// A normal mean that the link doesn't have is no reason not to start.
#[test]
fn normal_responses_of_any_mean_have_a_start() {
    let x = arr2(&[[0.0], [1.0], [2.0], [3.0]]);
    let y = arr1(&[-3.0, -2.5, 0.5, 4.0]);
    for link in [Link::Log, Link::Sqrt, Link::Inverse] {
        let found = fit(Family::Gaussian, link, Design::new(&x), &y);
        assert!(!matches!(found, Err(Error::Start { .. })), "{link}: {found:?}");
    }
}

/// R's minima, and SciPy's of many starts; from the mean response alone, the first fit ends at 21.74, the second nowhere, and the last at
/// infinite means.
#[test]
fn fits_start_where_the_predictors_have_means_and_near_the_responses() {
    let x = arr2(&[
        [0.0905, -0.001, -56.6837],
        [0.0517, 0.0019, 84.7901],
        [0.0285, 0.0075, 164.9384],
        [-0.1441, -0.0168, 46.5699],
        [0.0671, -0.0011, 15.921],
        [0.0608, 0.0105, -104.3089],
        [0.0127, -0.0022, -70.4323],
        [-0.1102, 0.0019, -126.2178],
        [-0.0901, 0.0005, -100.8753],
    ]);
    let y = arr1(&[-3.29025, 0.736022, -0.576746, 7.44817, 1.81986, 2.63718, 1.12073, 4.37339, 2.52223]);
    check_methods(Family::Gaussian, Link::Inverse, &|| Design::new(&x), &y, 15.350066063758);

    let x = arr2(&[
        [96.7251, 19.2338, 0.0252],
        [99.0269, 2.9893, -0.0071],
        [103.7769, 12.123, 0.0097],
        [-43.3445, -5.1461, 0.019],
        [-28.0928, 6.0304, 0.0124],
        [-22.2343, 6.0988, 0.0003],
        [-106.0746, 20.9527, 0.0078],
        [108.9055, 7.4241, 0.0029],
        [144.7792, -15.4446, 0.0211],
        [160.4083, 0.0866, 0.0163],
        [176.6694, 28.071, 0.005],
        [-228.3779, -4.5688, 0.0066],
        [-91.5956, 12.6586, 0.0124],
        [53.5781, 17.6006, 0.0141],
        [65.5908, 1.5603, 0.0103],
    ]);
    let y = arr1(&[
        1.85139, 1.52037, 0.850004, 1.48649, 1.22047, 1.28031, 1.04295, 2.21943, 0.9429, 0.537804, 0.834169, 1.74849,
        0.765623, 1.13774, 0.490662,
    ]);
    let offset = arr1(&[
        -0.3209, 0.0867, 0.3229, -0.6983, 0.2764, 0.7718, 0.3118, -0.5041, 0.0608, 0.5724, 0.0527, -0.0999, 0.4494,
        0.0439, 0.5357,
    ]);
    let design = || Design::new(&x).with_offset(&offset).unwrap();
    check_methods(Family::Gaussian, Link::InverseSquared, &design, &y, 1.2475277412229);

    let x = arr2(&[
        [1.6061, 0.0, 1.3401],
        [0.8434, 1.0, -0.9543],
        [-0.0576, 1.0, 1.8929],
        [0.844, 1.0, 3.6406],
        [0.5223, 0.0, 0.2987],
        [0.4073, 0.0, 0.6552],
        [-0.4061, 1.0, 0.844],
        [-1.0807, 1.0, 0.4224],
        [0.4339, 1.0, 0.4032],
        [2.1309, 1.0, 0.3017],
        [0.3216, 1.0, 0.889],
        [-1.153, 0.0, 0.6097],
        [1.0005, 0.0, 0.4859],
    ]);
    let y = arr1(&[
        0.318049, 2.14495, 1.42427, 3.8567, 0.133848, 0.192352, 1.84534, 2.27866, 0.676675, 1.35243, 1.16719, 1.23824,
        0.398872,
    ]);
    let offset = arr1(&[
        -0.6976, 0.7724, -0.5734, -0.2442, -0.1753, -0.5118, -0.3552, -0.0769, -0.4108, 0.0661, -0.8412, 0.707, -0.6109,
    ]);
    let design = || Design::new(&x).without_intercept().with_offset(&offset).unwrap();
    check_methods(Family::InverseGaussian, Link::Identity, &design, &y, 6.695952846722);
}

/// All coefficients 0 are means of 1, on the boundary. R: `glm(y ~ x - 1, binomial("log"), start = -0.5)`.
#[test]
fn a_start_on_the_boundary_is_drawn_inside() {
    let x = arr2(&[[0.4], [0.7], [1.1], [1.5], [2.0], [2.4], [2.9], [3.3]]);
    let y = arr1(&[1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
    check_methods(Family::Binomial, Link::Log, &|| Design::new(&x).without_intercept(), &y, 9.6827534174003);
}

fn check_methods<'a>(family: Family, link: Link, design: &dyn Fn() -> Design<'a>, y: &'a Array1<f64>, expected: f64) {
    for method in [Method::Newton, Method::TrustRegion, Method::Lbfgs] {
        let model = Glm::new(design(), y, family).unwrap().with_link(link);
        let found = model.fit(&Options { max_iterations: 1_000, ..Options::method(method) }).unwrap();
        assert!(found.fit.converged(), "{family} {link}, {method:?}: {}", found.fit.status);
        assert_relative_eq!(deviance(&found, design(), y), expected, max_relative = 1e-9);
    }
}

/// Beside a pole of the mean there may be a minimum on either side. R's minima, of random responses rounded to three decimals; a start that
/// follows the predictors of responses near 0, which are far off, ends in others that are ten times as high.
#[test]
fn responses_near_0_dont_lead_the_start_of_an_inverse_link_away() {
    let small = [
        (
            4.38331319532,
            vec![-1.425, -4.335, -0.317, 32.253, 1.961, 0.614, 0.738, -0.146, -0.075, -0.858],
            vec![
                [-0.004, 0.02, -0.645, -0.005, 0.967, -0.973, -1.553, -0.005, 0.965, -0.791],
                [-0.359, -0.223, 0.137, 0.027, -0.936, 2.444, 0.86, 1.883, -0.588, -0.374],
            ],
        ),
        (
            9.69208906528,
            vec![-1.471, 1.672, -2.412, 2.428, -1.154, 0.33, 1.466, -0.516, -0.229, -23.881],
            vec![
                [-1.643, 0.181, -0.07, 0.445, 1.548, -1.155, 0.679, 0.955, 1.15, -0.046],
                [-0.773, 0.111, -0.468, -0.354, -0.943, 0.16, -0.19, 1.872, 0.793, 0.024],
            ],
        ),
        (
            4.39409976207,
            vec![73.809, -0.716, -1.643, 3.931, 1.849, 4.103, -1.564, 11.973, 0.92, 0.939],
            vec![
                [0.179, -0.131, 1.117, -1.002, 0.814, -0.74, -1.703, 0.072, 1.044, 1.151],
                [1.353, -0.383, -0.829, 1.693, -0.58, -0.276, 0.074, -0.855, 1.128, 2.391],
                [-0.839, -0.274, -2.384, -0.575, 0.438, 0.48, -0.695, 0.542, 1.281, -0.464],
            ],
        ),
    ];
    for (deviance, y, columns) in small {
        let x = Array2::from_shape_fn((10, columns.len()), |(row, column)| columns[column][row]);
        let y = Array1::from(y);
        let design = Design::new(&x).without_intercept();
        let fit = Glm::new(design, &y, Family::Gaussian).unwrap().with_link(Link::Inverse).fit(&Options::default());
        let fit = fit.unwrap();
        let found = 2.0 * fit.fit.loss;
        assert!(fit.fit.converged() && found <= deviance * (1.0 + 1e-9), "{found} for {deviance}");
    }
}

/// A column far from 0, and means at the end of what the family has, where the information is infinite: what is said of the fit is not that
/// its standard errors are lost, which don't hold anyway.
#[test]
fn a_fit_at_the_end_of_the_means_is_told_whatever_its_information() {
    let (mut random, mut lost) = (Random(7), 0);
    for number in 0..30 {
        let (n, origin) = (20 + number, 10f64.powi(3 + number as i32 % 4));
        let x = Array2::from_shape_fn((n, 2), |(_, column)| match column {
            0 => origin + 0.01 * random.unit(),
            _ => random.unit(),
        });
        let y: Array1<f64> = x.column(1).mapv(|x| f64::from(random.unit() < 0.5 + 0.4 * x));
        for link in [Link::Log, Link::Identity, Link::Sqrt] {
            let model = Glm::new(Design::new(&x), &y, Family::Binomial).unwrap().with_link(link);
            let found = model.fit(&Options::default()).unwrap();
            let inference = found.inference(&model, Covariance::Expected);
            let inference = inference.unwrap_or_else(|error| panic!("{number} {link} {}: {error}", found.fit.status));
            let is_lost = inference.coefficients[1].std_error.is_nan();
            assert!(inference.deviance.is_finite() && !(is_lost && found.fit.converged()), "{number} {link}");
            lost += usize::from(is_lost);
        }
    }
    assert!(lost > 0);
}

/// Responses over many orders of magnitude: Fisher's first step is too long by as many.
#[test]
fn gamma_responses_of_any_spread_are_fitted() {
    let mut random = Random(8);
    for number in 0..40 {
        let (n, p) = (20 + number, 1 + number % 4);
        let x = Array2::from_shape_simple_fn((n, p), || 2.0 * random.unit() - 1.0);
        let spread = [1.0, 5.0, 14.0, 30.0][number / 10];
        let y = Array1::from_shape_simple_fn(n, || (spread * (4.0 * random.unit() - 2.0)).exp());
        let design = if number % 3 == 0 { Design::new(&x) } else { Design::new(&x).without_intercept() };
        let model = Glm::new(design, &y, Family::Gamma).unwrap().with_link(Link::Log);
        for method in [Method::Newton, Method::TrustRegion] {
            let fit = model.fit(&Options::method(method)).unwrap();
            // A score is 1 − y/μ, which may be as large as the largest response.
            let means = fit.predict(model.design()).unwrap();
            let largest = y.iter().zip(&means).fold(1.0, |largest: f64, (y, mean)| largest.max(y / mean));
            let score = fit.fit.max_abs_gradient();
            assert!(fit.fit.converged() && score < 1e-6 * largest, "{number} {method:?}: {score} {}", fit.fit.status);
        }
    }
}

/// The loss of an inverse Gaussian row falls no further than to a limit as its mean grows: there is no gradient far out, and no minimum.
#[test]
fn inverse_gaussian_means_that_leave_all_responses_behind_are_no_convergence() {
    let (mut random, mut converged) = (Random(9), 0);
    for number in 0..60 {
        let (n, p) = (8 + number % 20, 1 + number % 3);
        let x = Array2::from_shape_simple_fn((n, p), || 2.0 * random.unit() - 1.0);
        let offset = Array1::from_shape_simple_fn(n, || f64::from(number as u32 % 4) * 10.0 * (random.unit() - 0.5));
        let y = Array1::from_shape_simple_fn(n, || 8.0 * (0.3 + random.unit()).powi([1, 2, 12][number % 3]));
        let model = Glm::new(Design::new(&x).with_offset(&offset).unwrap(), &y, Family::InverseGaussian).unwrap();
        let model = model.with_link(Link::Log);
        for method in [Method::Newton, Method::TrustRegion, Method::Lbfgs] {
            let Ok(fit) = model.fit(&Options::method(method)) else { continue };
            let means = fit.predict(model.design()).unwrap();
            let nearest = y.iter().zip(&means).fold(0.0, |nearest: f64, (y, mean)| nearest.max(y / mean));
            assert!(!fit.fit.converged() || nearest > 0.01, "{number} {method:?}: {nearest} {}", fit.fit.status);
            converged += usize::from(fit.fit.converged());
        }
    }
    assert!(converged > 120, "{converged}");
}
