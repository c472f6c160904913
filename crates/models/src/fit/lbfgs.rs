//! Limited-memory BFGS (Liu & Nocedal 1989; the two loops of Nocedal & Wright 2006, algorithm 7.4), on parameters times their
//! scales.

use super::descent::{Advance, Steps, descend, ended};
use super::run::{Run, scale_of_gradient, scales};
use super::{Fit, Status, ending, line_search, recession};
use crate::error::Result;
use crate::evaluate::Point;
use crate::linalg::norm;
use crate::objective::Objective;
use ndarray::{Array1, ArrayView1};
use std::collections::VecDeque;

/// How many steps are remembered.
const MEMORY: usize = 10;
/// The least first step, and the step along which the curvature is probed, relative to the parameters.
const PROBE: f64 = 1e-4;
/// A direction is not longer than this.
const LONGEST: f64 = 1e100;
/// For how many iterations the loss may stay the same.
const MOST_LEVEL: usize = 10;

pub(super) fn minimise<O: Objective>(run: &mut Run<'_, '_, O>, point: Point) -> Result<Fit> {
    let scales = scales(run.evaluator)?;
    let direction = Array1::zeros(point.parameters.len());
    let end = descend(run, &mut Lbfgs { memory: Memory::new(&scales), direction, level: 0 }, point)?;
    recession::look(run.evaluator, &end.0)?;
    Ok(ended(run, end))
}

struct Lbfgs<'s> {
    memory: Memory<'s>,
    direction: Array1<f64>,
    /// For how many iterations the loss has stayed the same.
    level: usize,
}

impl<O: Objective> Steps<O> for Lbfgs<'_> {
    fn measure(&mut self, _: &Run<'_, '_, O>, point: &Point) -> (f64, f64) {
        self.direction = self.memory.direction(point);
        (point.loss, self.memory.norm(point, &self.direction))
    }

    /// A gradient that is small in its own units need not be in the loss's: before the first step, the curvature along it tells.
    fn is_minimum(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> bool {
        let unit = &self.direction / self.direction.iter().fold(f64::MIN_POSITIVE, |size, part| size.max(part.abs()));
        let (slope, length) = (point.gradient.dot(&unit), self.memory.length(&unit));
        if !self.memory.pairs.is_empty() || slope == 0.0 || length == 0.0 {
            return true;
        }
        let distance = PROBE * self.memory.length(&point.parameters).max(1.0) / length;
        let Some(probe) = run.trial(&point.parameters + &(&unit * distance)) else { return true };
        let bend = (probe.gradient.dot(&unit) - slope) / distance;
        // The quotient first: squares of small numbers vanish.
        !(bend > 0.0 && slope / bend * slope > run.tolerance(point.loss).powi(2))
    }

    fn direction(&self) -> Option<&Array1<f64>> {
        Some(&self.direction)
    }

    fn advance(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> Result<Advance> {
        if self.level == MOST_LEVEL {
            return self.end(run, point);
        }
        let distance = scale_of_gradient(run.evaluator, point.loss);
        let first = self.memory.first_step(point, &self.direction, distance);
        let Some(found) = line_search::search(run, point, &self.direction, first) else {
            // What is remembered may mislead; the gradient doesn't.
            return if !run.interrupted() && self.memory.forget() { Ok(Advance::Again) } else { self.end(run, point) };
        };
        if found.runaway
            && let Some(error) = ending::falls_for_ever(run, &found.point, &self.direction)
        {
            return Err(error);
        }
        let still = (point.loss - found.point.loss).abs() <= f64::EPSILON * point.loss.abs();
        self.level = if still { self.level + 1 } else { 0 };
        self.memory.remember(point, &found.point);
        Ok(Advance::To(found.point))
    }
}

impl Lbfgs<'_> {
    /// The end where no step lowers the loss.
    fn end<O: Objective>(&self, run: &mut Run<'_, '_, O>, point: &Point) -> Result<Advance> {
        if run.interrupted() {
            return Ok(Advance::End(Status::Stopped));
        }
        let is_rounding = ending::is_rounding(run, point, &|gradient| self.memory.largest(gradient));
        Ok(Advance::End(match is_rounding {
            true => Status::WorkingPrecision,
            false => ending::judge(run, point, &self.direction, Status::NoDescent)?,
        }))
    }
}

