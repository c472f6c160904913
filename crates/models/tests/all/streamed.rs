//! Models over sources: the same bits as of the same rows in memory.

use autodiff::Tape;
use data::{Adapt, Arrays, At, Csv, Source};
use models::fit::{Loss, Method, Options};
use models::inference::Covariance;
use models::softmax::Softmax;
use models::{Design, Error, Family, Glm, GlmFit, Journal, Link, StreamedGlm, StreamedSoftmax, Terms};
use ndarray::{Array1, Array2};

/// Enough rows for a subsample's metric, with columns, two factors, weights and an offset.
struct Rows {
    x: Array2<f64>,
    y: Array1<f64>,
    first: Array1<usize>,
    second: Array1<usize>,
    offset: Array1<f64>,
    weights: Array1<f64>,
}

impl Rows {
    fn new(rows: usize, family: Family) -> Self {
        let wave = |row: usize, k: f64| (row as f64 * k).sin();
        let x = Array2::from_shape_fn((rows, 2), |(row, column)| wave(row, [0.71, 1.37][column]) * [1.0, 3.0][column]);
        let noise = |row: usize| wave(row, 7.77) + wave(row, 31.4);
        let y = Array1::from_shape_fn(rows, |row| {
            let eta = 0.4 * x[[row, 0]] - 0.2 * x[[row, 1]] + noise(row);
            match family {
                Family::Binomial => f64::from(eta > 0.1),
                Family::Gaussian => eta,
                _ => (eta + 1.0).exp().round(),
            }
        });
        Rows {
            x,
            y,
            first: Array1::from_shape_fn(rows, |row| row * 7 % 3),
            second: Array1::from_shape_fn(rows, |row| row * row % 4),
            offset: Array1::from_shape_fn(rows, |row| 0.1 * wave(row, 0.3)),
            weights: Array1::from_shape_fn(rows, |row| ((row * 3) % 4) as f64),
        }
    }

    fn arrays(&self) -> Arrays<'_> {
        let arrays = Arrays::new().with("a", self.x.column(0)).unwrap().with("b", self.x.column(1)).unwrap();
        let arrays =
            arrays.with("y", &self.y).unwrap().with("o", &self.offset).unwrap().with("w", &self.weights).unwrap();
        arrays.with_indices_of("f", &self.first).unwrap().with_indices_of("g", &self.second).unwrap()
    }

    /// The design with all that there is; one level of `g` has no row.
    fn design(&self) -> Design<'_> {
        let design = Design::new(&self.x).with_names(&["a", "b"]).unwrap();
        let design = design.with_factor("f", &["p", "q", "r"], &self.first).unwrap();
        let design = design.with_factor("g", &["1", "2", "3", "4"], &self.second).unwrap();
        let design = design.with_interaction("a", "f").unwrap().with_interaction("f", "g").unwrap();
        design.with_offset(&self.offset).unwrap().with_weights(&self.weights).unwrap()
    }
}

fn terms() -> Terms {
    let terms = Terms::new(&["a", "b"]).with_factor("f", &["p", "q", "r"]).with_factor("g", &["1", "2", "3", "4"]);
    terms.with_interaction("a", "f").with_interaction("f", "g").with_offset("o").with_weights("w")
}

fn bits(fit: &GlmFit) -> Vec<u64> {
    fit.coefficients().iter().chain([&fit.fit.loss]).chain(&fit.fit.gradient).map(|x| x.to_bits()).collect()
}

#[test]
fn fits_and_their_inference_have_the_same_bits_as_in_memory() {
    for (family, rows) in [(Family::Binomial, 12_001), (Family::Poisson, 9_000), (Family::Gaussian, 500)] {
        let rows = Rows::new(rows, family);
        let glm = Glm::new(rows.design(), &rows.y, family).unwrap();
        let expected = glm.fit(&Options::default()).unwrap();
        assert!(expected.fit.converged() && expected.aliased.len() > 1, "{family:?}: {:?}", expected.fit.status);
        let figures = expected.inference(&glm, Covariance::Expected).unwrap();
        for size in [usize::MAX, 977] {
            let source = rows.arrays().with_block_rows(size);
            let model = StreamedGlm::new(&source, &terms(), "y", family).unwrap();
            let fit = model.fit(&Options::default()).unwrap();
            assert_eq!(bits(&fit), bits(&expected), "{family:?}, blocks of {size}");
            assert_eq!(fit, expected);
            assert_eq!(model.inference(&fit, Covariance::Expected).unwrap(), figures, "{family:?}, blocks of {size}");
        }
    }
}

