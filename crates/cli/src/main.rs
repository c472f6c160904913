//! `glm`: generalised linear models from a file, on the command line.

mod args;
mod check;
mod design;
mod error;
mod fit;
mod input;
mod model;
mod plots;
mod predict;
mod progress;
mod recipe;
mod report;
mod saved;
mod table;
mod terms;

use args::{Command, CommandLine};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match CommandLine::parse().command {
        Command::Fit(args) => fit::run(&args),
        Command::Predict(args) => predict::run(&args),
        Command::Check(args) => check::run(&args),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("glm: {error}");
            error.exit().into()
        }
    }
}
