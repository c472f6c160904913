//! What a first pass over the rows finds.

use super::passes::Passes;
use super::rows::{Cells, Origin};
use crate::error::Result;
use crate::family::{Bound, Responses};
use crate::fingerprint::{self, Fingerprint};
use crate::glm::Glm;
use crate::pieces::{Piece, Pieces};

#[derive(Clone, Debug)]
pub(super) struct Totals {
    pub(super) rows: usize,
    /// Rows with a positive weight.
    pub(super) observed: usize,
    /// Rows with a positive response.
    pub(super) positive: usize,
    /// Rows whose responses are no counts: see [`Family::is_no_count`](crate::Family).
    pub(super) no_counts: usize,
    /// Sums over the responses.
    pub(super) responses: Responses,
    /// The least and the largest cell of the columns in size, 0 not counted.
    pub(super) cells: (f64, f64),
    /// Whether a row has a part in each parameter's effect.
    pub(super) filled: Vec<bool>,
    /// −∞ without offsets.
    largest_offset: f64,
    bound: Bound,
    pub(super) fingerprint: Fingerprint,
}

impl Totals {
    /// Checks all cells on the way.
    pub(super) fn of(glm: &Glm<'_>, origin: &Origin<'_>, passes: &Passes<'_>) -> Result<Self> {
        let nothing = Totals {
            rows: 0,
            observed: 0,
            positive: 0,
            no_counts: 0,
            responses: Responses::default(),
            cells: (f64::INFINITY, 0.0),
            filled: glm.design().no_levels_filled(),
            largest_offset: f64::NEG_INFINITY,
            bound: Bound::new(glm.family()),
            fingerprint: Fingerprint::default(),
        };
        let add = |cells: &Cells<'_>, [totals]: &mut [Pieces<Self>; 1]| Self::add(totals, &cells.of_glm(glm));
        let [totals] = origin.sum(passes, origin.rows(), [Pieces::new(nothing)], add)?;
        Ok(totals)
    }

    fn add(totals: &mut Pieces<Self>, block: &Glm<'_>) -> Result<()> {
        let design = block.design();
        let of_design = design.check_cells();
        block.family().check(block.response()).map_err(|error| error.or_earlier(of_design.clone().err()))?;
        of_design?;
        totals.add(design.rows(), |totals, rows| {
            totals.rows += rows.len();
            design.mark_filled(rows.clone(), &mut totals.filled);
            totals.cells = wider(totals.cells, design.range_of_cells(rows.clone()));
            for row in rows {
                let (weight, y) = (design.weight(row), block.response()[row]);
                totals.responses.add(weight, y);
                totals.bound.add(weight, y);
                totals.fingerprint.add(fingerprint::of_number(y), design, row);
                totals.observed += usize::from(weight > 0.0);
                totals.positive += usize::from(y > 0.0);
                totals.no_counts += usize::from(block.family().is_no_count(weight, y));
                if let Some(offset) = design.offset() {
                    totals.largest_offset = totals.largest_offset.max(offset[row]);
                }
            }
        });
        Ok(())
    }

    /// What the loss can't fall below.
    pub(super) fn lower_bound(&self) -> f64 {
        self.bound.value()
    }

    /// What the offset adds to the predictor of the mean response.
    pub(super) fn typical_offset(&self, glm: &Glm<'_>, origin: &Origin<'_>, passes: &Passes<'_>) -> Result<f64> {
        if glm.design().offset().is_none() {
            return Ok(0.0);
        }
        let nothing = Pieces::new(vec![0.0; 2]);
        let [sums] = origin.sum(passes, Some(self.rows), [nothing], |cells, [sums]| {
            cells.of_glm(glm).add_offsets(self.largest_offset, sums);
            Ok(())
        })?;
        Ok(glm.offset_of_sums(self.largest_offset, &sums))
    }
}

/// The least and the largest of two ranges.
fn wider(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0.min(b.0), a.1.max(b.1))
}

impl Piece for Totals {
    fn take_in(&mut self, next: &Self) {
        self.rows += next.rows;
        self.observed += next.observed;
        self.positive += next.positive;
        self.no_counts += next.no_counts;
        self.responses.take_in(&next.responses);
        self.cells = wider(self.cells, next.cells);
        self.filled.iter_mut().zip(&next.filled).for_each(|(filled, other)| *filled |= other);
        self.largest_offset = self.largest_offset.max(next.largest_offset);
        self.bound.take_in(&next.bound);
        self.fingerprint.take_in(&next.fingerprint);
    }

    fn visit(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        [&mut self.rows, &mut self.observed, &mut self.positive, &mut self.no_counts]
            .into_iter()
            .for_each(|count| visit_count(count, visit));
        self.responses.visit(visit);
        [&mut self.cells.0, &mut self.cells.1, &mut self.largest_offset].into_iter().for_each(&mut *visit);
        for filled in &mut self.filled {
            let mut number = f64::from(*filled);
            visit(&mut number);
            *filled = number != 0.0;
        }
        self.bound.visit(visit);
        self.fingerprint.visit(visit);
    }
}

/// Visits a number of rows: exact, as there are fewer than 2⁵³.
pub(super) fn visit_count(count: &mut usize, visit: &mut dyn FnMut(&mut f64)) {
    let mut number = *count as f64;
    visit(&mut number);
    *count = number as usize;
}
