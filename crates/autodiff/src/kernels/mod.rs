//! The element functions and loops that a program's speed rests on.

mod math;

pub(crate) use math::{Reference, VectorMath, acosh, asinh, atanh};

/// How many elements the loops take at a time: one or two vector registers, and the rows of the smallest block.
pub(crate) const LANES: usize = 16;

/// A run of elements that is loaded and stored as a whole.
pub(crate) type Tile<T> = [T; LANES];

/// An operand of an elementwise loop: tiles, or one number for all elements.
#[derive(Clone, Copy)]
pub(crate) enum Lanes<'a, T> {
    Tiles(&'a [Tile<T>]),
    One(T),
}
