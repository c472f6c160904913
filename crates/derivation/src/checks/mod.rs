//! Each rule, and the simplifier as a whole, on random numbers and at the edges: in 31 digits, so that nothing hides in rounding.

mod adjoints;
mod compare;
mod expressions;
mod identities;
mod rules;
mod shapes;
mod sums;

use autodiff::Scalar;

/// How many random points a rule is checked on.
const POINTS: usize = 10_000;

/// Numbers at the edges of what there is.
const EDGES: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -2.0,
    1e-300,
    -1e-300,
    f64::MIN_POSITIVE,
    f64::EPSILON,
    1.0 - f64::EPSILON,
    1.0 + f64::EPSILON,
    30.0,
    -30.0,
    700.0,
    -700.0,
    1e10,
    -1e10,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// Pseudo-random numbers: splitmix64.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between 0 and 1.
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// A number of moderate size, now and then a small, large or whole one.
    fn number(&mut self) -> f64 {
        let x = 8.0 * self.unit() - 4.0;
        match self.below(8) {
            0 => x * 1e-6,
            1 => x * 10.0,
            2 => x.round(),
            _ => x,
        }
    }
}

fn points<T: From<f64>>(random: &mut Random) -> Vec<T> {
    let random: Vec<f64> = (0..POINTS).map(|_| random.number()).collect();
    random.iter().chain(EDGES).map(|&x| T::from(x)).collect()
}

/// Whether two results agree to `digits` of the largest number on the way; where the first has no value, the second may.
fn agree<T: Scalar>(left: T, right: T, scale: f64, digits: f64) -> bool {
    let (left, difference) = (real(left), real(right - left));
    !left.is_finite() || difference.abs() <= digits * scale.max(left.abs())
}

fn real<T: Scalar>(x: T) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}

/// Algebra is of numbers: over one denominator, 1/a − b/a² has no value at ∞.
fn is_number(x: f64) -> bool {
    !x.is_infinite()
}
