//! Numbers written with digits of ten.

use super::{Wide, exponential};
use std::fmt;

/// As many digits as are right after the conversion (thirty, or fewer where the power of ten is large), or as many as the format asks
/// for after the point; and the power of ten.
impl fmt::Display for Wide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_ordinary() {
            return fmt::Display::fmt(&self.hi, f);
        }
        let right = 32 - (self.exponent.unsigned_abs() / 3).max(10).ilog10() as usize;
        let (digits, power) = self.decimal(f.precision().map_or(right - 1, |after| after.min(30) + 1));
        let digits = if f.precision().is_some() { &digits } else { digits.trim_end_matches('0') };
        let (first, rest) = digits.split_at(digits.len().min(1));
        let (first, point) = (if first.is_empty() { "0" } else { first }, if rest.is_empty() { "" } else { "." });
        let sign = if self.hi < 0.0 { "-" } else { "" };
        f.pad_integral(true, "", &format!("{sign}{first}{point}{rest}e{power}"))
    }
}

impl Wide {
    /// The first `count` digits of the size of an ordinary number, rounded, and the power of ten of the first.
    fn decimal(self, count: usize) -> (String, i64) {
        use num_traits::Float;
        let ten = Self::from(10.0);
        let size = self.abs();
        let mut power = ((self.exponent as f64 + self.hi.abs().log2()) * std::f64::consts::LOG10_2).floor();
        let mut rest = size * exponential::powf(ten, Self::from(-power));
        if rest < Self::from(1.0) {
            (rest, power) = (rest * ten, power - 1.0);
        }
        rest = rest + exponential::powi(ten, 1 - count as i32) * Self::from(0.5);
        if rest >= ten {
            (rest, power) = (rest / ten, power + 1.0);
        }
        let mut digits = String::with_capacity(count);
        for _ in 0..count {
            let digit = rest.floor();
            digits.push(char::from_digit(digit.to_f64() as u32, 10).unwrap_or('9'));
            rest = (rest - digit) * ten;
        }
        (digits, power as i64)
    }
}
