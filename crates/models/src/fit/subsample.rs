//! The curvature of a subsample, as the metric of the full data.
//!
//! With many rows, a fit of every `stride`-th row costs little, ends close to the minimum of all, and its curvature times
//! `stride` is the full one but for a relative error of about `√(p/m)` for m rows: as a metric it shrinks the gradient by
//! that much in each sweep of the full data, which costs a fraction of a full curvature (subsampled Newton methods: Byrd,
//! Chin, Neveitt & Nocedal 2011; Erdogdu & Montanari 2015). Should it not, [`newton`](super::newton) takes a full one.

use super::{Control, Options, Progress, newton};
use crate::error::Result;
use crate::evaluate::{Curvature, Evaluator};
use crate::linalg::Cholesky;
use crate::objective::Objective;
use ndarray::Array1;

/// Rows of a subsample for each parameter.
const ROWS_A_PARAMETER: usize = 500;
/// The fewest rows of a subsample.
const LEAST_ROWS: usize = 20_000;
/// A subsample pays where the data have this many times its rows.
const LEAST_STRIDE: usize = 4;

/// The minimum of a subsample and the factored curvature of all rows as it estimates it, where that pays.
pub(super) fn metric<O: Objective>(
    objective: &O,
    start: &Array1<f64>,
    options: &Options,
) -> Result<Option<(Array1<f64>, Cholesky)>> {
    let stride = objective.rows() / (ROWS_A_PARAMETER * start.len()).max(LEAST_ROWS);
    if stride < LEAST_STRIDE {
        return Ok(None);
    }
    let Some(sample) = objective.every(stride) else { return Ok(None) };
    let mut evaluator = Evaluator::new(&sample)?;
    // The minimum of a sample lies about √(p/m) from that of all rows: there is no use in finding it much better.
    let options = Options { tolerance: options.tolerance.max(1e-4), max_iterations: 20, ..options.clone() };
    let silent = &mut |_: &Progress| Control::Continue;
    // Where the sample is degenerate (a rare level that isn't in it, separation), all rows must decide.
    let Ok(fit) = newton::minimise(&mut evaluator, start.clone(), &options, silent) else { return Ok(None) };
    let parameters = Array1::from_vec(fit.parameters.clone());
    let curvature = evaluator.curvature(Curvature::Expected, parameters.view())?;
    match Cholesky::new(curvature.view()) {
        Ok(factor) if fit.converged() => Ok(Some((parameters, factor.times(stride as f64)))),
        _ => Ok(None),
    }
}
