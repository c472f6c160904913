//! Elementwise functions that come in families with an order, such that the derivative of one is the next: there is no
//! highest derivative, and each is as exact as the first.

use super::Op;
use crate::kernels::{Tile, special};
use crate::scalar::Scalar;
use crate::tape::Var;

/// A family; its member of order n is the derivative of order n of the member of order 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Ordered {
    /// The derivatives of digamma.
    Polygamma,
    /// The derivatives of `ln Φ(x)`, from the second on.
    LogNormCdf,
    /// The derivatives of `x + φ(x)/Φ(x)`.
    NormResidual,
    /// The derivatives of `sin(πx)/(πx)`.
    Sinc,
    /// The derivatives of `ln(1 + x)/x`.
    Ln1pRatio,
    /// The derivatives of `(eˣ − 1)/x`.
    ExpM1Ratio,
}

impl<'t, T: Scalar> Var<'t, T> {
    /// `ψ(x) = Γ′(x)/Γ(x)`, the derivative of [`lgamma`](Self::lgamma), elementwise; derivative `ψ₁(x)`. Domain: all reals but
    /// the poles; ∓∞ at ±0, NaN at the negative whole numbers.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", 1.0);
    /// assert!((x.digamma().item()? + 0.5772156649015329).abs() < 1e-15); // −γ
    /// assert!((x.digamma().grad(x).item()? - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-14);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn digamma(self) -> Self {
        self.polygamma(0)
    }

    /// `ψ₁(x)`, the derivative of [`digamma`](Self::digamma), elementwise; derivative `ψ₂(x)`. ∞ at 0 and the negative whole numbers.
    #[track_caller]
    pub fn trigamma(self) -> Self {
        self.polygamma(1)
    }

    /// `ψₙ(x)`, the derivative of order n of [`digamma`](Self::digamma), elementwise; derivative `ψₙ₊₁(x)`. At the poles ∞ for
    /// odd n; for even n ∓∞ at ±0 and NaN at the negative whole numbers.
    #[track_caller]
    pub fn polygamma(self, n: u16) -> Self {
        self.ordered(Ordered::Polygamma, n)
    }

    /// `x + φ(x)/Φ(x)`, elementwise; derivative `1 − y·φ(x)/Φ(x)`. Domain: all reals; it goes to 0 like `−1/x` on the left. The
    /// mean distance below x of a normal variable that is below x.
    #[track_caller]
    pub fn norm_residual(self) -> Self {
        self.ordered(Ordered::NormResidual, 0)
    }

    /// `sin(πx)/(πx)`, 1 at 0, elementwise; derivative `(cos(πx) − y)/x`, 0 at 0. Domain: all reals.
    #[track_caller]
    pub fn sinc(self) -> Self {
        self.ordered(Ordered::Sinc, 0)
    }

    /// `ln(1 + x)/x`, 1 at 0, elementwise; derivative `(1/(1 + x) − y)/x`, −½ at 0. Domain: x ≥ −1; ∞ at −1, NaN below. So
    /// `ln(1 + αμ)/α`, of generalised extreme values, negative binomial counts or Student's t, is `μ·ln_1p_ratio(αμ)`, at α = 0 too.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", 0.0);
    /// let y = x.ln_1p_ratio();
    /// assert_eq!((y.item()?, y.grad(x).item()?), (1.0, -0.5));
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn ln_1p_ratio(self) -> Self {
        self.ordered(Ordered::Ln1pRatio, 0)
    }

    /// `(eˣ − 1)/x`, 1 at 0, elementwise; derivative `(eˣ − y)/x`, ½ at 0. Domain: all reals. So Box and Cox's `(xᵖ − 1)/p` is
    /// `ln x·exp_m1_ratio(p·ln x)`, at p = 0 too.
    #[track_caller]
    pub fn exp_m1_ratio(self) -> Self {
        self.ordered(Ordered::ExpM1Ratio, 0)
    }

    #[track_caller]
    pub(crate) fn ordered(self, family: Ordered, order: u16) -> Self {
        self.tape().record(Op::Ordered(family, order), &[self])
    }
}

impl Ordered {
    pub(crate) fn name(self, order: u16) -> &'static str {
        match (self, order) {
            (Ordered::Polygamma, 0) => "digamma",
            (Ordered::Polygamma, 1) => "trigamma",
            (Ordered::Polygamma, _) => "polygamma",
            (Ordered::LogNormCdf, _) => "log_norm_cdf_derivative",
            (Ordered::NormResidual, 0) => "norm_residual",
            (Ordered::NormResidual, _) => "norm_residual_derivative",
            (Ordered::Sinc, 0) => "sinc",
            (Ordered::Sinc, _) => "sinc_derivative",
            (Ordered::Ln1pRatio, 0) => "ln_1p_ratio",
            (Ordered::Ln1pRatio, _) => "ln_1p_ratio_derivative",
            (Ordered::ExpM1Ratio, 0) => "exp_m1_ratio",
            (Ordered::ExpM1Ratio, _) => "exp_m1_ratio_derivative",
        }
    }

    pub(crate) fn value<T: Scalar>(self, order: u16, x: T) -> T {
        let n = usize::from(order);
        match self {
            Ordered::Polygamma => special::polygamma(n, x),
            Ordered::LogNormCdf => special::log_norm_cdf_derivative(n, x),
            Ordered::NormResidual => special::norm_residual_derivative(n, x),
            Ordered::Sinc => special::sinc_derivative(n, x),
            Ordered::Ln1pRatio => special::ln_1p_ratio_derivative(n, x),
            Ordered::ExpM1Ratio => special::exp_m1_ratio_derivative(n, x),
        }
    }

    /// The values of `count` tiles from `x` on, to `out`.
    pub(crate) fn map<T: Scalar>(self, order: u16, tiles: &mut [Tile<T>], [x, out]: [usize; 2], count: usize) {
        super::map_tiles(tiles, x, out, count, |x| self.value(order, x));
    }
}
