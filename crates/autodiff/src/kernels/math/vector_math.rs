//! The elementary functions as code that is generic in the element type calls them.

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

/// The functions of one argument: its vector code, and what the scalar's own functions make of it. To add one, add a row; whoever
/// implements [`VectorMath`] reads the table.
macro_rules! vector_functions {
    ($read:ident) => {
        $read! {
            /// `eˣ`.
            exp: exp::exp, |x| x.exp();
            /// `eˣ − 1`.
            exp_m1: exp::exp_m1, |x| x.exp_m1();
            /// Natural logarithm.
            ln: log::ln, |x| x.ln();
            /// `ln(1 + x)`.
            ln_1p: log::ln_1p, |x| x.ln_1p();
            /// Hyperbolic tangent.
            tanh: hyperbolic::tanh, |x| x.tanh();
            /// Hyperbolic sine.
            sinh: hyperbolic::sinh, |x| x.sinh();
            /// Hyperbolic cosine.
            cosh: hyperbolic::cosh, |x| x.cosh();
            /// `1/(1 + e⁻ˣ)`.
            sigmoid: logistic::sigmoid, |x| <Self as VectorMath<T>>::logistic(x).sigmoid;
            /// `ln(1 + eˣ)`.
            softplus: logistic::softplus, |x| <Self as VectorMath<T>>::logistic(x).softplus;
            /// `e^(−x²)`.
            gaussian: erf::gaussian, |x| special::gaussian(x);
            /// The normal density `φ(x)`.
            norm_pdf: erf::norm_pdf, |x| special::norm_pdf(x);
            /// The error function.
            erf: erf::erf, |x| special::erf(x);
            /// The normal distribution function `Φ(x)`.
            norm_cdf: erf::norm_cdf, |x| special::norm_cdf(x);
            /// `ln Φ(x)`.
            log_norm_cdf: erf::log_norm_cdf, |x| special::log_norm_cdf(x);
            /// `φ(x)/Φ(x)`.
            norm_hazard: erf::norm_hazard, |x| special::norm_hazard(x);
            /// `e^(−|x|)`, which the logistic family is made of.
            exp_neg_abs: logistic::exp_neg_abs, |x| (-x.abs()).exp();
        }
    };
}
pub(crate) use vector_functions;

macro_rules! vector_math {
    ($($(#[$doc:meta])* $name:ident: $file:ident::$function:ident, |$x:ident| $reference:expr;)*) => {
        /// The elementary functions as the block executor calls them, lane by lane.
        ///
        /// All are meant to be inlined into a loop. Sine and cosine have a fast path for bounded arguments only, and a branch
        /// per lane would keep the loop from vectorising; so they are offered for whole slices, where the branch is per slice.
        pub(crate) trait VectorMath<T: Copy>: Copy {
            $(
                $(#[$doc])*
                fn $name(x: T) -> T;
            )*
            /// `a·b + c`, with one rounding where the hardware has the instruction.
            fn fma(a: T, b: T, c: T) -> T;
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
    };
}

vector_functions!(vector_math);