/// Residuals whose squares are no numbers any more have a size all the same, of which standard errors are made.
#[test]
fn standard_errors_of_tiny_responses_are_those_of_usual_ones_in_their_units() {
    let rows = Rows::new(300, Family::Gaussian);
    let inference_of = |unit: f64| {
        let y = &rows.y * unit;
        let arrays = Arrays::new().with("a", rows.x.column(0)).unwrap().with("b", rows.x.column(1)).unwrap();
        let source = arrays.with("y", &y).unwrap();
        let design = Design::new(&rows.x).with_names(&["a", "b"]).unwrap();
        let glm = Glm::new(design, &y, Family::Gaussian).unwrap();
        let fit = glm.fit(&Options::default()).unwrap();
        let streamed = StreamedGlm::new(&source, &Terms::new(&["a", "b"]), "y", Family::Gaussian).unwrap();
        let streamed_fit = streamed.fit(&Options::default()).unwrap();
        let found = [
            fit.inference(&glm, Covariance::Expected).unwrap(),
            streamed.inference(&streamed_fit, Covariance::Expected).unwrap(),
        ];
        let pages =
            [(&fit, &found[0]), (&streamed_fit, &found[1])].map(|(fit, of)| models::Summary::new(fit, of).to_string());
        assert_eq!(pages[0], pages[1], "{unit:e}");
        let errors = found.map(|of| of.coefficients.iter().map(|row| row.std_error).collect::<Vec<f64>>());
        assert_eq!(errors[0], errors[1], "{unit:e}");
        (errors[0].clone(), pages[0].clone())
    };
    let (usual, _) = inference_of(1.0);
    for unit in [1e-120, 1e-150, 1e-155, 1e-160, 1e-170, 1e-250, 1e-290] {
        let (errors, page) = inference_of(unit);
        for (error, usual) in errors.iter().zip(&usual) {
            assert!((error / unit / usual - 1.0).abs() < 1e-9, "{unit:e}: {error:e} for {usual:e}");
        }
        assert!(!page.contains("The fit is perfect"), "{page}");
        assert_eq!(page.contains("are too small to be numbers"), unit < 1e-153, "{unit:e}: {page}");
    }
}

#[test]
fn every_method_link_and_penalty_has_the_same_bits_as_in_memory() {
    let rows = Rows::new(3_000, Family::Binomial);
    let source = rows.arrays().with_block_rows(1_000);
    let design = || Design::new(&rows.x).with_names(&["a", "b"]).unwrap();
    let terms = Terms::new(&["a", "b"]);
    for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
        for (link, ridge) in [(Link::Logit, 0.0), (Link::Probit, 2.0)] {
            let options = Options::method(method);
            let glm = Glm::new(design(), &rows.y, Family::Binomial).unwrap().with_link(link).with_ridge(ridge).unwrap();
            let model = StreamedGlm::new(&source, &terms, "y", Family::Binomial).unwrap();
            let model = model.with_link(link).with_ridge(ridge).unwrap();
            let (expected, found) = (glm.fit(&options).unwrap(), model.fit(&options).unwrap());
            if method == Method::Newton {
                assert_eq!(bits(&found), bits(&expected), "{method:?}, {link:?}");
            } else {
                // Their scales are of some of the rows.
                for (a, b) in found.coefficients().iter().zip(expected.coefficients()) {
                    assert!((a - b).abs() < 1e-6, "{method:?}, {link:?}: {a} for {b}");
                }
            }
        }
    }
}

/// A loss that isn't convex is fitted from near the responses, too; without an intercept that is the only start.
#[test]
fn starts_near_the_responses_have_the_same_bits_as_in_memory() {
    let rows = Rows::new(600, Family::Poisson);
    let source = rows.arrays().with_block_rows(97);
    let terms = || Terms::new(&["a", "b"]).with_factor("f", &["p", "q", "r"]).with_offset("o").with_weights("w");
    for (family, link, intercept) in [
        (Family::Gaussian, Link::Log, true),
        (Family::Gaussian, Link::Log, false),
        (Family::NegativeBinomial { dispersion: 0.5 }, Link::Log, false),
        (Family::Poisson, Link::Log, false),
    ] {
        let design = Design::new(&rows.x).with_names(&["a", "b"]).unwrap();
        let design = design.with_factor("f", &["p", "q", "r"], &rows.first).unwrap();
        let design = design.with_offset(&rows.offset).unwrap().with_weights(&rows.weights).unwrap();
        let (design, terms) =
            if intercept { (design, terms()) } else { (design.without_intercept(), terms().without_intercept()) };
        let expected = Glm::new(design, &rows.y, family).unwrap().with_link(link).fit(&Options::default()).unwrap();
        assert!(expected.fit.converged(), "{family} {link}: {}", expected.fit.status);
        let model = StreamedGlm::new(&source, &terms, "y", family).unwrap().with_link(link);
        let found = model.fit(&Options::default()).unwrap();
        assert_eq!(bits(&found), bits(&expected), "{family} {link}, intercept {intercept}");
    }
}

