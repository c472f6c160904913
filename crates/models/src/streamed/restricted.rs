//! Fits under links that restrict the predictor, where the maximum lies in the interior of what is left to it. To follow a boundary takes
//! more passes than rows in a source are read for: [`domain`](crate::domain) does so in memory.

use super::StreamedGlm;
use crate::domain::{Domain, Nearest, Plain, without_barrier};
use crate::error::{Error, Result};
use crate::fit::{Fit, Observer, Options};
use crate::objective::Objective;
use crate::pieces::{Piece, Pieces};

/// The least distance and the largest predictor of all rows.
impl Piece for Nearest {
    fn take_in(&mut self, next: &Self) {
        self.slack = self.slack.min(next.slack);
        self.largest = self.largest.max(next.largest);
    }

    fn visit(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        visit(&mut self.slack);
        visit(&mut self.largest);
    }
}

impl StreamedGlm<'_> {
    /// The fit in memory, bit for bit, if its start and its end are in the interior.
    ///
    /// # Errors
    /// [`Error::BoundaryNeedsRows`] otherwise.
    pub(super) fn minimise_within(
        &self,
        domain: Domain,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Result<Fit> {
        let needs_rows = |what| Error::BoundaryNeedsRows { link: self.glm.link(), what };
        let start = match &options.start {
            Some(start) => start.clone(),
            None => {
                let start = self.start()?;
                if self.nearest(domain, &start)?.slack <= 0.0 {
                    return Err(needs_rows("some rows have none where the fit starts"));
                }
                start
            }
        };
        let options = Options { start: Some(start), ..options.clone() };
        let least = self.glm.least_size_with(&self.totals.responses);
        let slack = |fit: &Fit| Ok(self.nearest(domain, &fit.parameters)?.relative_slack(domain, least));
        match without_barrier(self, &options, observer, slack)? {
            Plain::Done(fit) => Ok(fit),
            Plain::Held(_) => Err(needs_rows("the fit goes to where they end")),
        }
    }

    fn nearest(&self, domain: Domain, parameters: &[f64]) -> Result<Nearest> {
        let [nearest] = self.sum([Pieces::new(Nearest::default())], |block, [nearest]| {
            let rows = block.design().rows();
            nearest.add(rows, |nearest, rows| nearest.add(block, rows, domain, parameters));
            Ok(())
        })?;
        Ok(nearest)
    }
}
