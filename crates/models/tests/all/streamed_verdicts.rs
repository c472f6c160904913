//! What is wrong with the rows of a source is told as of the same rows in memory: separation, rank, too few rows. Random responses that
//! are separated or nearly so stand in `separated`.

use data::{Arrays, Blocks, Field, Source};
use models::fit::{Method, Options};
use models::softmax::Softmax;
use models::{Design, Error, Family, Glm, Link, StreamedGlm, StreamedSoftmax, Terms};
use ndarray::{Array1, Array2};
use std::sync::atomic::{AtomicUsize, Ordering};

const METHODS: [Method; 3] = [Method::Newton, Method::TrustRegion, Method::Lbfgs];

fn wave(row: usize, by: f64) -> f64 {
    (row as f64 * by).sin()
}

/// Columns `a`, `b` and more, a factor `f` of four levels, and weights, some of which are 0.
struct Rows {
    x: Array2<f64>,
    codes: Array1<usize>,
    weights: Array1<f64>,
}

const LEVELS: [&str; 4] = ["p", "q", "r", "s"];

impl Rows {
    fn new(rows: usize) -> Self {
        Rows {
            x: Array2::from_shape_fn((rows, 2), |(row, column)| wave(row, [0.71, 1.37][column]) * [1.0, 300.0][column]),
            codes: Array1::from_shape_fn(rows, |row| row % 7 % 4),
            weights: Array1::from_shape_fn(rows, |row| [1.0, 2.0, 0.0, 0.5][row % 4]),
        }
    }

    fn with(self, column: impl Fn(usize) -> f64) -> Self {
        let (rows, columns) = self.x.dim();
        let cell = |(row, at)| if at < columns { self.x[[row, at]] } else { column(row) };
        Rows { x: Array2::from_shape_fn((rows, columns + 1), cell), ..self }
    }

    fn names(&self) -> &[&'static str] {
        &["a", "b", "c", "d", "e"][..self.x.ncols()]
    }

    fn design(&self) -> Design<'_> {
        let design = Design::new(&self.x).with_names(self.names()).unwrap();
        design.with_factor("f", &LEVELS, &self.codes).unwrap().with_weights(&self.weights).unwrap()
    }

    fn source(&self) -> Arrays<'_> {
        let arrays = Arrays::new().with_indices_of("f", &self.codes).unwrap().with("w", &self.weights).unwrap();
        let columns = self.x.columns().into_iter().zip(self.names());
        columns.fold(arrays, |arrays, (column, name)| arrays.with(name, column).unwrap())
    }

    fn terms(&self) -> Terms {
        Terms::new(self.names()).with_factor("f", &LEVELS).with_weights("w")
    }

    /// The error of these responses, in memory; it is asserted that it is that of a source of blocks.
    fn error(&self, y: &Array1<f64>, family: Family, link: Link, method: Method) -> Error {
        let options = Options::method(method);
        let in_memory = Glm::new(self.design(), y, family).unwrap().with_link(link).fit(&options).unwrap_err();
        for block in [97, usize::MAX] {
            let source = self.source().with("y", y).unwrap().with_block_rows(block);
            let model = StreamedGlm::new(&source, &self.terms(), "y", family).unwrap().with_link(link);
            assert_eq!(model.fit(&options).unwrap_err(), in_memory, "{family} {link}, {method:?}, blocks of {block}");
        }
        in_memory
    }
}