#[test]
fn very_many_levels_take_the_sparse_way() {
    let rows = 4_000;
    let x = Array2::<f64>::zeros((rows, 0));
    let level = Array1::from_shape_fn(rows, |row| row * 37 % 100);
    let y = Array1::from_shape_fn(rows, |row| f64::from((row as f64 * 0.37).sin() > 0.3 * (row % 3) as f64 - 0.2));
    let names: Vec<String> = (0..100).map(|level| format!("{level:03}")).collect();
    let design = Design::new(&x).with_factor("level", &names, &level).unwrap();
    let expected =
        Glm::new(design, &y, Family::Binomial).unwrap().with_ridge(1.0).unwrap().fit(&Options::default()).unwrap();
    let source = Arrays::new().with("y", &y).unwrap().with_indices_of("level", &level).unwrap().with_block_rows(700);
    let terms = Terms::new::<&str>(&[]).with_factor("level", &names);
    let model = StreamedGlm::new(&source, &terms, "y", Family::Binomial).unwrap().with_ridge(1.0).unwrap();
    assert_eq!(bits(&model.fit(&Options::default()).unwrap()), bits(&expected));
}

#[test]
fn what_is_wrong_with_cells_is_told_as_in_memory() {
    let rows = Rows::new(1_000, Family::Binomial);
    let new = |source: &dyn Source, terms: &Terms| StreamedGlm::new(source, terms, "y", Family::Binomial).map(drop);
    let missing = new(&rows.arrays(), &Terms::new(&["c"])).unwrap_err();
    assert!(missing.to_string().contains("there is no column `c`; there are: a, b, y"), "{missing}");
    let mut x = rows.x.clone();
    x[[700, 1]] = f64::NAN;
    let source = Arrays::new().with("a", x.column(1)).unwrap().with("y", &rows.y).unwrap().with_block_rows(64);
    let error = new(&source, &Terms::new(&["a"])).unwrap_err();
    assert!(matches!(&error, Error::Cell { at: At::Row(701), column, .. } if column == "a"), "{error}");
    let y = rows.y.mapv(|y| 2.0 * y);
    let source = Arrays::new().with("a", rows.x.column(1)).unwrap().with("hit", &y).unwrap().with_block_rows(64);
    let first = y.iter().position(|&y| y == 2.0).unwrap();
    let error = StreamedGlm::new(&source, &Terms::new(&["a"]), "hit", Family::Binomial).map(drop).unwrap_err();
    let expected = format!("row {}, column `hit`: the value is 2; ", first + 1);
    assert!(error.to_string().starts_with(&expected), "{error}");
    let weights = rows.y.mapv(|y| if y == 1.0 { -1.0 } else { 1.0 });
    let source = source.with("times", &weights).unwrap();
    let terms = Terms::new(&["a"]).with_weights("times");
    let error = StreamedGlm::new(&source, &terms, "a", Family::Gaussian).map(drop).unwrap_err();
    let first = y.iter().position(|&y| y == 2.0).unwrap();
    let expected = format!("row {}, column `times`: the value is -1; ", first + 1);
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[test]
fn a_loss_of_ones_own_has_the_same_bits_over_a_source() {
    let rows = Rows::new(5_000, Family::Gaussian);
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("x", &[2]), tape.rows("y", &[]));
    let (beta, log_sigma) = (tape.input("beta", &[2]), tape.input("log_sigma", &[]));
    let z = (y - x.linear(beta)) / log_sigma.exp();
    let loss = Loss::new((z.ln_cosh() + log_sigma).sum(), &[beta, log_sigma]);
    let bound = [x.bind(&rows.x), y.bind(&rows.y)];
    let expected = loss.clone().bind(&bound).minimise(&Options::default()).unwrap();
    let source = rows.arrays().with_block_rows(333).stacked("x", &["a", "b"]).unwrap();
    let found = loss.over(&source).unwrap().minimise(&Options::default()).unwrap();
    assert_eq!(found.fit, expected.fit);
    assert_eq!(found.inference().unwrap().coefficients, expected.inference().unwrap().coefficients);
}

