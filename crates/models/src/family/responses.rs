//! Sums over the responses: what shows their mean and their units.

use super::Family;
use crate::link::Link;

/// Sums over rows with their weights, in the order of the rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Responses {
    rows: usize,
    weighted: f64,
    plain: f64,
    largest: f64,
    /// The sum of the weights.
    pub(crate) weights: f64,
}

impl Responses {
    pub(crate) fn of(rows: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut responses = Self::default();
        rows.into_iter().for_each(|(weight, y)| responses.add(weight, y));
        responses
    }

    /// Adds a row with its weight.
    pub(crate) fn add(&mut self, weight: f64, y: f64) {
        self.rows += 1;
        self.weighted += weight * y;
        self.plain += y;
        self.largest = self.largest.max(y.abs());
        self.weights += weight;
    }

    /// The mean, weighted; plain, where no weight is positive.
    pub(crate) fn plain_mean(&self) -> f64 {
        if self.weights > 0.0 { self.weighted / self.weights } else { self.plain / self.rows.max(1) as f64 }
    }

    /// The weighted mean, as the family and the link allow it: where a fit may start.
    pub(crate) fn mean(&self, family: Family, link: Link) -> f64 {
        let mean = self.plain_mean();
        if family == Family::Gaussian {
            return link
                .near_mean(mean, if self.largest > 0.0 && self.largest.is_finite() { self.largest } else { 1.0 });
        }
        link.within_reach(family.starting_mean(mean, self.weights))
    }

    /// How large they are: their mean, of Gaussian ones the largest.
    pub(crate) fn size(&self, family: Family, link: Link) -> f64 {
        if family == Family::Gaussian { self.largest } else { self.mean(family, link) }
    }
}
