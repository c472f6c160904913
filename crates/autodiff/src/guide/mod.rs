//! How to do what comes up first: a page each, with examples that run.
//!
//! | page | answers |
//! |---|---|
//! | [`recording`] | What types do handles have? How do I write functions and closures of them? Why can't the compiler infer my tape? |
//! | [`parameters`] | How do I work with several parameters, of several shapes? |
//! | [`batches`] | How do I train on mini-batches, or on part of the rows? |
//! | [`threads`] | How do I use all cores, or share a program among threads? |
//! | [`loops`] | How do I record recurrences, and branch on values? |
//! | [`programs`] | How do I keep a program in a struct of my own? |
//!
//! A book for new users, from a first gradient to inference, is in the project's `docs/guide`.
//!
//! The front page of the [crate] says what there is; [`catalogue`](crate::catalogue) lists all operations; the crate `models`
//! minimises losses and gives standard errors.

pub mod batches;
pub mod loops;
pub mod parameters;
pub mod programs;
pub mod recording;
pub mod threads;
