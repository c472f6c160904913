//! Elementwise functions in families with an order.

use crate::ops::{Op, Ordered};
use crate::scalar::Scalar;
use crate::tape::Var;

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

    /// `ln(sinh(x)/x)`, 0 at 0, elementwise; derivative `coth x − 1/x`, Langevin's function, 0 at 0. Domain: all reals. So
    /// `ln((eˣ − 1)/x)` is `x/2 + ln_sinh_ratio(x/2)`, near 0 too, and the normalising constant of von Mises and Fisher's distribution on
    /// the sphere is `ln_sinh_ratio(κ)`.
    #[track_caller]
    pub fn ln_sinh_ratio(self) -> Self {
        self.ordered(Ordered::LnSinhRatio, 0)
    }

    #[track_caller]
    pub(crate) fn ordered(self, family: Ordered, order: u16) -> Self {
        self.tape().record(Op::Ordered(family, order), &[self])
    }
}
