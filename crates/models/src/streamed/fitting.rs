//! How a model of a source's rows is fitted, and from where.

use super::StreamedGlm;
use super::rows::Origin;
use super::totals::Totals;
use crate::design::RootOfRows;
use crate::error::Result;
use crate::fit::{Control, Fit, Observer, Options, Progress, minimise, minimise_observed};
use crate::glm::{Glm, GlmFit, Means, Startable, fit_lowest, no_losses_along};
use crate::pieces::{Largest, Pieces};
use ndarray::{Array2, ArrayView1};

/// Squares of products of two cells within this, and sums of them, leave the range of the numbers in no model.
const SURE: f64 = 1e50;

impl StreamedGlm<'_> {
    /// Fits the model.
    ///
    /// # Errors
    /// As [`Glm::fit`], and whatever is wrong with the source; a fit that starts or ends where a link has no more means
    /// ([`BoundaryNeedsRows`](crate::Error::BoundaryNeedsRows)).
    pub fn fit(&self, options: &Options) -> Result<GlmFit> {
        self.fit_observed(options, &mut |_: &Progress| Control::Continue)
    }

    /// Fits the model, watched by an observer.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_observed(&self, options: &Options, observer: &mut dyn Observer) -> Result<GlmFit> {
        self.glm.check_rank_by_size(self.totals.observed, |most| self.origin.combinations(self.glm.design(), most))?;
        let cells = |information| self.largest_cells_in_doubt(information);
        self.glm.check_units(options.method, &self.totals.responses, cells)?;
        fit_lowest(self, options, observer)
    }

    /// The largest cell of each parameter, where squares of products of two columns may leave the range: that takes a pass.
    fn largest_cells_in_doubt(&self, information: f64) -> Result<Option<Vec<f64>>> {
        let (least, largest) = self.totals.cells;
        let weighted = information * self.totals.responses.weights;
        let doubt = least < 1.0 / SURE || largest > SURE || !(1.0 / SURE..=SURE).contains(&weighted);
        if !doubt {
            return Ok(None);
        }
        let nothing = Largest(vec![0.0; self.glm.design().parameters()]);
        let [Largest(cells)] = self.sum([Pieces::new(nothing)], |block, [cells]| {
            let design = block.design();
            cells.add(design.rows(), |cells, rows| design.mark_largest(rows, &mut cells.0));
            Ok(())
        })?;
        Ok(Some(cells))
    }
}

impl Startable for StreamedGlm<'_> {
    fn glm(&self) -> &Glm<'_> {
        &self.glm
    }

    fn nearest_to_responses(&self) -> Result<Vec<f64>> {
        let mean = self.mean_response();
        let [Largest(largest)] = self.sum([Pieces::new(Largest(vec![0.0]))], |block, [largest]| {
            let of_block = block.largest_information(mean);
            largest.add(block.design().rows(), |largest, _| largest.0[0] = largest.0[0].max(of_block));
            Ok(())
        })?;
        let nothing = ArrayView1::from(&[][..]);
        let glm = self.glm.least_squares(nothing, nothing)?;
        let (rows, of) = (Box::new(self.origin.clone()), Box::new(self.glm.clone()));
        let origin = Origin::NearResponses { rows, glm: of, mean, largest: largest[0] };
        let totals = Totals::of(&glm, &origin, &self.passes)?;
        let least_squares = StreamedGlm { glm, origin, totals, passes: self.passes };
        Ok(minimise(&least_squares, &Options::default())?.parameters)
    }

    fn observed(&self) -> usize {
        self.totals.observed
    }

    fn descend(&self, options: &Options, observer: &mut dyn Observer) -> Result<Fit> {
        match self.glm.family().domain(self.glm.link()) {
            None => minimise_observed(self, options, observer),
            Some(domain) => self.minimise_within(domain, options, observer),
        }
    }

    fn means_at(&self, parameters: &[f64]) -> Result<Means> {
        let [counts] = self.sum([Pieces::new(vec![0.0; 4])], |block, [counts]| {
            let means = block.means_of(parameters);
            counts.add(block.design().rows(), |counts, _| {
                counts[0] += f64::from(!means.are_sound);
                counts[1] += f64::from(means.are_far_out);
                counts[2] += f64::from(means.are_vanishing);
                counts[3] += means.spent as f64;
            });
            Ok(())
        })?;
        let [are_far_out, are_vanishing] = [counts[1] > 0.0, counts[2] > 0.0];
        Ok(Means { are_sound: counts[0] == 0.0, are_far_out, are_vanishing, spent: counts[3] as usize })
    }

    fn root_within(&self, parameters: &[f64]) -> Result<Array2<f64>> {
        let mut root = RootOfRows::new(parameters.len());
        self.origin.each_cells(None, &mut |cells| {
            let block = cells.of_glm(&self.glm);
            root.add(block.design(), block.weight_within(parameters));
            Ok(())
        })?;
        Ok(root.finish())
    }

    fn losses_along(&self, parameters: &[f64], direction: ArrayView1<'_, f64>) -> Result<Vec<f64>> {
        let [losses] = self.sum([no_losses_along()], |block, [losses]| {
            block.add_losses_along(parameters, direction, losses);
            Ok(())
        })?;
        Ok(losses)
    }
}
