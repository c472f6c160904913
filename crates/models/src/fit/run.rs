//! A fit under way: where its points come from, who watches it, and what its figures are compared with.

use super::metric::Metric;
use super::{Control, Observer, Options, Progress};
use crate::error::{Error, Result};
use crate::evaluate::{Evaluator, Point, trouble};
use crate::objective::{Objective, names};
use ndarray::{Array1, Zip};

/// How many steps are taken to bring out digits.
const MOST_REFINEMENTS: usize = 20;

/// What the methods share.
pub(super) struct Run<'r, 'o, O: Objective> {
    pub(super) evaluator: &'r mut Evaluator<'o, O>,
    pub(super) options: &'r Options,
    observer: &'r mut dyn Observer,
    start: Array1<f64>,
    /// The iterations so far.
    pub(super) iteration: usize,
    /// How many of them were only to bring out digits.
    refinements: usize,
}

impl<'r, 'o, O: Objective> Run<'r, 'o, O> {
    /// A fit that starts at a point; gives that with its loss and gradient.
    pub(super) fn begin(
        evaluator: &'r mut Evaluator<'o, O>,
        start: Array1<f64>,
        options: &'r Options,
        observer: &'r mut dyn Observer,
    ) -> Result<(Self, Point)> {
        let point = first_point(evaluator, start)?;
        Ok((Self::at(evaluator, &point, options, observer), point))
    }

    /// A fit that starts at a point that has been evaluated.
    pub(super) fn at(
        evaluator: &'r mut Evaluator<'o, O>,
        point: &Point,
        options: &'r Options,
        observer: &'r mut dyn Observer,
    ) -> Self {
        Self { evaluator, options, observer, start: point.parameters.clone(), iteration: 0, refinements: 0 }
    }

    /// The point to be tried: `None` where the loss or its gradient is not finite, which rejects the step.
    pub(super) fn trial(&mut self, parameters: Array1<f64>) -> Option<Point> {
        self.evaluator.try_at(parameters)
    }

    /// Tells the observer how it is going; whether it says to stop.
    pub(super) fn stops(&mut self, loss: f64, gradient: f64) -> bool {
        let loss = self.evaluator.units.as_ref().map_or(loss, |units| units.outer_loss(loss));
        let progress = Progress { iteration: self.iteration, loss, gradient };
        self.observer.observe(&progress) == Control::Stop || self.interrupted()
    }

    /// Whether the observer says to stop within an iteration, or the rows can't be read any more.
    pub(super) fn interrupted(&self) -> bool {
        self.evaluator.failure.is_some() || self.observer.interrupted()
    }

    /// What a norm of the gradient is compared with: the tolerance times `√(2·loss)`, the loss counted from its bound.
    pub(super) fn tolerance(&self, loss: f64) -> f64 {
        self.options.tolerance * scale_of_gradient(self.evaluator, loss)
    }

    /// The typical size of each parameter: what it is, or how far it has come.
    pub(super) fn sizes(&self, point: &Point) -> Array1<f64> {
        Zip::from(&point.parameters).and(&self.start).map_collect(|at, start| at.abs().max((at - start).abs()))
    }

    /// Whether the gradient is small in a metric, whose norm of it is at most so much.
    pub(super) fn is_small(&self, metric: &Metric, point: &Point, most: f64) -> bool {
        if self.evaluator.has_design {
            return metric.norm(point.gradient.view()) <= most;
        }
        let sizes = self.sizes(point).mapv(|size| if size > 0.0 { size } else { 1.0 });
        let loss = (point.loss - self.evaluator.lower_bound).abs() + self.gained(point);
        metric.is_small(point.gradient.view(), most, &sizes, loss)
    }

    /// By how much the loss has fallen, if not below what should be its bound.
    pub(super) fn gained(&self, point: &Point) -> f64 {
        let is_above = point.loss >= self.evaluator.lower_bound;
        if is_above { (self.evaluator.first_loss - point.loss).max(0.0) } else { 0.0 }
    }

