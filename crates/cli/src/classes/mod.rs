//! Responses of classes: multinomial and ordinal regression, from the file to the printed fit.
//!
//! | file | what |
//! |---|---|
//! | `input` | the classes of the rows, in order, and the design |
//! | `refused` | options that only generalised linear models have |
//! | `fit` | the fit, its page and its files |
//! | `report` | the object of `--json` |
//! | `predict` | probabilities and the most probable class of new rows |

mod fit;
mod input;
mod predict;
mod refused;
mod report;

pub use fit::run as fit;
pub use input::check_levels;
pub use predict::{multinomial as predict_multinomial, ordinal as predict_ordinal};
pub use refused::refuse;
pub use report::Report;

use crate::error::{Exit, Result};
use crate::model::Kind;
use crate::{args, check};
use input::Input;
use models::Objective;

/// Checks the gradient of a model of classes.
pub fn check(args: &args::CheckArgs, kind: Kind) -> Result<Exit> {
    let input = Input::read(&args.data, &args.model, None, kind)?;
    let in_table = |error| input.error(error);
    match kind {
        Kind::Multinomial => {
            let model = input.multinomial(&input.columns, args.model.ridge)?;
            let start = model.start().map_err(in_table)?;
            check::gradient(&model, &start, |distance| check::away(&model, &start, distance), in_table)
        }
        Kind::Ordinal => {
            let model = input.ordinal(&input.columns, args.model.ridge)?;
            let start = model.start().map_err(in_table)?;
            let away = |distance: f64| {
                let mut away = check::away(&model, &start, distance);
                // Thresholds stay in order.
                away.split_at_mut(model.design().parameters()).1.sort_by(f64::total_cmp);
                away
            };
            check::gradient(&model, &start, away, in_table)
        }
    }
}
