//! Whether a likelihood has no maximum because some combination of columns separates the responses.
//!
//! The likelihood of binary responses has a maximum unless a direction d exists with `xᵢ·d ≥ 0` for every row of label 1
//! and `≤ 0` for every row of label 0, not all of them 0 (Albert & Anderson 1984): it then grows for ever along d. That of
//! classes asks `xᵢ·(d_y − d_k) ≥ 0` of every row and every class k but its own, y. Both are [`Inequalities`] in d.
//!
//! The iterates of Newton's method go that way, so their last step is a candidate for d. It is only a candidate: separation
//! is reported where d passes the test on every row. Rows at 0, as quasi-complete separation has them, are 0 to rounding
//! only after the step's transient part is projected out.

use crate::design::Design;
use crate::error::Error;
use crate::family::Recession;
use faer::Side;
use faer::linalg::solvers::Solve;
use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1};

/// An inequality is taken for one at 0 where its product with the candidate, relative to the largest, is below one of
/// these, tried in turn: a margin may be narrow, the candidate's transient part large. A candidate that is wrong by more
/// than the largest leads nowhere.
const NEAR_ZERO: [f64; 3] = [0.05, 1e-3, 1e-5];
/// A product counts as 0 where it is below this, relative to the largest that the direction could give.
const ROUNDING: f64 = 1e-9;
/// A parameter is named where its part of the direction, relative to the largest, is above this.
const LEAST_PART: f64 = 1e-6;

/// Eigenvalues below this, relative to the largest diagonal entry, count as 0.
const LEAST_EIGENVALUE: f64 = 1e-10;
/// How often what isn't in the null space is shrunk: of what has ten thousand times the least eigenvalue nothing is left.
const PROJECTIONS: usize = 6;

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

/// The separation of a single linear predictor's responses, `counts` or labels, that the candidate leads to, if it does.
pub(crate) fn of_responses(
    design: &Design<'_>,
    y: ArrayView1<'_, f64>,
    recession: impl Fn(f64) -> Recession,
    counts: bool,
    candidate: &[f64],
) -> Option<Error> {
    let rows = design.observed_rows();
    let inequalities = Inequalities {
        names: design.names(),
        allowed: rows.map(|row| (row, recession(y[row]))).collect(),
        write: &|row, out| design.write_row(row, out),
    };
    let Separation { direction, strict } = inequalities.separation(candidate)?;
    let (separated, rows) = (strict.len(), inequalities.allowed.len());
    let value = y[inequalities.allowed.first()?.0];
    if design.has_intercept() && inequalities.allowed.iter().all(|&(row, _)| y[row] == value) {
        return Some(match counts {
            true => Error::AllZero { rows },
            false => Error::OneClass { rows, value },
        });
    }
    Some(Error::Separation { complete: separated == rows, direction, separated, rows })
}

/// How far a product goes the way that it may.
fn gain(allowed: Recession, product: f64) -> f64 {
    match allowed {
        Recession::Up => product,
        Recession::Down => -product,
        Recession::Neither => 0.0,
    }
}

