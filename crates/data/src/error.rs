//! What can go wrong with data, each with its place.

use crate::at::At;
use crate::text;
use std::path::{Path, PathBuf};

/// The result of whatever reads data.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong with data, or with the program that runs over them. Rows count from 1, without the line of names; of text, the line is said.
///
/// ```
/// use data::{Csv, Error, files};
/// assert!(matches!(files("no such folder/*.csv"), Err(Error::NoFiles { .. })));
/// assert!(matches!(Csv::open(&["no such file.csv"]), Err(Error::Io { .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file can't be opened or read.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not of its format, or damaged.
    #[error("{}{reason}", prefix(file, ": "))]
    Format {
        /// The file; empty where it isn't known which.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No file is there.
    #[error("`{pattern}` names no file; {advice}")]
    NoFiles {
        /// What was looked for.
        pattern: String,
        /// What to do.
        advice: String,
    },
    /// A cell can't be what its column is.
    #[error("{}{at}, column `{column}`: {reason}", prefix(file, ", "))]
    Cell {
        /// The file; empty for rows that are in none.
        file: PathBuf,
        /// The row.
        at: At,
        /// The column.
        column: String,
        /// What is wrong.
        reason: String,
    },
    /// A cell of a column of numbers is none.
    #[error(
        "{}{at}, column `{column}`: `{cell}` is no number; take the column as a factor, of words (`with_words`)",
        prefix(file, ", ")
    )]
    NoNumber {
        /// The file.
        file: PathBuf,
        /// The row.
        at: At,
        /// The column.
        column: String,
        /// What stands there.
        cell: String,
    },
    /// A value is missing.
    #[error(
        "{}{at}, column `{column}`: {}; fill it in, or have such rows dropped (`Nulls::Drop`)",
        prefix(file, ", "),
        text::missing(word)
    )]
    Null {
        /// The file; empty for rows that are in none.
        file: PathBuf,
        /// The row.
        at: At,
        /// The column.
        column: String,
        /// The word that says so; none where nothing stands there.
        word: String,
    },
    /// A row of a text file isn't one of its table.
    #[error("{}, {at}: {reason}", file.display())]
    Row {
        /// The file.
        file: PathBuf,
        /// The row.
        at: At,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A column isn't there.
    #[error("{}there is no column `{name}`; there are: {}", prefix(file, ": "), known.join(", "))]
    MissingColumn {
        /// The file; empty where it is all of the source.
        file: PathBuf,
        /// The column that was looked for.
        name: String,
        /// The columns there are.
        known: Vec<String>,
    },
    /// The line of names holds numbers alone.
    #[error("{}: the first line, `{line}`, holds numbers alone, not the names of columns; if it is a row, open the file with `Header::Absent`, else with `Header::Names`", file.display())]
    NumbersAsNames {
        /// The file.
        file: PathBuf,
        /// The line.
        line: String,
    },
    /// A name is that of two columns.
    #[error("{}columns {} and {} are both named `{name}`; rename or remove one", prefix(file, ": "), places[0], places[1])]
    DoubledColumn {
        /// The file; empty where it is all of the source.
        file: PathBuf,
        /// The name.
        name: String,
        /// Their places, from 1.
        places: [usize; 2],
    },
    /// A column is of a type that holds neither numbers nor words.
    #[error("{}column `{column}` is of type {found}; {advice}", prefix(file, ": "))]
    Type {
        /// The file; empty where there is none.
        file: PathBuf,
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// What to do.
        advice: &'static str,
    },
    /// A column is of one kind in some files and of another in others.
    #[error(
        "{}: column `{column}` holds {found}, but {expected} in {}; save it with one type in all files",
        file.display(), first.display()
    )]
    SeveralKinds {
        /// The first file that differs from those before.
        file: PathBuf,
        /// The column.
        column: String,
        /// What it holds there: numbers, booleans or words.
        found: &'static str,
        /// The first file that has it otherwise.
        first: PathBuf,
        /// What it holds there.
        expected: &'static str,
    },
    /// A column is of another kind than is needed.
    #[error("{}column `{column}` holds {found}, but {expected} are needed", prefix(file, ": "))]
    Kind {
        /// The file; empty where it is all of the source.
        file: PathBuf,
        /// The column.
        column: String,
        /// What it holds.
        found: String,
        /// What is needed, and how to get there.
        expected: &'static str,
    },
    /// Columns of one table have different lengths.
    #[error("{}column `{column}` has {found} rows, but those before it have {expected}", prefix(file, ": "))]
    Lengths {
        /// The file; empty for arrays.
        file: PathBuf,
        /// The column.
        column: String,
        /// Its rows.
        found: usize,
        /// The rows of the columns before.
        expected: usize,
    },
    /// A file is another one than when it was opened.
    #[error("{} has changed since it was opened: {what}; no result is given: begin anew once nothing writes to it", file.display())]
    Changed {
        /// The file.
        file: PathBuf,
        /// What has changed.
        what: String,
    },
    /// Another process failed.
    #[error("rank {rank}: {reason}")]
    Rank {
        /// Its number.
        rank: usize,
        /// What it said.
        reason: String,
    },
    /// The program refused its inputs, or failed.
    #[error(transparent)]
    Program(#[from] autodiff::Error),
}

/// The file, where there is one, before what is said of it.
fn prefix(file: &Path, between: &str) -> String {
    if file.as_os_str().is_empty() { String::new() } else { format!("{}{between}", file.display()) }
}
