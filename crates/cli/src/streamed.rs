//! `glm fit` of rows that don't lie in memory: those of a folder or a pattern, and of files larger than `--memory`. The figures are those
//! of the same rows in memory, to the last bit.

use crate::args::FitArgs;
use crate::error::{Error, Exit, Result};
use crate::estimation;
use crate::evidence::Evidence;
use crate::model::{self, Dispersion};
use crate::recipe::{Levels, Outcome, Recipe};
use crate::report::{Intervals, LEVEL, Report};
use crate::saved::Saved;
use crate::terms::Variable;
use crate::{files, output, signals, start};
use data::{Csv, Kind, Source};
use models::inference::{Covariance, Inference};
use models::{Family, GlmFit, Journal, StreamedGlm, Summary, Terms};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The files that are to be streamed: where several are named, or they are larger than the memory that may be used, or a checkpoint is asked
/// for. None where the data are to be read into memory.
pub fn files_of(args: &FitArgs) -> Result<Option<Vec<PathBuf>>> {
    let path = &args.data.data;
    if path == Path::new("-") || path.is_file() && args.streaming.checkpoint.is_none() {
        let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let most = args.streaming.memory.unwrap_or_else(|| autodiff::available_memory() as u64 / 2);
        let may_stream = path != Path::new("-") && !is_compressed(path) && unavailable(args).is_none();
        let is_asked = args.streaming.memory.is_some();
        if size <= most || !(may_stream || is_asked && path != Path::new("-")) {
            return Ok(None);
        }
    }
    let is_pattern = path.to_str().is_some_and(|path| path.contains(['*', '?', '[']));
    match path.is_file() || path.is_dir() || is_pattern {
        true => data::files(path).map(Some).map_err(told),
        // The reader says what is wrong with it.
        false => Ok(None),
    }
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

/// Fits the model, prints what came out, and saves it.
pub fn run(args: &FitArgs, files: &[PathBuf]) -> Result<Exit> {
    if let Some(option) = unavailable(args) {
        return Err(Error::Usage(format!(
            "{option} needs the rows in memory: give one file that fits (--memory), or leave it out"
        )));
    }
    if let Some(path) = &args.save {
        files.iter().try_for_each(|file| files::spare_data(path, file))?;
    }
    output::tell(&format!("reading {} row by row in every pass", named(files)))?;
    signals::listen()?;
    match files[0].extension().and_then(|extension| extension.to_str()) {
        #[cfg(feature = "parquet")]
        Some("parquet") => of_source(args, files, data::Parquet::open(files).map_err(told)?),
        #[cfg(not(feature = "parquet"))]
        Some("parquet") => Err(Error::file(&files[0], "Parquet files need a `glm` built with --features parquet")),
        _ => {
            let delimiter = args.data.delimiter.unwrap_or(b',');
            let csv = Csv::open_with_delimiter(files, delimiter).and_then(Csv::with_words_detected).map_err(told)?;
            let recipe = recipe(args, &csv)?;
            let factors: Vec<&str> = written_factors(&recipe).into_iter().collect();
            of_source(args, files, csv.with_words(&factors).map_err(told)?)
        }
    }
}

/// What is asked for and can't be had of rows that don't lie in memory.
fn unavailable(args: &FitArgs) -> Option<&'static str> {
    let (model, of, data) = (&args.model, &args.inference, &args.data);
    [
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
        (data.decimal != '.' || data.thousands.is_some(), "--decimal and --thousands"),
        (data.na_words.is_some(), "--na-words"),
        (data.na == crate::args::Missing::Omit, "--na omit"),
    ]
    .into_iter()
    .find_map(|(asked, option)| asked.then_some(option))
}

fn named(files: &[PathBuf]) -> String {
    match files {
        [file] => file.display().to_string(),
        files => format!("{} files", files.len()),
    }
}

