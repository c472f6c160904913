//! What must hold of the derivatives of any recording: the tangent along each parameter is the adjoint of it, and each way to
//! its Hessian gives the same.

use super::record::{record, record_near};
use crate::stochastic::{self, Stochastic};
use autodiff::{Result, Rewrites, Scalar, Tape, Var};
use ndarray::ArrayD;

/// By what part of them numbers are moved to see what is a coincidence of theirs.
const PART: f64 = 1e-6;

/// How many evaluations with random rounding show what is stable.
const SAMPLES: u64 = 32;

/// The parameters that tangents are taken along, by their places among the inputs: a vector, a number and another vector.
const PARAMETERS: [usize; 3] = [2, 3, 6];

/// Two ways to the same numbers.
#[derive(Clone, Copy)]
enum Ways {
    /// The derivative of the sum of the last node by each element of the parameters: by adjoints and by tangents.
    Slopes,
    /// Its Hessian by the vector of parameters: all at once, and column by column or row by row.
    Hessians,
}

/// The pairs of numbers; none where nothing was recorded.
fn pairs<T: Scalar>(ways: Ways, bytes: &[u8], part: f64) -> Result<Vec<[T; 2]>> {
    let tape = Tape::<T>::new();
    tape.set_rewrites(Rewrites::NONE);
    let recording = record_near(&tape, bytes, part);
    tape.check()?;
    let Some(node) = recording.nodes[recording.leaves..].last() else { return Ok(Vec::new()) };
    if recording.solves && !node.value()?.iter().all(|x| x.is_finite()) {
        return Ok(Vec::new());
    }
    match ways {
        Ways::Slopes => slopes(node.sum(), PARAMETERS.map(|place| recording.nodes[place])),
        Ways::Hessians => hessians(node.sum(), recording.nodes[PARAMETERS[0]]),
    }
}

fn slopes<T: Scalar>(loss: Var<'_, T>, parameters: [Var<'_, T>; 3]) -> Result<Vec<[T; 2]>> {
    let mut slopes = Vec::new();
    for (parameter, adjoint) in parameters.iter().zip(loss.grads(&parameters)) {
        let (at, adjoint) = (parameter.value()?, adjoint.value()?);
        for (place, &by_adjoint) in adjoint.iter().enumerate() {
            let mut direction = ArrayD::zeros(at.raw_dim());
            if let Some(element) = direction.iter_mut().nth(place) {
                *element = T::one();
            }
            let tangent = loss.jvp(&[*parameter], &[loss.tape().constant(direction)]);
            slopes.push([by_adjoint, tangent.item()?]);
        }
    }
    Ok(slopes)
}

fn hessians<T: Scalar>(loss: Var<'_, T>, theta: Var<'_, T>) -> Result<Vec<[T; 2]>> {
    let (hessian, gradient) = (loss.hessian(theta).value()?, loss.grad(theta));
    let mut pairs = Vec::new();
    for place in 0..theta.value()?.len() {
        let mut unit = ArrayD::zeros(theta.value()?.raw_dim());
        unit[[place]] = T::one();
        let column = loss.hvp(theta, loss.tape().constant(unit)).value()?;
        let row = gradient.index_axis(0, place).grad(theta).value()?;
        for (other, (&of_column, &of_row)) in column.iter().zip(&row).enumerate() {
            pairs.push([hessian[[other, place]], of_column]);
            pairs.push([hessian[[place, other]], of_row]);
        }
    }
    Ok(pairs)
}

/// Asserts that tangents are adjoints, NaNs in the same places and all else to 1e-13, or to what rounding does to their
/// terms. Where a result on the way is infinite nothing is said: terms that cancel before or after they are multiplied by ∞
/// give 0 or NaN. Nor where equations with NaN in their matrix are solved: the solution has it in other places than that of the
/// transposed ones. A 0 one way may be NaN the other where an array is empty (a sum of nothing, times NaN, or of nothing that is NaN), and
/// where it is a coincidence of the numbers, as ln 1 is or terms that cancel: it is gone where these are moved a little. The 0 of
/// a mask isn't. Returns how many numbers that are not 0 were compared.
///
/// # Panics
/// Where they differ.
pub fn check_tangents(bytes: &[u8]) -> usize {
    check(Ways::Slopes, bytes)
}

/// Asserts that the ways to a Hessian agree, as [`check_tangents`] does.
///
/// # Panics
/// Where they differ.
pub fn check_hessians(bytes: &[u8]) -> usize {
    check(Ways::Hessians, bytes)
}

fn check(ways: Ways, bytes: &[u8]) -> usize {
    let Ok(found) = pairs::<f64>(ways, bytes, 0.0) else { return 0 };
    for (place, &[one, other]) in found.iter().enumerate() {
        let largest = one.abs().max(other.abs());
        let agree = |spread: f64| match one.is_nan() || other.is_nan() {
            true => one.is_nan() == other.is_nan(),
            false => one == other || (one - other).abs() <= 1e-13 * largest + spread,
        };
        if !agree(0.0) {
            if (one + other).is_nan() && (one == 0.0 || other == 0.0) && is_coincidence(ways, bytes, place) {
                continue;
            }
            let Some(spread) = spread(ways, bytes, place, [one, other]) else { continue };
            assert!(agree(spread), "number {place} is {one:e} one way and {other:e} another (±{spread:e})");
        }
    }
    found.iter().filter(|[one, _]| *one != 0.0).count()
}

/// Whether something is empty, or the numbers at `place` are both NaN or both none where the inputs are moved a little.
fn is_coincidence(ways: Ways, bytes: &[u8], place: usize) -> bool {
    let tape = Tape::<f64>::new();
    let is_empty = record(&tape, bytes).nodes.iter().any(|node| node.value().is_ok_and(|value| value.is_empty()));
    let moved = || pairs::<f64>(ways, bytes, PART).ok().and_then(|pairs| pairs.get(place).copied());
    is_empty || moved().is_some_and(|[one, other]| one.is_nan() == other.is_nan())
}

/// How far rounding moves the numbers at `place`; `None` where it changes its kind, or infinities do.
fn spread(ways: Ways, bytes: &[u8], place: usize, found: [f64; 2]) -> Option<f64> {
    let mut spread: f64 = 0.0;
    for sample in 0..SAMPLES {
        stochastic::seed(sample.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
        let sampled = pairs::<Stochastic>(ways, bytes, 0.0).ok()?;
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
