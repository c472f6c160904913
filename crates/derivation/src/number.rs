//! The numbers of formulas: fractions as long as they stay small, else the nearest `f64`.

use std::cmp::Ordering;

/// A number of a formula.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Number {
    /// A fraction in lowest terms, its denominator positive.
    Ratio(i64, i64),
    /// The bits of an `f64` that is no small fraction: ∞ and NaN among them, so that no 0 makes a constant that has no value vanish.
    Real(u64),
}

/// The largest denominator that a decimal is taken as a fraction of.
const LARGEST_DENOMINATOR: i64 = 1_000_000;

impl Number {
    pub(crate) const ZERO: Number = Number::Ratio(0, 1);
    pub(crate) const ONE: Number = Number::Ratio(1, 1);
    pub(crate) const MINUS_ONE: Number = Number::Ratio(-1, 1);
    pub(crate) const HALF: Number = Number::Ratio(1, 2);

    pub(crate) fn whole(n: i64) -> Self {
        Number::Ratio(n, 1)
    }

    /// The fraction that `x` is the nearest number to, if it is a short decimal or has a small denominator.
    pub(crate) fn from_f64(x: f64) -> Self {
        let denominators = (1..=64).chain([100, 1000, 10_000, 100_000, LARGEST_DENOMINATOR]);
        for denominator in denominators {
            let scaled = (x * denominator as f64).round();
            if scaled.abs() < 1e15 && scaled / denominator as f64 == x {
                return Self::reduced(scaled as i128, denominator.into());
            }
        }
        // One NaN, so that equal expressions are one.
        Number::Real(if x.is_nan() { f64::NAN } else { x }.to_bits())
    }

    /// The fraction of small numbers that `x` is up to the rounding of some products: `π·(1/π)` is 1.
    fn near(x: f64) -> Self {
        let fraction = (1..=64).find_map(|d| {
            let n = (x * d as f64).round();
            let is_near = (x * d as f64 - n).abs() <= 4.0 * f64::EPSILON * n.abs();
            (is_near && (1.0..=64.0).contains(&n.abs())).then(|| Self::reduced(n as i128, d))
        });
        fraction.unwrap_or_else(|| Self::from_f64(x))
    }

    fn reduced(numerator: i128, denominator: i128) -> Self {
        let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = (a as i128).max(1) * denominator.signum();
        match (i64::try_from(numerator / divisor), i64::try_from(denominator / divisor)) {
            (Ok(numerator), Ok(denominator)) => Number::Ratio(numerator, denominator),
            _ => Number::Real((numerator as f64 / denominator as f64).to_bits()),
        }
    }

    /// Whether this is a fraction as one writes it, and no decimal: ⅓ and 1/120, not 0.2 or 1.345.
    pub(crate) fn is_plain(self) -> bool {
        let Number::Ratio(n, d) = self else { return false };
        let ends = [2, 5].iter().fold(d, |d, &p| (0..64).fold(d, |d, _| if d % p == 0 { d / p } else { d })) == 1;
        let is_decimal = ends && d % 5 == 0;
        // Digits that don't end would be cut off.
        let most = if ends { 64 } else { 1000 };
        d == 1 || (d <= most && n.abs() <= 1000 && !is_decimal)
    }

    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Number::Ratio(a, b) => a as f64 / b as f64,
            Number::Real(bits) => f64::from_bits(bits),
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        match (self, other) {
            // Most are small whole numbers.
            (Number::Ratio(a, 1), Number::Ratio(c, 1)) if let Some(sum) = a.checked_add(c) => Self::whole(sum),
            (Number::Ratio(a, b), Number::Ratio(c, d)) => {
                let [a, b, c, d] = [a, b, c, d].map(i128::from);
                Self::reduced(a * d + c * b, b * d)
            }
            _ => Self::from_f64(self.to_f64() + other.to_f64()),
        }
    }

    pub(crate) fn times(self, other: Self) -> Self {
        match (self, other) {
            (Number::Ratio(a, 1), Number::Ratio(c, 1)) if let Some(product) = a.checked_mul(c) => Self::whole(product),
            (Number::Ratio(a, b), Number::Ratio(c, d)) => {
                let [a, b, c, d] = [a, b, c, d].map(i128::from);
                Self::reduced(a * c, b * d)
            }
            _ => Self::near(self.to_f64() * other.to_f64()),
        }
    }

    pub(crate) fn negated(self) -> Self {
        self.times(Self::MINUS_ONE)
    }

    pub(crate) fn is_finite(self) -> bool {
        self.to_f64().is_finite()
    }

    /// `1/x`; `None` for 0.
    pub(crate) fn recip(self) -> Option<Self> {
        match self {
            Self::ONE | Self::MINUS_ONE => Some(self),
            Number::Ratio(0, _) => None,
            Number::Ratio(a, b) => Some(Self::reduced(b.into(), a.into())),
            Number::Real(bits) => Some(Self::from_f64(1.0 / f64::from_bits(bits))),
        }
    }

    /// `self^n`; `None` for a negative power of 0.
    pub(crate) fn powi(self, n: i64) -> Option<Self> {
        if n.abs() > 64 {
            return None;
        }
        let base = if n < 0 { self.recip()? } else { self };
        Some((0..n.abs()).fold(Self::ONE, |product, _| product.times(base)))
    }

    pub(crate) fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    pub(crate) fn is_one(self) -> bool {
        self == Self::ONE
    }

    pub(crate) fn is_negative(self) -> bool {
        self.to_f64() < 0.0
    }

    /// The whole number that this is.
    pub(crate) fn as_whole(self) -> Option<i64> {
        match self {
            Number::Ratio(n, 1) => Some(n),
            _ => None,
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_f64().total_cmp(&other.to_f64())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_thirds_are_fractions_and_nothing_else_is() {
        assert_eq!(Number::from_f64(0.1), Number::Ratio(1, 10));
        assert_eq!(Number::from_f64(-1.0 / 3.0), Number::Ratio(-1, 3));
        assert_eq!(Number::from_f64(0.1).plus(Number::from_f64(0.2)), Number::Ratio(3, 10));
        assert_eq!(Number::from_f64(1e300).to_f64(), 1e300);
        assert!(matches!(Number::from_f64(std::f64::consts::PI), Number::Real(_)));
        assert!(matches!(Number::from_f64(f64::NAN), Number::Real(_)));
        let pi = Number::from_f64(std::f64::consts::PI);
        for n in 1..5 {
            let (power, inverse) = (pi.powi(n).expect("a power"), pi.powi(-n).expect("a power"));
            assert_eq!(power.times(inverse).times(Number::Ratio(3, 7)), Number::Ratio(3, 7));
            assert!(matches!(power, Number::Real(_)));
        }
    }

    #[test]
    fn arithmetic_that_leaves_the_fractions_goes_on_in_floating_point() {
        let large = Number::whole(i64::MAX);
        assert_eq!(large.times(large).to_f64(), (i64::MAX as f64).powi(2));
        assert_eq!(Number::whole(-2).powi(-2), Some(Number::Ratio(1, 4)));
        assert_eq!(Number::ZERO.powi(-1), None);
        assert_eq!(Number::Ratio(1, -2 + 4).negated(), Number::Ratio(-1, 2));
    }
}
