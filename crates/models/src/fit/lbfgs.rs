//! Limited-memory BFGS (Liu & Nocedal 1989; the two loops of Nocedal & Wright 2006, algorithm 7.4), on parameters times their
//! scales.

use super::run::{Run, first_point, scale_of_gradient, scales};
use super::{Fit, Observer, Options, Status, ending, line_search, recession};
use crate::error::Result;
use crate::evaluate::{Evaluator, Point};
use crate::objective::Objective;
use ndarray::{Array1, ArrayView1};
use std::collections::VecDeque;

/// How many steps are remembered.
const MEMORY: usize = 10;
/// For how many iterations the loss may stay the same.
const MOST_LEVEL: usize = 10;

pub(super) fn minimise<O: Objective>(
    evaluator: &mut Evaluator<'_, O>,
    start: Array1<f64>,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Fit> {
    let scales = scales(evaluator)?;
    let mut point = first_point(evaluator, start)?;
    let run = &mut Run::new(evaluator, &point.parameters, options, observer);
    let mut memory = Memory::new(&scales);
    let (mut iteration, mut level) = (0, 0);
    let (status, direction) = loop {
        let direction = memory.direction(&point);
        let norm = memory.norm(&point, &direction);
        if run.stops(iteration, point.loss, norm) {
            break (Status::Stopped, direction);
        }
        if norm <= run.tolerance(point.loss) {
            break (Status::Converged, direction);
        }
        if iteration == options.max_iterations {
            break (Status::IterationLimit, direction);
        }
        let first = memory.first_step(&point, &direction, scale_of_gradient(run.evaluator, point.loss));
        let Some(found) = line_search::search(run, &point, &direction, first) else {
            if run.interrupted() {
                break (Status::Stopped, direction);
            }
            // What is remembered may mislead; the gradient doesn't.
            if memory.forget() {
                continue;
            }
            break (Status::NoDescent, direction);
        };
        if found.runaway
            && let Some(error) = ending::falls_for_ever(run, &found.point, &direction)
        {
            return Err(error);
        }
        iteration += 1;
        let still = (point.loss - found.point.loss).abs() <= f64::EPSILON * point.loss.abs();
        level = if still { level + 1 } else { 0 };
        memory.remember(&point, &found.point);
        point = found.point;
        if level == MOST_LEVEL {
            break (Status::NoDescent, direction);
        }
    };
    let status = match status {
        Status::NoDescent if ending::is_rounding(run, &point, &|gradient| memory.largest(gradient)) => {
            Status::WorkingPrecision
        }
        Status::NoDescent | Status::IterationLimit => ending::judge(run, &point, &direction, status)?,
        ended => ended,
    };
    recession::look(run.evaluator, &point)?;
    Ok(Fit::new(run.names(), point, iteration, run.evaluator.passes, status))
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
        -q / self.scales
    }

    /// How much of the direction to try first: all of it, but of a gradient that is the first direction no more than about
    /// the distance to the minimum.
    pub(super) fn first_step(&self, point: &Point, direction: &Array1<f64>, distance: f64) -> f64 {
        let length = (direction * self.scales).mapv(|x| x * x).sum().sqrt();
        let size = (&point.parameters * self.scales).mapv(|x| x * x).sum().sqrt();
        match self.pairs.is_empty() && length > 0.0 {
            true => (size.max(1.0).min(distance.max(1e-3)) / length).min(1.0),
            false => 1.0,
        }
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
