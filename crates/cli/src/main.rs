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
mod job;
mod model;
mod names;
mod output;
mod plots;
mod predict;
mod prediction;
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
use error::{Error, Exit, Result};
use job::Job;
use model::Kind;
use std::process::ExitCode;

fn main() -> ExitCode {
    signals::survive_full_files();
    let job = Job::join(std::env::args_os().any(|argument| argument == "--mpi"));
    let exit = match job {
        Ok(Some(job)) => job.conclude(parse_and_run(Some(&job))),
        Ok(None) => job::warn_of_processes().and_then(|()| parse_and_run(None)).unwrap_or_else(report),
        Err(error) => report(error),
    };
    exit.into()
}

/// Prints an error, and gives the exit code that goes with it.
fn report(error: Error) -> Exit {
    match output::message(&error.to_string()) {
        Ok(()) => error.exit(),
        Err(_) => Exit::Unusable,
    }
}

fn parse_and_run(job: Option<&Job>) -> Result<Exit> {
    match CommandLine::try_parse() {
        Ok(line) => run(&line.command, job),
        Err(message) if message.use_stderr() => match files::expanded_pattern(&message) {
            Some(advice) => Err(Error::Usage(advice)),
            None => output::print_parser(&message).map(|()| Exit::Unusable),
        },
        Err(help) => output::print_parser(&help).map(|()| Exit::Done),
    }
}

fn run(command: &Command, job: Option<&Job>) -> Result<Exit> {
    match command {
        Command::Fit(args) => match (streamed::files_of(args)?, Kind::of(&args.model)) {
            (Some(files), kind) => streamed::run(args, &files, kind, job.map(Job::ranks)),
            (None, Some(kind)) => classes::fit(args, kind),
            (None, None) => fit::run(args),
        },
        Command::Predict(args) => predict::run(args),
        Command::Anova(args) => anova::run(args),
        Command::Check(args) => match Kind::of(&args.model) {
            Some(kind) => classes::check(args, kind),
            None => check::run(args),
        },
    }
}
