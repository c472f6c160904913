//! Elementary functions that the compiler can vectorise.
//!
//! The functions of `std` are calls into the platform's library: a loop over them stays scalar, at some 10–25 ns an
//! element. The ones here are straight-line arithmetic: every case distinction is a selection between two computed
//! values, every power of two is put together from bits, and nothing converts between integers and floats (AVX2 has
//! no such instruction for 64-bit lanes). So a loop over them, compiled with a wider instruction set enabled, becomes
//! vector code without an intrinsic and without `unsafe`.
//!
//! - [`VectorMath`] is what the executor is generic over; [`Fast`] implements it for `f64` and `f32`.
//! - A family of functions is a file, one text for both formats ([`format`](mod@format)), with formula, source and measured error;
//!   [`double`] and [`single`] hold what is particular to one.
//!
//! The constant parameter `FMA` says whether `a·b + c` is one instruction. Set it only in code compiled with the `fma`
//! feature: elsewhere `mul_add` is a library call. Results with and without differ in the last place.
//!
//! The coefficients are minimax polynomials by the exchange of Remez (1934), computed with 50 digits for the weight
//! that makes the error relative to the function, then rounded.
//!
//! Not here: which instruction set to use, and the loops over blocks.

pub(crate) mod double;
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

/// The logistic family at one argument; the values share one exponential, one logarithm and one division.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Logistic<T> {
    /// `softplus(x) = ln(1 + eˣ)`, which is `−ln(sigmoid(−x))`.
    pub(crate) softplus: T,
    /// `softplus(−x) = ln(1 + e⁻ˣ)`, which is `−ln(sigmoid(x))`.
    pub(crate) softplus_neg: T,
    /// `ln(1 + e^(−|x|))`, the smaller of the two.
    pub(crate) softplus_far: T,
    /// `sigmoid(x) = 1/(1 + e⁻ˣ)`.
    pub(crate) sigmoid: T,
    /// `sigmoid(−x) = 1 − sigmoid(x)`, without the cancellation.
    pub(crate) sigmoid_neg: T,
}

/// The elementary functions as the block executor calls them, lane by lane.
///
/// All are meant to be inlined into a loop. Sine and cosine have a fast path for bounded arguments only, and a branch
/// per lane would keep the loop from vectorising; so they are offered for whole slices, where the branch is per slice.
pub(crate) trait VectorMath<T: Copy>: Copy {
    /// `a·b + c`, with one rounding where the hardware has the instruction.
    fn fma(a: T, b: T, c: T) -> T;
    /// `eˣ`.
    fn exp(x: T) -> T;
    /// `eˣ − 1`.
    fn exp_m1(x: T) -> T;
    /// Natural logarithm.
    fn ln(x: T) -> T;
    /// `ln(1 + x)`.
    fn ln_1p(x: T) -> T;
    /// Hyperbolic tangent.
    fn tanh(x: T) -> T;
    /// Hyperbolic sine.
    fn sinh(x: T) -> T;
    /// Hyperbolic cosine.
    fn cosh(x: T) -> T;
    /// `1/(1 + e⁻ˣ)`.
    fn sigmoid(x: T) -> T;
    /// `ln(1 + eˣ)`.
    fn softplus(x: T) -> T;
    /// `e^(−x²)`.
    fn gaussian(x: T) -> T;
    /// The normal density `φ(x)`.
    fn norm_pdf(x: T) -> T;
    /// The error function.
    fn erf(x: T) -> T;
    /// The normal distribution function `Φ(x)`.
    fn norm_cdf(x: T) -> T;
    /// `ln Φ(x)`.
    fn log_norm_cdf(x: T) -> T;
    /// `φ(x)/Φ(x)`.
    fn norm_hazard(x: T) -> T;
    /// `e^(−|x|)`, which the logistic family is made of.
    fn exp_neg_abs(x: T) -> T;
    /// Softplus and sigmoid of `x` and of `−x`, given `t = e^(−|x|)`.
    fn logistic_from(x: T, t: T) -> Logistic<T>;
    /// Softplus and sigmoid of `x` and of `−x`.
    #[inline(always)]
    fn logistic(x: T) -> Logistic<T> {
        Self::logistic_from(x, Self::exp_neg_abs(x))
    }
    /// `sin x` in every lane, for all arguments; fastest while none of them exceeds `TRIG_BOUND`.
    fn sin_tile<const L: usize>(x: [T; L]) -> [T; L];
    /// `cos x` in every lane, for all arguments; fastest while none of them exceeds `TRIG_BOUND`.
    fn cos_tile<const L: usize>(x: [T; L]) -> [T; L];
}

/// The functions of this module; `FMA` says that the enclosing code is compiled with the `fma` feature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fast<const FMA: bool>;

/// Forwards every method of [`VectorMath`] to the module of that precision; there is nothing to it but the names.
macro_rules! forward {
    ($scalar:ty, $module:ident) => {
        impl<const FMA: bool> VectorMath<$scalar> for Fast<FMA> {
            #[inline(always)]
            fn fma(a: $scalar, b: $scalar, c: $scalar) -> $scalar {
                $module::madd::<FMA>(a, b, c)
            }
            forward!(@unary $scalar, exp, exp::exp::<_, FMA>);
            forward!(@unary $scalar, exp_m1, exp::exp_m1::<_, FMA>);
            forward!(@unary $scalar, ln, log::ln::<_, FMA>);
            forward!(@unary $scalar, ln_1p, log::ln_1p::<_, FMA>);
            forward!(@unary $scalar, tanh, hyperbolic::tanh::<_, FMA>);
            forward!(@unary $scalar, sinh, hyperbolic::sinh::<_, FMA>);
            forward!(@unary $scalar, cosh, hyperbolic::cosh::<_, FMA>);
            forward!(@unary $scalar, sigmoid, logistic::sigmoid::<_, FMA>);
            forward!(@unary $scalar, softplus, logistic::softplus::<_, FMA>);
            forward!(@unary $scalar, gaussian, $module::erf::gaussian::<FMA>);
            forward!(@unary $scalar, norm_pdf, $module::erf::norm_pdf::<FMA>);
            forward!(@unary $scalar, erf, $module::erf::erf::<FMA>);
            forward!(@unary $scalar, norm_cdf, $module::erf::norm_cdf::<FMA>);
            forward!(@unary $scalar, log_norm_cdf, $module::erf::log_norm_cdf::<FMA>);
            forward!(@unary $scalar, norm_hazard, $module::erf::norm_hazard::<FMA>);
            forward!(@unary $scalar, exp_neg_abs, logistic::exp_neg_abs::<_, FMA>);
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
    (@unary $scalar:ty, $name:ident, $function:expr) => {
        #[inline(always)]
        fn $name(x: $scalar) -> $scalar {
            $function(x)
        }
    };
}

forward!(f64, double);
forward!(f32, single);
