//! Fits that people reported to fall short elsewhere, beside the figures of R and of solvers written for this
//! (`tests/reference/glm/reported`).

use super::own::METHODS;
use approx::assert_relative_eq;
use models::fit::{Options, Status};
use models::inference::{Covariance, profile_intervals};
use models::{Design, Error, Family, Glm, GlmFit, Link};
use ndarray::{Array1, Array2, arr1};

/// The columns of a file, as text.
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(name: &str) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/glm/reported");
        let mut reader = csv::Reader::from_path(format!("{folder}/{name}.csv")).unwrap();
        let names = reader.headers().unwrap().iter().map(String::from).collect();
        let rows = reader.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect();
        Self { names, rows }
    }

    fn texts(&self, name: &str) -> Vec<&str> {
        let place = self.names.iter().position(|known| known == name).unwrap();
        self.rows.iter().map(|row| row[place].as_str()).collect()
    }

    fn numbers(&self, name: &str) -> Array1<f64> {
        self.texts(name).into_iter().map(|cell| cell.parse::<f64>().unwrap()).collect()
    }

    fn matrix(&self, names: &[&str]) -> Array2<f64> {
        let columns: Vec<Array1<f64>> = names.iter().map(|name| self.numbers(name)).collect();
        Array2::from_shape_fn((self.rows.len(), names.len()), |(row, column)| columns[column][row])
    }

    /// The levels of a column, in order, and each row's by number.
    fn factor(&self, name: &str) -> (Vec<String>, Array1<usize>) {
        let cells = self.texts(name);
        let mut levels: Vec<String> = cells.iter().map(|cell| cell.to_string()).collect();
        levels.sort();
        levels.dedup();
        let codes = cells.iter().map(|cell| levels.iter().position(|level| level == cell).unwrap()).collect();
        (levels, codes)
    }
}

fn assert_close(found: impl IntoIterator<Item = f64>, expected: &[f64], tolerance: f64) {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_relative_eq!(*found, *expected, max_relative = tolerance);
    }
}

fn ends(intervals: Vec<(f64, f64)>) -> Vec<f64> {
    intervals.into_iter().flat_map(|(low, high)| [low, high]).collect()
}

/// The larger the elephants' means, the less the loss, up to the end of the numbers: R's `glm` stops at the same figures,
/// where the square of a mean overflows.
#[test]
fn means_at_the_end_of_the_numbers_are_on_the_boundary() {
    let table = Table::read("mammals_ig_log");
    let (x, y) = (table.matrix(&["body"]), table.numbers("brain"));
    for method in METHODS {
        let model = Glm::new(Design::new(&x), &y, Family::InverseGaussian).unwrap().with_link(Link::Log);
        let fit = model.fit(&Options::method(method)).unwrap();
        assert_eq!(fit.fit.status, Status::Boundary, "{method:?}");
        assert_close(fit.coefficients().iter().copied(), &[2.66003, 0.0529353], 2e-6);
        let inference = fit.inference(&model, Covariance::Expected).unwrap();
        // R's 25.11259 lacks the elephant's term of 1/5712, of whose parts one overflows.
        assert_relative_eq!(inference.deviance, 25.11276119, max_relative = 1e-9);
        assert!(inference.coefficients.iter().all(|one| one.std_error.is_finite()) && inference.dispersion.is_finite());
    }
}

/// By Newton's method on the profile, with R's quantile of the normal distribution.
#[test]
fn profile_intervals_of_restricted_links_are_those_of_confint() {
    let trees = Table::read("trees");
    let (x, y) = (trees.matrix(&["Girth", "Height"]), trees.numbers("Volume"));
    let model = Glm::new(Design::new(&x), &y, Family::Gamma).unwrap();
    let fit = model.fit(&Options::default()).unwrap();
    let expected =
        [0.0796973688785, 0.144918430293, -0.00481857297173, -0.00301837148653, -0.000797337268669, 0.00026099411177];
    assert_close(ends(profile_intervals(&model, &fit, 0.95).unwrap().ends), &expected, 1e-7);

    let sprays = Table::read("insectsprays");
    let ((levels, codes), counts) = (sprays.factor("spray"), sprays.numbers("count"));
    let none = Array2::zeros((counts.len(), 0));
    let design = Design::new(&none).with_factor("spray", &levels, &codes).unwrap();
    let model = Glm::new(design, &counts, Family::Poisson).unwrap().with_link(Link::Identity);
    let fit = model.fit(&Options::default()).unwrap();
    let expected = [
        12.4508844776,
        16.7624775683,
        -2.2623134813,
        3.93488489752,
        -14.8056418004,
        -10.1862375555,
        -12.1365991323,
        -7.13422887361,
        -13.4721769074,
        -8.65693307631,
        -0.992679897148,
        5.340715238,
    ];
    assert_close(ends(profile_intervals(&model, &fit, 0.95).unwrap().ends), &expected, 1e-7);
}

