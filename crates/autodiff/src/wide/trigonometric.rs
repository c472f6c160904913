//! Circular functions and their inverses.
//!
//! Arguments are reduced by 320 and more binary places of 2/π (Payne and Hanek, Radian reduction for trigonometric
//! functions, 1983), so that nothing is lost up to 2¹⁰²⁴, next to the multiples of π either. Beyond, they are NaN.

use super::exponential::{factorial_series, sqrt};
use super::{Wide, power_of_two};
use num_traits::{Float, FloatConst, One};

/// 2/π: 64 binary places a word, the first ones first.
const TWO_OVER_PI: [u64; 22] = [
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
    0xf0cfbc209af4361d,
    0xa9e391615ee61b08,
    0x6599855f14a06840,
];

/// The words of 2/π that are multiplied at a time, and those of the product, the last ones first.
const WINDOW: usize = 7;
type Product = [u64; WINDOW + 2];

/// Binary places of a significand.
const PLACES: i64 = 125;

/// The quarter turn nearest to x (modulo 4), and x less it, in [−π/4, π/4]; `None` from 2¹⁰²⁴ on.
fn reduced(x: Wide) -> Option<(u64, Wide)> {
    if !x.hi.is_finite() || x.exponent >= 1024 {
        return None;
    }
    if x.to_f64().abs() <= std::f64::consts::FRAC_PI_4 {
        return Some((0, x));
    }
    // Words whose multiples are whole turns are left out.
    let first = (x.exponent - PLACES - 1).max(0) as usize / 64;
    let mut product = times_significand(x.abs(), first);
    let places = (64 * (first + WINDOW)) as i64 + PLACES - x.exponent;
    let bit = |product: &Product, place: i64| product[place as usize / 64] >> (place % 64) & 1;
    let mut quarter = bit(&product, places) + 2 * bit(&product, places + 1);
    let above_half = bit(&product, places - 1) == 1;
    if above_half {
        quarter += 1;
        negate(&mut product);
    }
    let rest = fraction(&product, places) * Wide::FRAC_PI_2();
    let rest = if above_half { -rest } else { rest };
    Some(if x.hi < 0.0 { ((8 - quarter) % 4, -rest) } else { (quarter % 4, rest) })
}

/// The significand as a whole number, times the window of 2/π from word `first` on.
fn times_significand(x: Wide, first: usize) -> Product {
    let head = (x.hi * power_of_two(52)) as i128;
    let significand = ((head << (PLACES - 52)) + (x.lo * power_of_two(PLACES)) as i128) as u128;
    let mut product: Product = [0; WINDOW + 2];
    for (place, &word) in TWO_OVER_PI.iter().skip(first).take(WINDOW).rev().enumerate() {
        let mut carry = 0;
        for (step, part) in [significand as u64, (significand >> 64) as u64].into_iter().enumerate() {
            let sum = u128::from(part) * u128::from(word) + u128::from(product[place + step]) + carry;
            product[place + step] = sum as u64;
            carry = sum >> 64;
        }
        product[place + 2] = carry as u64;
    }
    product
}

/// Two's complement.
fn negate(product: &mut Product) {
    let mut carry = true;
    for word in product {
        (*word, carry) = (!*word).overflowing_add(carry.into());
    }
}

/// The last `places` binary places as a fraction.
fn fraction(product: &Product, places: i64) -> Wide {
    let halves = product.iter().flat_map(|&word| [word & 0xffff_ffff, word >> 32]).enumerate();
    halves.fold(Wide::from(0.0), |sum, (index, half)| {
        let from = 32 * index as i64;
        let kept = match places - from {
            left if left >= 32 => half,
            left if left > 0 => half & ((1 << left) - 1),
            _ => 0,
        };
        sum + Wide::from(kept as f64).scaled(from - places)
    })
}

pub(super) fn sin_cos(x: Wide) -> (Wide, Wide) {
    let Some((quarter, rest)) = reduced(x) else { return (Wide::nan(), Wide::nan()) };
    let square = -(rest * rest);
    let sin = if rest.hi == 0.0 { rest } else { rest * factorial_series(square, 1, 2, 27) };
    let cos = factorial_series(square, 0, 2, 28);
    match quarter {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// `atan x = y + atan((x cos y − sin y)/(cos y + x sin y))` with y from `f64`: what is left is its own arctangent.
pub(super) fn atan(x: Wide) -> Wide {
    if x.hi == 0.0 || x.hi.is_nan() || x.hi.is_finite() && x.exponent < -60 {
        return x;
    }
    let quarter_turn = Wide::FRAC_PI_2().copysign(x);
    if x.hi.is_infinite() {
        return quarter_turn;
    }
    if x.abs() > Wide::one() {
        return quarter_turn - atan(Wide::one() / x);
    }
    let y = Wide::from(x.to_f64().atan());
    let (sin, cos) = sin_cos(y);
    y + (x * cos - sin) / (cos + x * sin)
}

pub(super) fn atan2(y: Wide, x: Wide) -> Wide {
    if !y.is_ordinary() || !x.is_ordinary() {
        // The significands have the signs, and with a 0 or an infinity the angle is a multiple of π/4.
        let angle = y.hi.atan2(x.hi);
        let eighths = (angle / std::f64::consts::FRAC_PI_4).round();
        let is_axis = eighths == 0.0 || eighths.is_nan();
        return if is_axis { Wide::from(angle * 0.0) } else { Wide::FRAC_PI_4() * Wide::from(eighths) };
    }
    let angle = atan(y / x);
    if x.hi > 0.0 { angle } else { angle + Wide::PI().copysign(y) }
}

pub(super) fn asin(x: Wide) -> Wide {
    atan2(x, sqrt((Wide::one() - x) * (Wide::one() + x)))
}

pub(super) fn acos(x: Wide) -> Wide {
    atan2(sqrt((Wide::one() - x) * (Wide::one() + x)), x)
}
