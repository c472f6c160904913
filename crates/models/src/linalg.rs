//! Symmetric matrices, positive definite and others: factored after their columns are scaled, so that units don't matter.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::solvers::{DenseSolveCore, Llt, Solve};
use faer::linalg::triangular_inverse::{invert_lower_triangular, invert_upper_triangular};
use faer::{Accum, Mat, Par, Side};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Zip};

/// A factored matrix `A = D·LLᵀ·D`, with D such that `LLᵀ` has ones on its diagonal.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    factor: Llt<f64>,
    /// The diagonal of D.
    scale: Array1<f64>,
}

/// The factorisation broke down: column `index` depends on those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Singular {
    pub(crate) index: usize,
}

impl Cholesky {
    pub(crate) fn new(matrix: ArrayView2<'_, f64>) -> Result<Self, Singular> {
        Self::damped(matrix, 0.0)
    }

    /// Factors `A + damping·diag(A)`.
    pub(crate) fn damped(matrix: ArrayView2<'_, f64>, damping: f64) -> Result<Self, Singular> {
        let scale: Array1<f64> = matrix.diag().mapv(f64::sqrt);
        if let Some(index) = scale.iter().position(|&scale| !(scale > 0.0 && scale.is_finite())) {
            return Err(Singular { index });
        }
        let scaled = Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| match i == j {
            true => 1.0 + damping,
            false => matrix[[i, j]] / scale[i] / scale[j],
        });
        match Llt::new(scaled.as_ref(), Side::Lower) {
            Ok(factor) if factor.L().diagonal().column_vector().iter().all(|x| x.is_finite()) => {
                Ok(Self { factor, scale })
            }
            Ok(_) => Err(Singular { index: 0 }),
            Err(faer::linalg::cholesky::llt::factor::LltError::NonPositivePivot { index }) => Err(Singular { index }),
        }
    }

    /// For each column the part of it, squared, that the columns before it don't make up: `1 − R²`.
    pub(crate) fn pivots(&self) -> Vec<f64> {
        self.factor.L().diagonal().column_vector().iter().map(|pivot| pivot * pivot).collect()
    }

    /// `ln det A`.
    pub(crate) fn ln_det(&self) -> f64 {
        let pivots = self.factor.L().diagonal().column_vector().iter().map(|pivot| pivot.ln()).sum::<f64>();
        2.0 * (pivots + self.scale.iter().map(|scale| scale.ln()).sum::<f64>())
    }

    /// `‖Db‖`: how long a vector is in units of the diagonal.
    pub(crate) fn length(&self, b: ArrayView1<'_, f64>) -> f64 {
        b.iter().zip(&self.scale).map(|(b, scale)| (b * scale) * (b * scale)).sum::<f64>().sqrt()
    }

    /// `A⁻¹b`.
    pub(crate) fn solve(&self, b: ArrayView1<'_, f64>) -> Array1<f64> {
        let scaled = Mat::from_fn(b.len(), 1, |i, _| b[i] / self.scale[i]);
        let solution = self.factor.solve(&scaled);
        Zip::indexed(&self.scale).map_collect(|i, scale| solution[(i, 0)] / scale)
    }

    /// `A⁻¹`.
    pub(crate) fn inverse(&self) -> Array2<f64> {
        let inverse = self.factor.inverse();
        let n = self.scale.len();
        Array2::from_shape_fn((n, n), |(i, j)| inverse[(i, j)] / self.scale[i] / self.scale[j])
    }

    /// An upper triangle S with `S·Sᵀ = A⁻¹`.
    pub(crate) fn inverse_root(&self) -> Array2<f64> {
        let n = self.scale.len();
        let mut inverse = Mat::zeros(n, n);
        invert_lower_triangular(inverse.as_mut(), self.factor.L(), Par::Seq);
        Array2::from_shape_fn((n, n), |(i, j)| if i <= j { inverse[(j, i)] / self.scale[i] } else { 0.0 })
    }

    /// A lower triangle B with `B·Bᵀ = A`.
    fn root(&self) -> Array2<f64> {
        let (n, factor) = (self.scale.len(), self.factor.L());
        Array2::from_shape_fn((n, n), |(i, j)| if j <= i { factor[(i, j)] * self.scale[i] } else { 0.0 })
    }

    /// `(c·A)⁻¹` in place of `A⁻¹` from here on.
    pub(crate) fn times(mut self, c: f64) -> Self {
        self.scale *= c.sqrt();
        self
    }
}

