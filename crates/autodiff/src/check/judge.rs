//! The verdict on a derivative, from what the differences say of it.

use super::report::{Component, Verdict};
use super::slope::{Found, Slope};
use crate::scalar::{Scalar, real};

/// The least denominator of the relative error with a fixed step.
const LEAST_DENOMINATOR: f64 = 1e-8;

/// A derivative by differences.
#[derive(Clone, Copy)]
pub(super) enum Numerical<T> {
    /// Of a given step.
    Difference(T),
    Extrapolated(Found<T>),
}

/// The component `name`, whose derivative is to be within the relative `tolerance`, by what the differences say.
pub(super) fn component<T: Scalar>(name: String, analytical: T, numerical: Numerical<T>, tolerance: T) -> Component<T> {
    let (value, numerical_error, sides, least) = match numerical {
        Numerical::Difference(value) => (value, None, None, LEAST_DENOMINATOR),
        Numerical::Extrapolated(found) => match found.slope {
            Slope::Smooth(slope) => (slope.value, Some(slope.error), None, 0.0),
            Slope::Kink { left, right } => {
                let middle = (left.value + right.value) * real(0.5);
                (middle, Some(left.error + right.error), Some([left.value, right.value]), 0.0)
            }
            Slope::Undefined => (T::nan(), None, None, 0.0),
        },
    };
    let relative_error = relative_error(analytical, value, real(least));
    let verdict = match numerical {
        Numerical::Difference(_) if relative_error <= tolerance => Verdict::Pass,
        Numerical::Difference(_) => Verdict::Fail,
        Numerical::Extrapolated(found) => judge(analytical, found, tolerance),
    };
    Component { name, analytical, numerical: value, numerical_error, sides, relative_error, verdict }
}

/// The verdict on a derivative by what the differences say.
fn judge<T: Scalar>(analytical: T, found: Found<T>, tolerance: T) -> Verdict {
    match found.slope {
        Slope::Undefined => Verdict::Unclear,
        Slope::Smooth(_) if !analytical.is_finite() && !found.is_settled(tolerance) => Verdict::Unclear,
        Slope::Smooth(_) if !analytical.is_finite() => Verdict::Fail,
        Slope::Smooth(slope) => {
            let allowed = tolerance * analytical.abs().max(slope.value.abs());
            let settled = slope.error <= allowed.max(found.negligible);
            let agrees = (analytical - slope.value).abs() <= allowed || slope.covers(analytical);
            match (agrees, settled) {
                (true, true) => Verdict::Pass,
                (true, false) => Verdict::Unclear,
                (false, _) => Verdict::Fail,
            }
        }
        Slope::Kink { left, right } => {
            let (low, high) = if left.value < right.value { (left, right) } else { (right, left) };
            let slack = tolerance * low.value.abs().max(high.value.abs());
            let above = analytical >= low.value - slack || low.covers(analytical);
            let below = analytical <= high.value + slack || high.covers(analytical);
            if above && below { Verdict::Kink } else { Verdict::Fail }
        }
    }
}

fn relative_error<T: Scalar>(a: T, n: T, least: T) -> T {
    let denominator = (a.abs() + n.abs()).max(least);
    if denominator == T::zero() { T::zero() } else { (a - n).abs() / denominator }
}
