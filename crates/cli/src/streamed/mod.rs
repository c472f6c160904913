//! `glm fit` of rows that don't lie in memory: those of a folder or a pattern, and of files larger than `--memory`. The figures are those
//! of the same rows in memory, to the last bit.
//!
//! | file | what |
//! |---|---|
//! | `terms` | the terms of a model of a source |
//! | `streaming` | what is asked for; the journal, the progress, and how a fit ends |
//! | `fit` | the design of the rows of a source, and fits of it |
//! | `linear`, `classes` | generalised linear and multinomial models: what is printed, and what is saved |
//! | `deciding` | the options that the processes of a job must have in common |
//! | `counted` | rows that are counted for the progress |
//! | `worded` | what is wrong with rows, and what to do about it |

mod classes;
mod counted;
mod deciding;
mod fit;
mod linear;
mod streaming;
mod terms;
mod worded;

use crate::args::FitArgs;
use crate::error::{Error, Exit, Result};
use crate::model::Kind;
use crate::progress::Passes;
use crate::{files, output, signals, table};
use data::{Csv, Ranks};
use std::path::{Path, PathBuf};
use streaming::Streaming;
use terms::Kinds;

/// The files that are to be streamed: where several are named, or they are larger than the memory that may be used, or a checkpoint or the
/// processes of a job are asked for. None where the data are to be read into memory.
pub fn files_of(args: &FitArgs) -> Result<Option<Vec<PathBuf>>> {
    let path = &args.data.data;
    let must_stream = args.streaming.checkpoint.is_some() || args.streaming.mpi;
    let is_input = path == Path::new(table::STANDARD_INPUT);
    if must_stream && (is_input || path.exists() && !path.is_file() && !path.is_dir()) {
        let option = if args.streaming.mpi { "--mpi" } else { "--checkpoint" };
        let what =
            if is_input { "the standard input".into() } else { format!("`{}`, a pipe or a device,", path.display()) };
        return Err(Error::Usage(format!(
            "{option} needs files: {what} can be read once only; save what comes from it"
        )));
    }
    if args.streaming.memory.is_some() && !path.is_file() && !path.is_dir() && (is_input || path.exists()) {
        let what = if is_input { "the standard input".into() } else { path.display().to_string() };
        output::message(&format!(
            "{what} can be read once only, so all of its rows are kept in memory, whatever --memory says; save them as a file to have them read row by row"
        ))?;
    }
    if is_input || path.is_file() && !must_stream {
        let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let most = args.streaming.memory.unwrap_or_else(|| autodiff::available_memory() as u64 / 2);
        let may_stream = !is_input && !table::is_gzip(path) && unavailable(args).is_none();
        let is_asked = args.streaming.memory.is_some();
        if size <= most || !(may_stream || is_asked && !is_input) {
            return Ok(None);
        }
    }
    match path.is_file() || path.is_dir() || files::is_pattern(path) {
        true => Ok(Some(files::of_one_kind(path)?)),
        // The reader says what is wrong with it.
        false => Ok(None),
    }
}

/// Fits the model, prints what came out, and saves it.
pub fn run(args: &FitArgs, files: &[PathBuf], kind: Option<Kind>, ranks: Option<&dyn Ranks>) -> Result<Exit> {
    if let Some(kind) = kind {
        crate::classes::refuse(&args.model, kind)?;
    }
    if let Some(option) = unavailable(args) {
        return Err(Error::Usage(match cause(args) {
            Some(cause) => format!(
                "{option} needs the rows in memory, but {cause} has them read in every pass: leave out one of the two"
            ),
            None => format!(
                "{option} needs the rows in memory: give one file that fits (--memory), or {}",
                instead_of(option)
            ),
        }));
    }
    if let Some(file) = files.iter().find(|file| table::is_gzip(file)) {
        let or = match cause(args) {
            Some(option) => format!(", or leave out {option}"),
            None => " (gunzip), or give one file that fits (--memory)".into(),
        };
        return Err(Error::file(
            file,
            format!("is compressed, and can't be read row by row in every pass; unpack it{or}"),
        ));
    }
    if args.save.is_some() && args.save == args.streaming.checkpoint {
        return Err(Error::Usage("--save and --checkpoint name the same file; give each its own".into()));
    }
    for path in args.save.iter().chain(&args.streaming.checkpoint) {
        files::spare_data(path, files)?;
        files::spare_folder(path, &args.data.data)?;
    }
    if let Some(ranks) = ranks {
        data::agree(ranks, &deciding::options()?)?;
        data::agree_on_files(ranks, files)?;
    }
    table::check_formats(files)?;
    output::message(&format!("reading {} row by row in every pass", named(files)))?;
    signals::listen()?;
    let passes = Passes::new();
    let streaming = Streaming { args, files, kind, ranks, passes: &passes };
    let outcome = match table::is_parquet(&files[0]) {
        true => of_parquet(&streaming),
        false => of_text(&streaming),
    };
    outcome.map_err(|error| match error {
        Error::Interrupted(_) => error,
        _ if signals::asked() => Error::Interrupted("while rows were read; nothing is saved".into()),
        error => error,
    })
}

