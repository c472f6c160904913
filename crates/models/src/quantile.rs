//! Quantile regression: the linear predictor that is the τ-quantile of the response (Koenker & Bassett 1978).
//!
#![doc = include_str!("../formulas/quantile.html")]
#![doc = include_str!("../formulas/font.html")]
//!
//! The loss is piecewise linear, so that no method of [`fit`](crate::fit) suits it: it is a linear programme. It is solved by the
//! interior point method of Portnoy & Koenker (1997), then moved to the vertex nearby, the predictor that passes through as many
//! rows as there are coefficients, and that vertex is taken where its subgradient proves that it is the minimum, or its loss is no
//! higher.

use crate::design::{Design, Vector, check_finite};
use crate::error::{Error, Result};
use crate::linalg::Cholesky;
use faer::Mat;
use faer::linalg::solvers::Solve;
use ndarray::{Array1, Array2, ArrayView1, Axis};
use serde::{Deserialize, Serialize};

/// The steps of the interior point method.
const MOST_STEPS: usize = 100;
/// The gap between the loss and its lower bound, relative to the loss, at which the interior point is near enough.
const SMALL_GAP: f64 = 1e-12;
/// Steps go this part of the way to the boundary.
const STEP: f64 = 0.99995;
/// A row that the rows of a vertex make up but for this part is not taken into it.
const DEPENDENT: f64 = 1e-9;
/// By how much a multiplier may be outside its bounds, for rounding.
const SLACK: f64 = 1e-9;

/// A quantile regression of a response on a design.
///
/// ```
/// use models::{Design, quantile::Quantile};
/// use ndarray::{arr1, arr2};
/// // The median of the responses, whatever the outlier.
/// let (x, y) = (arr2(&[[0.0], [1.0], [2.0], [3.0], [4.0]]), arr1(&[1.0, 3.0, 5.0, 7.0, 1000.0]));
/// let fit = Quantile::new(Design::new(&x), &y, 0.5)?.fit()?;
/// assert!((fit.coefficients[0] - 1.0).abs() < 1e-12 && (fit.coefficients[1] - 2.0).abs() < 1e-12);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Quantile<'a> {
    design: Design<'a>,
    y: Vector<'a>,
    tau: f64,
}

/// A fitted quantile regression.
///
/// ```
/// use models::{Design, quantile::Quantile};
/// use ndarray::{arr1, arr2};
/// let (x, y) = (arr2(&[[0.0], [1.0], [2.0]]), arr1(&[1.0, 3.0, 5.0]));
/// let fit = Quantile::new(Design::new(&x), &y, 0.5)?.fit()?;
/// assert!((fit.predict(&Design::new(&arr2(&[[10.0]])))?[0] - 21.0).abs() < 1e-9);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuantileFit {
    /// The quantile τ.
    pub tau: f64,
    /// The coefficients' names.
    pub names: Vec<String>,
    /// The coefficients.
    pub coefficients: Vec<f64>,
    /// `Σ wᵢ ρ_τ(yᵢ − xᵢβ)`.
    pub loss: f64,
    /// By how much the loss may be above the minimum: 0, where the coefficients are a vertex that is proven to be one.
    pub gap: f64,
    /// The steps of the interior point method.
    pub iterations: usize,
}

impl<'a> Quantile<'a> {
    /// The regression of the τ-quantile; an offset counts as part of it, weights multiply the rows' losses.
    ///
    /// # Errors
    /// A τ that is not between 0 and 1, no rows or columns, another number of responses than rows, a cell or response that is
    /// not finite.
    pub fn new(design: Design<'a>, y: impl Into<ArrayView1<'a, f64>>, tau: f64) -> Result<Self> {
        let y = y.into();
        if !(tau > 0.0 && tau < 1.0) {
            return Err(Error::Option { option: "tau", value: tau, allowed: "it must be greater than 0 and below 1" });
        }
        design.check_size()?;
        design.check_length("y", y.len())?;
        design.check_finite()?;
        check_finite("y", y)?;
        Ok(Self { design, y, tau })
    }

    /// Fits the regression.
    ///
    /// # Errors
    /// A design that is rank deficient.
    pub fn fit(&self) -> Result<QuantileFit> {
        let programme = self.programme();
        let Some(mut solution) = programme.solve() else { return Err(self.dependent(&programme)) };
        if let Some((vertex, proven)) = programme.vertex(&solution.coefficients) {
            let higher = programme.loss(&vertex) - programme.loss(&solution.coefficients);
            if proven || higher <= 0.0 {
                solution.coefficients = vertex;
                solution.gap = if proven { 0.0 } else { (solution.gap + higher).max(0.0) };
            }
        }
        Ok(QuantileFit {
            tau: self.tau,
            names: self.design.names(),
            loss: programme.loss(&solution.coefficients),
            coefficients: solution.coefficients.to_vec(),
            gap: solution.gap,
            iterations: solution.iterations,
        })
    }

