//! Minimising an objective: what can be chosen, what is reported, and which method does it. A recorded loss of your own is a
//! [`Loss`]; what says more of itself implements [`Objective`].
//!
//! | file | what |
//! |---|---|
//! | `newton` | Newton and Fisher scoring with step halving; the metric of a subsample for many rows |
//! | `metric` | curvatures, factored, and shifted where they aren't positive definite |
//! | `subsample` | the metric of a subsample |
//! | `trust_region` | Newton's steps within a region of trust |
//! | `lbfgs`, `line_search` | limited-memory BFGS, and how far it goes |
//! | `l1`, `proximal`, `orthant` | L1 penalties, by a proximal Newton's method and by an orthant-wise L-BFGS |
//! | `descent`, `run` | the loop that the methods share, and what they see of the fit |
//! | `ending` | what an end without convergence means |
//! | `rank` | superfluous columns |
//! | `recession` | whether there is a minimum |
//! | `stochastic` | epochs of mini-batches, in which `sgd` and `adam` take the steps |

mod adam;
mod descent;
mod ending;
mod l1;
mod lbfgs;
mod line_search;
mod metric;
mod newton;
mod orthant;
mod proximal;
mod rank;
pub(crate) mod recession;
mod run;
mod sgd;
mod stochastic;
mod subsample;
mod trust_region;

pub use crate::loss::{Loss, LossFit, LossSummary};
pub use adam::Adam;
pub use l1::L1;
pub use sgd::Sgd;

use crate::design::check_finite;
use crate::error::{Error, Result};
use crate::evaluate::{Evaluator, Point, check_curvature};
use crate::objective::{Block, Objective};
use ndarray::{Array1, ArrayView1};
use run::{Run, names};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a loss is minimised.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::fit::{Method, Options};
/// for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
///     assert!(model.fit(&Options::method(method))?.fit.converged());
/// }
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Method {
    /// Newton's method with step halving; Fisher scoring where the objective states its expected information. A Hessian that
    /// isn't positive definite is shifted until it is, so that losses needn't be convex.
    #[default]
    Newton,
    /// Limited-memory BFGS: gradients only, for very many parameters.
    Lbfgs,
    /// Newton steps within a region of trust: for losses that are not convex. Saddles are left.
    TrustRegion,
    /// Stochastic gradient descent over mini-batches, for many rows and losses that are not convex.
    Sgd(Sgd),
    /// Adam over mini-batches, for the same.
    Adam(Adam),
}

/// What can be chosen about a fit.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::fit::Options;
/// let options = Options { tolerance: 1e-6, start: Some(vec![0.5, 0.4]), ..Options::default() };
/// assert!(model.fit(&options)?.fit.iterations <= fit.fit.iterations);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The method.
    pub method: Method,
    /// The gradient is small enough once its norm, relative to the problem's scale, is below this.
    ///
    /// Newton's method and the trust region take the norm in which parameters are measured in their standard errors,
    /// `√(gᵀH⁻¹g)`, relative to `√(2·loss)`: it depends on no unit and is not fooled by columns that are nearly dependent;
    /// the Hessian must have no negative eigenvalue. The others take the largest component of the gradient by the parameters
    /// times their [`scales`](Objective::scales), relative to the same (L-BFGS also the former, by its guess of H).
    pub tolerance: f64,
    /// The most iterations: of methods that take mini-batches, epochs.
    pub max_iterations: usize,
    /// Where to start, in place of the objective's own starting values.
    pub start: Option<Vec<f64>>,
    /// An L1 penalty on the parameters, by Newton's method or L-BFGS.
    pub l1: Option<L1>,
}

impl Default for Options {
    fn default() -> Self {
        Self { method: Method::Newton, tolerance: 1e-12, max_iterations: 100, start: None, l1: None }
    }
}

impl Options {
    /// The defaults for a method; those that see gradients only are given more, cheaper iterations, and can't be asked for
    /// as much accuracy.
    pub fn method(method: Method) -> Self {
        match method {
            Method::Lbfgs => Self { method, tolerance: 1e-8, max_iterations: 1000, ..Self::default() },
            Method::Sgd(_) | Method::Adam(_) => {
                Self { method, tolerance: 1e-6, max_iterations: 200, ..Self::default() }
            }
            _ => Self { method, ..Self::default() },
        }
    }

    /// The defaults, with the penalty `λΣ|θ|` on all parameters (the lasso of Tibshirani 1996), which sets some of them to
    /// exactly 0. [`except`](Self::except) leaves parameters out, such as an intercept.
    ///
    /// The fit is a proximal Newton's method; with [`Method::Lbfgs`] an orthant-wise L-BFGS. Its loss is the objective's with
    /// the penalty, its gradient the smallest subgradient of that. For a fused lasso, penalise differences as parameters:
    /// record the vector itself as their `cumsum`.
    pub fn l1(lambda: f64) -> Self {
        Self { l1: Some(L1::new(lambda)), ..Self::default() }
    }

    /// Leaves these parameters out of the L1 penalty.
    pub fn except<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.l1 = self.l1.map(|l1| l1.except(names));
        self
    }
}

