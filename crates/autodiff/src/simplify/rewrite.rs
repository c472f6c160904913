//! The stable rewrites: their names, equations and reasons, and sets of them.

use crate::error::Source;
use smallvec::SmallVec;
use std::fmt;

macro_rules! rewrites {
    ($($(#[doc = $reason:literal])* $name:ident, $equation:literal;)*) => {
        /// A rewrite that keeps digits which evaluating a recording as it stands would lose.
        ///
        /// Applied to what is differentiated and compiled, never to what is recorded.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Rewrite {
            $(
                #[doc = concat!("`", $equation, "`.")]
                $(#[doc = $reason])*
                $name,
            )*
        }

        impl Rewrite {
            /// All rewrites.
            pub const ALL: &'static [Rewrite] = &[$(Rewrite::$name),*];

            /// The rewrite as an equation: of several, the first one.
            pub fn equation(self) -> &'static str {
                match self { $(Rewrite::$name => $equation),* }
            }
        }
    };
}

rewrites! {
    /// ln σ is −∞ as soon as σ underflows, at z = −746.
    LnSigmoid, "ln(σ(z)) → −softplus(−z)";
    /// 1 − σ cancels for large z, to 0 at z = 37. With `LnSigmoid`, ln(1 − σ(z)) becomes −softplus(z).
    OneMinusSigmoid, "1 − σ(z) → σ(−z)";
    /// 1/(1 + e⁻ᶻ) has derivative ∞/∞ once e⁻ᶻ overflows.
    Sigmoid, "1/(1 + e⁻ᶻ) → σ(z)";
    /// 1 + x drops the digits of a small x: also in arcosh(1 + x).
    Ln1p, "ln(1 + x) → ln_1p(x)";
    /// eᶻ overflows at z = 710, where the softplus is just z.
    Softplus, "ln_1p(eᶻ) → softplus(z)";
    /// eˣ − 1 cancels for small x.
    ExpM1, "eˣ − 1 → exp_m1(x)";
    /// The sum overflows or underflows although its logarithm is moderate.
    LogSumExp, "ln(Σ eˣ) → logsumexp(x)";
    /// As `LogSumExp`; adding ln w to x would lose the derivative by a weight of 0.
    WeightedLogSumExp, "ln(Σ w·eˣ) → logsumexp_weighted(x, w)";
    /// The difference overflows, underflows, or cancels although its logarithm is moderate.
    LnDifference, "ln(eᵃ − eᵇ) → a + log1mexp(a − b)";
    /// A product, quotient, power or root of exponentials over- or underflows although its logarithm is moderate.
    LnProduct, "ln(w·eˣ) → ln w + x";
    /// A tail underflows although its logarithm is moderate: also of erfc, the normal density, e^(−x²), cosh and sinh.
    LnTail, "ln(Φ(x)) → log_norm_cdf(x)";
    /// The branches have logarithms of their own.
    LnSelect, "ln(select(c, a, b)) → select(c, ln a, ln b)";
    /// The difference cancels in the tails: also of Φ(a) and Φ(b).
    SigmoidDifference, "ln(σ(a) − σ(b)) → ln σ(a) + ln σ(−b) + log1mexp(a − b)";
    /// The sums overflow or underflow although their logarithms are moderate.
    CumLogSumExp, "ln(cumsum(eˣ)) → cumlogsumexp(x)";
    /// ∞/∞ as soon as an exponential overflows, 0/0 where all underflow.
    Softmax, "eˣ/Σ eˣ → softmax(x)";
    /// The difference cancels in the tail: also 1 ± tanh x, 1 ± erf x, 1 − erfc x, 1 − tanh² x, 1 − a/(a + b), 1 − pⁿ; 1 − cos x becomes
    /// 2 sin² ½x.
    Complement, "1 − Φ(x) → Φ(−x)";
    /// For large a the terms cancel all but completely; likewise ln Γ(a + b) − ln Γ(a), which becomes ln_rising(a, b).
    LnBeta, "ln Γ(a) + ln Γ(b) − ln Γ(a + b) → ln_beta(a, b)";
    /// Terms grow with r and cancel: also of ln Γ(b + r) − ln Γ(r) − b·ln r, which becomes ln_rising_steps(1/r, b).
    Limit, "r·ln(1 + m/r) → m·ln_1p_ratio(m/r)";
    /// The difference cancels where b is small beside a.
    LnRatio, "ln a − ln(a + b) → −ln_1p(b/a)";
    /// The difference cancels where a and b are close, the squares overflow.
    RootDifference, "√a − √b → (a − b)/(√a + √b)";
    /// The quotient loses the digits of a small x in its derivatives: also of x/(eˣ − 1), sinh(x)/x, (eᵘ − eᵛ)/(u − v).
    RatioAtZero, "(eˣ − 1)/x → exp_m1_ratio(x)";
    /// The sum cancels to second order: also w − ln(1 + w), q − 1 − ln q, y·ln(y/m) − y + m, (1 + u)·e⁻ᵘ.
    ExpRemainder, "eᵘ − 1 − u → exp_remainder(u)";
    /// The sum drops the digits of a small u, which a large exponent brings back: also of (1 + u)ᵖ − 1.
    PowerBesideOne, "(1 + u)ᵖ → e^(p·ln_1p(u))";
    /// A small softmax underflows although its logarithm is moderate.
    LogSoftmax, "ln(softmax(x)) → log_softmax(x)";
    /// eˣ overflows although its logarithm is x.
    LnExp, "ln(eˣ) → x";
    /// 0·ln 0 is 0·(−∞) = NaN, where the limit is 0.
    XLogX, "x·ln(x) → xlogy(x, x)";
    /// The norm has no derivative at 0 and loses digits in its square, which has all of them.
    SquareOfNorm, "‖x‖² → Σ x²";
    /// The squares overflow or underflow although their root is moderate, and the root of 0 has an infinite derivative.
    NormOfSquares, "√(Σ x²) → ‖x‖";
    /// |x| has no derivative at 0, its even functions do: also cos |x|.
    EvenOfAbs, "|x|² → x²";
    /// The loss of a saturated probability, and its derivative, are ∞ or lost.
    LogLoss, "log_loss(σ(z), y) → y·softplus(−z) + (1 − y)·softplus(z)";
    /// The inner function over- or underflows, or its derivative is infinite, where x is harmless. NaN stays what is outside the domain.
    InversePair, "f(f⁻¹(x)) → x";
    /// The inner power over- or underflows where the whole doesn't: √x² is |x|, 1/(1/x) is x.
    PowerOfPower, "(xᵃ)ᵇ → xᵃᵇ";
    /// The products over- or underflow where their quotient is moderate: also `x·x/|x|`, which is |x|. What is NaN at 0 or ∞ stays so.
    CommonFactor, "(a·x)/(b·x) → a/b";
    /// As `PowerOfPower`.
    PowerOfExp, "(eˣ)ᵖ → eᵖˣ";
    /// The power over- or underflows where its logarithm is moderate.
    LnPower, "ln(xᵖ) → p·ln x";
    /// The derivative of σ is 0 where that of ln is infinite.
    SigmoidOfLn, "σ(ln x) → x/(1 + x)";
    /// What grows or vanishes as an exponential leaves the range of the numbers, while its logarithm, or a power of it, stays.
    Tail, "f(g(x)) → f(exp(ln g(x))), where g(x) is huge or tiny";
}

/// A set of rewrites.
///
/// ```
/// use autodiff::{Rewrite, Rewrites};
/// let some = Rewrites::ALL.without(Rewrite::XLogX);
/// assert!(some.contains(Rewrite::Ln1p) && !some.contains(Rewrite::XLogX));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rewrites(u64);

impl Rewrites {
    /// All rewrites: the default.
    pub const ALL: Rewrites = Rewrites((1 << Rewrite::ALL.len()) - 1);
    /// No rewrites: what was recorded is differentiated and compiled as it stands.
    ///
    /// What leaves the range of the numbers is then ∞, NaN or 0 as it stands, too, and a wrong number can be finite: with p = 1/(1 + e⁻ᶻ) the
    /// slope of `−(y·ln p + (1 − y)·ln(1 − p))` by z is 0 for y = 0 and z ≥ 746, where e⁻ᶻ is 0, and not 1.
    pub const NONE: Rewrites = Rewrites(0);

    /// The set without `rewrite`.
    pub const fn without(self, rewrite: Rewrite) -> Self {
        Rewrites(self.0 & !(1 << rewrite as u32))
    }

    /// The set with `rewrite`.
    pub const fn with(self, rewrite: Rewrite) -> Self {
        Rewrites(self.0 | 1 << rewrite as u32)
    }

    /// Whether `rewrite` is in the set.
    pub const fn contains(self, rewrite: Rewrite) -> bool {
        self.0 >> rewrite as u32 & 1 == 1
    }
}

/// An equation, and the rewrite that it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rule {
    pub(super) rewrite: Rewrite,
    equation: &'static str,
}

