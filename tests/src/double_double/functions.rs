//! The elementary functions: argument reduction and a series for the exponential and the sine, Newton's method from the
//! `f64` function for their inverses, and the rest by these.

use super::{DoubleDouble, exponent};
use num_traits::{Float, FloatConst, One, Zero};

/// π/2 as a sum of four `f64`, so that arguments up to 2⁵³ are reduced without loss.
const HALF_PI: [f64; 4] =
    [std::f64::consts::FRAC_PI_2, 6.123233995736766e-17, -1.4973849048591698e-33, 5.562271104316826e-50];

/// ln 2 as a sum of three.
const LN_2: [f64; 3] = [std::f64::consts::LN_2, 2.3190468138462996e-17, 5.707708438416212e-34];

/// `x` less the whole multiple `k` of a number given in parts.
fn reduced(x: DoubleDouble, k: f64, parts: &[f64]) -> DoubleDouble {
    parts.iter().fold(x, |rest, &part| rest - num(part) * num(k))
}

fn num(x: f64) -> DoubleDouble {
    DoubleDouble::from(x)
}

/// `Σ_{k≥first} xᵏ/k!`, of every `step`th term, the signs alternating by `sign`; for |x| < 1.
fn series(x: DoubleDouble, first: u32, step: u32, sign: f64) -> DoubleDouble {
    let mut term = (1..=first).fold(DoubleDouble::one(), |term, k| term * x / num(k.into()));
    let mut terms = vec![term];
    let mut k = first;
    while term.hi().abs() > terms[0].hi().abs() * 1e-35 {
        for _ in 0..step {
            k += 1;
            term = term * x / num(k.into());
        }
        term = term * num(sign);
        terms.push(term);
    }
    // Smallest first.
    terms.into_iter().rev().fold(DoubleDouble::zero(), |sum, term| sum + term)
}

/// `eˣ − 1` for |x| < 0.4: eight doublings of the argument, each `(1 + y)² − 1 = 2y + y²`.
fn small_exp_m1(x: DoubleDouble) -> DoubleDouble {
    let y = series(x.scaled(-8), 1, 1, 1.0);
    (0..8).fold(y, |y, _| y.scaled(1) + y * y)
}

pub(super) fn exp(x: DoubleDouble) -> DoubleDouble {
    if x.hi.is_nan() || x.hi > 710.0 || x.hi < -760.0 {
        return num(x.hi.exp());
    }
    let k = (x.hi / std::f64::consts::LN_2).round();
    let y = small_exp_m1(reduced(x, k, &LN_2));
    (y + DoubleDouble::one()).scaled(k as i32)
}

pub(super) fn exp_m1(x: DoubleDouble) -> DoubleDouble {
    if x.hi.abs() < 0.4 && x.hi != 0.0 {
        return small_exp_m1(x);
    }
    if x.hi == 0.0 { x } else { exp(x) - DoubleDouble::one() }
}

/// One step of Newton's method for `e^y − 1 = x`, from the `f64` logarithm.
pub(super) fn ln_1p(x: DoubleDouble) -> DoubleDouble {
    if x.hi == 0.0 {
        return x;
    }
    if x.hi.is_nan() || x.hi < -0.4 || x.hi >= 0.5 {
        return ln(x + DoubleDouble::one());
    }
    let y = num(x.hi.ln_1p());
    let e = exp_m1(y);
    y + (x - e) / (e + DoubleDouble::one())
}

pub(super) fn ln(x: DoubleDouble) -> DoubleDouble {
    if x.hi.is_nan() || x.hi <= 0.0 || x.hi.is_infinite() {
        return num(x.hi.ln());
    }
    // m·2ᵏ with m in [¾, 1½), so that both parts have one sign but where k is 0.
    let mut k = exponent(x.hi);
    let mut m = x.scaled(-k);
    // A subnormal has its leading bit further down.
    let more = exponent(m.hi);
    (k, m) = (k + more, m.scaled(-more));
    if m.hi >= 1.5 {
        (k, m) = (k + 1, m.scaled(-1));
    }
    ln_1p(m - DoubleDouble::one()) + DoubleDouble::LN_2() * num(k.into())
}

