//! What differs between `f64` and `f32` in the elementary functions: each function is one text over it.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A binary format of numbers: its bounds, its bits, and polynomials as long as its precision asks for.
pub(crate) trait Format:
    Copy
    + PartialOrd
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    const ZERO: Self;
    const HALF: Self;
    const ONE: Self;
    const TWO: Self;
    const SIXTY_FOUR: Self;
    const TWO_TO_MINUS_64: Self;
    const INFINITY: Self;
    const NAN: Self;
    const MIN_POSITIVE: Self;
    /// The bias of the exponent.
    const BIAS: Self;
    /// Adding it rounds a number to an integer and leaves that integer in the low bits of the sum.
    const ROUNDER: Self;
    const LOG2_E: Self;
    /// `ln 2` in as many bits as keep its product with an exponent exact, and what is left of it.
    const LN_2_HIGH: Self;
    const LN_2_LOW: Self;
    /// From here on eˣ is infinite; from here down it is 0; from here down 1 − eˣ is 1.
    const EXP_OVERFLOWS: Self;
    const EXP_UNDERFLOWS: Self;
    const EXP_IS_LOST_IN_ONE: Self;
    /// From here on sinh and cosh are infinite.
    const SINH_OVERFLOWS: Self;
    /// A k from which on 1 + 2⁻²ᵏ is 1.
    const POWER_IS_LOST_IN_ONE: Self;
    /// What [`split`](Self::split) adds to an exponent.
    const EXPONENT_OFFSET: Self;
    /// A power of two beyond the digits of a number, and its exponent.
    const BEYOND_DIGITS: Self;
    const BEYOND_DIGITS_EXPONENT: Self;

    /// The number in `f64`, without rounding, and one in `f64` rounded to this format.
    fn to_double(self) -> f64;
    fn of_double(x: f64) -> Self;

    /// `a·b + c`; one instruction with `FMA`, two otherwise (never a library call).
    fn madd<const FMA: bool>(a: Self, b: Self, c: Self) -> Self;

    fn abs(self) -> Self;

    fn copysign(self, sign: Self) -> Self;

    /// The power of two whose biased exponent is in the low bits of `biased`, a sum with [`ROUNDER`](Self::ROUNDER).
    fn power_of_two(biased: Self) -> Self;

    /// The same as a product of two, for exponents that one power doesn't span; with twice the bias.
    fn halves_of_power(biased: Self) -> [Self; 2];

    /// `x = 2ᵉ·m` with `m` in `[√½, √2)`, for positive normal `x`: e with [`EXPONENT_OFFSET`](Self::EXPONENT_OFFSET), and m.
    ///
    /// Adding the distance from √½ to 1 to the bits lets the exponent step at √½ instead of at 1.
    fn split(x: Self) -> (Self, Self);

    /// `2⁻ᵉ` of an exponent that [`split`](Self::split) gave, by the subtraction of biased exponents.
    fn inverse_power(exponent: Self) -> Self;

    /// `(sinh r − r)/r³` of `z = r²`, for `|r| ≤ ln 2 / 2`.
    fn sinh_tail<const FMA: bool>(z: Self) -> Self;

    /// `(cosh r − 1 − r²/2)/r⁴` of `z = r²`, for `|r| ≤ ln 2 / 2`.
    fn cosh_tail<const FMA: bool>(z: Self) -> Self;

    /// `(2·artanh s − 2s)/s³` of `z = s²`, for `s ≤ (√2 − 1)/(√2 + 1)`.
    fn artanh_tail<const FMA: bool>(z: Self) -> Self;

    /// The same for `s ≤ 1/3`.
    fn artanh_tail_wide<const FMA: bool>(z: Self) -> Self;
}
