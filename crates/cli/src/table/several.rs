//! Files that are read as one: what can be told of them before any row is read.

use super::bytes::{is_parquet, misnamed};
use super::open;
use super::source::{Beside, Format, Source};
use crate::error::{Error, Result};
use data::Header;
use std::path::PathBuf;
use std::sync::Arc;

/// Opens these files, one after the other, for `take`; refuses one whose first line has none of the names that the first file has.
pub fn open_each(files: &[PathBuf], format: &Format, mut take: impl FnMut(&dyn Source) -> Result<()>) -> Result<()> {
    let mut format = format.clone();
    for path in files {
        let source = open(path, &format)?;
        take(source.as_ref())?;
        if format.beside.is_none() && format.header != Header::Absent {
            format.beside = Some(Arc::new(Beside { path: path.clone(), names: source.names().to_vec() }));
        }
    }
    Ok(())
}

/// Refuses files of several formats, whatever they are called.
pub fn check_formats(files: &[PathBuf]) -> Result<()> {
    let Some(first) = files.first() else { return Ok(()) };
    let format = |is_parquet| if is_parquet { "Parquet" } else { "text" };
    let of_first = is_parquet(first);
    for file in files {
        misnamed(file)?;
        let of_file = is_parquet(file);
        if of_file != of_first {
            let reason = format!(
                "is {}, but {} is {}; a fit reads files of one format: name those of one by a pattern, or convert the others",
                format(of_file),
                first.display(),
                format(of_first)
            );
            return Err(Error::file(file, reason));
        }
    }
    Ok(())
}
