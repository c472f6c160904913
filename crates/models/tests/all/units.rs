//! Responses, weights and columns in extreme units: a fit is that of the usual units, or says that it isn't.

use models::fit::{Fit, Method, Options};
use models::{Design, Family, Glm, GlmFit, Link, StreamedGlm, Terms};
use ndarray::{Array1, Array2};

const METHODS: [Method; 3] = [Method::Newton, Method::TrustRegion, Method::Lbfgs];
const POWERS: [i32; 10] = [-300, -220, -160, -150, -100, -50, 50, 100, 150, 220];

/// Families whose fitted means scale with the responses, with their links.
fn families() -> Vec<(Family, Link)> {
    let pairs = [
        (Family::Gaussian, vec![Link::Identity, Link::Log, Link::Sqrt, Link::Inverse]),
        (Family::Poisson, vec![Link::Log, Link::Identity, Link::Sqrt]),
        (Family::Gamma, vec![Link::Inverse, Link::Log, Link::Identity, Link::Sqrt]),
        (Family::InverseGaussian, vec![Link::InverseSquared, Link::Log, Link::Inverse, Link::Identity]),
    ];
    pairs.into_iter().flat_map(|(family, links)| links.into_iter().map(move |link| (family, link))).collect()
}

struct Rows {
    x: Array2<f64>,
    y: Array1<f64>,
    weights: Array1<f64>,
}

impl Rows {
    /// Rows whose responses, weights and first column are multiplied by these powers of ten.
    fn new(y: i32, weight: i32, column: i32) -> Self {
        let noise = |row: usize, step: f64| (row as f64 * step).fract();
        let x = Array2::from_shape_fn((14, 2), |(row, at)| match at {
            0 => noise(row, 0.618_033_988_749_895) * 10f64.powi(column),
            _ => f64::from(row % 3 == 0),
        });
        let mean = |row: usize| 2.0 + noise(row, 0.618_033_988_749_895) + f64::from(row.is_multiple_of(3));
        let y = Array1::from_shape_fn(14, |row| mean(row) * (0.6 + noise(row, 0.414_213_562_373_095)) * 10f64.powi(y));
        let weights = Array1::from_shape_fn(14, |row| (1.0 + (row % 2) as f64) * 10f64.powi(weight));
        Self { x, y, weights }
    }

    /// The fit, and the means.
    fn fit(&self, family: Family, link: Link, method: Method) -> Result<(GlmFit, Vec<f64>), models::Error> {
        let design = Design::new(&self.x).with_weights(&self.weights)?;
        let fit = Glm::new(design.clone(), &self.y, family)?.with_link(link).fit(&Options::method(method))?;
        let means = fit.predict(&design)?;
        Ok((fit, means))
    }
}

