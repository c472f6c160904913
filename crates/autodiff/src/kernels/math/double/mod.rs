//! The elementary functions in `f64`, one family per file.
//!
//! The measured errors are maxima, with and without `FMA`, over 1.4 million random arguments a function against MPFR
//! with 160 bits: uniform over the working range, over all binades, and next to zeros, overflow and underflow. They are
//! rounded up to a tenth; no bound is proved.

pub(crate) mod erf;
pub(crate) mod exp;
pub(crate) mod hyperbolic;
pub(crate) mod log;
pub(crate) mod logistic;
pub(crate) mod trig;

/// `ln 2` to 41 bits: its product with an integer below 2¹² is exact.
const LN_2_HIGH: f64 = 0.6931471805601177;
/// `ln 2 −` [`LN_2_HIGH`].
const LN_2_LOW: f64 = -1.7239444525614835e-13;

/// `1.5·2⁵²`: adding it rounds a number below 2⁵¹ to an integer and leaves that integer, in two's complement, in the
/// low bits of the sum. This takes the place of a conversion to integer and back.
const ROUNDER: f64 = 6755399441055744.0;

/// `a·b + c`; one instruction with `FMA`, two otherwise (never a library call).
#[inline(always)]
pub(crate) fn madd<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The power of two whose biased exponent is in the low 12 bits of `biased`, a sum with [`ROUNDER`].
#[inline(always)]
fn power_of_two(biased: f64) -> f64 {
    f64::from_bits(biased.to_bits() << 52)
}

/// `Σ coefficients[i]·zⁱ` for two or more coefficients, as two Horner chains in `z²`, which halves the latency.
#[inline(always)]
fn polynomial<const FMA: bool, const N: usize>(z: f64, coefficients: &[f64; N]) -> f64 {
    let w = z * z;
    let mut upper = coefficients[N - 1];
    let mut lower = coefficients[N - 2];
    let mut i = N - 2;
    while i >= 2 {
        upper = madd::<FMA>(upper, w, coefficients[i - 1]);
        lower = madd::<FMA>(lower, w, coefficients[i - 2]);
        i -= 2;
    }
    if i == 1 {
        upper = madd::<FMA>(upper, w, coefficients[0]);
        madd::<FMA>(lower, z, upper)
    } else {
        madd::<FMA>(upper, z, lower)
    }
}
