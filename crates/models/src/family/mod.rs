//! Families of distributions: the loss of each as a recorded graph, and what inference needs of each as plain numbers
//! ([`density`]); [`bound`] says from where losses are counted; [`responses`] sums up what a model explains.

mod bound;
mod density;
mod responses;

pub(crate) use bound::Bound;
pub(crate) use responses::Responses;

use crate::error::{Error, Result};
use crate::link::Link;
use autodiff::Var;
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An exponential dispersion family: the distribution of the response given its mean μ.
///
/// ```
/// use models::{Family, Link};
/// assert_eq!(Family::Poisson.canonical_link(), Link::Log);
/// let overdispersed = Family::NegativeBinomial { dispersion: 0.5 };
/// assert_eq!(overdispersed.canonical_link(), Link::Log);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Family {
    /// Normal; variance φ.
    Gaussian,
    /// Labels 0 and 1, or proportions of as many trials as the row's weight says; variance μ(1 − μ).
    Binomial,
    /// Counts; variance μ.
    Poisson,
    /// Positive numbers with a constant coefficient of variation; variance φμ².
    Gamma,
    /// Positive numbers with a long tail; variance φμ³.
    InverseGaussian,
    /// Counts with more than Poisson's variance, `μ + αμ²` for the dispersion α given (R's `theta` is 1/α).
    NegativeBinomial {
        /// α, greater than 0.
        dispersion: f64,
    },
}

/// Along which directions of the linear predictor a row's loss doesn't grow without bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recession {
    Up,
    Down,
    Neither,
}

impl Family {
    /// The family's canonical link; the logarithm for the negative binomial family.
    pub fn canonical_link(self) -> Link {
        match self {
            Family::Gaussian => Link::Identity,
            Family::Binomial => Link::Logit,
            Family::Poisson | Family::NegativeBinomial { .. } => Link::Log,
            Family::Gamma => Link::Inverse,
            Family::InverseGaussian => Link::InverseSquared,
        }
    }

    /// Whether the link is the canonical one, so that expected and observed information are the same.
    pub fn is_canonical(self, link: Link) -> bool {
        link == self.canonical_link() && !matches!(self, Family::NegativeBinomial { .. })
    }

    /// Whether a row's loss is a convex function of its predictor, so that there is one minimum at most.
    pub(crate) fn is_convex(self, link: Link) -> bool {
        match self {
            Family::Gaussian => link == Link::Identity,
            Family::Binomial => !matches!(link, Link::Inverse | Link::InverseSquared),
            Family::Poisson => matches!(link, Link::Log | Link::Identity | Link::Sqrt),
            Family::Gamma => matches!(link, Link::Inverse | Link::Log),
            Family::InverseGaussian => matches!(link, Link::InverseSquared | Link::Inverse),
            Family::NegativeBinomial { .. } => link == Link::Log,
        }
    }

    /// Whether the dispersion φ is known to be 1; it is estimated otherwise.
    pub fn has_known_dispersion(self) -> bool {
        matches!(self, Family::Binomial | Family::Poisson | Family::NegativeBinomial { .. })
    }

    /// Whether the family counts, and a row's count is no whole number: of binomial the successes w·y and the failures w·(1 − y), to within the rounding
    /// of a proportion, of Poisson and negative binomial y.
    pub(crate) fn is_no_count(self, weight: f64, y: f64) -> bool {
        // R's glm allows this much of successes.
        const OF_PROPORTIONS: f64 = 1e-3;
        const OF_COUNTS: f64 = 1e-7;
        let is_fraction = |count: f64, allowed: f64| (count - count.round()).abs() > allowed;
        match self {
            _ if weight == 0.0 => false,
            Family::Binomial => [y, 1.0 - y].into_iter().any(|share| is_fraction(weight * share, OF_PROPORTIONS)),
            Family::Poisson | Family::NegativeBinomial { .. } => is_fraction(y, OF_COUNTS * y.abs().max(1.0)),
            Family::Gaussian | Family::Gamma | Family::InverseGaussian => false,
        }
    }

    /// The variance of a row of mean μ and weight 1, over the dispersion φ.
    pub fn variance(self, mean: f64) -> f64 {
        match self {
            Family::Gaussian => 1.0,
            Family::Binomial => mean * (1.0 - mean),
            Family::Poisson => mean,
            Family::Gamma => mean * mean,
            Family::InverseGaussian => mean.powi(3),
            Family::NegativeBinomial { dispersion } => mean + dispersion * mean * mean,
        }
    }

    /// `μ²/V(μ)` of a row of mean μ and weight 1: about how large its loss is.
    pub(crate) fn precision(self, mean: f64) -> f64 {
        match self {
            Family::Gaussian => mean * mean,
            Family::Binomial => mean / (1.0 - mean),
            Family::Poisson => mean,
            Family::Gamma => 1.0,
            Family::InverseGaussian => 1.0 / mean,
            Family::NegativeBinomial { dispersion } => 1.0 / (1.0 / mean + dispersion),
        }
    }

