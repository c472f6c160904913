//! The command line of `compare`.

use crate::Result;
use std::path::PathBuf;

/// The element type of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dtype {
    /// `f64`.
    F64,
    /// `f32`.
    F32,
}

impl Dtype {
    /// The name on the command line and in the output.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F64 => "f64",
            Dtype::F32 => "f32",
        }
    }
}

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The case's name.
    pub case: String,
    /// Rows of the data (nodes, for the scalar cases); the case's own number if 0 on the command line.
    pub rows: usize,
    /// Columns of the data, likewise.
    pub cols: usize,
    /// Threads for every contender.
    pub threads: usize,
    /// The element type.
    pub dtype: Dtype,
    /// JSON lines instead of a table.
    pub json: bool,
    /// The Python that runs the Python peers.
    pub python: Option<PathBuf>,
}

/// How to call `compare`.
pub const USAGE: &str =
    "usage: compare CASE [--rows N] [--cols P] [--threads T] [--dtype f64|f32] [--json] [--peers PYTHON]";

impl Settings {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// An option that isn't known or lacks a value, or no case.
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut settings = Settings {
            case: String::new(),
            rows: 0,
            cols: 0,
            threads: 1,
            dtype: Dtype::F64,
            json: false,
            python: None,
        };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value\n{USAGE}"));
            match argument.as_str() {
                "--rows" => settings.rows = value()?.parse()?,
                "--cols" => settings.cols = value()?.parse()?,
                "--threads" => settings.threads = value()?.parse::<usize>()?.max(1),
                "--dtype" => {
                    settings.dtype = match value()?.as_str() {
                        "f64" => Dtype::F64,
                        "f32" => Dtype::F32,
                        other => return Err(format!("--dtype is f64 or f32, not {other}").into()),
                    }
                }
                "--json" => settings.json = true,
                "--peers" => settings.python = Some(value()?.into()),
                option if option.starts_with('-') => return Err(format!("unknown option {option}\n{USAGE}").into()),
                case => settings.case = case.into(),
            }
        }
        if settings.case.is_empty() {
            return Err(USAGE.into());
        }
        Ok(settings)
    }
}
