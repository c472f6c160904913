//! `Σ wᵢ xᵢxᵢᵀ` of rows that are mostly zeros, from their other cells alone.
//!
//! The rows are summed in pieces, and the sums of pieces one after another, whether the rows are in memory or come block by block: so neither
//! that nor the number of threads changes a bit.

use super::Design;
use ndarray::Array2;
use rayon::prelude::*;

/// The fewest rows of a piece.
const LEAST_ROWS: usize = 1 << 16;
/// The numbers of a piece's sum that a row pays for, at most: a row adds to few of them.
const MOVED_A_ROW: usize = 8;

/// The sum over rows that come block by block.
pub(crate) struct SparseProduct {
    sum: Array2<f64>,
    piece: Array2<f64>,
    /// Of the piece.
    rows: usize,
}

impl SparseProduct {
    pub(crate) fn new(columns: usize) -> Self {
        let zeros = Array2::zeros((columns, columns));
        SparseProduct { sum: zeros.clone(), piece: zeros, rows: 0 }
    }

    /// Adds the rows of a design, which have these weights.
    pub(crate) fn add(&mut self, design: &Design<'_>, weights: &[f64]) {
        let each = piece_rows(self.sum.ncols());
        let mut first = 0;
        while first < weights.len() {
            let end = weights.len().min(first + each - self.rows);
            design.add_product(first, &weights[first..end], &mut self.piece);
            self.rows += end - first;
            first = end;
            if self.rows == each {
                self.end_piece();
            }
        }
    }

    fn end_piece(&mut self) {
        self.sum += &self.piece;
        self.piece.fill(0.0);
        self.rows = 0;
    }

    pub(crate) fn finish(mut self) -> Array2<f64> {
        self.end_piece();
        mirrored(self.sum)
    }
}

fn piece_rows(columns: usize) -> usize {
    (columns * columns / MOVED_A_ROW).next_power_of_two().max(LEAST_ROWS)
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
        let (each, zeros) = (piece_rows(columns), || Array2::zeros((columns, columns)));
        let of_piece = |&(piece, weights): &(usize, &[f64])| {
            let mut product = zeros();
            self.add_product(piece * each, weights, &mut product);
            product
        };
        let (mut sum, pieces) = (zeros(), weights.chunks(each).enumerate().collect::<Vec<_>>());
        for some in pieces.chunks(rayon::current_num_threads()) {
            let products: Vec<Array2<f64>> = some.par_iter().map(of_piece).collect();
            products.iter().for_each(|product| sum += product);
        }
        mirrored(sum)
    }

    /// Adds the lower half of the product of the rows from a first one on that have these weights.
    fn add_product(&self, first: usize, weights: &[f64], product: &mut Array2<f64>) {
        let mut cells = Vec::new();
        for (row, weight) in (first..).zip(weights).filter(|(_, weight)| **weight != 0.0) {
            cells.clear();
            self.visit_row(row, |column, cell| cells.push((column, cell)));
            for (place, &(i, x)) in cells.iter().enumerate() {
                let (scaled, mut line) = (weight * x, product.row_mut(i));
                cells[..=place].iter().for_each(|&(j, y)| line[j] += scaled * y);
            }
        }
    }
}

/// The symmetric matrix of a lower half.
fn mirrored(mut product: Array2<f64>) -> Array2<f64> {
    for i in 0..product.nrows() {
        for j in 0..i {
            product[[j, i]] = product[[i, j]];
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, s};

    const ROWS: usize = 2 * LEAST_ROWS + 1234;
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
        for rows in [1000, LEAST_ROWS - 1, LEAST_ROWS + 1, ROWS] {
            let mut product = SparseProduct::new(design.parameters());
            for first in (0..ROWS).step_by(rows) {
                let block = first..ROWS.min(first + rows);
                let (x, codes) = (x.slice(s![block.clone(), ..]), codes.slice(s![block.clone()]));
                let design = Design::new(x).with_factor("level", &names, codes).unwrap();
                product.add(&design, &weights[block]);
            }
            assert_eq!(product.finish(), whole, "blocks of {rows} rows");
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
