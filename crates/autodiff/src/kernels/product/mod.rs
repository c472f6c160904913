//! Matrix products of one block of rows.
//!
//! Every kernel is a plain generic function over the number type `T`, the
//! rounding `M` of `a·b + c` and the vector length `L`, written on arrays
//! `[T; L]`.  They are `#[inline(always)]`: whoever calls them from a function
//! with `#[target_feature]` gets them compiled for that instruction set, as
//! the tasks of [`crate::kernels`] do.
//!
//! Summation order depends on the shapes and on `L` only, so a result is the
//! same each time it is computed on the same machine.

// Loops over indices: zipped iterators leave register tiles in memory (see `tile`).
#![allow(clippy::needless_range_loop)]

mod driver;
mod fused;
mod gram;
mod matmul;
mod matrix;
mod matvec;
mod number;
mod pack;
mod pipelined;
mod store;
mod strong;
#[cfg(test)]
mod tests;
mod tile;
mod transposed_matmul;

pub(crate) use gram::{gram, mirror};
pub(crate) use matmul::matmul;
pub(crate) use matrix::Matrix;
pub(crate) use matvec::{matvec, matvec_pair, transposed_matvec};
pub(crate) use number::{MulAdd, Number};
pub(crate) use pack::Panels;
pub(crate) use pipelined::{Products, Transposed, pipelined, pipelines, pipelining_pays};
pub(crate) use strong::{
    add_gram, add_transposed, all_finite, all_plain, recompute_nonfinite_matmul, recompute_nonfinite_matvec, strong,
};
pub(crate) use transposed_matmul::transposed_matmul;
