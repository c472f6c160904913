//! How a generalised linear model is fitted: within the domain of its predictors, if that is restricted.

use super::{Glm, GlmFit, Startable, fit_lowest};
use crate::domain;
use crate::error::{Error, Result};
use crate::fit::{Control, Fit, Observer, Options, Progress, Status, minimise_observed, recession};
use crate::objective::Objective;

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
        self.check_rank_by_size()?;
        self.check_units(options.method, &self.responses(), |information| self.largest_cells_in_doubt(information))?;
        fit_lowest(self, options, observer)
    }

    /// More coefficients than rows can't be told apart, whatever the columns hold: that takes no look at the curvature.
    fn check_rank_by_size(&self) -> Result<()> {
        /// The work grows with the cube of the rows.
        const MOST_ROWS: usize = 1_000;
        const NAMED: usize = 3;
        let (rows, parameters) = (self.design.observed_rows().count(), self.design.parameters());
        if rows == 0 {
            return Err(Error::NoRows);
        }
        if !self.ridge.is_none() || rows >= parameters {
            return Ok(());
        }
        self.check()?;
        let combinations = if rows <= MOST_ROWS { self.design.superfluous(NAMED) } else { Vec::new() };
        Err(Error::MoreColumnsThanRows { parameters, rows, combinations })
    }

    /// The error of a loss that falls for ever as that of separated responses, where it is one.
    fn with_cause(&self, error: Error) -> Error {
        let Error::AtInfinity { direction, .. } = &error else { return error };
        let part = |name: &String| direction.iter().find(|(of, _)| of == name).map_or(0.0, |(_, part)| *part);
        let direction: Vec<f64> = self.design.names().iter().map(part).collect();
        self.recession(&direction).unwrap_or(error)
    }

    /// The outcome of a fit.
    ///
    /// # Errors
    /// What it is that sends fitted means to the end of what they can be, if it is known.
    pub(crate) fn with_outcome(&self, mut fit: Fit) -> Result<GlmFit> {
        if fit.converged() && !self.is_sound(&fit.parameters) {
            recession::check_end(self, &fit.parameters)?;
            fit.status = Status::NotFinite;
        }
        Ok(self.outcome_of(fit, self.design.rows()))
    }
}

impl Startable for Glm<'_> {
    fn glm(&self) -> &Glm<'_> {
        self
    }

    fn nearest_to_responses(&self) -> Result<Vec<f64>> {
        let mean = self.mean_response();
        let (predictors, weights) = self.predictors_to_be_near(mean, self.largest_information(mean));
        self.nearest_to(&predictors, &weights)
    }

    fn fit_from(&self, options: &Options, observer: &mut dyn Observer) -> Result<GlmFit> {
        let found = match self.family.domain(self.link) {
            None => minimise_observed(self, options, observer),
            Some(domain) => domain::minimise(self, domain, options, observer),
        };
        let fit = found.map_err(|error| self.with_cause(error))?;
        if fit.status != Status::Stopped && self.is_far_out(&fit.parameters) {
            recession::check_end(self, &fit.parameters)?;
        }
        self.with_outcome(fit)
    }
}
