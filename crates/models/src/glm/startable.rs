//! What a fit asks of a model, wherever its rows are: in memory or in a source.

use super::Glm;
use crate::error::Result;
use crate::fit::{Fit, Observer, Options};
use crate::objective::Objective;
use ndarray::{Array2, ArrayView1};

/// A generalised linear model that is fitted from several starts, wherever its rows are.
pub(crate) trait Startable: Objective {
    /// Its terms, family and link.
    fn glm(&self) -> &Glm<'_>;

    /// How many rows have a weight.
    fn observed(&self) -> usize;

    /// Parameters whose predictors are nearest to those of the responses, of the mean response where a response has none: R's
    /// first step. Distances are weighted by the information of a mean that is the response, but no row's by next to nothing.
    fn nearest_to_responses(&self) -> Result<Vec<f64>>;

    /// Goes down from where the options say, or from the model's own start.
    fn descend(&self, options: &Options, observer: &mut dyn Observer) -> Result<Fit>;

    /// What the means at these parameters say about them.
    fn means_at(&self, parameters: &[f64]) -> Result<Means>;

    /// A root of `Σ xᵢxᵢᵀ` over the rows whose means aren't far out at these parameters.
    fn root_within(&self, parameters: &[f64]) -> Result<Array2<f64>>;

    /// The losses of the rows whose means are far out, at distances along a direction: see [`plateau`](super::plateau).
    fn losses_along(&self, parameters: &[f64], direction: ArrayView1<'_, f64>) -> Result<Vec<f64>>;
}

/// What the means of some rows say about the parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    /// Whether they are finite, and the rows' deviances.
    pub(crate) are_sound: bool,
    /// Whether one is so near the end of what the link has that there may be no maximum.
    pub(crate) are_far_out: bool,
    /// Whether one is on its way to 0 where the link has that at infinity only: what there is of a gradient may then be rounding because
    /// of that, and not because of a minimum.
    pub(crate) are_vanishing: bool,
    /// How many have left their responses so far behind that there is next to no gradient, though no minimum either.
    pub(crate) spent: usize,
}

impl Default for Means {
    fn default() -> Self {
        Means { are_sound: true, are_far_out: false, are_vanishing: false, spent: 0 }
    }
}

impl Means {
    /// What these and the means of other rows say.
    pub(super) fn and(self, other: Means) -> Means {
        let are_far_out = self.are_far_out || other.are_far_out;
        let are_vanishing = self.are_vanishing || other.are_vanishing;
        let spent = self.spent + other.spent;
        Means { are_sound: self.are_sound && other.are_sound, are_far_out, are_vanishing, spent }
    }
}
