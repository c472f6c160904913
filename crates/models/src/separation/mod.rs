//! Whether a likelihood has no maximum because some combination of columns separates the responses.
//!
//! The likelihood of binary responses has a maximum unless a direction d exists with `xᵢ·d ≥ 0` for every row of label 1
//! and `≤ 0` for every row of label 0, not all of them 0 (Albert & Anderson 1984): it then grows for ever along d. That of
//! classes asks `xᵢ·(d_y − d_k) ≥ 0` of every row and every class k but its own, y. Both are [`Inequalities`] in d.
//!
//! The iterates of an optimiser go that way, so its last step is a candidate for d. It is only a candidate: where it leads
//! near to separation, [`alternative`] decides, and finds every inequality that some direction makes strict.

mod alternative;

use crate::design::Design;
use crate::error::Error;
use crate::family::{Family, Recession};
use crate::linalg::norm;
use crate::link::Link;
use alternative::{Kind, ROUNDING, Span, Vectors};
use ndarray::{Array1, ArrayView1, ArrayViewMut1};

/// A candidate leads nowhere if it goes the wrong way by this part of what it goes the right way.
const WRONG: f64 = 0.5;
/// A parameter is named where its part of the direction, relative to the largest, is above this.
const LEAST_PART: f64 = 1e-6;
/// A product of a unit vector with the direction is above 0 beyond doubt where it is above this, relative to the direction.
const POSITIVE: f64 = 1e-13;
/// What a direction is to leave as it is moves by at most this part of what it moves least: along the noise of a column that nearly is
/// others all products are small, and none is 0.
const LEVEL: f64 = 1e-2;

/// What a direction must do to separate.
pub(crate) struct Inequalities<'w> {
    /// The parameters' names.
    pub(crate) names: Vec<String>,
    /// The inequalities by number, and which way the product of each with the direction may go.
    pub(crate) allowed: Vec<(usize, Recession)>,
    /// Writes the vector that inequality is about.
    pub(crate) write: &'w dyn Fn(usize, ArrayViewMut1<'_, f64>),
}

/// A direction that meets all inequalities.
pub(crate) struct Separation {
    /// The parameters that it moves, and by how much, relative to the largest.
    pub(crate) direction: Vec<(String, f64)>,
    /// The numbers of the inequalities that are strict.
    pub(crate) strict: Vec<usize>,
}

/// The separation of a single linear predictor's responses that the candidate leads to, if it does.
pub(crate) fn of_responses(
    design: &Design<'_>,
    y: ArrayView1<'_, f64>,
    family: Family,
    link: Link,
    candidate: &[f64],
) -> Option<Error> {
    let rows = design.observed_rows();
    let inequalities = Inequalities {
        names: design.names(),
        allowed: rows.map(|row| (row, family.recession(link, y[row]))).collect(),
        write: &|row, out| design.write_row(row, out),
    };
    let Separation { direction, strict } = inequalities.separation(candidate)?;
    let (separated, rows) = (strict.len(), inequalities.allowed.len());
    if family == Family::Gaussian && link == Link::Log {
        return Some(Error::VanishingMeans { direction, rows: separated });
    }
    let value = y[inequalities.allowed.first()?.0];
    if design.has_intercept() && inequalities.allowed.iter().all(|&(row, _)| y[row] == value) {
        match family {
            Family::Binomial => return Some(Error::OneClass { rows, value }),
            _ if value == 0.0 => return Some(Error::AllZero { rows }),
            _ => {}
        }
    }
    Some(Error::Separation { complete: separated == rows, direction, separated, rows })
}

impl Inequalities<'_> {
    /// The separation that the candidate leads to, if it does.
    pub(crate) fn separation(&self, candidate: &[f64]) -> Option<Separation> {
        if self.allowed.iter().all(|(_, allowed)| *allowed == Recession::Neither) {
            return None;
        }
        let cone = Cone::new(self);
        let candidate = cone.scaled(candidate);
        let products = cone.products(&candidate);
        let (least, most) = products.iter().fold((0.0f64, 0.0f64), |(least, most), &(kind, product)| match kind {
            Kind::Side => (least.min(product), most.max(product)),
            Kind::Level => (least, most),
        });
        if least < -WRONG * most || most == 0.0 {
            return None;
        }
        let (direction, strict) = cone.widest(&candidate, products)?;
        let sizes = direction.mapv(|part| part / direction.iter().fold(0.0f64, |size, part| size.max(part.abs())));
        let parts = self.names.iter().cloned().zip(sizes).filter(|(_, part)| part.abs() > LEAST_PART).collect();
        let numbers = self.allowed.iter().zip(strict).filter(|(_, strict)| *strict).map(|(&(number, _), _)| number);
        Some(Separation { direction: parts, strict: numbers.collect() })
    }
}

