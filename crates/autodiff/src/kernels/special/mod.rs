//! Special functions: the error function's and the normal distribution's family, and the gamma function's.
//!
//! For `f64` and `f32` there are approximations of fixed length: those of the error function's family stand in
//! [`math`](super::math), since they vectorise, those of the gamma function's in [`gamma_double`]. Every other scalar takes
//! series and continued fractions in its own arithmetic, as many terms as its precision asks for ([`erf`](mod@erf),
//! [`gamma`]): nothing drops to 16 digits on the way.
//!
//! | file | what is there |
//! |---|---|
//! | [`erf`](mod@erf), [`normal`] | the error function's family; derivatives of ln Φ |
//! | [`gamma`], [`gamma_double`], [`gamma_series`] | ln Γ and its derivatives, for any scalar and for `f64`; series about their zeros |
//! | [`gamma_rise`], [`rising_steps`] | differences of ln Γ, which cancel if they are computed as such |
//! | [`exp_ratio`], [`log_ratio`], [`sinc`], [`sinh_ratio`] | quotients that have a limit at 0, with their derivatives |

mod erf;
mod exp_ratio;
mod gamma;
mod gamma_double;
mod gamma_rise;
mod gamma_series;
mod log_ratio;
mod normal;
mod rising_steps;
mod sinc;
mod sinh_ratio;

pub(crate) use exp_ratio::exp_m1_ratio_derivative;
pub(crate) use gamma_rise::{digamma_rise, ln_beta, ln_rising, trigamma_rise};
pub(crate) use log_ratio::ln_1p_ratio_derivative;
pub(crate) use normal::{log_norm_cdf_derivative, norm_residual_derivative};
pub(crate) use rising_steps::ln_rising_steps_derivative;
pub(crate) use sinc::sinc_derivative;
pub(crate) use sinh_ratio::ln_sinh_ratio_derivative;

use super::by_type::by_type;
use super::math;
use crate::scalar::Scalar;

/// Functions of one argument: for `f64`, for `f32`, and for every other scalar.
macro_rules! by_precision {
    ($($(#[$doc:meta])* $name:ident: $double:path, $single:path, $other:path;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name<T: Scalar>(x: T) -> T {
            by_type(x, $double, $single, $other)
        }
    )*};
}

by_precision! {
    /// `e^(−x²)`.
    gaussian: math::erf::gaussian::<f64, false>, math::erf::gaussian::<f32, false>, erf::gaussian;
    /// The normal density `φ(x)`.
    norm_pdf: math::erf::norm_pdf::<f64, false>, math::erf::norm_pdf::<f32, false>, erf::norm_pdf;
    /// The error function.
    erf: math::erf::erf::<f64, false>, math::erf::erf::<f32, false>, erf::erf;
    /// `1 − erf x`.
    erfc: math::erf::erfc::<f64, false>, math::erf::erfc::<f32, false>, erf::erfc;
    /// `e^(x²)·erfc x`.
    erfcx: math::erf::erfcx::<f64, false>, math::erf::erfcx::<f32, false>, erf::erfcx;
    /// The normal distribution function `Φ(x)`.
    norm_cdf: math::erf::norm_cdf::<f64, false>, math::erf::norm_cdf::<f32, false>, erf::norm_cdf;
    /// `ln Φ(x)`.
    log_norm_cdf: math::erf::log_norm_cdf::<f64, false>, math::erf::log_norm_cdf::<f32, false>, erf::log_norm_cdf;
    /// `φ(x)/Φ(x)`.
    norm_hazard: math::erf::norm_hazard::<f64, false>, math::erf::norm_hazard::<f32, false>, erf::norm_hazard;
    /// `x + φ(x)/Φ(x)`.
    norm_residual: math::erf::norm_residual::<f64, false>, math::erf::norm_residual::<f32, false>, erf::norm_residual;
    /// `ln |Γ(x)|`.
    lgamma: gamma_double::lgamma, gamma_double::lgamma_single, gamma::lgamma;
    /// `ψ(x) = Γ′(x)/Γ(x)`.
    digamma: gamma_double::digamma, gamma_double::digamma_single, gamma::digamma;
}

