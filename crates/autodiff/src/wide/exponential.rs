//! Exponentials, logarithms, powers, roots and hyperbolic functions: reduction of the argument and a series for the
//! exponential, one step of Newton's method from the `f64` function for the inverses, and the rest by these.

use super::Wide;
use num_traits::{FloatConst, One, Zero};

/// ln 2 as a sum of four `f64`.
const LN_2: [f64; 4] = [std::f64::consts::LN_2, 2.3190468138462996e-17, 5.707708438416212e-34, -3.5824322106018114e-50];

/// 1/k!, as sums of two `f64`; computed with 400 digits.
const INVERSE_FACTORIALS: [[f64; 2]; 29] = [
    [1.0, 0.0],
    [1.0, 0.0],
    [0.5, 0.0],
    [0.16666666666666666, 9.25185853854297e-18],
    [0.041666666666666664, 2.3129646346357427e-18],
    [0.008333333333333333, 1.1564823173178714e-19],
    [0.001388888888888889, -5.300543954373577e-20],
    [0.0001984126984126984, 1.7209558293420705e-22],
    [2.48015873015873e-05, 2.1511947866775882e-23],
    [2.7557319223985893e-06, -1.858393274046472e-22],
    [2.755731922398589e-07, 2.3767714622250297e-23],
    [2.505210838544172e-08, -1.448814070935912e-24],
    [2.08767569878681e-09, -1.20734505911326e-25],
    [1.6059043836821613e-10, 1.2585294588752098e-26],
    [1.1470745597729725e-11, 2.0655512752830745e-28],
    [7.647163731819816e-13, 7.03872877733453e-30],
    [4.779477332387385e-14, 4.399205485834081e-31],
    [2.8114572543455206e-15, 1.6508842730861433e-31],
    [1.5619206968586225e-16, 1.1910679660273754e-32],
    [8.22063524662433e-18, 2.2141894119604265e-34],
    [4.110317623312165e-19, 1.4412973378659527e-36],
    [1.9572941063391263e-20, -1.3643503830087908e-36],
    [8.896791392450574e-22, -7.911402614872376e-38],
    [3.868170170630684e-23, -8.843177655482344e-40],
    [1.6117375710961184e-24, -3.6846573564509766e-41],
    [6.446950284384474e-26, -1.9330404233703465e-42],
    [2.4795962632247976e-27, -1.2953730964765229e-43],
    [9.183689863795546e-29, 1.4303150396787322e-45],
    [3.279889237069838e-30, 1.5117542744029879e-46],
];

/// `Σ xʲ/(first + step·j)!` for the terms that the table has, up to `1/last!`.
pub(super) fn factorial_series(x: Wide, first: usize, step: usize, last: usize) -> Wide {
    let terms = INVERSE_FACTORIALS.iter().take(last + 1).skip(first).step_by(step);
    terms.rev().fold(Wide::zero(), |sum, &[hi, lo]| sum * x + Wide::new(hi, lo))
}

fn num(x: f64) -> Wide {
    Wide::from(x)
}

/// `eˣ − 1` for |x| ≤ 1: eight doublings of the argument, each `(1 + y)² − 1 = 2y + y²`.
fn small_exp_m1(x: Wide) -> Wide {
    let part = x.scaled(-8);
    let y = part * factorial_series(part, 1, 1, 13);
    (0..8).fold(y, |y, _| y.scaled(1) + y * y)
}

pub(super) fn exp(x: Wide) -> Wide {
    if x.hi.is_nan() || x.hi == 0.0 {
        return x + Wide::one();
    }
    if x.hi.is_infinite() || x.exponent > 50 {
        return if x.hi > 0.0 { num(f64::INFINITY) } else { Wide::zero() };
    }
    let k = (x.to_f64() / LN_2[0]).round();
    let rest = LN_2.iter().fold(x, |rest, &part| rest - num(part) * num(k));
    (small_exp_m1(rest) + Wide::one()).scaled(k as i64)
}

pub(super) fn exp2(x: Wide) -> Wide {
    power_of_two_times(x, Wide::zero())
}

pub(super) fn exp_m1(x: Wide) -> Wide {
    if x.hi == 0.0 {
        return x;
    }
    if x.hi.is_finite() && x.exponent < -1 { small_exp_m1(x) } else { exp(x) - Wide::one() }
}

/// The whole power of two in a number x > 0 and what it leaves, in [¾, 1½): the logarithms of both have one sign, but
/// where the power is 0.
fn split(x: Wide) -> (i64, Wide) {
    let significand = x.significand();
    if significand.hi >= 1.5 { (x.exponent + 1, significand.scaled(-1)) } else { (x.exponent, significand) }
}

/// `ln x` as a whole multiple of ln 2 and the rest; `None` where x is not a finite number above 0.
fn ln_parts(x: Wide) -> Option<(Wide, Wide)> {
    if x.hi.is_nan() || x.hi <= 0.0 || x.hi.is_infinite() {
        return None;
    }
    let (k, rest) = split(x);
    Some((num(k as f64), small_ln_1p(rest - Wide::one())))
}

pub(super) fn ln(x: Wide) -> Wide {
    ln_parts(x).map_or_else(|| num(x.hi.ln()), |(k, rest)| k * Wide::LN_2() + rest)
}

