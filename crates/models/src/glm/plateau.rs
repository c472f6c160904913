//! Whether a fit ended on a plateau: far out, where all the means that some direction moves are at an end of what the link has.
//!
//! Links of probabilities bound the means of counts and of normal responses too, so that the loss of a row may be finite at both ends. Such a
//! loss has no minimum along a direction that moves none of the other rows and leads rows there, though it needn't lead each to
//! its own response, as where responses are separated: all that is left of a gradient is what underflows, and a fit would take the point for a
//! minimum.
//!
//! The question is asked where means are far out (within about 1e-5 of an end). The rows that aren't must leave a combination of the
//! columns undetermined. Along the part of the estimates that this combination is, doubled again and again, the loss of the rows far out must
//! not rise by more than rounding. A minimum has no such direction: its rows tell the columns apart, or the loss rises visibly as the estimates
//! grow.

use super::Glm;
use super::startable::Startable;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::linalg::largest;
use crate::pieces::Pieces;
use ndarray::{Array1, Array2, ArrayView1};

/// How far the estimates are followed, in parts of what they are, less them themselves.
const DISTANCES: [f64; 12] = [0.0, 0.1, 0.5, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 127.0, 255.0, 1023.0];
/// A rise of the loss by less than this part of it is rounding.
const NOISE: f64 = 1e-12;
/// What a direction moves a predictor by is rounding below this part of its terms.
const LEVEL: f64 = 1e-9;
/// A parameter is named in a direction where its part, relative to the largest, is above this.
const LEAST_PART: f64 = 1e-6;

/// Refuses estimates that are on a plateau.
///
/// # Errors
/// The direction along which the loss has no minimum; whatever keeps the rows from being read.
pub(super) fn check<M: Startable>(model: &M, parameters: &[f64], loss: f64) -> Result<()> {
    let glm = model.glm();
    if !glm.link.is_of_probabilities() || glm.family == Family::Binomial || !glm.ridge.is_none() {
        return Ok(());
    }
    let Some(direction) = undetermined(glm, &model.root_within(parameters)?, parameters) else { return Ok(()) };
    let losses = model.losses_along(parameters, direction.view())?;
    // What isn't a number is no plateau.
    let is_level = |pair: &[f64]| pair[1] <= pair[0] + NOISE * losses[0];
    if !losses.windows(2).all(is_level) {
        return Ok(());
    }
    let size = largest(&direction);
    let parts = glm.design.names().into_iter().zip(direction / size);
    let direction = parts.filter(|(_, part)| part.abs() > LEAST_PART).collect();
    Err(Error::AtInfinity { direction, loss })
}

/// The part of the parameters that rows with this root don't determine, if there is one: that of the columns which those before them make
/// up, less what these then have to make up for.
fn undetermined(glm: &Glm<'_>, root: &Array2<f64>, parameters: &[f64]) -> Option<Array1<f64>> {
    let mut direction = Array1::zeros(parameters.len());
    for (column, of) in glm.design.dependences(root) {
        direction[column] += parameters[column];
        of.into_iter().for_each(|(other, part)| direction[other] -= part * parameters[column]);
    }
    (largest(&direction) > 0.0).then_some(direction)
}

/// What no rows lose at each of the distances.
pub(crate) fn no_losses_along() -> Pieces<Vec<f64>> {
    Pieces::new(vec![0.0; DISTANCES.len()])
}

impl Glm<'_> {
    /// The weight 0 of a row whose mean is far out at these parameters, and 1 of the others.
    pub(crate) fn weight_within(&self, parameters: &[f64]) -> impl Fn(usize) -> f64 + use<'_> {
        let predictors = self.design.predictors(ArrayView1::from(parameters));
        move |row| if self.link.is_far_out(predictors[row]) { 0.0 } else { 1.0 }
    }

    /// Adds the losses of the rows whose means are far out, at each of the distances along a direction.
    pub(crate) fn add_losses_along(
        &self,
        parameters: &[f64],
        direction: ArrayView1<'_, f64>,
        sums: &mut Pieces<Vec<f64>>,
    ) {
        let predictors = self.design.predictors(ArrayView1::from(parameters));
        sums.add(predictors.len(), |sums, rows| {
            for row in rows.filter(|&row| self.design.weight(row) > 0.0 && self.link.is_far_out(predictors[row])) {
                let (mut moved, mut size) = (0.0, 0.0f64);
                self.design.visit_row(row, |place, cell| {
                    moved += cell * direction[place];
                    size = size.max((cell * direction[place]).abs());
                });
                let moved = if moved.abs() > LEVEL * size { moved } else { 0.0 };
                for (sum, distance) in sums.iter_mut().zip(DISTANCES) {
                    let eta = predictors[row] + distance * moved;
                    *sum += self.design.weight(row) * self.family.unit_deviance(self.link, self.y[row], eta);
                }
            }
        });
    }
}
