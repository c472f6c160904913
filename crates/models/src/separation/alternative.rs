//! Stiemke's alternative: of vectors aᵢ either some y > 0 has `Σ yᵢaᵢ = 0`, or some d has `aᵢ·d ≥ 0` for all of them and
//! `> 0` for one.
//!
//! One least-squares problem decides, the minimum of `‖Σ (1 + yᵢ)aᵢ‖` over y ≥ 0. Its residual r has `aᵢ·r ≥ 0` for all i, and
//! `Σ (1 + yᵢ) aᵢ·r = ‖r‖²`: either it is 0, or it is such a d. Vectors that d must be orthogonal to have weights of any sign
//! instead. The problem is solved by active sets (Lawson & Hanson 1974, chapter 23), which hold as many vectors as there are dimensions.
//! The others are looked through in passes: each brings the worst of every few vectors, which serve until none of them is wrong.

use crate::error::Result;
use crate::linalg::norm;
use ndarray::{Array1, ArrayView1};

/// A product of a unit vector with another vector is 0 where it is below this, relative to the other.
pub(super) const ROUNDING: f64 = 1e-9;
/// The residual is 0 where it is below this, relative to what it is made of.
const NOTHING: f64 = 1e-11;
/// About so many vectors are brought by a pass, at most twice as many.
const POOL: usize = 1024;
/// The most steps of the method, for each dimension; it seldom takes three.
const STEPS: usize = 20;

/// What a direction may do to a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Have a product of at least 0.
    Side,
    /// Be orthogonal to it.
    Level,
}

impl Kind {
    /// By how much a product with a direction is what it may not be; not above 0, where it may.
    fn wrong(self, product: f64) -> f64 {
        match self {
            Kind::Side => -product,
            Kind::Level => product.abs(),
        }
    }
}

/// Hands over unit vectors, the same each time.
pub(super) type Each<'e> = dyn Fn(&mut dyn FnMut(Kind, ArrayView1<'_, f64>)) -> Result<()> + 'e;

/// Unit vectors, which are looked through in passes.
pub(super) struct Vectors<'v> {
    pub(super) dimensions: usize,
    pub(super) each: &'v Each<'v>,
}

/// A vector that is kept.
#[derive(Clone)]
struct Kept {
    kind: Kind,
    vector: Array1<f64>,
}

impl Vectors<'_> {
    /// A direction that does to all vectors what it may, and has a product above 0 with one, if there is one.
    ///
    /// # Errors
    /// Those of the passes.
    pub(super) fn direction(&self) -> Result<Option<Array1<f64>>> {
        let (mut sum, mut count, mut sides) = (Array1::zeros(self.dimensions), 0, 0.0);
        (self.each)(&mut |kind, vector| {
            count += 1;
            if kind == Kind::Side {
                sum += &vector;
                sides += 1.0;
            }
        })?;
        let (mut active, mut pool) = (Active::new(sum), Vec::new());
        for _ in 0..STEPS * (self.dimensions + 5) {
            let residual = active.span.rest(&active.sum);
            let made_of = sides + active.weights.iter().map(|weight| weight.abs()).sum::<f64>();
            if norm(residual.view()) <= NOTHING * made_of {
                return Ok(None);
            }
            if worst(&pool, residual.view()).is_none() {
                pool = self.wrong(residual.view(), count)?;
            }
            let Some(worst) = worst(&pool, residual.view()) else { return Ok(Some(residual)) };
            if !active.push(worst.clone(), 0.0) {
                return Ok(None);
            }
            active.solve();
        }
        Ok(None)
    }

    /// Of every few of so many vectors the worst one, if the direction wrongs it.
    fn wrong(&self, direction: ArrayView1<'_, f64>, count: usize) -> Result<Vec<Kept>> {
        let (few, limit) = ((count / POOL).max(1), limit(direction));
        let (mut place, mut found) = (0, Vec::<(usize, f64, Kept)>::new());
        (self.each)(&mut |kind, vector| {
            let (group, wrong) = (place / few, kind.wrong(vector.dot(&direction)));
            place += 1;
            let kept = || (group, wrong, Kept { kind, vector: vector.to_owned() });
            match found.last_mut().filter(|(of, ..)| *of == group) {
                _ if wrong <= limit => {}
                None => found.push(kept()),
                Some(last) if wrong > last.1 => *last = kept(),
                Some(_) => {}
            }
        })?;
        Ok(found.into_iter().map(|(.., kept)| kept).collect())
    }
}

/// What a product with a direction may be wrong by.
fn limit(direction: ArrayView1<'_, f64>) -> f64 {
    ROUNDING * norm(direction)
}

/// The vector that the direction wrongs most, if it wrongs one.
fn worst<'p>(pool: &'p [Kept], direction: ArrayView1<'_, f64>) -> Option<&'p Kept> {
    let wrong = |kept: &'p Kept| (kept, kept.kind.wrong(kept.vector.dot(&direction)));
    let worst = pool.iter().map(wrong).max_by(|a, b| a.1.total_cmp(&b.1));
    worst.filter(|(_, wrong)| *wrong > limit(direction)).map(|(kept, _)| kept)
}

/// The vectors whose weights may differ from 0, and these.
struct Active {
    /// The sum of all vectors with a side, once each.
    sum: Array1<f64>,
    members: Vec<Kept>,
    weights: Vec<f64>,
    span: Span,
}

impl Active {
    fn new(sum: Array1<f64>) -> Self {
        Self { sum, members: Vec::new(), weights: Vec::new(), span: Span::default() }
    }

