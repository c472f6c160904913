//! Elementary functions that the compiler can vectorise.
//!
//! The functions of `std` are calls into the platform's library: a loop over them stays scalar, at some 10–25 ns an
//! element. The ones here are straight-line arithmetic: every case distinction is a selection between two computed
//! values, every power of two is put together from bits, and nothing converts between integers and floats (AVX2 has
//! no such instruction for 64-bit lanes). So a loop over them, compiled with a wider instruction set enabled, becomes
//! vector code without an intrinsic and without `unsafe`.
//!
//! | file | what is there |
//! |---|---|
//! | [`vector_math`] | [`VectorMath`], which the executor is generic over; [`Fast`] implements it for `f64` and `f32` |
//! | [`exp`](mod@exp), [`log`], [`logistic`], [`hyperbolic`], [`erf`](mod@erf) | a family of functions each, one text for both formats, with formula, source and measured error |
//! | [`format`](mod@format) | what differs between the formats in these texts |
//! | [`double`], [`single`] | constants and functions of one format, with `trig` and `erf` |
//!
//! The constant parameter `FMA` says whether `a·b + c` is one instruction. Set it only in code compiled with the `fma`
//! feature: elsewhere `mul_add` is a library call. Results with and without differ in the last place.
//!
//! The coefficients are minimax polynomials by the exchange of Remez (1934), computed with 50 digits for the weight
//! that makes the error relative to the function, then rounded.
//!
//! Not here: which instruction set to use, and the loops over blocks.

pub(crate) mod double;
pub(crate) mod erf;
mod exp;
mod format;
mod hyperbolic;
mod log;
mod logistic;
pub(crate) mod single;
#[cfg(test)]
pub(crate) mod test_support;
#[cfg(test)]
mod tests_reference;
mod vector_math;

pub(crate) use vector_math::{Logistic, VectorMath, vector_functions};

/// The functions of this module; `FMA` says that the enclosing code is compiled with the `fma` feature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fast<const FMA: bool>;

/// The methods of [`VectorMath`] for a format: what one text serves by the table, the rest from the format's module.
macro_rules! fast {
    ($($(#[$doc:meta])* $name:ident: $file:ident::$function:ident, |$x:ident| $reference:expr;)*) => {
        fast!(@format f64, double $(, $name $file $function)*);
        fast!(@format f32, single $(, $name $file $function)*);
    };
    (@format $scalar:ty, $module:ident $(, $name:ident $file:ident $function:ident)*) => {
        impl<const FMA: bool> VectorMath<$scalar> for Fast<FMA> {
            $(
                #[inline(always)]
                fn $name(x: $scalar) -> $scalar {
                    $file::$function::<_, FMA>(x)
                }
            )*
            #[inline(always)]
            fn fma(a: $scalar, b: $scalar, c: $scalar) -> $scalar {
                $module::madd::<FMA>(a, b, c)
            }
            #[inline(always)]
            fn logistic_from(x: $scalar, t: $scalar) -> Logistic<$scalar> {
                logistic::logistic_from::<_, FMA>(x, t)
            }
            #[inline(always)]
            fn sin_tile<const L: usize>(x: [$scalar; L]) -> [$scalar; L] {
                let mut out = x;
                $module::trig::sin_slice::<FMA>(&x, &mut out);
                out
            }
            #[inline(always)]
            fn cos_tile<const L: usize>(x: [$scalar; L]) -> [$scalar; L] {
                let mut out = x;
                $module::trig::cos_slice::<FMA>(&x, &mut out);
                out
            }
        }
    };
}

vector_functions!(fast);
