//! What would take more memory than there may be.

use super::{Error, Result};

/// Refuses what would take more memory than this.
pub(crate) fn check_memory(
    what: &'static str,
    parameters: usize,
    each: usize,
    most: usize,
    advice: &'static str,
) -> Result<()> {
    match parameters.saturating_mul(each) > most {
        true => Err(Error::TooLarge { what, parameters, each, most, advice }),
        false => Ok(()),
    }
}