    /// The way from the start to a point.
    pub(super) fn way(&self, point: &Point) -> Array1<f64> {
        &point.parameters - &self.start
    }

    pub(super) fn names(&self) -> Vec<String> {
        names(self.evaluator.objective())
    }

    /// The lower point to which a step leads that is negligible only beside the way so far: a parameter near 0 has the digits of the
    /// way then, not yet its own. Not as often as there are iterations: where the loss vanishes, such steps go on for ever.
    pub(super) fn refined(&mut self, step: &Array1<f64>, point: &Point) -> Option<Point> {
        let moves = |(step, at): (&f64, &f64)| step.abs() > f64::EPSILON * at.abs();
        let is_last = self.refinements == MOST_REFINEMENTS || self.iteration + 1 >= self.options.max_iterations;
        if self.evaluator.has_design || is_last || !step.iter().zip(&point.parameters).any(moves) {
            return None;
        }
        self.refinements += 1;
        self.trial(&point.parameters + step).filter(|next| next.loss < point.loss)
    }

    /// Whether Newton's step ends a fit: it changes no parameter beyond rounding, and that is no matter of a flat direction.
    pub(super) fn is_done(&self, metric: &Metric, step: &Array1<f64>, point: &Point) -> bool {
        metric.is_convex() && self.is_negligible(step, point) && self.is_small(metric, point, f64::INFINITY)
    }

    /// Whether the step changes no parameter beyond rounding.
    pub(super) fn is_negligible(&self, step: &Array1<f64>, point: &Point) -> bool {
        step.iter().zip(&self.sizes(point)).all(|(step, size)| step.abs() <= f64::EPSILON * size)
    }
}

/// The loss and gradient where a fit starts, which show whether the data are sound.
pub(super) fn first_point<O: Objective>(evaluator: &mut Evaluator<'_, O>, start: Array1<f64>) -> Result<Point> {
    let point = evaluator.at(start)?;
    if point.is_finite() {
        evaluator.first_loss = point.loss;
        return Ok(point);
    }
    let objective = evaluator.objective();
    objective.check()?;
    let by = point.gradient.iter().zip(names(objective)).find(|(gradient, _)| !gradient.is_finite());
    let (what, value) = match by {
        Some((&gradient, name)) if point.loss.is_finite() => {
            (format!("the derivative of the loss by `{name}`"), gradient)
        }
        _ => (String::from("the loss"), point.loss),
    };
    let own = evaluator.units.as_ref().map(|units| units.outer(&point.parameters));
    let own = own.as_ref().unwrap_or(&point.parameters);
    Err(Error::Start { what, value, found: trouble(objective, own.view()) })
}

/// What gradients are compared with: `√(2·loss)`, the loss counted from its lower bound. Where it falls below that, so that
/// the bound says nothing, no more than the first loss counts: a loss that falls for ever must not pass for one near its
/// minimum. No loss is known to more than its rounding.
pub(super) fn scale_of_gradient<O: Objective>(evaluator: &Evaluator<'_, O>, loss: f64) -> f64 {
    let above = loss - evaluator.lower_bound;
    let first = (evaluator.first_loss - evaluator.lower_bound).abs();
    let counted = if above < 0.0 { above.abs().min(first) } else { above };
    let rounding = f64::EPSILON * loss.abs().min(evaluator.lower_bound.abs());
    std::f64::consts::SQRT_2 * counted.max(rounding).sqrt()
}

/// The objective's scales, one for each parameter.
pub(super) fn scales<O: Objective>(evaluator: &Evaluator<'_, O>) -> Result<Array1<f64>> {
    let scales: Array1<f64> = evaluator.objective().scales().iter().map(|&s| if s > 0.0 { s } else { 1.0 }).collect();
    match (scales.len(), evaluator.len()) {
        (found, expected) if found != expected => Err(Error::CountMismatch { what: "scales", found, expected }),
        _ => Ok(scales),
    }
}
