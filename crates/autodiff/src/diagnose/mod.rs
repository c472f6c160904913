//! Finding trouble: where a NaN or an infinity comes from ([`trouble`]), and which inputs a loss doesn't depend on ([`inputs`]).

mod inputs;
mod trouble;

pub use inputs::{Independence, IndependentInput};
pub use trouble::{Trouble, TroubleNode, TroubleOperand};
