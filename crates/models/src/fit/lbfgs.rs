//! Limited-memory BFGS (Liu & Nocedal 1989; the two loops of Nocedal & Wright 2006, algorithm 7.4), on parameters times their
//! scales. Of a loss of one's own the Hessian gives the scales, and confirms the end: of many parameters by products with it.

use super::descent::{Advance, Steps, descend, ended};
use super::metric::{Metric, root_of_product};
use super::run::{Run, scale_of_gradient, scales};
use super::{Fit, Status, ending, endless, equilibrium, line_search};
use crate::error::Result;
use crate::evaluate::{Curvature, Point};
use crate::linalg::norm;
use crate::objective::Objective;
use ndarray::{Array1, Array2, ArrayView1};
use std::collections::VecDeque;

/// How many steps are remembered.
const MEMORY: usize = 10;
/// The least first step, and the step along which the curvature is probed, relative to the parameters.
const PROBE: f64 = 1e-4;
/// How often the curvature is probed, and the relative change of the slope that shows it.
const MOST_PROBES: usize = 20;
const LEAST_CHANGE: f64 = 1e-6;
/// Of a loss of one's own with so few parameters the Hessian is taken: where the fit starts, for their scales, and where it ends.
const FEW: usize = 100;
/// How many times the tolerance the gradient's norm in the Hessian may be at a minimum.
const CONFIRMED: f64 = 100.0;
/// A direction is not longer than this.
const LONGEST: f64 = 1e100;
/// For how many iterations the loss may stay the same.
const MOST_LEVEL: usize = 10;

pub(super) fn minimise<O: Objective>(run: &mut Run<'_, '_, O>, point: Point) -> Result<Fit> {
    let (memory, direction) = (Memory::at(run, &point)?, Array1::zeros(point.parameters.len()));
    let end = descend(run, &mut Lbfgs { memory, direction, level: 0 }, point)?;
    Ok(ended(run, end))
}

struct Lbfgs {
    memory: Memory,
    direction: Array1<f64>,
    /// For how many iterations the loss has stayed the same.
    level: usize,
}

impl<O: Objective> Steps<O> for Lbfgs {
    fn measure(&mut self, _: &Run<'_, '_, O>, point: &Point) -> (f64, f64) {
        self.direction = self.memory.direction(point);
        (point.loss, self.memory.norm(point, &self.direction))
    }

