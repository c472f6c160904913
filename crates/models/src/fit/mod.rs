//! Minimising an objective: what can be chosen, what is reported, and which method does it.
//!
//! | file | what |
//! |---|---|
//! | `newton` | Newton and Fisher scoring with step halving; the metric of a subsample for many rows |
//! | `subsample` | that metric |
//! | `rank` | superfluous columns |
//! | `recession` | whether there is a minimum |
//! | `argmin` | L-BFGS and trust region, by the `argmin` crate |
//! | `stochastic` | epochs of mini-batches, in which `sgd` and `adam` take the steps |

mod adam;
mod argmin;
mod newton;
mod rank;
pub(crate) mod recession;
mod sgd;
mod stochastic;
mod subsample;

pub use adam::Adam;
pub use sgd::Sgd;

use crate::design::check_finite;
use crate::error::{Error, Result};
use crate::evaluate::{Evaluator, Point, check_curvature};
use crate::objective::{Block, Objective};
use ndarray::{Array1, ArrayView1};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a loss is minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Method {
    /// Newton's method with step halving; Fisher scoring where the objective states its expected information.
    #[default]
    Newton,
    /// Limited-memory BFGS: gradients only, for very many parameters.
    Lbfgs,
    /// Newton steps within a region of trust: for losses that are not convex.
    TrustRegion,
    /// Stochastic gradient descent over mini-batches, for many rows and losses that are not convex.
    Sgd(Sgd),
    /// Adam over mini-batches, for the same.
    Adam(Adam),
}

/// What can be chosen about a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The method.
    pub method: Method,
    /// The gradient is small enough once its norm, relative to the problem's scale, is below this.
    ///
    /// Newton's method takes the norm in which parameters are measured in their standard errors, `√(gᵀH⁻¹g)`, relative to
    /// `√(2·loss)`: it depends on no unit and is not fooled by columns that are nearly dependent. The others take the
    /// largest component of the gradient by the parameters times their [`scales`](Objective::scales), relative to the
    /// same.
    pub tolerance: f64,
    /// The most iterations: of methods that take mini-batches, epochs.
    pub max_iterations: usize,
    /// Where to start, in place of the objective's own starting values.
    pub start: Option<Vec<f64>>,
}

impl Default for Options {
    fn default() -> Self {
        Self { method: Method::Newton, tolerance: 1e-12, max_iterations: 100, start: None }
    }
}

impl Options {
    /// The defaults for a method; those that see gradients only are given more, cheaper iterations, and can't be asked for
    /// as much accuracy.
    pub fn method(method: Method) -> Self {
        match method {
            Method::Lbfgs => Self { method, tolerance: 1e-8, max_iterations: 1000, start: None },
            Method::Sgd(_) | Method::Adam(_) => Self { method, tolerance: 1e-6, max_iterations: 200, start: None },
            _ => Self { method, ..Self::default() },
        }
    }
}

/// Why a fit came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Status {
    /// The gradient is small enough.
    Converged,
    /// The parameters can't be told from the minimum in double precision.
    WorkingPrecision,
    /// There were as many iterations as allowed.
    IterationLimit,
    /// No step along the search direction lowers the loss, though the gradient is not small.
    NoDescent,
    /// The minimum lies on the boundary of what the parameters may be: the gradient doesn't vanish there.
    Boundary,
    /// The gradient vanishes, but means or deviances there aren't finite numbers.
    NotFinite,
    /// The observer said so.
    Stopped,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Converged => "converged: the gradient is within tolerance",
            Status::WorkingPrecision => "converged: to working precision",
            Status::IterationLimit => "not converged: the iteration limit was reached",
            Status::NoDescent => "not converged: no step lowers the loss",
            Status::Boundary => {
                "on the boundary: the estimates are the best within the means that the family allows, but standard errors, tests and intervals, which take them for interior ones, don't hold"
            }
            Status::NotFinite => "not converged: the gradient vanishes where fitted means or deviances are not finite; give other starting values, or take another link",
            Status::Stopped => "not converged: stopped by the observer",
        })
    }
}

/// The outcome of a fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The parameters' names.
    pub names: Vec<String>,
    /// The parameters, in the order of the objective's blocks.
    pub parameters: Vec<f64>,
    /// The loss there.
    pub loss: f64,
    /// The gradient there.
    pub gradient: Vec<f64>,
    /// The number of iterations.
    pub iterations: usize,
    /// How often the data were swept, those of a subsample not counted.
    pub passes: usize,
    /// Why it ended.
    pub status: Status,
}

impl Fit {
    /// Whether a minimum was found.
    pub fn converged(&self) -> bool {
        matches!(self.status, Status::Converged | Status::WorkingPrecision)
    }

