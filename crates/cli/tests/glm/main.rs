//! The program as its users run it.

mod advice;
mod aliased;
mod alike;
#[cfg(feature = "parquet")]
mod alike_types;
mod beside_r;
mod broken_files;
mod check;
mod classes;
mod damaged_models;
mod edges;
mod fuzz;
#[cfg(feature = "mpi")]
mod job;
mod layouts;
mod messages;
mod million;
mod options;
#[cfg(feature = "parquet")]
mod parquet;
mod pictures;
mod predict;
mod printing;
mod reading;
mod reference;
mod reported;
mod responses;
mod run;
mod saving;
mod several;
mod std_errors;
mod streamed;
mod terms;
mod usage;
mod wide;
