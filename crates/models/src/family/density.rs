//! Deviances and log-likelihoods of single rows, as plain numbers.

use super::Family;
use crate::link::Link;
use statrs::function::gamma::ln_gamma;

/// `a·ln b`, 0 at a = 0.
fn xlogy(a: f64, b: f64) -> f64 {
    if a == 0.0 { 0.0 } else { a * b.ln() }
}

/// `y·ln(y/μ) − (y − μ)`, half a Poisson deviance, without the cancellation near y = μ.
fn excess(y: f64, mean: f64) -> f64 {
    let d = (y - mean) / mean;
    if d.abs() < 1e-2 {
        // (1 + d)·ln(1 + d) − d = d²/2 − d³/6 + d⁴/12 − …
        let mut power = d * d;
        let mut sum = 0.0;
        for k in 2..14 {
            let k = f64::from(k);
            sum += power / (k * (k - 1.0)) * if k % 2.0 == 0.0 { 1.0 } else { -1.0 };
            power *= d;
        }
        return mean * sum;
    }
    xlogy(y, y / mean) - (y - mean)
}

impl Family {
    /// The deviance of a row of weight 1: twice its loss, less that of a mean equal to the response.
    pub(crate) fn unit_deviance(self, link: Link, y: f64, eta: f64) -> f64 {
        let mean = link.mean(eta);
        match self {
            Family::Gaussian => (y - mean).powi(2),
            Family::Binomial => {
                let (ln_mean, ln_complement) = link.ln_mean_and_complement(eta);
                let part = |share: f64, ln: f64| if share == 0.0 { 0.0 } else { share * (share.ln() - ln) };
                2.0 * (part(y, ln_mean) + part(1.0 - y, ln_complement))
            }
            Family::Poisson => 2.0 * excess(y, mean),
            Family::Gamma => {
                let d = (y - mean) / mean;
                2.0 * (d - d.ln_1p())
            }
            Family::InverseGaussian => (y - mean).powi(2) / (y * mean * mean),
            Family::NegativeBinomial { dispersion } => {
                let shape = 1.0 / dispersion;
                2.0 * (xlogy(y, y / mean) - (y + shape) * ((y - mean) / (mean + shape)).ln_1p())
            }
        }
    }

    /// The loss of a row of weight 1 whose mean is its response: the least that [`record_loss`](Self::record_loss) can give.
    pub(crate) fn saturated_loss(self, y: f64) -> f64 {
        match self {
            Family::Gaussian | Family::InverseGaussian => 0.0,
            Family::Binomial if y == 0.0 || y == 1.0 => 0.0,
            Family::Binomial => -(xlogy(y, y) + xlogy(1.0 - y, 1.0 - y)),
            Family::Poisson => y - xlogy(y, y),
            Family::Gamma => 1.0 + y.ln(),
            Family::NegativeBinomial { dispersion } => {
                let at = dispersion * y;
                at.ln_1p() / dispersion - if y == 0.0 { 0.0 } else { y * (at / (1.0 + at)).ln() }
            }
        }
    }

    /// The log-likelihood of a row, all terms included. The weight is the number of trials of a binomial proportion, and
    /// divides the dispersion of the other families; only Gaussian, gamma and inverse Gaussian rows depend on `dispersion`.
    pub(crate) fn log_likelihood(self, link: Link, y: f64, eta: f64, weight: f64, dispersion: f64) -> f64 {
        use std::f64::consts::PI;
        if weight == 0.0 {
            return 0.0;
        }
        // A perfect fit: the density at the mean grows without bound as the dispersion goes to 0.
        if dispersion == 0.0 && !self.has_known_dispersion() {
            return f64::INFINITY;
        }
        let mean = link.mean(eta);
        match self {
            Family::Gaussian => {
                -0.5 * ((2.0 * PI * dispersion / weight).ln() + weight * (y - mean).powi(2) / dispersion)
            }
            Family::Binomial => {
                let (ln_mean, ln_complement) = link.ln_mean_and_complement(eta);
                let part = |count: f64, ln: f64| if count == 0.0 { 0.0 } else { count * ln };
                ln_choose(weight, weight * y) + part(weight * y, ln_mean) + part(weight * (1.0 - y), ln_complement)
            }
            Family::Poisson => weight * (xlogy(y, mean) - mean - ln_gamma(y + 1.0)),
            Family::Gamma => {
                let shape = 1.0 / dispersion;
                weight * (xlogy(shape, shape * y / mean) - shape * y / mean - y.ln() - ln_gamma(shape))
            }
            Family::InverseGaussian => {
                -0.5 * weight
                    * ((2.0 * PI * dispersion * y.powi(3)).ln() + (y - mean).powi(2) / (dispersion * y * mean * mean))
            }
            Family::NegativeBinomial { dispersion } => {
                let shape = 1.0 / dispersion;
                let odds = xlogy(y, mean / (mean + shape)) - shape * (mean / shape).ln_1p();
                weight * (ln_gamma(y + shape) - ln_gamma(shape) - ln_gamma(y + 1.0) + odds)
            }
        }
    }
}

/// `ln C(n, k)`, also between whole numbers.
fn ln_choose(n: f64, k: f64) -> f64 {
    if k == 0.0 || k == n {
        return 0.0;
    }
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}
