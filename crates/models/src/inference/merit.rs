//! How well a model does: sums over the rows, of predictors that were computed before.

use crate::error::{Error, Result};
use crate::family::Family;
use crate::glm::Glm;
use crate::pieces::{Largest, Piece, Pieces};
use crate::side_by_side::of_rows;

/// How well a fit does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// The number of rows with a positive weight.
    pub(crate) observations: usize,
    /// Pearson's statistic `Σ w(y − μ)²/V(μ)`.
    pub(crate) pearson: f64,
    /// Its root, which neither over- nor underflows.
    pub(crate) pearson_size: f64,
    /// `Σ w·d(y, μ)`.
    pub(crate) deviance: f64,
    /// The log-likelihood at the maximum-likelihood dispersion.
    pub(crate) log_likelihood: f64,
    /// The deviance of the model of the intercept alone.
    pub(crate) null_deviance: f64,
}

impl Glm<'_> {
    /// The figures of predictors of all rows.
    pub(super) fn figures(&self, parameters: &[f64], predictors: &[f64]) -> Result<Figures> {
        let deviance = self.total(|sum| self.add_deviance(predictors, sum));
        let weights = self.total(|sum| self.add_weights(predictors, sum));
        let observations = self.observations();
        let dispersion = deviance / self.counted(observations, weights);
        let pearson = self.total(|sum| self.add_pearson(predictors, sum));
        let pearson_size = root_of_squares(pearson, |size| match size {
            None => {
                let mut largest = Pieces::new(Largest(vec![0.0]));
                self.add_largest_residual(predictors, &mut largest);
                Ok(largest.finish().0[0])
            }
            Some(size) => Ok(self.total(|sum| self.add_pearson_over(predictors, size, sum))),
        })?;
        Ok(Figures {
            observations,
            pearson,
            pearson_size,
            deviance,
            log_likelihood: self.total(|sum| self.add_log_likelihood(parameters, predictors, dispersion, sum)),
            null_deviance: self.null_deviance()?,
        })
    }

    /// The number of rows with a positive weight.
    pub(super) fn observations(&self) -> usize {
        self.design().observed_rows().count()
    }

    fn total(&self, add: impl FnOnce(&mut Pieces<Sum>)) -> f64 {
        let mut sum = Pieces::new(Sum::default());
        add(&mut sum);
        sum.finish().value()
    }

    /// What the deviance is divided by for the maximum-likelihood dispersion: Gaussian weights are precisions, so that it is the
    /// number of rows; the weights of other families count.
    pub(crate) fn counted(&self, observations: usize, weights: f64) -> f64 {
        if self.family() == Family::Gaussian { observations as f64 } else { weights }
    }

    /// `Σ w·d(y, μ)`.
    pub(crate) fn add_deviance(&self, predictors: &[f64], sum: &mut Pieces<Sum>) {
        self.add_weighted(predictors, sum, |y, eta| self.family().unit_deviance(self.link(), y, eta));
    }

    /// Pearson's statistic `Σ w(y − μ)²/V(μ)`.
    pub(crate) fn add_pearson(&self, predictors: &[f64], sum: &mut Pieces<Sum>) {
        self.add_weighted(predictors, sum, |y, eta| self.family().pearson(self.link(), y, eta).powi(2));
    }

    /// The largest residual in size, of those whose squares are summed up.
    pub(crate) fn add_largest_residual(&self, predictors: &[f64], largest: &mut Pieces<Largest>) {
        largest.add(predictors.len(), |Largest(largest), rows| {
            let sizes = of_rows(rows, |row| self.residual(predictors, row).abs());
            largest[0] =
                sizes.into_iter().fold(largest[0], |largest, size| if size > largest { size } else { largest });
        });
    }

    /// Pearson's statistic of residuals over a size.
    pub(crate) fn add_pearson_over(&self, predictors: &[f64], size: f64, sum: &mut Pieces<Sum>) {
        add_rows(sum, predictors.len(), |row| (self.residual(predictors, row) / size).powi(2));
    }

    /// The residual whose square is a row's part of Pearson's statistic.
    fn residual(&self, predictors: &[f64], row: usize) -> f64 {
        match self.design().weight(row) {
            0.0 => 0.0,
            weight => weight.sqrt() * self.family().pearson(self.link(), self.response()[row], predictors[row]),
        }
    }

    /// `Σ w`.
    pub(crate) fn add_weights(&self, predictors: &[f64], sum: &mut Pieces<Sum>) {
        self.add_weighted(predictors, sum, |_, _| 1.0);
    }

    /// `Σ w·y`.
    pub(crate) fn add_responses(&self, predictors: &[f64], sum: &mut Pieces<Sum>) {
        self.add_weighted(predictors, sum, |y, _| y);
    }

    /// The log-likelihood at a dispersion.
    pub(crate) fn add_log_likelihood(
        &self,
        parameters: &[f64],
        predictors: &[f64],
        dispersion: f64,
        sum: &mut Pieces<Sum>,
    ) {
        let (family, link) = (self.family(), self.link());
        add_rows(sum, predictors.len(), |row| {
            let (y, weight, eta) = (self.response()[row], self.design().weight(row), predictors[row]);
            match family.has_many_counts(link, y, weight) {
                true => family.log_likelihood_of_many(y, [eta, self.lost_in_predictor(parameters, row, eta)], weight),
                false => family.log_likelihood(link, y, eta, weight, dispersion),
            }
        });
    }

    /// What rounding took from a row's predictor.
    fn lost_in_predictor(&self, parameters: &[f64], row: usize, eta: f64) -> f64 {
        let mut sum = Sum::default();
        sum.add(self.design().offset().map_or(0.0, |offset| offset[row]));
        self.design().visit_row(row, |place, cell| {
            let product = cell * parameters[place];
            sum.add(product);
            sum.add(cell.mul_add(parameters[place], -product));
        });
        sum.add(-eta);
        sum.value()
    }

    /// The predictors of an intercept alone.
    pub(crate) fn constant(&self, intercept: f64) -> Vec<f64> {
        let offset = |row: usize| self.design().offset().map_or(0.0, |offset| offset[row]);
        (0..self.response().len()).map(|row| intercept + offset(row)).collect()
    }

    /// The deviance of the model of the intercept alone.
    fn null_deviance(&self) -> Result<f64> {
        let deviance = |intercept: f64| self.total(|sum| self.add_deviance(&self.constant(intercept), sum));
        if !self.design().has_intercept() {
            return Ok(deviance(0.0));
        }
        let zeros = self.constant(0.0);
        let weights = self.total(|sum| self.add_weights(&zeros, sum));
        let mean = self.total(|sum| self.add_responses(&zeros, sum)) / weights;
        let predictor = self.link().predictor(mean);
        // The link may have no such mean, of normal responses; an infinite predictor is that of a mean at the end of its range.
        if self.design().offset().is_some() || predictor.is_nan() {
            return match self.null().fit(&Default::default()) {
                // The intercept that fits them perfectly is infinite.
                Err(Error::OneClass { .. } | Error::AllZero { .. }) => Ok(0.0),
                null => Ok(deviance(null?.coefficients()[0])),
            };
        }
        Ok(deviance(predictor))
    }

    fn add_weighted(&self, predictors: &[f64], sum: &mut Pieces<Sum>, of_row: impl Fn(f64, f64) -> f64 + Sync) {
        add_rows(sum, predictors.len(), |row| match self.design().weight(row) {
            0.0 => 0.0,
            weight => weight * of_row(self.response()[row], predictors[row]),
        });
    }
}

