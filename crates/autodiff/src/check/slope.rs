//! Numerical derivatives along one direction: central and one-sided differences at a ladder of steps, Richardson
//! extrapolation with its error estimate, and what the two sides say about kinks.
//!
//! The ladder is walked in *stages* of a few halvings each. A stage extrapolates to step 0 and estimates its own error; two
//! stages in a row have to agree before they are believed. Steps that are too wide (the function bends or
//! leaves its domain) and too narrow (rounding takes over) give themselves away by their error estimates.
//! (Ridders, *Accurate computation of F′(x) and F′(x)F″(x)*, Advances in Engineering Software 4, 1982.)

use crate::error::Result;
use crate::scalar::{Scalar, real};

/// Halvings of the step in one stage.
const STAGE: usize = 5;

/// The first step in units of the scale: few bits, so that `x ± h` are exact and take no part of the error.
pub(super) const FIRST_STEP: f64 = 11.0 / 128.0;

/// How many times the slope that rounding makes along the scale is as near as the differences of a function of rounding come.
const LOST: f64 = 128.0;

/// How many error estimates two numbers may differ by and still count as the same.
const SAFETY: f64 = 4.0;

/// A value and an estimate of its error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate<T> {
    pub(super) value: T,
    pub(super) error: T,
}

/// What the differences say of a derivative.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slope<T> {
    /// The derivative; where the function is defined on one side only, the derivative on that side.
    Smooth(Estimate<T>),
    /// The derivatives on both sides, which differ.
    Kink { left: Estimate<T>, right: Estimate<T> },
    /// The function is finite on neither side.
    Undefined,
}

/// A slope, and what is too small to matter beside the function's values, √ε·|f|/scale, or beside their known rounding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<T> {
    pub(super) slope: Slope<T>,
    pub(super) negligible: T,
}

impl<T: Scalar> Estimate<T> {
    fn unknown() -> Self {
        Self { value: T::nan(), error: T::infinity() }
    }

    fn is_known(&self) -> bool {
        self.error < T::infinity()
    }

    /// Whether `value` lies within the error estimate.
    pub(super) fn covers(&self, value: T) -> bool {
        (value - self.value).abs() <= self.error * real(SAFETY)
    }
}

impl<T: Scalar> Found<T> {
    /// Whether the slope is smooth and its error small, beside the slope itself or beside the function.
    pub(super) fn is_settled(&self, tolerance: T) -> bool {
        match self.slope {
            Slope::Smooth(slope) => slope.error <= (tolerance * slope.value.abs()).max(self.negligible),
            _ => false,
        }
    }

    /// With errors that are larger by some.
    pub(super) fn widened(self, by: T) -> Self {
        let wider = |estimate: Estimate<T>| Estimate { error: estimate.error + by, ..estimate };
        let slope = match self.slope {
            Slope::Smooth(slope) => Slope::Smooth(wider(slope)),
            Slope::Kink { left, right } => Slope::Kink { left: wider(left), right: wider(right) },
            Slope::Undefined => Slope::Undefined,
        };
        Self { slope, negligible: self.negligible + by }
    }

    fn error(&self) -> T {
        match self.slope {
            Slope::Smooth(slope) => slope.error,
            Slope::Kink { left, right } => left.error + right.error,
            Slope::Undefined => T::infinity(),
        }
    }

    /// Whether two stages agree: both smooth, with values within their errors.
    fn agrees(&self, other: &Self) -> bool {
        match (self.slope, other.slope) {
            (Slope::Smooth(a), Slope::Smooth(b)) => (a.value - b.value).abs() <= (a.error + b.error) * real(SAFETY),
            _ => false,
        }
    }
}

/// A function of one number with several results, and its values around 0 as far as they were needed.
pub(super) struct Samples<'a, T: Scalar> {
    function: &'a mut dyn FnMut(T) -> Result<Vec<T>>,
    scale: T,
    tolerance: T,
    /// How far rounding moves the values, where that is known; at least by a unit in their last place.
    rounding: T,
    middle: Vec<T>,
    /// Step, values after it, values before it.
    around: Vec<(T, Vec<T>, Vec<T>)>,
}

