//! Fits of odd data, whose answers have closed forms: magnitudes, weights and offsets at the extremes, constant responses,
//! columns that hardly differ. Each is right, or said not to be.

use approx::assert_relative_eq;
use models::fit::{Method, Options, Status};
use models::inference::Covariance;
use models::{Design, Error, Family, Glm, GlmFit, Link};
use ndarray::{Array1, Array2, arr1, arr2};

const NEWTON_AND_REGION: [Method; 2] = [Method::Newton, Method::TrustRegion];

/// The families, with the means of two groups that every link reaches which is tried with them.
fn families() -> Vec<(Family, Vec<Link>, [f64; 2])> {
    let positive = vec![Link::Identity, Link::Log, Link::Inverse, Link::InverseSquared, Link::Sqrt];
    vec![
        (Family::Gaussian, positive.clone(), [2.0, 5.0]),
        (Family::Binomial, Link::ALL.to_vec(), [0.2, 0.6]),
        (Family::Poisson, positive.clone(), [2.0, 5.0]),
        (Family::Gamma, positive.clone(), [2.0, 5.0]),
        (Family::InverseGaussian, positive.clone(), [2.0, 5.0]),
        (Family::NegativeBinomial { dispersion: 0.7 }, positive, [2.0, 5.0]),
    ]
}

/// Responses of two groups about their means.
fn two_groups(means: [f64; 2], family: Family) -> (Array1<f64>, Array1<f64>) {
    let about = if family == Family::Binomial { [0.6, 1.1, 1.3] } else { [0.5, 0.9, 1.6] };
    let y = Array1::from_shape_fn(6, |row| means[row / 3] * about[row % 3]);
    (Array1::from_shape_fn(6, |row| f64::from(row >= 3)), y)
}

fn column(x: &Array1<f64>, unit: f64) -> Array2<f64> {
    x.mapv(|x| x * unit).insert_axis(ndarray::Axis(1))
}