/// The spectrum of a symmetric matrix `A = D·QΛQᵀ·D`, with D such that `QΛQᵀ` has ±1 on its diagonal where A's isn't 0.
#[derive(Clone, Debug)]
pub(crate) struct Spectrum {
    /// The diagonal of Λ.
    pub(crate) values: Array1<f64>,
    /// Q: a vector a column.
    vectors: Mat<f64>,
    /// The diagonal of D.
    scale: Array1<f64>,
}

impl Spectrum {
    /// The spectrum, unless an entry is not finite.
    pub(crate) fn new(matrix: ArrayView2<'_, f64>) -> Option<Self> {
        let n = matrix.nrows();
        let scale = Array1::from_shape_fn(n, |i| {
            let largest = matrix.row(i).iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
            let size = if matrix[[i, i]] == 0.0 { largest } else { matrix[[i, i]].abs() };
            if size > 0.0 { size.sqrt() } else { 1.0 }
        });
        let scaled = Mat::from_fn(n, n, |i, j| matrix[[i, j]] / scale[i] / scale[j]);
        let eigen = scaled.self_adjoint_eigen(Side::Lower).ok()?;
        let values: Array1<f64> = eigen.S().column_vector().iter().copied().collect();
        let finite = values.iter().all(|value| value.is_finite());
        finite.then(|| Self { values, vectors: eigen.U().to_owned(), scale })
    }

    /// The largest value in size.
    pub(crate) fn largest(&self) -> f64 {
        self.values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
    }

    /// The diagonal of D: the units that steps are measured in.
    pub(crate) fn units(&self) -> ArrayView1<'_, f64> {
        self.scale.view()
    }

    /// The place of the least value.
    pub(crate) fn least(&self) -> usize {
        (0..self.values.len()).min_by(|&i, &j| self.values[i].total_cmp(&self.values[j])).unwrap_or(0)
    }

    /// `QᵀD⁻¹b`: what a gradient is along each vector.
    pub(crate) fn parts(&self, b: ArrayView1<'_, f64>) -> Array1<f64> {
        let n = self.values.len();
        Array1::from_shape_fn(n, |k| (0..n).map(|i| self.vectors[(i, k)] * b[i] / self.scale[i]).sum())
    }

    /// `D⁻¹Q·parts`: the step that goes so far along each vector.
    pub(crate) fn step(&self, parts: ArrayView1<'_, f64>) -> Array1<f64> {
        let n = self.values.len();
        let part = |i: usize| (0..n).map(|k| self.vectors[(i, k)] * parts[k]).sum::<f64>() / self.scale[i];
        Array1::from_shape_fn(n, part)
    }
}

/// An upper triangle R, for the matrix `RᵀR`: where columns are nearly dependent that product itself has lost the digits that
/// tell them apart.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    triangle: Array2<f64>,
}

impl Root {
    /// The root, unless it isn't square or has a 0 on its diagonal.
    pub(crate) fn new(triangle: Array2<f64>) -> Option<Self> {
        let sound = triangle.is_square() && triangle.diag().iter().all(|pivot| pivot.abs() > 0.0 && pivot.is_finite());
        sound.then_some(Self { triangle })
    }

    /// `R⁻ᵀb`.
    pub(crate) fn half(&self, b: ArrayView1<'_, f64>) -> Array1<f64> {
        let mut solution = b.to_owned();
        for i in 0..solution.len() {
            let sum: f64 = (0..i).map(|k| self.triangle[[k, i]] * solution[k]).sum();
            solution[i] = (solution[i] - sum) / self.triangle[[i, i]];
        }
        solution
    }

