//! The engine in the browser: losses to write, data to drag, derivatives to watch.
//!
//! All that the page shows is computed here, by [`autodiff`] and [`models`], and tested natively; `page/` draws it. `web` is what the
//! page calls, the only part that is compiled for the browser alone.
//!
//! | module | what it does |
//! |---|---|
//! | [`language`] | reads losses and records them |
//! | [`model`] | the losses to begin with, and their data |
//! | [`state`] | what is chosen, and the address that says it |
//! | [`address`] | addresses read, and what of one can't be taken |
//! | [`session`] | a visit: the state and the engine for its text |
//! | [`engine`] | value, gradient, fitted curve: what a drag changes |
//! | [`graph`] | the tape with primals and adjoints |
//! | [`mod@derivation`] | the gradient, derived step by step |
//! | [`check`] | differences on a ladder of steps |
//! | [`surface`] | the loss over two parameters, and its contours; over one, as a curve |
//! | [`walk`] | gradient descent, Newton's method and L-BFGS, step by step |
//! | [`tails`] | the loss as written beside its stable form |
//! | [`mod@trouble`] | why the loss or its gradient isn't finite |
//! | [`exercises`] | questions whose answers are computed |

pub mod address;
pub mod check;
pub mod derivation;
pub mod engine;
pub mod exercises;
pub mod graph;
pub mod language;
pub mod model;
mod number;
pub mod session;
pub mod state;
pub mod surface;
pub mod tails;
pub mod trouble;
pub mod walk;
#[cfg(target_arch = "wasm32")]
mod web;
mod words;

pub use engine::Engine;
pub use language::Mistake;
pub use number::Number;
pub use session::Session;
pub use state::State;
