//! What `num_traits::Float` and `FloatConst` ask for.

use super::{MOST, Wide, exponential, power_of_two, trigonometric};
use num_traits::{Float, FloatConst, Num, NumCast, One, ToPrimitive, Zero};
use std::num::FpCategory;

impl Zero for Wide {
    fn zero() -> Self {
        Self::simple(0.0)
    }
    fn is_zero(&self) -> bool {
        self.hi == 0.0
    }
}

impl One for Wide {
    fn one() -> Self {
        Self::simple(1.0)
    }
}

impl Num for Wide {
    type FromStrRadixErr = num_traits::ParseFloatError;
    /// The nearest `f64`.
    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        f64::from_str_radix(text, radix).map(Into::into)
    }
}

impl Wide {
    /// The number rounded towards 0, if 64 bits can hold it.
    fn to_integer(self) -> Option<i128> {
        let whole = self.trunc();
        let scale = (0..64).contains(&whole.exponent).then(|| power_of_two(whole.exponent));
        if whole.hi == 0.0 {
            Some(0)
        } else {
            scale.map(|scale| (whole.hi * scale) as i128 + (whole.lo * scale) as i128)
        }
    }
}

impl ToPrimitive for Wide {
    fn to_i64(&self) -> Option<i64> {
        self.to_integer()?.to_i64()
    }
    fn to_u64(&self) -> Option<u64> {
        self.to_integer()?.to_u64()
    }
    fn to_f64(&self) -> Option<f64> {
        Some(Wide::to_f64(*self))
    }
}

impl NumCast for Wide {
    fn from<N: ToPrimitive>(n: N) -> Option<Self> {
        n.to_f64().map(<Self as From<f64>>::from)
    }
}

macro_rules! constants {
    ($($name:ident, $hi:literal, $lo:literal, $exponent:literal;)*) => {
        impl FloatConst for Wide {
            $(
                fn $name() -> Self {
                    Self { hi: $hi, lo: $lo, exponent: $exponent }
                }
            )*
        }
    };
}

// Computed with 120 digits.
#[allow(clippy::approx_constant, clippy::excessive_precision)]
mod constants {
    use super::*;
    constants! {
        E, 1.3591409142295225, 7.228234458646251e-17, 1;
        FRAC_1_PI, 1.2732395447351628, -7.871470670072994e-17, -2;
        FRAC_1_SQRT_2, 1.4142135623730951, -9.667293313452913e-17, -1;
        FRAC_2_PI, 1.2732395447351628, -7.871470670072994e-17, -1;
        FRAC_2_SQRT_PI, 1.1283791670955126, 1.533545961316588e-17, 0;
        FRAC_PI_2, 1.5707963267948966, 6.123233995736766e-17, 0;
        FRAC_PI_3, 1.0471975511965979, -1.072081766451091e-16, 0;
        FRAC_PI_4, 1.5707963267948966, 6.123233995736766e-17, -1;
        FRAC_PI_6, 1.0471975511965979, -1.072081766451091e-16, -1;
        FRAC_PI_8, 1.5707963267948966, 6.123233995736766e-17, -2;
        LN_10, 1.151292546497023, -1.0853781116911247e-16, 1;
        LN_2, 1.3862943611198906, 4.638093627692599e-17, -1;
        LOG10_E, 1.7371779276130073, 4.39327860086706e-17, -2;
        LOG2_E, 1.4426950408889634, 2.0355273740931033e-17, 0;
        PI, 1.5707963267948966, 6.123233995736766e-17, 1;
        SQRT_2, 1.4142135623730951, -9.667293313452913e-17, 0;
        TAU, 1.5707963267948966, 6.123233995736766e-17, 2;
        LOG10_2, 1.2041199826559248, -1.1214912511140682e-17, -2;
        LOG2_10, 1.660964047443681, 8.30808758486796e-17, 1;
    }
}

macro_rules! functions {
    ($($file:ident: $($name:ident),*;)*) => {
        $($(
            fn $name(self) -> Self {
                $file::$name(self)
            }
        )*)*
    };
}

impl Float for Wide {
    functions! {
        exponential: exp, exp2, exp_m1, ln, log2, ln_1p, sqrt, cbrt, sinh, cosh, tanh, asinh, acosh, atanh;
        trigonometric: asin, acos, atan;
    }

