//! Errors of sources of rows.

use super::Error;

/// What is wrong with a source of rows: a [`data::Error`].
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct SourceError(std::sync::Arc<data::Error>);

impl SourceError {
    /// The error.
    pub fn get(&self) -> &data::Error {
        &self.0
    }
}

/// Two are equal where they say the same.
impl PartialEq for SourceError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl From<data::Error> for Error {
    fn from(error: data::Error) -> Self {
        match error {
            data::Error::Program(error) => Error::Autodiff(error),
            error => Error::Source(SourceError(std::sync::Arc::new(error))),
        }
    }
}
