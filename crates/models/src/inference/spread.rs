//! The covariance of estimates as standard errors of functions of them need it.

use crate::error::{Error, Result};
use ndarray::{Array1, Array2, ArrayView1};

/// A variance that rounding may change by more than this part of it is none.
const MOST_ROUNDING: f64 = 1e-6;

/// Squares below this and above its inverse leave the range of the numbers, or lose digits; the factor that brings them back is a power of two, so that
/// nothing is rounded.
const LEAST_SQUARE: f64 = 1e-270;
const FACTOR: f64 = 1.3407807929942597e154; // 2⁵¹²

/// The covariance of estimates: the variance of a function of them with the gradient g is `gᵀVg`.
///
/// ```
/// use models::inference::Spread;
/// use ndarray::{arr1, arr2};
/// let covariance = Spread::Covariance(arr2(&[[4.0, 2.0], [2.0, 10.0]]));
/// let root = Spread::Root(arr2(&[[2.0, 0.0], [1.0, 3.0]]));
/// let difference = arr1(&[1.0, -1.0]);
/// assert_eq!((covariance.variance(difference.view()), root.variance(difference.view())), (Some(10.0), Some(10.0)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Spread {
    /// S with `V = S·Sᵀ`: of columns that move little beside their means it loses half as many digits as V.
    Root(Array2<f64>),
    /// V.
    Covariance(Array2<f64>),
}

impl Spread {
    /// The variance of a function of the estimates with this gradient; `None` where rounding may have changed it, or where the
    /// gradient has another length.
    pub fn variance(&self, gradient: ArrayView1<'_, f64>) -> Option<f64> {
        self.check(gradient.len()).ok()?;
        let (variance, rounding) = self.sums(gradient);
        is_kept(variance, rounding).then_some(variance)
    }

    /// The variance, and what rounding may change it by.
    fn sums(&self, gradient: ArrayView1<'_, f64>) -> (f64, f64) {
        match self {
            Spread::Root(root) => of_root(root, gradient),
            Spread::Covariance(covariance) => of_covariance(covariance, gradient),
        }
    }

    /// The root of the variance, which may be a number where the variance isn't: infinite where it is none either.
    fn root_of_variance(&self, gradient: ArrayView1<'_, f64>) -> Option<f64> {
        let (mut variance, mut rounding) = self.sums(gradient);
        let mut unit = 1.0;
        // What is below 0 by rounding is lost, not small.
        let is_small = variance.abs() < LEAST_SQUARE && rounding < LEAST_SQUARE;
        if is_small || !(variance.is_finite() && rounding.is_finite()) {
            unit = if is_small { 1.0 / FACTOR } else { FACTOR };
            (variance, rounding) = self.sums(gradient.mapv(|part| part / unit).view());
        }
        is_kept(variance, rounding).then(|| variance.sqrt() * unit)
    }

    /// The standard error of a row's function of the estimates with this gradient.
    pub(crate) fn std_error(&self, row: usize, gradient: ArrayView1<'_, f64>) -> Result<f64> {
        self.root_of_variance(gradient).ok_or(Error::LostInRounding { row })
    }

    /// Makes sure that it is of so many estimates.
    pub(crate) fn check(&self, expected: usize) -> Result<()> {
        let counts = match self {
            Spread::Root(root) => [root.nrows(); 2],
            Spread::Covariance(covariance) => [covariance.nrows(), covariance.ncols()],
        };
        match counts.into_iter().find(|found| *found != expected) {
            Some(found) => Err(Error::CountMismatch { what: "rows or columns of the covariance", found, expected }),
            None => Ok(()),
        }
    }
}

/// Whether rounding leaves of a variance what counts; one that is no number is another fault.
fn is_kept(variance: f64, rounding: f64) -> bool {
    !variance.is_finite() || rounding.is_nan() || rounding <= MOST_ROUNDING * variance
}

/// `‖Sᵀg‖²`, and what rounding may change it by.
fn of_root(root: &Array2<f64>, gradient: ArrayView1<'_, f64>) -> (f64, f64) {
    let (mut parts, mut sizes) = (Array1::<f64>::zeros(root.ncols()), Array1::<f64>::zeros(root.ncols()));
    for (&part, row) in gradient.iter().zip(root.outer_iter()).filter(|(part, _)| **part != 0.0) {
        parts.scaled_add(part, &row);
        sizes.zip_mut_with(&row, |size, entry| *size += (part * entry).abs());
    }
    (parts.dot(&parts), 2.0 * f64::EPSILON * parts.dot(&parts).sqrt() * sizes.dot(&sizes).sqrt())
}

/// `gᵀVg`, and what rounding may change it by.
fn of_covariance(covariance: &Array2<f64>, gradient: ArrayView1<'_, f64>) -> (f64, f64) {
    let (mut sum, mut size) = (0.0, 0.0);
    for (&left, row) in gradient.iter().zip(covariance.outer_iter()).filter(|(part, _)| **part != 0.0) {
        for (&right, entry) in gradient.iter().zip(row) {
            let term = left * entry * right;
            sum += term;
            size += f64::abs(term);
        }
    }
    (sum, size * f64::EPSILON)
}

/// The rows of a matrix.
pub(crate) fn rows(matrix: &Array2<f64>) -> Vec<Vec<f64>> {
    matrix.outer_iter().map(|row| row.to_vec()).collect()
}

/// A matrix of rows of the same length; NaN where one is too short.
pub(crate) fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    let columns = rows.first().map_or(0, Vec::len);
    Array2::from_shape_fn((rows.len(), columns), |(i, j)| rows[i].get(j).copied().unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{arr1, arr2};

    #[test]
    fn standard_errors_are_numbers_wherever_they_can_be() {
        let covariance = arr2(&[[4.0, 2.0], [2.0, 10.0]]);
        let root = arr2(&[[2.0, 0.0], [1.0, 3.0]]);
        for spread in [Spread::Root(root), Spread::Covariance(covariance)] {
            let of = |cells: [f64; 2]| spread.std_error(0, arr1(&cells).view()).unwrap();
            let ordinary = of([1.0, -3.0]);
            assert_eq!(ordinary, 82f64.sqrt());
            for power in [-1000, -600, -500, -1, 300, 380, 500, 512, 600, 1000, 1019] {
                let unit = 2f64.powi(power);
                assert_eq!(of([unit, -3.0 * unit]), ordinary * unit, "2^{power}");
            }
            assert_eq!(of([0.0, 0.0]), 0.0);
            assert_eq!(of([f64::MAX, f64::MAX]), f64::INFINITY);
            let error = spread.std_error(7, arr1(&[1.0, -1e100]).view());
            assert!((error.unwrap() - 10f64.sqrt() * 1e100).abs() < 1e85);
        }
        // What cancels is lost at every size.
        let near = Spread::Root(arr2(&[[1e9], [-1e9]]));
        for unit in [1.0, 1e100, 1e200, 1e-200] {
            assert!(near.std_error(0, arr1(&[unit * (1.0 + 1e-14), unit]).view()).is_err(), "{unit}");
        }
    }
}
