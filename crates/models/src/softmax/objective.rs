//! Softmax regression as an objective: its loss on the tape, starting values, scales, and whether there is a minimum.
//!
//! Every class but the reference has a block for each of the design's terms, so that a block of the curvature is one product
//! `Xᵀ diag(w) X`.

use super::likelihood::{of_all_classes, probabilities};
use super::{Softmax, likelihood};
use crate::design::RootOfRows;
use crate::error::{Combination, Error, Result};
use crate::family::Recession;
use crate::fit::recession;
use crate::objective::{Block, Objective, Recording, names};
use crate::separation::{Each, Inequalities, Inequality};
use autodiff::{Binding, Tape, Var, bind_indices};
use ndarray::{Array1, Array2, ArrayView1, s};

impl Softmax<'_> {
    /// `½λΣ‖βₖ‖²` of given parameters.
    pub(crate) fn penalty(&self, parameters: &[f64]) -> f64 {
        self.ridge.of(self.design.slopes(parameters))
    }

    /// The intercepts of the classes' shares, where their rows have these weights.
    pub(crate) fn start_of(&self, class_weights: &[f64]) -> Result<Vec<f64>> {
        self.check_not_empty(class_weights)?;
        let terms = self.design.parameters();
        let mut start = vec![0.0; (self.classes.len() - 1) * terms];
        if self.design.has_intercept() {
            let shares = shares(class_weights);
            for (place, class) in self.free_classes().enumerate() {
                start[place * terms] = (shares[class] / shares[self.reference]).ln();
            }
        }
        Ok(start)
    }

    /// The rows' arrays.
    pub(crate) fn bind_rows(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = self.design.bind();
        bindings.push(bind_indices("labels", self.labels));
        bindings
    }

    /// All others.
    pub(crate) fn bind_fixed(&self) -> Vec<Binding<'_, f64>> {
        self.ridge.bind().into_iter().collect()
    }

    /// Whether a predictor is large beyond reason: where a fit by gradients alone ended so, it is asked whether there is a minimum at all.
    pub(crate) fn has_large_predictors(&self, parameters: &[f64]) -> bool {
        let of_class = |class: &[f64]| self.design.predictors(ArrayView1::from(class));
        let mut predictors = parameters.chunks(self.design.parameters().max(1)).flat_map(of_class);
        predictors.any(|eta| eta.is_nan() || eta.abs() > recession::LARGE)
    }

    /// Adds the rows' parts of the information to a root of it: `diag(π) − ππᵀ` is `Σₖ πₖ (eₖ − π)(eₖ − π)ᵀ` over all classes.
    pub(crate) fn add_information(&self, parameters: ArrayView1<'_, f64>, root: &mut RootOfRows) {
        let (terms, classes) = (self.design.parameters(), self.classes.len());
        let mut cells = Array1::zeros(terms);
        for row in self.design.observed_rows() {
            self.design.write_row(row, cells.view_mut());
            let predictors = parameters.exact_chunks(terms).into_iter().map(|of_class| cells.dot(&of_class));
            let shares = probabilities(&of_all_classes(predictors, classes, self.reference));
            for class in 0..classes {
                let others: f64 = (0..classes).filter(|&other| other != class).map(|other| shares[other]).sum();
                let part = |of: usize| if of == class { others } else { -shares[of] };
                let size = (self.design.weight(row) * shares[class]).sqrt();
                root.push(self.free_classes().flat_map(|of| {
                    let cells = &cells;
                    (0..terms).map(move |term| size * part(of) * cells[term])
                }));
            }
        }
    }

    /// Adds the ridge penalty's part.
    pub(crate) fn penalise(&self, root: &mut RootOfRows) {
        root.penalise(self.ridge(), self.design.slope_places(self.classes.len() - 1));
    }

    /// The separation that a direction leads to, if it does, of rows whose comparisons are handed over.
    ///
    /// # Errors
    /// Those of the passes.
    pub(crate) fn separation(&self, each: &Each<'_>, direction: &[f64]) -> Result<Option<Error>> {
        let names = names(self);
        Ok(Inequalities { names, each }.separation(direction)?.map(Error::from))
    }

    /// The vectors that the comparisons of each row's own class with the other classes are about, `x ⊗ (e_y − e_k)`; the rows' numbers
    /// go on from `first`.
    pub(crate) fn each_comparison(&self, first: usize, take: &mut dyn FnMut(Inequality<'_>)) -> Result<()> {
        let (terms, classes) = (self.design.parameters(), self.classes.len());
        let (mut cells, mut vector) = (Array1::zeros(terms), Array1::zeros(terms * (classes - 1)));
        for row in self.design.observed_rows() {
            self.design.write_row(row, cells.view_mut());
            for other in (0..classes).filter(|&class| class != self.labels[row]) {
                for (place, class) in self.free_classes().enumerate() {
                    let sign = f64::from(class == self.labels[row]) - f64::from(class == other);
                    vector.slice_mut(s![place * terms..(place + 1) * terms]).assign(&(&cells * sign));
                }
                take(Inequality { row: first + row, allowed: Recession::Up, vector: vector.view() });
            }
        }
        Ok(())
    }
}

