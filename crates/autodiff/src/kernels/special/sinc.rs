//! `sin(πx)/(πx)` and its derivatives of all orders.

use super::gamma::sin_cos_pi;
use crate::scalar::{Scalar, count, real};

/// The derivative of `sin(πx)/(πx)` of order `n`.
///
/// Near 0 the Taylor series; farther out the recurrence `x·s⁽ᵏ⁾ + k·s⁽ᵏ⁻¹⁾ = (sin πx)⁽ᵏ⁾/π`, which grows errors by k/x a step.
pub(crate) fn sinc_derivative<T: Scalar>(n: usize, x: T) -> T {
    if x.is_infinite() {
        return T::zero();
    }
    let pi_x = T::PI() * x;
    if pi_x.abs() < count::<T>(n) * real(0.5) + T::one() {
        return taylor(n, pi_x) * power(T::PI(), n);
    }
    let (sin, cos) = sin_cos_pi(x);
    let odd = (x.round() * real(0.5)).fract() != T::zero();
    let (sin, cos) = if odd { (-sin, -cos) } else { (sin, cos) };
    let cycle = [sin, cos, -sin, -cos];
    let mut value = sin / pi_x;
    for k in 1..=n {
        // In units of πᵏ.
        value = (cycle[k % 4] - count::<T>(k) * value) / pi_x;
    }
    value * power(T::PI(), n)
}

fn power<T: Scalar>(x: T, n: usize) -> T {
    (0..n).fold(T::one(), |product, _| product * x)
}

/// The derivative of `sin(z)/z` of order `n`: `Σ (−1)ᵏ·z²ᵏ⁻ⁿ/((2k + 1)·(2k − n)!)` over 2k ≥ n.
fn taylor<T: Scalar>(n: usize, z: T) -> T {
    let first = n.div_ceil(2);
    let mut power = if n % 2 == 1 { z } else { T::one() };
    if first % 2 == 1 {
        power = -power;
    }
    let (mut sum, mut largest) = (T::zero(), T::zero());
    for k in first..first + 512 {
        let term = power / count(2 * k + 1);
        sum = sum + term;
        largest = largest.max(term.abs());
        if term.abs() <= T::epsilon() * real(0.01) * largest {
            break;
        }
        let done = 2 * k - n;
        power = -power * z / count(done + 1) * z / count(done + 2);
    }
    sum
}