    /// `R⁻¹b`.
    pub(crate) fn other_half(&self, b: ArrayView1<'_, f64>) -> Array1<f64> {
        let mut solution = b.to_owned();
        for i in (0..solution.len()).rev() {
            let sum: f64 = (i + 1..solution.len()).map(|k| self.triangle[[i, k]] * solution[k]).sum();
            solution[i] = (solution[i] - sum) / self.triangle[[i, i]];
        }
        solution
    }

    /// The product of the triangle with a vector.
    pub(crate) fn times(&self, b: ArrayView1<'_, f64>) -> Array1<f64> {
        self.triangle.dot(&b)
    }

    /// The product of the transposed triangle with a vector.
    pub(crate) fn transposed_times(&self, b: ArrayView1<'_, f64>) -> Array1<f64> {
        self.triangle.t().dot(&b)
    }

    /// The last element of the triangle.
    pub(crate) fn last(&self) -> f64 {
        self.triangle.diag().last().copied().unwrap_or(1.0)
    }

    /// The logarithm of the determinant's size.
    pub(crate) fn ln_det(&self) -> f64 {
        self.triangle.diag().iter().map(|pivot| pivot.abs().ln()).sum()
    }
}

impl Root {
    /// `R⁻¹`, an upper triangle S with `S·Sᵀ = (RᵀR)⁻¹`.
    pub(crate) fn inverse(&self) -> Array2<f64> {
        let n = self.triangle.nrows();
        let mut inverse = Mat::zeros(n, n);
        invert_upper_triangular(inverse.as_mut(), to_faer(&self.triangle).as_ref(), Par::Seq);
        Array2::from_shape_fn((n, n), |(i, j)| if i <= j { inverse[(i, j)] } else { 0.0 })
    }
}

/// A matrix B with `B·Bᵀ = A`, of a positive semi-definite A; NaN, if an entry of that is not finite.
pub(crate) fn root_of(matrix: &Array2<f64>) -> Array2<f64> {
    if let Ok(factor) = Cholesky::new(matrix.view()) {
        return factor.root();
    }
    let Ok(eigen) = to_faer(matrix).self_adjoint_eigen(Side::Lower) else {
        return Array2::from_elem(matrix.dim(), f64::NAN);
    };
    let (values, vectors) = (eigen.S().column_vector(), eigen.U());
    Array2::from_shape_fn(matrix.dim(), |(i, j)| vectors[(i, j)] * values[j].max(0.0).sqrt())
}

/// `S·Sᵀ`, symmetric to the last bit.
pub(crate) fn square_of(root: &Array2<f64>) -> Array2<f64> {
    let (n, root) = (root.nrows(), to_faer(root));
    let mut square = Mat::zeros(n, n);
    let (lower, full) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
    triangular::matmul(
        square.as_mut(),
        lower,
        Accum::Replace,
        root.as_ref(),
        full,
        root.transpose(),
        full,
        1.0,
        Par::Seq,
    );
    Array2::from_shape_fn((n, n), |(i, j)| square[(i.max(j), i.min(j))])
}

fn to_faer(matrix: &Array2<f64>) -> Mat<f64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| matrix[[i, j]])
}

/// Makes an orthonormal basis Q of the columns X by a weighted inner product: each becomes what those before it leave of it, at length 1.
/// Gives the upper triangle R of `X = Q·R`, or the first column of which nothing is left.
///
/// It is Gram and Schmidt's process, done twice, on the columns themselves: a column that moves little beside its mean keeps its digits.
pub(crate) fn orthonormal(columns: &mut Array2<f64>, weights: &Array1<f64>) -> Result<Root, usize> {
    let roots = weights.mapv(f64::sqrt);
    let length = |column: ArrayView1<'_, f64>| norm((&column * &roots).view());
    let mut triangle = Array2::zeros((columns.ncols(), columns.ncols()));
    for place in 0..columns.ncols() {
        let (before, mut rest) = columns.view_mut().split_at(Axis(1), place);
        let mut column = rest.column_mut(0);
        let whole = length(column.view());
        for _ in 0..2 {
            for (row, known) in before.columns().into_iter().enumerate() {
                let along = Zip::from(&column).and(&known).and(weights).fold(0.0, |sum, x, q, w| sum + w * x * q);
                column.scaled_add(-along, &known);
                triangle[[row, place]] += along;
            }
        }
        let left = length(column.view());
        if !(left > 1e-14 * whole && left.is_finite()) {
            return Err(place);
        }
        column /= left;
        triangle[[place, place]] = left;
    }
    Ok(Root { triangle })
}

