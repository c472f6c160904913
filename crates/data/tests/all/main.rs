//! Sources give programs the same bits as arrays in memory do, and say what is wrong with data and where.

mod common;
#[cfg(feature = "csv")]
mod csv;
mod damaged;
#[cfg(feature = "npy")]
mod npy;
#[cfg(feature = "parquet")]
mod tables;