/// The share of each class in the total weight.
fn shares(class_weights: &[f64]) -> Vec<f64> {
    let total: f64 = class_weights.iter().sum();
    class_weights.iter().map(|weight| weight / total).collect()
}

impl Objective for Softmax<'_> {
    fn blocks(&self) -> Vec<Block> {
        let of_class = |class: usize| {
            let named = move |name: &String| format!("{}:{name}", self.classes[class]);
            self.design.blocks().into_iter().map(move |block| Block::new(block.names().iter().map(named)))
        };
        self.free_classes().flat_map(of_class).collect()
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        let inputs = self.design.record_inputs(tape);
        let of_classes: Vec<&[Var<'t, f64>]> = parameters.chunks(self.design.terms().len()).collect();
        let eta = self.design.record_predictors(&inputs, &of_classes);
        let labels = tape.index_rows("labels", &[]);
        let weights = self.design.record_weights(tape);
        let weighted = |rows: Var<'t, f64>| weights.map_or(rows, |weights| weights.strong_mul(rows)).sum();
        let loss = weighted(likelihood::record_loss(tape, eta, labels, self.classes.len(), self.reference));
        let of_class = |of_class: &&[Var<'t, f64>]| self.design.record_predictor(&inputs, of_class);
        let predictors: Vec<Var<'t, f64>> = of_classes.iter().map(of_class).collect();
        let recording = Recording::new(loss);
        let recording = match likelihood::record_curvature(&predictors) {
            Some(curvature) => recording.with_curvature(weighted(curvature)),
            None => recording,
        };
        Ok(self.ridge.penalise(recording, self.design.slope_blocks(parameters)))
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = self.bind_rows();
        bindings.extend(self.bind_fixed());
        bindings
    }

    fn start(&self) -> Result<Vec<f64>> {
        self.start_of(&self.class_weights())
    }

    /// The columns' norms, weighted as the information of the classes' shares does.
    fn scales(&self) -> Vec<f64> {
        let (squares, shares, ridge) = (self.design.squares(1.0), shares(&self.class_weights()), self.ridge());
        let of_class = |class: usize| {
            let information = shares[class] * (1.0 - shares[class]);
            squares.iter().map(move |square| (square * information + ridge).sqrt())
        };
        self.free_classes().flat_map(of_class).collect()
    }

    fn rows(&self) -> usize {
        self.design.rows()
    }

    fn every(&self, stride: usize) -> Option<Self> {
        Some(Softmax {
            design: self.design.every(stride)?,
            labels: self.labels.slice_move(s![..;stride]),
            classes: self.classes.clone(),
            reference: self.reference,
            ridge: self.ridge.every(stride),
        })
    }

    fn check(&self) -> Result<()> {
        self.design.check_finite()
    }

    fn superfluous(&self) -> Result<Option<Vec<Combination>>> {
        // A penalty tells columns apart that the data can't.
        Ok(Some(if self.ridge.is_none() { self.design.superfluous(usize::MAX) } else { Vec::new() }))
    }

    fn information_root(&self, parameters: ArrayView1<'_, f64>) -> Result<Option<Array2<f64>>> {
        let mut root = RootOfRows::new(parameters.len());
        self.add_information(parameters, &mut root);
        self.penalise(&mut root);
        Ok(Some(root.finish()))
    }

    /// Whether some classes are told apart without error (Albert & Anderson 1984): along d, every row's own class gains on
    /// every other.
    fn recession(&self, direction: &[f64]) -> Option<Error> {
        if !self.ridge.is_none() {
            return None;
        }
        if let Err(error) = self.check_not_empty(&self.class_weights()) {
            return Some(error);
        }
        self.separation(&|take| self.each_comparison(0, take), direction).unwrap_or_else(Some)
    }

    fn knows_recession(&self) -> bool {
        true
    }
}
