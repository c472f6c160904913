//! `glm`: generalised linear models from a file, on the command line.

mod aliased;
mod anova;
mod args;
mod check;
mod classes;
mod design;
mod error;
mod estimation;
mod evidence;
mod files;
mod fit;
mod input;
mod model;
mod output;
mod plots;
mod predict;
mod progress;
mod recipe;
mod report;
mod response;
mod saved;
mod signals;
mod start;
mod std_errors;
mod streamed;
mod table;
mod terms;
mod uncertainty;

use args::{Command, CommandLine};
use clap::Parser;
use error::{Exit, Result};
use model::Kind;
use std::process::ExitCode;

fn main() -> ExitCode {
    signals::survive_full_files();
    let outcome = match CommandLine::try_parse() {
        Ok(line) => run(&line.command),
        Err(message) if message.use_stderr() => output::print_parser(&message).map(|()| Exit::Unusable),
        Err(help) => output::print_parser(&help).map(|()| Exit::Done),
    };
    let exit = outcome.unwrap_or_else(|error| match output::tell(&error.to_string()) {
        Ok(()) => error.exit(),
        Err(_) => Exit::Unusable,
    });
    exit.into()
}

fn run(command: &Command) -> Result<Exit> {
    match command {
        Command::Fit(args) => match Kind::of(&args.model) {
            Some(kind) => classes::fit(args, kind),
            None => fit::run(args),
        },
        Command::Predict(args) => predict::run(args),
        Command::Anova(args) => anova::run(args),
        Command::Check(args) => match Kind::of(&args.model) {
            Some(kind) => classes::check(args, kind),
            None => check::run(args),
        },
    }
}