    /// The rows of positive weight, times their weights.
    fn programme(&self) -> Programme {
        let rows: Vec<usize> = self.design.observed_rows().collect();
        let mut x = Array2::zeros((rows.len(), self.design.parameters()));
        let mut y = Array1::zeros(rows.len());
        for (at, &row) in rows.iter().enumerate() {
            self.design.write_row(row, x.row_mut(at));
            y[at] = self.y[row] - self.design.offset().map_or(0.0, |offset| offset[row]);
            let weight = self.design.weight(row);
            x.row_mut(at).mapv_inplace(|cell| cell * weight);
            y[at] *= weight;
        }
        Programme { x, y, tau: self.tau }
    }

    /// The error of a design whose columns depend on each other.
    fn dependent(&self, programme: &Programme) -> Error {
        let gram = programme.x.t().dot(&programme.x);
        let at = Cholesky::new(gram.view()).err().map_or(0, |singular| singular.index);
        Error::SingularInformation { parameter: self.design.names().into_iter().nth(at).unwrap_or_default() }
    }
}

impl QuantileFit {
    /// The quantiles for a design with the same columns and factors.
    ///
    /// # Errors
    /// Other names than those of the fit; a cell that is not finite.
    pub fn predict(&self, design: &Design<'_>) -> Result<Vec<f64>> {
        design.predict(&self.names, ArrayView1::from(&self.coefficients))
    }
}

/// `min Σ ρ_τ(y − xβ)`.
struct Programme {
    x: Array2<f64>,
    y: Array1<f64>,
    tau: f64,
}

struct Solution {
    coefficients: Array1<f64>,
    gap: f64,
    iterations: usize,
}

/// A point of the interior point method: the dual variables a in [0, 1], what they are short of 1, and the multipliers of
/// both bounds; β is the multiplier of `xᵀa = (1 − τ)xᵀ1`.
struct Interior {
    a: Array1<f64>,
    short: Array1<f64>,
    lower: Array1<f64>,
    upper: Array1<f64>,
    beta: Array1<f64>,
}

/// A step of the interior point method.
struct Move {
    a: Array1<f64>,
    lower: Array1<f64>,
    upper: Array1<f64>,
    beta: Array1<f64>,
}

impl Programme {
    fn loss(&self, beta: &Array1<f64>) -> f64 {
        (&self.y - &self.x.dot(beta)).iter().map(|&r| r * (self.tau - f64::from(r < 0.0))).sum()
    }

    /// The interior point method with Mehrotra's corrections; `None`, if the columns depend on each other.
    fn solve(&self) -> Option<Solution> {
        let n = self.y.len();
        let factor = |weights: &Array1<f64>| {
            let weighted = &self.x * &weights.view().insert_axis(Axis(1));
            Cholesky::new(weighted.t().dot(&self.x).view()).ok()
        };
        let beta = factor(&Array1::ones(n))?.solve(self.x.t().dot(&self.y).view());
        let residual = &self.y - &self.x.dot(&beta);
        let scale = residual.iter().fold(0.0f64, |largest, r| largest.max(r.abs()));
        if scale == 0.0 {
            return Some(Solution { coefficients: beta, gap: 0.0, iterations: 0 });
        }
        let apart = 1e-3 * scale;
        let mut at = Interior {
            a: Array1::from_elem(n, 1.0 - self.tau),
            short: Array1::from_elem(n, self.tau),
            lower: residual.mapv(|r| (-r).max(0.0) + apart),
            upper: residual.mapv(|r| r.max(0.0) + apart),
            beta,
        };
        let mut best = (f64::INFINITY, at.beta.clone());
        for iteration in 0..MOST_STEPS {
            let gap = at.a.dot(&at.lower) + at.short.dot(&at.upper);
            if gap < best.0 {
                best = (gap, at.beta.clone());
            }
            let is_wide = gap > SMALL_GAP * self.loss(&at.beta);
            if !is_wide {
                return Some(Solution { coefficients: best.1, gap: best.0, iterations: iteration });
            }
            let weights = (&at.lower / &at.a + &at.upper / &at.short).mapv(f64::recip);
            // Near the end the weights of all but a few rows are 0: what there is must do.
            let Some(factor) = factor(&weights) else { break };
            let step = |correction: &Array1<f64>| {
                // a's part of the step, for multipliers that are to change by the correction.
                let right = &at.upper - &at.lower + correction;
                let beta = factor.solve(self.x.t().dot(&(&weights * &right)).view());
                let a = &weights * &(&right - &self.x.dot(&beta));
                (a, beta)
            };
            let (a, beta) = step(&Array1::zeros(n));
            let plain =
                Move { lower: -&at.lower * &(1.0 + &a / &at.a), upper: -&at.upper * &(1.0 - &a / &at.short), a, beta };
            let (first, second) = at.lengths(&plain);
            let after = at.after(&plain, first, second);
            let centre = gap * (after / gap).powi(3) / (2 * n) as f64;
            let (cross_lower, cross_upper) = (&plain.a * &plain.lower, -(&plain.a * &plain.upper));
            let correction = (centre - &cross_lower) / &at.a - (centre - &cross_upper) / &at.short;
            let (a, beta) = step(&correction);
            let lower = (centre - &cross_lower - &at.lower * &a) / &at.a - &at.lower;
            let upper = (centre - &cross_upper + &at.upper * &a) / &at.short - &at.upper;
            let corrected = Move { a, lower, upper, beta };
            let (first, second) = at.lengths(&corrected);
            at.take(&corrected, first, second);
        }
        Some(Solution { coefficients: best.1, gap: best.0, iterations: MOST_STEPS })
    }

