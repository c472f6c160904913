//! Covariances that hold where the variance is not what the family says: each row's own score stands for it, or the sum of
//! a cluster's, where its rows depend on each other.

use super::covariance::{Covariance, root, sandwich};
use crate::error::{Error, Result};
use crate::evaluate::{RowValues, row_scores};
use crate::glm::Glm;
use crate::objective::Objective;
use ndarray::{Array1, Array2, ArrayView1};
use std::collections::BTreeMap;

/// A row whose leverage is nearer to 1 than this is fitted by a parameter of its own.
const ALONE: f64 = 1e-10;

/// A root of `V (Σ ωᵢ gᵢgᵢᵀ) V`, with V the inverse of the expected information, gᵢ the rows' scores, hᵢ their leverages, and ωᵢ 1
/// (HC0, White 1980), `n/(n − p)` (HC1), `1/(1 − hᵢ)` (HC2) or `1/(1 − hᵢ)²` (HC3, MacKinnon & White 1985), as R's
/// `sandwich::vcovHC` has them.
pub(super) fn of_rows(
    model: &Glm<'_>,
    parameters: &[f64],
    values: &RowValues,
    kind: Covariance,
) -> Result<Array2<f64>> {
    let inverse = root(model, ArrayView1::from(parameters), Covariance::Expected, 1.0)?;
    let (n, p) = (model.observations() as f64, parameters.len() as f64);
    let mut cells = Array1::zeros(parameters.len());
    let mut middle = Array2::<f64>::zeros(inverse.raw_dim());
    for row in model.design().observed_rows() {
        model.design().write_row(row, cells.view_mut());
        // In units of the inverse, no digits are lost of columns that move little beside their means.
        let cells = cells.dot(&inverse);
        let rest = 1.0 - values.information[row] * cells.dot(&cells);
        let factor = match kind {
            Covariance::HC1 => n / (n - p),
            Covariance::HC2 | Covariance::HC3 if rest < ALONE => {
                let needs =
                    "rows of a leverage below 1, but a row is fitted by a parameter of its own; take HC0 or HC1";
                return Err(Error::Unavailable { what: "HC2 or HC3", needs });
            }
            Covariance::HC2 => 1.0 / rest,
            Covariance::HC3 => 1.0 / (rest * rest),
            _ => 1.0,
        };
        add_square(&mut middle, factor * values.score[row].powi(2), &cells);
    }
    Ok(sandwich(&inverse, &middle))
}

/// A root of `c·V (Σ g_c g_cᵀ) V`, with the sums g_c of the scores of each cluster's rows, and `c = G/(G − 1)·(n − 1)/(n − p)` for G
/// clusters (Liang & Zeger 1986), as R's `sandwich::vcovCL` has it with `type = "HC1"`.
pub(super) fn of_clusters(
    model: &Glm<'_>,
    parameters: &[f64],
    values: &RowValues,
    clusters: ArrayView1<'_, usize>,
) -> Result<Array2<f64>> {
    model.design().check_length("clusters", clusters.len())?;
    let inverse = root(model, ArrayView1::from(parameters), Covariance::Expected, 1.0)?;
    let mut sums = Sums::default();
    let mut cells = Array1::zeros(parameters.len());
    for row in model.design().observed_rows() {
        model.design().write_row(row, cells.view_mut());
        sums.add(clusters[row], values.score[row], &cells.dot(&inverse));
    }
    sums.sandwich(&inverse, model.observations())
}

/// The covariance of any objective whose loss is a sum over its rows, of which so many have a positive weight: the inverse of the
/// information that is the `bread`; with HC0 and HC1 the sandwich.
pub(crate) fn of_objective<O: Objective>(
    objective: &O,
    parameters: &[f64],
    bread: Covariance,
    kind: Covariance,
    observations: usize,
) -> Result<Array2<f64>> {
    let factor = match kind {
        Covariance::Expected | Covariance::Observed => {
            return root(objective, ArrayView1::from(parameters), kind, 1.0);
        }
        Covariance::HC2 | Covariance::HC3 => {
            let needs = "leverages, which rows have where there is a single linear predictor; take HC0 or HC1";
            return Err(Error::Unavailable { what: "HC2 or HC3", needs });
        }
        Covariance::HC1 => observations as f64 / (observations as f64 - parameters.len() as f64),
        Covariance::HC0 | Covariance::Sandwich => 1.0,
    };
    let inverse = root(objective, ArrayView1::from(parameters), bread, 1.0)?;
    let scores = row_scores(objective, ArrayView1::from(parameters))?.dot(&inverse);
    Ok(sandwich(&inverse, &scores.t().dot(&scores)) * factor.sqrt())
}

/// The same by clusters of rows: see [`of_clusters`].
pub(crate) fn of_objective_clusters<O: Objective>(
    objective: &O,
    parameters: &[f64],
    bread: Covariance,
    clusters: ArrayView1<'_, usize>,
    observed: impl Iterator<Item = usize>,
) -> Result<Array2<f64>> {
    let (found, expected) = (clusters.len(), objective.rows());
    if found != expected {
        return Err(Error::CountMismatch { what: "clusters", found, expected });
    }
    let inverse = root(objective, ArrayView1::from(parameters), bread, 1.0)?;
    let scores = row_scores(objective, ArrayView1::from(parameters))?.dot(&inverse);
    let (mut sums, mut observations) = (Sums::default(), 0);
    for row in observed {
        sums.add(clusters[row], 1.0, &scores.row(row).to_owned());
        observations += 1;
    }
    sums.sandwich(&inverse, observations)
}

/// The sums of the clusters' scores, in units of the inverse.
#[derive(Default)]
struct Sums {
    of_clusters: BTreeMap<usize, Array1<f64>>,
}

impl Sums {
    /// Adds a row's score, `c·v`.
    fn add(&mut self, cluster: usize, c: f64, v: &Array1<f64>) {
        self.of_clusters.entry(cluster).or_insert_with(|| Array1::zeros(v.len())).scaled_add(c, v);
    }

    fn sandwich(self, inverse: &Array2<f64>, observations: usize) -> Result<Array2<f64>> {
        let (n, p, groups) = (observations as f64, inverse.nrows() as f64, self.of_clusters.len() as f64);
        if self.of_clusters.len() < 2 {
            return Err(Error::Option {
                option: "clusters",
                value: groups,
                allowed: "there must be at least two clusters",
            });
        }
        let mut middle = Array2::<f64>::zeros(inverse.raw_dim());
        self.of_clusters.values().for_each(|sum| add_square(&mut middle, 1.0, sum));
        let correction = groups / (groups - 1.0) * (n - 1.0) / (n - p);
        Ok(sandwich(inverse, &middle) * correction.sqrt())
    }
}

/// Adds `c·vvᵀ`.
fn add_square(matrix: &mut Array2<f64>, c: f64, v: &Array1<f64>) {
    for (mut row, &x) in matrix.outer_iter_mut().zip(v) {
        row.scaled_add(c * x, v);
    }
}