impl Inequalities<'_> {
    /// A direction that makes all inequalities strict, if there is one.
    pub(crate) fn strict_direction(&self) -> Option<Array1<f64>> {
        let cone = Cone::new(self);
        let nowhere = Array1::zeros(self.names.len());
        let (direction, strict) = cone.widest(&nowhere, cone.products(&nowhere))?;
        strict.iter().all(|&strict| strict).then(|| direction / &cone.largest)
    }
}

/// The directions that meet all inequalities, by parameters times the largest cells of their columns. An inequality is a
/// unit vector there, whose product with a direction may not be negative, or must be 0.
struct Cone<'i, 'w> {
    inequalities: &'i Inequalities<'w>,
    kinds: Vec<Kind>,
    /// The largest cell of each parameter in size: what makes columns of different units comparable.
    largest: Array1<f64>,
}

impl<'i, 'w> Cone<'i, 'w> {
    fn new(inequalities: &'i Inequalities<'w>) -> Self {
        let kind = |&(_, allowed): &(usize, Recession)| match allowed {
            Recession::Neither => Kind::Level,
            Recession::Up | Recession::Down => Kind::Side,
        };
        let (mut largest, mut cells) =
            (Array1::zeros(inequalities.names.len()), Array1::zeros(inequalities.names.len()));
        for &(number, _) in &inequalities.allowed {
            (inequalities.write)(number, cells.view_mut());
            largest.zip_mut_with(&cells, |largest: &mut f64, cell: &f64| *largest = largest.max(cell.abs()));
        }
        largest.mapv_inplace(|largest| if largest > 0.0 { largest } else { 1.0 });
        Self { inequalities, kinds: inequalities.allowed.iter().map(kind).collect(), largest }
    }

    /// Parameters times the largest cells, as long as 1.
    fn scaled(&self, parameters: &[f64]) -> Array1<f64> {
        let scaled: Array1<f64> = parameters.iter().zip(&self.largest).map(|(part, largest)| part * largest).collect();
        let size = norm(scaled.view());
        if size > 0.0 { scaled / size } else { scaled }
    }

    /// The unit vector of the inequality at a place.
    fn vector(&self, place: usize) -> Array1<f64> {
        let (number, allowed) = self.inequalities.allowed[place];
        let mut cells = Array1::zeros(self.largest.len());
        (self.inequalities.write)(number, cells.view_mut());
        cells /= &self.largest;
        let sign = if allowed == Recession::Down { -1.0 } else { 1.0 };
        let size = norm(cells.view());
        if size > 0.0 { cells * (sign / size) } else { cells }
    }

    fn products(&self, direction: &Array1<f64>) -> Vec<(Kind, f64)> {
        self.kinds.iter().enumerate().map(|(place, &kind)| (kind, self.vector(place).dot(direction))).collect()
    }

