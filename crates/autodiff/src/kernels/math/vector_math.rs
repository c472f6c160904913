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
