//! Verdicts on random separated responses, held against all extreme directions: in whole numbers, without rounding.
//!
//! The directions along which no row's likelihood falls are a cone. Where the design has full rank each of its extreme rays is
//! orthogonal to p − 1 independent rows, so that they can all be tried; a row is separated if one of them moves it.

use data::Arrays;
use models::fit::{Method, Options};
use models::ordinal::Ordinal;
use models::softmax::Softmax;
use models::{Design, Error, Family, Glm, Link, StreamedGlm, Terms};
use ndarray::{Array1, Array2};

const PARAMETERS: usize = 3;
type Row = [i64; PARAMETERS];

/// What a direction may do to a row's predictor.
#[derive(Clone, Copy, PartialEq)]
enum May {
    Rise,
    Fall,
    Stay,
}

fn dot(a: Row, b: Row) -> i64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cross(a: Row, b: Row) -> Row {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Which rows are separated; `None`, if the rows don't have full rank.
fn separated(rows: &[(Row, May)]) -> Option<Vec<bool>> {
    let all = |condition: &dyn Fn(Row, Row, Row) -> bool| {
        rows.iter().any(|a| rows.iter().any(|b| rows.iter().any(|c| condition(a.0, b.0, c.0))))
    };
    if !all(&|a, b, c| dot(a, cross(b, c)) != 0) {
        return None;
    }
    let mut found = vec![false; rows.len()];
    for (a, b) in rows.iter().flat_map(|a| rows.iter().map(move |b| (a.0, b.0))) {
        let ray = cross(a, b);
        let allowed = |&(row, may): &(Row, May)| match may {
            May::Rise => dot(row, ray) >= 0,
            May::Fall => dot(row, ray) <= 0,
            May::Stay => dot(row, ray) == 0,
        };
        if rows.iter().all(allowed) {
            rows.iter().zip(&mut found).for_each(|((row, _), found)| *found |= dot(*row, ray) != 0);
        }
    }
    Some(found)
}

/// Whole numbers, the same ones each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) % end as u64) as i64
    }
}

/// Rows, with an intercept or another column, and their responses: as the rows want them along a hidden direction, but for some.
fn draw(random: &mut Random, intercept: bool, largest: i64) -> (Vec<Row>, Vec<f64>) {
    let hidden = [random.below(7) - 3, random.below(7) - 3, random.below(7) - 3];
    let (count, wrong) = (8 + random.below(8), random.below(4));
    let mut row = || [if intercept { 1 } else { random.below(5) - 2 }, random.below(7) - 3, random.below(3) - 1];
    let rows: Vec<Row> = (0..count).map(|_| row()).collect();
    let mut response = |&row: &Row| {
        let is_up = if random.below(12) < wrong { random.below(2) == 0 } else { dot(row, hidden) > 0 };
        let count = 1 + random.below(largest);
        if is_up { count as f64 } else { 0.0 }
    };
    let y = rows.iter().map(&mut response).collect();
    (rows, y)
}

/// Families, links and the largest response. Means that are probabilities are 1 at infinity, whatever the family.
const MODELS: [(Family, Link, i64); 8] = [
    (Family::Binomial, Link::Logit, 1),
    (Family::Binomial, Link::Probit, 1),
    (Family::Binomial, Link::Cloglog, 1),
    (Family::Poisson, Link::Log, 4),
    (Family::NegativeBinomial { dispersion: 0.5 }, Link::Log, 4),
    (Family::Poisson, Link::Logit, 1),
    (Family::Poisson, Link::Probit, 1),
    (Family::NegativeBinomial { dispersion: 0.5 }, Link::Cloglog, 1),
];

const METHODS: [Method; 3] = [Method::Newton, Method::TrustRegion, Method::Lbfgs];

