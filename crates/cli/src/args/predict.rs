//! The options of predictions.

use super::data::DataArgs;
use super::inference::level;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The arguments of `glm predict`.
#[derive(Debug, Args)]
pub struct PredictArgs {
    /// A model saved by `glm fit --save`.
    pub model: PathBuf,
    #[command(flatten)]
    pub data: DataArgs,
    /// What to predict: the linear predictor (link), or the mean (response) [default: both]; NA where the family has no mean of
    /// the predictor, as of a negative one of counts by the identity. Of a multinomial model, link gives the
    /// predictor `eta(…)` of each class against the reference [default: response].
    #[arg(long = "type", value_name = "TYPE", ignore_case = true)]
    pub scale: Option<Scale>,
    /// Print standard errors of the predictions, too, in columns `…_se`: of means and of
    /// the probabilities of classes by the delta method, as R's predict.glm.
    #[arg(long)]
    pub se: bool,
    /// Print intervals, too, in columns `…_low` and `…_high`, that cover the true linear predictor or mean with this
    /// probability [default: 0.95]. Those of the mean are those of the linear predictor, transformed, those of the probabilities of
    /// classes those of their log-odds. None of them is an interval of
    /// new responses, which vary about their mean.
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, default_missing_value = "0.95", allow_negative_numbers = true, value_parser = interval)]
    pub interval: Option<f64>,
}

/// What is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scale {
    /// The linear predictor.
    Link,
    /// The mean.
    Response,
}

fn interval(text: &str) -> std::result::Result<f64, String> {
    level(text).map_err(|reason| reason + "; for 0.95, put --interval behind the files")
}
