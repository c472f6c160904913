//! Which columns the others make up, and roots of the design's product with itself, without the digits that squaring loses.

use super::Design;
use crate::error::Combination;
use crate::linalg::norm;
use faer::Mat;
use ndarray::{Array1, Array2, ArrayView1};

/// A column is superfluous where the part of it that the columns before it don't make up is below this, relative to the
/// column: what R's `glm` asks for.
const LEAST_PART: f64 = 1e-11;
/// A column is named in a combination where its part, relative to the largest, is above this.
const LEAST_NAMED: f64 = 1e-6;

impl Design<'_> {
    /// The columns that the columns before them make up, the first so many of them.
    pub(crate) fn superfluous(&self, most: usize) -> Vec<Combination> {
        self.combinations(&self.root(|_| 1.0), most)
    }

    /// The same of rows that have this root, with the terms of the design.
    pub(crate) fn combinations(&self, root: &Array2<f64>, most: usize) -> Vec<Combination> {
        let names = self.names();
        let combination = |(column, of): (usize, Vec<Part>)| {
            let largest = of.iter().map(|part| part.size).fold(0.0, f64::max);
            let named = of.iter().filter(|part| part.size > LEAST_NAMED * largest);
            Combination { column: names[column].clone(), of: named.map(|part| names[part.column].clone()).collect() }
        };
        dependent(root, most).into_iter().map(combination).collect()
    }

    /// The columns of a root that those before them make up, each with these and how many times they are in it.
    pub(crate) fn dependences(&self, root: &Array2<f64>) -> Vec<(usize, Vec<(usize, f64)>)> {
        let parts = |of: Vec<Part>| of.into_iter().map(|part| (part.column, part.coefficient)).collect();
        dependent(root, usize::MAX).into_iter().map(|(column, of)| (column, parts(of))).collect()
    }

    /// A matrix R with `RᵀR = Σ wᵢ xᵢxᵢᵀ` over the rows of positive weight, by orthogonal transformations of them: upper
    /// triangular, or the rows themselves where they are fewer than the columns.
    pub(crate) fn root(&self, weight: impl Fn(usize) -> f64) -> Array2<f64> {
        let mut root = RootOfRows::new(self.parameters());
        root.add(self, weight);
        root.finish()
    }
}

/// The root of rows that come block by block: the same bits, whatever the blocks.
pub(crate) struct RootOfRows {
    root: Mat<f64>,
    /// Rows that wait to be transformed, one after another.
    waiting: Vec<f64>,
    cells: Array1<f64>,
}

impl RootOfRows {
    pub(crate) fn new(columns: usize) -> Self {
        RootOfRows { root: Mat::zeros(0, columns), waiting: Vec::new(), cells: Array1::zeros(columns) }
    }

    /// Adds the rows of positive weight of a design, with these weights.
    pub(crate) fn add(&mut self, design: &Design<'_>, weight: impl Fn(usize) -> f64) {
        let mut cells = std::mem::take(&mut self.cells);
        for row in design.observed_rows() {
            design.write_row(row, cells.view_mut());
            let factor = weight(row).max(0.0).sqrt();
            self.push(cells.iter().map(|cell| factor * cell));
        }
        self.cells = cells;
    }

    /// Adds a row of its own.
    pub(crate) fn push(&mut self, cells: impl Iterator<Item = f64>) {
        let columns = self.root.ncols();
        // With blocks of several times the columns, little is transformed twice.
        if self.waiting.len() == 4 * columns.max(64) * columns {
            self.transform();
        }
        self.waiting.extend(cells);
    }

    /// Adds `λβ²` of each of these parameters: a ridge penalty has a part in the information.
    pub(crate) fn penalise(&mut self, lambda: f64, places: impl Iterator<Item = usize>) {
        for place in places.filter(|_| lambda > 0.0) {
            let columns = self.root.ncols();
            self.push((0..columns).map(|column| if column == place { lambda.sqrt() } else { 0.0 }));
        }
    }

    fn transform(&mut self) {
        let columns = self.root.ncols();
        let (above, rows) = (self.root.nrows(), self.root.nrows() + self.waiting.len() / columns.max(1));
        let stacked = Mat::from_fn(rows, columns, |row, column| match row.checked_sub(above) {
            Some(row) => self.waiting[row * columns + column],
            None => self.root[(row, column)],
        });
        self.waiting.clear();
        self.root = if rows >= columns { stacked.qr().thin_R().to_owned() } else { stacked };
    }

    pub(crate) fn finish(mut self) -> Array2<f64> {
        self.transform();
        Array2::from_shape_fn((self.root.nrows(), self.root.ncols()), |(i, j)| self.root[(i, j)])
    }
}

