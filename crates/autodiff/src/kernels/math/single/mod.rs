//! The elementary functions in `f32`, one family per file: the methods of [`super::double`] with shorter polynomials.
//!
//! The measured errors are maxima, with and without `FMA`, over 33 million bit patterns, evenly spread, against
//! `f64`, rounded up to a tenth; no bound is proved.

pub(crate) mod erf;
pub(crate) mod exp;
pub(crate) mod hyperbolic;
pub(crate) mod log;
pub(crate) mod logistic;
pub(crate) mod trig;

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

/// The power of two whose biased exponent is in the low 9 bits of `biased`, a sum with [`ROUNDER`].
#[inline(always)]
fn power_of_two(biased: f32) -> f32 {
    f32::from_bits(biased.to_bits() << 23)
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
