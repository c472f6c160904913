//! Verdicts on random separated responses, held against all extreme directions: in whole numbers, without rounding.
//!
//! The directions along which no row's likelihood falls are a cone. Where the design has full rank each of its extreme rays is
//! orthogonal to p − 1 independent rows, so that they can all be tried; a row is separated if one of them moves it.

use models::fit::{Method, Options};
use models::{Design, Error, Family, Glm, Link};
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

/// Rows with an intercept, and their responses: as the rows want them along a hidden direction, but for some.
fn draw(random: &mut Random, family: Family) -> (Vec<Row>, Vec<f64>) {
    let hidden = [random.below(7) - 3, random.below(7) - 3, random.below(7) - 3];
    let (count, wrong) = (8 + random.below(8), random.below(4));
    let rows: Vec<Row> = (0..count).map(|_| [1, random.below(7) - 3, random.below(3) - 1]).collect();
    let mut response = |&row: &Row| {
        let is_up = if random.below(12) < wrong { random.below(2) == 0 } else { dot(row, hidden) > 0 };
        let count = if family == Family::Poisson { 1 + random.below(4) } else { 1 };
        if is_up { count as f64 } else { 0.0 }
    };
    let y = rows.iter().map(&mut response).collect();
    (rows, y)
}

#[test]
fn separation_is_told_exactly_where_there_is_one() {
    let mut random = Random(3);
    let mut verdicts = [0; 3];
    for case in 0..80 {
        let (family, link) =
            [(Family::Binomial, Link::Logit), (Family::Binomial, Link::Probit), (Family::Poisson, Link::Log)][case % 3];
        let (rows, y) = draw(&mut random, family);
        let may = |&y: &f64| match () {
            () if y == 0.0 => May::Fall,
            () if family == Family::Binomial => May::Rise,
            () => May::Stay,
        };
        let allowed: Vec<(Row, May)> = rows.iter().copied().zip(y.iter().map(may)).collect();
        let Some(expected) = separated(&allowed) else { continue };
        let count = expected.iter().filter(|separated| **separated).count();
        let x = Array2::from_shape_fn((rows.len(), 2), |(row, column)| rows[row][column + 1] as f64);
        let y = Array1::from(y);
        let model = Glm::new(Design::new(&x), &y, family).unwrap().with_link(link);
        verdicts[usize::from(count > 0) + usize::from(count == rows.len())] += 1;
        for method in [Method::Newton, Method::TrustRegion, Method::Lbfgs] {
            let found = model.fit(&Options::method(method));
            let name = format!("case {case}, {family:?} {link}, {method:?}: {count} of {}", rows.len());
            match found {
                Ok(fit) => assert!(count == 0 && fit.fit.converged(), "{name}: {}", fit.fit.status),
                Err(Error::OneClass { .. } | Error::AllZero { .. }) => assert_eq!(count, rows.len(), "{name}"),
                Err(Error::Separation { complete, direction, separated, .. }) => {
                    assert_eq!((separated, complete), (count, count == rows.len()), "{name}");
                    // Parts are of columns divided by their largest cells.
                    let largest = |column: usize| rows.iter().map(|row| row[column].abs()).max().unwrap() as f64;
                    let part = |column: usize| {
                        let name = ["(Intercept)", "x1", "x2"][column];
                        direction.iter().find(|(of, _)| of == name).map_or(0.0, |(_, part)| part / largest(column))
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