/// The size of the largest element.
pub(crate) fn largest(vector: &Array1<f64>) -> f64 {
    vector.iter().fold(0.0, |largest, x| largest.max(x.abs()))
}

/// The length of a vector, which neither over- nor underflows.
pub(crate) fn norm(vector: ArrayView1<'_, f64>) -> f64 {
    let largest = vector.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
    if largest == 0.0 {
        // Zeros, or NaN, which the largest doesn't see.
        return vector.sum().abs();
    }
    if largest == f64::INFINITY {
        return largest;
    }
    largest * vector.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{arr1, arr2};

    #[test]
    fn solves_are_accurate_whatever_the_units_of_the_columns() {
        let (a, d) = (arr2(&[[4.0, 2.0], [2.0, 3.0]]), [1e8, 1e-8]);
        let scaled = Array2::from_shape_fn((2, 2), |(i, j)| a[[i, j]] * d[i] * d[j]);
        let x = Cholesky::new(scaled.view()).unwrap().solve(arr1(&[8.0 * 1e8, 7.0 * 1e-8]).view());
        approx::assert_relative_eq!(x[0], 1.25e-8, max_relative = 1e-14);
        approx::assert_relative_eq!(x[1], 1.5e8, max_relative = 1e-14);
    }

    #[test]
    fn both_halves_of_a_root_solve() {
        let triangle = arr2(&[[2.0, 1.0, -1.0], [0.0, 3.0, 0.5], [0.0, 0.0, 4.0]]);
        let b = arr1(&[1.0, -2.0, 3.0]);
        let root = Root::new(triangle.clone()).unwrap();
        let x = root.other_half(root.half(b.view()).view());
        let product = triangle.t().dot(&triangle.dot(&x));
        product.iter().zip(&b).for_each(|(ours, b)| approx::assert_relative_eq!(ours, b, max_relative = 1e-14));
        assert!(Root::new(arr2(&[[1.0, 2.0], [0.0, 0.0]])).is_none());
    }

    fn assert_near(found: &Array2<f64>, expected: &Array2<f64>, epsilon: f64) {
        found.iter().zip(expected).for_each(|(found, expected)| {
            approx::assert_abs_diff_eq!(found, expected, epsilon = epsilon);
        });
    }

    #[test]
    fn roots_square_to_the_matrix_and_to_its_inverse() {
        let a = arr2(&[[4e10, 2e5, 0.0], [2e5, 3.0, -1.0], [0.0, -1.0, 2.0]]);
        let factor = Cholesky::new(a.view()).unwrap();
        let identity = square_of(&factor.inverse_root()).dot(&a);
        for ((i, j), entry) in identity.indexed_iter() {
            let size = (a[[j, j]] / a[[i, i]]).sqrt();
            approx::assert_abs_diff_eq!(entry / size, f64::from(u8::from(i == j)), epsilon = 1e-14);
        }
        let triangle = arr2(&[[2.0, 1.0, -1.0], [0.0, 3.0, 0.5], [0.0, 0.0, 4.0]]);
        let product = triangle.dot(&Root::new(triangle.clone()).unwrap().inverse());
        assert_near(&product, &Array2::eye(3), 1e-15);
        // One of rank 1, which has no Cholesky factor.
        let b = arr2(&[[1.0, -2.0], [-2.0, 4.0]]);
        for matrix in [a, b, Array2::zeros((2, 2))] {
            assert_near(&square_of(&root_of(&matrix)), &matrix, 1e-5);
        }
    }

    #[test]
    fn a_dependent_column_is_named() {
        let a = arr2(&[[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        assert_eq!(Cholesky::new(a.view()).unwrap_err(), Singular { index: 1 });
    }
}
