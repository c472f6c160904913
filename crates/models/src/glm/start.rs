//! Where fits start, of rows in memory or in a source: from a second point, too, where there may be more than one minimum. And how
//! large losses are.

use super::attempt::fit_from;
use super::startable::Startable;
use super::{Dispersion, Glm, GlmFit};
use crate::design::Vector;
use crate::error::{Error, Result};
use crate::family::{Family, Responses};
use crate::fit::{Fit, Method, Observer, Options, Status, minimise};
use crate::link::Link;
use crate::pieces::Pieces;
use ndarray::Array1;

/// A row's weight among the responses that a start is nearest to is at least this part of the largest; where its response has no
/// predictor, it is the second. More would let an inverse link's predictor of a response near 0 outweigh all others.
const LEAST_SHARE: f64 = 1e-18;
const SHARE_OF_MEAN: f64 = 1e-6;

/// The fit from the model's own start; where there may be another minimum, the lower one of that and of the fit from near the responses.
pub(crate) fn fit_lowest<M: Startable>(model: &M, options: &Options, observer: &mut dyn Observer) -> Result<GlmFit> {
    let first = find_way(model, options, observer);
    let stopped = matches!(&first, Ok(fit) if fit.fit.status == Status::Stopped);
    let goes_down = matches!(options.method, Method::Newton | Method::TrustRegion | Method::Lbfgs);
    let is_only = model.glm().family.is_convex(model.glm().link);
    if is_only || stopped || !goes_down || options.start.is_some() {
        return first;
    }
    let Ok(start) = model.nearest_to_responses() else { return first };
    if model.start().is_ok_and(|usual| usual == start) {
        return first;
    }
    match fit_from(model, &Options { start: Some(start), ..options.clone() }, observer) {
        Ok(second) if is_better(model.lower_bound(), &second.fit, &first) => Ok(second),
        // Of rows in memory it might have ended lower.
        Err(error @ Error::BoundaryNeedsRows { .. }) => Err(error),
        _ => first,
    }
}

/// The fit from where the options say. So far away nothing may be left of the curvature, and no step along what it suggests lead down: then a
/// trust region looks for the way, or the fit starts where the model does.
fn find_way<M: Startable>(model: &M, options: &Options, observer: &mut dyn Observer) -> Result<GlmFit> {
    let first = fit_from(model, options, observer);
    let lost = |fit: &GlmFit| matches!(fit.fit.status, Status::NoDescent | Status::Edge);
    let Some(before) = first.as_ref().ok().filter(|fit| options.start.is_some() && lost(fit)) else { return first };
    let by_region = Options { method: Method::TrustRegion, ..options.clone() };
    let from_own = Options { start: None, ..options.clone() };
    for again in [by_region, from_own] {
        match fit_from(model, &again, observer) {
            Ok(mut fit) if fit.fit.converged() || fit.fit.status == Status::Boundary => {
                fit.fit = fit.fit.after(&before.fit);
                return Ok(fit);
            }
            Err(error @ Error::BoundaryNeedsRows { .. }) => return Err(error),
            _ => {}
        }
    }
    first
}

/// Whether a fit ended at a minimum that is lower than what another found, though not below what losses are counted from: there a mean
/// has followed a single response to 0.
fn is_better(bound: f64, fit: &Fit, other: &Result<GlmFit>) -> bool {
    /// What is lower by less than this part may be rounding.
    const LOWER: f64 = 1e-9;
    let is_found = |fit: &Fit| fit.converged() || fit.status == Status::Boundary;
    let is_lower = |than: f64| fit.loss < than - LOWER * than.abs();
    is_found(fit)
        && fit.loss >= bound - LOWER * bound.abs()
        && match other {
            Ok(other) if is_found(&other.fit) => is_lower(other.fit.loss),
            Ok(other) => fit.loss <= other.fit.loss,
            Err(Error::AtInfinity { loss, .. }) => is_lower(*loss),
            Err(error) => matches!(error, Error::Start { .. }),
        }
}

