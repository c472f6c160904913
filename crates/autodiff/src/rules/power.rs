//! Powers with an exponent that is a plain number: no logarithm of the base, so they hold for negative bases too.

use crate::scalar::{Scalar, real};
use crate::tape::{Operand, Var};

impl<'t, T: Scalar> Var<'t, T> {
    /// `xⁿ` for a whole number n, elementwise; derivative `n·xⁿ⁻¹` (exactly 0 for n = 0). Domain: all reals, x ≠ 0 for n < 0.
    #[track_caller]
    pub fn powi(self, n: i32) -> Self {
        self.record_powi(n)
    }

    /// `xᵖ` for a plain number p, elementwise; derivative `p·xᵖ⁻¹`. Whole p are taken as [`powi`](Self::powi); others need x ≥ 0.
    #[track_caller]
    pub fn powf(self, p: T) -> Self {
        match p.to_i32() {
            Some(n) if real::<T>(f64::from(n)) == p => self.powi(n),
            _ => self.record_powf(p),
        }
    }

    /// The logarithm to a plain base, `ln x/ln base`, elementwise; derivative `1/(x·ln base)`. Domain: x ≥ 0.
    #[track_caller]
    pub fn log(self, base: T) -> Self {
        self.ln() / base.ln()
    }

    /// `self·a + b`, elementwise with broadcasting: as num-traits' method, but rounded twice.
    #[track_caller]
    pub fn mul_add(self, a: impl Operand<'t, T>, b: impl Operand<'t, T>) -> Self {
        self.mul(a).add(b)
    }
}
