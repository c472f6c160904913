//! The design of the rows of a source: its columns, levels and terms.

use super::counted::Counted;
use super::streaming::{Streamed, Streaming};
use super::worded::worded;
use super::{classes, linear, terms};
use crate::error::{Error, Exit, Result};
use crate::recipe::{Levels, Outcome, Recipe};
use crate::table::{Role, Spelling, not_a_number};
use crate::terms::{Variable, find_level};
use data::{Adapt, Kind, Source, WithLevels};
use std::collections::{BTreeMap, BTreeSet};

impl Streaming<'_> {
    /// The model that is asked for.
    pub fn recipe(&self, source: &dyn Source) -> Result<Recipe> {
        let names: Vec<String> = source.fields().iter().map(|field| field.name.clone()).collect();
        let recipe =
            Recipe::new(&self.args.model, &names, None).map_err(|error| error.in_file(&self.args.data.data))?;
        let outcome = if self.kind.is_some() { Some(Outcome::Classes) } else { recipe.outcome };
        let recipe = Recipe { outcome, ..recipe };
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
        self.fit(source, &recipe).map_err(|error| worded(error, &recipe))
    }

    /// Where a column stands, as messages say it.
    fn place(&self, column: &str) -> String {
        format!("{}, column `{column}`", self.args.data.data.display())
    }

    /// Refuses a column that isn't written as a factor and holds numbers, too, or numbers in another spelling.
    fn check_words(&self, column: &str, levels: &[String]) -> Result<()> {
        let spelling = Spelling::default();
        let word = levels.iter().find(|level| spelling.number(level).is_none());
        let is_mixed = levels.iter().any(|level| spelling.number(level).is_some());
        let is_spelled = levels.iter().all(|level| spelling.advice(level).is_some());
        match word {
            Some(word) if is_mixed || is_spelled => Err(Error::Data {
                place: self.place(column),
                reason: not_a_number(word, column, Role::Term, &spelling),
            }),
            _ => Ok(()),
        }
    }

    /// Refuses words as numbers of a response.
    fn check_response(&self, recipe: &Recipe, is_words: impl Fn(&str) -> bool) -> Result<()> {
        if recipe.outcome.is_some() || !is_words(&recipe.response) {
            return Ok(());
        }
        Err(Error::Data {
            place: self.place(&recipe.response),
            reason: "the cells are words; the response must be numbers (for a binary outcome 0 and 1): say with --success which of its levels is one, or take --family multinomial".into(),
        })
    }

    /// The source with levels of these factors, which a first pass finds; those first that the terms name as references.
    fn with_levels<S: Source>(
        &self,
        source: S,
        recipe: &Recipe,
        factors: &BTreeSet<&str>,
    ) -> Result<WithLevels<Counted<S>>> {
        let columns: Vec<&str> = factors.iter().copied().collect();
        let counted = Counted::new(source, self.passes);
        let mut source = match self.ranks {
            None => counted.with_levels(&columns)?,
            Some(ranks) => counted.with_levels_on_ranks(&columns, ranks)?,
        };
        for Variable { column, factor, .. } in recipe.variables() {
            if !factor && factors.contains(column.as_str()) {
                self.check_words(column, source.levels(column)?)?;
            }
        }
        for Variable { column, reference, .. } in recipe.variables() {
            if let Some(level) = reference {
                let levels = source.levels(column)?;
                let first = levels[find_level("--terms", level, column, levels)?].clone();
                source = source.with_first(column, &first)?;
            }
        }
        Ok(source)
    }

    fn fit(&self, source: impl Source, recipe: &Recipe) -> Result<Exit> {
        let is_words =
            |column: &str| source.fields().iter().any(|field| field.name == column && field.kind == Kind::Words);
        self.check_response(recipe, is_words)?;
        let mut factors = terms::written_factors(recipe);
        factors.extend(recipe.variables().map(|variable| variable.column.as_str()).filter(|column| is_words(column)));
        let source = self.with_levels(source, recipe, &factors)?;
        let terms = terms::terms(recipe, &factors, |column| Ok(source.levels(column)?.to_vec()))?;
        let levels: Levels = recipe
            .variables()
            .filter(|variable| factors.contains(variable.column.as_str()))
            .map(|variable| Ok((variable.name(), source.levels(&variable.column)?.to_vec())))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let mut indicators: Vec<(String, &str, usize)> = Vec::new();
        if let Some(factor) = terms::spelled_out(recipe, &factors) {
            let of_level =
                |(place, level): (usize, &String)| (terms::indicator(factor, level), factor.column.as_str(), place);
            indicators.extend(source.levels(&factor.column)?.iter().enumerate().map(of_level));
        }
        let (mut response, mut success) = (recipe.response.clone(), None);
        if let Some(Outcome::Success(level)) = &recipe.outcome {
            let known = source.levels(&recipe.response)?;
            let place = find_level("--success", level, &recipe.response, known)?;
            response = format!("{} = {level}", recipe.response);
            indicators.push((response.clone(), recipe.response.as_str(), place));
            success = Some((known.to_vec(), place));
        }
        let named: Vec<_> = indicators.iter().map(|(name, column, place)| (name.as_str(), *column, *place)).collect();
        let classes = match self.kind {
            Some(_) => source.levels(&recipe.response)?.to_vec(),
            None => Vec::new(),
        };
        let source = source.with_indicators(&named)?;
        let streamed = Streamed { recipe, response: &response, terms, levels, success };
        match self.kind {
            Some(kind) => classes::fit(self, &source, &streamed, &classes, kind),
            None => linear::fit(self, &source, &streamed),
        }
    }
}
