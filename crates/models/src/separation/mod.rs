//! Whether a likelihood has no maximum because some combination of columns separates the responses.
//!
//! The likelihood of binary responses has a maximum unless a direction d exists with `xᵢ·d ≥ 0` for every row of label 1
//! and `≤ 0` for every row of label 0, not all of them 0 (Albert & Anderson 1984): it then grows for ever along d. That of
//! classes asks `xᵢ·(d_y − d_k) ≥ 0` of every row and every class k but its own, y. Both are [`Inequalities`] in d.
//!
//! The iterates of an optimiser go that way, so its last step is a candidate for d. It is only a candidate: where it leads
//! near to separation, [`alternative`] decides, and finds every inequality that some direction makes strict.
//!
//! Inequalities are handed over in passes, so that the rows may be those of a source: only what is as large as a matrix of the parameters is
//! kept of them.

mod alternative;
mod responses;

pub(crate) use responses::{Responses, of_responses};

use crate::error::{Error, Result};
use crate::family::Recession;
use crate::linalg::{largest, norm};
use alternative::{Kind, ROUNDING, Span, Vectors};
use ndarray::{Array1, ArrayView1, Zip};

/// A candidate leads nowhere if it goes the wrong way by this part of what it goes the right way.
const WRONG: f64 = 0.5;
/// A parameter is named where its part of the direction, relative to the largest, is above this.
const LEAST_PART: f64 = 1e-6;
/// A product of a unit vector with the direction is above 0 beyond doubt where it is above this, relative to the direction.
const POSITIVE: f64 = 1e-13;
/// What a direction is to leave as it is moves by at most this part of what it moves least: along the noise of a column that nearly is
/// others all products are small, and none is 0.
const LEVEL: f64 = 1e-2;
/// To how many digits the parts of a direction may be rounded; the last leaves them as they are.
const DIGITS: [usize; 5] = [4, 6, 9, 12, 17];
/// A part is about as large as the largest where it is at least so much of it.
const LARGE: f64 = 0.9;

/// What a direction must do to separate.
pub(crate) struct Inequalities<'w> {
    /// The parameters' names.
    pub(crate) names: Vec<String>,
    pub(crate) each: &'w Each<'w>,
}

/// Hands over all inequalities, those of a row one after another, the same each time.
pub(crate) type Each<'e> = dyn Fn(&mut dyn FnMut(Inequality<'_>)) -> Result<()> + 'e;

/// An inequality of the direction.
#[derive(Clone, Copy)]
pub(crate) struct Inequality<'c> {
    /// The row that it is of.
    pub(crate) row: usize,
    /// Which way the product of the vector with the direction may go.
    pub(crate) allowed: Recession,
    /// The vector, one cell for each parameter.
    pub(crate) vector: ArrayView1<'c, f64>,
}

/// A direction that meets all inequalities, and what it does to the rows that have some.
pub(crate) struct Separation {
    /// The parameters that it moves, and by how much, in their own units.
    direction: Vec<(String, f64)>,
    rows: usize,
    /// How many of the rows it makes an inequality of strict.
    separated: usize,
    /// Whether it makes all of them strict.
    complete: bool,
}

impl Separation {
    /// Takes the direction from columns less their middles to the columns themselves: the intercept, which comes first, takes up the rest.
    fn move_back(&mut self, names: &[String], middles: &Array1<f64>) {
        let middle = |of: &String| names.iter().position(|name| name == of).map_or(0.0, |place| middles[place]);
        let moved: f64 = self.direction.iter().map(|(name, part)| -part * middle(name)).sum();
        match self.direction.first_mut() {
            _ if moved == 0.0 => {}
            Some((name, part)) if name == &names[0] => *part += moved,
            _ => self.direction.insert(0, (names[0].clone(), moved)),
        }
    }
}

impl From<Separation> for Error {
    fn from(Separation { direction, rows, separated, complete }: Separation) -> Self {
        Error::Separation { complete, direction, separated, rows }
    }
}

