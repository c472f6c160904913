//! What losses are counted from: a bound of their sum over the rows.

use super::Family;
use crate::pieces::{Piece, Pieces};
use ndarray::ArrayView1;

/// How many times Pearson's statistic of the mean response a loss may be counted from below it.
const MOST: f64 = 100.0;

/// The sum of the rows' losses at means equal to the responses, which no fit falls below; of inverse Gaussian responses there
/// may be more to it.
///
/// The part of such a response is `1/y`, so that one far below the others would be all of the sum, and make every gradient small
/// beside it. It says nothing of the fit, though, whose scores are weighted by the means. So the loss is counted from no further
/// below that of the mean response than by [`MOST`] times Pearson's statistic there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    family: Family,
    saturated: f64,
    weights: f64,
    responses: f64,
    squares: f64,
}

impl Bound {
    pub(crate) fn new(family: Family) -> Self {
        Self { family, saturated: 0.0, weights: 0.0, responses: 0.0, squares: 0.0 }
    }

    /// The bound of all rows, each with its weight and its response.
    pub(crate) fn of(family: Family, y: ArrayView1<'_, f64>, weight: impl Fn(usize) -> f64) -> f64 {
        Pieces::sum(Self::new(family), y.len(), |bound, row| bound.add(weight(row), y[row])).value()
    }

    pub(crate) fn add(&mut self, weight: f64, y: f64) {
        self.saturated += weight * self.family.saturated_loss(y);
        self.weights += weight;
        self.responses += weight * y;
        self.squares += weight * y * y;
    }

    pub(crate) fn value(&self) -> f64 {
        let mean = self.responses / self.weights;
        match self.family {
            Family::InverseGaussian => {
                let (at_mean, squares) = (self.weights / mean, self.squares / mean / mean / mean);
                // Where squares leave the range, the maximum ignores what isn't a number.
                self.saturated.max(-0.5 * (at_mean + MOST * (squares - at_mean)))
            }
            _ => self.saturated,
        }
    }
}

impl Piece for Bound {
    fn take_in(&mut self, next: &Self) {
        self.saturated += next.saturated;
        self.weights += next.weights;
        self.responses += next.responses;
        self.squares += next.squares;
    }

    fn visit(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        let Bound { family: _, saturated, weights, responses, squares } = self;
        [saturated, weights, responses, squares].into_iter().for_each(visit);
    }
}