/// Three counts of a Poisson mean: the likelihood at a mean of 0 and beyond decides where the intervals end.
#[test]
fn profile_intervals_end_where_the_domain_does_or_nowhere() {
    let (x, y) = (Array2::zeros((3, 0)), arr1(&[0.0, 1.0, 0.0]));
    let interval = |link: Link| {
        let model = Glm::new(Design::new(&x), &y, Family::Poisson).unwrap().with_link(link);
        profile_intervals(&model, &model.fit(&Options::default()).unwrap(), 0.95).unwrap().ends[0]
    };
    // Where 2(3μ − 1 − ln 3μ) = 3.841….
    let (low, high) = (0.019_019_647_472_658_6, 1.467_673_367_606_666_2);
    let (identity, log) = (interval(Link::Identity), interval(Link::Log));
    for (found, expected) in [(identity, (low, high)), ((log.0.exp(), log.1.exp()), (low, high))] {
        assert_relative_eq!(found.0, expected.0, max_relative = 1e-8);
        assert_relative_eq!(found.1, expected.1, max_relative = 1e-8);
    }
    // Of groups of which one has no counts, its mean may be 0 but not less.
    let (codes, y) = (arr1(&[0, 0, 1, 1]), arr1(&[2.0, 3.0, 0.0, 0.0]));
    let none = Array2::zeros((4, 0));
    let design = Design::new(&none).with_factor("g", &["a", "b"], &codes).unwrap();
    let model = Glm::new(design, &y, Family::Poisson).unwrap().with_link(Link::Identity);
    let fit = model.fit(&Options::default()).unwrap();
    assert_eq!(fit.fit.status, Status::Boundary);
}

#[test]
fn a_gamma_response_of_large_variation_is_fitted_in_few_steps() {
    // Quantiles of a gamma distribution with a coefficient of variation of 4 are nearly those of −ln u times a power of it.
    let unit = |i: usize, k: f64| (0.5 + i as f64 * k).fract();
    let x = Array2::from_shape_fn((200, 1), |(i, _)| unit(i, 0.618_033_988_749_895));
    let y: Array1<f64> =
        (0..200).map(|i| (1.0 + x[[i, 0]]).exp() * (unit(i, 0.414_213_562_373_095) + 1e-3).powi(16) * 17.0).collect();
    let mean = y.mean().unwrap();
    assert!(y.mapv(|y| (y - mean).powi(2)).mean().unwrap().sqrt() > 2.0 * mean);
    for method in METHODS {
        let model = Glm::new(Design::new(&x), &y, Family::Gamma).unwrap().with_link(Link::Log);
        let fit = model.fit(&Options::method(method)).unwrap();
        assert!(
            fit.fit.converged() && fit.fit.iterations < 40,
            "{method:?}: {} {}",
            fit.fit.iterations,
            fit.fit.status
        );
    }
}

fn empty_cell<'a>(
    none: &'a Array2<f64>,
    (a, of_a): &'a (Vec<String>, Array1<usize>),
    (b, of_b): &'a (Vec<String>, Array1<usize>),
) -> Design<'a> {
    let design = Design::new(none).with_factor("a", a, of_a).unwrap().with_factor("b", b, of_b).unwrap();
    design.with_interaction("a", "b").unwrap()
}

