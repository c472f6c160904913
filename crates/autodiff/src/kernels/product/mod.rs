//! Matrix products of one block of rows.
//!
//! Every kernel is a plain generic function over the number type `T`, the
//! rounding `M` of `a·b + c` and the vector length `L`, written on arrays
//! `[T; L]`.  They are `#[inline(always)]`: whoever calls them from a function
//! with `#[target_feature]` gets them compiled for that instruction set, as
//! the tasks of [`crate::kernels`] do.
//!
//! | file | what is there |
//! |---|---|
//! | [`matvec`](mod@matvec), [`pipelined`](mod@pipelined) | rows times vectors, and their weighted sums; both in turn |
//! | [`matmul`](mod@matmul), [`transposed_matmul`](mod@transposed_matmul), [`gram`](mod@gram) | products of two matrices |
//! | [`add_product`](mod@add_product) | products added to matrices in memory, for linear algebra by blocks |
//! | [`driver`], [`tile`], [`pack`], [`store`] | what they are made of: loops over register tiles, the tile, operands packed for it, sums stored |
//! | [`mod@matrix`], [`number`], [`fused`] | a strided matrix; what a kernel needs of its numbers; fused multiply-adds on whole registers |
//! | [`strong`](mod@strong) | products in which a 0 stays 0 |
//!
//! The order of a sum depends on the shapes and on the rows of a granule alone, so a result has the same bits for every `L`.

// Loops over indices: zipped iterators leave register tiles in memory (see `tile`).
#![allow(clippy::needless_range_loop)]

mod add_product;
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

pub(crate) use add_product::{AddProduct, add_product};
pub(crate) use gram::{gram, mirror};
pub(crate) use matmul::matmul;
pub(crate) use matrix::Matrix;
pub(crate) use matvec::{matvec, transposed_matvec};
pub(crate) use number::{MulAdd, Number};
pub(crate) use pack::Panels;
pub(crate) use pipelined::{Products, Transposed, pipelined, pipelines, pipelining_pays};
pub(crate) use strong::{
    add_gram, add_transposed, all_finite, all_plain, recompute_nonfinite_matmul, recompute_nonfinite_matvec, strong,
};
pub(crate) use transposed_matmul::transposed_matmul;
