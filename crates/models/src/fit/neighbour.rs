//! Whether a loss is lower beside where a fit converged. At a saddle and on top of a hill the gradient vanishes too, beside a jump it
//! says nothing of the other side, and what sees gradients alone can't tell them from minima.

use super::{Fit, Method};
use crate::evaluate::Evaluator;
use crate::objective::Objective;
use crate::random::Random;
use ndarray::Array1;

/// How many points are looked at, by methods that have seen the Hessian, and by one that hasn't.
const PROBES: [u64; 2] = [4, 8];
/// How far they are, relative to the parameters.
const DISTANCE: f64 = 0.01;
/// By how much the loss must be lower there: relative to itself, and to what the fit has gained.
const LOWER: [f64; 2] = [1e-8, 1e-10];

/// A point near the end of a fit whose loss is lower, if one is found: from there the fit can go on.
pub(super) fn lower<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    fit: &Fit,
    start: &Array1<f64>,
    method: Method,
) -> Option<Array1<f64>> {
    let gained = evaluator.first_loss - fit.loss;
    let least = fit.loss - LOWER[0] * fit.loss.abs().max(1e-300) - LOWER[1] * gained.max(0.0);
    let moved = |(at, start): (&f64, &f64)| at.abs().max((at - start).abs());
    let sizes: Vec<f64> = fit.parameters.iter().zip(start).map(moved).collect();
    (0..PROBES[usize::from(method == Method::Lbfgs)]).find_map(|seed| {
        let mut random = Random::new(seed);
        // By their own sizes, and by 1, which is theirs where a parameter is still 0.
        let size = |size: f64| if seed % 2 == 0 || size == 0.0 { size.max(1.0) } else { size };
        let step = |(at, own): (&f64, &f64)| at + DISTANCE * size(*own) * random.signed();
        let near: Array1<f64> = fit.parameters.iter().zip(&sizes).map(step).collect();
        evaluator.try_at(near).filter(|point| point.loss < least).map(|point| point.parameters)
    })
}
