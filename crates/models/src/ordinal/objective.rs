//! Ordinal regression as an objective: its loss on the tape, starting values, scales, and whether there is a minimum.
//!
//! The parameters are the coefficients, in a block for each of the design's terms, and a block of thresholds. Thresholds out
//! of order have a loss of NaN, so that a step there is rejected.

use super::{Ordinal, threshold_names};
use crate::design::RootOfRows;
use crate::error::{Combination, Error, Result};
use crate::family::Recession;
use crate::fit::{Fit, recession};
use crate::link::Link;
use crate::objective::{Block, Objective, Recording, names};
use crate::separation::{Inequalities, Inequality};
use autodiff::{Binding, Tape, Var, bind_indices};
use ndarray::{Array1, Array2, ArrayView1, Axis, arr1, s};

impl Ordinal<'_> {
    /// `½λ‖β‖²` of given parameters.
    pub(super) fn penalty(&self, parameters: &[f64]) -> f64 {
        self.ridge.of(parameters.iter().take(self.design.parameters()))
    }

    /// The share of the rows at or below each level but the highest.
    fn cumulative_shares(&self) -> Vec<f64> {
        let weights = self.level_weights();
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let cumulated = weights.iter().map(|weight| {
            sum += weight;
            sum / total
        });
        cumulated.take(weights.len() - 1).collect()
    }

    /// Where a fit by gradients alone ended with predictors that are large beyond reason, asks whether there is a
    /// minimum at all.
    pub(super) fn look_for_separation(&self, fit: &Fit) -> Result<()> {
        let (coefficients, thresholds) = fit.parameters.split_at(self.design.parameters().min(fit.parameters.len()));
        let predictors = self.design.predictors(ArrayView1::from(coefficients));
        let far = |parameter: &f64| parameter.abs() > recession::LARGE;
        if !self.ridge.is_none() || !predictors.iter().chain(thresholds).any(far) {
            return Ok(());
        }
        recession::check_end(self, &fit.parameters)
    }

    /// Adds the rows' parts of the Hessian to a root of it. With a and b, what the thresholds above and below a row's level exceed its
    /// predictor by, its loss is `−ln σ(a) − ln σ(−b) − ln(1 − e^(b−a))`: three terms with a positive second derivative each.
    fn add_information(&self, parameters: ArrayView1<'_, f64>, root: &mut RootOfRows) {
        let terms = self.design.parameters();
        let (coefficients, thresholds) = parameters.split_at(Axis(0), terms);
        let predictors = self.design.predictors(coefficients);
        let mut cells = Array1::zeros(terms);
        for row in self.design.observed_rows() {
            self.design.write_row(row, cells.view_mut());
            let (weight, level) = (self.design.weight(row), self.labels[row]);
            let (above, below) = (Some(level).filter(|&at| at < thresholds.len()), level.checked_sub(1));
            let mut push = |size: f64, term: f64, parts: [(Option<usize>, f64); 2]| {
                let threshold =
                    |at: usize| parts.iter().filter(|(of, _)| *of == Some(at)).map(|(_, part)| part).sum::<f64>();
                let of_thresholds = (0..thresholds.len()).map(|at| size * threshold(at));
                root.push(cells.iter().map(|cell| size * term * cell).chain(of_thresholds));
            };
            for at in [above, below].into_iter().flatten() {
                let slope = Link::Logit.slope(thresholds[at] - predictors[row]);
                push((weight * slope).sqrt(), -1.0, [(Some(at), 1.0), (None, 0.0)]);
            }
            if let (Some(above), Some(below)) = (above, below) {
                let half = 0.5 * (thresholds[above] - thresholds[below]);
                push(weight.sqrt() / (2.0 * half.sinh()), 0.0, [(Some(above), 1.0), (Some(below), -1.0)]);
            }
        }
    }

    /// What the threshold above each row's level exceeds its predictor by, and the one below, as vectors `e_threshold − x`: the one may
    /// grow for ever, the other fall.
    fn each_comparison(&self, take: &mut dyn FnMut(Inequality<'_>)) -> Result<()> {
        let terms = self.design.parameters();
        let mut cells = Array1::zeros(terms + self.levels.len() - 1);
        for row in self.design.observed_rows() {
            let above = self.labels[row];
            let thresholds = [Some((above, Recession::Up)), above.checked_sub(1).map(|below| (below, Recession::Down))];
            for (threshold, allowed) in thresholds.into_iter().flatten().filter(|(at, _)| *at + 1 < self.levels.len()) {
                cells.fill(0.0);
                self.design.visit_row(row, |place, cell| cells[place] = -cell);
                cells[terms + threshold] = 1.0;
                take(Inequality { row, allowed, vector: cells.view() });
            }
        }
        Ok(())
    }
}

