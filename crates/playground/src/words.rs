//! Why a method of [`models`] ended, in the page's words.

use crate::number::spoken;
use models::Error;
use models::fit::{Fit, Status};

/// How many parameters of a direction are named.
const MOST_NAMED: usize = 3;

/// Why a fit ended where it did.
pub(crate) fn ended(fit: &Fit) -> String {
    match fit.status {
        Status::Converged => "arrived: the gradient is all but 0".into(),
        Status::WorkingPrecision => "arrived: the gradient is no larger than its rounding".into(),
        Status::IterationLimit => "not there yet".into(),
        Status::NoDescent => "no step lowers the loss any more, though the gradient isn't 0".into(),
        Status::Kink { parameter } => {
            let name = fit.names.get(parameter).map_or("a parameter", String::as_str);
            format!("stopped at a kink: the slope along {name} jumps here")
        }
        Status::Edge => "stopped at an edge: one step further the loss is no number".into(),
        _ => "stopped before a minimum".into(),
    }
}

/// Why there is no fit.
pub(crate) fn refused(error: &Error) -> String {
    match error {
        Error::Unbounded { direction, .. } => {
            format!("there is no minimum: along {} the loss falls without bound", along(direction))
        }
        Error::AtInfinity { direction, .. } => {
            format!("there is no minimum: along {} the loss falls for ever, by less and less", along(direction))
        }
        Error::Start { what, value, .. } => {
            format!("{} is {} at the start: move θ first", what.replace('`', ""), spoken(*value))
        }
        Error::Units { .. } => "numbers as large as these can't be squared: move θ and the points nearer to 0".into(),
        _ => "the method can't work with this loss".into(),
    }
}

/// A direction as a sum: `theta[0] − 0.5·theta[1]`.
fn along(direction: &[(String, f64)]) -> String {
    let term = |(place, (name, weight)): (usize, &(String, f64))| {
        let sign = match (place, *weight < 0.0) {
            (0, false) => "",
            (0, true) => "−",
            (_, false) => " + ",
            (_, true) => " − ",
        };
        let size = spoken(weight.abs());
        if size == "1" { format!("{sign}{name}") } else { format!("{sign}{size}·{name}") }
    };
    let mut sum: String = direction.iter().take(MOST_NAMED).enumerate().map(term).collect();
    if direction.len() > MOST_NAMED {
        sum += " + …";
    }
    sum
}
