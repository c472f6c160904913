//! Options that only generalised linear models have.

use crate::args::ModelArgs;
use crate::error::{Error, Result};
use crate::model::Kind;

/// Refuses options of the model that only generalised linear models have.
pub fn refuse(args: &ModelArgs, kind: Kind) -> Result<()> {
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
pub fn refuse_all(kind: Kind, options: &[(&str, bool)]) -> Result<()> {
    match options.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Error::Usage(format!(
            "{option} is for generalised linear models; --family {kind} has none: leave it out"
        ))),
        None => Ok(()),
    }
}
