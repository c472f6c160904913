//! How a generalised linear model is fitted: within the domain of its predictors, if that is restricted.

use super::attempt::outcome;
use super::plateau::no_losses_along;
use super::startable::{Means, Startable};
use super::{Glm, GlmFit, fit_lowest};
use crate::domain;
use crate::error::{Combination, Error, Result};
use crate::fit::{Control, Fit, Observer, Options, Progress, minimise_observed};
use crate::objective::Objective;
use ndarray::{Array2, ArrayView1};

impl Glm<'_> {
    /// Fits the model.
    ///
    /// # Errors
    /// A cell that is not finite, a design that is rank deficient, labels of one class or otherwise separated, starting
    /// values outside the domain. A fit that merely didn't converge is no error: its status says why.
    pub fn fit(&self, options: &Options) -> Result<GlmFit> {
        self.fit_observed(options, &mut |_: &Progress| Control::Continue)
    }

    /// Fits the model, watched by an observer.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_observed(&self, options: &Options, observer: &mut dyn Observer) -> Result<GlmFit> {
        self.check_rank_by_size(self.design.observed_rows().count(), |most| Ok(self.design.superfluous(most)))?;
        self.check_units(options.method, &self.responses(), |information| self.largest_cells_in_doubt(information))?;
        fit_lowest(self, options, observer)
    }

    /// More coefficients than rows with a weight can't be told apart, whatever the columns hold: that takes no look at the curvature.
    /// `superfluous` gives the first so many columns that those before them make up.
    pub(crate) fn check_rank_by_size(
        &self,
        rows: usize,
        superfluous: impl FnOnce(usize) -> Result<Vec<Combination>>,
    ) -> Result<()> {
        /// The work grows with the cube of the rows.
        const MOST_ROWS: usize = 1_000;
        const NAMED: usize = 3;
        let parameters = self.design.parameters();
        if rows == 0 {
            return Err(Error::NoRows);
        }
        if !self.ridge.is_none() || rows >= parameters {
            return Ok(());
        }
        self.check()?;
        let combinations = if rows <= MOST_ROWS { superfluous(NAMED)? } else { Vec::new() };
        Err(Error::MoreColumnsThanRows { parameters, rows, combinations })
    }

    /// The outcome of a fit that asks for no maximum of the likelihood.
    ///
    /// # Errors
    /// What it is that sends fitted means to the end of what they can be, if it is known.
    pub(crate) fn with_outcome(&self, fit: Fit) -> Result<GlmFit> {
        let means = self.means_of(&fit.parameters);
        outcome(self, fit, means)
    }
}

impl Startable for Glm<'_> {
    fn glm(&self) -> &Glm<'_> {
        self
    }

    fn observed(&self) -> usize {
        self.design.observed_rows().count()
    }

    fn nearest_to_responses(&self) -> Result<Vec<f64>> {
        let mean = self.mean_response();
        let (predictors, weights) = self.predictors_to_be_near(mean, self.largest_information(mean));
        self.nearest_to(&predictors, &weights)
    }

    fn descend(&self, options: &Options, observer: &mut dyn Observer) -> Result<Fit> {
        match self.family.domain(self.link) {
            None => minimise_observed(self, options, observer),
            Some(domain) => domain::minimise(self, domain, options, observer),
        }
    }

    fn means_at(&self, parameters: &[f64]) -> Result<Means> {
        Ok(self.means_of(parameters))
    }

    fn root_within(&self, parameters: &[f64]) -> Result<Array2<f64>> {
        Ok(self.design.root(self.weight_within(parameters)))
    }

    fn losses_along(&self, parameters: &[f64], direction: ArrayView1<'_, f64>) -> Result<Vec<f64>> {
        let mut sums = no_losses_along();
        self.add_losses_along(parameters, direction, &mut sums);
        Ok(sums.finish())
    }
}
