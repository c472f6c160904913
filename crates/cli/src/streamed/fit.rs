//! The design of the rows of a source: its columns, levels and terms.

use super::counted::Counted;
use super::streaming::{Streamed, Streaming};
use super::terms::Kinds;
use super::worded::worded;
use super::{classes, linear, terms};
use crate::design::are_identifiers;
use crate::error::{Error, Exit, Result};
use crate::model::role_of_response;
use crate::names::nearest;
use crate::output;
use crate::recipe::{Levels, Outcome, Recipe};
use crate::table::{Omitted, Role, Spelling, first_stray, no_response, not_a_number, nothing_left, place, stray_text};
use crate::terms::{Variable, find_level};
use data::{Adapt, Column, Kind, PartColumn, Source, WithLevels};
use std::collections::BTreeSet;

impl Streaming<'_> {
    /// The model that is asked for, of columns that all files have; `partial` are those that some lack.
    pub fn recipe(&self, source: &dyn Source, partial: &[PartColumn]) -> Result<Recipe> {
        let mut names: Vec<String> = source.fields().iter().map(|field| field.name.clone()).collect();
        let others = partial.iter().map(|column| &column.name).filter(|name| !names.contains(name));
        let others: Vec<String> = others.cloned().collect();
        names.extend(others);
        let recipe =
            Recipe::new(&self.args.model, &names, None).map_err(|error| error.in_file(&self.args.data.data))?;
        if let Some(column) = partial.iter().find(|part| recipe.columns().any(|column| *column == part.name)) {
            return Err(self.lacks(column, partial, &recipe));
        }
        let outcome = if self.kind.is_some() { Some(Outcome::Classes) } else { recipe.outcome };
        Ok(Recipe { outcome, ..recipe })
    }

    /// The error of a column of the model that a file lacks.
    fn lacks(&self, column: &PartColumn, partial: &[PartColumn], recipe: &Recipe) -> Error {
        let PartColumn { name, file, lacking } = column;
        let in_all: Vec<&str> = recipe.variables().map(|variable| variable.column.as_str()).collect();
        let in_all: Vec<&str> =
            in_all.into_iter().filter(|name| partial.iter().all(|part| part.name != *name)).collect();
        let is_term = recipe.variables().any(|variable| variable.column == *name);
        let remedy = match is_term && self.args.model.terms.is_none() {
            true => format!(
                "all columns are terms where none are named: name those that all files have, such as with --terms '{}', or add it",
                if in_all.is_empty() { "1".into() } else { in_all.join(",") }
            ),
            false => "each file needs the columns of the model: add it, or leave it out of the model".into(),
        };
        let of_this: Vec<String> =
            partial.iter().filter(|part| part.file == *lacking).map(|part| part.name.clone()).collect();
        let meant = nearest(name, &of_this).map_or(String::new(), |near| format!(" (did you mean its `{near}`?)"));
        Error::file(lacking, format!("has no column `{name}`, which {} has{meant}; {remedy}", file.display()))
    }

    /// Fits the model of these rows.
    pub fn of_source(&self, source: impl Source, recipe: &Recipe) -> Result<Exit> {
        let response = role_of_response(&self.args.model);
        self.fit(&source, recipe).map_err(|error| worded(error, &source, recipe, response, &self.args.data.data))
    }

    /// Refuses a column of words that isn't written as a factor and holds numbers, too, or numbers in another spelling; and words of a response
    /// that is to be numbers.
    fn check_words(&self, source: &dyn Source, column: &str, role: Role, levels: &[String]) -> Result<()> {
        let spelling = Spelling::default();
        let all: Vec<usize> = (0..levels.len()).collect();
        let has_strays = first_stray(levels, &all, &spelling).is_some();
        if !has_strays && (!role.is_numeric_response() || truths(levels).is_some()) {
            return Ok(());
        }
        data::each(source, &[source.find(column)?], |block| {
            let Some(Column::Indices(codes)) = block.columns.first() else { return Ok(()) };
            let codes: Vec<usize> = codes.iter().copied().collect();
            let row = if has_strays { first_stray(levels, &codes, &spelling) } else { Some(0) };
            let Some((row, word)) = row.and_then(|row| Some((row, &levels[*codes.get(row)?]))) else { return Ok(()) };
            let reason = match has_strays {
                true if source.has_text() => stray_text(word, column, role),
                true => not_a_number(word, column, role, &spelling),
                false => no_response(word, levels, role),
            };
            Err(Error::Data { place: place(&block.place.file(), &block.place.at(row).to_string(), column), reason })
        })
    }

    /// Refuses a column that isn't named as a term and of which every row is a category of its own, as where rows are read into memory.
    fn check_identifiers(&self, source: &dyn Source, column: &str, levels: usize) -> Result<()> {
        let mut rows = 0;
        // Most columns have few levels: no more rows are counted than these.
        for block in source.blocks(&[source.find(column)?])? {
            rows += block?.rows;
            if rows > levels {
                return Ok(());
            }
        }
        Err(are_identifiers(&self.args.data.data, column))
    }

    /// Refuses those of these columns of words, not written as factors, that are neither numbers nor categories.
    fn check_unwritten<S: Source>(&self, source: &WithLevels<S>, recipe: &Recipe, columns: &[&str]) -> Result<()> {
        let unwritten =
            recipe.variables().filter(|variable| !variable.factor).map(|variable| (&variable.column, Role::Term));
        let response = recipe.outcome.is_none().then_some((&recipe.response, role_of_response(&self.args.model)));
        let mut unwritten: Vec<(&String, Role)> = unwritten.chain(response).collect();
        // Of several, the first of the file is told.
        unwritten.sort_by_key(|(column, _)| source.find(column).ok());
        unwritten.retain(|(column, _)| columns.contains(&column.as_str()));
        for (column, role) in &unwritten {
            self.check_words(source, column, *role, source.levels(column)?)?;
        }
        if self.args.model.terms.is_none() {
            for (column, _) in unwritten.iter().filter(|(_, role)| *role == Role::Term) {
                self.check_identifiers(source, column, source.levels(column)?.len())?;
            }
        }
        Ok(())
    }

    /// The source with levels of these columns, which a first pass finds; those first that the terms name as references.
    fn with_levels<S: Source>(
        &self,
        source: S,
        recipe: &Recipe,
        columns: &BTreeSet<String>,
    ) -> Result<WithLevels<Counted<S>>> {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let counted = Counted::new(source, self.passes);
        let mut source = match self.ranks {
            None => counted.with_levels(&columns)?,
            Some(ranks) => counted.with_levels_on_ranks(&columns, ranks)?,
        };
        for column in &columns {
            if source.levels(column)?.is_empty() {
                return Err(nothing_left(&self.args.data.data, &Omitted::default()));
            }
        }
        self.check_unwritten(&source, recipe, &columns)?;
        for variable in recipe.variables() {
            let name = variable.name();
            if let Some(level) = &variable.reference {
                let levels = source.levels(&name)?;
                let first = levels[find_level("--terms", level, &variable.column, levels)?].clone();
                source = source.with_first(&name, &first)?;
            }
        }
        Ok(source)
    }

    /// Says which factor is spelled out where the order of the first file's columns decides it.
    fn tell_order(&self, spelled: &Variable, factors: usize) -> Result<()> {
        if self.files.len() < 2 || factors < 2 || self.args.model.terms.is_some() {
            return Ok(());
        }
        let penalised =
            if self.args.model.ridge > 0.0 { ", and the penalised estimates are by that choice" } else { "" };
        output::message(&format!(
            "without --terms, the columns of {} are the terms, in their order: `{}` keeps all of its levels, the other factors all but one{penalised}; name the terms in another order for another choice",
            self.files[0].display(),
            spelled.column
        ))
    }

    fn fit(&self, source: impl Source, recipe: &Recipe) -> Result<Exit> {
        let is_words =
            |column: &str| source.fields().iter().any(|field| field.name == column && field.kind == Kind::Words);
        let factors: BTreeSet<String> = recipe.variables().map(Variable::name).filter(|name| is_words(name)).collect();
        let mut columns = factors.clone();
        columns.extend(Kinds::of(recipe).words.into_iter().map(str::to_owned));
        columns.extend(Some(recipe.response.clone()).filter(|response| is_words(response)));
        let source = self.with_levels(source, recipe, &columns)?;
        let terms = terms::terms(recipe, &factors, |name| Ok(source.levels(name)?.to_vec()))?;
        let words = columns.iter().map(|name| Ok((name.clone(), source.levels(name)?.to_vec())));
        let words = words.collect::<Result<Levels>>()?;
        let of_factors = words.iter().filter(|(name, _)| factors.contains(*name));
        let levels: Levels = of_factors.map(|(name, levels)| (name.clone(), levels.clone())).collect();
        let mut indicators: Vec<(String, String, usize)> = Vec::new();
        if let Some(factor) = terms::spelled_out(recipe, &factors) {
            let name = factor.name();
            let of_level = |(place, level): (usize, &String)| (terms::indicator(&name, level), name.clone(), place);
            indicators.extend(source.levels(&name)?.iter().enumerate().map(of_level));
            self.tell_order(factor, factors.len())?;
        }
        let (mut response, mut success) = (recipe.response.clone(), None);
        if let Some(Outcome::Success(level)) = &recipe.outcome {
            let known = source.levels(&recipe.response)?;
            let place = find_level("--success", level, &recipe.response, known)?;
            response = terms::indicator(&recipe.response, level);
            indicators.push((response.clone(), recipe.response.clone(), place));
            success = Some((known.to_vec(), place));
        } else if recipe.outcome.is_none() && columns.contains(&recipe.response) {
            // Of true and false, true is 1; other words have been refused.
            let [_, place] = truths(source.levels(&recipe.response)?).unwrap_or_default();
            const NONE: usize = usize::MAX;
            response = terms::indicator(&recipe.response, "TRUE");
            indicators.push((response.clone(), recipe.response.clone(), place.unwrap_or(NONE)));
        }
        let named: Vec<(&str, &str, usize)> =
            indicators.iter().map(|(name, column, place)| (name.as_str(), column.as_str(), *place)).collect();
        let classes = match self.kind {
            Some(_) => source.levels(&recipe.response)?.to_vec(),
            None => Vec::new(),
        };
        let source = source.with_indicators(&named)?;
        let streamed = Streamed { recipe, response: &response, terms, levels, words, success };
        match self.kind {
            Some(kind) => classes::fit(self, &source, &streamed, &classes, kind),
            None => linear::fit(self, &source, &streamed),
        }
    }
}

/// The places of false and of true among levels that say a truth each.
fn truths(levels: &[String]) -> Option<[Option<usize>; 2]> {
    data::Levels::known(levels.to_vec()).truths()
}
