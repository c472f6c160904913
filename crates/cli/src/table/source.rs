//! What every format gives: the names of its columns, then those that are asked for.

use super::column::{Column, Request, Values};
use super::lines::Lines;
use super::omitted::Omitted;
use super::role::Role;
use super::spelling::Spelling;
use crate::error::{Error, Result};
use crate::names::listed;
use crate::progress::Reading;
use data::Header;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a file is to be read.
#[derive(Clone, Debug, Default)]
pub struct Format {
    /// What separates the columns of a text file; looked for in its first lines where it isn't given.
    pub delimiter: Option<u8>,
    /// What its first line is.
    pub header: Header,
    /// How its cells are written.
    pub spelling: Spelling,
    /// Whether rows with missing values are left out, rather than refused.
    pub omit: bool,
    /// A file before it that it is read together with.
    pub beside: Option<Arc<Beside>>,
}

/// A file that others are read together with.
#[derive(Debug)]
pub struct Beside {
    /// The file.
    pub path: PathBuf,
    /// The names of its columns.
    pub names: Vec<String>,
}

impl Beside {
    /// Refuses a text file of which no name is one of these: it most likely has no line of names.
    pub fn check(&self, path: &Path, names: &[String]) -> Result<()> {
        if names.iter().any(|name| self.names.contains(name)) {
            return Ok(());
        }
        let reason = format!(
            "its first line has {}, none of the columns of {}, which are {}; if one of the two lacks the line of names, add it (where no file has one, say --header no)",
            listed(names),
            self.path.display(),
            listed(&self.names)
        );
        Err(Error::file(path, reason))
    }
}

/// A data file whose header has been read.
pub trait Source {
    /// The file, as messages call it.
    fn path(&self) -> &Path;

    /// The names of all columns, in the file's order.
    fn names(&self) -> &[String];

    /// What separates the columns of a text file.
    fn delimiter(&self) -> Option<u8> {
        None
    }

    /// Reads the requested columns, and hands over part after part of the rows, some `about` each, until there are no more, or `take` says so.
    fn parts(
        self: Box<Self>,
        requests: &[Request],
        about: usize,
        reading: &Reading,
        take: &mut dyn FnMut(Table) -> Result<bool>,
    ) -> Result<()>;
}

/// Reads the requested columns, in the order of the requests; refuses a file without rows, or of which none is left.
pub fn read(source: Box<dyn Source>, requests: &[Request], reading: &Reading) -> Result<Table> {
    let (path, mut found) = (source.path().to_owned(), None);
    source.parts(requests, usize::MAX, reading, &mut |table| {
        found = Some(table);
        Ok(true)
    })?;
    match found {
        Some(table) if table.rows > 0 => Ok(table),
        found => Err(nothing_left(&path, &found.map_or_else(Omitted::default, |table| table.omitted))),
    }
}

/// The columns that were read, and where their rows stand in the file.
#[derive(Debug)]
pub struct Table {
    /// The file.
    pub path: PathBuf,
    /// The requested columns, in the order of the requests.
    pub columns: Vec<Column>,
    /// How many rows there are.
    pub rows: usize,
    /// How a row is found in the file.
    pub lines: Lines,
    /// The rows that were left out.
    pub omitted: Omitted,
}

impl Table {
    /// The numbers that were read for the response, the failures, the weights or the offset.
    pub fn numbers(&self, role: Role) -> Option<&[f64]> {
        self.column(role)?.values.numbers()
    }

    /// The columns of categories by their names, with their levels.
    pub fn categories(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.columns.iter().filter_map(|column| match &column.values {
            Values::Categories { levels, .. } => Some((column.request.name.as_str(), levels.as_slice())),
            Values::Numbers(_) => None,
        })
    }

    /// The column that was read in this role.
    pub fn column(&self, role: Role) -> Option<&Column> {
        self.columns.iter().find(|column| column.request.role == role)
    }

    /// The cluster of each row, by number.
    pub fn clusters(&self) -> Option<&[usize]> {
        match &self.column(Role::Cluster)?.values {
            Values::Categories { codes, .. } => Some(codes),
            Values::Numbers(_) => None,
        }
    }

    /// The cells that were read for a variable of the terms.
    pub fn variable(&self, name: &str) -> Option<&Column> {
        let term = |column: &&Column| matches!(column.request.role, Role::Term | Role::Covariate | Role::Factor);
        self.columns.iter().filter(term).find(|column| column.request.name == name)
    }

    /// Where a cell stands, as messages say it: `data.csv, line 7, column `age``.
    pub fn place(&self, row: usize, column: &str) -> String {
        place(&self.path, &self.lines.name(row), column)
    }
}

/// What to say of a file without rows, or of which none is left.
pub fn nothing_left(path: &Path, omitted: &Omitted) -> Error {
    if omitted.rows.is_empty() {
        return Error::file(path, "has column names but no rows; add at least one row of data");
    }
    Error::file(path, format!("has a missing value in each of its rows, which leaves none: {}", omitted.listed()))
}

/// Where a cell stands, as messages say it.
pub fn place(path: &Path, row: &str, column: &str) -> String {
    format!("{}, {row}, column `{column}`", path.display())
}

/// Refuses two columns of one name: a term could mean either.
pub fn check_names(path: &Path, names: &[String]) -> Result<()> {
    let mut places = HashMap::new();
    for (second, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        if let Some(first) = places.insert(name, second) {
            return Err(Error::file(
                path,
                format!("columns {} and {} are both named `{name}`; rename or remove one", first + 1, second + 1),
            ));
        }
    }
    Ok(())
}
