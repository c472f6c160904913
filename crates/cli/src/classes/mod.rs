//! Responses of classes: multinomial and ordinal regression, from the file to what is told of the fit.
//!
//! | file | what |
//! |---|---|
//! | `input` | the classes of the rows, in order, and the design |
//! | `fit` | the fit, its page and its files |
//! | `report` | the object of `--json` |
//! | `predict` | probabilities and the most probable class of new rows |

mod fit;
mod input;
mod predict;
mod report;

pub use fit::run as fit;
pub use predict::{multinomial as predict_multinomial, ordinal as predict_ordinal};

use crate::args::ModelArgs;
use crate::error::{Error, Exit, Result};
use crate::model::Kind;
use crate::{args, check};
use input::Input;
use models::Objective;

/// Checks the gradient of a model of classes.
pub fn check(args: &args::CheckArgs, kind: Kind) -> Result<Exit> {
    let input = Input::read(&args.data, &args.model, kind)?;
    let in_table = |error| input.error(error);
    match kind {
        Kind::Multinomial => {
            let model = input.multinomial(&input.columns, args.model.ridge)?;
            let start = model.start().map_err(in_table)?;
            let away = check::away(&model, &start);
            check::gradient(&model, start, away, in_table)
        }
        Kind::Ordinal => {
            let model = input.ordinal(&input.columns, args.model.ridge)?;
            let start = model.start().map_err(in_table)?;
            let mut away = check::away(&model, &start);
            // Thresholds stay in order.
            away.split_at_mut(model.design().parameters()).1.sort_by(f64::total_cmp);
            check::gradient(&model, start, away, in_table)
        }
    }
}

/// Refuses options of the model that only generalised linear models have.
fn refuse(args: &ModelArgs, kind: Kind) -> Result<()> {
    let is_logit = args.link.as_deref().is_none_or(|link| link.eq_ignore_ascii_case("logit"));
    if kind == Kind::Ordinal && args.no_intercept {
        return Err(Error::Usage(
            "--no-intercept: in --family ordinal thresholds stand for the intercept; leave it out".into(),
        ));
    }
    refuse_all(
        kind,
        &[
            ("--link other than logit", !is_logit),
            ("--dispersion", args.dispersion.is_some()),
            ("--success", args.success.is_some()),
            ("--failures", args.failures.is_some()),
        ],
    )
}

/// Refuses the first of these options that is given.
fn refuse_all(kind: Kind, options: &[(&str, bool)]) -> Result<()> {
    match options.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Error::Usage(format!(
            "{option} is for generalised linear models; --family {kind} has none: leave it out"
        ))),
        None => Ok(()),
    }
}
