//! A scalar that rounds at random: each result is moved by up to one unit in the last place, and
//! a sum that is zero has either sign. The spread of a few
//! evaluations shows how far the rounding of `f64` may carry a value: what is stable must come out the same by any order of
//! summation, and what is not can't be compared (Parker, *Monte Carlo Arithmetic*, 1997).

use num_traits::{Float, FloatConst, Num, NumCast, One, ToPrimitive, Zero};
use std::cell::Cell;
use std::fmt;
use std::num::FpCategory;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// An `f64` whose operations round at random.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Stochastic(pub f64);

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(1) };
    static IS_EXTREME: Cell<bool> = const { Cell::new(false) };
    static MET_INFINITY: Cell<bool> = const { Cell::new(false) };
}

/// Restarts this thread's sequence of random roundings.
pub fn seed(seed: u64) {
    STATE.set(seed | 1);
    IS_EXTREME.set(false);
    MET_INFINITY.set(false);
}

/// Whether a result since the last [`seed`] was so large or so small that its square overflows or is lost: then the order
/// of factors decides what is left.
pub fn is_extreme() -> bool {
    IS_EXTREME.get()
}

fn random() -> u64 {
    // xorshift64
    let mut state = STATE.get();
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    STATE.set(state);
    state
}

/// Whether a result since the last [`seed`] was infinite: then the order of terms decides between ∞ and NaN.
pub fn met_infinity() -> bool {
    MET_INFINITY.get()
}

/// `x`, or one of the numbers beside it.
fn jitter(x: f64) -> Stochastic {
    if x == 0.0 || !x.is_finite() {
        if x.is_infinite() {
            MET_INFINITY.set(true);
        }
        return Stochastic(x);
    }
    if !(1e-150..1e150).contains(&x.abs()) {
        IS_EXTREME.set(true);
    }
    Stochastic(match random() % 3 {
        0 => x.next_up(),
        1 => x.next_down(),
        _ => x,
    })
}

/// A sum: where it is zero, of either sign, which the order of the terms decides.
fn sum(x: f64) -> Stochastic {
    if x == 0.0 && random().is_multiple_of(2) { Stochastic(-x) } else { jitter(x) }
}

macro_rules! operators {
    ($($trait:ident, $method:ident, $rounded:ident;)*) => {
        $(
            impl $trait for Stochastic {
                type Output = Self;
                fn $method(self, other: Self) -> Self {
                    $rounded(self.0.$method(other.0))
                }
            }
        )*
    };
}

operators! {
    Add, add, sum;
    Sub, sub, sum;
    Mul, mul, jitter;
    Div, div, jitter;
    Rem, rem, jitter;
}

impl Neg for Stochastic {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl fmt::Display for Stochastic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Zero for Stochastic {
    fn zero() -> Self {
        Self(0.0)
    }
    fn is_zero(&self) -> bool {
        self.0 == 0.0
    }
}

impl One for Stochastic {
    fn one() -> Self {
        Self(1.0)
    }
}

impl Num for Stochastic {
    type FromStrRadixErr = num_traits::ParseFloatError;
    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        f64::from_str_radix(text, radix).map(Self)
    }
}

impl ToPrimitive for Stochastic {
    fn to_i64(&self) -> Option<i64> {
        self.0.to_i64()
    }
    fn to_u64(&self) -> Option<u64> {
        self.0.to_u64()
    }
    fn to_f64(&self) -> Option<f64> {
        Some(self.0)
    }
}

impl NumCast for Stochastic {
    fn from<N: ToPrimitive>(n: N) -> Option<Self> {
        n.to_f64().map(Self)
    }
}

macro_rules! constants {
    ($($name:ident),*) => {
        impl FloatConst for Stochastic {
            $(
                fn $name() -> Self {
                    Self(f64::$name())
                }
            )*
        }
    };
}

constants! {
    E, FRAC_1_PI, FRAC_1_SQRT_2, FRAC_2_PI, FRAC_2_SQRT_PI, FRAC_PI_2, FRAC_PI_3, FRAC_PI_4, FRAC_PI_6, FRAC_PI_8, LN_10, LN_2,
    LOG10_E, LOG2_E, PI, SQRT_2
}

macro_rules! methods {
    (rounded: $($rounded:ident),*; exact: $($exact:ident),*; pairs: $($pair:ident),*; tests: $($test:ident),*; constants: $($constant:ident),*;) => {
        $(
            fn $rounded(self) -> Self {
                jitter(self.0.$rounded())
            }
        )*
        $(
            fn $exact(self) -> Self {
                Self(self.0.$exact())
            }
        )*
        $(
            fn $pair(self, other: Self) -> Self {
                jitter(self.0.$pair(other.0))
            }
        )*
        $(
            fn $test(self) -> bool {
                self.0.$test()
            }
        )*
        $(
            fn $constant() -> Self {
                Self(<f64 as Float>::$constant())
            }
        )*
    };
}

impl Float for Stochastic {
    methods! {
        rounded: recip, sqrt, cbrt, exp, exp2, exp_m1, ln, ln_1p, log2, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh,
            acosh, atanh, fract;
        exact: floor, ceil, round, trunc, abs, signum;
        pairs: powf, log, hypot, atan2;
        tests: is_nan, is_infinite, is_finite, is_normal, is_sign_positive, is_sign_negative;
        constants: nan, infinity, neg_infinity, neg_zero, min_value, max_value, min_positive_value, epsilon;
    }
    fn sin_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }
    fn powi(self, n: i32) -> Self {
        jitter(self.0.powi(n))
    }
    fn mul_add(self, a: Self, b: Self) -> Self {
        jitter(self.0.mul_add(a.0, b.0))
    }
    fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }
    fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
    fn abs_sub(self, other: Self) -> Self {
        if self <= other { Self(0.0) } else { self - other }
    }
    fn classify(self) -> FpCategory {
        self.0.classify()
    }
    fn integer_decode(self) -> (u64, i16, i8) {
        Float::integer_decode(self.0)
    }
}
