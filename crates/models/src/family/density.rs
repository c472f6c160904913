//! Deviances and log-likelihoods of single rows, as plain numbers.

use super::Family;
use crate::link::Link;
use autodiff::{Scalar, Wide};
use statrs::function::gamma::ln_gamma;

/// `½ ln 2π`.
const LN_ROOT_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// `a·ln b`, 0 at a = 0.
fn xlogy(a: f64, b: f64) -> f64 {
    if a == 0.0 { 0.0 } else { a * b.ln() }
}

/// `y·ln(y/μ) − (y − μ)`, half a Poisson deviance, without the cancellation near y = μ (Loader 2000, "Fast and accurate
/// computation of binomial probabilities").
fn excess(y: f64, mean: f64) -> f64 {
    let v = (y - mean) / (y + mean);
    if v.is_nan() || v.abs() >= 0.1 {
        return xlogy(y, y / mean) - (y - mean);
    }
    // y/μ = (1 + v)/(1 − v), whose logarithm is 2(v + v³/3 + v⁵/5 + …).
    let (mut sum, mut term) = ((y - mean) * v, 2.0 * y * v);
    for k in 1..100 {
        term *= v * v;
        let next = sum + term / f64::from(2 * k + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

fn exp<T: Scalar>(x: T) -> T {
    x.exp()
}

/// From so many counts on, what rounding takes from a predictor and from its mean shows in a likelihood.
const MANY: f64 = 1e4;

/// A mean as two numbers, the second of which is what the first lacks.
#[derive(Clone, Copy)]
struct Mean {
    near: f64,
    rest: f64,
}

impl Mean {
    fn of(near: f64) -> Self {
        Mean { near, rest: 0.0 }
    }

    /// The nearest number to an exact mean, and the rest.
    fn split(exact: Wide) -> Self {
        let near = exact.to_f64();
        Mean { near, rest: (exact - Wide::from(near)).to_f64() }
    }

    /// [`excess`], of which a residual of 10⁶ makes 10⁶ times the rounding of the mean.
    fn excess(self, y: f64) -> f64 {
        excess(y, self.near) - (y - self.near) / self.near * self.rest
    }
}

/// What Stirling's formula lacks: `ln Γ(n + 1) − (n + ½)·ln n + n − ½ ln 2π`.
fn stirling_error(n: f64) -> f64 {
    if n < 15.0 {
        return ln_gamma(n + 1.0) - (n + 0.5) * n.ln() + n - LN_ROOT_TWO_PI;
    }
    let coefficients = [691.0 / 360_360.0, 1.0 / 1188.0, 1.0 / 1680.0, 1.0 / 1260.0, 1.0 / 360.0, 1.0 / 12.0];
    coefficients.iter().fold(0.0, |sum, coefficient| coefficient - sum / (n * n)) / n
}

/// `k·ln μ − μ − ln Γ(k + 1)` for k > 0, of Poisson and gamma densities: in Loader's saddle-point form, which has no
/// difference of large logarithms.
fn ln_poisson(k: f64, mean: Mean) -> f64 {
    -stirling_error(k) - mean.excess(k) - LN_ROOT_TWO_PI - 0.5 * k.ln()
}

/// `ln C(n, k) + k·ln p + l·ln q` for n = k + l and k, l > 0, of binomial densities with the means np and nq, in the same form.
fn ln_binomial(k: f64, l: f64, of_k: Mean, of_l: Mean) -> f64 {
    let n = k + l;
    let errors = stirling_error(n) - stirling_error(k) - stirling_error(l);
    errors - of_k.excess(k) - of_l.excess(l) - LN_ROOT_TWO_PI + 0.5 * (n / k / l).ln()
}

impl Family {
    /// The deviance of a row of weight 1: twice its loss, less that of a mean equal to the response.
    pub(crate) fn unit_deviance(self, link: Link, y: f64, eta: f64) -> f64 {
        let mean = link.mean(eta);
        match self {
            Family::Gaussian => (y - mean).powi(2),
            Family::Binomial => {
                let (ln_mean, ln_complement) = link.ln_mean_and_complement(eta);
                let (p, q) = (ln_mean.exp(), ln_complement.exp());
                if p.is_normal() && q.is_normal() {
                    return 2.0 * (excess(y, p) + excess(1.0 - y, q));
                }
                let part = |share: f64, ln: f64| if share == 0.0 { 0.0 } else { share * (share.ln() - ln) };
                2.0 * (part(y, ln_mean) + part(1.0 - y, ln_complement))
            }
            Family::Poisson => 2.0 * excess(y, mean),
            Family::Gamma => 2.0 * excess(mean, y) / mean,
            Family::InverseGaussian => (y / mean - 1.0).powi(2) / y,
            Family::NegativeBinomial { dispersion } => {
                let shape = 1.0 / dispersion;
                if y == 0.0 {
                    return 2.0 * shape * (mean / shape).ln_1p();
                }
                // The share of the mean in y + shape, and that of the shape.
                let (p, q) = (1.0 / (1.0 + shape / mean), 1.0 / (1.0 + mean / shape));
                2.0 * (excess(y, (y + shape) * p) + excess(shape, (y + shape) * q))
            }
        }
    }

    /// Pearson's residual of a row of weight 1, `(y − μ)/√V(μ)`, also where the variance over- or underflows.
    pub(crate) fn pearson(self, link: Link, y: f64, eta: f64) -> f64 {
        let mean = link.mean(eta);
        if y == mean {
            return 0.0;
        }
        match self {
            Family::Binomial => {
                let (ln_mean, ln_complement) = link.ln_mean_and_complement(eta);
                let part = |share: f64, ln: f64| if share == 0.0 { 0.0 } else { share * (0.5 * ln).exp() };
                part(y, ln_complement - ln_mean) - part(1.0 - y, ln_mean - ln_complement)
            }
            Family::Gamma => y / mean - 1.0,
            Family::InverseGaussian => (y / mean - 1.0) / mean.sqrt(),
            Family::Gaussian | Family::Poisson | Family::NegativeBinomial { .. } => {
                (y - mean) / self.variance(mean).sqrt()
            }
        }
    }

    /// The loss of a row of weight 1 whose mean is its response: the least that [`record_loss`](Self::record_loss) can give.
    pub(crate) fn saturated_loss(self, y: f64) -> f64 {
        match self {
            Family::Gaussian => 0.0,
            Family::InverseGaussian => -0.5 / y,
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

    /// Whether a row has so many counts that its log-likelihood asks for what its predictor lacks.
    pub(crate) fn has_many_counts(self, link: Link, y: f64, weight: f64) -> bool {
        match (self, link) {
            (Family::Poisson | Family::NegativeBinomial { .. }, Link::Log) => y >= MANY,
            (Family::Binomial, Link::Logit) => weight * y.min(1.0 - y) >= MANY,
            _ => false,
        }
    }

    /// The log-likelihood of a row of many counts, whose predictor is the sum of these two numbers.
    pub(crate) fn log_likelihood_of_many(self, y: f64, eta: [f64; 2], weight: f64) -> f64 {
        let [near, rest] = eta;
        let exponential = exp(Wide::new(near, rest));
        // The means of two counts that add up to so many, the first of which has these odds.
        let shared = |total: Wide, odds: Wide| {
            let of_second = total / (odds + Wide::from(1.0));
            (Mean::split(of_second * odds), Mean::split(of_second))
        };
        match self {
            Family::NegativeBinomial { dispersion } => {
                let shape = 1.0 / dispersion;
                let odds = exponential / Wide::from(shape);
                let (of_y, of_shape) = shared(Wide::from(y) + Wide::from(shape), odds);
                weight * (ln_binomial(shape, y, of_shape, of_y) - (y / shape).ln_1p())
            }
            Family::Binomial => {
                let (of_ones, of_zeros) = shared(Wide::from(weight), exponential);
                // A share of so many trials has lost its count.
                let (ones, whole) = (weight * y, (weight * y).round());
                let ones = if (ones - whole).abs() <= 4.0 * f64::EPSILON * ones { whole } else { ones };
                ln_binomial(ones, weight - ones, of_ones, of_zeros)
            }
            _ => weight * ln_poisson(y, Mean::split(exponential)),
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
                let (ones, zeros, p, q) = (weight * y, weight * (1.0 - y), ln_mean.exp(), ln_complement.exp());
                match () {
                    () if ones == 0.0 => zeros * ln_complement,
                    () if zeros == 0.0 => ones * ln_mean,
                    () if p.is_normal() && q.is_normal() => {
                        let n = ones + zeros;
                        ln_binomial(ones, zeros, Mean::of(n * p), Mean::of(n * q))
                    }
                    () => ln_choose(weight, ones) + ones * ln_mean + zeros * ln_complement,
                }
            }
            Family::Poisson if y == 0.0 => -weight * mean,
            Family::Poisson => weight * ln_poisson(y, Mean::of(mean)),
            Family::Gamma => {
                let shape = 1.0 / dispersion;
                weight * (ln_poisson(shape, Mean::of(shape * (y / mean))) + (shape / y).ln())
            }
            Family::InverseGaussian => {
                -0.5 * weight
                    * ((2.0 * PI * dispersion).ln() + 3.0 * y.ln() + (y / mean - 1.0).powi(2) / (dispersion * y))
            }
            Family::NegativeBinomial { dispersion } => {
                let shape = 1.0 / dispersion;
                if y == 0.0 {
                    return -weight * shape * (mean / shape).ln_1p();
                }
                let (p, q) = (1.0 / (1.0 + mean / shape), 1.0 / (1.0 + shape / mean));
                let n = shape + y;
                weight * (ln_binomial(shape, y, Mean::of(n * p), Mean::of(n * q)) - (y / shape).ln_1p())
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

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Densities by 60-digit arithmetic (mpmath), with their condition: by how much a rounding of η changes them.
    // A mean that happens to be near ln 2.
    #[allow(clippy::approx_constant)]
    #[test]
    fn log_likelihoods_keep_their_digits_whatever_the_counts() {
        for (family, y, eta, dispersion, expected, condition) in [
            (Family::Poisson, 3.0, 1.25, 1.0, -1.5321024266898964, 7.2e-01),
            (Family::Poisson, 1000000.0, 13.825460888817442, 1.0, -57.49584072743938, 2.6e+03),
            (Family::Poisson, 1000000000000.0, 27.63102411592405, 1.0, -19.234440093705775, 4.5e+06),
            (Family::Poisson, 40.0, 3.0, 1.0, -10.406176637945062, 7.7e+00),
            (Family::Poisson, 0.5, -2.0, 1.0, -1.0145530456013674, 1.1e+00),
            (Family::Poisson, 1000000000.0, 20.0, 1.0, -208431043.63677287, 5.2e+01),
            (Family::NegativeBinomial { dispersion: 1e-15 }, 1.0, 0.1, 1.0, -1.005170918075648, 1.2e-01),
            (Family::NegativeBinomial { dispersion: 1e-15 }, 3.0, -0.5, 1.0, -3.8982901289406873, 9.2e-01),
            (Family::NegativeBinomial { dispersion: 1e-08 }, 12.0, 2.0, 1.0, -3.3762705482885242, 4.1e+00),
            (Family::NegativeBinomial { dispersion: 0.5 }, 7.0, 1.5, 1.0, -2.8550943158121123, 2.2e+00),
            (Family::NegativeBinomial { dispersion: 2.0 }, 1000000.0, 13.0, 1.0, -15.456858567123723, 5.1e+05),
            (Family::NegativeBinomial { dispersion: 20.0 }, 2.0, 0.3, 1.0, -3.8794372322202166, 2.2e-01),
            (Family::Gamma, 2.0, 0.6931, 1e-10, -1.2293614748979298, 6.5e+05),
            (Family::Gamma, 3.0, 1.2, 0.25, -1.3650757016905886, 6.2e-01),
            (Family::Gamma, 0.01, 0.5, 16.0, 1.3727995506153254, 6.8e-02),
        ] {
            let found = family.log_likelihood(Link::Log, y, eta, 1.0, dispersion);
            assert_relative_eq!(found, expected, max_relative = 1e-13 + f64::EPSILON * condition);
        }
        for (trials, share, eta, expected, condition) in [
            (10.0, 0.3, -0.5, -1.4532780990190208, 8.0e-01),
            (1000000.0, 0.25, -1.1, -7.170202578972396, 7.6e+01),
            (1000000000.0, 0.5, 1e-05, -10.59992427136788, 2.4e+02),
            (40.0, 0.025, -4.0, -1.0371176625984533, 1.4e+00),
        ] {
            let found = Family::Binomial.log_likelihood(Link::Logit, share, eta, trials, 1.0);
            assert_relative_eq!(found, expected, max_relative = 1e-13 + f64::EPSILON * condition);
        }
    }

    /// By 60-digit arithmetic (mpmath), at predictors of two numbers.
    #[test]
    fn log_likelihoods_of_many_counts_lose_nothing_to_the_rounding_of_predictors() {
        for (family, y, eta, weight, expected) in [
            (Family::Poisson, 1e6, [13.816210313078548, -4.0948967193805127e-16], 1.0, -8.071579622178215),
            (Family::Poisson, 1e9, [20.723224726491807, -1.4379173105548467e-15], 1.0, -12.125594610888658),
            (Family::Poisson, 1e12, [27.631021515928467, 1.5385168660486152e-15], 1.0, -14.814449069835703),
            (Family::Poisson, 1e15, [34.53877646131851, 1.273812473976088e-15], 1.0, -20.39332663304051),
            (
                Family::NegativeBinomial { dispersion: 1e-12 },
                1e6,
                [13.816210313428302, 6.708535756811418e-16],
                1.0,
                -8.071580122006585,
            ),
            (
                Family::NegativeBinomial { dispersion: 1e-15 },
                1e12,
                [27.631020515628443, 4.663642559268019e-16],
                1.0,
                -14.91494891344356,
            ),
            (
                Family::NegativeBinomial { dispersion: 2e-09 },
                1e9,
                [20.723293222699294, -3.7556453359097447e-16],
                1.0,
                -11.954873792676462,
            ),
            (
                Family::NegativeBinomial { dispersion: 3e-13 },
                1e14,
                [32.23619191437053, 2.605385356669082e-15],
                1.0,
                -19.35902730032812,
            ),
            (Family::Binomial, 0.3, [-0.8472495562647024, 2.650048944927311e-17], 1e9, -10.745244422064967),
            (Family::Binomial, 0.25, [-1.0986148290109075, -4.909216172745026e-18], 1e12, -14.502461386686464),
            (Family::Binomial, 0.001, [-6.906754578548498, -1.5587694615692584e-16], 1e15, -14.753948838339573),
            (Family::Binomial, 0.9999999, [16.12094565869514, -9.639148924063417e-16], 1e12, -7.081172126372411),
        ] {
            let link = family.canonical_link();
            assert!(family.has_many_counts(link, y, weight));
            assert_relative_eq!(family.log_likelihood_of_many(y, eta, weight), expected, max_relative = 1e-14);
        }
    }

    /// Deviances by 60-digit arithmetic (mpmath), with their condition: of fits so near that terms of the logarithms cancel, too.
    #[test]
    fn deviances_keep_their_digits_however_near_the_fit() {
        for (family, link, y, eta, expected, condition) in [
            (Family::Binomial, Link::Logit, 0.3, -0.8472978, 7.657890234237015e-16, 2.8e+7),
            (Family::Binomial, Link::Logit, 0.25, -1.1, 3.6099324492062144e-07, 1.6e+3),
            (Family::Binomial, Link::Probit, 0.5, 1e-07, 6.366197723675812e-15, 2.0),
            (Family::Binomial, Link::Cloglog, 1e-09, -20.7, 5.455216024699726e-13, 1.8e+3),
            (Family::Binomial, Link::Logit, 1.0, 3.0, 0.09717470314748412, 2.9),
            (Family::Binomial, Link::Logit, 0.999999, 13.8, 2.4179456928849355e-10, 1.8e+3),
            (Family::Gamma, Link::Log, 2.0, 0.68, 0.0001736083424678179, 1.0e+2),
            (Family::Gamma, Link::Log, 1e-200, -460.0, 0.2266285919001258, 1.6e+3),
            (Family::Gamma, Link::Log, 100000000.0, 18.42068, 5.534652581056613e-13, 5.0e+7),
            (Family::NegativeBinomial { dispersion: 0.5 }, Link::Log, 7.0, 1.9459, 1.602276936451699e-10, 3.8e+5),
            (
                Family::NegativeBinomial { dispersion: 1e-09 },
                Link::Log,
                1000000.0,
                13.8155,
                0.00011135885923556514,
                2.6e+6,
            ),
            (
                Family::NegativeBinomial { dispersion: 1000000000.0 },
                Link::Log,
                3.0,
                1.0986,
                1.5101198243737105e-19,
                1.8e+5,
            ),
            (Family::NegativeBinomial { dispersion: 0.3 }, Link::Log, 0.0, 2.0, 7.789074808534062, 1.2),
            (
                Family::NegativeBinomial { dispersion: 3.0 },
                Link::Log,
                1000000000000.0,
                27.63,
                3.4767757614528637e-07,
                5.4e+4,
            ),
        ] {
            let found = family.unit_deviance(link, y, eta);
            assert_relative_eq!(found, expected, max_relative = 1e-13 + 4.0 * f64::EPSILON * condition);
        }
    }
}