/// Rules, each of them once.
pub(super) type Rules = SmallVec<[Rule; 1]>;

/// What is in either of two lists of rules.
pub(super) fn together(mut rules: Rules, more: &[Rule]) -> Rules {
    for rule in more {
        if !rules.contains(rule) {
            rules.push(*rule);
        }
    }
    rules
}

impl Rewrite {
    /// A rule of this rewrite other than its [`equation`](Self::equation).
    pub(super) fn by(self, equation: &'static str) -> Rule {
        Rule { rewrite: self, equation }
    }
}

impl From<Rewrite> for Rule {
    fn from(rewrite: Rewrite) -> Self {
        rewrite.by(rewrite.equation())
    }
}

impl From<AppliedRewrite> for Rule {
    fn from(applied: AppliedRewrite) -> Self {
        applied.rewrite.by(applied.equation)
    }
}

impl Rule {
    /// That the rule was applied to what a line recorded.
    pub(super) fn at(self, source_line: Source) -> AppliedRewrite {
        AppliedRewrite { rewrite: self.rewrite, equation: self.equation, source_line }
    }
}

/// A rewrite that was applied, and the line that recorded what it replaced.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let program = tape.compile(&[tape.input("z", &[]).sigmoid().ln()])?;
/// assert_eq!(program.rewrites()[0].equation, "ln(σ(z)) → −softplus(−z)");
/// assert_eq!(program.rewrites()[0].source_line.file(), file!());
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AppliedRewrite {
    /// The rewrite.
    pub rewrite: Rewrite,
    /// What was applied, as an equation: a rewrite may have several.
    pub equation: &'static str,
    /// The user's source line that recorded the operation it was applied to.
    pub source_line: Source,
}

impl fmt::Display for AppliedRewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.equation, self.source_line)
    }
}
