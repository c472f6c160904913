//! L-BFGS and the trust region method of the `argmin` crate, on parameters times their scales, stopped by this crate's
//! rule.

use super::{Control, Fit, Observer, Options, Progress, Status, first_point, names, recession, scale_of_gradient};
use crate::error::{Error, Result};
use crate::evaluate::{Curvature, Evaluator, Point, row_values};
use crate::objective::Objective;
use argmin::core::{
    CostFunction, Executor, Gradient, Hessian, IterState, KV, Problem, Solver, State, TerminationReason,
    TerminationStatus,
};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use argmin::solver::trustregion::{Steihaug, TrustRegion};
use ndarray::Array1;
use std::cell::RefCell;

/// How many steps L-BFGS remembers.
const MEMORY: usize = 10;
/// For how many iterations the loss may stay the same: a region of trust that shrinks takes some.
const MOST_LEVEL: usize = 20;

pub(super) fn lbfgs<O: Objective>(
    evaluator: Evaluator<'_, O>,
    start: Array1<f64>,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Fit> {
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY);
    let solver = solver.with_tolerance_grad(0.0).and_then(|solver| solver.with_tolerance_cost(0.0)).map_err(failed)?;
    run(evaluator, start, options, observer, |_| solver)
}

pub(super) fn trust_region<O: Objective>(
    evaluator: Evaluator<'_, O>,
    start: Array1<f64>,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Fit> {
    // In scaled parameters a step to the minimum is about this long.
    let radius = |scale: f64| {
        let solver = TrustRegion::new(Steihaug::new());
        let widest = solver.with_max_radius(1e3 * scale)?;
        widest.with_radius(scale)
    };
    let mut evaluator = evaluator;
    let first = first_point(&mut evaluator, start.clone())?;
    let solver = radius(scale_of_gradient(&evaluator, first.loss).max(1.0)).map_err(failed)?;
    run(evaluator, start, options, observer, |_| solver)
}

/// Runs a solver from `start` until it is stopped.
fn run<'o, O: Objective, S, H>(
    mut evaluator: Evaluator<'o, O>,
    start: Array1<f64>,
    options: &Options,
    observer: &mut dyn Observer,
    solver: impl FnOnce(&Point) -> S,
) -> Result<Fit>
where
    S: Solver<Scaled<'o, O>, Iterate<H>>,
    H: Clone,
{
    let first = first_point(&mut evaluator, start)?;
    let scales: Vec<f64> = evaluator.objective().scales().iter().map(|&s| if s > 0.0 { s } else { 1.0 }).collect();
    let (found, expected) = (scales.len(), evaluator.len());
    if found != expected {
        return Err(Error::CountMismatch { what: "scales", found, expected });
    }
    let param: Vec<f64> = first.parameters.iter().zip(&scales).map(|(x, scale)| x * scale).collect();
    let stopping = Stopping {
        solver: solver(&first),
        tolerance: options.tolerance,
        lower_bound: evaluator.lower_bound,
        observer,
        status: Status::NoDescent,
        level: 0,
    };
    let problem = Scaled { evaluator: RefCell::new(evaluator), scales, latest: RefCell::new(first) };
    let configure = |state: Iterate<H>| state.param(param).max_iters(options.max_iterations as u64);
    let result = Executor::new(problem, stopping).configure(configure).run().map_err(own)?;
    let (status, iterations) = (result.solver.status, result.state.get_iter() as usize);
    let best = result.state.get_best_param().cloned();
    let Some(problem) = result.problem.problem else { return Err(failed("the problem was lost")) };
    let point = match best {
        Some(best) => problem.at(&best)?,
        None => problem.latest.borrow().clone(),
    };
    let mut evaluator = problem.evaluator.into_inner();
    look_for_recession(&mut evaluator, &point)?;
    Ok(Fit::new(names(evaluator.objective()), point, iterations, evaluator.passes, status))
}

/// Where predictors are large beyond reason, asks whether the loss has a minimum at all.
fn look_for_recession<O: Objective>(evaluator: &mut Evaluator<'_, O>, point: &Point) -> Result<()> {
    let Ok(values) = row_values(evaluator.objective(), point.parameters.view()) else { return Ok(()) };
    if values.eta.iter().all(|eta| eta.abs() <= recession::LARGE) {
        return Ok(());
    }
    recession::check(evaluator, point)
}