    /// Takes a vector in, unless those that are in make it up.
    fn push(&mut self, member: Kept, weight: f64) -> bool {
        let is_new = self.span.push(member.vector.clone());
        if is_new {
            self.members.push(member);
            self.weights.push(weight);
        }
        is_new
    }

    /// Moves the weights towards those of least squares. A vector whose weight comes to 0 on the way is left out.
    fn solve(&mut self) {
        loop {
            let wanted: Vec<f64> = self.span.coefficients(&self.sum).into_iter().map(|part| -part).collect();
            let is_wrong = |at: usize| self.members[at].kind == Kind::Side && wanted[at] <= 0.0;
            let way = |at: usize| self.weights[at] / (self.weights[at] - wanted[at]).max(f64::MIN_POSITIVE);
            let Some(shortest) = (0..wanted.len()).filter(|&at| is_wrong(at)).map(way).reduce(f64::min) else {
                self.weights = wanted;
                return;
            };
            let part = shortest.clamp(0.0, 1.0);
            let stays = |at: &usize| !(is_wrong(*at) && way(*at) <= shortest * (1.0 + 1e-12));
            let moved =
                |at: usize| (self.members[at].clone(), self.weights[at] + part * (wanted[at] - self.weights[at]));
            let kept: Vec<(Kept, f64)> = (0..wanted.len()).filter(stays).map(moved).collect();
            *self = Self::new(std::mem::take(&mut self.sum));
            for (member, weight) in kept {
                self.push(member, weight);
            }
        }
    }
}

/// The space that vectors span: an orthonormal basis of it, and what each vector is in that.
#[derive(Default)]
pub(super) struct Span {
    basis: Vec<Array1<f64>>,
    parts: Vec<Vec<f64>>,
}

impl Span {
    /// Takes a unit vector in; whether it isn't made of those that are in.
    pub(super) fn push(&mut self, vector: Array1<f64>) -> bool {
        let (rest, mut parts) = self.split(vector);
        let left = norm(rest.view());
        if left <= ROUNDING {
            return false;
        }
        parts.push(left);
        self.basis.push(rest / left);
        self.parts.push(parts);
        true
    }

    /// What of a vector isn't made of the others.
    pub(super) fn rest(&self, vector: &Array1<f64>) -> Array1<f64> {
        self.split(vector.clone()).0
    }

    /// What each vector's part is in the combination of them that is nearest to this one.
    fn coefficients(&self, vector: &Array1<f64>) -> Vec<f64> {
        let (_, mut left) = self.split(vector.clone());
        let mut coefficients = vec![0.0; left.len()];
        for place in (0..left.len()).rev() {
            coefficients[place] = left[place] / self.parts[place][place];
            left.iter_mut().zip(&self.parts[place]).for_each(|(left, part)| *left -= coefficients[place] * part);
        }
        coefficients
    }

    /// What of a vector is orthogonal to the basis, and its parts in it: Gram and Schmidt's process, done twice.
    fn split(&self, mut vector: Array1<f64>) -> (Array1<f64>, Vec<f64>) {
        let mut parts = vec![0.0; self.basis.len()];
        for _ in 0..2 {
            for (part, direction) in parts.iter_mut().zip(&self.basis) {
                let along = direction.dot(&vector);
                vector.scaled_add(-along, direction);
                *part += along;
            }
        }
        (vector, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn direction(rows: &[Array1<f64>], kinds: &[Kind]) -> Option<Array1<f64>> {
        let unit: Vec<Array1<f64>> = rows.iter().map(|row| row / norm(row.view())).collect();
        let each = |take: &mut dyn FnMut(Kind, ArrayView1<'_, f64>)| {
            kinds.iter().zip(&unit).for_each(|(kind, vector)| take(*kind, vector.view()));
            Ok(())
        };
        Vectors { dimensions: unit[0].len(), each: &each }.direction().unwrap()
    }

    #[test]
    fn vectors_around_the_origin_have_no_direction() {
        let rows = [[1.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]].map(|row| Array1::from(row.to_vec()));
        assert_eq!(direction(&rows, &[Kind::Side; 3]), None);
        assert!(direction(&rows[..2], &[Kind::Side; 2]).is_some());
        assert_eq!(direction(&rows[..2], &[Kind::Side, Kind::Level]).map(|d| d[0] > 0.0 && d[1] > 0.0), Some(true));
        assert_eq!(direction(&rows, &[Kind::Side, Kind::Level, Kind::Level]), None);
    }

    /// Vectors are made on one side of a direction, or their opposites in pairs, so that the answer is known.
    #[test]
    fn a_direction_is_found_where_there_is_one() {
        let mut random = Random::new(5);
        for case in 0..300 {
            let (p, n) = (2 + case % 6, 5 + case % 40);
            let hidden = Array1::from_shape_simple_fn(p, || random.signed());
            let mut rows = Vec::new();
            while rows.len() < n {
                let row = Array1::from_shape_simple_fn(p, || random.signed());
                let along = row.dot(&hidden) / hidden.dot(&hidden);
                // Of every third vector nothing is left along the direction.
                let kept = if rows.len() % 3 == 0 { 0.0 } else { along.abs() };
                rows.push(row + &hidden * (kept - along));
            }
            let found = direction(&rows, &vec![Kind::Side; n]).unwrap();
            let products: Vec<f64> = rows.iter().map(|row| row.dot(&found) / norm(found.view())).collect();
            assert!(products.iter().all(|&product| product > -1e-8) && products.iter().any(|&product| product > 1e-8));
            let opposites: Vec<Array1<f64>> = rows.iter().map(|row| -row).collect();
            rows.extend(opposites);
            assert_eq!(direction(&rows, &vec![Kind::Side; 2 * n]), None, "{case}");
        }
    }
}