fn recipe(args: &FitArgs, source: &dyn Source) -> Result<Recipe> {
    let names: Vec<String> = source.fields().iter().map(|field| field.name.clone()).collect();
    let recipe = Recipe::new(&args.model, &names, None).map_err(|error| error.in_file(&args.data.data))?;
    match recipe.terms.iter().find(|term| term.variables.len() > 2) {
        None => Ok(recipe),
        Some(term) => Err(Error::Usage(format!(
            "--terms: `{}` is an interaction of more than two, which needs the rows in memory",
            term.name()
        ))),
    }
}

/// The columns that are written as factors, and the response, if its words are told apart.
fn written_factors(recipe: &Recipe) -> BTreeSet<&str> {
    let variables = recipe.terms.iter().flat_map(|term| &term.variables);
    let factors = variables.filter(|variable| variable.factor).map(|variable| variable.column.as_str());
    let words = matches!(recipe.outcome, Some(Outcome::Success(_))).then_some(recipe.response.as_str());
    factors.chain(words).collect()
}

fn of_source(args: &FitArgs, files: &[PathBuf], source: impl Source) -> Result<Exit> {
    let recipe = recipe(args, &source)?;
    let is_words = |column: &str| source.fields().iter().any(|field| field.name == column && field.kind == Kind::Words);
    let mut factors = written_factors(&recipe);
    let variables = || recipe.terms.iter().flat_map(|term| &term.variables);
    factors.extend(variables().map(|variable| variable.column.as_str()).filter(|column| is_words(column)));
    let columns: Vec<&str> = factors.iter().copied().collect();
    let mut source = source.with_levels(&columns).map_err(told)?;
    for Variable { column, reference, .. } in variables() {
        if let Some(level) = reference {
            source = source.with_first(column, level).map_err(told)?;
        }
    }
    let terms = terms(&recipe, &factors, |column| Ok(source.levels(column).map_err(told)?.to_vec()))?;
    let levels: Levels = variables()
        .filter(|variable| factors.contains(variable.column.as_str()))
        .map(|variable| Ok((variable.name(), source.levels(&variable.column).map_err(told)?.to_vec())))
        .collect::<Result<BTreeMap<_, _>>>()?;
    match &recipe.outcome {
        Some(Outcome::Success(level)) => {
            let known = source.levels(&recipe.response).map_err(told)?;
            let Some(code) = known.iter().position(|word| word == level) else {
                return Err(Error::Usage(format!("--success: `{}` has no `{level}`", recipe.response)));
            };
            let source = source.with_indicator(&recipe.response, code).map_err(told)?;
            fit(args, files, &source, &Streamed { recipe: &recipe, terms, levels })
        }
        _ => fit(args, files, &source, &Streamed { recipe: &recipe, terms, levels }),
    }
}

/// The terms of a model of a source: main effects of columns and factors, then interactions.
fn terms(recipe: &Recipe, factors: &BTreeSet<&str>, levels: impl Fn(&str) -> Result<Vec<String>>) -> Result<Terms> {
    let is_factor = |variable: &Variable| factors.contains(variable.column.as_str());
    let (mut numbers, mut of_factors, mut interactions) = (Vec::new(), Vec::new(), Vec::new());
    for term in &recipe.terms {
        match term.variables.as_slice() {
            [variable] if is_factor(variable) => of_factors.push(variable),
            [variable] => numbers.push(variable.column.as_str()),
            [first, second] => interactions.push((first, second)),
            _ => {}
        }
    }
    for (first, second) in &interactions {
        let of_numbers = !is_factor(first) && !is_factor(second);
        let missing = [first, second].into_iter().find(|variable| {
            !numbers.contains(&variable.column.as_str()) && !of_factors.iter().any(|factor| factor == *variable)
        });
        if of_numbers || missing.is_some() {
            let what = format!("{}:{}", first.name(), second.name());
            return Err(Error::Usage(format!(
                "--terms: `{what}` needs the rows in memory: without, an interaction is of a factor, and its variables are terms themselves"
            )));
        }
    }
    if !recipe.intercept && !of_factors.is_empty() {
        return Err(Error::Usage(
            "--no-intercept with a factor needs the rows in memory: give one file that fits (--memory), or keep the intercept".into(),
        ));
    }
    let mut terms = Terms::new(&numbers);
    for variable in of_factors {
        terms = terms.with_factor_of(&variable.name(), &variable.column, &levels(&variable.column)?);
    }
    for (first, second) in interactions {
        terms = terms.with_interaction(&first.name(), &second.name());
    }
    terms = recipe.offset.iter().fold(terms, |terms, column| terms.with_offset(column));
    terms = recipe.weights.iter().fold(terms, |terms, column| terms.with_weights(column));
    Ok(if recipe.intercept { terms } else { terms.without_intercept() })
}