    /// A gradient that is small in its own units need not be in the loss's. The Hessian tells.
    fn is_minimum(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> bool {
        let most = run.tolerance(point.loss);
        let Some(hessian) = hessian(run, point) else { return self.is_small_in_other_scales(run, point, most) };
        let metric = Metric::new(&hessian, point.gradient.view(), 1.0);
        // Where the loss goes to 0, what is left to fall is compared with what it has fallen.
        let most = (CONFIRMED * most).max(run.options.tolerance * (2.0 * run.gained(point)).sqrt());
        let is_minimum = metric.is_none_or(|metric| run.is_small(&metric, point, most));
        if !is_minimum && self.memory.rescale(roots_of_diagonal(&hessian)) {
            self.direction = self.memory.direction(point);
        }
        is_minimum
    }

    fn direction(&self) -> Option<&Array1<f64>> {
        Some(&self.direction)
    }

    fn advance(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> Result<Advance> {
        if self.level == MOST_LEVEL {
            return self.end(run, point);
        }
        if run.is_negligible(&self.direction, point) {
            if let Some(step) = last_step(run, point) {
                let next = run.refined(&step, point);
                return Ok(next.map_or(Advance::End(Status::WorkingPrecision), Advance::To));
            }
            let most = run.options.tolerance * (2.0 * run.gained(point)).sqrt();
            if scales_of_many(run, point).is_some_and(|scales| is_small(&scales, point, most)) {
                return Ok(Advance::End(Status::WorkingPrecision));
            }
        }
        let distance = scale_of_gradient(run.evaluator, point.loss);
        let first = self.memory.first_step(point, &self.direction, distance);
        let Some(found) = line_search::search(run, point, &self.direction, first) else {
            // What is remembered may mislead; the gradient doesn't.
            return if !run.interrupted() && self.memory.forget() { Ok(Advance::Again) } else { self.end(run, point) };
        };
        if found.runaway
            && let Some(error) = endless::falls_for_ever(run, &found.point, &self.direction)
        {
            return Err(error);
        }
        let still = (point.loss - found.point.loss).abs() <= f64::EPSILON * point.loss.abs();
        self.level = if still { self.level + 1 } else { 0 };
        self.memory.remember(point, &found.point);
        Ok(Advance::To(found.point))
    }
}

impl Lbfgs {
    /// Whether the gradient of many parameters is small in the scales at this point, too; before the first step also by the curvature
    /// along it.
    fn is_small_in_other_scales<O: Objective>(&mut self, run: &mut Run<'_, '_, O>, point: &Point, most: f64) -> bool {
        if let Some(scales) = scales_of_many(run, point)
            && self.memory.rescale(scales)
        {
            self.direction = self.memory.direction(point);
        }
        let is_small = self.memory.largest(point.gradient.view()) <= most;
        is_small && (!self.memory.pairs.is_empty() || self.decrement(run, point) <= most)
    }

    /// The gradient's norm by the curvature along the direction, probed from a small distance on until the slope changes.
    fn decrement<O: Objective>(&self, run: &mut Run<'_, '_, O>, point: &Point) -> f64 {
        let unit = &self.direction / self.direction.iter().fold(f64::MIN_POSITIVE, |size, part| size.max(part.abs()));
        let (slope, length) = (point.gradient.dot(&unit), self.memory.length(&unit));
        if slope == 0.0 || length == 0.0 {
            return 0.0;
        }
        let mut distance = PROBE * self.memory.length(&point.parameters).max(1.0) / length;
        for _ in 0..MOST_PROBES {
            let Some(probe) = run.trial(&point.parameters + &(&unit * distance)) else { return 0.0 };
            let change = probe.gradient.dot(&unit) - slope;
            if change.abs() > LEAST_CHANGE * slope.abs() {
                // The quotient first: squares of small numbers vanish.
                return (slope / change * distance * slope).max(0.0).sqrt();
            }
            distance /= PROBE;
        }
        f64::INFINITY
    }

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

/// The Hessian of a loss of one's own with few parameters, where it is finite.
fn hessian<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point) -> Option<Array2<f64>> {
    if run.evaluator.has_design || point.parameters.len() > FEW {
        return None;
    }
    let hessian = run.evaluator.curvature(Curvature::Observed, point.parameters.view()).ok()?;
    hessian.iter().all(|entry| entry.is_finite()).then_some(hessian)
}

/// The scales of a loss of one's own with many parameters.
fn scales_of_many<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point) -> Option<Array1<f64>> {
    let are_many = !run.evaluator.has_design && point.parameters.len() > FEW;
    if are_many { equilibrium::scales(run.evaluator, point) } else { None }
}

/// Whether no component of the gradient, by a parameter times its scale, is above so much.
fn is_small(scales: &Array1<f64>, point: &Point, most: f64) -> bool {
    point.gradient.iter().zip(scales).all(|(slope, scale)| (slope / scale).abs() <= most)
}

/// Newton's step of a loss of one's own with few parameters, where it changes no parameter beyond rounding.
fn last_step<O: Objective>(run: &mut Run<'_, '_, O>, point: &Point) -> Option<Array1<f64>> {
    let metric = Metric::new(&hessian(run, point)?, point.gradient.view(), 1.0)?;
    let step = metric.step(point.gradient.view()).direction;
    run.is_done(&metric, &step, point).then_some(step)
}

/// The sizes of what parameters are multiplied by, as the curvature along each has them.
fn roots_of_diagonal(hessian: &Array2<f64>) -> Array1<f64> {
    hessian.diag().mapv(|entry| if entry == 0.0 { 1.0 } else { entry.abs().sqrt() })
}

/// The last steps, with the changes of the gradient that they made: what an inverse Hessian is guessed from.
pub(super) struct Memory {
    scales: Array1<f64>,
    pairs: VecDeque<Pair>,
}

/// The ways of a step and of the change of the gradient, of length 1, in parameters times their scales: so that no square leaves the
/// range of the numbers.
struct Pair {
    step: Array1<f64>,
    change: Array1<f64>,
    /// The product of the two.
    product: f64,
    /// How many times as long as the change the step was.
    ratio: f64,
}

impl Memory {
    /// No steps as yet, in the parameters' scales where a fit starts.
    pub(super) fn at<O: Objective>(run: &mut Run<'_, '_, O>, start: &Point) -> Result<Self> {
        let scales = match hessian(run, start) {
            Some(hessian) => roots_of_diagonal(&hessian),
            None => match scales_of_many(run, start) {
                Some(scales) => scales,
                None => scales(run.evaluator)?,
            },
        };
        Ok(Self { scales, pairs: VecDeque::with_capacity(MEMORY) })
    }