    /// The least and the greatest linear predictor of a mean that the family can have, where not every one is. Of an inverse
    /// Gaussian mean that grows for ever the loss stays finite, so that the numbers end it: its square must be one.
    pub(crate) fn domain(self, link: Link) -> Option<(f64, f64)> {
        let positive = Some((0.0, f64::INFINITY));
        match (self, link) {
            (Family::Gaussian, Link::InverseSquared) => positive,
            (Family::Gaussian, _) => None,
            (_, Link::Logit | Link::Probit | Link::Cloglog) => None,
            (Family::Binomial, Link::Identity | Link::Sqrt) => Some((0.0, 1.0)),
            (Family::Binomial, Link::Log) => Some((f64::NEG_INFINITY, 0.0)),
            (Family::Binomial, Link::Inverse | Link::InverseSquared) => Some((1.0, f64::INFINITY)),
            (Family::InverseGaussian, Link::Log) => Some((f64::NEG_INFINITY, 0.5 * f64::MAX.ln())),
            (_, Link::Log) => None,
            (_, Link::Identity | Link::Sqrt | Link::Inverse | Link::InverseSquared) => positive,
        }
    }

    /// Records the rows' losses as they are, and as NaN where the predictor is outside the domain. Losses that are NaN there
    /// by themselves need no such guard.
    fn record_guard<'t>(self, link: Link, eta: Var<'t, f64>, loss: Var<'t, f64>) -> Var<'t, f64> {
        let Some((low, high)) = self.domain(link) else { return loss };
        let outside = eta + f64::NAN;
        let loss = if low.is_finite() { eta.lt(low).select(outside, loss) } else { loss };
        if high.is_finite() { eta.gt(high).select(outside, loss) } else { loss }
    }

    /// Records the loss of each row: the negative log-likelihood at dispersion 1 and weight 1, but for terms of y alone.
    ///
    /// It is written in η where that keeps digits: none of the pairs has a difference that cancels, or a logarithm of a mean
    /// that has underflown.
    pub(crate) fn record_loss<'t>(self, link: Link, eta: Var<'t, f64>, y: Var<'t, f64>) -> Var<'t, f64> {
        match (self, link) {
            (Family::Gaussian, _) => {
                let residual = y - link.record_mean(eta);
                residual * residual * 0.5
            }
            (Family::Binomial, Link::Logit) => eta.sigmoid().log_loss(y),
            (Family::Binomial, _) => {
                let yes = y.strong_mul(link.record_ln_mean(eta));
                let no = (1.0 - y).strong_mul(link.record_ln_complement(eta));
                self.record_guard(link, eta, -(yes + no))
            }
            // The mean may be 0 where the count is.
            (Family::Poisson, Link::Identity | Link::Sqrt) => {
                let loss = link.record_mean(eta) - y.strong_mul(link.record_ln_mean(eta));
                self.record_guard(link, eta, loss)
            }
            // y·ln μ is NaN for a negative mean, which keeps steps within the domain.
            (Family::Poisson, _) => link.record_mean(eta) - y * link.record_ln_mean(eta),
            (Family::Gamma, Link::Inverse) => y * eta - eta.ln(),
            (Family::Gamma, Link::Log) => y * (-eta).exp() + eta,
            (Family::Gamma, _) => y / link.record_mean(eta) + link.record_ln_mean(eta),
            // (y − μ)²/(2μ²y), less 1/(2y).
            (Family::InverseGaussian, Link::InverseSquared) => y * eta * 0.5 - eta.sqrt(),
            (Family::InverseGaussian, _) => {
                let rate = link.record_mean(eta).recip();
                self.record_guard(link, eta, rate * (y * rate - 2.0) * 0.5)
            }
            (Family::NegativeBinomial { dispersion }, _) => {
                let z = link.record_ln_mean(eta) + dispersion.ln();
                y * (-z).softplus() + z.softplus() * dispersion.recip()
            }
        }
    }

