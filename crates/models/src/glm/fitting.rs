//! How a generalised linear model is fitted: within the domain of its predictors, if that is restricted.

use super::{Glm, GlmFit};
use crate::domain;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::fit::{Control, Fit, Method, Observer, Options, Progress, Status, minimise_observed, recession};
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
        let first = self.fit_from(options, observer);
        let stopped = matches!(&first, Ok(fit) if fit.fit.status == Status::Stopped);
        let may_be_lower = self.family != Family::Gaussian && !self.family.is_convex(self.link);
        if !may_be_lower || options.method != Method::Newton || options.start.is_some() || stopped {
            return first;
        }
        // There may be another minimum. R looks for one from here.
        let Ok(start) = self.nearest_to_responses() else { return first };
        if self.start().is_ok_and(|usual| usual == start) {
            return first;
        }
        let second = self.fit_from(&Options { start: Some(start), ..options.clone() }, observer);
        match (first, second) {
            (Ok(first), Ok(second)) if is_better(&second.fit, &first.fit) => Ok(second),
            (Err(Error::Start { .. }), Ok(second)) if second.fit.converged() => Ok(second),
            (first, _) => first,
        }
    }

    /// The fit from where the options say.
    fn fit_from(&self, options: &Options, observer: &mut dyn Observer) -> Result<GlmFit> {
        let fit = match self.family.domain(self.link) {
            None => minimise_observed(self, options, observer)?,
            Some(domain) => domain::minimise(self, domain, options, observer)?,
        };
        self.with_outcome(fit)
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

    /// The outcome of a fit.
    ///
    /// # Errors
    /// What it is that sends fitted means to the end of the numbers, if it is known.
    pub(crate) fn with_outcome(&self, mut fit: Fit) -> Result<GlmFit> {
        if fit.converged() && !self.is_sound(&fit.parameters) {
            recession::check_end(self, &fit.parameters)?;
            fit.status = Status::NotFinite;
        }
        Ok(self.outcome_of(fit, self.design.rows()))
    }
}

/// Whether of two minima of a model one is lower.
fn is_better(fit: &Fit, other: &Fit) -> bool {
    /// What is lower by less than this part may be rounding.
    const LOWER: f64 = 1e-9;
    let is_found = |fit: &Fit| fit.converged() || fit.status == Status::Boundary;
    is_found(fit) && is_found(other) && fit.loss < other.loss - LOWER * other.loss.abs()
}