/// What a column is of one before it: so many times that, which is as long as `size`.
struct Part {
    column: usize,
    coefficient: f64,
    size: f64,
}

/// The first so many columns that those before them make up, each with these, by Gram and Schmidt's process, done twice for
/// every column.
fn dependent(matrix: &Array2<f64>, most: usize) -> Vec<(usize, Vec<Part>)> {
    let (mut basis, mut kept, mut found) = (Vec::<Array1<f64>>::new(), Vec::<usize>::new(), Vec::new());
    // What each kept column is of the basis, in its order.
    let mut parts = Vec::<Vec<f64>>::new();
    for (column, cells) in matrix.columns().into_iter().enumerate() {
        let size = norm(cells);
        let mut rest = cells.to_owned();
        let mut of_basis = vec![0.0; basis.len()];
        for _ in 0..2 {
            for (part, direction) in of_basis.iter_mut().zip(&basis) {
                let along = direction.dot(&rest);
                rest.scaled_add(-along, direction);
                *part += along;
            }
        }
        let left = norm(rest.view());
        if left > LEAST_PART * size {
            of_basis.push(left);
            parts.push(of_basis);
            kept.push(column);
            basis.push(rest / left);
        } else {
            found.push((column, made_of(of_basis, &parts, &kept)));
            if found.len() == most {
                break;
            }
        }
    }
    found
}

/// The kept columns that make up one with these parts of the basis.
fn made_of(mut of_basis: Vec<f64>, parts: &[Vec<f64>], kept: &[usize]) -> Vec<Part> {
    let mut found = Vec::with_capacity(kept.len());
    for place in (0..of_basis.len()).rev() {
        let coefficient = of_basis[place] / parts[place][place];
        of_basis.iter_mut().zip(&parts[place]).for_each(|(part, other)| *part -= coefficient * other);
        let size = coefficient.abs() * norm(ArrayView1::from(&parts[place]));
        found.push(Part { column: kept[place], coefficient, size });
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, arr1, arr2};

    #[test]
    fn columns_are_told_apart_down_to_what_r_accepts() {
        for (part, superfluous) in [(1e-10, false), (1e-12, true)] {
            let x = Array2::from_shape_fn((50, 2), |(row, column)| {
                let common = 1e9 + row as f64;
                common * (1.0 + if column == 1 { part * f64::from((row * 7 % 11) as u8 as f32 - 5.0) } else { 0.0 })
            });
            let design = Design::new(&x).without_intercept();
            assert_eq!(!design.superfluous(usize::MAX).is_empty(), superfluous, "{part}");
        }
    }

    #[test]
    fn every_superfluous_column_is_named_with_what_makes_it_up() {
        let x = arr2(&[
            [1.0, 2.0, 3.0, 0.0, 4.0],
            [1.0, 0.0, 1.0, 0.0, 0.0],
            [1.0, 5.0, 6.0, 0.0, 10.0],
            [1.0, 1.0, 2.0, 0.0, 2.0],
        ]);
        let design = Design::new(&x).with_names(&["a", "b", "c", "zero", "d"]).unwrap().without_intercept();
        let found: Vec<(String, Vec<String>)> = design
            .superfluous(usize::MAX)
            .into_iter()
            .map(|combination| (combination.column, combination.of))
            .collect();
        let expected = [("c", vec!["a", "b"]), ("zero", vec![]), ("d", vec!["b"])];
        let expected =
            expected.map(|(column, of)| (column.into(), of.into_iter().map(String::from).collect::<Vec<_>>()));
        assert_eq!(found, expected);
    }

    #[test]
    fn products_are_those_of_the_rows_written_out() {
        let x = arr2(&[[1.5], [2.5], [-3.0], [0.5]]);
        let (codes, weights) = (arr1(&[0, 1, 2, 1]), [1.0, 2.0, 0.5, 3.0]);
        let design = Design::new(&x).with_factor("g", &["a", "b", "c"], &codes).unwrap();
        let design = design.with_interaction("x1", "g").unwrap();
        let mut full = Array2::zeros((4, design.parameters()));
        for row in 0..4 {
            design.write_row(row, full.row_mut(row));
        }
        let weighted = Array2::from_shape_fn(full.dim(), |(row, column)| weights[row] * full[[row, column]]);
        let expected = full.t().dot(&weighted);
        assert_eq!(design.sparse_product(&weights), expected);
        let root = design.root(|row| weights[row]);
        for (found, expected) in root.t().dot(&root).iter().zip(&expected) {
            approx::assert_relative_eq!(*found, *expected, epsilon = 1e-13, max_relative = 1e-13);
        }
    }
}