impl<'a, T: Scalar> Samples<'a, T> {
    /// `scale` is how far the argument may be expected to vary; derivatives are wanted to the relative `tolerance`.
    pub(super) fn new(function: &'a mut dyn FnMut(T) -> Result<Vec<T>>, scale: T, tolerance: T) -> Result<Self> {
        let middle = function(T::zero())?;
        Ok(Self { function, scale, tolerance, rounding: T::zero(), middle, around: Vec::new() })
    }

    /// With values that rounding moves by as much as this: what they are computed from may be larger than they are.
    pub(super) fn with_rounding(self, rounding: T) -> Self {
        Self { rounding, ..self }
    }

    /// The derivative of every result.
    pub(super) fn slopes(&mut self) -> Result<Vec<Found<T>>> {
        (0..self.middle.len()).map(|output| self.slope(output)).collect()
    }

    /// The derivative of one result.
    pub(super) fn slope(&mut self, output: usize) -> Result<Found<T>> {
        let mut best: Option<Found<T>> = None;
        let mut previous: Option<Found<T>> = None;
        for stage in 0..stages::<T>() {
            self.sample_up_to((stage + 1) * STAGE)?;
            let found = self.stage(stage, output);
            if let Some(earlier) = previous.filter(|earlier| earlier.agrees(&found)) {
                let finer = if found.error() < earlier.error() { found } else { earlier };
                if finer.is_settled(self.tolerance) {
                    return Ok(finer);
                }
            }
            if best.is_none_or(|best| found.error() < best.error()) {
                best = Some(found);
            }
            previous = Some(found);
        }
        Ok(best.unwrap_or(Found { slope: Slope::Undefined, negligible: T::zero() }))
    }

    fn sample_up_to(&mut self, levels: usize) -> Result<()> {
        while self.around.len() < levels {
            let halvings = real::<T>(0.5).powi(self.around.len() as i32);
            let step = self.scale * real(FIRST_STEP) * halvings;
            let (after, before) = ((self.function)(step)?, (self.function)(-step)?);
            self.around.push((step, after, before));
        }
        Ok(())
    }

    /// What the steps of one stage say of one result.
    fn stage(&self, stage: usize, output: usize) -> Found<T> {
        let middle = self.middle[output];
        let (mut central, mut left, mut right) = (Tableau::new(4.0), Tableau::new(2.0), Tableau::new(2.0));
        let mut magnitude = middle.abs();
        for (step, after, before) in &self.around[stage * STAGE..(stage + 1) * STAGE] {
            let (step, after, before) = (*step, after[output], before[output]);
            for value in [after, before] {
                if value.is_finite() {
                    magnitude = magnitude.max(value.abs());
                }
            }
            let rounding = (T::epsilon() * magnitude).max(self.rounding) / step;
            central.push((after - before) / (step + step), rounding);
            right.push((after - middle) / step, rounding);
            left.push((middle - before) / step, rounding);
        }
        let unit = magnitude / self.scale;
        let slope = weigh(central.best, left.best, right.best, unit, self.tolerance);
        let lost = self.rounding / self.scale * real(LOST);
        Found { slope, negligible: (T::epsilon().sqrt() * unit).max(lost) }
    }
}

/// The number of stages until the steps are a few units in the last place of the scale.
fn stages<T: Scalar>() -> usize {
    let bits = -T::epsilon().log2().to_f64().unwrap_or(-52.0);
    (((bits - 6.0) / STAGE as f64) as usize).max(2)
}

/// What to make of a stage's derivatives from both sides, the left and the right.
fn weigh<T: Scalar>(
    mut central: Estimate<T>,
    left: Estimate<T>,
    right: Estimate<T>,
    unit: T,
    tolerance: T,
) -> Slope<T> {
    match (left.is_known(), right.is_known()) {
        (false, false) => return Slope::Undefined,
        (true, false) => return Slope::Smooth(left),
        (false, true) => return Slope::Smooth(right),
        (true, true) => {}
    }
    let larger = left.value.abs().max(right.value.abs());
    let sides_error = left.error + right.error;
    if (right.value - left.value).abs() > sides_error * real(SAFETY) + tolerance * larger {
        return Slope::Kink { left, right };
    }
    // A central difference doesn't see f(x) itself: a dip narrower than the step shows only in the sides.
    if sides_error > larger * real(0.1) + T::epsilon().sqrt().sqrt() * unit {
        central.error = central.error.max(sides_error);
    }
    Slope::Smooth(central)
}

