//! What the models' library finds wrong with rows, named by their place in the file.

use super::advice::{missing, not_a_number};
use super::{Lines, Role, Spelling, Table, place};
use crate::error::{Error, Result};
use data::Stamped;
use std::path::Path;

/// What to do about a column that can't be a term, beside mending it.
const WITHOUT: &str = "name terms without it (--terms)";

/// Refuses a file that is no longer as it was when it was opened.
pub fn check_unchanged(stamp: &Stamped) -> Result<()> {
    stamp.check().map_err(|error| Error::of_source(&error, |_| Role::Term).unwrap_or_else(|| error.into()))
}

impl Error {
    /// What the models' library found wrong, by file, line and column where it is about a cell of the table.
    pub fn in_table(error: models::Error, table: &Table) -> Error {
        match error {
            models::Error::RankDeficient { .. } => return Error::Aliased(error),
            models::Error::Separation { .. } => return Error::NotFitted(format!("{error} (--ridge)")),
            _ => {}
        }
        let Some((row, column, reason)) = error.of_cell() else { return error.into() };
        let role = match column {
            "y" => Role::Response,
            "weights" => Role::Weights,
            "offset" => Role::Offset,
            _ => return Error::Data { place: table.place(row, column), reason },
        };
        let hint = if role == Role::Response { "; or choose another --family" } else { "" };
        let is_meant = |column: &&super::Column| match role {
            Role::Response => column.request.role.is_numeric_response(),
            role => column.request.role == role,
        };
        let found = table.columns.iter().find(is_meant);
        let name = found.map_or(column, |column| &column.request.name);
        Error::Data { place: table.place(row, name), reason: reason + hint }
    }

    /// What a source found wrong with a cell or a column, which is this to the model; none where its own words say what to do.
    pub fn of_source(error: &data::Error, role: impl Fn(&str) -> Role) -> Option<Error> {
        Some(match error {
            data::Error::NoNumber { file, at, column, cell } => {
                let reason = not_a_number(cell, column, role(column), &Spelling::default());
                Error::Data { place: place(file, &at.to_string(), column), reason }
            }
            data::Error::Null { file, at, column, word } => {
                Error::Data { place: place(file, &at.to_string(), column), reason: missing(word) }
            }
            data::Error::SeveralKinds { file, column, found, first, expected } => {
                let or = if role(column) == Role::Term { format!(", or {WITHOUT}") } else { String::new() };
                let first = first.display();
                let reason = format!(
                    "column `{column}` holds {found}, but {expected} in {first}; save it with one type in all files{or}"
                );
                Error::file(file, reason)
            }
            data::Error::Type { column, .. } if role(column) == Role::Term => {
                Error::Usage(format!("{error}, or {WITHOUT}"))
            }
            data::Error::Changed { file, what } => Error::file(
                file,
                format!(
                    "has changed while it was read: {what}; no result is given: run the command again once nothing writes to it"
                ),
            ),
            _ => return None,
        })
    }

    /// What the models' library found wrong with rows that were read for predictions, by their place in the file.
    pub fn in_rows(error: models::Error, data: &Path, lines: &Lines) -> Error {
        let (row, reason) = match &error {
            models::Error::LostInRounding { row } => {
                (*row, error.to_string().replace(&format!("row {row}"), "the row"))
            }
            models::Error::OutOfRange { row, column, allowed, .. } => (*row, format!("`{column}`: {allowed}")),
            models::Error::NonFinite { row, column, value } => {
                (*row, format!("`{column}` is {value}, which is not finite"))
            }
            _ => return Error::Model(error),
        };
        Error::Data { place: format!("{}, {}", data.display(), lines.name(row)), reason }
    }
}
