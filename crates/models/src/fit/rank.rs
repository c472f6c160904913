//! Superfluous columns: those that the columns before them make up.

use super::metric::NEARLY_SINGULAR;
use crate::error::{Combination, Error, Result};
use crate::linalg::Cholesky;
use crate::objective::{Objective, names};
use ndarray::{Array2, ArrayView2, Axis};

/// A column is superfluous where the part of it that the columns before it don't make up is below this, squared and
/// relative: sums of squares can't resolve less than about 1e-13.
const LEAST_PIVOT: f64 = 1e-12;
/// A column is named in a combination where its part, relative to the largest, is above this.
const LEAST_PART: f64 = 1e-6;

/// Looks for superfluous columns of the objective's design, where the curvature `XᵀWX` gives reason to.
pub(super) fn check<O: Objective>(objective: &O, curvature: ArrayView2<'_, f64>) -> Result<()> {
    let sound =
        Cholesky::new(curvature).is_ok_and(|factor| factor.pivots().iter().all(|&pivot| pivot > NEARLY_SINGULAR));
    if sound {
        return Ok(());
    }
    match objective.superfluous()? {
        Some(combinations) if combinations.is_empty() => Ok(()),
        Some(combinations) => Err(Error::RankDeficient { combinations }),
        None => check_curvature(curvature, &names(objective)),
    }
}

/// Looks for superfluous columns in the curvature itself.
fn check_curvature(curvature: ArrayView2<'_, f64>, names: &[String]) -> Result<()> {
    let mut kept: Vec<usize> = (0..names.len()).collect();
    let mut combinations = Vec::new();
    while let Some(at) = first_dependent(select(curvature, &kept).view()) {
        let column = kept.remove(at);
        let of = parts(curvature, &kept[..at], column).into_iter().map(|part| names[part].clone()).collect();
        combinations.push((column, Combination { column: names[column].clone(), of }));
    }
    if combinations.is_empty() {
        return Ok(());
    }
    combinations.sort_by_key(|(column, _)| *column);
    Err(Error::RankDeficient { combinations: combinations.into_iter().map(|(_, combination)| combination).collect() })
}

fn first_dependent(curvature: ArrayView2<'_, f64>) -> Option<usize> {
    match Cholesky::new(curvature) {
        Ok(factor) => factor.pivots().iter().position(|&pivot| pivot < LEAST_PIVOT),
        Err(singular) => Some(singular.index),
    }
}

/// The columns that make up `column`, by least squares on the columns `kept`.
fn parts(curvature: ArrayView2<'_, f64>, kept: &[usize], column: usize) -> Vec<usize> {
    let Ok(factor) = Cholesky::new(select(curvature, kept).view()) else { return Vec::new() };
    let products = kept.iter().map(|&other| curvature[[other, column]]).collect::<ndarray::Array1<f64>>();
    let coefficients = factor.solve(products.view());
    let size = |at: usize| (coefficients[at] * coefficients[at] * curvature[[kept[at], kept[at]]]).sqrt();
    let largest = (0..kept.len()).map(size).fold(0.0, f64::max);
    (0..kept.len()).filter(|&at| size(at) > LEAST_PART * largest).map(|at| kept[at]).collect()
}

fn select(matrix: ArrayView2<'_, f64>, indices: &[usize]) -> Array2<f64> {
    matrix.select(Axis(0), indices).select(Axis(1), indices)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    #[test]
    fn every_superfluous_column_is_named_with_what_makes_it_up() {
        let x = arr2(&[
            [1.0, 2.0, 3.0, 0.0, 4.0],
            [1.0, 0.0, 1.0, 0.0, 0.0],
            [1.0, 5.0, 6.0, 0.0, 10.0],
            [1.0, 1.0, 2.0, 0.0, 2.0],
        ]);
        let names: Vec<String> = ["a", "b", "c", "zero", "d"].map(String::from).to_vec();
        let error = check_curvature(x.t().dot(&x).view(), &names).unwrap_err();
        let combination = |column: &str, of: &[&str]| Combination {
            column: column.into(),
            of: of.iter().map(|name| name.to_string()).collect(),
        };
        let expected = vec![combination("c", &["a", "b"]), combination("zero", &[]), combination("d", &["b"])];
        assert_eq!(error, Error::RankDeficient { combinations: expected });
    }
}