/// The last steps, with the changes of the gradient that they made: what an inverse Hessian is guessed from.
pub(super) struct Memory<'s> {
    scales: &'s Array1<f64>,
    pairs: VecDeque<Pair>,
}

/// A step and the change of the gradient, in parameters times their scales, and their product.
struct Pair {
    step: Array1<f64>,
    change: Array1<f64>,
    product: f64,
}

impl<'s> Memory<'s> {
    pub(super) fn new(scales: &'s Array1<f64>) -> Self {
        Self { scales, pairs: VecDeque::with_capacity(MEMORY) }
    }

    /// The largest component of a gradient by the parameters times their scales.
    pub(super) fn largest(&self, gradient: ArrayView1<'_, f64>) -> f64 {
        gradient.iter().zip(self.scales).fold(0.0, |largest, (gradient, scale)| largest.max((gradient / scale).abs()))
    }

    /// The gradient's norm: the largest component, or if that is more, the norm in the Hessian that was guessed.
    pub(super) fn norm(&self, point: &Point, direction: &Array1<f64>) -> f64 {
        let largest = self.largest(point.gradient.view());
        match self.pairs.is_empty() {
            true => largest,
            false => largest.max((-point.gradient.dot(direction)).max(0.0).sqrt()),
        }
    }

    /// `−Hg`, with the inverse Hessian H that was guessed.
    pub(super) fn direction(&mut self, point: &Point) -> Array1<f64> {
        self.towards(&point.gradient)
    }

    /// `−Hg` of any gradient; if that doesn't lead down, what is remembered is forgotten, and it is `−g`.
    pub(super) fn towards(&mut self, gradient: &Array1<f64>) -> Array1<f64> {
        let scaled = gradient / self.scales;
        let mut q = scaled.clone();
        let mut parts = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let part = pair.step.dot(&q) / pair.product;
            q.scaled_add(-part, &pair.change);
            parts.push(part);
        }
        if let Some(last) = self.pairs.back() {
            q *= last.product / last.change.dot(&last.change);
        }
        for (pair, part) in self.pairs.iter().zip(parts.into_iter().rev()) {
            let other = pair.change.dot(&q) / pair.product;
            q.scaled_add(part - other, &pair.step);
        }
        let slope = q.dot(&scaled);
        if !(slope > 0.0 && slope.is_finite()) && self.forget() {
            q = scaled;
        }
        // So that the slope along it doesn't overflow.
        let length = norm(q.view());
        if length > LONGEST && length.is_finite() {
            q /= length;
        }
        -q / self.scales
    }

    /// How much of the direction to try first: all of it, but of a gradient that is the first direction no more than about
    /// the distance to the minimum, and enough to move the parameters.
    pub(super) fn first_step(&self, point: &Point, direction: &Array1<f64>, distance: f64) -> f64 {
        let (length, size) = (self.length(direction), self.length(&point.parameters).max(1.0));
        match self.pairs.is_empty() && length > 0.0 {
            true => (size.min(distance.max(1e-3)) / length).min(1.0).max(PROBE * size / length),
            false => 1.0,
        }
    }

    /// How long a vector of parameters is, times their scales.
    fn length(&self, vector: &Array1<f64>) -> f64 {
        norm((vector * self.scales).view())
    }

    /// Remembers a step, if the loss curves up along it.
    pub(super) fn remember(&mut self, from: &Point, to: &Point) {
        self.remember_pair(&(&to.parameters - &from.parameters), &(&to.gradient - &from.gradient));
    }

    fn remember_pair(&mut self, step: &Array1<f64>, change: &Array1<f64>) {
        let (step, change) = (step * self.scales, change / self.scales);
        let product = step.dot(&change);
        let is_curved = product > f64::EPSILON * change.dot(&change).sqrt() * step.dot(&step).sqrt();
        if !is_curved {
            return;
        }
        if self.pairs.len() == MEMORY {
            self.pairs.pop_front();
        }
        self.pairs.push_back(Pair { step, change, product });
    }

    /// Forgets all steps; whether there were any.
    pub(super) fn forget(&mut self) -> bool {
        let any = !self.pairs.is_empty();
        self.pairs.clear();
        any
    }
}
