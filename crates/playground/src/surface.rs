//! The loss over two of the parameters, as contours; over a single one, as a curve.

use crate::engine::{Data, Engine};
use crate::language::Mistake;
use crate::number::{Number, numbers};
use crate::state::State;
use serde::Serialize;

/// How many contours are drawn.
const CONTOURS: usize = 14;
/// Contours of fewer pieces would show their corners: there the loss is interpolated between the values that were computed,
const FEW: usize = 150;
/// so often on each side,
const BETWEEN: usize = 4;
/// unless the grid is so coarse that something is dragged.
const AT_REST: usize = 40;
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
    let contours = contours(&values, side, window);
    Ok(Surface { window, side, contours, values: numbers(values) })
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

/// The contours of all levels, small ones by interpolated values.
fn contours(values: &[f64], side: usize, window: [f64; 4]) -> Vec<Contour> {
    let mut interpolated = None;
    let mut segments = |level| {
        let segments = contour(values, side, window, level);
        if segments.len() >= FEW || side < AT_REST {
            return segments;
        }
        let (values, side) = interpolated.get_or_insert_with(|| finer(values, side));
        contour(values, *side, window, level)
    };
    levels(values).into_iter().map(|level| Contour { level, segments: segments(level) }).collect()
}

/// The values of a finer grid, and its side: cubic convolution, which is exact for quadratic losses (Keys 1981).
fn finer(values: &[f64], side: usize) -> (Vec<f64>, usize) {
    let fine = (side - 1) * BETWEEN + 1;
    let along = |line: &[f64]| (0..fine).map(|place| between(line, place)).collect::<Vec<f64>>();
    let rows: Vec<Vec<f64>> = values.chunks_exact(side).map(along).collect();
    let mut out = vec![0.0; fine * fine];
    for column in 0..fine {
        let line: Vec<f64> = rows.iter().map(|row| row[column]).collect();
        along(&line).into_iter().enumerate().for_each(|(row, value)| out[row * fine + column] = value);
    }
    (out, fine)
}

/// The value at a place of the finer line.
fn between(line: &[f64], place: usize) -> f64 {
    let (at, share) = (place / BETWEEN, (place % BETWEEN) as f64 / BETWEEN as f64);
    let value = |at: Option<usize>| at.and_then(|at| line.get(at)).copied().filter(|value| value.is_finite());
    let (Some(b), Some(c)) = (value(Some(at)), value(Some(at + 1))) else {
        return if share == 0.0 { line[at] } else { f64::NAN };
    };
    let (before, after) = (value(at.checked_sub(1)), value(Some(at + 2)));
    // At an edge, what a parabola through the others would have there.
    let a = before.unwrap_or_else(|| after.map_or(2.0 * b - c, |d| 3.0 * b - 3.0 * c + d));
    let d = after.unwrap_or_else(|| before.map_or(2.0 * c - b, |a| a - 3.0 * b + 3.0 * c));
    let slopes = [(c - a) / 2.0, (d - b) / 2.0];
    let rise = c - b;
    let (square, cube) = (3.0 * rise - 2.0 * slopes[0] - slopes[1], slopes[0] + slopes[1] - 2.0 * rise);
    b + share * (slopes[0] + share * (square + share * cube))
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

    /// Around a minimum, as small as they are, contours have no corners: neighbouring pieces turn by little.
    #[test]
    fn small_contours_are_round() {
        let (side, window) = (56, [-2.0, 2.0, -2.0, 2.0]);
        let at = |step: usize| -2.0 + 4.0 * step as f64 / 55.0;
        let bowl = |x: f64, y: f64| (x - 0.31).powi(2) + 2.0 * (y + 0.27).powi(2) + 0.9 * (x - 0.31) * (y + 0.27);
        let values: Vec<f64> = (0..side * side).map(|place| bowl(at(place % side), at(place / side))).collect();
        let contours = contours(&values, side, window);
        assert_eq!(contours.len(), CONTOURS);
        for Contour { level, segments } in contours {
            assert!(segments.len() > 15, "{}", segments.len());
            for [x0, y0, x1, y1] in segments {
                // The middle of a piece is where the loss has the level but for the turn within it: 1/8 of a radian is 1/100 of the level.
                let middle = bowl((x0 + x1) / 2.0, (y0 + y1) / 2.0);
                assert!((middle - level).abs() < 0.04 * level, "{middle} on the contour of {level}");
            }
        }
    }

    #[test]
    fn interpolated_values_are_those_of_a_parabola_and_nothing_beside_what_is_not_finite() {
        let line: Vec<f64> = (0..9).map(|at| f64::from(at * at) - 3.0).collect();
        for place in 0..=8 * BETWEEN {
            let at = place as f64 / BETWEEN as f64;
            assert!((between(&line, place) - (at * at - 3.0)).abs() < 1e-12, "{at}");
        }
        let broken = [1.0, f64::NAN, 3.0, 4.0, f64::INFINITY];
        let values: Vec<f64> = (0..=4 * BETWEEN).map(|place| between(&broken, place)).collect();
        assert!(values[1].is_nan() && (values[2 * BETWEEN + 2] - 3.5).abs() < 1e-12);
        assert_eq!(values[4 * BETWEEN], f64::INFINITY);
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