impl Inequalities<'_> {
    /// The separation that the candidate leads to, if it does.
    ///
    /// # Errors
    /// Those of the passes.
    pub(crate) fn separation(&self, candidate: &[f64]) -> Result<Option<Separation>> {
        let Some(cone) = Cone::new(self)? else { return Ok(None) };
        let candidate = cone.scaled(candidate);
        let mut meets_all = true;
        let (mut least, mut most) = (0.0f64, 0.0f64);
        cone.each(&mut |unit| {
            let product = unit.vector.dot(&candidate);
            meets_all &= product.abs() <= ROUNDING || unit.kind == Kind::Side && product > 0.0;
            if unit.kind == Kind::Side {
                (least, most) = (least.min(product), most.max(product));
            }
        })?;
        if least < -WRONG * most || most == 0.0 {
            return Ok(None);
        }
        let first = (meets_all && most > ROUNDING).then(|| candidate.clone());
        let Some(widest) = cone.widest(first)? else { return Ok(None) };
        let mut levelled = cone.levelled(&candidate, &widest.ways, ROUNDING)?;
        if levelled.is_none() {
            levelled = cone.levelled(&widest.direction, &widest.ways, POSITIVE)?;
        }
        let Some(direction) = levelled else { return Ok(None) };
        let parts = self.names.iter().cloned().zip(cone.in_units(&direction, &widest.ways)?);
        let parts = parts.filter(|(_, part)| *part != 0.0).collect();
        cone.counted(&widest.ways, parts).map(Some)
    }

    /// A direction that makes all inequalities strict, if there is one.
    ///
    /// # Errors
    /// Those of the passes.
    pub(crate) fn strict_direction(&self) -> Result<Option<Array1<f64>>> {
        let Some(cone) = Cone::new(self)? else { return Ok(None) };
        let Some(widest) = cone.widest(None)? else { return Ok(None) };
        let mut all_strict = true;
        cone.each(&mut |unit| all_strict &= widest.ways.make_strict(&unit))?;
        if !all_strict {
            return Ok(None);
        }
        let direction = cone.levelled(&widest.direction, &widest.ways, POSITIVE)?;
        Ok(direction.map(|direction| direction / &cone.largest))
    }
}

/// The directions that meet all inequalities, by parameters times the largest cells of their columns. An inequality is a
/// unit vector there, whose product with a direction may not be negative, or must be 0.
struct Cone<'i, 'w> {
    inequalities: &'i Inequalities<'w>,
    /// The largest cell of each parameter in size: what makes columns of different units comparable.
    largest: Array1<f64>,
}

/// An inequality as a unit vector.
struct Unit<'c> {
    row: usize,
    kind: Kind,
    vector: ArrayView1<'c, f64>,
}

/// Directions, each of which meets all inequalities that those before it don't make strict.
#[derive(Default)]
struct Ways(Vec<Array1<f64>>);

impl Ways {
    /// Whether one of them makes the inequality strict.
    fn make_strict(&self, unit: &Unit<'_>) -> bool {
        unit.kind == Kind::Side && self.0.iter().any(|way| unit.vector.dot(way) > ROUNDING)
    }
}

/// A direction that makes strict every inequality that some direction does, and what it is made of.
struct Widest {
    direction: Array1<f64>,
    ways: Ways,
}

impl<'i, 'w> Cone<'i, 'w> {
    /// None, if no inequality can be strict.
    fn new(inequalities: &'i Inequalities<'w>) -> Result<Option<Self>> {
        let (mut largest, mut has_sides) = (Array1::zeros(inequalities.names.len()), false);
        (inequalities.each)(&mut |inequality| {
            has_sides |= inequality.allowed != Recession::Neither;
            largest.zip_mut_with(&inequality.vector, |largest: &mut f64, cell| *largest = largest.max(cell.abs()));
        })?;
        largest.mapv_inplace(|largest| if largest > 0.0 { largest } else { 1.0 });
        Ok(has_sides.then_some(Self { inequalities, largest }))
    }

    /// Parameters times the largest cells, as long as 1.
    fn scaled(&self, parameters: &[f64]) -> Array1<f64> {
        let scaled: Array1<f64> = parameters.iter().zip(&self.largest).map(|(part, largest)| part * largest).collect();
        let size = norm(scaled.view());
        if size > 0.0 { scaled / size } else { scaled }
    }

