//! Link functions: what makes a mean of a linear predictor, as plain numbers and as recorded graphs.

use autodiff::Var;
use serde::{Deserialize, Serialize};
use statrs::function::erf::{erfc, erfc_inv};
use std::f64::consts::SQRT_2;
use std::fmt;

/// A link function g: the linear predictor is `η = g(μ)`.
///
/// ```
/// use models::Link;
/// assert_eq!(Link::Logit.mean(0.0), 0.5);
/// assert_eq!(Link::Log.predictor(1.0), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Link {
    /// `η = μ`.
    Identity,
    /// `η = ln(μ/(1 − μ))`.
    Logit,
    /// `η = Φ⁻¹(μ)`, Φ being the normal distribution function.
    Probit,
    /// `η = ln(−ln(1 − μ))`.
    Cloglog,
    /// `η = ln μ`.
    Log,
    /// `η = 1/μ`.
    Inverse,
    /// `η = 1/μ²`.
    InverseSquared,
    /// `η = √μ`.
    Sqrt,
}

/// A share that a link of probabilities has well within its range.
const LEAST_SHARE: f64 = 0.01;
/// Below this η the complementary log-log's mean is `eᶯ` to the last bit.
const CLOGLOG_IS_LOG: f64 = -37.0;

impl Link {
    /// All links.
    pub const ALL: [Link; 8] = [
        Link::Identity,
        Link::Logit,
        Link::Probit,
        Link::Cloglog,
        Link::Log,
        Link::Inverse,
        Link::InverseSquared,
        Link::Sqrt,
    ];

    /// The mean of a linear predictor, `g⁻¹(η)`.
    pub fn mean(self, eta: f64) -> f64 {
        match self {
            Link::Identity => eta,
            Link::Logit if eta >= 0.0 => 1.0 / (1.0 + (-eta).exp()),
            Link::Logit => eta.exp() / (1.0 + eta.exp()),
            Link::Probit => erfc(-eta / SQRT_2) / 2.0,
            Link::Cloglog => -(-eta.exp()).exp_m1(),
            Link::Log => eta.exp(),
            Link::Inverse => 1.0 / eta,
            Link::InverseSquared => 1.0 / eta.sqrt(),
            Link::Sqrt => eta * eta,
        }
    }

