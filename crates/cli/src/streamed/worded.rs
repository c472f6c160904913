//! What is wrong with the rows of a source, in the words of the command line: of several bad cells, the first.

use crate::error::Error;
use crate::recipe::Recipe;
use crate::table::{Omitted, Role, nothing_left, place};
use data::Source;
use std::path::Path;

/// The same error, with what to do about it here.
pub fn worded(error: Error, source: &dyn Source, recipe: &Recipe, response: Role, data: &Path) -> Error {
    let error = match is_of_cells(&error) {
        true => first(source, recipe).unwrap_or(error),
        false => error,
    };
    match error {
        Error::Model(models::Error::Source(ref found)) => {
            Error::of_source(found.get(), |column| role(recipe, response, column)).unwrap_or(error)
        }
        Error::Model(models::Error::Cell { file, at, column, reason }) => {
            // Of columns that are made of others, the response alone may hold what can't be.
            let column = if column.starts_with('\u{0}') { recipe.response.clone() } else { column };
            let hint = if column == recipe.response { "; or choose another --family" } else { "" };
            Error::Data { place: place(&file, &at.to_string(), &column), reason: format!("{reason}{hint}") }
        }
        Error::Model(models::Error::NoRows) if recipe.weights.is_none() => nothing_left(data, &Omitted::default()),
        Error::Model(found @ models::Error::RankDeficient { .. }) => Error::NotFitted(format!(
            "{found}; or leave them out as R does (--drop-aliased), which needs the rows in memory: give one file that fits (--memory)"
        )),
        Error::Model(found @ models::Error::Separation { .. }) => Error::NotFitted(format!("{found} (--ridge)")),
        error => error,
    }
}

/// Whether an error is of a row, as others of other columns may be that a later pass would have read, but that stand before it.
fn is_of_cells(error: &Error) -> bool {
    use data::Error::{Cell, NoNumber, Null, Row};
    match error {
        Error::Data { .. } | Error::Model(models::Error::Cell { .. }) => true,
        Error::Model(models::Error::Source(source)) => {
            matches!(source.get(), Cell { .. } | NoNumber { .. } | Null { .. } | Row { .. })
        }
        _ => false,
    }
}

/// What is wrong with the first row that can't be read, of all columns of the model.
fn first(source: &dyn Source, recipe: &Recipe) -> Option<Error> {
    let variables = recipe.variables().map(|variable| variable.name());
    let others =
        [Some(&recipe.response), recipe.weights.as_ref(), recipe.offset.as_ref()].into_iter().flatten().cloned();
    let places: Vec<usize> = variables.chain(others).filter_map(|name| source.find(&name).ok()).collect();
    data::each(source, &places, |_| crate::signals::check()).err().filter(is_of_cells)
}

/// What a column of numbers is to the model, whose response is in this role.
fn role(recipe: &Recipe, response: Role, column: &str) -> Role {
    let is = |name: &Option<String>| name.as_deref() == Some(column);
    match () {
        () if recipe.response == column => response,
        () if is(&recipe.weights) => Role::Weights,
        () if is(&recipe.offset) => Role::Offset,
        () => Role::Term,
    }
}