#[test]
fn separation_is_told_exactly_where_there_is_one() {
    let mut random = Random(3);
    let mut verdicts = [0; 3];
    for case in 0..192 {
        let ((family, link, largest), intercept) = (MODELS[case % 8], case / 8 % 2 == 0);
        let (rows, y) = draw(&mut random, intercept, largest);
        let may = |&y: &f64| match () {
            () if y == 0.0 => May::Fall,
            () if link != Link::Log => May::Rise,
            () => May::Stay,
        };
        // Without a weight, with any, with some that are 0.
        let weight = |row: usize| match case / 16 % 3 {
            0 => 1.0,
            1 => [0.1, 30.0, 1e4][row % 3],
            _ => [1.0, 2.0, 0.0][row % 3],
        };
        let weights: Array1<f64> = (0..rows.len()).map(weight).collect();
        let counted: Vec<usize> = (0..rows.len()).filter(|&row| weights[row] > 0.0).collect();
        let allowed: Vec<(Row, May)> = counted.iter().map(|&row| (rows[row], may(&y[row]))).collect();
        let Some(expected) = separated(&allowed) else { continue };
        let count = expected.iter().filter(|separated| **separated).count();
        let first = usize::from(intercept);
        let x = Array2::from_shape_fn((rows.len(), 3 - first), |(row, column)| rows[row][column + first] as f64);
        let y = Array1::from(y);
        let design = Design::new(&x).with_weights(&weights).unwrap();
        let design = if intercept { design } else { design.without_intercept() };
        let names = design.names();
        let model = Glm::new(design, &y, family).unwrap().with_link(link);
        // These losses are bounded, so that they may fall for ever along other directions, too.
        let may_fall_elsewhere = family != Family::Binomial && link != Link::Log;
        verdicts[usize::from(count > 0) + usize::from(count == counted.len())] += 1;
        let source = Arrays::new().with("w", &weights).unwrap().with("y", &y).unwrap();
        let source = x
            .columns()
            .into_iter()
            .zip(&names[first..])
            .fold(source, |source, (column, name)| source.with(name, column).unwrap());
        let source = source.with_block_rows(5);
        let terms = Terms::new(&names[first..]).with_weights("w");
        let terms = if intercept { terms } else { terms.without_intercept() };
        let streamed = StreamedGlm::new(&source, &terms, "y", family).unwrap().with_link(link);
        for method in METHODS {
            let found = model.fit(&Options::method(method));
            let name = format!("case {case}, {family:?} {link}, {method:?}: {count} of {}", counted.len());
            // Rows of a source, which come block by block: the same words to the last bit.
            if METHODS.get(case / 8 % 6) == Some(&method) {
                assert_eq!(streamed.fit(&Options::method(method)), found, "{name}");
            }
            match found {
                Ok(fit) => assert!(count == 0 && fit.fit.converged(), "{name}: {}", fit.fit.status),
                Err(Error::AtInfinity { .. }) if may_fall_elsewhere => {}
                Err(Error::OneClass { .. } | Error::AllZero { .. }) => assert_eq!(count, counted.len(), "{name}"),
                Err(Error::Separation { complete, direction, separated, .. }) => {
                    assert_eq!((separated, complete), (count, count == counted.len()), "{name}");
                    let part = |column: usize| {
                        direction.iter().find(|(of, _)| *of == names[column]).map_or(0.0, |(_, part)| *part)
                    };
                    for ((row, may), expected) in allowed.iter().zip(&expected) {
                        let along: f64 = row.iter().enumerate().map(|(column, cell)| *cell as f64 * part(column)).sum();
                        let along = if *may == May::Fall { -along } else { along };
                        assert!(along.abs() < 1e-9 || along > 0.0 && *expected, "{name}: {direction:?}");
                    }
                }
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }
    assert!(verdicts.iter().all(|&count| count >= 8), "{verdicts:?}");
}

/// What is separated stays so wherever the columns have their origin, as an intercept takes it up.
#[test]
fn verdicts_depend_on_no_origin() {
    let (mut random, mut verdicts) = (Random(11), [0; 2]);
    for case in 0..160 {
        let (rows, y) = draw(&mut random, true, 1);
        let may = |&y: &f64| if y == 0.0 { May::Fall } else { May::Rise };
        let allowed: Vec<(Row, May)> = rows.iter().copied().zip(y.iter().map(may)).collect();
        let Some(expected) = separated(&allowed) else { continue };
        let count = expected.iter().filter(|separated| **separated).count();
        let origin = 10f64.powi([4, 6, 8, 9][case % 4]);
        let x = Array2::from_shape_fn((rows.len(), 2), |(row, column)| rows[row][column + 1] as f64 + origin);
        let (y, link) = (Array1::from(y), [Link::Logit, Link::Probit, Link::Cloglog][case % 3]);
        let model = Glm::new(Design::new(&x), &y, Family::Binomial).unwrap().with_link(link);
        verdicts[usize::from(count > 0)] += 1;
        match model.fit(&Options::default()) {
            Ok(fit) => assert!(count == 0 && fit.fit.converged(), "{case}: {count}, {}", fit.fit.status),
            Err(Error::OneClass { .. }) => assert_eq!(count, rows.len(), "{case}"),
            Err(Error::Separation { separated, direction, .. }) => {
                assert_eq!(separated, count, "{case}");
                let part = |name: &str| direction.iter().find(|(of, _)| of == name).map_or(0.0, |(_, part)| *part);
                for (row, (_, may)) in x.rows().into_iter().zip(&allowed) {
                    let along = part("(Intercept)") + part("x1") * row[0] + part("x2") * row[1];
                    let along = if *may == May::Fall { -along } else { along };
                    assert!(along > -2e-12 * origin, "{case}: {direction:?} leads {along} along {row}");
                }
            }
            Err(error) => panic!("{case}: {error}"),
        }
    }
    assert!(verdicts.iter().all(|&count| count >= 20), "{verdicts:?}");
}

/// The number before a name in a message.
fn part(message: &str, name: &str) -> f64 {
    let (before, _) = message.split_once(&format!("·`{name}`")).unwrap_or(("0", ""));
    before.rsplit(' ').next().unwrap().parse().unwrap()
}

/// Columns far from 0, in units of their own: what a message says is checked as a user would.
#[test]
fn directions_in_messages_tell_rows_apart_in_the_units_of_the_columns() {
    for (origin, unit) in [(0.0, 1.0), (1000.0, 1.0), (2e6, 0.5), (-1e5, 1e3)] {
        let x = Array2::from_shape_fn((6, 1), |(row, _)| origin + unit * row as f64);
        let design = || Design::new(&x).with_names(&["x"]).unwrap();
        let y = Array1::from(vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        let message =
            Glm::new(design(), &y, Family::Binomial).unwrap().fit(&Options::default()).unwrap_err().to_string();
        let eta = |row: usize| part(&message, "(Intercept)") + part(&message, "x") * x[[row, 0]];
        assert!((0..3).all(|row| eta(row) < 0.0) && (3..6).all(|row| eta(row) > 0.0), "{message}");

        // The means of rows with counts stay as they are.
        let (counts, mut x_of_counts) = (&y * 4.0, x.clone());
        (3..6).for_each(|row| x_of_counts[[row, 0]] = x[[5, 0]]);
        let design_of_counts = Design::new(&x_of_counts).with_names(&["x"]).unwrap();
        let model = Glm::new(design_of_counts, &counts, Family::Poisson).unwrap();
        let message = model.fit(&Options::default()).unwrap_err().to_string();
        let eta = |row: usize| part(&message, "(Intercept)") + part(&message, "x") * x_of_counts[[row, 0]];
        let size = part(&message, "(Intercept)").abs();
        assert!((0..3).all(|row| eta(row) < 0.0) && (3..6).all(|row| eta(row).abs() <= 1e-9 * size), "{message}");

        let classes = Array1::from(vec![0, 0, 1, 1, 2, 2]);
        let names = ["low", "mid", "high"];
        let message =
            Softmax::new(design(), &names, &classes).unwrap().fit(&Options::default()).unwrap_err().to_string();
        let eta = |class: usize, row: usize| match class {
            0 => 0.0,
            class => {
                let of = |name: &str| part(&message, &format!("{}:{name}", names[class]));
                of("(Intercept)") + of("x") * x[[row, 0]]
            }
        };
        for row in 0..6 {
            let own = eta(classes[row], row);
            assert!((0..3).all(|class| class == classes[row] || own > eta(class, row)), "{message}");
        }

        let message =
            Ordinal::new(design(), &names, &classes).unwrap().fit(&Options::default()).unwrap_err().to_string();
        let threshold = [part(&message, "low|mid"), part(&message, "mid|high")];
        for row in 0..6 {
            let eta = part(&message, "x") * x[[row, 0]];
            let below = classes[row] == 2 || eta < threshold[classes[row]];
            assert!(below && (classes[row] == 0 || eta > threshold[classes[row] - 1]), "{message}");
        }
    }
}