/// A saturated model of two groups fits their weighted means, whatever the family, the link, and the units of the response, the
/// weights and the column.
#[test]
fn the_means_of_two_groups_are_fitted_in_any_units() {
    let mut wrong = Vec::new();
    for (family, links, means) in families() {
        let sizes: &[f64] = if family == Family::Binomial { &[1.0] } else { &[1.0, 1e-7, 1e9] };
        for (link, &size) in links.iter().flat_map(|link| sizes.iter().map(move |size| (*link, size))) {
            let (group, y) = two_groups(means.map(|mean| mean * size), family);
            for (unit, weight) in [(1.0, 1.0), (1e-12, 1.0), (1e12, 1e7), (1.0, 1e-9)] {
                let weights = Array1::from_shape_fn(6, |row| weight * (1.0 + (row % 2) as f64));
                let x = column(&group, unit);
                let design = Design::new(&x).with_weights(&weights).unwrap();
                let model = Glm::new(design.clone(), &y, family).unwrap().with_link(link);
                for method in NEWTON_AND_REGION {
                    let name = format!("{family:?} {link} size {size:e} unit {unit:e} weight {weight:e} {method:?}");
                    match model.fit(&Options::method(method)) {
                        Ok(fit) => {
                            let fitted = fit.predict(&design).unwrap();
                            for rows in [0..3, 3..6] {
                                let (w, y) = (&weights.to_vec()[rows.clone()], &y.to_vec()[rows.clone()]);
                                let mean = w.iter().zip(y).map(|(w, y)| w * y).sum::<f64>() / w.iter().sum::<f64>();
                                let off = (fitted[rows.start] / mean - 1.0).abs();
                                if !fit.fit.converged() || off.is_nan() || off > 1e-8 {
                                    wrong.push(format!("{name}: {off:e}, {}", fit.fit.status));
                                }
                            }
                        }
                        Err(error) => wrong.push(format!("{name}: {error}")),
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

fn fit(design: Design<'_>, y: &Array1<f64>, family: Family, link: Link) -> Result<GlmFit, Error> {
    Glm::new(design, y, family)?.with_link(link).fit(&Options::default())
}

/// With a log link and an intercept alone, `e^β = Σy/Σe^offset`.
#[test]
fn offsets_far_apart_are_fitted() {
    let none = Array2::zeros((4, 0));
    let y: Array1<f64> = arr1(&[3.0, 0.0, 7.0, 2.0]);
    for offset in [[0.0, 1.0, 2.0, -1.0], [600.0, 601.0, 599.0, 600.0], [0.0, -300.0, 300.0, 10.0], [-700.0; 4]] {
        let top = offset.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let expected = y.sum().ln() - top - offset.iter().map(|offset| (offset - top).exp()).sum::<f64>().ln();
        let offset = Array1::from(offset.to_vec());
        let design = Design::new(&none).with_offset(&offset).unwrap();
        let found = fit(design, &y, Family::Poisson, Link::Log).unwrap();
        assert!(found.fit.converged(), "{offset}: {}", found.fit.status);
        assert_relative_eq!(found.coefficients()[0], expected, max_relative = 1e-11, epsilon = 1e-11);
    }
    let offset = arr1(&[1e12, 1e12, -1e12, -1e12]);
    let design = Design::new(&none).with_offset(&offset).unwrap();
    let found = fit(design, &y, Family::Gaussian, Link::Identity).unwrap();
    assert!(found.fit.converged() && (found.coefficients()[0] - 3.0).abs() < 1e-3, "{:?}", found.fit);
}

#[test]
fn responses_that_are_all_equal_leave_the_slopes_at_0() {
    let x = arr2(&[[1.0, 2.0], [2.0, -1.0], [3.0, 0.5], [4.0, 1.0], [5.0, -2.0]]);
    for (family, value) in [
        (Family::Gaussian, 3.0),
        (Family::Gaussian, 0.0),
        (Family::Poisson, 4.0),
        (Family::Gamma, 0.3),
        (Family::InverseGaussian, 2.5),
        (Family::NegativeBinomial { dispersion: 0.5 }, 6.0),
        (Family::Binomial, 0.25),
    ] {
        let y = Array1::from_elem(5, value);
        for link in [family.canonical_link(), if family == Family::Binomial { Link::Probit } else { Link::Log }] {
            if value == 0.0 && link == Link::Log {
                continue;
            }
            let model = Glm::new(Design::new(&x), &y, family).unwrap().with_link(link);
            for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
                let fit = model.fit(&Options::method(method)).unwrap();
                assert!(fit.fit.converged(), "{family:?} {link} {method:?}: {}", fit.fit.status);
                assert_relative_eq!(fit.coefficients()[0], link.predictor(value), max_relative = 1e-9);
                assert!(fit.coefficients()[1..].iter().all(|slope| slope.abs() < 1e-9), "{family:?} {link} {method:?}");
                let inference = fit.inference(&model, Covariance::Expected).unwrap();
                assert!(inference.deviance.abs() < 1e-12, "{family:?} {link}: {}", inference.deviance);
            }
        }
    }
}

/// The mean of responses can't be reached by an exponential function, so that it goes to 0.
#[test]
fn a_negative_mean_has_no_logarithm() {
    let (none, y) = (Array2::zeros((3, 0)), arr1(&[-1.0, -2.0, 0.5]));
    for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
        let model = Glm::new(Design::new(&none), &y, Family::Gaussian).unwrap().with_link(Link::Log);
        let start = Options { start: Some(vec![0.0]), ..Options::method(method) };
        let found = model.fit(&start);
        let told = match &found {
            Ok(fit) => fit.fit.status == Status::NotFinite,
            Err(error) => matches!(error, Error::AtInfinity { .. }),
        };
        assert!(told, "{method:?}: {found:?}");
    }
}

#[test]
fn a_single_row_is_fitted_exactly_and_has_no_errors() {
    let (none, y) = (Array2::zeros((1, 0)), arr1(&[4.0]));
    for (family, link) in
        [(Family::Gaussian, Link::Identity), (Family::Poisson, Link::Log), (Family::Gamma, Link::Inverse)]
    {
        let model = Glm::new(Design::new(&none), &y, family).unwrap();
        let fit = model.fit(&Options::default()).unwrap();
        assert!(fit.fit.converged(), "{family:?}: {}", fit.fit.status);
        assert_relative_eq!(fit.coefficients()[0], link.predictor(4.0), max_relative = 1e-12);
        let inference = fit.inference(&model, Covariance::Expected).unwrap();
        assert!(inference.residual_df == 0 && inference.deviance.abs() < 1e-25);
        assert_eq!(inference.coefficients[0].std_error.is_nan(), family != Family::Poisson);
    }
}

/// Residuals of least squares are orthogonal to the columns, by exact sums.
#[test]
fn a_column_beside_its_copy_with_noise_is_fitted_or_refused() {
    let noise = |i: usize| (i as f64 * 0.618_033_988_749_895).fract() - 0.5;
    for size in [1e-6, 1e-8, 1e-10, 1e-13] {
        let x = Array2::from_shape_fn((40, 2), |(i, j)| {
            1.0 + noise(7 * i) + if j == 1 { size * noise(11 * i + 3) } else { 0.0 }
        });
        let y = Array1::from_shape_fn(40, |i| noise(5 * i + 1) + 2.0 * x[[i, 0]]);
        match fit(Design::new(&x), &y, Family::Gaussian, Link::Identity) {
            // Of coefficients of 1e10 the residuals know too few digits to end by, and the fit says so.
            Ok(found) if size < 1e-9 => assert!(size > 1e-12, "{}", found.fit.status),
            Ok(found) => {
                assert!(found.fit.converged(), "{size:e}: {}", found.fit.status);
                let difference = Array1::from_shape_fn(40, |i| (x[[i, 1]] - x[[i, 0]]) / size);
                let residual = &y - &x.dot(&arr1(&found.coefficients()[1..])) - found.coefficients()[0];
                let along = residual.dot(&difference) / (residual.dot(&residual) * difference.dot(&difference)).sqrt();
                // The coefficients are of the size 1/size, and each of their roundings shows in the residuals.
                assert!(along.abs() < 1e-14 / size, "{size:e}: {along:e}");
            }
            Err(error) => assert!(size < 1e-9 && matches!(error, Error::RankDeficient { .. }), "{size:e}: {error}"),
        }
    }
}

#[test]
fn counts_of_any_size_are_fitted() {
    for size in [1.0, 1e6, 1e15, 1e100] {
        let (x, y) = (arr2(&[[0.0], [0.0], [1.0], [1.0]]), arr1(&[1.0, 3.0, 4.0, 8.0]) * size);
        for (family, link) in [(Family::Poisson, Link::Log), (Family::Poisson, Link::Sqrt), (Family::Gamma, Link::Log)]
        {
            let found = fit(Design::new(&x), &y, family, link).unwrap();
            assert!(found.fit.converged(), "{family:?} {link} {size:e}: {}", found.fit.status);
            let means = found.predict(&Design::new(&x)).unwrap();
            assert_relative_eq!(means[0], 2.0 * size, max_relative = 1e-9);
            assert_relative_eq!(means[3], 6.0 * size, max_relative = 1e-9);
        }
    }
}

/// Of a gamma distribution's intercept alone the mean is that of the responses, however far these are apart.
#[test]
fn responses_near_0_and_far_from_it_are_fitted() {
    let none = Array2::zeros((4, 0));
    for y in [[1e-300, 1e-200, 1.0, 2.0], [1e-12, 3.0, 1e12, 5.0]] {
        let y = Array1::from(y.to_vec());
        for link in [Link::Log, Link::Inverse, Link::Identity] {
            let model = Glm::new(Design::new(&none), &y, Family::Gamma).unwrap().with_link(link);
            let found = model.fit(&Options::default()).unwrap();
            assert!(found.fit.converged(), "{y} {link}: {}", found.fit.status);
            assert_relative_eq!(link.mean(found.coefficients()[0]), y.mean().unwrap(), max_relative = 1e-9);
            let inference = found.inference(&model, Covariance::Expected).unwrap();
            assert!(inference.deviance.is_finite() && inference.log_likelihood.is_finite(), "{y} {link}");
        }
    }
}

#[test]
fn proportions_of_0_and_1_with_weights_of_any_size_are_told_apart() {
    let (x, y) = (arr2(&[[0.0], [0.0], [1.0], [1.0]]), arr1(&[0.0, 1.0, 1.0, 1.0]));
    for size in [1e-200, 1e-6, 1.0, 1e9] {
        let weights = arr1(&[1.0, 2.0, 1.0, 3.0]) * size;
        let design = Design::new(&x).with_weights(&weights).unwrap();
        let error = fit(design, &y, Family::Binomial, Link::Logit).unwrap_err();
        assert!(matches!(&error, Error::Separation { separated: 2, rows: 4, .. }), "{size:e}: {error}");
        let none = Array2::zeros((4, 0));
        let design = Design::new(&none).with_weights(&weights).unwrap();
        let found = fit(design, &y, Family::Binomial, Link::Logit).unwrap();
        assert!(found.fit.converged(), "{size:e}: {}", found.fit.status);
        assert_relative_eq!(found.coefficients()[0], 6f64.ln(), max_relative = 1e-9);
    }
}

/// A group of counts of 0 has the mean 0, which a square root or the identity reaches and a logarithm doesn't.
#[test]
fn a_group_without_counts_has_the_mean_0() {
    let (x, y) = (arr2(&[[0.0], [0.0], [1.0], [1.0]]), arr1(&[2.0, 4.0, 0.0, 0.0]));
    for family in [Family::Poisson, Family::NegativeBinomial { dispersion: 0.5 }] {
        for link in [Link::Identity, Link::Sqrt] {
            let found = fit(Design::new(&x), &y, family, link).unwrap();
            assert!(
                found.fit.converged() || found.fit.status == Status::Boundary,
                "{family:?} {link}: {}",
                found.fit.status
            );
            let means = found.predict(&Design::new(&x)).unwrap();
            assert_relative_eq!(means[0], 3.0, max_relative = 1e-7);
            assert!(means[2].abs() < 1e-8, "{family:?} {link}: {}", means[2]);
        }
        let error = fit(Design::new(&x), &y, family, Link::Log).unwrap_err();
        assert!(matches!(error, Error::Separation { separated: 2, .. }), "{error}");
    }
}