    /// The derivative of the mean by the linear predictor, `∂μ/∂η`.
    pub fn slope(self, eta: f64) -> f64 {
        match self {
            Link::Identity => 1.0,
            Link::Logit => self.mean(eta) * self.mean(-eta),
            Link::Probit => (-eta * eta / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt(),
            Link::Cloglog => (eta - eta.exp()).exp(),
            Link::Log => eta.exp(),
            Link::Inverse => -1.0 / (eta * eta),
            Link::InverseSquared => -0.5 / (eta * eta.sqrt()),
            Link::Sqrt => 2.0 * eta,
        }
    }

    /// The linear predictor of a mean, `g(μ)`.
    pub fn predictor(self, mean: f64) -> f64 {
        match self {
            Link::Identity => mean,
            Link::Logit => mean.ln() - (-mean).ln_1p(),
            Link::Probit => -SQRT_2 * erfc_inv(2.0 * mean),
            Link::Cloglog => (-(-mean).ln_1p()).ln(),
            Link::Log => mean.ln(),
            Link::Inverse => 1.0 / mean,
            Link::InverseSquared => 1.0 / (mean * mean),
            Link::Sqrt => mean.sqrt(),
        }
    }

    /// A mean of a normal response that the link has, near this one; one of this size, where none is near.
    pub(crate) fn near_mean(self, mean: f64, size: f64) -> f64 {
        match self {
            Link::Identity => mean,
            Link::Logit | Link::Probit | Link::Cloglog => mean.clamp(LEAST_SHARE, 1.0 - LEAST_SHARE),
            Link::Inverse if mean != 0.0 => mean,
            Link::Log | Link::InverseSquared | Link::Sqrt if mean > 0.0 => mean,
            Link::Log | Link::Inverse | Link::InverseSquared | Link::Sqrt => size,
        }
    }

    /// Whether means are probabilities.
    pub(crate) fn is_of_probabilities(self) -> bool {
        matches!(self, Link::Logit | Link::Probit | Link::Cloglog)
    }

    /// Whether the mean of a predictor is within about 1e-5 of the end of what the link has, as far as that is at infinity.
    pub(crate) fn is_far_out(self, eta: f64) -> bool {
        match self {
            Link::Probit => eta.abs() > 4.3,
            Link::Cloglog => !(-12.0..=2.4).contains(&eta),
            _ => eta.abs() > 12.0,
        }
    }

    /// Whether a Gaussian mean is so near to 0, which these links have at infinity only, that it changes the residual by next to nothing.
    pub(crate) fn is_vanishing(self, mean: f64, residual: f64) -> bool {
        matches!(self, Link::Inverse | Link::InverseSquared) && mean.abs() <= 1e-3 * residual.abs()
    }

    /// A mean that the link has, where it has none as large as this one.
    pub(crate) fn within_reach(self, mean: f64) -> f64 {
        if self.is_of_probabilities() && mean >= 1.0 { 1.0 - LEAST_SHARE } else { mean }
    }

    /// Records the mean.
    pub(crate) fn record_mean<'t>(self, eta: Var<'t, f64>) -> Var<'t, f64> {
        match self {
            Link::Identity => eta,
            Link::Logit => eta.sigmoid(),
            Link::Probit => eta.norm_cdf(),
            Link::Cloglog => -(-eta.exp()).exp_m1(),
            Link::Log => eta.exp(),
            Link::Inverse => eta.recip(),
            Link::InverseSquared => eta.sqrt().recip(),
            Link::Sqrt => eta * eta,
        }
    }

    /// Records `ln μ`, accurate for every η; NaN where the mean is negative.
    pub(crate) fn record_ln_mean<'t>(self, eta: Var<'t, f64>) -> Var<'t, f64> {
        match self {
            Link::Logit => eta.log_sigmoid(),
            Link::Probit => eta.log_norm_cdf(),
            Link::Log => eta,
            Link::Inverse => -eta.ln(),
            Link::InverseSquared => eta.ln() * -0.5,
            Link::Sqrt => eta.ln() * 2.0,
            Link::Identity => eta.ln(),
            Link::Cloglog => {
                // ln(1 − e⁻ᵗ) by whichever form keeps its digits.
                let t = eta.exp();
                let small = (-(-t).exp_m1()).ln();
                let large = (-(-t).exp()).ln_1p();
                eta.lt(CLOGLOG_IS_LOG).select(eta, t.gt(std::f64::consts::LN_2).select(large, small))
            }
        }
    }

    /// Records `ln(1 − μ)`, accurate for every η; NaN where the mean is above 1.
    pub(crate) fn record_ln_complement<'t>(self, eta: Var<'t, f64>) -> Var<'t, f64> {
        match self {
            Link::Logit => (-eta).log_sigmoid(),
            Link::Probit => (-eta).log_norm_cdf(),
            Link::Cloglog => -eta.exp(),
            Link::Log => (-eta.exp_m1()).ln(),
            other => (-other.record_mean(eta)).ln_1p(),
        }
    }

    /// `ln μ` and `ln(1 − μ)` as plain numbers.
    pub(crate) fn ln_mean_and_complement(self, eta: f64) -> (f64, f64) {
        let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        match self {
            Link::Logit => (-softplus(-eta), -softplus(eta)),
            Link::Probit => (ln_norm_cdf(eta), ln_norm_cdf(-eta)),
            Link::Log => (eta, (-eta.exp_m1()).ln()),
            Link::Cloglog => {
                let t = eta.exp();
                let ln_mean = match () {
                    () if eta < CLOGLOG_IS_LOG => eta,
                    () if t > std::f64::consts::LN_2 => (-(-t).exp()).ln_1p(),
                    () => (-(-t).exp_m1()).ln(),
                };
                (ln_mean, -t)
            }
            other => (other.mean(eta).ln(), (-other.mean(eta)).ln_1p()),
        }
    }
}

/// `ln Φ(x)` of the normal distribution function, by its asymptotic series where Φ underflows.
fn ln_norm_cdf(x: f64) -> f64 {
    if x > 0.0 {
        return (-erfc(x / SQRT_2) / 2.0).ln_1p();
    }
    if x > -30.0 {
        return (erfc(-x / SQRT_2) / 2.0).ln();
    }
    let u = 1.0 / (x * x);
    // 1 − u + 3u² − 15u³ + 105u⁴ − …: the next term is below 1e-12 of the first.
    let series = -u * (1.0 - u * (3.0 - u * (15.0 - u * (105.0 - u * 945.0))));
    -x * x / 2.0 - (-x).ln() - (2.0 * std::f64::consts::PI).ln() / 2.0 + series.ln_1p()
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Link::Identity => "identity",
            Link::Logit => "logit",
            Link::Probit => "probit",
            Link::Cloglog => "cloglog",
            Link::Log => "log",
            Link::Inverse => "inverse",
            Link::InverseSquared => "1/mu^2",
            Link::Sqrt => "sqrt",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autodiff::{Tape, bind};
    use ndarray::arr1;

    #[test]
    fn slopes_are_those_of_the_recorded_means() {
        let etas = [0.03, 0.4, 1.0, 2.5];
        for link in Link::ALL {
            let tape = Tape::new();
            let eta = tape.rows("eta", &[]);
            let slope = link.record_mean(eta).sum().grad(eta);
            let values = arr1(&etas);
            let found = tape.compile(&[slope]).unwrap().run(&[bind("eta", &values)]).unwrap();
            for (&eta, expected) in etas.iter().zip(found[0].iter()) {
                assert!((link.slope(eta) - expected).abs() <= 1e-14 * expected.abs(), "{link} at {eta}");
            }
        }
    }
}
