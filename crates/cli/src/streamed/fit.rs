//! The fit of a source: its terms, what is printed, and what is saved.

use super::counted::Counted;
use super::terms;
use crate::args::FitArgs;
use crate::error::{Error, Exit, Result};
use crate::estimation;
use crate::evidence::Evidence;
use crate::model::{self, Dispersion};
use crate::progress::{Fitting, Passes};
use crate::recipe::{Levels, Outcome, Recipe};
use crate::report::{Intervals, LEVEL, Report};
use crate::saved::Saved;
use crate::terms::Variable;
use crate::{output, start};
use data::{Adapt, Kind, Ranks, Source};
use models::inference::{Covariance, Inference};
use models::{Family, GlmFit, Journal, StreamedGlm, Summary, Terms};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is asked for, of which files, by which processes.
#[derive(Clone, Copy)]
pub struct Streaming<'a> {
    pub args: &'a FitArgs,
    pub files: &'a [PathBuf],
    pub ranks: Option<&'a dyn Ranks>,
    pub passes: &'a Passes,
}

/// A model of the columns of a source.
struct Streamed<'r> {
    recipe: &'r Recipe,
    /// The column of the response as numbers.
    response: &'r str,
    terms: Terms,
    levels: Levels,
}

impl Streaming<'_> {
    /// The model that is asked for.
    pub fn recipe(&self, source: &dyn Source) -> Result<Recipe> {
        let names: Vec<String> = source.fields().iter().map(|field| field.name.clone()).collect();
        let recipe =
            Recipe::new(&self.args.model, &names, None).map_err(|error| error.in_file(&self.args.data.data))?;
        match recipe.terms.iter().find(|term| term.variables.len() > 2) {
            None => Ok(recipe),
            Some(term) => Err(Error::Usage(format!(
                "--terms: `{}` is an interaction of more than two, which needs the rows in memory",
                term.name()
            ))),
        }
    }

    /// Fits the model of these rows.
    pub fn of_source(&self, source: impl Source) -> Result<Exit> {
        let recipe = self.recipe(&source)?;
        let is_words =
            |column: &str| source.fields().iter().any(|field| field.name == column && field.kind == Kind::Words);
        let mut factors = terms::written_factors(&recipe);
        let variables = || recipe.terms.iter().flat_map(|term| &term.variables);
        factors.extend(variables().map(|variable| variable.column.as_str()).filter(|column| is_words(column)));
        let columns: Vec<&str> = factors.iter().copied().collect();
        let mut source = Counted::new(source, self.passes).with_levels(&columns)?;
        for Variable { column, reference, .. } in variables() {
            if let Some(level) = reference {
                source = source.with_first(column, level)?;
            }
        }
        let terms = terms::terms(&recipe, &factors, |column| Ok(source.levels(column)?.to_vec()))?;
        let levels: Levels = variables()
            .filter(|variable| factors.contains(variable.column.as_str()))
            .map(|variable| Ok((variable.name(), source.levels(&variable.column)?.to_vec())))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let mut indicators: Vec<(String, &str, usize)> = Vec::new();
        if let Some(factor) = terms::spelled_out(&recipe, &factors) {
            let of_level =
                |(place, level): (usize, &String)| (terms::indicator(factor, level), factor.column.as_str(), place);
            indicators.extend(source.levels(&factor.column)?.iter().enumerate().map(of_level));
        }
        let mut response = recipe.response.clone();
        if let Some(Outcome::Success(level)) = &recipe.outcome {
            let known = source.levels(&recipe.response)?;
            let Some(place) = known.iter().position(|word| word == level) else {
                return Err(Error::Usage(format!("--success: `{}` has no `{level}`", recipe.response)));
            };
            response = format!("{} = {level}", recipe.response);
            indicators.push((response.clone(), recipe.response.as_str(), place));
        }
        let named: Vec<_> = indicators.iter().map(|(name, column, place)| (name.as_str(), *column, *place)).collect();
        let source = source.with_indicators(&named)?;
        self.fit(&source, &Streamed { recipe: &recipe, response: &response, terms, levels })
    }

    fn fit(&self, source: &dyn Source, of: &Streamed) -> Result<Exit> {
        let Streaming { args, files, ranks, passes } = *self;
        let (family, dispersion) = model::family(&args.model)?;
        if of.recipe.outcome.is_some() && family != Family::Binomial {
            return Err(Error::Usage("--success and --failures are for --family binomial only".into()));
        }
        let link = model::link(&args.model, family)?;
        let journal = match &args.streaming.checkpoint {
            Some(path) => {
                let data = data::fingerprint(files)?;
                Some(match ranks {
                    Some(ranks) => Journal::on_ranks(path, data, ranks)?,
                    None => Journal::open(path, data)?,
                })
            }
            None => None,
        };
        if let Some(passes) = journal.as_ref().map(Journal::passes).filter(|&passes| passes > 0) {
            output::message(&format!("going on after {passes} passes that the checkpoint holds"))?;
        }
        let mut glm = StreamedGlm::new(source, &of.terms, of.response, family)?.with_link(link)?;
        glm = glm.with_ridge(args.model.ridge)?;
        glm = if dispersion == Dispersion::Quasi { glm.with_estimated_dispersion() } else { glm };
        glm = match &journal {
            Some(journal) => glm.with_journal(journal),
            None => glm,
        };
        glm = match ranks {
            Some(ranks) => glm.on_ranks(ranks),
            None => glm,
        };
        let options = start::options(&args.estimation, &glm.names())?;
        let watched = estimation::observed_with(Fitting::Streamed(passes.clone()), &glm, Error::from, |watch| {
            glm.fit_observed(&options, watch)
        });
        let (fitted, _) = watched.map_err(|error| match (error, &args.streaming.checkpoint) {
            (Error::Interrupted(how), Some(path)) => Error::Interrupted(
                how.replace("nothing is saved", &format!("the same command goes on from {}", path.display())),
            ),
            (error, _) => error,
        })?;
        let inference = glm.inference(&fitted, Covariance::Expected)?;
        passes.end();
        print(args, &fitted, &inference)?;
        if let Some(path) = &args.save
            && ranks.is_none_or(|ranks| ranks.rank() == 0)
        {
            let evidence = Evidence::of_rows(&inference, data::fingerprint(files)?);
            Saved::new(None, of.recipe.clone(), of.levels.clone(), fitted.clone(), evidence).save(path)?;
        }
        if fitted.fit.converged() {
            return Ok(Exit::Done);
        }
        output::message(&fitted.fit.reason())?;
        Ok(Exit::NotFitted)
    }
}

fn print(args: &FitArgs, fit: &GlmFit, inference: &Inference) -> Result<()> {
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
    output::print_json("the fit", &report)
}
