//! The program as its users run it.

mod broken_files;
mod check;
mod million;
#[cfg(feature = "parquet")]
mod parquet;
mod pictures;
mod predict;
mod reference;
mod run;
mod terms;
mod usage;