/// The derivative of digamma of order `n`; of order 0, digamma.
pub(crate) fn polygamma<T: Scalar>(n: usize, x: T) -> T {
    if n == 0 { digamma(x) } else { gamma::polygamma(n, x) }
}

#[cfg(test)]
mod tests {
    use super::{erf, gamma};
    use crate::kernels::math::test_support::{grid, ulps};

    /// The series of any scalar, run in `f64`, and the approximation for it: two ways to each number.
    type Pair = (&'static str, fn(f64) -> f64, fn(f64) -> f64);

    fn assert_agree(pairs: &[Pair], points: impl Fn() -> Box<dyn Iterator<Item = f64>>, bound: u64) {
        for &(name, series, approximation) in pairs {
            for x in points() {
                let (a, b) = (series(x), approximation(x));
                assert!(ulps(a, b) <= bound, "{name} at {x:e}: {a:e} by the series, {b:e} by the approximation");
            }
        }
    }

    #[test]
    fn series_and_approximations_of_the_error_functions_family_agree() {
        let pairs: [Pair; 9] = [
            ("gaussian", erf::gaussian, super::gaussian),
            ("norm_pdf", erf::norm_pdf, super::norm_pdf),
            ("erf", erf::erf, super::erf),
            ("erfc", erf::erfc, super::erfc),
            ("erfcx", erf::erfcx, super::erfcx),
            ("norm_cdf", erf::norm_cdf, super::norm_cdf),
            ("log_norm_cdf", erf::log_norm_cdf, super::log_norm_cdf),
            ("norm_hazard", erf::norm_hazard, super::norm_hazard),
            ("norm_residual", erf::norm_residual, super::norm_residual),
        ];
        let specials = [-1e-300, -0.0, 0.0, 1e-300, 1e-8, 1e5, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        // Below 1 the series gives the complement by a difference, which costs it three bits.
        assert_agree(&pairs, || Box::new(grid(-26.0, 26.0, 5_003).chain(specials)), 40);
    }

    #[test]
    fn series_and_approximations_of_the_gamma_functions_family_agree() {
        let pairs: [Pair; 2] = [("lgamma", gamma::lgamma, super::lgamma), ("digamma", gamma::digamma, super::digamma)];
        let specials = [0.0, 1e-300, 1e-8, 1.4616321449683622, 1.5, 1e5, 1e300, f64::INFINITY, f64::NAN];
        assert_agree(&pairs, || Box::new(grid(0.01, 40.0, 5_003).chain(specials)), 40);
    }

    #[test]
    fn polygamma_obeys_its_recurrence() {
        // ψₙ(x + 1) = ψₙ(x) + (−1)ⁿ·n!/xⁿ⁺¹, across the poles too.
        for n in 1..12 {
            let factorial: f64 = (1..=n).map(|k| k as f64).product();
            for x in grid(-7.97, 12.03, 41) {
                let step = factorial / (-1.0f64).powi(n as i32) / x.powi(n as i32 + 1);
                let (next, here) = (super::polygamma(n, x + 1.0), super::polygamma(n, x));
                let scale = next.abs().max(here.abs()).max(step.abs());
                assert!((next - here - step).abs() <= 1e-13 * scale, "order {n} at {x}: {here:e}, {next:e}");
            }
        }
    }

    #[test]
    fn high_orders_end() {
        assert_eq!(super::polygamma(65_535, 1e9), 0.0);
        assert_eq!(super::polygamma(65_535, 0.5), f64::INFINITY);
        assert!(super::sinc_derivative(40, 0.3f64).is_finite());
        assert!(super::log_norm_cdf_derivative(20, -30.0f64).is_finite());
    }
}