/// Neville's scheme for differences at halved steps, whose error is a series in `hᵏ`: its entries cancel term by term.
struct Tableau<T> {
    /// 2ᵏ.
    ratio: f64,
    last: Vec<T>,
    best: Estimate<T>,
}

impl<T: Scalar> Tableau<T> {
    fn new(ratio: f64) -> Self {
        Self { ratio, last: Vec::new(), best: Estimate::unknown() }
    }

    /// Adds the difference at the next step, whose rounding error is about `rounding`.
    fn push(&mut self, difference: T, rounding: T) {
        let mut row = vec![difference];
        let mut factor = 1.0;
        for (column, &coarser) in self.last.iter().enumerate() {
            factor *= self.ratio;
            let finer = row[column];
            let value = finer + (finer - coarser) / real(factor - 1.0);
            let error = (value - finer).abs().max((value - coarser).abs()) + rounding;
            if error < self.best.error {
                self.best = Estimate { value, error };
            }
            row.push(value);
        }
        self.last = row;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slope(f: impl Fn(f64) -> f64) -> Slope<f64> {
        let mut function = |t: f64| Ok(vec![f(t)]);
        Samples::new(&mut function, 1.0, 1e-6).unwrap().slopes().unwrap()[0].slope
    }

    fn assert_smooth(f: impl Fn(f64) -> f64, derivative: f64, relative: f64) {
        let Slope::Smooth(found) = slope(f) else { panic!("not smooth") };
        let error = (found.value - derivative).abs();
        assert!(error <= relative * derivative.abs(), "{found:?}, not {derivative}");
        assert!(error <= 4.0 * found.error, "the error estimate is too small: {found:?}, not {derivative}");
    }

    #[test]
    fn smooth_functions_of_any_scale_have_their_derivative_and_an_honest_error() {
        assert_smooth(|t| (1.0 + t).sin(), 1.0f64.cos(), 1e-11);
        assert_smooth(|t| (40.0 * t + 1.0).exp(), 40.0 * 1.0f64.exp(), 1e-9);
        assert_smooth(|t| (1e-3 + t).ln(), 1e3, 1e-9);
        assert_smooth(|t| (1e-6 + t).powi(2) / ((1e-6 + t).powi(2) + 1e-12), 5e5, 1e-7);
        assert_smooth(|t| 1e6 + 3.0 * t, 3.0, 1e-6);
    }

    #[test]
    fn a_kink_at_the_point_shows_both_slopes() {
        for (f, sides) in [
            ((|t: f64| t.abs()) as fn(f64) -> f64, [-1.0, 1.0]),
            (|t| t.max(0.0) + t.exp(), [1.0, 2.0]),
            (|t| 5.0 + t.max(2.0 * t), [1.0, 2.0]),
        ] {
            let Slope::Kink { left, right } = slope(f) else { panic!("not a kink") };
            assert!(
                (left.value - sides[0]).abs() < 1e-6 && (right.value - sides[1]).abs() < 1e-6,
                "{left:?} {right:?}"
            );
        }
    }

    #[test]
    fn a_kink_near_the_point_is_stepped_around() {
        assert_smooth(|t| (t + 1e-3).max(0.0), 1.0, 1e-9);
        assert_smooth(|t| (t - 1e-6).abs(), -1.0, 1e-7);
    }

    #[test]
    fn at_the_edge_of_the_domain_the_one_side_counts() {
        assert_smooth(|t| t.powf(2.5) + 2.0 * t, 2.0, 1e-6);
    }

    #[test]
    fn noise_and_jumps_have_an_error_estimate_that_says_so() {
        let noisy = |t: f64| 1.0 + t + 1e-4 * (t.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15) as f64 / 2f64.powi(64));
        for f in [&noisy as &dyn Fn(f64) -> f64, &|t| if t >= 0.0 { 1.0 } else { 0.0 }] {
            let mut function = |t: f64| Ok(vec![f(t)]);
            let found = Samples::new(&mut function, 1.0, 1e-6).unwrap().slopes().unwrap()[0];
            assert!(!found.is_settled(1e-6), "{found:?}");
        }
    }
}