/// Where a combination of columns tells, a level, or nothing but the intercept.
#[test]
fn separated_responses_are_told_for_every_link() {
    for rows in [300, 9_000] {
        let rows = Rows::new(rows);
        let by_columns = |row: usize| f64::from(rows.x[[row, 0]] - 0.01 * rows.x[[row, 1]] > 0.3);
        let by_level = |row: usize| if rows.codes[row] == 2 { 0.0 } else { f64::from(wave(row, 7.7) > 0.0) };
        let of_one = |_: usize| 0.0;
        let cases: [(&dyn Fn(usize) -> f64, &str); 3] = [(&by_columns, "b"), (&by_level, "fr"), (&of_one, "")];
        for (response, named) in cases {
            let y = Array1::from_shape_fn(rows.x.nrows(), response);
            for (family, link) in [
                (Family::Binomial, Link::Logit),
                (Family::Binomial, Link::Probit),
                (Family::Binomial, Link::Cloglog),
                (Family::Poisson, Link::Log),
                (Family::NegativeBinomial { dispersion: 0.5 }, Link::Log),
            ] {
                // Among counts only those that are 0 can be told from the others.
                if family != Family::Binomial && named == "b" {
                    continue;
                }
                match rows.error(&y, family, link, METHODS[usize::from(rows.x.nrows() == 300)]) {
                    Error::Separation { direction, separated, .. } => {
                        assert!(separated > 20 && direction.iter().any(|(name, _)| name == named), "{direction:?}");
                    }
                    Error::OneClass { .. } | Error::AllZero { .. } => assert_eq!(named, "", "{family} {link}"),
                    error => panic!("{family} {link}, {named}: {error}"),
                }
            }
        }
        // Means of 0 are approached for ever where responses of some rows are negative.
        let y =
            Array1::from_shape_fn(rows.x.nrows(), |row| if rows.codes[row] == 2 { -1.0 } else { 2.0 + wave(row, 7.7) });
        let error = rows.error(&y, Family::Gaussian, Link::Log, Method::Newton);
        assert!(matches!(&error, Error::VanishingMeans { direction, .. } if direction[0].0 == "fr"), "{error}");
    }
}

#[test]
fn separated_classes_are_told_by_every_method() {
    let rows = Rows::new(400);
    let side = |row: usize| rows.x[[row, 0]] - 0.002 * rows.x[[row, 1]];
    // One class is told from the others, or all are.
    let partly = |row: usize| if side(row) > 0.4 { 2 } else { usize::from(wave(row, 7.7) > 0.0) };
    let wholly = |row: usize| usize::from(side(row) > -0.4) + usize::from(side(row) > 0.4);
    let cases: [(&dyn Fn(usize) -> usize, bool); 2] = [(&partly, false), (&wholly, true)];
    for (label, all) in cases {
        let labels = Array1::from_shape_fn(400, label);
        let classes = ["none", "mild", "strong"];
        for method in METHODS {
            let options = Options::method(method);
            let expected = Softmax::new(rows.design(), &classes, &labels).unwrap().fit(&options).unwrap_err();
            assert!(
                matches!(expected, Error::Separation { complete, .. } if complete == all),
                "{method:?}: {expected}"
            );
            let source = rows.source().with_indices_of("class", &labels).unwrap().with_block_rows(61);
            let model = StreamedSoftmax::new(&source, &rows.terms(), "class", &classes).unwrap();
            let found = model.fit(&options).unwrap_err();
            assert!(is_the_same(&found, &expected), "{method:?}: {found} for {expected}");
        }
    }
}

/// Gradients alone lead along another way in a source, as they go from other scales: what is told is the same but for that way.
fn is_the_same(found: &Error, expected: &Error) -> bool {
    match (found, expected) {
        (
            Error::Separation { complete, separated, rows, .. },
            Error::Separation { complete: own_complete, separated: own_separated, rows: own_rows, .. },
        ) => (complete, separated, rows) == (own_complete, own_separated, own_rows),
        (found, expected) => found == expected,
    }
}