/// The figures are statsmodels', without the cell's column.
#[test]
fn an_empty_cell_of_an_interaction_has_no_coefficient() {
    let table = Table::read("empty_cell");
    let (none, a, b, y) =
        (Array2::zeros((table.rows.len(), 0)), table.factor("a"), table.factor("b"), table.numbers("y"));
    let design = empty_cell(&none, &a, &b);
    assert_eq!(design.aliased()[0].column, "aq:bv");
    let model = Glm::new(design.clone(), &y, Family::Poisson).unwrap();
    assert_eq!(model.aliased(), ["aq:bv"]);
    for method in METHODS {
        let fit = model.fit(&Options::method(method)).unwrap();
        assert_eq!(fit.names(), ["(Intercept)", "aq", "ar", "bv", "ar:bv"]);
        assert_eq!(fit.aliased, ["aq:bv"]);
        let expected = [
            0.9162907318741536,
            -0.5108256237659897,
            std::f64::consts::LN_2,
            std::f64::consts::LN_2,
            -0.7985076962177722,
        ];
        assert_close(fit.coefficients().iter().copied(), &expected, 1e-7);
        let inference = fit.inference(&model, Covariance::Expected).unwrap();
        assert_relative_eq!(inference.deviance, 2.700861921539695, max_relative = 1e-9);
        assert_relative_eq!(inference.aic, 43.38904294553142, max_relative = 1e-10);
        assert!(models::Summary::new(&fit, &inference).to_string().contains("there is no coefficient): aq:bv"));
        // Rows of other cells are predicted; of the empty one nothing is known.
        let means = fit.predict(&design).unwrap();
        assert_relative_eq!(means[6], 4.5, max_relative = 1e-7);
        let (q, v) = ((a.0.clone(), arr1(&[1])), (b.0.clone(), arr1(&[1])));
        let one = Array2::zeros((1, 0));
        let error = fit.predict(&empty_cell(&one, &q, &v)).unwrap_err();
        assert!(matches!(&error, Error::OutOfRange { row: 0, column, .. } if column == "aq:bv"), "{error}");
        let text = serde_json::to_string(&fit).unwrap();
        assert_eq!(serde_json::from_str::<GlmFit>(&text).unwrap().aliased, fit.aliased);
    }
}

#[test]
fn columns_that_others_make_up_are_left_out_where_that_is_asked_for() {
    let x = Array2::from_shape_fn((12, 4), |(i, j)| match j {
        0 => (i * i % 7) as f64,
        1 => (i * 5 % 11) as f64,
        2 => (i * i % 7) as f64 + 2.0 * (i * 5 % 11) as f64,
        _ => (i % 5) as f64,
    });
    let y: Array1<f64> = (0..12).map(|i| (i * 3 % 8) as f64).collect();
    let design = Design::new(&x);
    let aliased: Vec<String> = design.aliased().into_iter().map(|aliased| aliased.column).collect();
    assert_eq!(aliased, ["x3"]);
    let kept = x.select(ndarray::Axis(1), &[0, 1, 3]);
    let fit = |design: Design<'_>| Glm::new(design, &y, Family::Poisson).unwrap().fit(&Options::default()).unwrap();
    let (ours, expected) = (fit(design.without(&aliased).unwrap()), fit(Design::new(&kept)));
    assert_eq!(ours.names(), ["(Intercept)", "x1", "x2", "x4"]);
    assert_close(ours.coefficients().iter().copied(), expected.coefficients(), 1e-10);
    let error = Design::new(&x).without(&["x5"]).unwrap_err();
    assert!(matches!(error, Error::UnknownParameter { .. }));
}

/// Fisher scoring shrinks the gradient to 9 tenths a step here, as the animals' brains vary far more than the fit has it. R's figures.
#[test]
fn fits_take_the_hessian_where_fisher_scoring_crawls() {
    let table = Table::read("mammals_ig_log");
    let (x, y) = (table.matrix(&["body"]), table.numbers("brain"));
    for method in METHODS {
        let model = Glm::new(Design::new(&x), &y, Family::Gamma).unwrap().with_link(Link::Log);
        let fit = model.fit(&Options::method(method)).unwrap();
        assert!(
            fit.fit.converged() && fit.fit.iterations < 60,
            "{method:?}: {} {}",
            fit.fit.iterations,
            fit.fit.status
        );
        assert_close(fit.coefficients().iter().copied(), &[4.5314977, 0.00144549], 1e-5);
        let inference = fit.inference(&model, Covariance::Expected).unwrap();
        assert_relative_eq!(inference.deviance, 208.152491220898, max_relative = 1e-12);
    }
}

