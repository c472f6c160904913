//! What the examples share: figures that must be right, tables, data, and a small linear solver.
//!
//! An example's `main` returns a [`Result`], so that a figure that is off ends it with a non-zero exit status.

mod data;
mod glm;
mod iris;
mod table;

pub use data::{GradientAtPoint, LabelledData, ReferencePoint, gradient_check_example, gradient_example};
pub use glm::GlmData;
pub use iris::{Iris, iris};
pub use table::Table;

use ndarray::{Array1, Array2};

/// The result of an example: any error, displayed, ends it with a non-zero exit status.
pub type Result<T = ()> = std::result::Result<T, Failure>;

/// Why an example failed.
pub struct Failure(String);

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

// What `main` returns is printed by `Debug`; a report of several lines should stay readable.
impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Fails unless `found` is within `allowed` of `wanted`.
///
/// ```
/// assert!(examples::expect_close("a third", 0.333, 1.0 / 3.0, 1e-3).is_ok());
/// assert!(examples::expect_close("a third", 0.333, 1.0 / 3.0, 1e-4).is_err());
/// assert!(examples::expect_close("a third", f64::NAN, 1.0 / 3.0, 1e-4).is_err());
/// ```
pub fn expect_close(what: &str, found: f64, wanted: f64, allowed: f64) -> Result {
    let difference = (found - wanted).abs();
    if difference <= allowed {
        return Ok(());
    }
    Err(format!("{what} is {found:e}, not {wanted:e}: off by {difference:e}, allowed are {allowed:e}").into())
}

/// A new folder for what an example draws, which stays when the example has ended.
pub fn new_folder() -> Result<std::path::PathBuf> {
    Ok(tempfile::Builder::new().prefix("example-").tempdir()?.keep())
}

/// Fails unless `holds`.
pub fn expect(what: &str, holds: bool) -> Result {
    if holds { Ok(()) } else { Err(format!("this should hold, but does not: {what}").into()) }
}

/// The largest absolute difference between two arrays of one shape; NaN if there is one.
pub fn largest_difference<'a>(a: impl IntoIterator<Item = &'a f64>, b: impl IntoIterator<Item = &'a f64>) -> f64 {
    a.into_iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, |largest, d| if d > largest || d.is_nan() { d } else { largest })
}

/// The heading of a part of an example's output.
pub fn heading(text: &str) {
    println!("\n{text}\n{}", "─".repeat(text.chars().count()));
}

/// Solves `A x = b` by Gaussian elimination with row pivoting; for the few unknowns of an example.
///
/// ```
/// use ndarray::{arr1, arr2};
/// let x = examples::solve(&arr2(&[[0.0, 2.0], [1.0, 1.0]]), &arr1(&[4.0, 3.0]))?;
/// assert_eq!(x, arr1(&[1.0, 2.0]));
/// # Ok::<(), examples::Failure>(())
/// ```
pub fn solve(a: &Array2<f64>, b: &Array1<f64>) -> Result<Array1<f64>> {
    let (mut a, mut b) = (a.clone(), b.clone());
    let n = b.len();
    if a.dim() != (n, n) {
        return Err(format!("a system of {n} equations needs a {n} × {n} matrix, not {:?}", a.dim()).into());
    }
    for column in 0..n {
        let largest = (column..n).max_by(|&i, &j| a[[i, column]].abs().total_cmp(&a[[j, column]].abs()));
        let pivot = largest.filter(|&row| a[[row, column]] != 0.0).ok_or("the matrix is singular")?;
        for k in 0..n {
            a.swap([column, k], [pivot, k]);
        }
        b.swap(column, pivot);
        for row in column + 1..n {
            let factor = a[[row, column]] / a[[column, column]];
            for k in column..n {
                a[[row, k]] -= factor * a[[column, k]];
            }
            b[row] -= factor * b[column];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|k| a[[row, k]] * b[k]).sum();
        b[row] = (b[row] - known) / a[[row, row]];
    }
    Ok(b)
}
