//! The L1 penalty: which parameters it is on, and the smallest subgradient of a loss with it.

use crate::error::{Error, Result};
use crate::evaluate::Point;
use ndarray::{Array1, Zip};

/// The penalty `λΣ|θ|` on some parameters.
///
/// ```
/// use models::fit::{L1, Options};
/// let options = Options { l1: Some(L1::new(0.5).except(&["(Intercept)"])), ..Options::default() };
/// assert_eq!(options, Options::l1(0.5).except(&["(Intercept)"]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct L1 {
    /// Its weight λ, at least 0.
    pub lambda: f64,
    /// The names of the parameters that it isn't on.
    pub free: Vec<String>,
}

impl L1 {
    /// The penalty on all parameters.
    pub fn new(lambda: f64) -> Self {
        Self { lambda, free: Vec::new() }
    }

    /// Leaves these parameters out.
    pub fn except<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.free.extend(names.iter().map(|name| name.as_ref().to_owned()));
        self
    }

    /// The weight for each parameter.
    pub(super) fn weights(&self, names: &[String]) -> Result<Array1<f64>> {
        if !(self.lambda >= 0.0 && self.lambda.is_finite()) {
            return Err(Error::Option {
                option: "l1",
                value: self.lambda,
                allowed: "it must be at least 0 and finite",
            });
        }
        if let Some(name) = self.free.iter().find(|name| !names.contains(name)) {
            return Err(Error::UnknownParameter { name: name.clone(), known: names.to_vec() });
        }
        Ok(names.iter().map(|name| if self.free.contains(name) { 0.0 } else { self.lambda }).collect())
    }
}

/// `Σ λᵢ|θᵢ|`.
pub(super) fn penalty(parameters: &Array1<f64>, weights: &Array1<f64>) -> f64 {
    parameters.iter().zip(weights).map(|(parameter, weight)| weight * parameter.abs()).sum()
}

/// The smallest subgradient of the loss with its penalty: 0 where a parameter at 0 has to stay there.
pub(super) fn subgradient(point: &Point, weights: &Array1<f64>) -> Array1<f64> {
    Zip::from(&point.gradient).and(&point.parameters).and(weights).map_collect(|&gradient, &at, &weight| match at {
        0.0 => gradient.signum() * (gradient.abs() - weight).max(0.0),
        _ => gradient + weight.copysign(at),
    })
}

/// The point with the penalty in its loss and gradient, as a fit reports it.
pub(super) fn penalised(mut point: Point, weights: &Array1<f64>) -> Point {
    point.gradient = subgradient(&point, weights);
    point.loss += penalty(&point.parameters, weights);
    point
}
