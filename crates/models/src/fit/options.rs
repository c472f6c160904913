//! What can be chosen about a fit.

use super::adam::Adam;
use super::l1::L1;
use super::sgd::Sgd;
use serde::{Deserialize, Serialize};

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
    /// times their [`scales`](crate::Objective::scales), relative to the same (L-BFGS also the former, by its guess of H; of a loss
    /// of one's own the Hessian gives the scales and confirms the end, of more than 100 parameters by products with it).
    pub tolerance: f64,
    /// The most iterations: of methods that take mini-batches, epochs.
    pub max_iterations: usize,
    /// Where to start, in place of the objective's own starting values. A generalised linear model that finds no way down from there starts
    /// where it does by itself.
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