/// Why a fit came to an end.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::fit::{Options, Status};
/// assert_eq!(fit.fit.status, Status::Converged);
/// let cut_short = model.fit(&Options { max_iterations: 1, ..Options::default() })?;
/// assert_eq!(cut_short.fit.status, Status::IterationLimit);
/// println!("{}", cut_short.fit.reason());
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Status {
    /// The gradient is small enough.
    Converged,
    /// The parameters can't be told from the minimum in double precision: the gradient is no larger than its rounding, or
    /// the next step changes no parameter.
    WorkingPrecision,
    /// There were as many iterations as allowed.
    IterationLimit,
    /// No step along the search direction lowers the loss, though the gradient is not small.
    NoDescent,
    /// The minimum lies on the boundary of what the parameters may be: the gradient doesn't vanish there.
    Boundary,
    /// The gradient vanishes, but means or deviances there aren't finite numbers, or means are 0 that can't be.
    NotFinite,
    /// The loss has a kink where the fit stopped: a minimum may lie there, but its gradient jumps instead of vanishing.
    Kink {
        /// The first parameter along which the slope jumps, by its place.
        parameter: usize,
    },
    /// The fit stopped at the edge of the loss's domain: a step further the loss is no finite number.
    Edge,
    /// The observer said so.
    Stopped,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Status::Kink { parameter } => {
                return write!(
                    f,
                    "not converged: the loss has a kink along parameter {} where the fit stopped; smooth it, or take an L1 penalty (`Options::l1`) or quantile regression (`models::quantile`), which deal with theirs",
                    parameter + 1
                );
            }
            Status::Edge => {
                "not converged: a step further the loss is not a finite number; the minimum may lie on the edge of its domain"
            }
            Status::Converged => "converged: the gradient is within tolerance",
            Status::WorkingPrecision => "converged: to working precision",
            Status::IterationLimit => "not converged: the iteration limit was reached",
            Status::NoDescent => "not converged: no step lowers the loss",
            Status::Boundary => {
                "on the boundary: the estimates are the best within the means that the family allows, but standard errors, tests and intervals, which take them for interior ones, don't hold"
            }
            Status::NotFinite => {
                "not converged: the gradient vanishes where fitted means or deviances are at the end of the numbers, infinite or 0; give other starting values, or take another link"
            }
            Status::Stopped => "not converged: stopped by the observer",
        };
        f.write_str(text)
    }
}

/// The outcome of a fit.
///
/// Read back from JSON, its numbers are the same to the last bit only if `serde_json` has its feature `float_roundtrip`.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// assert!(fit.fit.converged());
/// for (name, estimate) in fit.fit.names.iter().zip(&fit.fit.parameters) {
///     println!("{name}: {estimate}");
/// }
/// # Ok::<(), models::Error>(())
/// ```
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

    /// Why it ended, in words, with the name of the parameter where there is one to name.
    pub fn reason(&self) -> String {
        let text = self.status.to_string();
        match self.status {
            Status::Kink { parameter } if parameter < self.names.len() => {
                text.replace(&format!("parameter {}", parameter + 1), &format!("`{}`", self.names[parameter]))
            }
            _ => text,
        }
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
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::fit::{Control, Options, Progress};
/// let mut losses = Vec::new();
/// model.fit_observed(&Options::default(), &mut |progress: &Progress| {
///     losses.push(progress.loss);
///     Control::Continue
/// })?;
/// assert!(losses.last() < losses.first());
/// # Ok::<(), models::Error>(())
/// ```
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
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::fit::{Control, Options, Progress, Status};
/// let stopped = model.fit_observed(&Options::default(), &mut |progress: &Progress| match progress.iteration {
///     0 => Control::Continue,
///     _ => Control::Stop,
/// })?;
/// assert_eq!(stopped.fit.status, Status::Stopped);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop here; the fit says so.
    Stop,
}

/// Watches a fit.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::fit::{Control, Observer, Options, Progress};
/// struct Deadline(std::time::Instant);
/// impl Observer for Deadline {
///     fn observe(&mut self, _: &Progress) -> Control {
///         if std::time::Instant::now() < self.0 { Control::Continue } else { Control::Stop }
///     }
/// }
/// let mut deadline = Deadline(std::time::Instant::now() + std::time::Duration::from_secs(60));
/// assert!(model.fit_observed(&Options::default(), &mut deadline)?.fit.converged());
/// # Ok::<(), models::Error>(())
/// ```
pub trait Observer {
    /// Called before each iteration.
    fn observe(&mut self, progress: &Progress) -> Control;

    /// Whether to stop before the next sweep of the data: an iteration may take many of them. Never, where not given.
    fn interrupted(&self) -> bool {
        false
    }
}

/// An observer of fits within a fit: it doesn't show their iterations, but can interrupt them.
pub(crate) struct Silent<'o>(pub(crate) &'o dyn Observer);

impl Observer for Silent<'_> {
    fn observe(&mut self, _: &Progress) -> Control {
        Control::Continue
    }

    fn interrupted(&self) -> bool {
        self.0.interrupted()
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
    let weights = options.l1.as_ref().map(|l1| l1.weights(&names(objective))).transpose()?;
    match (options.method, &weights) {
        (Method::Newton, None) => newton::minimise(&mut evaluator, start, options, observer),
        (Method::Sgd(sgd), None) => {
            stochastic::minimise(evaluator, start, options, sgd.schedule(), sgd.rule(parameters)?, observer)
        }
        (Method::Adam(adam), None) => {
            stochastic::minimise(evaluator, start, options, adam.schedule(), adam.rule(parameters)?, observer)
        }
        (method, weights) => {
            let (mut run, point) = Run::begin(&mut evaluator, start, options, observer)?;
            match (method, weights) {
                (Method::Lbfgs, None) => lbfgs::minimise(&mut run, point),
                (Method::TrustRegion, None) => trust_region::minimise(&mut run, point),
                (Method::Newton, Some(weights)) => proximal::minimise(&mut run, point, weights),
                (Method::Lbfgs, Some(weights)) => orthant::minimise(&mut run, point, weights),
                _ => Err(Error::Unavailable { what: "an L1 penalty", needs: "Newton's method or L-BFGS" }),
            }
        }
    }
}