    fn sin_cos(self) -> (Self, Self) {
        trigonometric::sin_cos(self)
    }
    fn sin(self) -> Self {
        self.sin_cos().0
    }
    fn cos(self) -> Self {
        self.sin_cos().1
    }
    fn tan(self) -> Self {
        let (sin, cos) = self.sin_cos();
        sin / cos
    }
    fn atan2(self, other: Self) -> Self {
        trigonometric::atan2(self, other)
    }
    fn hypot(self, other: Self) -> Self {
        exponential::hypot(self, other)
    }
    fn powi(self, n: i32) -> Self {
        exponential::powi(self, n)
    }
    fn powf(self, p: Self) -> Self {
        exponential::powf(self, p)
    }
    fn log10(self) -> Self {
        self.ln() / Self::LN_10()
    }
    fn log(self, base: Self) -> Self {
        self.ln() / base.ln()
    }
    fn recip(self) -> Self {
        Self::one() / self
    }
    fn mul_add(self, a: Self, b: Self) -> Self {
        self * a + b
    }

    fn floor(self) -> Self {
        match self.exponent {
            // Also of 0, infinities and NaN, whose exponent is 0.
            0..=110 => {
                let scale = power_of_two(self.exponent);
                let hi = (self.hi * scale).floor();
                // Where the first part is whole, the second decides.
                let lo = if hi == self.hi * scale { (self.lo * scale).floor() } else { 0.0 };
                if hi == 0.0 { self } else { Self::normalised(hi, lo, 0) }
            }
            exponent if exponent > 110 => self,
            _ if self.hi < 0.0 => -Self::one(),
            _ => Self::zero(),
        }
    }
    fn ceil(self) -> Self {
        -(-self).floor()
    }
    fn trunc(self) -> Self {
        if self.is_sign_negative() { self.ceil() } else { self.floor() }
    }
    fn round(self) -> Self {
        let away = (self.abs() + 0.5.into()).floor();
        if self.is_sign_negative() { -away } else { away }
    }
    fn fract(self) -> Self {
        self - self.trunc()
    }

    fn abs(self) -> Self {
        if self.is_sign_negative() { -self } else { self }
    }
    fn abs_sub(self, other: Self) -> Self {
        if self <= other { Self::zero() } else { self - other }
    }
    fn signum(self) -> Self {
        self.hi.signum().into()
    }
    fn max(self, other: Self) -> Self {
        if self >= other || other.is_nan() { self } else { other }
    }
    fn min(self, other: Self) -> Self {
        if self <= other || other.is_nan() { self } else { other }
    }

    fn nan() -> Self {
        Self::simple(f64::NAN)
    }
    fn infinity() -> Self {
        Self::simple(f64::INFINITY)
    }
    fn neg_infinity() -> Self {
        Self::simple(f64::NEG_INFINITY)
    }
    fn neg_zero() -> Self {
        Self::simple(-0.0)
    }
    fn min_value() -> Self {
        -Self::max_value()
    }
    fn max_value() -> Self {
        Self { hi: 2.0 - f64::EPSILON, lo: f64::EPSILON / 4.0, exponent: MOST }
    }
    fn min_positive_value() -> Self {
        Self { hi: 1.0, lo: 0.0, exponent: -MOST }
    }
    /// A bound on errors of arithmetic, not the gap between neighbours.
    fn epsilon() -> Self {
        Self { hi: 1.0, lo: 0.0, exponent: -104 }
    }
    fn is_nan(self) -> bool {
        self.hi.is_nan()
    }
    fn is_infinite(self) -> bool {
        self.hi.is_infinite()
    }
    fn is_finite(self) -> bool {
        self.hi.is_finite()
    }
    fn is_normal(self) -> bool {
        self.is_ordinary()
    }
    fn classify(self) -> FpCategory {
        self.hi.classify()
    }
    fn is_sign_positive(self) -> bool {
        self.hi.is_sign_positive()
    }
    fn is_sign_negative(self) -> bool {
        self.hi.is_sign_negative()
    }
    /// Of the nearest `f64`: an integer of 64 bits holds no more.
    fn integer_decode(self) -> (u64, i16, i8) {
        Float::integer_decode(Wide::to_f64(self))
    }
}
