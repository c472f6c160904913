//! The loss over two of the parameters, as contours; over a single one, as a curve.

use crate::engine::{Data, Engine};
use crate::language::Mistake;
use crate::number::{Number, numbers};
use crate::state::State;
use serde::Serialize;

/// How many contours are drawn.
const CONTOURS: usize = 14;
/// What losses differ by, relative to their size, where they are equal up to rounding.
const FLAT: f64 = 1e-13;

/// The loss over two parameters.
#[derive(Clone, Debug, Serialize)]
pub struct Surface {
    /// Least and largest of the first parameter, then of the second.
    pub window: [f64; 4],
    /// The number of values along each side.
    pub side: usize,
    /// The loss, row by row from the least of the second parameter.
    pub values: Vec<Number>,
    /// The contours, each a loss and line segments `[x, y, x, y]` in parameters.
    pub contours: Vec<Contour>,
}

/// Where the loss has a value.
#[derive(Clone, Debug, Serialize)]
pub struct Contour {
    /// The value.
    pub level: f64,
    /// The line, in pieces from one edge of a cell of the grid to another.
    pub segments: Vec<[f64; 4]>,
}

/// The part of the plane of two parameters that is looked at.
pub fn window(state: &State) -> [f64; 4] {
    let [middle_a, middle_b, half] = state.model().view;
    let half = half * state.zoom;
    [middle_a - half, middle_a + half, middle_b - half, middle_b + half]
}

/// The loss on a grid of `side` × `side` values.
///
/// # Errors
/// What the engine can't compute.
pub fn surface(engine: &mut Engine, data: &Data, state: &State, side: usize) -> Result<Surface, Mistake> {
    let side = side.clamp(2, 200);
    let window = window(state);
    let at = |low: f64, high: f64, step: usize| low + (high - low) * step as f64 / (side - 1) as f64;
    let [a, b] = state.axes;
    let mut theta = state.theta.clone();
    let mut values = Vec::with_capacity(side * side);
    for row in 0..side {
        for column in 0..side {
            for (place, value) in [(a, at(window[0], window[1], column)), (b, at(window[2], window[3], row))] {
                if let Some(parameter) = theta.get_mut(place) {
                    *parameter = value;
                }
            }
            values.push(engine.loss(data, &theta)?);
        }
    }
    let contours =
        levels(&values).into_iter().map(|level| Contour { level, segments: contour(&values, side, window, level) });
    Ok(Surface { window, side, contours: contours.collect(), values: numbers(values) })
}

/// The loss over one parameter.
#[derive(Clone, Debug, Serialize)]
pub struct Profile {
    /// What is shown: least and largest parameter, least and largest loss.
    pub window: [f64; 4],
    /// The losses, evenly from the least parameter to the largest.
    pub values: Vec<Number>,
}

/// The loss of one parameter at `count` values of it.
///
/// # Errors
/// What the engine can't compute.
pub fn profile(engine: &mut Engine, data: &Data, state: &State, count: usize) -> Result<Profile, Mistake> {
    let count = count.clamp(2, 1000);
    let [left, right, ..] = window(state);
    let at = |step: usize| left + (right - left) * step as f64 / (count - 1) as f64;
    let values: Vec<f64> = (0..count).map(|step| engine.loss(data, &[at(step)])).collect::<Result<_, _>>()?;
    let [low, high] = heights(&values);
    Ok(Profile { window: [left, right, low, high], values: numbers(values) })
}

/// The losses that a picture shows: from below the least to where nine tenths of them lie, so that a steep rise doesn't flatten the valley.
fn heights(values: &[f64]) -> [f64; 2] {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    finite.sort_by(f64::total_cmp);
    let (Some(&least), Some(&most)) = (finite.first(), finite.get(finite.len() * 9 / 10)) else { return [-1.0, 1.0] };
    let margin = if is_flat(least, most) { least.abs().max(1.0) } else { 0.1 * (most - least) };
    [least - margin, most + margin].map(|height| height.clamp(f64::MIN, f64::MAX))
}

/// Whether losses differ by no more than rounding makes of sums of a few hundred terms as large as they are.
fn is_flat(least: f64, most: f64) -> bool {
    most - least <= FLAT * least.abs().max(most.abs())
}

