//! What a derivation can't do.

/// Why there is no derivation, or no value of it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The recording has an error of its own.
    #[error(transparent)]
    Recording(#[from] autodiff::Error),
    /// A loss is one number.
    #[error("the loss has the shape {shape}; a derivation is of one number: sum it first")]
    NotANumber {
        /// The loss's shape.
        shape: String,
    },
    /// A derivative is by inputs.
    #[error("`{name}` is no input of the tape: derive by an `input` or a `variable`")]
    NotAnInput {
        /// The operation's name.
        name: String,
    },
    /// The formulas have grown beyond what anyone would read.
    #[error(
        "the formulas have more than {limit} parts: name nodes in between (`Var::named`), so that each step stays short"
    )]
    TooLarge {
        /// How many parts were allowed.
        limit: usize,
    },
    /// The formula has something without a value here.
    #[error("the formula can't be evaluated: {reason}")]
    NoValue {
        /// What is missing.
        reason: String,
    },
}

/// The result of a derivation.
pub type Result<T> = std::result::Result<T, Error>;