/// The root of a sum of squares, some of which may have left the range of the numbers: `of` then gives the largest in size of what is squared, and the sum
/// of the squares over a size.
pub(crate) fn root_of_squares(sum: f64, mut of: impl FnMut(Option<f64>) -> Result<f64>) -> Result<f64> {
    // Within this, what under- or overflowed is lost in rounding.
    const SURE: std::ops::Range<f64> = 1e-280..f64::INFINITY;
    if SURE.contains(&sum) || sum.is_nan() {
        return Ok(sum.sqrt());
    }
    match of(None)? {
        0.0 => Ok(0.0),
        largest if largest.is_infinite() => Ok(largest),
        largest => Ok(largest * of(Some(largest))?.sqrt()),
    }
}

/// Akaike's and the Bayesian information criterion: `−2·log-likelihood` with 2, and with ln n, for each of the parameters counted.
pub(crate) fn criteria(log_likelihood: f64, counted: f64, observations: usize) -> [f64; 2] {
    [-2.0 * log_likelihood + 2.0 * counted, -2.0 * log_likelihood + (observations as f64).ln() * counted]
}

/// The deviance of the model in which every row has the classes' shares in the total weight.
pub(crate) fn deviance_of_shares(class_weights: &[f64]) -> f64 {
    let total: f64 = class_weights.iter().sum();
    let of_class = |&weight: &f64| if weight > 0.0 { -weight * (weight / total).ln() } else { 0.0 };
    2.0 * class_weights.iter().map(of_class).sum::<f64>()
}

/// A sum with compensation for what rounding loses (Neumaier 1974).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    sum: f64,
    lost: f64,
}

/// Adds what `of_row` gives of each row, in their order.
fn add_rows(sum: &mut Pieces<Sum>, rows: usize, of_row: impl Fn(usize) -> f64 + Sync) {
    sum.add(rows, |sum, rows| of_rows(rows, &of_row).into_iter().for_each(|term| sum.add(term)));
}

impl Piece for Sum {
    fn take_in(&mut self, next: &Self) {
        self.add(next.sum);
        self.lost += next.lost;
    }

    fn visit(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        [&mut self.sum, &mut self.lost].into_iter().for_each(visit);
    }
}

impl Sum {
    fn add(&mut self, term: f64) {
        let (sum, next) = (self.sum, self.sum + term);
        self.lost += if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
        self.sum = next;
    }

    pub(crate) fn value(self) -> f64 {
        if self.lost.is_finite() { self.sum + self.lost } else { self.sum }
    }
}