/// An error, without what is found by looking again at rows in memory.
fn first_line(error: &models::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

impl Rows {
    /// The fit of the same rows as a source.
    fn fit_streamed(&self, family: Family, link: Link, method: Method) -> Result<Fit, String> {
        let columns = ["x1", "x2"].into_iter().zip(self.x.columns());
        let source = data::Arrays::new().with("y", &self.y).unwrap().with("w", &self.weights).unwrap();
        let source = columns.fold(source, |source, (name, column)| source.with(name, column).unwrap());
        let terms = Terms::new(&["x1", "x2"]).with_weights("w");
        let model = StreamedGlm::new(&source, &terms, "y", family).map(|model| model.with_link(link));
        model
            .and_then(|model| model.fit(&Options::method(method)))
            .map(|fit| fit.fit)
            .map_err(|error| first_line(&error))
    }
}

/// What is wrong with a fit whose means should be `unit` times these.
fn fault(found: Result<(GlmFit, Vec<f64>), models::Error>, usual: &[f64], unit: f64, method: Method) -> Option<String> {
    let most = if method == Method::Lbfgs { 1e-4 } else { 1e-8 };
    match found {
        Ok((fit, means)) if fit.fit.converged() => {
            let off = means.iter().zip(usual).map(|(mean, usual)| (mean / unit / usual - 1.0).abs());
            let off = off.fold(0.0, |most: f64, off| if off.is_nan() { f64::INFINITY } else { most.max(off) });
            (off > most).then(|| format!("{} off by {off:e} after {}", fit.fit.status, fit.fit.iterations))
        }
        Ok(_) | Err(_) => None,
    }
}

#[test]
fn a_fit_in_other_units_is_the_same_or_says_that_it_is_not() {
    let mut wrong = Vec::new();
    for (family, link) in families() {
        let (fit, usual) = Rows::new(0, 0, 0).fit(family, link, Method::Newton).unwrap();
        assert!(fit.fit.converged(), "{family:?} {link}: {}", fit.fit.status);
        for power in POWERS {
            for (what, rows, unit) in [
                ("responses", Rows::new(power, 0, 0), 10f64.powi(power)),
                ("weights", Rows::new(0, power, 0), 1.0),
                ("column", Rows::new(0, 0, power), 1.0),
            ] {
                for method in METHODS {
                    let name = format!("{family:?} {link} {what} times 1e{power}, {method:?}");
                    if let Some(fault) = fault(rows.fit(family, link, method), &usual, unit, method) {
                        wrong.push(format!("{name}: {fault}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn fits_in_units_twenty_orders_apart_converge() {
    for (family, link) in families() {
        for power in [-20, 20] {
            for rows in [Rows::new(power, 0, 0), Rows::new(0, power, 0), Rows::new(0, 0, power)] {
                let (fit, _) = rows.fit(family, link, Method::Newton).unwrap();
                assert!(fit.fit.converged(), "{family:?} {link} 1e{power}: {}", fit.fit.status);
            }
        }
    }
    // Least squares by Newton's method is exact in any units; along a link it isn't.
    let rows = Rows::new(-220, 0, 0);
    let (_, usual) = Rows::new(0, 0, 0).fit(Family::Gaussian, Link::Identity, Method::Newton).unwrap();
    let found = rows.fit(Family::Gaussian, Link::Identity, Method::Newton);
    assert!(found.is_ok() && fault(found, &usual, 1e-220, Method::Newton).is_none());
    let error = rows.fit(Family::Gaussian, Link::Log, Method::Newton).unwrap_err().to_string();
    assert!(error.starts_with("the responses of the size 5") && error.contains("give other units"), "{error}");
    let error = Rows::new(0, 0, 200).fit(Family::Poisson, Link::Log, Method::Newton).unwrap_err().to_string();
    assert!(error.starts_with("`x1` of the size 9"), "{error}");
}

/// As a response goes to 0, the fit goes to a limit, though the deviance of gamma and inverse Gaussian families doesn't.
#[test]
fn a_response_near_0_leaves_the_others_fit() {
    let mut wrong = Vec::new();
    for (family, link) in families() {
        let with = |power: i32| {
            let mut rows = Rows::new(0, 0, 0);
            rows.y[3] *= 10f64.powi(power);
            rows
        };
        let (fit, usual) = with(-30).fit(family, link, Method::Newton).unwrap();
        assert!(fit.fit.converged(), "{family:?} {link}: {}", fit.fit.status);
        for power in [-12, -50, -100, -160, -220, -300] {
            for method in METHODS {
                let name = format!("{family:?} {link} one times 1e{power}, {method:?}");
                if let Some(fault) = fault(with(power).fit(family, link, method), &usual, 1.0, method) {
                    wrong.push(format!("{name}: {fault}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Rows of a source are refused for their units, and fitted, as rows in memory are.
#[test]
fn units_of_a_source_are_judged_as_in_memory() {
    let families = [
        (Family::Gaussian, Link::Identity),
        (Family::Gaussian, Link::Log),
        (Family::Gaussian, Link::Logit),
        (Family::Poisson, Link::Log),
        (Family::Gamma, Link::Log),
        (Family::NegativeBinomial { dispersion: 0.5 }, Link::Log),
    ];
    let (mut wrong, mut refused) = (Vec::new(), 0);
    for (family, link) in families {
        for power in [-300, -220, -160, -100, 0, 100, 160, 220, 300] {
            for (at, rows) in
                [Rows::new(power, 0, 0), Rows::new(0, power, 0), Rows::new(0, 0, power)].iter().enumerate()
            {
                for method in [Method::Newton, Method::Lbfgs] {
                    let (found, expected) = (rows.fit_streamed(family, link, method), rows.fit(family, link, method));
                    let expected = expected.map(|(fit, _)| fit.fit).map_err(|error| first_line(&error));
                    refused += usize::from(expected.is_err());
                    if found.as_ref().map(|fit| &fit.parameters) != expected.as_ref().map(|fit| &fit.parameters) {
                        wrong.push(format!(
                            "{family:?} {link} 1e{power} of {at}, {method:?}: {found:?} not {expected:?}"
                        ));
                    }
                }
            }
        }
    }
    assert!(refused > 50, "{refused}");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
