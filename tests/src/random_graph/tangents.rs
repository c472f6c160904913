//! What must hold of the derivatives of any recording: the tangent along each parameter is the adjoint of it.

use super::record;
use crate::stochastic::{self, Stochastic};
use autodiff::{Result, Rewrites, Scalar, Tape};
use ndarray::ArrayD;

/// How many evaluations with random rounding show what is stable.
const SAMPLES: u64 = 32;

/// The parameters that tangents are taken along, by their places among the inputs: a vector, a number and another vector.
const PARAMETERS: [usize; 3] = [2, 3, 6];

/// The derivative of the sum of the last node by each element of the parameters, by adjoints and by tangents; nothing where
/// there is no node, or the tangents of it can't be recorded.
fn slopes<T: Scalar>(bytes: &[u8]) -> Result<Vec<[T; 2]>> {
    let tape = Tape::<T>::new();
    tape.set_rewrites(Rewrites::NONE);
    let recording = record(&tape, bytes);
    tape.check()?;
    let loss = match recording.nodes[recording.leaves..].last() {
        Some(node) => node.sum(),
        None => return Ok(Vec::new()),
    };
    let parameters = PARAMETERS.map(|place| recording.nodes[place]);
    let mut slopes = Vec::new();
    for (parameter, adjoint) in parameters.iter().zip(loss.grads(&parameters)) {
        let (at, adjoint) = (parameter.value()?, adjoint.value()?);
        for (place, &by_adjoint) in adjoint.iter().enumerate() {
            let mut direction = ArrayD::zeros(at.raw_dim());
            if let Some(element) = direction.iter_mut().nth(place) {
                *element = T::one();
            }
            let tangent = loss.jvp(&[*parameter], &[tape.constant(direction)]);
            slopes.push([by_adjoint, tangent.item()?]);
        }
    }
    Ok(slopes)
}

/// Asserts that tangents are adjoints, NaNs in the same places and all else to 1e-13, or to what rounding does to their
/// terms. Where a result on the way is infinite nothing is said: terms that cancel before or after they are multiplied by ∞
/// give 0 or NaN. (So they do with NaN, and the solution of equations with NaN in their matrix has it in other places than
/// that of the transposed ones: both are so rare that they are left in.) Returns how many slopes that are not 0 were compared.
///
/// # Panics
/// Where they differ.
pub fn check_tangents(bytes: &[u8]) -> usize {
    let Ok(found) = slopes::<f64>(bytes) else { return 0 };
    for (place, &[adjoint, tangent]) in found.iter().enumerate() {
        let largest = adjoint.abs().max(tangent.abs());
        let agree = |spread: f64| match adjoint.is_nan() || tangent.is_nan() {
            true => adjoint.is_nan() == tangent.is_nan(),
            false => adjoint == tangent || (adjoint - tangent).abs() <= 1e-13 * largest + spread,
        };
        if !agree(0.0) {
            let Some(spread) = spread(bytes, place, [adjoint, tangent]) else { continue };
            assert!(agree(spread), "slope {place} is {adjoint:e} by adjoints, {tangent:e} by tangents (±{spread:e})");
        }
    }
    found.iter().filter(|[adjoint, _]| *adjoint != 0.0).count()
}

/// How far rounding moves the slope at `place`; `None` where it changes its kind, or infinities do.
fn spread(bytes: &[u8], place: usize, found: [f64; 2]) -> Option<f64> {
    let mut spread: f64 = 0.0;
    for sample in 0..SAMPLES {
        stochastic::seed(sample.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
        let sampled = slopes::<Stochastic>(bytes).ok()?;
        if stochastic::is_extreme() || stochastic::met_infinity() {
            return None;
        }
        for (&Stochastic(sampled), found) in sampled[place].iter().zip(found) {
            match (sampled.is_nan(), found.is_nan()) {
                (true, true) => {}
                (false, false) => spread = spread.max((sampled - found).abs()),
                _ => return None,
            }
        }
    }
    Some(64.0 * spread)
}
