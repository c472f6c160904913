//! What the rows of an objective are at given parameters: predictors, scores, informations.

use super::{Layout, NO_SUM_OVER_ROWS, Scores};
use crate::error::{Error, Result};
use crate::objective::{Objective, Predictor};
use autodiff::{Binding, Program, Tape};
use ndarray::{Array2, ArrayView1, s};

/// The gradient of each row's part of the loss, a row each, where the loss is a sum over the rows but for its penalty.
pub(crate) fn row_scores<O: Objective>(objective: &O, parameters: ArrayView1<'_, f64>) -> Result<Array2<f64>> {
    if objective.streamed().is_some() {
        return Err(ROWS_IN_MEMORY);
    }
    let (tape, layout) = (Tape::new(), Layout::new(objective));
    let blocks = layout.record(&tape);
    let Scores { of_rows, rest } = Scores::new(&objective.record(&tape, &blocks)?, &blocks)?;
    let program = tape.compile(&[of_rows, rest].concat())?;
    let values = layout.blocks(parameters);
    let mut data = objective.bind();
    data.extend(layout.bind(&values));
    let outputs = program.run(&data)?.into_vec();
    let (of_rows, rest) = outputs.split_at(layout.ranges.len());
    if rest.iter().flatten().any(|&slope| slope != 0.0) {
        return Err(NO_SUM_OVER_ROWS);
    }
    let mut scores = Array2::zeros((objective.rows(), layout.len));
    for (range, block) in layout.ranges.iter().zip(of_rows) {
        scores.slice_mut(s![.., range.clone()]).into_dyn().assign(block);
    }
    Ok(scores)
}

const ROWS_IN_MEMORY: Error = Error::Unavailable { what: "a value for each row", needs: "the rows in memory" };

/// What the rows of an objective with a linear predictor are at given parameters.
pub(crate) struct RowValues {
    /// The linear predictor.
    pub(crate) eta: Vec<f64>,
    /// The expectation of `∂²loss/∂η²`.
    pub(crate) information: Vec<f64>,
    /// `∂loss/∂η`.
    pub(crate) score: Vec<f64>,
}

/// Evaluates the rows.
pub(crate) fn row_values<O: Objective>(objective: &O, parameters: ArrayView1<'_, f64>) -> Result<RowValues> {
    if objective.streamed().is_some() {
        return Err(ROWS_IN_MEMORY);
    }
    RowProgram::new(objective)?.run(&objective.bind(), parameters)
}

/// Evaluates rows of an objective, of which there may be some at a time.
pub(crate) struct RowProgram {
    layout: Layout,
    program: Program<f64>,
}

impl RowProgram {
    pub(crate) fn new<O: Objective>(objective: &O) -> Result<Self> {
        let layout = Layout::new(objective);
        let tape = Tape::new();
        let recording = objective.record(&tape, &layout.record(&tape))?;
        let Some(Predictor { eta, information }) = recording.predictor else {
            return Err(Error::Unavailable {
                what: "a value for each row",
                needs: "a linear predictor: state it with `Recording::with_predictor`",
            });
        };
        let score = recording.loss.grad(eta);
        let information = information.unwrap_or_else(|| score.sum().grad(eta));
        Ok(RowProgram { layout, program: tape.compile(&[eta, information, score])? })
    }

    /// The values of rows that are bound.
    pub(crate) fn run(&self, rows: &[Binding<'_, f64>], parameters: ArrayView1<'_, f64>) -> Result<RowValues> {
        let (found, expected) = (parameters.len(), self.layout.len);
        if found != expected {
            return Err(Error::CountMismatch { what: "parameters", found, expected });
        }
        let blocks = self.layout.blocks(parameters);
        let parameters = self.layout.bind(&blocks);
        let parameters = parameters.iter().map(Binding::by_name);
        let data: Vec<Binding<'_, f64>> = rows.iter().map(Binding::by_name).chain(parameters).collect();
        let mut values = self.program.run(&data)?.into_iter().map(|values| values.into_raw_vec_and_offset().0);
        let mut next = || values.next().unwrap_or_default();
        Ok(RowValues { eta: next(), information: next(), score: next() })
    }
}
