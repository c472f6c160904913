//! Finding trouble: where a NaN or an infinity comes from, and which inputs a loss doesn't depend on.

mod inputs;
mod trouble;

pub use inputs::{Independence, IndependentInput};
pub use trouble::{Trouble, TroubleNode, TroubleOperand};
