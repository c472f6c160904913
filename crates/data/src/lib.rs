//! Rows for programs: from memory, and from files that are larger than it.
//!
//! A loss that is recorded once runs unchanged over any [`Source`] of rows, and gives the same bits as over the same rows in memory:
//!
//! ```
//! use autodiff::{Tape, bind};
//! use data::{Adapt, Csv};
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("trees.csv");
//! # std::fs::write(&path, "girth,height,volume\n8.3,70,10.3\n8.6,65,10.3\n8.8,63,10.2\n10.5,72,16.4\n")?;
//!
//! let tape = Tape::<f64>::new();
//! let (x, volume, theta) = (tape.rows("x", &[2]), tape.rows("volume", &[]), tape.input("theta", &[2]));
//! let loss = (x.linear(theta) - volume).powi(2).sum();
//! let program = tape.compile(&[loss, loss.grad(theta)])?;
//!
//! let source = Csv::open(&[path])?.stacked("x", &["girth", "height"])?; // columns are found by name
//! let out = data::run(&program, &[bind("theta", &[1.0, 0.1])], &source)?;
//! assert!((out.number(0)? - 73.74).abs() < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | source | of |
//! |---|---|
//! | [`Arrays`] | arrays in memory |
//! | [`Npy`] | memory-mapped `.npy` files, one a column or matrix |
//! | [`Csv`] | text files with a line of column names |
//! | `Parquet`, `Ipc` | Parquet and Arrow IPC files (features `parquet`, `arrow`) |
//! | `Batches` | any iterator of Arrow `RecordBatch`es (feature `arrow`), such as a query's |
//! | [`stacked`](Adapt::stacked), [`with_levels`](Adapt::with_levels), [`with_indices`](Adapt::with_indices), [`with_indicators`](Adapt::with_indicators) | another source, with columns put together as a matrix, words or whole numbers as indices, columns that tell an index by 1 and 0 |
//!
//! Several files with the same columns are one source: [`files`] lists those of a folder or pattern. A thread of its own reads ahead while
//! the program computes.
//!
//! # Errors
//! Nothing panics. A missing value, a bad cell, a column that a file lacks, a file that changes between passes: each is an [`Error`] that names file,
//! row and column, and no result is given.

mod adapt;
mod agreement;
mod ahead;
#[cfg(feature = "arrow")]
mod arrow;
mod at;
mod checksum;
// Without files there is nobody to use them.
#[cfg_attr(not(any(feature = "csv", feature = "arrow")), allow(dead_code))]
mod columns;
#[cfg(feature = "csv")]
mod csv;
mod error;
mod exchange;
// Without any kind of file there is nobody to use them.
#[cfg_attr(not(any(feature = "csv", feature = "npy", feature = "arrow")), allow(dead_code))]
mod files;
#[cfg(feature = "csv")]
mod header;
#[cfg(feature = "arrow")]
mod ipc;
mod memory;
#[cfg(feature = "npy")]
mod npy;
#[cfg_attr(not(any(feature = "csv", feature = "arrow")), allow(dead_code))]
mod nulls;
#[cfg(feature = "parquet")]
mod parquet;
mod place;
mod ranks;
#[cfg_attr(not(feature = "arrow"), allow(dead_code, unused_imports, unused_macros))]
mod reading;
mod run;
mod shares;
mod source;
pub mod text;
mod unwritten;
mod words;

pub use adapt::{Adapt, Stacked, WithIndicators, WithIndices, WithLevels};
pub use agreement::{agree, agree_on_files};
pub use ahead::each;
#[cfg(feature = "arrow")]
pub use arrow::Batches;
pub use at::{At, first_line, lines_in};
pub use checksum::Checksum;
pub use columns::PartColumn;
#[cfg(feature = "csv")]
pub use csv::Csv;
pub use error::{Error, Result};
pub use exchange::{Failure, conclude, exchange};
pub use files::{Stamped, files, fingerprint};
#[cfg(feature = "csv")]
pub use header::Header;
#[cfg(feature = "arrow")]
pub use ipc::Ipc;
pub use memory::Arrays;
#[cfg(feature = "npy")]
pub use npy::Npy;
pub use nulls::Nulls;
#[cfg(feature = "parquet")]
pub use parquet::Parquet;
pub use place::Place;
pub use ranks::Ranks;
pub use run::{Feed, pass_on_ranks, run, run_on_ranks};
pub use shares::{each_within, exchange_shares, share};
pub use source::{Block, Blocks, Column, Field, Kind, Source};
pub use unwritten::why_unwritten;
pub use words::{Levels, MissingWords, truth};
