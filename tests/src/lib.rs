//! What the integration tests share. The tests themselves are in `tests/`, a file for each property and
//! all one binary, so that the engine is compiled for each scalar once; the values that other
//! software computed are in `reference/`.
//!
//! | module | what |
//! |---|---|
//! | [`compare`] | distances between numbers: units in the last place, relative errors |
//! | [`edge_case`] | an expression at a point, and what it must give there |
//! | [`evaluate`] | the value of a node by the interpreter and by a compiled program |
//! | [`random_graph`] | recordings made from bytes, and what must hold of each |
//! | [`mod@reference`] | the reference files, read |
//! | [`mod@splitmix`] | numbers that look random |
//! | [`stochastic`] | a scalar that rounds at random |

pub mod compare;
pub mod edge_case;
pub mod evaluate;
pub mod random_graph;
pub mod reference;
pub mod splitmix;
pub mod stochastic;

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