type Iterate<H> = IterState<Vec<f64>, Vec<f64>, (), H, (), f64>;

/// An objective as `argmin` sees it: a function of the parameters times their scales.
struct Scaled<'o, O: Objective> {
    evaluator: RefCell<Evaluator<'o, O>>,
    scales: Vec<f64>,
    /// The last evaluation: `argmin` asks for the loss and the gradient one by one.
    latest: RefCell<Point>,
}

impl<O: Objective> Scaled<'_, O> {
    fn at(&self, scaled: &[f64]) -> Result<Point> {
        let parameters: Array1<f64> = scaled.iter().zip(&self.scales).map(|(x, scale)| x / scale).collect();
        if self.latest.borrow().parameters != parameters {
            *self.latest.borrow_mut() = self.evaluator.borrow_mut().at(parameters)?;
        }
        Ok(self.latest.borrow().clone())
    }
}

impl<O: Objective> CostFunction for Scaled<'_, O> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, param: &Self::Param) -> std::result::Result<f64, argmin::core::Error> {
        Ok(self.at(param)?.loss)
    }
}

impl<O: Objective> Gradient for Scaled<'_, O> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, param: &Self::Param) -> std::result::Result<Vec<f64>, argmin::core::Error> {
        Ok(self.at(param)?.gradient.iter().zip(&self.scales).map(|(gradient, scale)| gradient / scale).collect())
    }
}

impl<O: Objective> Hessian for Scaled<'_, O> {
    type Param = Vec<f64>;
    type Hessian = Vec<Vec<f64>>;

    fn hessian(&self, param: &Self::Param) -> std::result::Result<Vec<Vec<f64>>, argmin::core::Error> {
        let parameters: Array1<f64> = param.iter().zip(&self.scales).map(|(x, scale)| x / scale).collect();
        let matrix = self.evaluator.borrow_mut().curvature(Curvature::Observed, parameters.view())?;
        let rows = matrix.outer_iter().zip(&self.scales);
        Ok(rows.map(|(row, s)| row.iter().zip(&self.scales).map(|(x, t)| x / s / t).collect()).collect())
    }
}

/// A solver with this crate's stopping rule in place of its own.
struct Stopping<'s, S> {
    solver: S,
    tolerance: f64,
    lower_bound: f64,
    observer: &'s mut dyn Observer,
    status: Status,
    /// For how many iterations the loss has stayed the same.
    level: usize,
}

impl<O, S, H: Clone> Solver<O, Iterate<H>> for Stopping<'_, S>
where
    S: Solver<O, Iterate<H>>,
{
    fn name(&self) -> &str {
        self.solver.name()
    }

    fn init(
        &mut self,
        problem: &mut Problem<O>,
        state: Iterate<H>,
    ) -> std::result::Result<(Iterate<H>, Option<KV>), argmin::core::Error> {
        self.solver.init(problem, state)
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<O>,
        state: Iterate<H>,
    ) -> std::result::Result<(Iterate<H>, Option<KV>), argmin::core::Error> {
        self.solver.next_iter(problem, state)
    }

    fn terminate(&mut self, state: &Iterate<H>) -> TerminationStatus {
        let loss = state.get_cost();
        let gradient = state
            .get_gradient()
            .map_or(f64::NAN, |gradient| gradient.iter().fold(0.0, |max: f64, gradient| max.max(gradient.abs())));
        let scale = (2.0 * (loss - self.lower_bound).abs()).sqrt();
        let iteration = state.get_iter();
        let progress = Progress { iteration: iteration as usize, loss, gradient };
        let stopped = self.observer.observe(&progress) == Control::Stop;
        self.level = if iteration > 0 && state.get_prev_cost() == loss { self.level + 1 } else { 0 };
        self.status = match () {
            () if stopped => Status::Stopped,
            () if gradient <= self.tolerance * scale => Status::Converged,
            () if self.level > MOST_LEVEL => Status::WorkingPrecision,
            () if iteration >= state.get_max_iters() => Status::IterationLimit,
            () => {
                self.status = Status::NoDescent;
                return TerminationStatus::NotTerminated;
            }
        };
        TerminationStatus::Terminated(TerminationReason::SolverExit(self.status.to_string()))
    }
}

/// The error that evaluating the objective gave, or the optimiser's own.
fn own(error: argmin::core::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(failed)
}

fn failed(reason: impl ToString) -> Error {
    Error::Optimiser { reason: reason.to_string() }
}