    /// The predictor through the rows nearest to the one given, and whether it is proven to be the minimum: by multipliers
    /// between τ − 1 and τ with which these rows balance the others. Where it passes through more rows than there are
    /// coefficients, it may be the minimum without that proof.
    fn vertex(&self, near: &Array1<f64>) -> Option<(Array1<f64>, bool)> {
        let p = near.len();
        let residual = &self.y - &self.x.dot(near);
        let mut order: Vec<usize> = (0..residual.len()).collect();
        order.sort_by(|&i, &j| residual[i].abs().total_cmp(&residual[j].abs()));
        let (mut chosen, mut basis): (Vec<usize>, Vec<Array1<f64>>) = (Vec::new(), Vec::new());
        for row in order {
            let mut rest = self.x.row(row).to_owned();
            let size = rest.dot(&rest).sqrt();
            for direction in basis.iter().chain(&basis) {
                let part = rest.dot(direction);
                rest.scaled_add(-part, direction);
            }
            let left = rest.dot(&rest).sqrt();
            if left > DEPENDENT * size {
                basis.push(rest / left);
                chosen.push(row);
            }
            if chosen.len() == p {
                break;
            }
        }
        if chosen.len() < p {
            return None;
        }
        let matrix = Mat::from_fn(p, p, |i, j| self.x[[chosen[i], j]]);
        let solved = matrix.partial_piv_lu().solve(&Mat::from_fn(p, 1, |i, _| self.y[chosen[i]]));
        let beta = Array1::from_shape_fn(p, |i| solved[(i, 0)]);
        let residual = &self.y - &self.x.dot(&beta);
        let mut pull = Array1::<f64>::zeros(p);
        for (row, &r) in residual.iter().enumerate().filter(|(row, _)| !chosen.contains(row)) {
            pull.scaled_add(self.tau - f64::from(r < 0.0), &self.x.row(row));
        }
        let transposed = matrix.transpose().to_owned();
        let multipliers = transposed.partial_piv_lu().solve(&Mat::from_fn(p, 1, |i, _| -pull[i]));
        let within = |&multiplier: &f64| multiplier >= self.tau - 1.0 - SLACK && multiplier <= self.tau + SLACK;
        let proven = (0..p).all(|i| within(&multipliers[(i, 0)]));
        Some((beta, proven))
    }
}

impl Interior {
    /// How far the step may go in a, and in the multipliers, before one of them is negative.
    fn lengths(&self, step: &Move) -> (f64, f64) {
        let bound = |of: &Array1<f64>, change: &Array1<f64>, sign: f64| {
            let room =
                of.iter().zip(change).map(|(of, change)| (of, sign * change)).filter(|(_, change)| *change < 0.0);
            room.fold(f64::INFINITY, |least, (of, change)| least.min(-of / change))
        };
        let first = bound(&self.a, &step.a, 1.0).min(bound(&self.short, &step.a, -1.0));
        let second = bound(&self.lower, &step.lower, 1.0).min(bound(&self.upper, &step.upper, 1.0));
        ((STEP * first).min(1.0), (STEP * second).min(1.0))
    }

    /// The gap after a step.
    fn after(&self, step: &Move, first: f64, second: f64) -> f64 {
        let (lower, upper) = (&self.lower + &(&step.lower * second), &self.upper + &(&step.upper * second));
        (&self.a + &(&step.a * first)).dot(&lower) + (&self.short - &(&step.a * first)).dot(&upper)
    }

    fn take(&mut self, step: &Move, first: f64, second: f64) {
        self.a.scaled_add(first, &step.a);
        self.short.scaled_add(-first, &step.a);
        self.lower.scaled_add(second, &step.lower);
        self.upper.scaled_add(second, &step.upper);
        self.beta.scaled_add(second, &step.beta);
    }
}
