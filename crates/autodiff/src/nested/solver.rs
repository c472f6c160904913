//! Iterations to the solution of an equation.

use crate::scalar::{Scalar, real};
use crate::tape::Tape;
use ndarray::ArrayD;

/// A result, or why there is none.
pub(super) type Outcome<R> = Result<R, String>;

/// An iteration on what `run` makes of x.
pub(super) struct Solver<F> {
    /// The step that is the last, in units of the rounding error of the largest element met.
    pub(super) tolerance: f64,
    pub(super) most: usize,
    pub(super) run: F,
}

impl<F> Solver<F> {
    /// The fixed point of `run`, by repeating it.
    pub(super) fn repeated<T: Scalar>(&self, mut x: ArrayD<T>) -> Outcome<ArrayD<T>>
    where
        F: Fn(&ArrayD<T>) -> Outcome<Vec<ArrayD<T>>>,
    {
        let mut ending = Ending::new(self.tolerance, &x);
        for _ in 0..self.most {
            let next = (self.run)(&x)?.into_iter().next().ok_or("the function gave nothing")?;
            let step = largest(next.iter().zip(&x).map(|(&next, &x)| next - x));
            x = next;
            if ending.is_reached(step, &x)? {
                return Ok(x);
            }
        }
        Err(ending.failure(
            self.most,
            "repeating the function may not bring its results closer (it is no contraction): take `root`",
        ))
    }

    /// The root of the first of the arrays that `run` gives, the second of which is its Jacobian.
    pub(super) fn newton<T: Scalar>(&self, mut x: ArrayD<T>) -> Outcome<ArrayD<T>>
    where
        F: Fn(&ArrayD<T>) -> Outcome<Vec<ArrayD<T>>>,
    {
        let mut ending = Ending::new(self.tolerance, &x);
        let mut at = (self.run)(&x)?;
        for _ in 0..self.most {
            let [residual, jacobian] = &at[..] else { return Err("the function gave nothing".into()) };
            let size = largest(residual.iter().copied());
            if size == T::zero() {
                return Ok(x);
            }
            if !size.is_finite() {
                return Err("the residual isn't finite: start nearer to the solution".into());
            }
            let step = solution(jacobian, residual)?;
            let (mut share, mut next, mut found);
            share = T::one();
            loop {
                next = x.clone();
                next.iter_mut().zip(&step).for_each(|(x, &step)| *x = *x - share * step);
                found = (self.run)(&next)?;
                let reached = found.first().map_or_else(T::nan, |residual| largest(residual.iter().copied()));
                let moved = share * largest(step.iter().copied());
                if reached <= size || ending.is_rounding(moved) {
                    break;
                }
                share = share * real(0.5);
                if share < T::epsilon() {
                    return Err(
                        "no step of Newton's method makes the residual smaller: start nearer to the solution".into()
                    );
                }
            }
            (x, at) = (next, found);
            if ending.is_reached(share * largest(step.iter().copied()), &x)? {
                return Ok(x);
            }
        }
        Err(ending.failure(self.most, "start nearer to the solution"))
    }
}

/// The solution of `A·s = r`, by the engine's own elimination.
fn solution<T: Scalar>(a: &ArrayD<T>, r: &ArrayD<T>) -> Outcome<ArrayD<T>> {
    let len = r.len();
    let tape = Tape::<T>::new();
    let (a, r) = (tape.constant(a.view()).reshape(&[len, len]), tape.constant(r.view()).reshape(&[len, 1]));
    a.solve(r).value().map_err(|error| format!("the Jacobian of the residual: {error}"))
}

/// The largest magnitude; NaN if one is.
fn largest<T: Scalar>(numbers: impl Iterator<Item = T>) -> T {
    numbers.fold(T::zero(), |largest, x| if x.is_nan() || x.abs() > largest { x.abs() } else { largest })
}

/// When an iteration ends.
struct Ending<T> {
    tolerance: T,
    /// The largest element met.
    scale: T,
    /// The smallest step so far, and how many have not been smaller since.
    smallest: T,
    since: usize,
}

impl<T: Scalar> Ending<T> {
    /// So many steps that don't get smaller are rounding's.
    const PATIENCE: usize = 8;

    fn new(tolerance: f64, start: &ArrayD<T>) -> Self {
        let tolerance = T::epsilon() * real(tolerance);
        Ending { tolerance, scale: largest(start.iter().copied()), smallest: T::infinity(), since: 0 }
    }

    /// Whether rounding alone may make a step that large.
    fn is_rounding(&self, step: T) -> bool {
        step <= T::epsilon().sqrt() * self.scale
    }

    /// Whether a step to `x` was the last.
    fn is_reached(&mut self, step: T, x: &ArrayD<T>) -> Outcome<bool> {
        let size = largest(x.iter().copied());
        if !step.is_finite() || !size.is_finite() {
            return Err("an element isn't finite: start nearer to the solution".into());
        }
        self.scale = self.scale.max(size);
        self.since = if step < self.smallest { 0 } else { self.since + 1 };
        self.smallest = self.smallest.min(step);
        Ok(step <= self.tolerance * self.scale || self.is_rounding(step) && self.since >= Self::PATIENCE)
    }

    fn failure(&self, most: usize, advice: &str) -> String {
        let Ending { smallest, scale, .. } = self;
        let step = (*smallest / *scale).to_f64().unwrap_or(f64::NAN);
        format!(
            "no convergence in {most} steps (the smallest step was {step:.1e} of the largest element met); {advice}"
        )
    }
}