#[test]
fn a_source_that_changes_during_a_fit_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    let rows = Rows::new(200, Family::Poisson);
    let text = |rows: &Rows| {
        let lines = rows.x.outer_iter().zip(&rows.y).map(|(x, y)| format!("{},{},{}\n", x[0], x[1], y));
        String::from("a,b,y\n") + &lines.collect::<String>()
    };
    std::fs::write(&path, text(&rows)).unwrap();
    let source = Csv::open(&[&path]).unwrap();
    let model = StreamedGlm::new(&source, &Terms::new(&["a", "b"]), "y", Family::Poisson).unwrap();
    let glm = Glm::new(Design::new(&rows.x).with_names(&["a", "b"]).unwrap(), &rows.y, Family::Poisson).unwrap();
    assert_eq!(bits(&model.fit(&Options::default()).unwrap()), bits(&glm.fit(&Options::default()).unwrap()));
    std::fs::write(&path, text(&Rows::new(199, Family::Poisson))).unwrap();
    let error = model.fit(&Options::default()).unwrap_err();
    assert!(error.to_string().contains("has changed since it was opened"), "{error}");
}

/// A source that can't be read any more after so many passes.
struct Failing<'a> {
    source: Arrays<'a>,
    passes: std::sync::atomic::AtomicUsize,
    most: usize,
}

impl Source for Failing<'_> {
    fn fields(&self) -> &[data::Field] {
        self.source.fields()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> data::Result<data::Blocks<'s>> {
        if self.passes.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= self.most {
            return Err(data::Place::default().cell(0, "a", "the disk is broken"));
        }
        self.source.blocks(columns)
    }
}

#[test]
fn rows_that_cant_be_read_any_more_end_a_fit_in_whichever_pass() {
    let rows = Rows::new(400, Family::Poisson);
    for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
        let options = Options { method, ..Options::default() };
        let fit = |most: usize| {
            let source = Failing { source: rows.arrays(), passes: Default::default(), most };
            StreamedGlm::new(&source, &terms(), "y", Family::Poisson).and_then(|model| model.fit(&options))
        };
        let whole = fit(usize::MAX).unwrap();
        let enough = (0..1_000).find(|&most| match fit(most) {
            Ok(fit) => {
                assert_eq!(fit, whole, "{method:?} ended after {most} passes");
                true
            }
            Err(error) => {
                assert!(error.to_string().contains("the disk is broken"), "{method:?}: {error}");
                false
            }
        });
        assert!(enough.is_some_and(|passes| passes > 5), "{method:?}: {enough:?}");
    }
}

/// An observer that ends a fit at an iteration.
fn stopping_at(last: usize) -> impl FnMut(&models::fit::Progress) -> models::fit::Control {
    move |progress| match progress.iteration < last {
        true => models::fit::Control::Continue,
        false => models::fit::Control::Stop,
    }
}

#[test]
fn a_fit_that_was_ended_goes_on_from_its_journal_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Rows::new(9_000, Family::Poisson);
    let source = rows.arrays().with_block_rows(2_000);
    let model = || StreamedGlm::new(&source, &terms(), "y", Family::Poisson).unwrap();
    let expected = model().fit(&Options::default()).unwrap();
    for last in 0..=expected.fit.iterations {
        let path = folder.path().join(format!("{last}.journal"));
        let journal = Journal::open(&path, 7).unwrap();
        model().with_journal(&journal).fit_observed(&Options::default(), &mut stopping_at(last)).unwrap();
        // As a kill in the midst of writing would leave it.
        let bytes = std::fs::read(&path).unwrap();
        for cut in [0, 1, 9, 100] {
            std::fs::write(&path, &bytes[..bytes.len().saturating_sub(cut).max(16)]).unwrap();
            let journal = Journal::open(&path, 7).unwrap();
            assert!(cut > 0 || journal.passes() > 0);
            assert_eq!(model().with_journal(&journal).fit(&Options::default()).unwrap(), expected, "{last}, cut {cut}");
        }
        let other = Journal::open(&path, 8).unwrap_err();
        assert!(other.to_string().contains("is the journal of a fit of other data"), "{other}");
    }
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "These are notes.").unwrap();
    assert!(Journal::open(&path, 7).unwrap_err().to_string().contains("is no journal that a fit has begun"));
}

