//! What a fit found, and why it came to an end.

use crate::design::check_finite;
use crate::error::{Error, Result};
use crate::evaluate::Point;
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// The gradient vanishes, but means or deviances there aren't finite numbers, means are 0 that can't be, or so far above
    /// nearly all responses that the loss is level.
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
                "not converged: the gradient vanishes where fitted means or deviances are at the end of the numbers, infinite or 0, or means far above nearly all responses; give other starting values, or take another link"
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

    /// The same fit with the iterations and passes of the one that led to its start.
    pub(crate) fn after(self, before: &Fit) -> Self {
        Self { iterations: before.iterations + self.iterations, passes: before.passes + self.passes, ..self }
    }

    pub(crate) fn new(names: Vec<String>, point: Point, iterations: usize, passes: usize, status: Status) -> Self {
        let (parameters, gradient) = (point.parameters.to_vec(), point.gradient.to_vec());
        Self { names, parameters, loss: point.loss, gradient, iterations, passes, status }
    }
}
