//! A scalar of some 31 digits whose range has no end that matters: what results in `f64` are judged by.
//!
//! A [`Wide`] is an unevaluated sum of two `f64` ("double-double") times a power of two of its own. The sum has a
//! significand of some 106 bits; the exponent is a 64-bit integer, so that nothing over- or underflows that `f64` does:
//! `exp(−10⁶)` is a number like any other here, and so is its square.
//!
//! | file | what is there |
//! |---|---|
//! | [`arithmetic`] | sums, products and quotients without error but for the last rounding |
//! | [`exponential`] | exponentials, logarithms, powers, roots, hyperbolic functions |
//! | [`trigonometric`] | circular functions and their inverses, with the reduction of arguments |
//! | [`format`](mod@format) | digits of ten |
//! | [`traits`] | what `num_traits` asks for |
//! | [`mod@graph`] | a recording of another scalar in this one |

mod arithmetic;
mod exponential;
mod format;
mod graph;
mod traits;
mod trigonometric;

pub(crate) use graph::widened;

use crate::kernels::same;
use crate::scalar::Scalar;
use std::cmp::Ordering;

/// The largest exponent: beyond it a number is infinite, below its negative it is 0.
const MOST: i64 = 1 << 50;

/// A scalar of some 31 digits, with numbers from `2^(−2⁵⁰)` to `2^(2⁵⁰)`.
///
/// It is an element type like `f64`: a tape of it records, differentiates and runs the same operations, with errors of
/// about 1e-30 relative. Functions keep those digits over the whole range, but that `sin`, `cos` and `tan` are NaN from
/// 2¹⁰²⁴ on, and `xᵖ` loses as many digits as `p·ln x` has before its point.
///
/// ```
/// use autodiff::Wide;
/// use num_traits::Float;
/// let tiny = Wide::from(-1e6).exp();
/// assert_eq!(tiny.to_string(), "3.296831478088558578968908e-434295");
/// assert!((tiny.ln() + Wide::from(1e6)).abs() < Wide::from(1e-24));
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Wide {
    /// In [1, 2) or (−2, −1], of a finite number other than 0; else the number itself.
    hi: f64,
    /// At most half a unit in the last place of `hi`.
    lo: f64,
    /// 0 where `hi` is the number itself.
    exponent: i64,
}

impl Wide {
    /// The sum of two numbers: what `hi` leaves of a longer number is `lo`.
    ///
    /// ```
    /// use autodiff::Wide;
    /// let tenth = Wide::new(0.1, -5.551115123125783e-18);
    /// assert!((tenth * Wide::from(10.0) - Wide::from(1.0)).to_f64().abs() < 1e-31);
    /// ```
    pub fn new(hi: f64, lo: f64) -> Self {
        Self::from(hi) + Self::from(lo)
    }

    /// The nearest `f64`.
    pub fn to_f64(self) -> f64 {
        match self.exponent {
            0 => self.hi,
            exponent if exponent > 1023 => self.hi * f64::INFINITY,
            exponent if exponent < -1080 => self.hi * 0.0,
            // Two steps: 2⁻¹⁰⁷⁴ is no normal number.
            exponent => self.hi * power_of_two(exponent / 2) * power_of_two(exponent - exponent / 2),
        }
    }

    /// Any scalar, exactly if two `f64` hold it.
    pub(crate) fn of<T: Scalar>(x: T) -> Self {
        if let Some(wide) = same::<T, Wide>(x) {
            return wide;
        }
        let hi = x.to_f64().unwrap_or(f64::NAN);
        let rest = T::from(hi).map_or(0.0, |hi| (x - hi).to_f64().unwrap_or(0.0));
        if rest.is_finite() && rest != 0.0 { Self::new(hi, rest) } else { Self::from(hi) }
    }

    /// The nearest number of another scalar.
    pub(crate) fn to<T: Scalar>(self) -> T {
        if let Some(same) = same::<Wide, T>(self) {
            return same;
        }
        let hi = self.to_f64();
        let rest = (self - Self::from(hi)).to_f64();
        let [hi, rest] = [hi, rest].map(crate::scalar::real::<T>);
        // Of f64 and wider; f32 has rounded more than `rest`, once.
        if rest.is_finite() && hi.is_finite() { hi + rest } else { hi }
    }

    /// 0, ±1, an infinity or NaN.
    const fn simple(x: f64) -> Self {
        Self { hi: x, lo: 0.0, exponent: 0 }
    }

    /// `(hi + lo)·2^exponent`, where `lo` is small against `hi`.
    fn normalised(hi: f64, lo: f64, exponent: i64) -> Self {
        let sum = hi + lo;
        if sum == 0.0 || !sum.is_finite() {
            return Self { hi: sum, lo: 0.0, exponent: 0 };
        }
        let lo = lo - (sum - hi);
        let far = match sum.abs() {
            size if size < 1e-270 => 200,
            size if size > 1e270 => -200,
            _ => 0,
        };
        if far != 0 {
            return Self::normalised(sum * power_of_two(far), lo * power_of_two(far), exponent - far);
        }
        let shift = (sum.to_bits() >> 52 & 0x7ff) as i64 - 1023;
        let scale = power_of_two(-shift);
        Self { hi: sum * scale, lo: lo * scale, exponent }.scaled(shift)
    }

    /// Times a power of two; ±∞ or ±0 beyond the range.
    fn scaled(self, shift: i64) -> Self {
        if self.hi == 0.0 || !self.hi.is_finite() {
            return self;
        }
        match self.exponent.saturating_add(shift) {
            exponent if exponent > MOST => Self::from(self.hi * f64::INFINITY),
            exponent if exponent < -MOST => Self::from(self.hi * 0.0),
            exponent => Self { exponent, ..self },
        }
    }

    /// Whether it is neither 0 nor infinite nor NaN.
    fn is_ordinary(self) -> bool {
        self.hi != 0.0 && self.hi.is_finite()
    }

    /// The number without its power of two.
    fn significand(self) -> Self {
        Self { exponent: 0, ..self }
    }
}

/// 2ⁿ for n from −1022 to 1023.
fn power_of_two(n: i64) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

impl From<f64> for Wide {
    #[inline(never)]
    fn from(x: f64) -> Self {
        if x == 0.0 { Self::simple(x) } else { Self::normalised(x, 0.0, 0) }
    }
}

impl PartialOrd for Wide {
    #[inline(never)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let same_sign = (self.hi > 0.0) == (other.hi > 0.0);
        if !self.is_ordinary() || !other.is_ordinary() || !same_sign {
            return self.hi.partial_cmp(&other.hi);
        }
        let by_exponent = self.exponent.cmp(&other.exponent);
        let by_exponent = if self.hi > 0.0 { by_exponent } else { by_exponent.reverse() };
        let by_significand = self.hi.partial_cmp(&other.hi)?.then(self.lo.partial_cmp(&other.lo)?);
        Some(by_exponent.then(by_significand))
    }
}