#[test]
fn a_journal_gives_a_model_of_other_columns_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fits.journal");
    // Columns with the same sums, and a response that is another's in another order.
    let turned = |k: usize| Array1::from_shape_fn(600, move |row| f64::from(((row * k) % 600) as u16) / 600.0);
    let (a, b) = (turned(7), turned(11));
    let response = |x: &Array1<f64>| x.mapv(|x| (4.0 * x).floor());
    let (y, z) = (response(&turned(13)), response(&turned(17)));
    let (f, c) = (Array1::from_shape_fn(600, |row| row * 7 % 3), Array1::from_shape_fn(600, |row| row * 5 % 4 / 2));
    let columns = [("a", &a), ("b", &b), ("y", &y), ("z", &z)];
    let source = columns.iter().fold(Arrays::new(), |source, (name, column)| source.with(name, *column).unwrap());
    let source = source.with_indices_of("f", &f).unwrap().with_indices_of("c", &c).unwrap().with_block_rows(200);
    let of = |columns: &[&str]| Terms::new(columns);
    let models = [
        (of(&["a"]), "y"),
        (of(&["b"]), "y"),
        (of(&["a"]), "z"),
        (of(&["a", "b"]), "y"),
        (of(&["b", "a"]), "y"),
        (of(&["a"]).with_factor("f", &["u", "v", "w"]), "y"),
        (of(&["a"]).with_factor("f", &["v", "u", "w"]), "y"),
        (of(&["a"]).with_offset("b"), "y"),
        (of(&["a"]).with_offset("y"), "y"),
        (of(&["a"]).with_weights("b"), "y"),
        (of(&["a"]).with_weights("y"), "y"),
    ];
    for (terms, response) in &models {
        let model = StreamedGlm::new(&source, terms, response, Family::Poisson).unwrap();
        let expected = model.fit(&Options::default()).unwrap();
        let journal = Journal::open(&path, 1).unwrap();
        let found = model.with_journal(&journal).fit(&Options::default()).unwrap();
        assert_eq!(found, expected, "{terms:?} for {response}");
    }
    for (columns, classes) in [(["a"], ["no", "yes"]), (["b"], ["no", "yes"]), (["a"], ["yes", "no"])] {
        let model = StreamedSoftmax::new(&source, &of(&columns), "c", &classes).unwrap();
        let expected = model.fit(&Options::default()).unwrap();
        let journal = Journal::open(&path, 1).unwrap();
        let found = model.with_journal(&journal).fit(&Options::default()).unwrap();
        assert_eq!(found.fit.parameters, expected.fit.parameters, "{columns:?}, {classes:?}");
    }
}

#[test]
fn softmax_has_the_same_bits_as_in_memory() {
    let rows = Rows::new(3_000, Family::Binomial);
    let labels: Array1<usize> = (0..3_000)
        .map(|row| {
            let noise = (row as f64 * 77.7).sin() * 2.0;
            usize::from(rows.x[[row, 0]] + noise > 0.3) + usize::from(rows.x[[row, 1]] - noise > 0.9)
        })
        .collect();
    let source = rows.arrays().with_indices_of("class", &labels).unwrap().with_block_rows(700);
    let classes = ["none", "mild", "strong"];
    let design = || Design::new(&rows.x).with_names(&["a", "b"]).unwrap().with_weights(&rows.weights).unwrap();
    let terms = Terms::new(&["a", "b"]).with_weights("w");
    for (reference, ridge) in [("none", 0.0), ("strong", 1.5)] {
        let in_memory = Softmax::new(design(), &classes, &labels).unwrap();
        let in_memory = in_memory.with_reference(reference).unwrap().with_ridge(ridge).unwrap();
        let model = StreamedSoftmax::new(&source, &terms, "class", &classes).unwrap();
        let model = model.with_reference(reference).unwrap().with_ridge(ridge).unwrap();
        let (expected, found) = (in_memory.fit(&Options::default()).unwrap(), model.fit(&Options::default()).unwrap());
        assert!(expected.fit.converged());
        assert_eq!(found, expected, "{reference}, {ridge}");
        assert_eq!(model.inference(&found).unwrap(), expected.inference(&in_memory).unwrap());
    }
    let wrong = labels.mapv(|label| if label == 2 { 7 } else { label });
    let row = 1 + wrong.iter().position(|&label| label == 7).unwrap();
    let source = rows.arrays().with_indices_of("class", &wrong).unwrap().with_block_rows(10);
    match StreamedSoftmax::new(&source, &terms, "class", &classes) {
        Err(Error::Cell { at, column, .. }) => assert_eq!((at, column.as_str()), (At::Row(row), "class")),
        other => panic!("{other:?}"),
    }
}