impl Objective for Ordinal<'_> {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = self.design.blocks();
        blocks.push(Block::new(threshold_names(&self.levels)));
        blocks
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        let Some((&thresholds, coefficients)) = parameters.split_last() else {
            return Err(Error::CountMismatch { what: "blocks of parameters", found: 0, expected: self.blocks().len() });
        };
        let eta = self.design.record(tape, coefficients);
        let labels = tape.index_rows("labels", &[]);
        let end = |infinity: f64| tape.constant(arr1(&[infinity]));
        let above = tape.concatenate(0, &[thresholds, end(f64::INFINITY)]).gather(labels);
        let below = tape.concatenate(0, &[end(f64::NEG_INFINITY), thresholds]).gather(labels);
        let loss = -(above - eta).log_sigmoid_difference(below - eta);
        let weights = self.design.record_weights(tape);
        let loss = weights.map_or(loss, |weights| weights.strong_mul(loss)).sum();
        // The loss is convex: its own second derivatives serve as the information.
        let recording = Recording::new(loss).with_curvature(loss);
        Ok(self.ridge.penalise(recording, coefficients.iter().copied()))
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = self.design.bind();
        bindings.push(bind_indices("labels", self.labels));
        bindings.extend(self.ridge.bind());
        bindings
    }

    /// The thresholds of the levels' shares.
    fn start(&self) -> Result<Vec<f64>> {
        self.check_not_empty()?;
        let offset = self.design.offset().and_then(|offset| offset.mean()).unwrap_or(0.0);
        let mut start = vec![0.0; self.design.parameters()];
        start.extend(self.cumulative_shares().into_iter().map(|share| (share / (1.0 - share)).ln() + offset));
        Ok(start)
    }

    /// The columns' norms, weighted as the information of the levels' shares does; of a threshold that of its share.
    fn scales(&self) -> Vec<f64> {
        let shares = self.cumulative_shares();
        let total: f64 = self.level_weights().iter().sum();
        let slopes: Vec<f64> = shares.iter().map(|share| share * (1.0 - share)).collect();
        let information = slopes.iter().fold(0.0f64, |most, slope| most.max(*slope));
        let of_terms = self.design.squares(information).into_iter().map(|square| (square + self.ridge()).sqrt());
        of_terms.chain(slopes.iter().map(|slope| (total * slope).sqrt())).collect()
    }

    fn rows(&self) -> usize {
        self.design.rows()
    }

    fn every(&self, stride: usize) -> Option<Self> {
        let some = Ordinal {
            design: self.design.every(stride)?,
            labels: self.labels.slice_move(s![..;stride]),
            levels: self.levels.clone(),
            ridge: self.ridge.every(stride),
        };
        // A rare level may have none of these rows.
        some.check_not_empty().is_ok().then_some(some)
    }

    fn check(&self) -> Result<()> {
        self.design.check_finite()
    }

    /// Judged beside a column of ones, which shifting all thresholds amounts to.
    fn superfluous(&self) -> Result<Option<Vec<Combination>>> {
        // A penalty tells columns apart that the data can't.
        Ok(Some(match self.ridge.is_none() {
            true => self.design.clone().with_intercept().superfluous(usize::MAX),
            false => Vec::new(),
        }))
    }

    fn information_root(&self, parameters: ArrayView1<'_, f64>) -> Result<Option<Array2<f64>>> {
        let mut root = RootOfRows::new(parameters.len());
        self.add_information(parameters, &mut root);
        root.penalise(self.ridge(), 0..self.design.parameters());
        Ok(Some(root.finish()))
    }

    /// Whether the levels are told apart without error: along d the threshold above each row's level gains on its predictor,
    /// and the one below falls behind.
    fn recession(&self, direction: &[f64]) -> Option<Error> {
        if !self.ridge.is_none() {
            return None;
        }
        if let Err(error) = self.check_not_empty() {
            return Some(error);
        }
        let names = names(self);
        let inequalities = Inequalities { names, each: &|take| self.each_comparison(take) };
        inequalities.separation(direction).map(|found| found.map(Error::from)).unwrap_or_else(Some)
    }

    fn knows_recession(&self) -> bool {
        true
    }
}