/// A model of the columns of a source.
struct Streamed<'r> {
    recipe: &'r Recipe,
    terms: Terms,
    levels: Levels,
}

fn fit(args: &FitArgs, files: &[PathBuf], source: &dyn Source, of: &Streamed) -> Result<Exit> {
    let (family, dispersion) = model::family(&args.model)?;
    if of.recipe.outcome.is_some() && family != Family::Binomial {
        return Err(Error::Usage("--success and --failures are for --family binomial only".into()));
    }
    let link = model::link(&args.model, family)?;
    let journal = match &args.streaming.checkpoint {
        Some(path) => Some(Journal::open(path, data::fingerprint(files).map_err(told)?)?),
        None => None,
    };
    if let Some(passes) = journal.as_ref().map(Journal::passes).filter(|&passes| passes > 0) {
        output::tell(&format!("going on after {passes} passes that the checkpoint holds"))?;
    }
    let mut glm = StreamedGlm::new(source, &of.terms, &of.recipe.response, family)?.with_link(link)?;
    glm = glm.with_ridge(args.model.ridge)?;
    glm = if dispersion == Dispersion::Quasi { glm.with_estimated_dispersion() } else { glm };
    glm = match &journal {
        Some(journal) => glm.with_journal(journal),
        None => glm,
    };
    let options = start::options(&args.estimation, &glm.names())?;
    let watched = estimation::observed(&glm, Error::from, |watch| glm.fit_observed(&options, watch));
    let (fitted, _) = watched.map_err(|error| match (error, &args.streaming.checkpoint) {
        (Error::Interrupted(how), Some(path)) => Error::Interrupted(
            how.replace("nothing is saved", &format!("the same command goes on from {}", path.display())),
        ),
        (error, _) => error,
    })?;
    let inference = glm.inference(&fitted, Covariance::Expected)?;
    tell(args, &fitted, &inference)?;
    if let Some(path) = &args.save {
        let evidence = Evidence::of_rows(&inference, data::fingerprint(files).map_err(told)?);
        Saved::new(None, of.recipe.clone(), of.levels.clone(), fitted.clone(), evidence).save(path)?;
    }
    if fitted.fit.converged() {
        return Ok(Exit::Done);
    }
    output::tell(&fitted.fit.reason())?;
    Ok(Exit::NotFitted)
}

fn tell(args: &FitArgs, fit: &GlmFit, inference: &Inference) -> Result<()> {
    let level = args.inference.level.unwrap_or(LEVEL);
    let intervals = Intervals { level, profile: false, ends: inference.wald_intervals(level) };
    if !args.json {
        let summary = Summary::new(fit, inference);
        return output::print(&match args.inference.level {
            Some(_) => summary.with_intervals(level, intervals.words(), &intervals.ends).to_string(),
            None => summary.to_string(),
        });
    }
    let report = Report::new(fit, inference, &intervals, 0);
    let report = report.with_intervals(args.inference.level.is_some().then_some(&intervals));
    let text = serde_json::to_string_pretty(&report);
    output::print(&(text.map_err(|error| Error::Usage(format!("the fit can't be written as JSON: {error}")))? + "\n"))
}

/// An error of a source, which names file, row and column itself.
fn told(error: data::Error) -> Error {
    models::Error::from(error).into()
}
