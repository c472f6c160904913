//! The error function's family in either format: computed in `f64`, and rounded for `f32`, which is quick enough and nearly correctly
//! rounded.

use super::double::erf as double;
use super::format::Format;

macro_rules! by_double {
    ($($name:ident)*) => {$(
        #[doc = concat!("`", stringify!($name), "`; in `f32`, measured error at most 0.5 ulp.")]
        #[inline(always)]
        pub(crate) fn $name<F: Format, const FMA: bool>(x: F) -> F {
            F::of_double(double::$name::<FMA>(x.to_double()))
        }
    )*};
}

by_double! { gaussian norm_pdf erf erfc erfcx norm_cdf log_norm_cdf norm_hazard norm_residual }