/// Sine and cosine, after reduction to [−π/4, π/4].
pub(super) fn sin_cos(x: DoubleDouble) -> (DoubleDouble, DoubleDouble) {
    if !x.hi.is_finite() {
        return (num(f64::NAN), num(f64::NAN));
    }
    let k = (x.hi / HALF_PI[0]).round();
    let r = reduced(x, k, &HALF_PI);
    let (sin, cos) = (if r.hi == 0.0 { r } else { series(r, 1, 2, -1.0) }, series(r, 0, 2, -1.0));
    match k.rem_euclid(4.0) as i32 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// `atan x = y + atan((x cos y − sin y)/(cos y + x sin y))` with y from `f64`: what is left is its own arctangent.
pub(super) fn atan(x: DoubleDouble) -> DoubleDouble {
    if x.hi.is_infinite() {
        return if x.hi > 0.0 { DoubleDouble::FRAC_PI_2() } else { -DoubleDouble::FRAC_PI_2() };
    }
    if x.hi.abs() > 1.0 {
        let rest = atan(DoubleDouble::one() / x);
        return if x.hi > 0.0 { DoubleDouble::FRAC_PI_2() - rest } else { -DoubleDouble::FRAC_PI_2() - rest };
    }
    if x.hi == 0.0 || x.hi.is_nan() {
        return x;
    }
    let y = num(x.hi.atan());
    let (sin, cos) = sin_cos(y);
    y + (x * cos - sin) / (cos + x * sin)
}

pub(super) fn atan2(y: DoubleDouble, x: DoubleDouble) -> DoubleDouble {
    if y.hi == 0.0 || x.hi == 0.0 || !y.hi.is_finite() || !x.hi.is_finite() {
        let quarters = y.hi.atan2(x.hi) / std::f64::consts::FRAC_PI_4;
        return if quarters == 0.0 || quarters.is_nan() {
            num(y.hi.atan2(x.hi))
        } else {
            DoubleDouble::FRAC_PI_4() * num(quarters.round())
        };
    }
    let quotient = atan(y / x);
    match (x.hi > 0.0, y.hi > 0.0) {
        (true, _) => quotient,
        (false, true) => quotient + DoubleDouble::PI(),
        (false, false) => quotient - DoubleDouble::PI(),
    }
}

pub(super) fn asin(x: DoubleDouble) -> DoubleDouble {
    atan2(x, ((DoubleDouble::one() - x) * (DoubleDouble::one() + x)).sqrt())
}

pub(super) fn acos(x: DoubleDouble) -> DoubleDouble {
    atan2(((DoubleDouble::one() - x) * (DoubleDouble::one() + x)).sqrt(), x)
}

/// `(eˣ − 1)/2`, of an argument whose exponential may overflow although its half doesn't.
fn half_exp_m1(x: DoubleDouble) -> DoubleDouble {
    if x.hi > 100.0 { exp(x - DoubleDouble::LN_2()) } else { exp_m1(x).scaled(-1) }
}

pub(super) fn sinh(x: DoubleDouble) -> DoubleDouble {
    if x.hi == 0.0 {
        return x;
    }
    let e = half_exp_m1(x.abs());
    let y = if x.hi.abs() > 100.0 { e } else { e + e / (e.scaled(1) + DoubleDouble::one()) };
    if x.hi < 0.0 { -y } else { y }
}

pub(super) fn cosh(x: DoubleDouble) -> DoubleDouble {
    let a = x.abs();
    if a.hi > 100.0 { half_exp_m1(a) } else { (exp(a) + exp(-a)).scaled(-1) }
}

pub(super) fn tanh(x: DoubleDouble) -> DoubleDouble {
    if x.hi == 0.0 {
        return x;
    }
    let e = exp_m1(-x.abs().scaled(1));
    let y = -e / (e + num(2.0));
    if x.hi < 0.0 { -y } else { y }
}

pub(super) fn asinh(x: DoubleDouble) -> DoubleDouble {
    let a = x.abs();
    let y = if a.hi > 1e20 {
        ln(a) + DoubleDouble::LN_2()
    } else {
        let square = a * a;
        ln_1p(a + square / (DoubleDouble::one() + (DoubleDouble::one() + square).sqrt()))
    };
    if x.hi.is_sign_negative() { -y } else { y }
}

pub(super) fn acosh(x: DoubleDouble) -> DoubleDouble {
    if x.hi > 1e20 {
        return ln(x) + DoubleDouble::LN_2();
    }
    let t = x - DoubleDouble::one();
    ln_1p(t + (t.scaled(1) + t * t).sqrt())
}

pub(super) fn atanh(x: DoubleDouble) -> DoubleDouble {
    if x.hi == 0.0 {
        return x;
    }
    let y = ln_1p(x.abs().scaled(1) / (DoubleDouble::one() - x.abs())).scaled(-1);
    if x.hi < 0.0 { -y } else { y }
}

/// One step of Newton's method from the `f64` root.
pub(super) fn sqrt(x: DoubleDouble) -> DoubleDouble {
    if x.hi.is_nan() || x.hi <= 0.0 || x.hi.is_infinite() {
        return num(x.hi.sqrt());
    }
    let k = exponent(x.hi) / 2;
    let x = x.scaled(-2 * k);
    let y = num(x.hi.sqrt());
    (y + (x - y * y) / y.scaled(1)).scaled(k)
}

/// One step of Newton's method from the `f64` root.
pub(super) fn cbrt(x: DoubleDouble) -> DoubleDouble {
    if x.hi == 0.0 || !x.hi.is_finite() {
        return num(x.hi.cbrt());
    }
    let k = exponent(x.hi) / 3;
    let x = x.scaled(-3 * k);
    let y = num(x.hi.cbrt());
    (y + (x - y * y * y) / (y * y * num(3.0))).scaled(k)
}

pub(super) fn powi(x: DoubleDouble, n: i32) -> DoubleDouble {
    let (mut power, mut square, mut bits) = (DoubleDouble::one(), x, n.unsigned_abs());
    while bits > 0 {
        if bits & 1 == 1 {
            power = power * square;
        }
        square = square * square;
        bits >>= 1;
    }
    if n < 0 { power.recip() } else { power }
}

pub(super) fn powf(x: DoubleDouble, p: DoubleDouble) -> DoubleDouble {
    let whole = p.lo == 0.0 && p.hi.fract() == 0.0;
    if whole && p.hi.abs() < 1024.0 && x.hi.is_finite() && x.hi != 0.0 {
        return powi(x, p.hi as i32);
    }
    if x.hi <= 0.0 || !x.hi.is_finite() || !p.hi.is_finite() || p.hi == 0.0 {
        return num(x.hi.powf(p.hi));
    }
    exp(ln(x) * p)
}

/// By the larger one, so that no square overflows.
pub(super) fn hypot(a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let (a, b) = (a.abs(), b.abs());
    if a.hi.is_infinite() || b.hi.is_infinite() {
        return num(f64::INFINITY);
    }
    let (large, small) = if a < b { (b, a) } else { (a, b) };
    if large.hi == 0.0 || large.hi.is_nan() || small.hi.is_nan() {
        return num(large.hi + small.hi);
    }
    let ratio = small / large;
    large * (DoubleDouble::one() + ratio * ratio).sqrt()
}