    /// The largest component of the gradient in size.
    pub fn max_abs_gradient(&self) -> f64 {
        self.gradient.iter().fold(0.0, |max, gradient| max.max(gradient.abs()))
    }

    /// Makes sure that there is a finite number for each name, as a fit has it: one that was read from a file may have been
    /// edited.
    ///
    /// # Errors
    /// Other than one parameter for each name; a parameter that is not finite.
    pub fn check(&self) -> Result<()> {
        let expected = self.names.len();
        for (what, found) in [("parameters", self.parameters.len()), ("gradient elements", self.gradient.len())] {
            if found != expected {
                return Err(Error::CountMismatch { what, found, expected });
            }
        }
        check_finite("parameters", ArrayView1::from(&self.parameters))
    }

    pub(crate) fn new(names: Vec<String>, point: Point, iterations: usize, passes: usize, status: Status) -> Self {
        let (parameters, gradient) = (point.parameters.to_vec(), point.gradient.to_vec());
        Self { names, parameters, loss: point.loss, gradient, iterations, passes, status }
    }
}

/// How a fit is getting on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The iterations so far.
    pub iteration: usize,
    /// The loss.
    pub loss: f64,
    /// The norm of the gradient that is compared with the tolerance.
    pub gradient: f64,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop here; the fit says so.
    Stop,
}

/// Watches a fit.
pub trait Observer {
    /// Called before each iteration.
    fn observe(&mut self, progress: &Progress) -> Control;

    /// Whether to stop before the next sweep of the data: an iteration may take many of them. Never, where not given.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Every function of the progress is an observer.
impl<F: FnMut(&Progress) -> Control> Observer for F {
    fn observe(&mut self, progress: &Progress) -> Control {
        self(progress)
    }
}

/// Minimises an objective.
///
/// # Errors
/// What is wrong with the objective's data or recording, or that there is no minimum. A fit that merely didn't converge is
/// no error: its [`status`](Fit::status) says why.
pub fn minimise<O: Objective>(objective: &O, options: &Options) -> Result<Fit> {
    minimise_observed(objective, options, &mut |_: &Progress| Control::Continue)
}

/// Minimises an objective, watched by an observer.
///
/// # Errors
/// As [`minimise`].
pub fn minimise_observed<O: Objective>(objective: &O, options: &Options, observer: &mut dyn Observer) -> Result<Fit> {
    if options.tolerance.is_nan() || options.tolerance < 0.0 {
        let (option, allowed) = ("tolerance", "it must be at least 0");
        return Err(Error::Option { option, value: options.tolerance, allowed });
    }
    if matches!(options.method, Method::Newton | Method::TrustRegion) {
        check_curvature(objective.blocks().iter().map(Block::len).sum())?;
    }
    let mut evaluator = Evaluator::new(objective)?;
    let start = match &options.start {
        Some(start) => start.clone(),
        None => objective.start()?,
    };
    let (found, expected) = (start.len(), evaluator.len());
    if found != expected {
        return Err(Error::CountMismatch { what: "starting values", found, expected });
    }
    let start = Array1::from_vec(start);
    let parameters = evaluator.len();
    match options.method {
        Method::Newton => newton::minimise(&mut evaluator, start, options, observer),
        Method::Lbfgs => argmin::lbfgs(evaluator, start, options, observer),
        Method::TrustRegion => argmin::trust_region(evaluator, start, options, observer),
        Method::Sgd(sgd) => {
            stochastic::minimise(evaluator, start, options, sgd.schedule(), sgd.rule(parameters)?, observer)
        }
        Method::Adam(adam) => {
            stochastic::minimise(evaluator, start, options, adam.schedule(), adam.rule(parameters)?, observer)
        }
    }
}

/// The loss and gradient where a fit starts, which show whether the data are sound.
fn first_point<O: Objective>(evaluator: &mut Evaluator<'_, O>, start: Array1<f64>) -> Result<Point> {
    let point = evaluator.at(start)?;
    if !(point.loss.is_finite() && point.gradient.iter().all(|gradient| gradient.is_finite())) {
        evaluator.objective().check()?;
        return Err(Error::Start { loss: point.loss });
    }
    Ok(point)
}

/// What gradients are compared with: `√(2·loss)`, the loss counted from its lower bound.
fn scale_of_gradient<O: Objective>(evaluator: &Evaluator<'_, O>, loss: f64) -> f64 {
    (2.0 * (loss - evaluator.lower_bound).abs()).sqrt()
}

fn names<O: Objective>(objective: &O) -> Vec<String> {
    objective.blocks().iter().flat_map(Block::names).cloned().collect()
}
