//! Other libraries as contenders.

mod python;

use crate::Result;
use crate::contest::Contest;
use crate::data::Array;
use crate::vector::Real;

/// Enters the peers that the settings ask for and that have the case.
///
/// # Errors
/// A peer that can't be started, or gives other results.
pub fn enter<T: Real>(contest: &mut Contest<'_>, arrays: &[Array<'_, T>]) -> Result<()> {
    if let Some(python) = &contest.settings().python {
        python::enter(contest, python, arrays)?;
    }
    Ok(())
}
