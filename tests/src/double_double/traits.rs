//! What `num_traits::Float` and `FloatConst` ask for.

use super::{DoubleDouble, functions};
use num_traits::{Float, FloatConst, Num, NumCast, One, ToPrimitive, Zero};
use std::num::FpCategory;

impl Zero for DoubleDouble {
    fn zero() -> Self {
        0.0.into()
    }
    fn is_zero(&self) -> bool {
        self.hi == 0.0
    }
}

impl One for DoubleDouble {
    fn one() -> Self {
        1.0.into()
    }
}

impl Num for DoubleDouble {
    type FromStrRadixErr = num_traits::ParseFloatError;
    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        f64::from_str_radix(text, radix).map(Into::into)
    }
}

impl ToPrimitive for DoubleDouble {
    fn to_i64(&self) -> Option<i64> {
        self.trunc().hi.to_i64()
    }
    fn to_u64(&self) -> Option<u64> {
        self.trunc().hi.to_u64()
    }
    fn to_f64(&self) -> Option<f64> {
        Some(self.hi)
    }
}

impl NumCast for DoubleDouble {
    fn from<N: ToPrimitive>(n: N) -> Option<Self> {
        n.to_f64().map(<Self as From<f64>>::from)
    }
}

macro_rules! constants {
    ($($name:ident, $hi:literal, $lo:literal;)*) => {
        impl FloatConst for DoubleDouble {
            $(
                fn $name() -> Self {
                    Self { hi: $hi, lo: $lo }
                }
            )*
        }
    };
}

// The nearest f64, which is that of std, and what it leaves; computed with 120 digits.
#[allow(clippy::approx_constant, clippy::excessive_precision)]
mod constants {
    use super::*;
    constants! {
        E, 2.718281828459045, 1.4456468917292502e-16;
        FRAC_1_PI, 0.3183098861837907, -1.9678676675182486e-17;
        FRAC_1_SQRT_2, 0.7071067811865476, -4.833646656726457e-17;
        FRAC_2_PI, 0.6366197723675814, -3.935735335036497e-17;
        FRAC_2_SQRT_PI, 1.1283791670955126, 1.533545961316588e-17;
        FRAC_PI_2, 1.5707963267948966, 6.123233995736766e-17;
        FRAC_PI_3, 1.0471975511965979, -1.072081766451091e-16;
        FRAC_PI_4, 0.7853981633974483, 3.061616997868383e-17;
        FRAC_PI_6, 0.5235987755982989, -5.360408832255455e-17;
        FRAC_PI_8, 0.39269908169872414, 1.5308084989341915e-17;
        LN_10, 2.302585092994046, -2.1707562233822494e-16;
        LN_2, 0.6931471805599453, 2.3190468138462996e-17;
        LOG10_E, 0.4342944819032518, 1.098319650216765e-17;
        LOG2_E, 1.4426950408889634, 2.0355273740931033e-17;
        PI, 3.141592653589793, 1.2246467991473532e-16;
        SQRT_2, 1.4142135623730951, -9.667293313452913e-17;
        TAU, 6.283185307179586, 2.4492935982947064e-16;
        LOG10_2, 0.3010299956639812, -2.8037281277851704e-18;
        LOG2_10, 3.321928094887362, 1.661617516973592e-16;
    }
}

macro_rules! functions {
    ($($name:ident),*) => {
        $(
            fn $name(self) -> Self {
                functions::$name(self)
            }
        )*
    };
}

impl Float for DoubleDouble {
    functions! { exp, exp_m1, ln, ln_1p, atan, asin, acos, sinh, cosh, tanh, asinh, acosh, atanh, sqrt, cbrt }

    fn sin_cos(self) -> (Self, Self) {
        functions::sin_cos(self)
    }
    fn sin(self) -> Self {
        functions::sin_cos(self).0
    }
    fn cos(self) -> Self {
        functions::sin_cos(self).1
    }
    fn tan(self) -> Self {
        let (sin, cos) = functions::sin_cos(self);
        sin / cos
    }
    fn atan2(self, other: Self) -> Self {
        functions::atan2(self, other)
    }
    fn hypot(self, other: Self) -> Self {
        functions::hypot(self, other)
    }
    fn powi(self, n: i32) -> Self {
        functions::powi(self, n)
    }
    fn powf(self, p: Self) -> Self {
        functions::powf(self, p)
    }
    fn exp2(self) -> Self {
        functions::exp(self * Self::LN_2())
    }
    fn log2(self) -> Self {
        functions::ln(self) / Self::LN_2()
    }
    fn log10(self) -> Self {
        functions::ln(self) / Self::LN_10()
    }
    fn log(self, base: Self) -> Self {
        functions::ln(self) / functions::ln(base)
    }
    fn recip(self) -> Self {
        Self::one() / self
    }
    fn mul_add(self, a: Self, b: Self) -> Self {
        self * a + b
    }

    fn floor(self) -> Self {
        let hi = self.hi.floor();
        // Where the first part is whole, the second decides.
        if hi == self.hi { Self::new(hi, self.lo.floor()) } else { hi.into() }
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
        f64::NAN.into()
    }
    fn infinity() -> Self {
        f64::INFINITY.into()
    }
    fn neg_infinity() -> Self {
        f64::NEG_INFINITY.into()
    }
    fn neg_zero() -> Self {
        (-0.0).into()
    }
    fn min_value() -> Self {
        f64::MIN.into()
    }
    fn max_value() -> Self {
        f64::MAX.into()
    }
    fn min_positive_value() -> Self {
        f64::MIN_POSITIVE.into()
    }
    fn epsilon() -> Self {
        2f64.powi(-104).into()
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
        self.hi.is_normal()
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
    /// Of the first part: an integer of 64 bits holds no more.
    fn integer_decode(self) -> (u64, i16, i8) {
        self.hi.integer_decode()
    }
}