impl Glm<'_> {
    /// Sums over the responses.
    pub(super) fn responses(&self) -> Responses {
        Responses::of(self.y, |row| self.design.weight(row))
    }

    /// The weighted mean response, as the family allows it.
    pub(super) fn mean_response(&self) -> f64 {
        self.responses().mean(self.family, self.link)
    }

    /// What is a small predictor, beside which those of a fit are large or next to nothing: where all responses are 0, so that all means
    /// go there, they are no measure of each other.
    pub(crate) fn least_size_of_predictors(&self) -> f64 {
        self.least_size_with(&self.responses())
    }

    /// The same, of these responses.
    pub(crate) fn least_size_with(&self, responses: &Responses) -> f64 {
        match responses.plain_mean() {
            0.0 => self.link.predictor(responses.mean(self.family, self.link)),
            _ => f64::MIN_POSITIVE,
        }
    }

    /// About how large a row's loss is.
    pub(crate) fn typical_loss(&self) -> f64 {
        let responses = self.responses();
        let weight = responses.weights / self.design.observed_rows().count().max(1) as f64;
        let size = self.family.precision(responses.mean(self.family, self.link));
        // Near 1, a probability's precision is that of its complement.
        weight * if self.family == Family::Binomial { size.min(1.0) } else { size }
    }

    /// The intercept of the mean response; without an intercept, what is nearest to the responses.
    pub(crate) fn usual_start(
        &self,
        mean: f64,
        typical_offset: impl FnOnce() -> Result<f64>,
        nearest: impl FnOnce() -> Result<Vec<f64>>,
    ) -> Result<Vec<f64>> {
        let mut start = vec![0.0; self.design.parameters()];
        if self.design.has_intercept() {
            start[0] = self.link.predictor(mean) - typical_offset()?;
            return Ok(start);
        }
        if self.family == Family::Gaussian && self.link == Link::Identity || self.family == Family::Binomial {
            return Ok(start);
        }
        nearest()
    }

    /// The predictor of each row's response and the information there; where a response has none, the predictor of the mean response and
    /// no information.
    fn own_predictors(&self, mean: f64) -> impl Iterator<Item = (f64, f64)> {
        let of_mean = self.link.predictor(mean);
        (0..self.y.len()).map(move |row| {
            let mean = self.family.starting_mean(self.y[row], self.design.weight(row));
            let (own, information) = (self.link.predictor(mean), self.information_at(mean));
            if own.is_finite() && information.is_normal() { (own, information) } else { (of_mean, 0.0) }
        })
    }

    /// The largest information of a row whose mean is its response.
    pub(crate) fn largest_information(&self, mean: f64) -> f64 {
        self.own_predictors(mean).map(|(_, information)| information).fold(f64::MIN_POSITIVE, f64::max)
    }

    /// The responses and the weights of the least squares that a start near the responses is found by.
    pub(crate) fn predictors_to_be_near(&self, mean: f64, largest: f64) -> (Array1<f64>, Array1<f64>) {
        let of_row = |(row, (own, information)): (usize, (f64, f64))| {
            let least = if information > 0.0 { LEAST_SHARE } else { SHARE_OF_MEAN };
            let weight = self.design.weight(row) * (information / largest).max(least);
            (own - self.offset_of(row), weight)
        };
        let (predictors, weights): (Vec<f64>, Vec<f64>) = self.own_predictors(mean).enumerate().map(of_row).unzip();
        (predictors.into(), weights.into())
    }

    /// The parameters of weighted least squares on these predictors, from which the offset was taken.
    pub(super) fn nearest_to(&self, predictors: &Array1<f64>, weights: &Array1<f64>) -> Result<Vec<f64>> {
        Ok(minimise(&self.least_squares(predictors.view(), weights.view())?, &Options::default())?.parameters)
    }

    fn offset_of(&self, row: usize) -> f64 {
        self.design.offset().map_or(0.0, |offset| offset[row])
    }

    /// What the offset adds to the predictor of the mean response.
    pub(super) fn typical_offset(&self) -> f64 {
        let Some(offset) = self.design.offset() else { return 0.0 };
        let largest = offset.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut sums = Pieces::new(vec![0.0; 2]);
        self.add_offsets(largest, &mut sums);
        self.offset_of_sums(largest, &sums.finish())
    }

    /// Adds `Σ w·o` and `Σ w` of the rows' offsets. Where means are multiplied, what counts is the mean factor: `eᵒ`, beside that of the
    /// largest offset.
    pub(crate) fn add_offsets(&self, largest: f64, sums: &mut Pieces<Vec<f64>>) {
        let Some(offset) = self.design.offset() else { return };
        let value = |offset: f64| if self.link == Link::Log { (offset - largest).exp() } else { offset };
        sums.add(offset.len(), |sums, rows| {
            for (row, weight) in rows.map(|row| (row, self.design.weight(row))).filter(|(_, weight)| *weight > 0.0) {
                sums[0] += weight * value(offset[row]);
                sums[1] += weight;
            }
        });
    }

    /// What these sums of all rows say that offsets add to the predictor of the mean response.
    pub(crate) fn offset_of_sums(&self, largest: f64, sums: &[f64]) -> f64 {
        let mean = if sums[1] > 0.0 { sums[0] / sums[1] } else { 0.0 };
        if self.link == Link::Log { largest + mean.max(f64::MIN_POSITIVE).ln() } else { mean }
    }
}

impl<'a> Glm<'a> {
    /// Least squares of the same terms on other responses with other weights, without the offset.
    pub(crate) fn least_squares(&self, y: Vector<'a>, weights: Vector<'a>) -> Result<Self> {
        Ok(Glm {
            design: self.design.without_offset().with_weights(weights)?,
            y,
            family: Family::Gaussian,
            link: Link::Identity,
            ridge: self.ridge.clone(),
            dispersion: Dispersion::Family,
            aliased: Vec::new(),
        })
    }
}