#[cfg(feature = "parquet")]
fn of_parquet(streaming: &Streaming) -> Result<Exit> {
    use crate::table::Role;
    use data::Source;
    table::keep_readers_quiet();
    let source = data::Parquet::open(streaming.files)?.with_missing(streaming.args.data.missing_words());
    let source = source.with_finite_numbers().with_words_of_booleans();
    let recipe = streaming.recipe(&source, source.columns_of_some_files())?;
    let numbers = [(&recipe.weights, Role::Weights), (&recipe.offset, Role::Offset)];
    let numbers = numbers.into_iter().filter_map(|(column, role)| Some((source.find(column.as_ref()?).ok()?, role)));
    table::check_booleans(&source, &streaming.files[0], numbers)?;
    let kinds = Kinds::of(&recipe).with_response_of(&source)?;
    let source = source.with_words_of(&kinds.factors())?;
    streaming.of_source(source.with_words(&kinds.words)?.with_numbers(&kinds.numbers)?, &recipe)
}

#[cfg(not(feature = "parquet"))]
fn of_parquet(streaming: &Streaming) -> Result<Exit> {
    Err(Error::file(&streaming.files[0], "Parquet files need a `glm` built with --features parquet"))
}

fn of_text(streaming: &Streaming) -> Result<Exit> {
    let (data, files) = (&streaming.args.data, streaming.files);
    let mut delimiters = Vec::new();
    table::open_each(files, &data.format()?, |source| {
        delimiters.push(source.delimiter().unwrap_or(b','));
        Ok(())
    })?;
    let source = Csv::open_each(files.iter().zip(delimiters), data.header())?.with_missing(data.missing_words());
    let source = source.with_words_detected()?;
    let recipe = streaming.recipe(&source, source.columns_of_some_files())?;
    let kinds = Kinds::of(&recipe).with_response_of(&source)?;
    let source = source.with_words_of(&kinds.factors())?;
    streaming.of_source(source.with_words(&kinds.words)?.with_numbers(&kinds.numbers)?, &recipe)
}

/// The option that has rows read in every pass, however few they are.
fn cause(args: &FitArgs) -> Option<&'static str> {
    let streaming = &args.streaming;
    let causes = [(streaming.checkpoint.is_some(), "--checkpoint"), (streaming.mpi, "--mpi")];
    causes.into_iter().find_map(|(is_cause, option)| is_cause.then_some(option))
}

/// What is asked for and can't be had of rows that don't lie in memory.
fn unavailable(args: &FitArgs) -> Option<&'static str> {
    let (model, of, data) = (&args.model, &args.inference, &args.data);
    [
        (Kind::of(model) == Some(Kind::Ordinal), "--family ordinal"),
        (args.estimation.firth, "--firth"),
        (of.robust.is_some(), "--robust"),
        (of.cluster.is_some(), "--cluster"),
        (of.profile, "--profile"),
        (of.anova, "--anova"),
        (args.plots.is_some(), "--plots"),
        (model.drop_aliased, "--drop-aliased"),
        (model.failures.is_some(), "--failures"),
        (model.levels.is_some(), "--levels"),
        (matches!(model.dispersion, Some(crate::args::Dispersion::Estimated)), "--dispersion estimate"),
        (data.decimal != '.', "--decimal"),
        (data.thousands.is_some(), "--thousands"),
        (data.na == crate::args::Missing::Omit, "--na omit"),
    ]
    .into_iter()
    .find_map(|(asked, option)| asked.then_some(option))
}

/// What to do instead of asking for this.
fn instead_of(option: &str) -> &'static str {
    match option {
        "--family ordinal" => "take --family multinomial, whose classes have no order",
        "--failures" => "give the proportions of successes, and the trials as --weights",
        "--dispersion estimate" => "give its value",
        "--decimal" => "write numbers with a decimal point",
        "--thousands" => "write numbers without",
        "--na omit" => "remove the rows with missing values",
        _ => "leave it out",
    }
}

fn named(files: &[PathBuf]) -> String {
    match files {
        [file] => file.display().to_string(),
        files => format!("{} files", files.len()),
    }
}