impl Inequalities<'_> {
    /// The separation that the candidate leads to, if it does.
    pub(crate) fn separation(&self, candidate: &[f64]) -> Option<Separation> {
        if self.allowed.iter().all(|(_, allowed)| *allowed == Recession::Neither) {
            return None;
        }
        let largest = self.largest_cells();
        let candidate: Array1<f64> = candidate.iter().copied().collect();
        let (direction, strict) = match self.strict(&candidate, &largest) {
            Some(strict) => (candidate, strict),
            None => {
                let products = self.products(&candidate);
                let top = products.iter().fold(0.0, |top: f64, product| top.max(product.abs()));
                let mut gains =
                    self.allowed.iter().zip(&products).map(|(&(_, allowed), &product)| gain(allowed, product));
                if gains.any(|gain| gain < -NEAR_ZERO[0] * top) {
                    return None;
                }
                let projected = |near_zero| self.project(&candidate, &products, &largest, near_zero * top);
                let judged = |direction| self.strict(&direction, &largest).map(|strict| (direction, strict));
                // Each that passes separates; what takes a narrow margin for 0 separates fewer rows than there are.
                let more = |most: (_, Vec<usize>), other: (_, Vec<usize>)| match other.1.len() > most.1.len() {
                    true => other,
                    false => most,
                };
                NEAR_ZERO.into_iter().filter_map(projected).filter_map(judged).reduce(more)?
            }
        };
        let sizes: Vec<f64> = direction.iter().zip(&largest).map(|(part, largest)| part * largest).collect();
        let size = sizes.iter().fold(0.0f64, |size, part| size.max(part.abs()));
        let parts = self.names.iter().cloned().zip(sizes.into_iter().map(|part| part / size));
        Some(Separation { direction: parts.filter(|(_, part)| part.abs() > LEAST_PART).collect(), strict })
    }

    /// The inequalities that the direction makes strict; `None` if it breaks one, or makes none strict.
    fn strict(&self, direction: &Array1<f64>, largest: &[f64]) -> Option<Vec<usize>> {
        let size: f64 = direction.iter().zip(largest).map(|(part, largest)| part.abs() * largest).sum();
        let mut cells = Array1::zeros(direction.len());
        let mut strict = Vec::new();
        for &(number, allowed) in &self.allowed {
            (self.write)(number, cells.view_mut());
            let way = match cells.dot(direction) {
                product if product.abs() <= ROUNDING * size => Recession::Neither,
                product if product > 0.0 => Recession::Up,
                _ => Recession::Down,
            };
            if way != Recession::Neither {
                if way != allowed {
                    return None;
                }
                strict.push(number);
            }
        }
        (!strict.is_empty()).then_some(strict)
    }

    /// The product of each vector with the candidate.
    fn products(&self, candidate: &Array1<f64>) -> Vec<f64> {
        let mut cells = Array1::zeros(candidate.len());
        let product = |&(number, _): &(usize, Recession)| {
            (self.write)(number, cells.view_mut());
            cells.dot(candidate)
        };
        self.allowed.iter().map(product).collect()
    }

    /// The candidate without the part that moves what should stay at 0, near it or going the wrong way: its projection on
    /// the null space of those vectors.
    fn project(
        &self,
        candidate: &Array1<f64>,
        products: &[f64],
        largest: &[f64],
        near_zero: f64,
    ) -> Option<Array1<f64>> {
        let p = candidate.len();
        let mut cells = Array1::<f64>::zeros(p);
        let mut gram = Array2::<f64>::zeros((p, p));
        for (&(number, allowed), &product) in self.allowed.iter().zip(products) {
            if gain(allowed, product) > near_zero {
                continue;
            }
            (self.write)(number, cells.view_mut());
            let filled = cells.iter().zip(largest).enumerate().filter(|(_, (cell, _))| **cell != 0.0);
            let filled: Vec<(usize, f64)> = filled.map(|(place, (cell, largest))| (place, cell / largest)).collect();
            for &(i, x) in &filled {
                filled.iter().for_each(|&(j, y)| gram[[i, j]] += x * y);
            }
        }
        // Each solve of (G + εI)d' = εd leaves what G takes to 0, and shrinks all else to ε/(λ + ε) of it.
        let scale = gram.diag().iter().copied().fold(0.0, f64::max);
        let shift = if scale > 0.0 { LEAST_EIGENVALUE * scale } else { 1.0 };
        let matrix = faer::Mat::from_fn(p, p, |i, j| gram[[i, j]] + if i == j { shift } else { 0.0 });
        let factor = faer::linalg::solvers::Llt::new(matrix.as_ref(), Side::Lower).ok()?;
        let mut direction: Array1<f64> = candidate.iter().zip(largest).map(|(part, largest)| part * largest).collect();
        for _ in 0..PROJECTIONS {
            let solved = factor.solve(faer::Mat::from_fn(p, 1, |i, _| shift * direction[i]));
            direction.iter_mut().enumerate().for_each(|(i, part)| *part = solved[(i, 0)]);
        }
        direction.iter_mut().zip(largest).for_each(|(part, largest)| *part /= largest);
        Some(direction)
    }

    /// The largest cell of each parameter in size: what makes columns of different units comparable.
    fn largest_cells(&self) -> Vec<f64> {
        let mut largest = vec![0.0f64; self.names.len()];
        let mut cells = Array1::zeros(largest.len());
        for &(number, _) in &self.allowed {
            (self.write)(number, cells.view_mut());
            largest.iter_mut().zip(&cells).for_each(|(largest, cell)| *largest = largest.max(cell.abs()));
        }
        largest.into_iter().map(|largest| if largest > 0.0 { largest } else { 1.0 }).collect()
    }
}
