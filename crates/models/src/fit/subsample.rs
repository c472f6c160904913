//! The curvature of a subsample, as the metric of the full data.
//!
//! With many rows, a fit of every `stride`-th row costs little, ends close to the minimum of all, and its curvature times
//! `stride` is the full one but for a relative error of about `√(p/m)` for m rows: as a metric it shrinks the gradient by
//! that much in each sweep of the full data, which costs a fraction of a full curvature (subsampled Newton methods: Byrd,
//! Chin, Neveitt & Nocedal 2011; Erdogdu & Montanari 2015). Should it not, [`newton`](super::newton) takes a full one.

use super::metric::Metric;
use super::newton;
use super::{Fit, Observer, Options, Silent};
use crate::error::Result;
use crate::evaluate::{Curvature, Evaluator};
use crate::linalg::Cholesky;
use crate::objective::Objective;
use ndarray::Array1;

/// A subsample has every so manyth row at least, and a subsample of its own where it is still large.
const STRIDE: usize = 32;
/// The most rows of a subsample, where the parameters don't ask for more: it stands in memory, whatever the rows come from.
const MOST_ROWS: usize = 1 << 18;
/// The fewest rows of a subsample, and the fewest for each parameter.
const LEAST_ROWS: usize = 2_000;
const LEAST_ROWS_A_PARAMETER: usize = 50;
/// A subsample pays where the data have this many times its rows.
const LEAST_STRIDE: usize = 4;

/// Newton's method, from the minimum and with the metric of a subsample where that pays; gives the metric of the last step, too.
pub(super) fn minimise<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    start: Array1<f64>,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<(Fit, Metric)> {
    let guess = guess(evaluator.objective(), &start, options, observer)?;
    newton::descend(evaluator, start, guess, options, observer)
}

/// Where a subsample has its minimum, and the curvature of all rows as it estimates it, where that pays.
fn guess<O: Objective>(
    objective: &O,
    start: &Array1<f64>,
    options: &Options,
    observer: &dyn Observer,
) -> Result<Option<(Array1<f64>, Metric)>> {
    let least = (LEAST_ROWS_A_PARAMETER * start.len()).max(LEAST_ROWS);
    let stride = STRIDE.max(objective.rows() / MOST_ROWS.max(least)).min(objective.rows() / least);
    if stride < LEAST_STRIDE {
        return Ok(None);
    }
    let Some(sample) = objective.every(stride) else { return Ok(None) };
    let mut evaluator = Evaluator::new(&sample)?;
    // The minimum of m rows lies √(p/m) from that of all, relative to the scale of the gradient: no use in finding it much
    // better.
    let tolerance = (0.1 * (start.len() as f64 / sample.rows() as f64).sqrt()).max(options.tolerance);
    let options = Options { tolerance, max_iterations: 20, ..options.clone() };
    // Where the sample is degenerate (a rare level that isn't in it, separation), all rows must decide.
    let Ok((fit, metric)) = minimise(&mut evaluator, start.clone(), &options, &mut Silent(observer)) else {
        return Ok(None);
    };
    if !fit.converged() {
        return Ok(None);
    }
    let parameters = Array1::from_vec(fit.parameters);
    // A subsample's subsample is too small for all rows.
    let factor = match metric.is_own() {
        true => metric.definite(),
        false => Cholesky::new(evaluator.curvature(Curvature::Expected, parameters.view())?.view()).ok(),
    };
    Ok(factor.map(|factor| (parameters, Metric::of_subsample(factor.times(stride as f64)))))
}
