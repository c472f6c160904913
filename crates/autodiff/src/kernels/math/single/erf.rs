//! The error function's family in `f32`: computed in `f64` and rounded, which is quick enough and nearly correctly rounded.

use crate::kernels::math::double::erf as double;

macro_rules! rounded {
    ($($name:ident)*) => {$(
        #[doc = concat!("`", stringify!($name), "`; measured error at most 0.5 ulp.")]
        #[inline(always)]
        pub(crate) fn $name<const FMA: bool>(x: f32) -> f32 {
            double::$name::<FMA>(f64::from(x)) as f32
        }
    )*};
}

rounded! { gaussian norm_pdf erf erfc erfcx norm_cdf log_norm_cdf norm_hazard norm_residual }
