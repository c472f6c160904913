//! Other libraries as contenders.

#[cfg(feature = "peers")]
mod burn;
#[cfg(feature = "peers")]
mod candle;
#[cfg(feature = "peers")]
mod echidna;
#[cfg(feature = "peers")]
mod faer;
#[cfg(feature = "peers")]
mod fits;
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
    #[cfg(feature = "peers")]
    {
        burn::enter(contest, arrays)?;
        candle::enter(contest, arrays)?;
        echidna::enter(contest, arrays)?;
        faer::enter(contest, arrays)?;
        fits::enter(contest, arrays)?;
    }
    if let Some(python) = &contest.settings().python {
        python::enter(contest, python, arrays)?;
    }
    Ok(())
}

/// The array of that name, its elements converted.
#[cfg(feature = "peers")]
fn converted<T: Real, E>(
    arrays: &[Array<'_, T>],
    name: &str,
    convert: impl Fn(T) -> E,
) -> Result<(Vec<usize>, Vec<E>)> {
    let array =
        arrays.iter().find(|array| array.name == name).ok_or_else(|| format!("the case has no array {name}"))?;
    Ok((array.shape.clone(), array.elements.iter().map(|&element| convert(element)).collect()))
}
