//! What the integration tests share. The tests themselves are in `tests/`, a file for each property; the values that other
//! software computed are in `reference/`.
//!
//! | module | what |
//! |---|---|
//! | [`compare`] | distances between numbers: units in the last place, relative errors |
//! | [`evaluate`] | the value of a node by the interpreter and by a compiled program |
//! | [`reference`] | the reference files, read |

pub mod compare;
pub mod evaluate;
pub mod reference;
