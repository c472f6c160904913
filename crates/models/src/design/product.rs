//! `Σ wᵢ xᵢxᵢᵀ` of rows that are mostly zeros, from their other cells alone, summed in pieces of the rows.

use super::Design;
use crate::pieces::{self, Pieces};
use ndarray::Array2;
use rayon::prelude::*;

/// The numbers of a piece's sum that a row pays for, at most: a row adds to few of them.
const MOVED_A_ROW: usize = 8;

/// The lower halves of products, row after row.
pub(crate) fn products(columns: usize) -> Pieces<Vec<f64>> {
    let rows = (columns * columns / MOVED_A_ROW).next_power_of_two().max(pieces::ROWS);
    Pieces::of_rows(lower_half(columns), rows)
}

fn lower_half(columns: usize) -> Vec<f64> {
    vec![0.0; columns * (columns + 1) / 2]
}

/// The symmetric matrix of a lower half.
pub(crate) fn symmetric(columns: usize, lower: &[f64]) -> Array2<f64> {
    let mut matrix = Array2::zeros((columns, columns));
    for i in 0..columns {
        for (j, &cell) in lower[i * (i + 1) / 2..][..=i].iter().enumerate() {
            (matrix[[i, j]], matrix[[j, i]]) = (cell, cell);
        }
    }
    matrix
}

impl Design<'_> {
    /// Whether rows are mostly zeros, as indicators of many levels are.
    pub(crate) fn is_sparse(&self) -> bool {
        let filled = 1 + self.x.ncols() + self.factors.len() + self.interactions.len();
        self.parameters() > 64 && self.parameters() > 4 * filled
    }

    /// `Σ wᵢ xᵢxᵢᵀ`, pieces side by side.
    pub(crate) fn sparse_product(&self, weights: &[f64]) -> Array2<f64> {
        let columns = self.parameters();
        let mut sum = products(columns);
        let each = sum.each();
        let of_piece = |&(piece, weights): &(usize, &[f64])| {
            let mut product = lower_half(columns);
            self.add_rows(piece * each, weights, &mut product);
            product
        };
        let pieces: Vec<(usize, &[f64])> = weights.chunks(each).enumerate().collect();
        for some in pieces.chunks(rayon::current_num_threads()) {
            let products: Vec<Vec<f64>> = some.par_iter().map(of_piece).collect();
            products.into_iter().for_each(|product| sum.push(product));
        }
        symmetric(columns, &sum.finish())
    }

    /// Adds the products of all rows, which have these weights.
    pub(crate) fn add_products(&self, weights: &[f64], sum: &mut Pieces<Vec<f64>>) {
        sum.add(weights.len(), |product, rows| self.add_rows(rows.start, &weights[rows], product));
    }

    /// Adds the lower half of the product of the rows from a first one on that have these weights.
    fn add_rows(&self, first: usize, weights: &[f64], product: &mut [f64]) {
        let mut cells = Vec::new();
        for (row, weight) in (first..).zip(weights).filter(|(_, weight)| **weight != 0.0) {
            cells.clear();
            self.visit_row(row, |column, cell| cells.push((column, cell)));
            for (place, &(i, x)) in cells.iter().enumerate() {
                let (scaled, line) = (weight * x, &mut product[i * (i + 1) / 2..]);
                cells[..=place].iter().for_each(|&(j, y)| line[j] += scaled * y);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, s};

    const ROWS: usize = 2 * pieces::ROWS + 1234;
    const LEVELS: usize = 80;

    #[test]
    fn blocks_and_threads_give_the_same_bits() {
        let names: Vec<String> = (0..LEVELS).map(|level| format!("{level}")).collect();
        let codes = Array1::from_shape_fn(ROWS, |row| row * row % LEVELS);
        let x = Array2::from_shape_fn((ROWS, 1), |(row, _)| (row as f64).sin());
        let weights: Vec<f64> = (0..ROWS).map(|row| 1.0 / (1 + row % 7) as f64).collect();
        let design = Design::new(&x).with_factor("level", &names, &codes).unwrap();
        assert!(design.is_sparse());
        let whole = design.sparse_product(&weights);
        for rows in [1000, pieces::ROWS - 1, pieces::ROWS + 1, ROWS] {
            let mut sum = products(design.parameters());
            for first in (0..ROWS).step_by(rows) {
                let block = first..ROWS.min(first + rows);
                let (x, codes) = (x.slice(s![block.clone(), ..]), codes.slice(s![block.clone()]));
                let design = Design::new(x).with_factor("level", &names, codes).unwrap();
                design.add_products(&weights[block], &mut sum);
            }
            assert_eq!(symmetric(design.parameters(), &sum.finish()), whole, "blocks of {rows} rows");
        }
        // A level's own weight, and the column's sums with it.
        for level in 1..LEVELS {
            let own = || (0..ROWS).filter(|&row| codes[row] == level);
            let [weight, with_x] = [(0, 0), (1, 1)].map(|(column, power)| {
                let sum: f64 = own().map(|row| weights[row] * x[[row, 0]].powi(power)).sum();
                (whole[[level + 1, column]], sum)
            });
            for (found, expected) in [weight, with_x, (whole[[level + 1, level + 1]], weight.1)] {
                assert!((found - expected).abs() <= 1e-10 * weight.1, "level {level}: {found} for {expected}");
            }
            assert!((1..LEVELS).all(|other| other == level || whole[[level + 1, other + 1]] == 0.0));
        }
    }
}
