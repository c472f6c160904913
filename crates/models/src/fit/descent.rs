//! The loop that the methods share: how is it going, is this the minimum, what is the next point.

use super::run::Run;
use super::{Fit, Status, ending, endless};
use crate::error::Result;
use crate::evaluate::Point;
use crate::objective::Objective;
use ndarray::Array1;

/// A method: what it measures at a point, and how it gets to the next.
pub(super) trait Steps<O: Objective> {
    /// The loss that is minimised, a penalty of the method's own included, and the norm of its gradient.
    fn measure(&mut self, run: &Run<'_, '_, O>, point: &Point) -> (f64, f64);

    /// Whether a point whose gradient is small is a minimum.
    fn is_minimum(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> bool {
        let _ = (run, point);
        true
    }

    /// The next point, or the end.
    ///
    /// # Errors
    /// What shows that there is no minimum.
    fn advance(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> Result<Advance>;

    /// Which way it would go from here, if the loss alone decides that: what shows whether it falls for ever.
    fn direction(&self) -> Option<&Array1<f64>> {
        None
    }

    /// The status after the last iteration allowed.
    ///
    /// # Errors
    /// What shows that there is no minimum.
    fn at_limit(&mut self, run: &mut Run<'_, '_, O>, point: &Point) -> Result<Status> {
        match self.direction() {
            Some(direction) => ending::judge(run, point, direction, Status::IterationLimit),
            None => Ok(Status::IterationLimit),
        }
    }
}

/// What a method found.
pub(super) enum Advance {
    /// The next point.
    To(Point),
    /// The same point is to be looked at again: what is known about it has changed.
    Again,
    /// There is no next point.
    End(Status),
}

/// Goes down from a point to where the method ends; the point there, and why it ended.
pub(super) fn descend<O: Objective>(
    run: &mut Run<'_, '_, O>,
    steps: &mut impl Steps<O>,
    mut point: Point,
) -> Result<(Point, Status)> {
    let status = loop {
        let (loss, norm) = steps.measure(run, &point);
        if run.stops(loss, norm) {
            break Status::Stopped;
        }
        if norm <= run.tolerance(loss) && steps.is_minimum(run, &point) {
            break Status::Converged;
        }
        if run.iteration == run.options.max_iterations {
            break steps.at_limit(run, &point)?;
        }
        match steps.advance(run, &point)? {
            Advance::To(next) => (run.iteration, point) = (run.iteration + 1, next),
            Advance::Again => {}
            Advance::End(_) if run.interrupted() => break Status::Stopped,
            Advance::End(status) => break status,
        }
    };
    if let (Status::Converged | Status::WorkingPrecision, Some(direction)) = (status, steps.direction()) {
        endless::look_far(run, &point, direction)?;
        let way = run.way(&point);
        if point.loss < run.evaluator.lower_bound
            && let Some(error) = endless::falls_for_ever(run, &point, &way)
        {
            return Err(error);
        }
    }
    Ok((point, status))
}

/// The fit that ended at a point.
pub(super) fn ended<O: Objective>(run: &Run<'_, '_, O>, (point, status): (Point, Status)) -> Fit {
    Fit::new(run.names(), point, run.iteration, run.evaluator.passes, status)
}
