//! Exponential and logarithm on the ranges that the losses need; interpolation polynomials at Chebyshev nodes.

use std::f64::consts::LOG2_E;

/// Adding it rounds to an integer, which is left in the low bits.
const ROUNDER_F64: f64 = 6755399441055744.0;
const ROUNDER_F32: f32 = 12582912.0;

/// `eˣ`; 0 below −708.
#[inline(always)]
pub(super) fn exp_of_negative_f64(x: f64) -> f64 {
    let [power, rest] = power_and_rest_f64(x);
    let e = power * rest + power;
    if x < -708.0 { 0.0 } else { e }
}

/// `eˣ − 1`
#[inline(always)]
pub(super) fn exp_m1_of_negative_f64(x: f64) -> f64 {
    let [power, rest] = power_and_rest_f64(x);
    power.mul_add(rest, power - 1.0)
}

/// `2ⁿ` and `e^r − 1 = r + r²·q(r)` of `eˣ = 2ⁿ·e^r`, |r| ≤ ½ ln 2.
#[inline(always)]
fn power_and_rest_f64(x: f64) -> [f64; 2] {
    const Q: [f64; 10] = [
        0.5000000000000001,
        0.16666666666666669,
        0.04166666666662413,
        0.008333333333330062,
        0.0013888888917213717,
        0.00019841269863053618,
        2.4801521295954376e-05,
        2.7557268459997064e-06,
        2.7620088445409746e-07,
        2.510038549551032e-08,
    ];
    let clamped = if x < -708.0 { -708.0 } else { x };
    let biased = clamped.mul_add(LOG2_E, ROUNDER_F64);
    let n = biased - ROUNDER_F64;
    let r = n.mul_add(-std::f64::consts::LN_2, clamped);
    let r = n.mul_add(-2.3190468138462996e-17, r);
    let power = f64::from_bits((biased.to_bits() << 52).wrapping_add(1023 << 52));
    [power, (r * r).mul_add(horner(r, &Q), r)]
}

#[inline(always)]
pub(super) fn exp_of_negative_f32(x: f32) -> f32 {
    let [power, rest] = power_and_rest_f32(x);
    let e = power * rest + power;
    if x < -87.0 { 0.0 } else { e }
}

#[inline(always)]
pub(super) fn exp_m1_of_negative_f32(x: f32) -> f32 {
    let [power, rest] = power_and_rest_f32(x);
    power.mul_add(rest, power - 1.0)
}

#[inline(always)]
fn power_and_rest_f32(x: f32) -> [f32; 2] {
    const Q: [f32; 5] = [0.5, 0.16666667, 0.041666668, 0.008333334, 0.001388889];
    let clamped = if x < -87.0 { -87.0 } else { x };
    let biased = clamped.mul_add(std::f32::consts::LOG2_E, ROUNDER_F32);
    let n = biased - ROUNDER_F32;
    let r = n.mul_add(-0.693_359_4, clamped);
    let r = n.mul_add(0.000_212_194_4, r);
    let power = f32::from_bits((biased.to_bits() << 23).wrapping_add(127 << 23));
    let mut q = Q[4];
    for &c in Q[..4].iter().rev() {
        q = q.mul_add(r, c);
    }
    [power, (r * r).mul_add(q, r)]
}

/// `ln(1 + t) = 2·artanh(u) = 2u + 2u³·g(u²)`, `u = t/(2 + t)`.
#[inline(always)]
pub(super) fn ln_1p_of_unit_f64(t: f64) -> f64 {
    const G: [f64; 9] = [
        0.33333333333333487,
        0.19999999999780063,
        0.14285714338330496,
        0.11111106278964857,
        0.09091130554209872,
        0.07686637438179002,
        0.0675117123587855,
        0.05161334635249541,
        0.08435350330548605,
    ];
    let u = t / (2.0 + t);
    let w = u * u;
    let twice = u + u;
    (twice * w).mul_add(horner(w, &G), twice)
}

#[inline(always)]
pub(super) fn ln_1p_of_unit_f32(t: f32) -> f32 {
    const G: [f32; 4] = [0.333_333_2, 0.200_037_8, 0.141_183_1, 0.134_257_5];
    let u = t / (2.0 + t);
    let w = u * u;
    let twice = u + u;
    let g = G[3].mul_add(w, G[2]).mul_add(w, G[1]).mul_add(w, G[0]);
    (twice * w).mul_add(g, twice)
}

/// `ln x = ln m + n·ln 2`, `x = m·2ⁿ`, m in [1, 2).
#[inline(always)]
pub(super) fn ln_from_one_f64(x: f64) -> f64 {
    let bits = x.to_bits();
    let n = f64::from_bits((bits >> 52) | (1075 << 52)) - (4503599627370496.0 + 1023.0);
    let m = f64::from_bits(bits & ((1 << 52) - 1) | (1023 << 52));
    n.mul_add(std::f64::consts::LN_2, ln_1p_of_unit_f64(m - 1.0))
}

#[inline(always)]
pub(super) fn ln_from_one_f32(x: f32) -> f32 {
    let bits = x.to_bits();
    let n = f32::from_bits((bits >> 23) | (150 << 23)) - (8388608.0 + 127.0);
    let m = f32::from_bits(bits & ((1 << 23) - 1) | (127 << 23));
    n.mul_add(std::f32::consts::LN_2, ln_1p_of_unit_f32(m - 1.0))
}

/// A polynomial as two chains in x², which halves the latency.
#[inline(always)]
fn horner<const N: usize>(x: f64, coefficients: &[f64; N]) -> f64 {
    let w = x * x;
    let (mut even, mut odd) = (0.0, 0.0);
    let mut i = N;
    while i > 0 {
        i -= 1;
        if i.is_multiple_of(2) {
            even = w.mul_add(even, coefficients[i]);
        } else {
            odd = w.mul_add(odd, coefficients[i]);
        }
    }
    odd.mul_add(x, even)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elementary_functions_are_right_to_a_few_ulp() {
        for k in 0..=70_000 {
            let x = -f64::from(k) / 100.0;
            assert!((exp_of_negative_f64(x) - x.exp()).abs() <= 1e-15 * x.exp(), "{x}");
            let single = x as f32 / 10.0;
            assert!((exp_of_negative_f32(single) - single.exp()).abs() <= 5e-7 * single.exp(), "{single}");
            assert!((exp_m1_of_negative_f64(x) - x.exp_m1()).abs() <= 1e-15 * x.exp_m1().abs(), "{x}");
            assert!(
                (exp_m1_of_negative_f32(single) - single.exp_m1()).abs() <= 5e-7 * single.exp_m1().abs(),
                "{single}"
            );
            let t = f64::from(k) / 70_000.0;
            assert!((ln_1p_of_unit_f64(t) - t.ln_1p()).abs() <= 1e-15 * t.ln_1p(), "{t}");
            assert!((ln_1p_of_unit_f32(t as f32) - (t as f32).ln_1p()).abs() <= 5e-7 * t as f32, "{t}");
            let above = 1.0 + f64::from(k) / 1000.0;
            assert!((ln_from_one_f64(above) - above.ln()).abs() <= 1e-15 * above.ln(), "{above}");
            let single = above as f32;
            assert!((ln_from_one_f32(single) - single.ln()).abs() <= 5e-7 * single.ln(), "{single}");
        }
    }
}
