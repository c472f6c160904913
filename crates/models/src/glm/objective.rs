//! The loss of a generalised linear model, and what is known of it.

use super::Glm;
use super::startable::Startable;
use crate::design::RootOfRows;
use crate::error::{Combination, Error, Result};
use crate::evaluate::row_values;
use crate::family::{Bound, Family};
use crate::objective::{Block, Objective, Recording};
use crate::separation::{Responses, of_responses};
use autodiff::{Binding, Tape, Var};
use ndarray::{Array2, ArrayView1, s};

impl Objective for Glm<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.design.blocks()
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        let eta = self.design.record(tape, parameters);
        let loss = self.family.record_loss(self.link, eta, tape.rows("y", &[]));
        let weights = self.design.record_weights(tape);
        let weighted = |rows: Var<'t, f64>| weights.map_or(rows, |weights| weights.strong_mul(rows));
        let recording = Recording::new(weighted(loss).sum()).with_predictor(eta);
        let recording = self.ridge.penalise(recording, self.design.slope_blocks(parameters));
        Ok(match self.family.record_information(self.link, eta) {
            Some(information) => recording.with_information(weighted(information)),
            None => recording,
        })
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = self.bind_rows();
        bindings.extend(self.bind_fixed());
        bindings
    }

    /// The intercept of the mean response; without an intercept, least squares on the predictors of the responses.
    fn start(&self) -> Result<Vec<f64>> {
        self.usual_start(self.mean_response(), || Ok(self.typical_offset()), || self.nearest_to_responses())
    }

    /// The columns' norms, weighted as the information of the mean response does.
    fn scales(&self) -> Vec<f64> {
        self.design
            .squares(self.information_at(self.mean_response()))
            .iter()
            .map(|square| (square + self.ridge()).sqrt())
            .collect()
    }

    fn lower_bound(&self) -> f64 {
        Bound::of(self.family, self.y, |row| self.design.weight(row))
    }

    fn rows(&self) -> usize {
        self.design.rows()
    }

    fn every(&self, stride: usize) -> Option<Self> {
        Some(Glm {
            design: self.design.every(stride)?,
            y: self.y.slice_move(s![..;stride]),
            family: self.family,
            link: self.link,
            ridge: self.ridge.every(stride),
            dispersion: self.dispersion,
            aliased: self.aliased.clone(),
        })
    }

    fn check(&self) -> Result<()> {
        self.design.check_finite()
    }

    fn superfluous(&self) -> Result<Option<Vec<Combination>>> {
        // A penalty tells columns apart that the data can't.
        Ok(Some(if self.ridge.is_none() { self.design.superfluous(usize::MAX) } else { Vec::new() }))
    }

    fn fast_information(
        &self,
        _parameters: ArrayView1<'_, f64>,
        weights: &dyn Fn() -> Result<Vec<f64>>,
    ) -> Result<Option<Array2<f64>>> {
        if !self.design.is_sparse() {
            return Ok(None);
        }
        Ok(Some(self.with_ridge_of(self.design.sparse_product(&weights()?))))
    }

    fn information_root(&self, parameters: ArrayView1<'_, f64>) -> Result<Option<Array2<f64>>> {
        let weights = row_values(self, parameters)?.information;
        let mut root = RootOfRows::new(parameters.len());
        root.add(&self.design, |row| weights[row]);
        root.penalise(self.ridge(), self.design.slope_places(1));
        Ok(Some(root.finish()))
    }

    fn recession(&self, direction: &[f64]) -> Option<Error> {
        if !self.ridge.is_none() {
            return None;
        }
        let only = Responses { design: &self.design, y: self.y, first: 0 };
        let each_block = |take: &mut dyn FnMut(Responses<'_>)| {
            take(only);
            Ok(())
        };
        of_responses(&self.design, self.family, self.link, &each_block, direction).unwrap_or_else(Some)
    }

    /// Losses that aren't convex may fall towards means of 0 or infinity, or, where means are probabilities, of 0 or 1.
    fn knows_recession(&self) -> bool {
        let stay_finite = match self.family {
            Family::Binomial => false,
            Family::Gaussian | Family::InverseGaussian => true,
            _ => self.link.is_of_probabilities(),
        };
        !stay_finite || self.link == self.family.canonical_link() || !self.ridge.is_none()
    }
}