    /// Records the expectation of the loss's second derivative by η: `(∂μ/∂η)²/V(μ)`, by derivatives of ln μ and ln(1 − μ),
    /// which don't underflow. `None` where the loss's own second derivative is its expectation.
    pub(crate) fn record_information<'t>(self, link: Link, eta: Var<'t, f64>) -> Option<Var<'t, f64>> {
        if self.is_canonical(link) {
            return None;
        }
        let slope = |of: Var<'t, f64>| of.sum().grad(eta);
        let mean = || link.record_mean(eta);
        Some(match self {
            Family::Binomial => slope(link.record_ln_mean(eta)).strong_mul(-slope(link.record_ln_complement(eta))),
            Family::Gaussian => slope(mean()).powi(2),
            // Finite at a mean of 0, too.
            Family::Poisson if link == Link::Sqrt => eta * 0.0 + 4.0,
            Family::Poisson => slope(link.record_ln_mean(eta)).powi(2) * mean(),
            Family::Gamma => slope(link.record_ln_mean(eta)).powi(2),
            Family::InverseGaussian => slope(link.record_ln_mean(eta)).powi(2) / mean(),
            Family::NegativeBinomial { dispersion } => {
                let ln_mean = link.record_ln_mean(eta);
                // μ/(1 + αμ) = σ(ln αμ)/α.
                slope(ln_mean).powi(2) * (ln_mean + dispersion.ln()).sigmoid() * dispersion.recip()
            }
        })
    }

    /// Refuses a dispersion that makes no sense.
    pub(crate) fn check_parameters(self) -> Result<()> {
        if let Family::NegativeBinomial { dispersion } = self
            && !(dispersion > 0.0 && dispersion.is_finite())
        {
            let allowed = "the negative binomial dispersion must be a positive number (for 0 take Poisson)";
            return Err(Error::Option { option: "dispersion", value: dispersion, allowed });
        }
        Ok(())
    }

    /// Refuses a response that the family can't have, and a dispersion that makes no sense.
    pub(crate) fn check(self, y: ArrayView1<'_, f64>) -> Result<()> {
        self.check_parameters()?;
        let (valid, allowed): (fn(f64) -> bool, _) = match self {
            Family::Gaussian => (f64::is_finite, ""),
            Family::Binomial => (
                |y| (0.0..=1.0).contains(&y),
                "a binomial response must lie in [0, 1]; give counts as proportions, with the trials as weights",
            ),
            Family::Poisson | Family::NegativeBinomial { .. } => (|y| y >= 0.0, "counts must be at least 0"),
            Family::Gamma | Family::InverseGaussian => (|y| y > 0.0, "the family's response must be greater than 0"),
        };
        for (row, &value) in y.iter().enumerate() {
            if !value.is_finite() {
                return Err(Error::NonFinite { row, column: "y".into(), value });
            }
            if !valid(value) {
                return Err(Error::OutOfRange { row, column: "y".into(), value, allowed });
            }
        }
        Ok(())
    }

    /// A mean that the family allows, near the response: where a fit may start.
    pub(crate) fn starting_mean(self, y: f64, weight: f64) -> f64 {
        match self {
            Family::Binomial => (weight * y + 0.5) / (weight + 1.0),
            Family::Poisson => y + 0.1,
            Family::NegativeBinomial { .. } => y.max(1.0 / 6.0),
            Family::Gaussian | Family::Gamma | Family::InverseGaussian => y,
        }
    }

    /// Whether a mean is so far above its response that what is left of the row's loss is next to nothing: an inverse Gaussian one
    /// falls no further than to a limit as the mean grows, and no minimum has most of its rows there.
    pub(crate) fn is_spent(self, mean: f64, y: f64) -> bool {
        const FAR: f64 = 1e6;
        self == Family::InverseGaussian && mean >= FAR * y
    }

    /// Which way the predictor of a row can go for ever without the row's loss growing.
    pub(crate) fn recession(self, link: Link, y: f64) -> Recession {
        match (self, link) {
            // These means come near 0 and 1, but no nearer to responses there or beyond than at infinity.
            (_, Link::Logit | Link::Probit | Link::Cloglog) if y >= 1.0 => Recession::Up,
            (_, Link::Logit | Link::Probit | Link::Cloglog) if y <= 0.0 => Recession::Down,
            // The mean 0 is approached, without a gain or loss of rows at other means.
            (Family::Binomial | Family::Poisson | Family::NegativeBinomial { .. }, Link::Log) if y == 0.0 => {
                Recession::Down
            }
            (
                Family::Binomial | Family::Poisson | Family::NegativeBinomial { .. },
                Link::Inverse | Link::InverseSquared,
            ) if y == 0.0 => Recession::Up,
            // As the mean falls to 0, a response below it is fitted better and better.
            (Family::Gaussian, Link::Log) if y <= 0.0 => Recession::Down,
            _ => Recession::Neither,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Family::Gaussian => f.write_str("gaussian"),
            Family::Binomial => f.write_str("binomial"),
            Family::Poisson => f.write_str("poisson"),
            Family::Gamma => f.write_str("Gamma"),
            Family::InverseGaussian => f.write_str("inverse.gaussian"),
            Family::NegativeBinomial { dispersion } => {
                let theta = 1.0 / dispersion;
                // By its power of ten where it has more digits than a reader counts.
                match (1e-5..1e17).contains(&theta) {
                    true => write!(f, "Negative Binomial({theta})"),
                    false => write!(f, "Negative Binomial({theta:e})"),
                }
            }
        }
    }
}
