//! Terms of log-likelihoods that lose digits when they are written naively: compositions.

use crate::scalar::Scalar;
use crate::tape::{Operand, Var};

impl<'t, T: Scalar> Var<'t, T> {
    /// The logarithm of the binomial coefficient of `self` over `k`, `ln Γ(n + 1) − ln Γ(k + 1) − ln Γ(n − k + 1)`, elementwise with
    /// broadcasting, for 0 ≤ k ≤ n, whole or not. For large n, where the three terms cancel, too.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let n = tape.variable("n", 1e15);
    /// let expected = 3.0 * 1e15f64.ln() - 6f64.ln(); // n³/6 but for a relative 3/n
    /// assert!((n.ln_choose(3.0).item()? - expected).abs() < 1e-13);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn ln_choose(self, k: impl Operand<'t, T>) -> Self {
        let k = k.on(self.tape());
        // The smaller of k and n − k, which gives the same.
        let k = k.minimum(self - k);
        (self - k + T::one()).ln_rising(k) - (k + T::one()).lgamma()
    }

    /// `ln φ(x) = −x²/2 − ½·ln(2π)`, elementwise: the log-density of a normal distribution. −∞ where x² is more than the scalar holds.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let z = tape.variable("z", 40.0);
    /// assert!((z.log_norm_pdf().item()? + 800.9189385332047).abs() < 1e-12);
    /// assert_eq!(z.log_norm_pdf().grad(z).item()?, -40.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn log_norm_pdf(self) -> Self {
        let half = self.tape().scalar((T::one() + T::one()).recip());
        -(half * self * self) - T::TAU().ln() * (T::one() + T::one()).recip()
    }

    /// `ln(σ(a) − σ(b))` of `a` = `self`, elementwise with broadcasting: the log-probability of a middle class of an ordinal
    /// logistic model. As `ln σ(a) + ln σ(−b) + ln(1 − e^(b − a))`, which cancels in neither tail. −∞ where a = b, NaN for a < b.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.variable("a", 40.0);
    /// assert!((a.log_sigmoid_difference(39.0).item()? + 39.45867514538708).abs() < 1e-14);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn log_sigmoid_difference(self, b: impl Operand<'t, T>) -> Self {
        let b = b.on(self.tape());
        self.log_sigmoid() + (-b).log_sigmoid() + (self - b).log1mexp()
    }
}