    /// Hands over the unit vectors of all inequalities.
    fn each(&self, take: &mut dyn FnMut(Unit<'_>)) -> Result<()> {
        let mut cells = Array1::zeros(self.largest.len());
        (self.inequalities.each)(&mut |Inequality { row, allowed, vector }| {
            cells.assign(&vector);
            cells /= &self.largest;
            let size = norm(cells.view());
            if size > 0.0 {
                cells *= if allowed == Recession::Down { -1.0 } else { 1.0 } / size;
            }
            let kind = if allowed == Recession::Neither { Kind::Level } else { Kind::Side };
            take(Unit { row, kind, vector: cells.view() });
        })
    }

    /// A direction that makes strict every inequality that some direction does, from one on that meets all, if that is known.
    fn widest(&self, first: Option<Array1<f64>>) -> Result<Option<Widest>> {
        let mut direction = first.clone().unwrap_or_else(|| Array1::zeros(self.largest.len()));
        let mut ways = Ways(first.into_iter().collect());
        while let Some(more) = self.another(&ways)? {
            let more = &more / norm(more.view());
            // As far as no product that is above 0 falls below half of it.
            let (mut step, mut is_wider) = (1.0f64, false);
            self.each(&mut |unit| {
                let further = unit.vector.dot(&more);
                match ways.make_strict(&unit) {
                    true if further < 0.0 => step = step.min(0.5 * unit.vector.dot(&direction) / -further),
                    true => {}
                    false => is_wider |= unit.kind == Kind::Side && further > ROUNDING,
                }
            })?;
            direction.scaled_add(step, &more);
            if !is_wider {
                break;
            }
            ways.0.push(more);
        }
        Ok((!ways.0.is_empty()).then_some(Widest { direction, ways }))
    }

    /// A direction that meets the inequalities that these ways don't make strict, and makes one of them strict, if there is one.
    fn another(&self, ways: &Ways) -> Result<Option<Array1<f64>>> {
        let each = |take: &mut dyn FnMut(Kind, ArrayView1<'_, f64>)| {
            self.each(&mut |unit| {
                if !ways.make_strict(&unit) {
                    take(unit.kind, unit.vector);
                }
            })
        };
        Vectors { dimensions: self.largest.len(), each: &each }.direction()
    }

    /// The direction without what moves the inequalities that aren't strict, if the others are then.
    fn levelled(&self, direction: &Array1<f64>, ways: &Ways, least: f64) -> Result<Option<Array1<f64>>> {
        let mut span = Span::default();
        let mut level = direction.clone();
        loop {
            let mut is_level = true;
            self.each(&mut |unit| {
                let moves = unit.vector.dot(&level).abs() > POSITIVE * norm(level.view());
                if moves && !ways.make_strict(&unit) && span.push(unit.vector.to_owned()) {
                    level = span.rest(direction);
                    is_level = false;
                }
            })?;
            if is_level {
                break;
            }
        }
        let size = norm(level.view());
        let (mut least_moved, mut most_left) = (f64::INFINITY, 0.0f64);
        self.each(&mut |unit| {
            let product = unit.vector.dot(&level);
            match ways.make_strict(&unit) {
                true => least_moved = least_moved.min(product),
                false => most_left = most_left.max(product.abs()),
            }
        })?;
        let holds = least_moved > least * size && most_left <= (ROUNDING * size).min(LEVEL * least_moved);
        Ok((size > 0.0 && holds).then_some(level))
    }

    /// The direction in the units of the columns, without parts that are next to nothing, and rounded to as few digits as still do
    /// to every row what it does. The last of the parts that matter most becomes 1 in size.
    fn in_units(&self, direction: &Array1<f64>, ways: &Ways) -> Result<Array1<f64>> {
        let most = largest(direction);
        let unit = direction.iter().zip(&self.largest).rfind(|(part, _)| part.abs() >= LARGE * most);
        let own = direction / &self.largest / unit.map_or(1.0, |(part, largest)| part.abs() / largest);
        let kept = Zip::from(&own).and(direction).map_collect(|&own, part| match part.abs() > LEAST_PART * most {
            true => own,
            false => 0.0,
        });
        let candidates = DIGITS.map(|digits| kept.mapv(|part| rounded(part, digits)));
        let scaled = candidates.each_ref().map(|candidate| candidate * &self.largest);
        let (own_scaled, mut hold) = (&own * &self.largest, [true; DIGITS.len()]);
        self.each(&mut |row| {
            let (product, is_strict) = (row.vector.dot(&own_scaled), ways.make_strict(&row));
            for (candidate, holds) in scaled.iter().zip(&mut hold).filter(|(_, holds)| **holds) {
                let terms = &row.vector * candidate;
                *holds = match is_strict {
                    true => terms.sum() >= 0.5 * product,
                    false => terms.sum().abs() <= 2.0 * product.abs() + 1e-12 * terms.mapv(f64::abs).sum(),
                };
            }
        })?;
        let found = candidates.into_iter().zip(hold).find(|(_, holds)| *holds);
        Ok(found.map_or(own, |(candidate, _)| candidate))
    }

    /// The separation by a direction, with its rows counted.
    fn counted(&self, ways: &Ways, direction: Vec<(String, f64)>) -> Result<Separation> {
        let mut separation = Separation { direction, rows: 0, separated: 0, complete: true };
        let (mut last, mut last_separated) = (None, None);
        self.each(&mut |unit| {
            separation.rows += usize::from(last.replace(unit.row) != Some(unit.row));
            match ways.make_strict(&unit) {
                true => separation.separated += usize::from(last_separated.replace(unit.row) != Some(unit.row)),
                false => separation.complete = false,
            }
        })?;
        Ok(separation)
    }
}

/// A number to so many digits.
fn rounded(number: f64, digits: usize) -> f64 {
    format!("{number:.*e}", digits - 1).parse().unwrap_or(number)
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
            let each = |take: &mut dyn FnMut(Inequality<'_>)| {
                for row in 0..n {
                    let (allowed, sign) = if row % 3 == 0 { (Recession::Down, -1.0) } else { (Recession::Up, 1.0) };
                    take(Inequality { row, allowed, vector: (&rows.row(row) * sign).view() });
                }
                Ok(())
            };
            let inequalities = Inequalities { names: (0..p).map(|place| place.to_string()).collect(), each: &each };
            let size = norm(hidden.view());
            let candidate = hidden.mapv(|part| part + 0.2 * size * random.signed() / (p as f64).sqrt());
            let found = inequalities.separation(&candidate.to_vec()).unwrap().unwrap();
            assert_eq!((found.separated, found.rows, found.complete), (n - level, n, level == 0), "{case}");
        }
    }
}
