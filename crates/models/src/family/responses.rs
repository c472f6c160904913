//! Sums over the responses: what shows their mean and their units.

use super::Family;
use crate::link::Link;
use crate::pieces::{Piece, Pieces};
use ndarray::ArrayView1;

/// Sums over rows with their weights.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Responses {
    rows: f64,
    weighted: f64,
    plain: f64,
    largest: f64,
    /// The sum of the weights.
    pub(crate) weights: f64,
}

impl Responses {
    pub(crate) fn of(y: ArrayView1<'_, f64>, weight: impl Fn(usize) -> f64) -> Self {
        Pieces::sum(Self::default(), y.len(), |responses, row| responses.add(weight(row), y[row]))
    }

    /// Adds a row with its weight.
    pub(crate) fn add(&mut self, weight: f64, y: f64) {
        self.rows += 1.0;
        self.weighted += weight * y;
        self.plain += y;
        self.largest = self.largest.max(y.abs());
        self.weights += weight;
    }

    /// The mean, weighted; plain, where no weight is positive.
    pub(crate) fn plain_mean(&self) -> f64 {
        if self.weights > 0.0 { self.weighted / self.weights } else { self.plain / self.rows.max(1.0) }
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

impl Piece for Responses {
    fn take_in(&mut self, next: &Self) {
        self.rows += next.rows;
        self.weighted += next.weighted;
        self.plain += next.plain;
        self.largest = self.largest.max(next.largest);
        self.weights += next.weights;
    }

    fn visit(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        let Responses { rows, weighted, plain, largest, weights } = self;
        [rows, weighted, plain, largest, weights].into_iter().for_each(visit);
    }
}
