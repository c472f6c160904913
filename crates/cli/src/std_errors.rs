//! Which standard errors are printed, and which of them don't hold.

use crate::args::InferenceArgs;
use crate::design::{Columns, Effect};
use crate::error::Result;
use crate::names;
use crate::table::Table;
use models::inference::Covariance;
use ndarray::ArrayView1;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeSet;

/// How standard errors were estimated.
#[derive(Clone, Debug, PartialEq)]
pub enum StdErrors {
    /// By the information.
    Plain,
    /// By a sandwich of the rows, of this name.
    Robust(&'static str),
    /// By a sandwich of clusters.
    Clustered {
        /// The column that tells them.
        column: String,
        /// How many there are.
        clusters: usize,
        /// The coefficients that rows of a single cluster tell from the others: the scores of a cluster sum to 0 along such a one, so
        /// that its standard error is far too small.
        of_one_cluster: Vec<String>,
    },
}

impl StdErrors {
    /// Whether they hold where the variance is not what the family says.
    pub fn is_robust(&self) -> bool {
        *self != StdErrors::Plain
    }

    /// What the summary says of them, a line each.
    pub fn notes(&self) -> Vec<String> {
        match self {
            StdErrors::Plain => Vec::new(),
            StdErrors::Robust(name) => vec![format!("Standard errors: robust ({name})")],
            StdErrors::Clustered { column, clusters, of_one_cluster } => {
                let said = format!("Standard errors: of {clusters} clusters by `{column}`");
                let lost = (!of_one_cluster.is_empty()).then(|| {
                    format!(
                        "Those of {} don't hold: each rests on the rows of a single cluster, as where a factor of the model tells the clusters",
                        names::listed(of_one_cluster)
                    )
                });
                [said].into_iter().chain(lost).collect()
            }
        }
    }
}

/// As fields of the object of `--json`.
impl Serialize for StdErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            StdErrors::Plain => {}
            StdErrors::Robust(name) => map.serialize_entry("std_errors", name)?,
            StdErrors::Clustered { column, clusters, of_one_cluster } => {
                map.serialize_entry("std_errors", &format!("clustered by {column}"))?;
                map.serialize_entry("clusters", clusters)?;
                if !of_one_cluster.is_empty() {
                    map.serialize_entry("of_one_cluster", of_one_cluster)?;
                }
            }
        }
        map.end()
    }
}

/// The inference with the standard errors that are asked for: by clusters, or by a covariance.
pub fn infer<I>(
    args: &InferenceArgs,
    table: &Table,
    columns: &Columns,
    by: impl FnOnce(Covariance) -> models::Result<I>,
    by_clusters: impl FnOnce(ArrayView1<'_, usize>) -> models::Result<I>,
    usual: Covariance,
) -> Result<(I, StdErrors)> {
    if let (Some(column), Some(of_rows)) = (&args.cluster, table.clusters()) {
        let clusters = of_rows.iter().collect::<BTreeSet<_>>().len();
        let of_one_cluster = of_one_cluster(columns, of_rows, clusters)?;
        let errors = StdErrors::Clustered { column: column.clone(), clusters, of_one_cluster };
        return Ok((by_clusters(ArrayView1::from(of_rows))?, errors));
    }
    let (errors, covariance) = match args.robust {
        Some(robust) => {
            let (name, covariance) = robust.kind();
            (StdErrors::Robust(name), covariance)
        }
        None => (StdErrors::Plain, usual),
    };
    Ok((by(covariance)?, errors))
}

/// The coefficients whose columns move in rows of one cluster only; and the intercept, if each cluster but one has such a column.
fn of_one_cluster(columns: &Columns, clusters: &[usize], count: usize) -> Result<Vec<String>> {
    let (mut names, mut alone) = (Vec::new(), BTreeSet::new());
    for (name, effect) in columns.named_effects()? {
        if let Some(cluster) = only_cluster(&effect, clusters, columns.intercept) {
            names.push(name);
            alone.insert(cluster);
        }
    }
    if columns.intercept && count > 1 && alone.len() + 1 >= count {
        names.insert(0, "(Intercept)".into());
    }
    Ok(names)
}

/// The cluster outside of which a column has a single value (0, where there is no intercept).
fn only_cluster(effect: &Effect, clusters: &[usize], intercept: bool) -> Option<usize> {
    let first = *clusters.first()?;
    let rest = (0..clusters.len()).find(|&row| clusters[row] != first)?;
    let moves = |value: f64| -> BTreeSet<usize> {
        (0..clusters.len()).filter(|&row| effect(row) != value).map(|row| clusters[row]).collect()
    };
    let values = if intercept { vec![effect(0), effect(rest)] } else { vec![0.0] };
    values.into_iter().map(moves).find(|moving| moving.len() == 1)?.first().copied()
}
