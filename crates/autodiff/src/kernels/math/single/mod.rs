//! What is particular to `f32` in the elementary functions: shorter polynomials; [`trig`].
//!
//! The measured errors are maxima, with and without `FMA`, over 33 million bit patterns, evenly spread, against
//! `f64`, rounded up to a tenth; no bound is proved.

pub(crate) mod trig;

use super::format::Format;
use std::f32::consts::FRAC_1_SQRT_2;

/// `ln 2` to 15 bits: its product with an integer below 2⁹ is exact.
const LN_2_HIGH: f32 = 0.69314575;
/// `ln 2 −` [`LN_2_HIGH`].
const LN_2_LOW: f32 = 1.4286068e-06;

/// `1.5·2²³`: adding it rounds a number below 2²² to an integer and leaves that integer, in two's complement, in the
/// low bits of the sum.
const ROUNDER: f32 = 12582912.0;

/// `a·b + c`; one instruction with `FMA`, two otherwise (never a library call).
#[inline(always)]
pub(crate) fn madd<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `Σ coefficients[i]·zⁱ` by Horner's scheme: the polynomials are too short for more.
#[inline(always)]
fn polynomial<const FMA: bool, const N: usize>(z: f32, coefficients: &[f32; N]) -> f32 {
    let mut sum = coefficients[N - 1];
    let mut i = N - 1;
    while i > 0 {
        i -= 1;
        sum = madd::<FMA>(sum, z, coefficients[i]);
    }
    sum
}

/// `(sinh r − r)/r³` in powers of `r²` for `|r| ≤ ln 2 / 2`; relative error 2⁻³⁰ in `sinh r`.
const SINH_TAIL: [f32; 3] = [0.16666667, 0.008333289, 0.00019904961];

/// `(cosh r − 1 − r²/2)/r⁴` in powers of `r²` for `|r| ≤ ln 2 / 2`; error 2⁻³³ in `cosh r`.
const COSH_TAIL: [f32; 2] = [0.04166646, 0.0013935404];

/// `(2·artanh s − 2s)/s³` in powers of `s²` for `s ≤ (√2 − 1)/(√2 + 1)`; relative error 2⁻³⁰ in the logarithm.
const ARTANH_TAIL: [f32; 3] = [0.66666776, 0.39977533, 0.29872003];

/// The same for `s ≤ 1/3`; relative error 2⁻²⁷ in the logarithm.
const ARTANH_TAIL_WIDE: [f32; 4] = [0.6666641, 0.400217, 0.27999127, 0.28024527];

const MANTISSA_MASK: u32 = 0x007f_ffff;
const ONE_BITS: u32 = 1.0_f32.to_bits();
const SQRT_HALF_BITS: u32 = FRAC_1_SQRT_2.to_bits();
/// The bits of 2²³: with a biased exponent in the low bits it is the number `2²³ + exponent`.
const TWO_23_BITS: u32 = 8388608.0_f32.to_bits();
/// Undoes [`TWO_23_BITS`] and the bias of the exponent.
const OFFSET: f32 = 8388608.0 + 127.0;

impl Format for f32 {
    const ZERO: Self = 0.0;
    const HALF: Self = 0.5;
    const ONE: Self = 1.0;
    const TWO: Self = 2.0;
    const SIXTY_FOUR: Self = 64.0;
    const TWO_TO_MINUS_64: Self = 5.421011e-20;
    const INFINITY: Self = f32::INFINITY;
    const NAN: Self = f32::NAN;
    const MIN_POSITIVE: Self = f32::MIN_POSITIVE;
    const BIAS: Self = 127.0;
    const ROUNDER: Self = ROUNDER;
    const LOG2_E: Self = std::f32::consts::LOG2_E;
    const LN_2_HIGH: Self = LN_2_HIGH;
    const LN_2_LOW: Self = LN_2_LOW;
    const EXP_OVERFLOWS: Self = 89.0;
    const EXP_UNDERFLOWS: Self = -105.0;
    const EXP_IS_LOST_IN_ONE: Self = -20.0;
    const SINH_OVERFLOWS: Self = 89.5;
    const POWER_IS_LOST_IN_ONE: Self = 60.0;
    const EXPONENT_OFFSET: Self = OFFSET;
    const BEYOND_DIGITS: Self = 33554432.0;
    const BEYOND_DIGITS_EXPONENT: Self = 25.0;

    #[inline(always)]
    fn to_double(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn of_double(x: f64) -> Self {
        x as f32
    }

    #[inline(always)]
    fn madd<const FMA: bool>(a: Self, b: Self, c: Self) -> Self {
        madd::<FMA>(a, b, c)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        self.copysign(sign)
    }

    #[inline(always)]
    fn power_of_two(biased: Self) -> Self {
        f32::from_bits(biased.to_bits() << 23)
    }

    #[inline(always)]
    fn halves_of_power(biased: Self) -> [Self; 2] {
        let bits = biased.to_bits();
        let half = bits >> 1;
        [f32::from_bits(half << 23), f32::from_bits((bits - half) << 23)]
    }

    #[inline(always)]
    fn split(x: Self) -> (Self, Self) {
        let stepped = x.to_bits().wrapping_add(ONE_BITS - SQRT_HALF_BITS);
        let exponent = f32::from_bits((stepped >> 23) | TWO_23_BITS);
        (exponent, f32::from_bits((stepped & MANTISSA_MASK) + SQRT_HALF_BITS))
    }

    #[inline(always)]
    fn inverse_power(exponent: Self) -> Self {
        f32::from_bits(254_u32.wrapping_sub(exponent.to_bits()) << 23)
    }

    #[inline(always)]
    fn sinh_tail<const FMA: bool>(z: Self) -> Self {
        polynomial::<FMA, 3>(z, &SINH_TAIL)
    }

    #[inline(always)]
    fn cosh_tail<const FMA: bool>(z: Self) -> Self {
        polynomial::<FMA, 2>(z, &COSH_TAIL)
    }

    #[inline(always)]
    fn artanh_tail<const FMA: bool>(z: Self) -> Self {
        polynomial::<FMA, 3>(z, &ARTANH_TAIL)
    }

    #[inline(always)]
    fn artanh_tail_wide<const FMA: bool>(z: Self) -> Self {
        polynomial::<FMA, 4>(z, &ARTANH_TAIL_WIDE)
    }
}