/// R accepts a copy of a column with noise of 1e-10 of it; the fit is that of the noise itself.
#[test]
fn a_copy_of_a_column_with_a_little_noise_is_fitted() {
    let rows = 60;
    let noise = Array1::from_shape_fn(rows, |row| ((row * row * 37 + 11) % 101) as f64 / 50.0 - 1.0);
    let x = Array1::from_shape_fn(rows, |row| ((row * 29 + 3) % 61) as f64 / 20.0 - 1.0);
    let y = Array1::from_shape_fn(rows, |row| ((row * row * 13 + 5 * row) % 53) as f64 / 20.0 - 1.0);
    for size in [1e-8, 1e-10] {
        let copy = &x * &(1.0 + size * &noise);
        let near = Array2::from_shape_fn((rows, 2), |(row, column)| [&x, &copy][column][row]);
        let apart = Array2::from_shape_fn(
            (rows, 2),
            |(row, column)| if column == 0 { x[row] } else { (copy[row] - x[row]) / size },
        );
        for family in [Family::Gaussian, Family::Poisson] {
            let y = if family == Family::Poisson { y.mapv(|y| (10.0 * (y + 1.0)).round()) } else { y.clone() };
            let fit_of = |x: &Array2<f64>| {
                let model = Glm::new(Design::new(x), &y, family).unwrap();
                let fit = model.fit(&Options::default()).unwrap();
                let deviance = fit.inference(&model, Covariance::Expected).unwrap().deviance;
                (fit, deviance)
            };
            let ((fit, deviance), (expected, expected_deviance)) = (fit_of(&near), fit_of(&apart));
            assert!(fit.fit.converged(), "{size} {family}: {} after {}", fit.fit.status, fit.fit.iterations);
            // The parameters, some 0.1/size, have units in the last place of which the predictors make as much.
            assert_relative_eq!(deviance, expected_deviance, max_relative = 1e-17 / size);
            assert_relative_eq!(fit.coefficients()[2] * size, expected.coefficients()[2], max_relative = 1e-3);
        }
    }
}

/// Means of 0 that a logarithm has at infinity only: told with the direction, from whatever start.
#[test]
fn responses_below_zero_with_a_log_link_have_no_maximum() {
    let x = ndarray::arr2(&[[0.0], [0.0], [1.0], [1.0], [1.0]]);
    for y in [[-1.0, -2.0, 3.0, 4.0, 5.0], [0.0, 0.0, 3.0, 4.0, 5.0], [3.0, 4.0, -1.0, -1.0, 0.0]] {
        let y = arr1(&y);
        let model = Glm::new(Design::new(&x).with_names(&["g"]).unwrap(), &y, Family::Gaussian).unwrap();
        let error = model.with_link(Link::Log).fit(&Options::default()).unwrap_err();
        let Error::VanishingMeans { direction, rows } = &error else { panic!("{error}") };
        assert_eq!(
            (*rows, direction.iter().any(|(name, _)| name == "g")),
            (if y[2] > 0.0 { 2 } else { 3 }, true),
            "{error}"
        );
    }
    let y = arr1(&[-1.0, -2.0, -3.0, -4.0, -5.0]);
    let error = Glm::new(Design::new(&x), &y, Family::Gaussian).unwrap().with_link(Link::Log).fit(&Options::default());
    assert!(matches!(error, Err(Error::VanishingMeans { rows: 5, .. })), "{error:?}");
}

#[test]
fn links_of_probabilities_refuse_larger_responses() {
    let (x, y) = (ndarray::arr2(&[[0.0], [1.0], [2.0], [3.0]]), arr1(&[1.0, 4.0, 3.0, 6.0]));
    for link in [Link::Logit, Link::Probit, Link::Cloglog] {
        let error = Glm::new(Design::new(&x), &y, Family::Poisson).unwrap().with_link(link).fit(&Options::default());
        assert!(matches!(error, Err(Error::LinkRange { mean: 3.5, .. })), "{error:?}");
    }
    let start = Options { start: Some(vec![0.0, f64::NAN]), ..Options::default() };
    let error = Glm::new(Design::new(&x), &y, Family::Poisson).unwrap().fit(&start).unwrap_err().to_string();
    assert!(error.starts_with("`x1` is NaN at the starting values") && !error.contains(".rs"), "{error}");
}

#[test]
fn a_perfect_fit_says_that_its_tests_say_nothing() {
    let x = ndarray::arr2(&[[0.0], [1.0], [2.0], [3.0]]);
    for (y, perfect) in
        [(arr1(&[1.0, 3.0, 5.0, 7.0]), true), (arr1(&[2.5; 4]), true), (arr1(&[1.0, 3.0, 5.0, 7.001]), false)]
    {
        let model = Glm::new(Design::new(&x), &y, Family::Gaussian).unwrap();
        let fit = model.fit(&Options::default()).unwrap();
        let inference = fit.inference(&model, Covariance::Expected).unwrap();
        let page = models::Summary::new(&fit, &inference).to_string();
        assert_eq!(page.contains("The fit is perfect but for rounding"), perfect, "{page}");
    }
}
