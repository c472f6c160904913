//! Log-likelihoods and other losses by their textbook formulas.

use super::{V, c, element, vector};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The negative binomial log-likelihood of a count y with mean m, by r = 1/α.
fn counts(y: f64, r: V<'_>) -> V<'_> {
    (y + r).lgamma() - r.lgamma() - c(r, y + 1.0).lgamma()
}

fn softmax(x: V<'_>) -> V<'_> {
    let e = x.exp();
    e / e.sum()
}

fn cdf(x: V<'_>) -> V<'_> {
    0.5 * (1.0 + (x * FRAC_1_SQRT_2).erf())
}

#[allow(clippy::too_many_lines)]
pub(super) fn record<'t>(name: &str, inputs: &[V<'t>]) -> V<'t> {
    let &[a, ..] = inputs else { panic!("no inputs") };
    let input = |index: usize| inputs[index];
    match name {
        "negative_binomial_by_mean" => {
            let (r, m) = (1.0 / a, input(1));
            counts(4.0, r) + r * (r / (r + m)).ln() + 4.0 * (m / (r + m)).ln()
        }
        "negative_binomial_by_probability" => {
            let (r, m) = (a.recip(), input(1));
            let p = r / (r + m);
            counts(40.0, r) + r * p.ln() + 40.0 * (1.0 - p).ln()
        }
        "negative_binomial_expanded" => {
            let (r, m) = (a.recip(), input(1));
            counts(4.0, r) + r * r.ln() + 4.0 * m.ln() - (r + 4.0) * (r + m).ln()
        }
        "negative_binomial_log_link" => {
            let (r, m) = (1.0 / a, input(1).exp());
            counts(4.0, r) - (4.0 + r) * (1.0 + a * m).ln() + 4.0 * (a * m).ln()
        }
        "negative_binomial_log_dispersion" => {
            let (r, z) = ((-a).exp(), a + input(1));
            counts(4.0, r) - 4.0 * (-z).softplus() - z.softplus() * r
        }
        "negative_binomial_by_size" => {
            let m = input(1);
            counts(3.0, a) + a * (a / (a + m)).ln() + 3.0 * (m / (a + m)).ln()
        }
        "student_density" => {
            let (v, t) = (a, input(1));
            ((v + 1.0) / 2.0).lgamma()
                - (v / 2.0).lgamma()
                - 0.5 * (v * PI).ln()
                - (v + 1.0) / 2.0 * (1.0 + t * t / v).ln()
        }
        "extreme_value" => {
            let t = 1.0 + a * input(1);
            -(1.0 + 1.0 / a) * t.ln() - t.pow(-1.0 / a)
        }
        "generalised_pareto" => -input(1).ln() - (1.0 / a + 1.0) * (1.0 + a * 3.0 / input(1)).ln(),
        "box_cox" => (input(1).pow(a) - 1.0) / a,
        "gompertz" => input(1) + a * 3.0 - input(1).exp() / a * ((3.0 * a).exp() - 1.0),
        "zero_inflated" => {
            let p = a.sigmoid();
            (p + (1.0 - p) * (-input(1).exp()).exp()).ln()
        }
        "zero_inflated_negative_binomial" => {
            let p = a.sigmoid();
            (p + (1.0 - p) * (1.0 + 0.5 * input(1).exp()).powi(-2)).ln()
        }
        "zero_truncated_poisson" => 3.0 * a - a.exp() - (1.0 - (-a.exp()).exp()).ln(),
        "truncated_normal_tail" => {
            let z = (2.5 - a) / input(1);
            z.norm_pdf().ln() - input(1).ln() - (1.0 - ((2.0 - a) / input(1)).norm_cdf()).ln()
        }
        "truncated_on_both_sides" => ((1.5 - a).norm_cdf() - (-0.5 - a).norm_cdf()).ln(),
        "ordinal_probit_by_erf" => (cdf(input(1) - a) - cdf(-a)).ln(),
        "ordinal_complementary" => ((-(-a).exp()).exp() - (-(input(1) - a).exp()).exp()).ln(),
        "beta_binomial" => {
            let b = input(1);
            (a + 3.0).lgamma() + (b + 7.0).lgamma() - (a + b + 10.0).lgamma() + (a + b).lgamma()
                - a.lgamma()
                - b.lgamma()
        }
        "dirichlet_multinomial" => {
            let (total, x) = (a.sum(), vector(a, &[2.0, 0.0, 5.0]));
            total.lgamma() - (total + 7.0).lgamma() + ((a + x).lgamma() - a.lgamma()).sum()
        }
        "gumbel_survival" => (1.0 - (-(-a).exp()).exp()).ln(),
        "weibull_interval" => ((-(1.0 / input(1)).pow(a)).exp() - (-(2.0 / input(1)).pow(a)).exp()).ln(),
        "frechet_survival" => (1.0 - (-a.powf(-2.5)).exp()).ln(),
        "log_logistic_survival" => (1.0 / (1.0 + (a / input(1)).powf(3.5))).ln(),
        "two_alignments" => {
            let (p, q) = (softmax(a), softmax(input(1)));
            (element(p, 0) * element(q, 1) + element(p, 1) * element(q, 0)).ln()
        }
        "hidden_markov" => {
            let emit = |x: f64| (-0.5 * (x - a).powi(2)).exp();
            let (first, second) = (emit(30.0), emit(-40.0));
            let start = 0.5 * first;
            ((0.9 * element(start, 0) + 0.2 * element(start, 1)) * element(second, 0)
                + (0.1 * element(start, 0) + 0.8 * element(start, 1)) * element(second, 1))
            .ln()
        }
        "focal_of_classes" => {
            let p = element(softmax(a), 0);
            -((1.0 - p).powf(1.5) * p.ln())
        }
        "weighted_cross_entropy" => -(5.0 * 0.25 * a.sigmoid().ln() + 0.75 * (1.0 - a.sigmoid()).ln()),
        "softmax_less_maximum" => {
            let e = ((a - a.max()) / 0.5).exp();
            -element(e / e.sum(), 1).ln()
        }
        "all_of_three" => (a.sigmoid() * input(1).sigmoid() * input(2).sigmoid()).ln(),
        "not_both" => (1.0 - a.sigmoid() * input(1).sigmoid()).ln(),
        "fisher_transform" => 0.5 * ((1.0 + a.tanh()) / (1.0 - a.tanh())).ln(),
        "log_gelu" => (a * a.norm_cdf()).ln(),
        "log_silu" => (a * a.sigmoid()).ln(),
        "mish" => a * (1.0 + a.exp()).ln().tanh(),
        "silu" => a / (1.0 + (-a).exp()),
        "at_least_one" => (1.0 - (1.0 - a.sigmoid()).pow(c(a, 1e6))).ln(),
        "at_least_one_of_fifty" => 1.0 - (1.0 - a.sigmoid()).powi(50),
        "kumaraswamy" => (1.0 - (1.0 - a.sigmoid().powf(2.5)).powf(1.5)).ln(),
        "cosh_by_exponentials" => ((a.exp() + (-a).exp()) / 2.0).ln(),
        "exactly_one" => {
            let (p, q) = (a.sigmoid(), input(1).sigmoid());
            (p * (1.0 - q) + q * (1.0 - p)).ln()
        }
        "three_parameter_rasch" => (input(1) + (1.0 - input(1)) * a.sigmoid()).ln(),
        "three_parameter_rasch_miss" => (1.0 - (0.25 + 0.75 * a.sigmoid())).ln(),
        "skew_normal" => (2.0 * a.norm_pdf() * (input(1) * a).norm_cdf()).ln(),
        "exponentially_modified" => {
            let (x, l) = (a, input(1));
            (0.5 * l * (0.5 * l * (l - 2.0 * x)).exp() * ((l - x) * FRAC_1_SQRT_2).erfc()).ln()
        }
        "inverse_gaussian_cdf" => {
            let (l, x) = (a, input(1));
            let root = (l / x).sqrt();
            ((root * (x - 1.0)).norm_cdf() + (2.0 * l).exp() * (-root * (x + 1.0)).norm_cdf()).ln()
        }
        "laplace_cdf" => a.lt(0.0).select(0.5 * a.exp(), 1.0 - 0.5 * (-a).exp()).ln(),
        "mixture_of_sigmoids" => {
            let w = input(2).sigmoid();
            (w * a.sigmoid() + (1.0 - w) * input(1).sigmoid()).ln()
        }
        "cure_model" => {
            let p = a.sigmoid();
            -(p + (1.0 - p) * (-input(1).exp()).exp()).ln()
        }
        "competing_risks" => (a.exp() + input(1).exp()).ln() - 0.01 * (a.exp() + input(1).exp()),
        "discretised_logistic" => {
            let at = |x: f64| ((x - a) / input(1)).sigmoid();
            (at(3.5) - at(2.5)).ln()
        }
        "noise_contrastive" => {
            let p = a.exp();
            let q = 5.0 * input(1).exp();
            (p / (p + q)).ln() + (q / (p + q)).ln()
        }
        "bernoulli_divergence" => {
            let (p, q) = (a.sigmoid(), input(1).sigmoid());
            p * (p / q).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - q)).ln()
        }
        "entropy" => {
            let p = softmax(a);
            -(p * p.ln()).sum()
        }
        "cauchy" => -(1.0 + (a / input(1)).powi(2)).ln(),
        "hyperbolic_secant" => (2.0 / (a.exp() + (-a).exp())).ln(),
        "softplus_scale" => -(1.0 + a.exp()).ln().ln() - 0.5 * (input(1) / (1.0 + a.exp()).ln()).powi(2),
        "log_of_exp_m1" => (a.exp() - 1.0).ln(),
        "pseudo_huber" => (1.0 + (a / input(1)).powi(2)).sqrt() - 1.0,
        "charbonnier" => (a * a + 1e-6).sqrt() - 1e-3,
        "welsch" => 1.0 - (-0.5 * a * a).exp(),
        "anscombe_difference" => (a + 1.0).sqrt() - a.sqrt(),
        "log_ratio" => a.ln() - (a + input(1)).ln(),
        "probit_mixture" => {
            let w = input(1).sigmoid();
            (w * a.norm_cdf() + (1.0 - w) * (-a).norm_cdf()).ln()
        }
        "tanh_squash" => -(1.0 - a.tanh().powi(2)).ln() - 0.5 * a * a,
        "logit_by_hand" => (a.sigmoid() / (1.0 - a.sigmoid())).ln(),
        "survival_of_maximum" => (1.0 - a.norm_cdf() * input(1).norm_cdf()).ln(),
        "soft_minimum" => -((-a / input(1)).exp().mean()).ln() * input(1),
        "two_poissons" => {
            let density = |rate: V<'t>| (7.0 * rate - rate.exp()).exp() / 5040.0;
            (0.3 * density(a) + 0.7 * density(input(1))).ln()
        }
        _ => panic!("{name} has no recording"),
    }
}