#[test]
fn superfluous_columns_are_told_with_what_makes_them_up() {
    let wide = |row: usize| 1e6 + wave(row, 0.3);
    let base = || Rows::new(500);
    let (a, level) = (base().x.column(0).to_owned(), base().codes);
    let cases: [(Rows, Option<&str>); 4] = [
        (base().with(|row| 2.0 * a[row]), Some("column `c` is a combination of `a`;")),
        (
            base().with(|row| f64::from(level[row] == 2)).with(|_| 0.0),
            Some("column `d` is zero throughout; column `fr` is a combination of `c`;"),
        ),
        // Hardly told from the intercept; not told from another column that is all of it but for its last digits.
        (base().with(wide), None),
        (
            base().with(wide).with(|row| wide(row) * (1.0 + 1e-13 * wave(row, 3.3))),
            Some("column `d` is a combination of `c`"),
        ),
    ];
    for (rows, words) in cases {
        let y = Array1::from_shape_fn(500, |row| f64::from(wave(row, 7.7) > 0.2));
        let Some(words) = words else {
            let expected = Glm::new(rows.design(), &y, Family::Binomial).unwrap().fit(&Options::default()).unwrap();
            let source = rows.source().with("y", &y).unwrap().with_block_rows(97);
            let model = StreamedGlm::new(&source, &rows.terms(), "y", Family::Binomial).unwrap();
            assert_eq!(model.fit(&Options::default()).unwrap(), expected);
            continue;
        };
        let error = rows.error(&y, Family::Binomial, Link::Logit, Method::Newton);
        assert!(error.to_string().contains(words), "{error}");
        let labels = y.mapv(|y| y as usize);
        let expected = Softmax::new(rows.design(), &["0", "1"], &labels).unwrap().fit(&Options::default());
        let source = rows.source().with_indices_of("class", &labels).unwrap().with_block_rows(97);
        let model = StreamedSoftmax::new(&source, &rows.terms(), "class", &["0", "1"]).unwrap();
        assert_eq!(model.fit(&Options::default()).unwrap_err(), expected.unwrap_err());
    }
    let few = Rows::new(6).with(|row| row as f64).with(|row| wave(row, 0.9));
    let error =
        few.error(&Array1::from(vec![0.0, 1.0, 0.0, 1.0, 1.0, 0.0]), Family::Binomial, Link::Logit, Method::Newton);
    assert!(matches!(&error, Error::MoreColumnsThanRows { combinations, .. } if !combinations.is_empty()), "{error}");
}

/// A source that can't be read in one of its passes.
struct Failing<'a> {
    source: Arrays<'a>,
    pass: AtomicUsize,
    fails: usize,
}

impl Source for Failing<'_> {
    fn fields(&self) -> &[Field] {
        self.source.fields()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> data::Result<Blocks<'s>> {
        match self.pass.fetch_add(1, Ordering::Relaxed) == self.fails {
            true => Err(data::Error::Changed { file: "rows".into(), what: "it was written to".into() }),
            false => self.source.blocks(columns),
        }
    }
}

type Fitting<'a> = &'a dyn Fn(&Failing<'_>) -> models::Result<()>;

#[test]
fn a_pass_that_fails_is_no_verdict_on_the_rows() {
    let rows = Rows::new(500);
    let a = rows.x.column(0).to_owned();
    let rows = rows.with(|row| 2.0 * a[row]);
    let y = Array1::from_shape_fn(500, |row| f64::from(wave(row, 7.7) > 0.2));
    let labels = y.mapv(|y| y as usize);
    let (options, terms) = (Options::default(), rows.terms());
    let of_glm =
        |source: &Failing<'_>| StreamedGlm::new(source, &terms, "y", Family::Binomial)?.fit(&options).map(|_| ());
    let of_classes =
        |source: &Failing<'_>| StreamedSoftmax::new(source, &terms, "class", &["0", "1"])?.fit(&options).map(|_| ());
    let fits: [Fitting<'_>; 2] = [&of_glm, &of_classes];
    for fit in fits {
        let failing = |fails| {
            let source = rows.source().with("y", &y).unwrap().with_indices_of("class", &labels).unwrap();
            Failing { source, pass: AtomicUsize::new(0), fails }
        };
        let whole = failing(usize::MAX);
        assert!(matches!(fit(&whole), Err(Error::RankDeficient { .. })));
        for pass in 0..whole.pass.into_inner() {
            let found = fit(&failing(pass));
            assert!(matches!(found, Err(Error::Source(_))), "pass {pass}: {found:?}");
        }
    }
}
