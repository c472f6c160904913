//! Recordings inside a node: loops whose body is recorded once, and solutions of equations.
//!
//! Such a node is an operation of the kind that users add ([`CustomOp`](crate::CustomOp)): its value runs the program of a recording of
//! its own, its derivative records a node of the same kind. So there is every order of derivative, in the interpreter and in programs.
//!
//! | file | what is there |
//! |---|---|
//! | [`body`] | a part of a tape as a recording of its own; what it takes from outside |
//! | [`turns`], [`run`] | a loop's layout, and how it runs |
//! | [`reverse`], [`asked`] | a loop's derivative, which is a loop from the last turn to the first; those known |
//! | [`scan`] | how loops are recorded |
//! | [`implicit`], [`solver`] | fixed points and roots; the iterations to them |

mod asked;
mod body;
mod implicit;
mod reverse;
mod run;
mod scan;
mod solver;
#[cfg(test)]
mod tests;
mod turns;

pub use implicit::Iteration;
