//! What a program's speed rests on: element functions that vectorise, products of blocks, and the choice of the
//! instruction set at run time. The only `unsafe` code of the crate is here.
//!
//! | file | what is there |
//! |---|---|
//! | [`mod@processor`], [`mod@dispatch`] | what a processor is; a function for each instruction set, chosen at run time |
//! | [`native`], [`mod@reference`], [`by_type`] | arithmetic by vector code, and by the scalar's own methods; what is done for `f64`, `f32`, or neither |
//! | [`math`], [`special`] | elementary functions that vectorise; special functions |
//! | [`product`], [`aligned`] | products of blocks; memory that begins on a cache line |

mod aligned;
mod by_type;
mod dispatch;
pub(crate) mod math;
mod native;
mod processor;
pub(crate) mod product;
mod reference;
pub(crate) mod special;

pub(crate) use aligned::Aligned;
pub(crate) use by_type::same;
pub(crate) use dispatch::{Instructions, Math, Task, dispatch};
pub(crate) use math::VectorMath;
pub(crate) use processor::Level;
pub use processor::Processor;
pub(crate) use reference::{Reference, acosh, asinh, atanh};

/// How many elements the elementwise loops take at a time: one or two vector registers, and the rows of the smallest block.
pub(crate) const LANES: usize = 16;

/// A run of elements that is loaded and stored as a whole.
pub(crate) type Tile<T> = [T; LANES];
