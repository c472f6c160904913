//! A data file as typed columns: numbers and categories.
//!
//! [`open`] reads the names of the columns; [`Source::read`] then reads the columns that are asked for, each in the role it
//! is to play, and says of a cell that can't play it where it stands and why. The formats are in `csv` and `parquet`, what
//! a cell means is in `column`.

mod column;
mod csv;
mod lines;
#[cfg(feature = "parquet")]
mod parquet;

pub use column::{Column, Request, Role, Values};
pub use lines::Lines;

use crate::error::{Error, Result};
use crate::progress::Reading;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// A data file whose header has been read.
pub trait Source {
    /// The names of all columns, in the file's order.
    fn names(&self) -> &[String];

    /// Reads the requested columns, in the order of the requests.
    fn read(self: Box<Self>, requests: &[Request], reading: &Reading) -> Result<Table>;
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
}

impl Table {
    /// The numbers that were read for the response, the weights or the offset.
    pub fn numbers(&self, role: Role) -> Option<&[f64]> {
        self.columns.iter().find(|column| column.request.role == role)?.values.numbers()
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

/// Opens a data file and reads its header: Parquet by its first bytes or its extension, else text with this delimiter.
pub fn open(path: &Path, delimiter: u8) -> Result<Box<dyn Source>> {
    let cannot_read = |error: std::io::Error| Error::file(path, format!("can't be read: {error}"));
    let file = File::open(path).map_err(cannot_read)?;
    let metadata = file.metadata().map_err(cannot_read)?;
    if metadata.is_dir() {
        return Err(Error::file(path, "is a directory; name a CSV or Parquet file"));
    }
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let start = reader.fill_buf().map_err(cannot_read)?;
    if start.is_empty() {
        return Err(Error::file(path, "is empty; it needs a line of column names and at least one row"));
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    if start.starts_with(b"PAR1") || extension == "parquet" {
        if !metadata.is_file() {
            return Err(Error::file(
                path,
                "is Parquet from a pipe, which can't be read from its end; save it as a file",
            ));
        }
        return open_parquet(path);
    }
    Ok(Box::new(csv::CsvSource::open(path, reader, delimiter)?))
}

#[cfg(feature = "parquet")]
fn open_parquet(path: &Path) -> Result<Box<dyn Source>> {
    Ok(Box::new(parquet::ParquetSource::open(path)?))
}

#[cfg(not(feature = "parquet"))]
fn open_parquet(path: &Path) -> Result<Box<dyn Source>> {
    Err(Error::file(
        path,
        "is a Parquet file, which this build of glm can't read; build it with `cargo build --release -p cli --features parquet`, or convert the file to CSV",
    ))
}

/// Where a cell stands, as messages say it.
fn place(path: &Path, row: &str, column: &str) -> String {
    format!("{}, {row}, column `{column}`", path.display())
}

/// Refuses two columns of one name: a term could mean either.
fn check_names(path: &Path, names: &[String]) -> Result<()> {
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