    /// Takes other scales, if they differ much, and forgets all steps; whether it does.
    fn rescale(&mut self, scales: Array1<f64>) -> bool {
        let differ = self.scales.iter().zip(&scales).any(|(old, new)| !(0.1..=10.0).contains(&(new / old)));
        if differ {
            self.scales = scales;
            self.forget();
        }
        differ
    }

    /// The largest component of a gradient by the parameters times their scales.
    pub(super) fn largest(&self, gradient: ArrayView1<'_, f64>) -> f64 {
        gradient.iter().zip(&self.scales).fold(0.0, |largest, (gradient, scale)| largest.max((gradient / scale).abs()))
    }

    /// The gradient's norm: the largest component, or if that is more, the norm in the Hessian that was guessed.
    pub(super) fn norm(&self, point: &Point, direction: &Array1<f64>) -> f64 {
        let largest = self.largest(point.gradient.view());
        match self.pairs.is_empty() {
            true => largest,
            false => largest.max(root_of_product(point.gradient.view(), direction)),
        }
    }

    /// `−Hg`, with the inverse Hessian H that was guessed.
    pub(super) fn direction(&mut self, point: &Point) -> Array1<f64> {
        self.towards(&point.gradient)
    }

    /// `−Hg` of any gradient; if that doesn't lead down, what is remembered is forgotten, and it is `−g`.
    pub(super) fn towards(&mut self, gradient: &Array1<f64>) -> Array1<f64> {
        let scaled = gradient / &self.scales;
        let mut q = scaled.clone();
        let mut parts = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let part = pair.step.dot(&q) / pair.product;
            q.scaled_add(-part, &pair.change);
            parts.push(part);
        }
        if let Some(last) = self.pairs.back() {
            q *= last.product * last.ratio;
        }
        for (pair, part) in self.pairs.iter().zip(parts.into_iter().rev()) {
            let other = pair.change.dot(&q) / pair.product;
            q.scaled_add(part * pair.ratio - other, &pair.step);
        }
        let slope = q.dot(&(&scaled / norm(scaled.view())));
        if !(slope > 0.0 && slope.is_finite()) && self.forget() {
            q = scaled;
        }
        // So that the slope along it doesn't overflow.
        let length = norm(q.view());
        if length > LONGEST && length.is_finite() {
            q /= length;
        }
        -q / &self.scales
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
        norm((vector * &self.scales).view())
    }

    /// Remembers a step, if the loss curves up along it.
    pub(super) fn remember(&mut self, from: &Point, to: &Point) {
        self.remember_pair(&(&to.parameters - &from.parameters), &(&to.gradient - &from.gradient));
    }

    fn remember_pair(&mut self, step: &Array1<f64>, change: &Array1<f64>) {
        let (step, change) = (step * &self.scales, change / &self.scales);
        let (length, size) = (norm(step.view()), norm(change.view()));
        let (step, change, ratio) = (step / length, change / size, length / size);
        let product = step.dot(&change);
        let is_curved = product > f64::EPSILON && ratio.is_finite();
        if !is_curved {
            return;
        }
        if self.pairs.len() == MEMORY {
            self.pairs.pop_front();
        }
        self.pairs.push_back(Pair { step, change, product, ratio });
    }

    /// Forgets all steps; whether there were any.
    pub(super) fn forget(&mut self) -> bool {
        let any = !self.pairs.is_empty();
        self.pairs.clear();
        any
    }
}
