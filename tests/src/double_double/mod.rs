//! A scalar of about 31 digits: the unevaluated sum of two `f64`, the second at most half a unit in the last place of the
//! first. It shows that the engine is generic in its scalar, and is the reference that first and second derivatives in
//! `f64` are compared with.
//!
//! Sums and products are those of Dekker (1971) and Knuth; the elementary functions in `functions` are good to about
//! 1e-30 relative. Exponents are those of `f64`, so the second part, and with it the extra digits, fade below about 1e-290.
//!
//! `functions` has the elementary functions, `traits` what `num_traits` asks for.

mod functions;
mod traits;

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// `hi + lo`, exactly.
#[derive(Clone, Copy, Debug, Default)]
pub struct DoubleDouble {
    hi: f64,
    lo: f64,
}

/// The sum and its rounding error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The product and its rounding error.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

impl DoubleDouble {
    /// The sum of two numbers, the second small against the first.
    ///
    /// ```
    /// use tests::double_double::DoubleDouble;
    /// let third = DoubleDouble::new(1.0, 0.0) / DoubleDouble::new(3.0, 0.0);
    /// let error = third * DoubleDouble::new(3.0, 0.0) - DoubleDouble::new(1.0, 0.0);
    /// assert!(error.hi().abs() < 1e-31);
    /// ```
    pub fn new(hi: f64, lo: f64) -> Self {
        let sum = hi + lo;
        // An infinity, a NaN and a signed zero have no second part.
        if !sum.is_finite() || sum == 0.0 {
            return Self { hi: if hi.is_finite() { sum } else { hi }, lo: 0.0 };
        }
        Self { hi: sum, lo: lo - (sum - hi) }
    }

    /// The nearest `f64`.
    pub fn hi(self) -> f64 {
        self.hi
    }

    /// What [`hi`](Self::hi) leaves.
    pub fn lo(self) -> f64 {
        self.lo
    }

    /// Times a power of two, exactly but for under- and overflow.
    fn scaled(self, exponent: i32) -> Self {
        // Two steps: 2^±1074 is no normal number.
        let half = exponent / 2;
        let (a, b) = (2f64.powi(half), 2f64.powi(exponent - half));
        Self::new(self.hi * a * b, self.lo * a * b)
    }
}

impl From<f64> for DoubleDouble {
    fn from(hi: f64) -> Self {
        Self { hi, lo: 0.0 }
    }
}

impl Neg for DoubleDouble {
    type Output = Self;
    fn neg(self) -> Self {
        Self { hi: -self.hi, lo: -self.lo }
    }
}

impl Add for DoubleDouble {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (sum, error) = two_sum(self.hi, other.hi);
        if !sum.is_finite() || sum == 0.0 && self.lo == -other.lo {
            return sum.into();
        }
        let (low, low_error) = two_sum(self.lo, other.lo);
        let first = Self::new(sum, error + low);
        Self::new(first.hi, first.lo + low_error)
    }
}

impl Sub for DoubleDouble {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for DoubleDouble {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let (product, error) = two_product(self.hi, other.hi);
        if !product.is_finite() || product == 0.0 {
            return product.into();
        }
        Self::new(product, error + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Div for DoubleDouble {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.hi / other.hi;
        if !first.is_finite() || first == 0.0 || !other.hi.is_finite() {
            return first.into();
        }
        // Long division, a digit of 53 bits at a time. Scaled, so that no remainder underflows or overflows.
        let by = -exponent(other.hi);
        let (numerator, other) = (self.scaled(-exponent(self.hi)), other.scaled(by));
        let mut quotient = DoubleDouble::default();
        let mut remainder = numerator;
        for _ in 0..3 {
            let digit = DoubleDouble::from(remainder.hi / other.hi);
            quotient = quotient + digit;
            remainder = remainder - other * digit;
        }
        quotient.scaled(exponent(self.hi) + by)
    }
}

impl Rem for DoubleDouble {
    type Output = Self;
    fn rem(self, other: Self) -> Self {
        self - num_traits::Float::trunc(self / other) * other
    }
}

/// The exponent of the power of two next below a finite number other than 0.
fn exponent(x: f64) -> i32 {
    let biased = (x.to_bits() >> 52 & 0x7ff) as i32;
    if biased == 0 { -1022 } else { biased - 1023 }
}

impl PartialEq for DoubleDouble {
    fn eq(&self, other: &Self) -> bool {
        self.hi == other.hi && self.lo == other.lo
    }
}

impl PartialOrd for DoubleDouble {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match self.hi.partial_cmp(&other.hi) {
            Some(Ordering::Equal) => self.lo.partial_cmp(&other.lo),
            order => order,
        }
    }
}

impl fmt::Display for DoubleDouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:e}{:+e}", self.hi, self.lo)
    }
}
