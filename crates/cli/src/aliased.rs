//! Columns that those before them make up: which they are, and how they are reported, as R does.

use crate::design::Columns;
use crate::error::Result;
use crate::output;
use crate::recipe::Recipe;
use crate::table::{Omitted, Table};
use models::Design;
use models::inference::{Coefficient, Inference};
use std::collections::HashSet;

/// The coefficients whose columns are linear combinations of those before them, in R's order of terms: main effects as they
/// are written, then interactions.
pub fn find(recipe: &Recipe, table: &Table) -> Result<Vec<String>> {
    let columns = Columns::of(recipe, table)?;
    let (names, x) = columns.written_out(recipe)?;
    let mut design = Design::new(&x).with_names(&names)?;
    if !recipe.intercept {
        design = design.without_intercept();
    }
    if let Some(weights) = columns.weights() {
        design = design.with_weights(weights)?;
    }
    Ok(design.aliased().into_iter().map(|aliased| aliased.column).collect())
}

/// What is said of the columns that were left out; nothing if there are none.
pub fn sentence(recipe: &Recipe) -> Option<String> {
    match recipe.aliased.as_slice() {
        [] => None,
        names => Some(format!("Left out, as the columns before them make them up: {}", crate::names::listed(names))),
    }
}

/// Tells of which rows predictions are missing, or may not hold.
pub fn warn(recipe: &Recipe, omitted: &Omitted) -> Result<()> {
    warning(recipe).into_iter().chain(omitted.warning()).try_for_each(|warning| output::message(&warning))
}

/// What is said of predictions by a model that leaves columns out; nothing if it leaves none out.
fn warning(recipe: &Recipe) -> Option<String> {
    match recipe.aliased.as_slice() {
        [] => None,
        names => Some(format!(
            "the model leaves out {}, which other columns made up in its data: predictions hold for rows of which that is true",
            crate::names::listed(names)
        )),
    }
}

/// The inference and the ends of the intervals with NaN for the coefficients that were left out, in their places.
pub fn with_gaps(
    columns: &Columns,
    mut inference: Inference,
    mut ends: Vec<(f64, f64)>,
) -> Result<(Inference, Vec<(f64, f64)>)> {
    let left_out: HashSet<&String> = columns.aliased().iter().collect();
    for (place, name) in columns.whole_design()?.names().into_iter().enumerate() {
        if left_out.contains(&name) {
            let (gap, at) = (f64::NAN, place.min(inference.coefficients.len()));
            let coefficient = Coefficient { name, estimate: gap, std_error: gap, statistic: gap, p_value: gap };
            inference.coefficients.insert(at, coefficient);
            ends.insert(at, (gap, gap));
        }
    }
    Ok((inference, ends))
}
