//! Whether a likelihood has no maximum because some combination of columns separates the responses.
//!
//! The likelihood of binary responses has a maximum unless a direction d exists with `xᵢ·d ≥ 0` for every row of label 1
//! and `≤ 0` for every row of label 0, not all of them 0 (Albert & Anderson 1984): it then grows for ever along d. The
//! iterates of Newton's method go that way, so their last step is a candidate for d. It is only a candidate: separation is
//! reported where d passes the test on every row. Rows at 0, as quasi-complete separation has them, are 0 to rounding only
//! after the step's transient part is projected out.

use crate::design::Design;
use crate::error::Error;
use crate::family::Recession;
use faer::Side;
use ndarray::{Array1, Array2, ArrayView1};

/// A row is taken for one at 0 where its product with the candidate, relative to the largest, is below this.
const NEAR_ZERO: f64 = 0.05;
/// A product counts as 0 where it is below this, relative to the largest that the direction could give.
const ROUNDING: f64 = 1e-9;
/// A column is named where its part of the direction, relative to the largest, is above this.
const LEAST_PART: f64 = 1e-6;

/// The separation that the candidate leads to, if it does.
pub(crate) fn find(
    design: &Design<'_>,
    y: ArrayView1<'_, f64>,
    recession: impl Fn(f64) -> Recession,
    candidate: &[f64],
) -> Option<Error> {
    let rows: Vec<Row> = (0..design.rows())
        .filter(|&row| design.weight(row) > 0.0)
        .map(|row| Row { index: row, allowed: recession(y[row]) })
        .collect();
    if rows.iter().all(|row| row.allowed == Recession::Neither) {
        return None;
    }
    let largest = largest_cells(design);
    let candidate: Array1<f64> = candidate.iter().copied().collect();
    let direction = match separated(design, &rows, &candidate, &largest) {
        Some(_) => candidate,
        None => project(design, &rows, &candidate, &largest)?,
    };
    let separated = separated(design, &rows, &direction, &largest)?;
    let first = y[rows.first()?.index];
    if design.has_intercept() && rows.iter().all(|row| y[row.index] == first) {
        return Some(Error::OneClass { rows: rows.len(), value: first });
    }
    let sizes: Vec<f64> = direction.iter().zip(&largest).map(|(part, largest)| part * largest).collect();
    let size = sizes.iter().fold(0.0f64, |size, part| size.max(part.abs()));
    let direction = design.names().into_iter().zip(sizes).map(|(name, part)| (name, part / size));
    Some(Error::Separation {
        complete: separated == rows.len(),
        direction: direction.filter(|(_, part)| part.abs() > LEAST_PART).collect(),
        separated,
        rows: rows.len(),
    })
}

/// A row with a positive weight.
struct Row {
    index: usize,
    /// Which way its predictor may go.
    allowed: Recession,
}

/// How many rows the direction tells apart; `None` if it is wrong about one, or tells none apart.
fn separated(design: &Design<'_>, rows: &[Row], direction: &Array1<f64>, largest: &[f64]) -> Option<usize> {
    let size: f64 = direction.iter().zip(largest).map(|(part, largest)| part.abs() * largest).sum();
    let mut cells = Array1::zeros(direction.len());
    let mut count = 0;
    for row in rows {
        design.write_row(row.index, cells.view_mut());
        let way = match cells.dot(direction) {
            product if product.abs() <= ROUNDING * size => Recession::Neither,
            product if product > 0.0 => Recession::Up,
            _ => Recession::Down,
        };
        if way != Recession::Neither {
            if way != row.allowed {
                return None;
            }
            count += 1;
        }
    }
    (count > 0).then_some(count)
}

/// The candidate without the part that moves rows which should stay at 0: its projection on the null space of those rows.
fn project(design: &Design<'_>, rows: &[Row], candidate: &Array1<f64>, largest: &[f64]) -> Option<Array1<f64>> {
    let p = candidate.len();
    let mut cells = Array1::zeros(p);
    let mut product = |row: &Row| {
        design.write_row(row.index, cells.view_mut());
        (cells.dot(candidate), cells.clone())
    };
    let top = rows.iter().map(|row| product(row).0.abs()).fold(0.0, f64::max);
    let mut gram = Array2::<f64>::zeros((p, p));
    for row in rows {
        let (value, mut cells) = product(row);
        if row.allowed != Recession::Neither && value.abs() > NEAR_ZERO * top {
            continue;
        }
        cells.iter_mut().zip(largest).for_each(|(cell, largest)| *cell /= largest);
        for i in 0..p {
            gram.row_mut(i).scaled_add(cells[i], &cells);
        }
    }
    let matrix = faer::Mat::from_fn(p, p, |i, j| gram[[i, j]]);
    let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
    let (values, vectors) = (eigen.S().column_vector(), eigen.U());
    let scale = (0..p).map(|k| values[k].abs()).fold(0.0, f64::max);
    let mut direction = Array1::<f64>::zeros(p);
    for k in (0..p).filter(|&k| values[k].abs() <= 1e-10 * scale) {
        let part: f64 = (0..p).map(|i| vectors[(i, k)] * candidate[i] * largest[i]).sum();
        (0..p).for_each(|i| direction[i] += part * vectors[(i, k)]);
    }
    direction.iter_mut().zip(largest).for_each(|(part, largest)| *part /= largest);
    Some(direction)
}

/// The largest cell of each column in size: what makes columns of different units comparable.
fn largest_cells(design: &Design<'_>) -> Vec<f64> {
    let mut largest = vec![0.0f64; design.parameters()];
    let mut cells = Array1::zeros(largest.len());
    for row in 0..design.rows() {
        design.write_row(row, cells.view_mut());
        largest.iter_mut().zip(&cells).for_each(|(largest, cell)| *largest = largest.max(cell.abs()));
    }
    largest.into_iter().map(|largest| if largest > 0.0 { largest } else { 1.0 }).collect()
}
