//! A logistic regression with intercept, fitted from zero until no component of the mean loss's gradient is above 1e-6.
//!
//! Contenders agree on the loss they end at: where gradients are that small it is known to more digits than are compared.

use super::{Outcome, enter_read, finish};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Draws, Logistic};
use crate::peers;
use crate::settings::Settings;
use models::fit::Options;
use models::logistic;
use models::{Design, logistic::LogisticFit};

/// The largest component of the mean loss's gradient that a fit may end with.
const GRADIENT: f64 = 1e-6;
/// The tolerance, in the norm of [`Options`], that it takes for that.
const TOLERANCE: f64 = 5e-6;

pub(super) fn run(settings: &Settings) -> Result<Outcome> {
    let mut data = Logistic::<f64>::draw(settings.rows, settings.cols);
    let (predictors, mut draws) = (data.x.dot(&data.theta), Draws::new(2));
    data.y = predictors.mapv(|z| f64::from(draws.uniform() * (1.0 + (-z).exp()) < 1.0));
    let mut contest = Contest::new(settings, data.bytes());
    contest.enter("models", || {
        let fit = fit(&data)?;
        let gradient = fit.max_abs_score() / settings.rows as f64;
        if gradient > GRADIENT {
            return Err(format!("the fit ends with a gradient of {gradient:e}").into());
        }
        Ok(-fit.log_likelihood)
    })?;
    enter_read(&mut contest, data.design())?;
    peers::enter(&mut contest, &data.arrays())?;
    finish(contest)
}

/// Models are fitted in double precision.
pub(super) fn refuse(_: &Settings) -> Result<Outcome> {
    Err("logistic-fit runs with --dtype f64 only".into())
}

fn fit(data: &Logistic<f64>) -> Result<LogisticFit> {
    let model = logistic::Logistic::new(Design::new(&data.x), &data.y)?;
    Ok(model.fit(&Options { tolerance: TOLERANCE, ..Options::default() })?)
}
