//! The suite's gradient descent, which `particle` and `saddle` are about.

use crate::Result;

/// Closer than this, and with gradients shorter than this, a descent ends.
const TOLERANCE: f64 = 1e-5;

/// The points that a descent took, each with the step size that led on from it.
pub(crate) struct Path {
    pub(crate) steps: Vec<(Vec<f64>, f64)>,
    pub(crate) end: Vec<f64>,
}

fn length(x: impl Iterator<Item = f64>) -> f64 {
    x.map(|x| x * x).sum::<f64>().sqrt()
}

/// Descends from `start`, doubling the step size after ten steps, halving it where the objective doesn't fall.
pub(crate) fn argmin(
    mut objective: impl FnMut(&[f64]) -> Result<f64>,
    mut gradient: impl FnMut(&[f64]) -> Result<Vec<f64>>,
    start: &[f64],
) -> Result<Path> {
    let mut path = Path { steps: Vec::new(), end: start.to_vec() };
    let (mut value, mut slope) = (objective(start)?, gradient(start)?);
    let (mut size, mut taken) = (1e-5, 0);
    loop {
        if length(slope.iter().copied()) <= TOLERANCE {
            return Ok(path);
        }
        if taken == 10 {
            (size, taken) = (2.0 * size, 0);
            continue;
        }
        let next: Vec<f64> = path.end.iter().zip(&slope).map(|(x, slope)| x - size * slope).collect();
        if length(path.end.iter().zip(&next).map(|(a, b)| a - b)) <= TOLERANCE {
            return Ok(path);
        }
        let at_next = objective(&next)?;
        if at_next < value {
            path.steps.push((std::mem::replace(&mut path.end, next), size));
            (value, slope) = (at_next, gradient(&path.end)?);
            taken += 1;
        } else {
            (size, taken) = (size / 2.0, 0);
        }
    }
}
