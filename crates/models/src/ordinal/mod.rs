//! Ordinal regression: levels in an order explained by a design, by the proportional odds model.
//!
//! The level y of a row is one of K, in order. With the linear predictor `η = Xβ` (plus the offset) and thresholds
//! `θ₁ < … < θ_{K−1}`, in the place of an intercept,
//!
//! `P(y ≤ k) = σ(θₖ − η)`, so `P(y = k) = σ(θₖ − η) − σ(θₖ₋₁ − η)` with `θ₀ = −∞` and `θ_K = ∞`
//!
//! (McCullagh 1980, *Regression models for ordinal data*, J. R. Stat. Soc. B 42, with the sign of R's `MASS::polr` and
//! statsmodels' `OrderedModel`: a positive coefficient makes higher levels more likely). `e^β` is the ratio by which the odds
//! of a higher level grow, whatever the threshold. With two levels this is logistic regression.
//!
//! | file | what |
//! |---|---|
//! | `objective` | the model as an objective: the recorded loss, starting values, scales, separation |
//! | `outcome` | the fit and its predictions |
//! | `inference` | standard errors and figures of merit |
//! | `summary` | a page with them |

mod inference;
mod objective;
mod outcome;
mod summary;

pub use inference::OrdinalInference;
pub use outcome::{OrdinalFit, OrdinalPrediction};
pub use summary::OrdinalSummary;

use crate::design::Design;
use crate::error::{Error, Result};
use crate::fit::{Control, Method, Observer, Options, Progress, Status, minimise_observed};
use crate::ridge::Ridge;
use crate::softmax::{Labels, check_classes, check_labels, class_weights};
use ndarray::ArrayView1;

/// An ordinal regression of levels on a design: cumulative logits with proportional odds.
///
/// The loss is the negative log-likelihood `−Σ wᵢ ln P(yᵢ)`, plus the ridge penalty `½λ‖β‖²` on the coefficients, not the
/// thresholds. It is convex (Burridge 1981), and stable in both tails: the logarithm of a difference of two sigmoids is taken
/// as one operation.
///
/// ```
/// use models::{Design, ordinal::Ordinal};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [1.0], [2.0], [3.0]]);
/// let labels = arr1(&[0, 0, 1, 1, 2, 2, 2, 0, 0]);
/// let design = Design::new(&x).with_names(&["dose"])?;
/// let model = Ordinal::new(design.clone(), &["none", "mild", "strong"], &labels)?;
/// let fit = model.fit(&Default::default())?;
/// assert_eq!(fit.fit.names, ["dose", "none|mild", "mild|strong"]);
/// assert!(fit.coefficients()[0] > 0.0);
/// let probabilities = fit.predict(&design)?;
/// assert!((probabilities.row(0).sum() - 1.0).abs() < 1e-15);
/// assert!(probabilities[[5, 2]] > probabilities[[0, 2]]);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ordinal<'a> {
    /// The design without an intercept: the thresholds stand for it.
    design: Design<'a>,
    labels: Labels<'a>,
    levels: Vec<String>,
    ridge: Ridge,
}

impl<'a> Ordinal<'a> {
    /// A model of `labels`, which count the `levels` from 0, the lowest first. An intercept of the design is left out.
    ///
    /// # Errors
    /// No rows, fewer than two levels or two of one name, another number of labels than rows, a label that names no level.
    pub fn new<S: AsRef<str>>(
        design: Design<'a>,
        levels: &[S],
        labels: impl Into<ArrayView1<'a, usize>>,
    ) -> Result<Self> {
        let labels = labels.into();
        if design.rows() == 0 {
            return Err(Error::NoRows);
        }
        design.check_length("labels", labels.len())?;
        let levels: Vec<String> = levels.iter().map(|level| level.as_ref().into()).collect();
        check_classes(&levels)?;
        check_labels(labels, levels.len())?;
        Ok(Self { design: design.without_intercept(), labels, levels, ridge: Ridge::none() })
    }

    /// Penalises the coefficients, not the thresholds, by `½λ‖β‖²`.
    ///
    /// # Errors
    /// A negative or infinite weight λ.
    pub fn with_ridge(mut self, lambda: f64) -> Result<Self> {
        self.ridge = Ridge::new(lambda)?;
        Ok(self)
    }

    /// The design, without an intercept.
    pub fn design(&self) -> &Design<'a> {
        &self.design
    }

    /// The labels.
    pub fn labels(&self) -> ArrayView1<'a, usize> {
        self.labels
    }

    /// The levels' names, the lowest first.
    pub fn levels(&self) -> &[String] {
        &self.levels
    }

    /// The weight λ of the ridge penalty.
    pub fn ridge(&self) -> f64 {
        self.ridge.lambda()
    }

    /// Fits the model.
    ///
    /// # Errors
    /// A cell that is not finite, a design that is rank deficient (beside the thresholds, which make up a constant), a level
    /// without rows, separated levels. A fit that merely didn't converge is no error: its status says why.
    pub fn fit(&self, options: &Options) -> Result<OrdinalFit> {
        self.fit_observed(options, &mut |_: &Progress| Control::Continue)
    }

    /// Fits the model, watched by an observer.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_observed(&self, options: &Options, observer: &mut dyn Observer) -> Result<OrdinalFit> {
        self.check_not_empty()?;
        let fit = minimise_observed(self, options, observer)?;
        if options.method != Method::Newton && fit.status != Status::Stopped {
            self.look_for_separation(&fit)?;
        }
        Ok(OrdinalFit {
            levels: self.levels.clone(),
            terms: self.design.names(),
            ridge: self.ridge(),
            rows: self.design.rows(),
            fit,
        })
    }

    /// The total weight of each level's rows.
    fn level_weights(&self) -> Vec<f64> {
        class_weights(self.labels, self.levels.len(), |row| self.design.weight(row))
    }

    /// Refuses a level without rows: the thresholds beside it would meet.
    fn check_not_empty(&self) -> Result<()> {
        match self.level_weights().iter().position(|&weight| weight == 0.0) {
            Some(empty) => Err(Error::EmptyLevel { level: self.levels[empty].clone() }),
            None => Ok(()),
        }
    }
}

/// The names of the thresholds, each of the levels that it divides.
fn threshold_names(levels: &[String]) -> impl Iterator<Item = String> {
    levels.windows(2).map(|pair| pair.join("|"))
}
