//! Sums, products, quotients and remainders, from `f64` operations whose rounding errors are known exactly (Dekker 1971,
//! Knuth 1969). The algorithms and their error bounds, with u = 2⁻⁵³, are those of Joldes, Muller and Popescu (Tight and
//! rigorous error bounds for basic building blocks of double-word arithmetic, 2017): 3u² for a sum, however much cancels,
//! 5u² for a product, 15u² for a quotient.

// Out of line: inlined into everything that is generic in its scalar, these would be half of what a compiler has to do.

use super::{Wide, power_of_two};
use num_traits::Float;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// The sum and its rounding error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The same, of a number and a smaller one.
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// The product and its rounding error.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// Where exponents differ by so much, the smaller number is lost beside the larger.
const LOST_BESIDE: i64 = 120;

impl Neg for Wide {
    type Output = Self;
    fn neg(self) -> Self {
        Self { hi: -self.hi, lo: -self.lo, ..self }
    }
}

impl Add for Wide {
    type Output = Self;
    #[inline(never)]
    fn add(self, other: Self) -> Self {
        match (self.is_ordinary(), other.is_ordinary()) {
            (false, true) if self.hi == 0.0 => return other,
            (true, false) if other.hi == 0.0 => return self,
            (true, true) => {}
            _ => return Self::from(self.hi + other.hi),
        }
        let (a, b) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let gap = a.exponent - b.exponent;
        if gap > LOST_BESIDE {
            return a;
        }
        let scale = power_of_two(-gap);
        let (sum, error) = two_sum(a.hi, b.hi * scale);
        let (low, low_error) = two_sum(a.lo, b.lo * scale);
        let (sum, error) = fast_two_sum(sum, error + low);
        Self::normalised(sum, error + low_error, a.exponent)
    }
}

impl Sub for Wide {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Wide {
    type Output = Self;
    #[inline(never)]
    fn mul(self, other: Self) -> Self {
        if !self.is_ordinary() || !other.is_ordinary() {
            return Self::from(self.hi * other.hi);
        }
        let (product, error) = two_product(self.hi, other.hi);
        let crossed = self.lo.mul_add(other.hi, self.hi.mul_add(other.lo, self.lo * other.lo));
        Self::normalised(product, error + crossed, self.exponent + other.exponent)
    }
}

impl Div for Wide {
    type Output = Self;
    #[inline(never)]
    fn div(self, other: Self) -> Self {
        if !self.is_ordinary() || !other.is_ordinary() {
            return Self::from(self.hi / other.hi);
        }
        let quotient = self.hi / other.hi;
        let (product, error) = two_product(other.hi, quotient);
        let (product, error) = fast_two_sum(product, other.lo.mul_add(quotient, error));
        let rest = (self.hi - product) + (self.lo - error);
        Self::normalised(quotient, rest / other.hi, self.exponent - other.exponent)
    }
}

/// Exact for numbers of `f64`: fifty binary places of the quotient at a time, each taken off without rounding. NaN where
/// the quotient has more than two thousand.
impl Rem for Wide {
    type Output = Self;
    #[inline(never)]
    fn rem(self, other: Self) -> Self {
        if self.hi.is_finite() && other.hi.is_infinite() || self.hi == 0.0 && other.is_ordinary() {
            return self;
        }
        if !self.is_ordinary() || !other.is_ordinary() {
            return Self::nan();
        }
        if self.exponent - other.exponent > 2200 {
            return Self::nan();
        }
        let (mut rest, by) = (self.abs(), other.abs());
        while rest >= by {
            let shift = (rest.exponent - by.exponent - 50).max(0);
            let digits = (rest / by.scaled(shift)).floor();
            rest = rest - by.scaled(shift) * digits;
            if rest < Self::from(0.0) {
                rest = rest + by.scaled(shift);
            }
        }
        rest.copysign(self)
    }
}