/// Values that divide the grid evenly, more of them near the least.
fn levels(values: &[f64]) -> Vec<f64> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    finite.sort_by(f64::total_cmp);
    let quantile = |level: usize| {
        let share = (level as f64 + 0.5) / CONTOURS as f64;
        finite.get((share * share * finite.len() as f64) as usize).copied()
    };
    // Contours of rounding would show hills where there are none.
    if finite.first().zip(finite.last()).is_some_and(|(&least, &most)| is_flat(least, most)) {
        return Vec::new();
    }
    let mut levels: Vec<f64> = (0..CONTOURS).filter_map(quantile).collect();
    levels.dedup();
    levels
}

/// The contour of a level by marching squares (Lorensen and Cline 1987, in the plane).
fn contour(values: &[f64], side: usize, window: [f64; 4], level: f64) -> Vec<[f64; 4]> {
    let step = |low: f64, high: f64| (high - low) / (side - 1) as f64;
    let (width, height) = (step(window[0], window[1]), step(window[2], window[3]));
    let mut segments = Vec::new();
    for row in 0..side - 1 {
        for column in 0..side - 1 {
            let corner = |(right, up): (usize, usize)| values[(row + up) * side + column + right];
            // Around the cell: each edge from one corner to the next.
            const CORNERS: [(usize, usize); 4] = [(0, 0), (1, 0), (1, 1), (0, 1)];
            if CORNERS.iter().any(|&place| !corner(place).is_finite()) {
                continue;
            }
            let crossing = |edge: usize| {
                let (from, to) = (CORNERS[edge], CORNERS[(edge + 1) % 4]);
                let (low, high) = (corner(from), corner(to));
                if (low < level) == (high < level) {
                    return None;
                }
                let share = (level - low) / (high - low);
                let between = |from: usize, to: usize| from as f64 + share * (to as f64 - from as f64);
                Some([
                    window[0] + width * (column as f64 + between(from.0, to.0)),
                    window[2] + height * (row as f64 + between(from.1, to.1)),
                ])
            };
            let crossings: Vec<[f64; 2]> = (0..4).filter_map(crossing).collect();
            segments.extend(crossings.chunks_exact(2).map(|ends| [ends[0][0], ends[0][1], ends[1][0], ends[1][1]]));
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contour_of_a_cone_is_a_circle() {
        let (side, window) = (41, [-2.0, 2.0, -2.0, 2.0]);
        let at = |step: usize| -2.0 + 0.1 * step as f64;
        let values: Vec<f64> = (0..side * side).map(|place| at(place % side).hypot(at(place / side))).collect();
        let segments = contour(&values, side, window, 1.03);
        assert!(segments.len() > 60);
        for [x, y, ..] in segments {
            assert!((x.hypot(y) - 1.03).abs() < 0.005, "{x} {y}");
        }
    }

    #[test]
    fn a_profile_shows_the_valley_whatever_rises_beside_it() {
        let [low, high] = heights(&[f64::NAN, 3.0, 1.0, 2.0, 1e300, f64::INFINITY]);
        assert!(low < 1.0 && high > 3.0);
        for flat in [[0.0; 3], [-1e9; 3], [f64::MAX; 3], [f64::NAN; 3]] {
            let [low, high] = heights(&flat);
            assert!(low < high && (low..=high).contains(&flat[0]) | flat[0].is_nan());
        }
    }

    #[test]
    fn losses_that_are_equal_up_to_rounding_are_flat() {
        for scale in [1e-8, 1.0, 2.0, -3e5, 1e300] {
            let values: Vec<f64> = (0..50).map(|place| scale * (1.0 + f64::from(place % 4) * f64::EPSILON)).collect();
            let [low, high] = heights(&values);
            assert!(high - low > 1e-6 * scale.abs(), "{scale}: {low} to {high}");
            assert!(levels(&values).is_empty(), "{scale}");
        }
        // What is small beside an offset, but larger than rounding, is shown.
        let values: Vec<f64> = (0..50).map(|place| 1.0 + 1e-9 * f64::from(place)).collect();
        let [low, high] = heights(&values);
        assert!(high - low < 1e-7 && !levels(&values).is_empty());
    }

    #[test]
    fn what_is_not_finite_has_no_contour() {
        let values = [f64::NAN, 1.0, 2.0, f64::INFINITY];
        assert_eq!(levels(&values).first(), Some(&1.0));
        assert!(contour(&values, 2, [0.0, 1.0, 0.0, 1.0], 1.5).is_empty());
    }
}
