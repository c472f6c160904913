//! What can go wrong, worded for the person at the command line: where it is, what it is, what to do.

use crate::names::{no_column, rows};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The result of everything that can go wrong.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file can't be opened, read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        reason: String,
    },
    /// A cell, a row or a column of the data can't be used.
    #[error("{place}: {reason}")]
    Data {
        /// The file, line and column.
        place: String,
        /// What is wrong there and what to do.
        reason: String,
    },
    /// The arguments don't fit together or don't fit the data.
    #[error("{0}")]
    Usage(String),
    /// Something can't be printed.
    #[error("{to} can't be written to: {}", data::why_unwritten(reason))]
    Output {
        /// What can't be printed to.
        to: &'static str,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The user pressed Ctrl-C.
    #[error("interrupted {0}")]
    Interrupted(String),
    /// A design with columns that others make up.
    #[error("{0}; or leave them out as R does (--drop-aliased)")]
    Aliased(models::Error),
    /// A logistic model whose responses are separated.
    #[error("{0} (--ridge), or reduce the bias of the estimates (--firth)")]
    Separated(models::Error),
    /// A fit that has no maximum, or one on the way to the results that didn't converge.
    #[error("{0}")]
    NotFitted(String),
    /// What went wrong after so many predictions had been written.
    #[error("{error}; {} of predictions {} written before it", rows(*written), if *written == 1 { "was" } else { "were" })]
    After {
        /// What went wrong.
        error: Box<Error>,
        /// The rows.
        written: usize,
    },
    /// The model can't be made or fitted.
    #[error(transparent)]
    Model(models::Error),
}

/// Without the operation of the library, and its source line, that made a number infinite.
impl From<models::Error> for Error {
    fn from(error: models::Error) -> Error {
        Error::Model(match error {
            models::Error::Start { what, value, .. } => models::Error::Start { what, value, found: String::new() },
            error => error,
        })
    }
}

/// A source names file, row and column itself.
impl From<data::Error> for Error {
    fn from(error: data::Error) -> Error {
        match error {
            data::Error::NumbersAsNames { file, line } => Error::numbers_as_names(&file, &line),
            data::Error::MissingColumn { file, name, known } if !file.as_os_str().is_empty() => {
                Error::file(&file, no_column(&name, &known))
            }
            error => Error::Model(error.into()),
        }
    }
}

impl Error {
    /// A file that can't be used, for this reason.
    pub fn file(path: &Path, reason: impl Into<String>) -> Error {
        Error::File { path: path.into(), reason: reason.into() }
    }

    /// A file whose first line holds numbers alone.
    pub fn numbers_as_names(path: &Path, line: &str) -> Error {
        let reason = format!(
            "the first line, `{line}`, holds numbers alone; say --header no if it is a row (the columns are then called V1, V2, …), or --header yes if these are the names of the columns"
        );
        Error::file(path, reason)
    }

    /// The same, said to come after so many rows of predictions, if any.
    pub fn after(self, written: usize) -> Error {
        match self {
            // What could be written isn't known.
            Error::Output { .. } => self,
            _ if written == 0 => self,
            error => Error::After { error: Box::new(error), written },
        }
    }

    /// The same, said of this file if it is about its columns.
    pub fn in_file(self, path: &Path) -> Error {
        match self {
            Error::Usage(reason) => Error::Usage(format!("{}: {reason}", path.display())),
            other => other,
        }
    }

    /// The exit code for this error.
    pub fn exit(&self) -> Exit {
        use models::Error::{
            AllZero, AtInfinity, Diverged, EmptyClass, EmptyLevel, LostInformation, MoreColumnsThanRows, NoMeans,
            NotOverdispersed, OneClass, RankDeficient, Separation, SingularInformation, Start, Unbounded,
            VanishingMeans,
        };
        match self {
            Error::Model(
                RankDeficient { .. }
                | MoreColumnsThanRows { .. }
                | AllZero { .. }
                | AtInfinity { .. }
                | Diverged { .. }
                | EmptyClass { .. }
                | EmptyLevel { .. }
                | NoMeans { .. }
                | OneClass { .. }
                | Separation { .. }
                | Start { .. }
                | SingularInformation { .. }
                | LostInformation { .. }
                | NotOverdispersed
                | Unbounded { .. }
                | VanishingMeans { .. },
            ) => Exit::NotFitted,
            Error::Aliased(_) | Error::Separated(_) | Error::NotFitted(_) => Exit::NotFitted,
            Error::Interrupted(_) => Exit::Interrupted,
            Error::After { error, .. } => error.exit(),
            Error::Model(_) | Error::File { .. } | Error::Data { .. } | Error::Usage(_) | Error::Output { .. } => {
                Exit::Unusable
            }
        }
    }
}

/// How the program ends: the exit codes that `--help` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The fit didn't converge, or there is no maximum.
    NotFitted = 1,
    /// The arguments or the data can't be used.
    Unusable = 2,
    /// A check failed, or could not tell.
    CheckFailed = 3,
    /// The user pressed Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// The end with this exit code.
    pub fn of(code: u8) -> Exit {
        let all = [Exit::Done, Exit::NotFitted, Exit::CheckFailed, Exit::Interrupted];
        all.into_iter().find(|&exit| exit as u8 == code).unwrap_or(Exit::Unusable)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
