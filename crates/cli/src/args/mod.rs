//! The command line: what may be said, and the words of `--help`.

mod data;
mod estimation;
mod inference;
mod model;
mod predict;

pub use self::data::{DataArgs, Missing};
pub use estimation::{EstimationArgs, StreamingArgs};
pub use inference::{InferenceArgs, Robust};
pub use model::{Dispersion, ModelArgs};
pub use predict::{PredictArgs, Scale};

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the fit did not converge, or the maximum likelihood estimate does not exist
  2  the arguments or the data can't be used, or the results can't be written
  3  the gradient check failed, or the differences are too rough to tell
  130  the fit was ended by Ctrl-C";

const EXAMPLES: &str = "\
Examples:
  glm fit birthwt.csv --response low --terms age,lwt,factor(race),smoke
  glm fit births.csv --response rate --weights trials --json
  glm fit claims.csv --response claims --family poisson --offset log_exposure --save model.json --plots pictures
  glm fit sales.csv.gz --response sold --success ja --decimal , --thousands . --na omit --na-words NA,-99
  glm fit beetles.csv --response killed --failures survived --terms dose --link cloglog
  glm fit birthwt.csv --response low --terms 'lwt,factor(race, ref=black)'
  glm fit iris.csv --response Species --family multinomial --ridge 1
  glm fit housing.csv --response Sat --family ordinal --levels Low,Medium,High --weights Freq
  zcat claims.csv.gz | glm fit - --response claims --family poisson
  glm fit claims.csv --response claims --family negative-binomial --dispersion estimate --anova
  glm fit birthwt.csv --response low --robust HC3 --level 0.9
  glm fit 'flights/*.csv' --response delayed --terms 'distance,factor(carrier)' --checkpoint flights.journal
  mpirun -n 4 glm fit 'flights/*.csv' --response delayed --mpi
  glm predict model.json new.csv > predictions.csv
  glm predict model.json new.csv --type response --interval 0.9
  glm anova smaller.json larger.json
  glm check birthwt.csv --response low";

/// Generalised linear models, fitted to the rows of a file.
#[derive(Debug, Parser)]
#[command(name = "glm", version, after_help = EXIT_CODES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fit a model, and print its summary.
    #[command(after_help = EXIT_CODES)]
    Fit(FitArgs),
    /// Apply a saved model to the rows of a file: prints CSV with the linear predictor `eta` and the mean `mu`; of a model of
    /// classes with the most probable `class` and each probability `P(…)`.
    #[command(after_help = EXIT_CODES)]
    Predict(PredictArgs),
    /// Compare saved models, each within the next, by likelihood-ratio tests, or F tests where the dispersion is estimated.
    #[command(after_help = EXIT_CODES)]
    Anova(AnovaArgs),
    /// Check the gradient of a model's log-likelihood on the data against finite differences.
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
}

/// The arguments of `glm fit`.
#[derive(Debug, Args)]
pub struct FitArgs {
    #[command(flatten)]
    pub data: DataArgs,
    #[command(flatten)]
    pub model: ModelArgs,
    #[command(flatten)]
    pub estimation: EstimationArgs,
    #[command(flatten)]
    pub inference: InferenceArgs,
    #[command(flatten)]
    pub streaming: StreamingArgs,
    /// Print one JSON object instead of the summary.
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Save the fitted model for `glm predict` and `glm anova`.
    #[arg(long, value_name = "MODEL.json", help_heading = "Output")]
    pub save: Option<PathBuf>,
    /// Draw coefficients, calibration, residuals, convergence and, for a binary response, ROC into this directory, as SVG
    /// and PNG; of a model of classes coefficients, calibration and convergence.
    #[arg(long, value_name = "DIRECTORY", help_heading = "Output")]
    pub plots: Option<PathBuf>,
}

/// The arguments of `glm anova`.
#[derive(Debug, Args)]
pub struct AnovaArgs {
    /// Models saved by `glm fit --save`, of the same rows, each within another, in any order.
    #[arg(required = true, num_args = 2.., value_name = "MODEL.json")]
    pub models: Vec<PathBuf>,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `glm check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub data: DataArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}
