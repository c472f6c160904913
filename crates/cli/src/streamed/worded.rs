//! What is wrong with the rows of a source, in the words of the command line.

use crate::error::Error;
use crate::recipe::Recipe;
use crate::table::{Omitted, Role, Spelling, not_a_number, nothing_left, place};
use std::path::Path;

/// The same error, with what to do about it here.
pub fn worded(error: Error, recipe: &Recipe, data: &Path) -> Error {
    match &error {
        Error::Model(models::Error::Source(source)) => of_source(source.get(), recipe).unwrap_or(error),
        Error::Model(models::Error::Cell { file, at, column, reason }) => {
            let hint = if *column == recipe.response { "; or choose another --family" } else { "" };
            Error::Data { place: place(file, &at.to_string(), column), reason: format!("{reason}{hint}") }
        }
        Error::Model(models::Error::NoRows) if recipe.weights.is_none() => nothing_left(data, &Omitted::default()),
        Error::Model(found @ models::Error::Separation { .. }) => Error::NotFitted(format!("{found} (--ridge)")),
        _ => error,
    }
}

fn of_source(error: &data::Error, recipe: &Recipe) -> Option<Error> {
    match error {
        data::Error::NoNumber { file, at, column, cell } => {
            let role = role(recipe, column);
            let success = if role == Role::Response {
                ": say with --success which level is one, or take --family multinomial"
            } else {
                ""
            };
            let reason = not_a_number(cell, column, role, &Spelling::default()) + success;
            Some(Error::Data { place: place(file, &at.to_string(), column), reason })
        }
        data::Error::Null { file, at, column } => {
            let reason = "the value is missing; fill it in, or remove the row (to leave out all such rows, --na omit, they have to fit into memory); if it is a value of its own, such as none, name the words for missing ones, such as --na-words NA";
            Some(Error::Data { place: place(file, &at.to_string(), column), reason: reason.into() })
        }
        _ => None,
    }
}

/// What a column of numbers is to the model.
fn role(recipe: &Recipe, column: &str) -> Role {
    let is = |name: &Option<String>| name.as_deref() == Some(column);
    match () {
        () if recipe.response == column => Role::Response,
        () if is(&recipe.weights) => Role::Weights,
        () if is(&recipe.offset) => Role::Offset,
        () => Role::Term,
    }
}
