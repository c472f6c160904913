//! Logistic regression: the derivation's graph, fitted.
//!
#![doc = include_str!("../formulas/logistic.html")]
#![doc = include_str!("../formulas/logistic_gradient.html")]
#![doc = include_str!("../formulas/font.html")]
//!
//! `z = Xθ`, `π = σ(z)`, loss `−(y·ln π + (1 − y)·ln(1 − π))`: the nodes `linear`, `sigmoid`, `log_loss` on a tape, whose
//! gradient and Hessian the fit uses. This is [`Glm`] for the binomial family and its logit link, under the names that
//! belong to it.

use crate::design::Design;
use crate::error::Result;
use crate::family::Family;
use crate::fit::{Options, Status};
use crate::glm::{Glm, GlmFit};
use crate::objective::Objective;
use autodiff::{Tape, Var};
use ndarray::{ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

/// A logistic regression of labels in [0, 1] on a design.
///
/// ```
/// use models::{Design, logistic::Logistic, fit::{Method, Options}};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[66.0], [70.0], [69.0], [53.0], [58.0], [75.0]]);
/// let y = arr1(&[0.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
/// let model = Logistic::new(Design::new(&x).with_names(&["temperature"])?, &y)?;
/// let newton = model.fit(&Options::default())?;
/// let lbfgs = model.fit(&Options::method(Method::Lbfgs))?;
/// assert!(newton.converged() && lbfgs.converged());
/// assert!((newton.coefficients[1] - lbfgs.coefficients[1]).abs() < 1e-6);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Logistic<'a> {
    glm: Glm<'a>,
}

/// A fitted logistic regression.
///
/// ```
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[66.0], [70.0], [69.0], [53.0], [58.0], [75.0], [70.0]]);
/// let fit = models::logistic::fit(&x, &arr1(&[0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0]))?;
/// assert!(fit.converged() && fit.coefficients[1] < 0.0 && fit.log_likelihood < 0.0);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogisticFit {
    /// The coefficients' names.
    pub names: Vec<String>,
    /// The coefficients: intercept (where there is one), columns, factors, interactions.
    pub coefficients: Vec<f64>,
    /// The log-likelihood `Σ w(y·ln π + (1 − y)·ln(1 − π))` at the coefficients: at most 0, without the penalty.
    pub log_likelihood: f64,
    /// The gradient of the log-likelihood (less the penalty), which vanishes at the maximum.
    pub score: Vec<f64>,
    /// The number of iterations.
    pub iterations: usize,
    /// Whether the fit converged, and why it ended.
    pub status: Status,
}

/// A fit of all columns of `x`, and an intercept, by Newton's method.
///
/// # Errors
/// As [`Logistic::new`] and [`Logistic::fit`].
pub fn fit<'a>(x: impl Into<ArrayView2<'a, f64>>, y: impl Into<ArrayView1<'a, f64>>) -> Result<LogisticFit> {
    Logistic::new(Design::new(x), y)?.fit(&Options::default())
}

impl<'a> Logistic<'a> {
    /// A model of the labels.
    ///
    /// # Errors
    /// No rows, nothing to fit, another number of labels than rows, a label that is not in [0, 1].
    pub fn new(design: Design<'a>, y: impl Into<ArrayView1<'a, f64>>) -> Result<Self> {
        Ok(Self { glm: Glm::new(design, y, Family::Binomial)? })
    }

    /// Penalises the coefficients, all but the intercept, by `½λ‖θ‖²`.
    ///
    /// # Errors
    /// A negative or infinite weight λ.
    pub fn with_ridge(self, lambda: f64) -> Result<Self> {
        Ok(Self { glm: self.glm.with_ridge(lambda)? })
    }

    /// The same model as a generalised linear model.
    pub fn glm(&self) -> &Glm<'a> {
        &self.glm
    }

    /// Records the loss, the *negative* log-likelihood `−Σ w(y·ln π + (1 − y)·ln(1 − π))` (plus the penalty), which is what
    /// fits minimise, with an input for each block of parameters.
    ///
    /// # Errors
    /// Whatever keeps it from being recorded.
    pub fn record_loss<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Var<'t, f64>> {
        Ok(self.glm.record(tape, parameters)?.loss)
    }

    /// Records the log-likelihood `Σ w(y·ln π + (1 − y)·ln(1 − π))` (less the penalty): the loss with the sign turned, which
    /// is what the hand derivation maximises.
    ///
    /// # Errors
    /// As [`record_loss`](Self::record_loss).
    pub fn record_log_likelihood<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Var<'t, f64>> {
        Ok(-self.record_loss(tape, parameters)?)
    }

    /// Maximises the likelihood.
    ///
    /// # Errors
    /// A cell that is not finite, a design that is rank deficient, labels of one class or otherwise separated. A fit that
    /// merely didn't converge is no error: its status says why.
    pub fn fit(&self, options: &Options) -> Result<LogisticFit> {
        Ok(self.with_outcome(&self.glm.fit(options)?))
    }

    fn with_outcome(&self, outcome: &GlmFit) -> LogisticFit {
        let fit = &outcome.fit;
        LogisticFit {
            names: fit.names.clone(),
            coefficients: fit.parameters.clone(),
            log_likelihood: self.glm.penalty(&fit.parameters) - fit.loss,
            score: fit.gradient.iter().map(|gradient| -gradient).collect(),
            iterations: fit.iterations,
            status: fit.status,
        }
    }
}

impl LogisticFit {
    /// Whether the maximum was found.
    pub fn converged(&self) -> bool {
        matches!(self.status, Status::Converged | Status::WorkingPrecision)
    }

    /// The largest component of the score in size.
    pub fn max_abs_score(&self) -> f64 {
        self.score.iter().fold(0.0, |max, score| max.max(score.abs()))
    }
}
