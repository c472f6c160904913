//! A data file as typed columns: numbers and categories.
//!
//! [`open`] reads the names of the columns; [`read`] then reads the columns that are asked for, each in the role it
//! is to play, and says of a cell that can't play it where it stands and why.
//!
//! | file | what |
//! |---|---|
//! | `bytes` | files, the standard input, gzip |
//! | `source` | a file whose header has been read, and the columns that are read of it |
//! | `csv`, `parquet` | the formats |
//! | `spelling` | how cells are written: decimal marks, missing values |
//! | `located` | what is wrong with rows, by their place in the file |
//! | `role` | what a column is used as |
//! | `column` | what a cell means in its role |
//! | `advice` | what is wrong with a cell, and what to do |
//! | `doubts` | levels that may well not be what they seem |
//! | `lines`, `omitted` | where rows stand, and which were left out |
//! | `several` | files that are read as one |

mod advice;
mod bytes;
mod column;
mod csv;
mod doubts;
mod lines;
mod located;
mod omitted;
#[cfg(feature = "parquet")]
mod parquet;
mod role;
mod several;
mod source;
mod spelling;

pub use advice::{no_response, not_a_number, stray_text};
pub use bytes::{STANDARD_INPUT, is_gzip, is_parquet};
pub use column::{Column, Request, Values, first_stray};
pub use doubts::doubts;
pub use lines::Lines;
pub use located::check_unchanged;
pub use omitted::Omitted;
#[cfg(feature = "parquet")]
pub use parquet::{check_booleans, keep_readers_quiet};
pub use role::Role;
pub use several::{check_formats, open_each};
pub use source::{Format, Source, Table, nothing_left, place, read};
pub use spelling::Spelling;

use crate::error::{Error, Result};
use bytes::Bytes;
use std::path::Path;

/// Opens a data file, or the standard input, and reads its header: Parquet by its first bytes or its extension, else text.
pub fn open(path: &Path, format: &Format) -> Result<Box<dyn Source>> {
    let bytes = Bytes::open(path)?;
    bytes::check_name(&bytes.path, &bytes.head)?;
    if bytes.head.is_empty() {
        return Err(Error::file(&bytes.path, data::text::nothing(false, format.header != data::Header::Absent)));
    }
    if bytes::may_be_parquet(path, &bytes.head) {
        if !bytes.plain_file {
            return Err(Error::file(
                &bytes.path,
                "is Parquet from a pipe or in gzip, which can't be read from its end; save it as a file as it is",
            ));
        }
        return open_parquet(path, format);
    }
    Ok(Box::new(csv::CsvSource::open(bytes, format)?))
}

#[cfg(feature = "parquet")]
fn open_parquet(path: &Path, format: &Format) -> Result<Box<dyn Source>> {
    Ok(Box::new(parquet::ParquetSource::open(path, format)?))
}

#[cfg(not(feature = "parquet"))]
fn open_parquet(path: &Path, _: &Format) -> Result<Box<dyn Source>> {
    Err(Error::file(
        path,
        "is a Parquet file, which this build of glm can't read; build it with `cargo build --release -p cli --features parquet`, or convert the file to CSV",
    ))
}