pub(super) fn log2(x: Wide) -> Wide {
    ln_parts(x).map_or_else(|| num(x.hi.ln()), |(k, rest)| k + rest * Wide::LOG2_E())
}

/// `ln(1 + x)` for x from −¼ to ½: one step of Newton's method for `e^y − 1 = x`.
fn small_ln_1p(x: Wide) -> Wide {
    if x.hi == 0.0 || x.exponent < -120 {
        return x;
    }
    let y = num(x.to_f64().ln_1p());
    let e = exp_m1(y);
    y + (x - e) / (e + Wide::one())
}

pub(super) fn ln_1p(x: Wide) -> Wide {
    if x >= num(-0.25) && x <= num(0.5) { small_ln_1p(x) } else { ln(x + Wide::one()) }
}

/// `2ˣ·e^more`.
fn power_of_two_times(x: Wide, more: Wide) -> Wide {
    let whole = x.to_f64().round();
    if !whole.is_finite() {
        return exp(x + more);
    }
    exp((x - num(whole)) * Wide::LN_2() + more).scaled(whole as i64)
}

pub(super) fn powi(x: Wide, n: i32) -> Wide {
    if n.unsigned_abs() > 1024 {
        return powf(x, num(n.into()));
    }
    let (mut power, mut square, mut bits) = (Wide::one(), x, n.unsigned_abs());
    while bits > 0 {
        if bits & 1 == 1 {
            power = power * square;
        }
        square = square * square;
        bits >>= 1;
    }
    if n < 0 { Wide::one() / power } else { power }
}

pub(super) fn powf(x: Wide, p: Wide) -> Wide {
    let whole = p.is_ordinary() && num_traits::Float::trunc(p) == p;
    if whole && p.exponent < 10 {
        return powi(x, p.to_f64() as i32);
    }
    if p.hi == 0.0 || x == Wide::one() {
        return Wide::one();
    }
    if x.hi.is_nan() || p.hi.is_nan() || x.hi < 0.0 && x.hi.is_finite() && !whole && p.hi.is_finite() {
        return num(f64::NAN);
    }
    let odd = whole && num_traits::Float::trunc(p.scaled(-1)) != p.scaled(-1);
    let size = num_traits::Float::abs(x);
    let power = match ln_parts(size) {
        Some((k, rest)) if p.hi.is_finite() => power_of_two_times(k * p, rest * p),
        _ if size == Wide::one() => Wide::one(),
        _ => {
            if (size > Wide::one()) == (p.hi > 0.0) {
                num(f64::INFINITY)
            } else {
                Wide::zero()
            }
        }
    };
    if odd && x.hi.is_sign_negative() { -power } else { power }
}

/// One step of Newton's method from the `f64` root.
pub(super) fn sqrt(x: Wide) -> Wide {
    if x.hi <= 0.0 || !x.is_ordinary() {
        return num(x.hi.sqrt());
    }
    let half = x.exponent.div_euclid(2);
    let x = x.scaled(-2 * half);
    let y = num(x.to_f64().sqrt());
    (y + (x - y * y) / y.scaled(1)).scaled(half)
}

/// One step of Newton's method from the `f64` root.
pub(super) fn cbrt(x: Wide) -> Wide {
    if !x.is_ordinary() {
        return x;
    }
    let third = x.exponent.div_euclid(3);
    let x = x.scaled(-3 * third);
    let y = num(x.to_f64().cbrt());
    (y + (x - y * y * y) / (y * y * num(3.0))).scaled(third)
}

/// `y` with the sign of `x`.
fn odd(x: Wide, y: Wide) -> Wide {
    if x.hi.is_sign_negative() { -y } else { y }
}

pub(super) fn sinh(x: Wide) -> Wide {
    let e = exp_m1(num_traits::Float::abs(x));
    if e.is_ordinary() { odd(x, (e + e / (e + Wide::one())).scaled(-1)) } else { odd(x, e) }
}

pub(super) fn cosh(x: Wide) -> Wide {
    (exp(x) + exp(-x)).scaled(-1)
}

pub(super) fn tanh(x: Wide) -> Wide {
    let e = exp_m1(-num_traits::Float::abs(x).scaled(1));
    odd(x, -e / (e + num(2.0)))
}

pub(super) fn asinh(x: Wide) -> Wide {
    let size = num_traits::Float::abs(x);
    if size.exponent > 60 {
        return odd(x, ln(size) + Wide::LN_2());
    }
    let square = size * size;
    odd(x, ln_1p(size + square / (Wide::one() + sqrt(Wide::one() + square))))
}

pub(super) fn acosh(x: Wide) -> Wide {
    if x.exponent > 60 {
        return ln(x) + Wide::LN_2();
    }
    let rest = x - Wide::one();
    ln_1p(rest + sqrt(rest.scaled(1) + rest * rest))
}

pub(super) fn atanh(x: Wide) -> Wide {
    let size = num_traits::Float::abs(x);
    odd(x, ln_1p(size.scaled(1) / (Wide::one() - size)).scaled(-1))
}

/// No square over- or underflows here.
pub(super) fn hypot(a: Wide, b: Wide) -> Wide {
    if a.hi.is_infinite() || b.hi.is_infinite() { num(f64::INFINITY) } else { sqrt(a * a + b * b) }
}