    /// A direction that makes strict every inequality that some direction does, and which these are; the candidate's own,
    /// but for what moves the others, if that is one.
    fn widest(&self, candidate: &Array1<f64>, products: Vec<(Kind, f64)>) -> Option<(Array1<f64>, Vec<bool>)> {
        let meets = |&(kind, product): &(Kind, f64)| product.abs() <= ROUNDING || kind == Kind::Side && product > 0.0;
        let (mut direction, mut along) = match products.iter().all(meets) {
            true => (candidate.clone(), products),
            false => (Array1::zeros(candidate.len()), self.kinds.iter().map(|&kind| (kind, 0.0)).collect()),
        };
        let mut strict: Vec<bool> =
            along.iter().map(|&(kind, product)| kind == Kind::Side && product > ROUNDING).collect();
        loop {
            let open: Vec<usize> = (0..strict.len()).filter(|&place| !strict[place]).collect();
            let kinds: Vec<Kind> = open.iter().map(|&place| self.kinds[place]).collect();
            let make = |number: usize| self.vector(open[number]);
            let vectors = Vectors { kinds: &kinds, dimensions: direction.len(), make: &make };
            let Some(more) = vectors.direction() else { break };
            let more = &more / norm(more.view());
            let further = self.products(&more);
            // As far as no product that is above 0 falls below half of it.
            let far = |((_, along), (_, more)): (&(Kind, f64), &(Kind, f64))| 0.5 * along / -more;
            let falls =
                along.iter().zip(&further).zip(&strict).filter(|((_, (_, more)), strict)| **strict && *more < 0.0);
            let step = falls.map(|(pair, _)| far(pair)).fold(1.0, f64::min);
            direction.scaled_add(step, &more);
            along.iter_mut().zip(&further).for_each(|((_, along), (_, more))| *along += step * more);
            let mut any = false;
            for &place in open.iter().filter(|&&place| self.kinds[place] == Kind::Side && further[place].1 > ROUNDING) {
                (strict[place], any) = (true, true);
            }
            if !any {
                break;
            }
        }
        if !strict.contains(&true) {
            return None;
        }
        let ways = [(candidate, ROUNDING), (&direction, POSITIVE)];
        let level = |(way, least): (&Array1<f64>, f64)| self.levelled(way, &strict, least);
        ways.into_iter().find_map(level).map(|direction| (direction, strict))
    }

    /// The direction without what moves the inequalities that aren't strict, if the others are then.
    fn levelled(&self, direction: &Array1<f64>, strict: &[bool], least: f64) -> Option<Array1<f64>> {
        let mut span = Span::default();
        let mut level = direction.clone();
        loop {
            let mut is_level = true;
            for place in (0..strict.len()).filter(|&place| !strict[place]) {
                let vector = self.vector(place);
                if vector.dot(&level).abs() > POSITIVE * norm(level.view()) && span.push(vector) {
                    level = span.rest(direction);
                    is_level = false;
                }
            }
            if is_level {
                break;
            }
        }
        let size = norm(level.view());
        let (mut least_moved, mut most_left) = (f64::INFINITY, 0.0f64);
        for (place, &strict) in strict.iter().enumerate() {
            let product = self.vector(place).dot(&level);
            match strict {
                true => least_moved = least_moved.min(product),
                false => most_left = most_left.max(product.abs()),
            }
        }
        let holds = least_moved > least * size && most_left <= (ROUNDING * size).min(LEVEL * least_moved);
        (size > 0.0 && holds).then_some(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use ndarray::Array2;

    /// Pairs of opposite vectors that no direction makes strict, and others, some with a margin of 1e-6, that one does.
    #[test]
    fn every_inequality_that_can_be_strict_is_found_wherever_the_candidate_points() {
        let mut random = Random::new(11);
        for case in 0..200 {
            let (p, n, level) = (3 + case % 5, 40, 2 * (case % 12));
            let hidden = Array1::from_shape_simple_fn(p, || random.signed());
            let mut rows = Array2::from_shape_simple_fn((n, p), || random.signed());
            for row in 0..n {
                let along = rows.row(row).dot(&hidden) / hidden.dot(&hidden);
                let margin = if row < level { 0.0 } else { along.abs().max(0.05) * [1.0, 1e-6][row % 2] };
                rows.row_mut(row).scaled_add(margin - along, &hidden);
                if row < level && row % 2 == 1 {
                    let opposite = -2.0 * &rows.row(row - 1);
                    rows.row_mut(row).assign(&opposite);
                }
            }
            let inequalities = Inequalities {
                names: (0..p).map(|place| place.to_string()).collect(),
                allowed: (0..n).map(|row| (row, if row % 3 == 0 { Recession::Down } else { Recession::Up })).collect(),
                write: &|row, mut out| out.assign(&(&rows.row(row) * if row % 3 == 0 { -1.0 } else { 1.0 })),
            };
            let size = norm(hidden.view());
            let candidate = hidden.mapv(|part| part + 0.2 * size * random.signed() / (p as f64).sqrt());
            let found = inequalities.separation(&candidate.to_vec()).unwrap();
            assert_eq!(found.strict, (level..n).collect::<Vec<_>>(), "{case}");
        }
    }
}
