//! Special functions: the error function's and the normal distribution's family, and the gamma function's.
//!
//! For `f64` and `f32` there are approximations of fixed length: those of the error function's family stand in
//! [`math`](super::math), since they vectorise, those of the gamma function's in [`gamma_double`]. Every other scalar takes
//! series and continued fractions in its own arithmetic, as many terms as its precision asks for ([`erf`](mod@erf),
//! [`gamma`]): nothing drops to 16 digits on the way.

mod erf;
mod gamma;
mod gamma_double;
mod normal;
mod sinc;

pub(crate) use gamma::polygamma;
pub(crate) use normal::{log_norm_cdf_derivative, norm_residual_derivative};
pub(crate) use sinc::sinc_derivative;

use super::math::{double, single};
use super::native::by_type;
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
    gaussian: double::erf::gaussian::<false>, single::erf::gaussian::<false>, erf::gaussian;
    /// The normal density `φ(x)`.
    norm_pdf: double::erf::norm_pdf::<false>, single::erf::norm_pdf::<false>, erf::norm_pdf;
    /// The error function.
    erf: double::erf::erf::<false>, single::erf::erf::<false>, erf::erf;
    /// `1 − erf x`.
    erfc: double::erf::erfc::<false>, single::erf::erfc::<false>, erf::erfc;
    /// `e^(x²)·erfc x`.
    erfcx: double::erf::erfcx::<false>, single::erf::erfcx::<false>, erf::erfcx;
    /// The normal distribution function `Φ(x)`.
    norm_cdf: double::erf::norm_cdf::<false>, single::erf::norm_cdf::<false>, erf::norm_cdf;
    /// `ln Φ(x)`.
    log_norm_cdf: double::erf::log_norm_cdf::<false>, single::erf::log_norm_cdf::<false>, erf::log_norm_cdf;
    /// `φ(x)/Φ(x)`.
    norm_hazard: double::erf::norm_hazard::<false>, single::erf::norm_hazard::<false>, erf::norm_hazard;
    /// `x + φ(x)/Φ(x)`.
    norm_residual: double::erf::norm_residual::<false>, single::erf::norm_residual::<false>, erf::norm_residual;
    /// `ln |Γ(x)|`.
    lgamma: gamma_double::lgamma, gamma_double::lgamma_single, gamma::lgamma;
    /// `ψ(x) = Γ′(x)/Γ(x)`.
    digamma: gamma_double::digamma, gamma_double::digamma_single, gamma::digamma;
}
