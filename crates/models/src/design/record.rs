//! The linear predictor, recorded, and the arrays that its inputs are bound to.
//!
//! The inputs are recorded once; several predictors may be recorded on them, each with parameters of its own.

use super::{Design, Term};
use autodiff::{Binding, IndexVar, Tape, Var, bind, bind_indices};

/// The inputs of a design on a tape.
pub(crate) struct Inputs<'t> {
    x: Var<'t, f64>,
    codes: Vec<IndexVar<'t, f64>>,
    offset: Option<Var<'t, f64>>,
}

impl Design<'_> {
    /// Records the inputs, and the linear predictor of the parameter blocks.
    pub(crate) fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Var<'t, f64> {
        self.record_predictor(&self.record_inputs(tape), parameters)
    }

    /// Records the inputs.
    pub(crate) fn record_inputs<'t>(&self, tape: &'t Tape<f64>) -> Inputs<'t> {
        Inputs {
            x: tape.rows("X", &[self.x.ncols()]),
            codes: self.codes.iter().map(|codes| tape.index_rows(&codes.input, &[])).collect(),
            offset: self.offset.is_some().then(|| tape.rows("offset", &[])),
        }
    }

    /// Records the linear predictor, on the rows, of the parameter blocks (as many as [`blocks`](Self::blocks)).
    pub(crate) fn record_predictor<'t>(&self, inputs: &Inputs<'t>, parameters: &[Var<'t, f64>]) -> Var<'t, f64> {
        let Inputs { x, ref codes, offset } = *inputs;
        let column = |column: usize| x.index_axis(1, column);
        let parameters = self.with_left_out(parameters);
        let contribution = |(term, theta): (Term, Var<'t, f64>)| match term {
            Term::Intercept => theta,
            Term::Columns => x.linear(theta),
            Term::Product(a, b) => column(a) * column(b) * theta,
            Term::Levels { codes: place, column: slope_of } => {
                let reference = x.tape().constant(ndarray::arr1(&[0.0]));
                let effect = x.tape().concatenate(0, &[reference, theta]).gather(codes[place]);
                slope_of.map_or(effect, |slope_of| column(slope_of) * effect)
            }
        };
        // The columns' product first: it is on the rows whatever the other terms are.
        let (columns, others): (Vec<_>, Vec<_>) =
            self.terms().into_iter().zip(parameters).partition(|(term, _)| matches!(term, Term::Columns));
        let parts: Vec<Var<'t, f64>> = columns.into_iter().chain(others).map(contribution).collect();
        let sum = parts.into_iter().chain(offset).reduce(|sum, part| sum + part);
        sum.unwrap_or_else(|| x.sum_axes(&[1]))
    }

    /// Records several linear predictors side by side, a column for each of the `parameters` by term: one product of matrices
    /// for all of them.
    pub(crate) fn record_predictors<'t>(&self, inputs: &Inputs<'t>, parameters: &[&[Var<'t, f64>]]) -> Var<'t, f64> {
        let Inputs { x, ref codes, .. } = *inputs;
        let tape = x.tape();
        let parameters: Vec<_> = parameters.iter().map(|of| self.with_left_out(of)).collect();
        let column = |column: usize| x.index_axis(1, column).insert_axis(1);
        let contribution = |(place, term): (usize, Term)| {
            let thetas: Vec<Var<'t, f64>> = parameters.iter().filter_map(|of| of.get(place).copied()).collect();
            match term {
                Term::Intercept => tape.concatenate(0, &thetas),
                Term::Columns => x.dot(tape.stack(1, &thetas)),
                Term::Product(a, b) => column(a) * column(b) * tape.concatenate(0, &thetas).insert_axis(0),
                Term::Levels { codes: of_rows, column: slope_of } => {
                    let reference = tape.constant(ndarray::Array2::zeros((1, thetas.len())));
                    let effects = tape.concatenate(0, &[reference, tape.stack(1, &thetas)]).gather(codes[of_rows]);
                    slope_of.map_or(effects, |slope_of| column(slope_of) * effects)
                }
            }
        };
        let terms = self.terms().into_iter().enumerate();
        // The columns' product first: it is on the rows whatever the other terms are.
        let (columns, others): (Vec<_>, Vec<_>) = terms.partition(|(_, term)| matches!(term, Term::Columns));
        let sum = columns.into_iter().chain(others).map(contribution).reduce(|sum, part| sum + part);
        sum.unwrap_or_else(|| x.sum_axes(&[1]))
    }

    /// Records the weights, where there are any.
    pub(crate) fn record_weights<'t>(&self, tape: &'t Tape<f64>) -> Option<Var<'t, f64>> {
        self.weights.is_some().then(|| tape.rows("weights", &[]))
    }

    /// The arrays of the inputs that [`record`](Self::record) and [`record_weights`](Self::record_weights) make.
    pub(crate) fn bind(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = vec![bind("X", self.x)];
        bindings.extend(self.codes.iter().map(|codes| bind_indices(&codes.input, &codes.of_rows)));
        bindings.extend(self.offset.as_ref().map(|offset| bind("offset", offset)));
        bindings.extend(self.bind_weights());
        bindings
    }

    /// The weights' array, where there are any.
    pub(crate) fn bind_weights(&self) -> Option<Binding<'_, f64>> {
        self.weights.as_ref().map(|weights| bind("weights", weights))
    }
}
