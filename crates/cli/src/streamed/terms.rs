//! The terms of a model of a source.

use crate::error::{Error, Result};
use crate::recipe::{Outcome, Recipe};
use crate::terms::{Variable, check_interaction, check_names, joins_many, level_name};
use data::{Block, Column, Kind, Source};
use models::Terms;
use std::collections::BTreeSet;

/// What columns of a source are read as, whatever their cells look like.
pub struct Kinds<'r> {
    /// The response, if its words are told apart.
    pub words: Vec<&'r str>,
    /// The variables that are written as factors, each in a column of its own beside that of the file.
    pub factors: BTreeSet<(String, &'r str)>,
    /// The response, if its words are not told apart.
    response: Option<&'r str>,
    /// Weights and offset; the response, if it is numbers.
    pub numbers: Vec<&'r str>,
}

impl<'r> Kinds<'r> {
    pub fn of(recipe: &'r Recipe) -> Self {
        let factors = recipe.variables().filter(|variable| variable.factor);
        let factors = factors.map(|variable| (variable.name(), variable.column.as_str())).collect();
        let is_told_apart = matches!(recipe.outcome, Some(Outcome::Success(_) | Outcome::Classes));
        let words = is_told_apart.then_some(recipe.response.as_str());
        let response = (!is_told_apart).then_some(recipe.response.as_str());
        let numbers = recipe.weights.iter().chain(&recipe.offset).map(String::as_str);
        Kinds { words: words.into_iter().collect(), factors, response, numbers: numbers.collect() }
    }

    /// The same with the response among the numbers, unless it begins with a word: those are told with their levels.
    pub fn with_response_of(mut self, source: &dyn Source) -> Result<Self> {
        if let Some(response) = self.response
            && !begins_with_word(source, response)?
        {
            self.numbers.push(response);
        }
        Ok(self)
    }

    /// The names of the factors' columns, and the columns of the file.
    pub fn factors(&self) -> Vec<(&str, &str)> {
        self.factors.iter().map(|(name, column)| (name.as_str(), *column)).collect()
    }
}

/// Whether a column is of words, the first of which is no number: text may well be numbers. What can't be read is told by a later pass.
fn begins_with_word(source: &dyn Source, column: &str) -> Result<bool> {
    let place = source.find(column)?;
    if source.fields().get(place).is_none_or(|field| field.kind != Kind::Words) {
        return Ok(false);
    }
    // One that is of several kinds is read as numbers.
    let Ok(mut blocks) = source.blocks(&[place]) else { return Ok(false) };
    let Some(Ok(Block { columns, .. })) = blocks.next() else { return Ok(true) };
    let Some(Column::Words { codes, words }) = columns.first() else { return Ok(true) };
    let first = codes.first().and_then(|&code| words.get(code));
    Ok(first.is_none_or(|word| word.trim().parse::<f64>().is_err()))
}

/// The factor that is spelled out in a column for each of its levels: the first, where there is no intercept.
pub fn spelled_out<'r>(recipe: &'r Recipe, factors: &BTreeSet<String>) -> Option<&'r Variable> {
    let is_factor = |variable: &&Variable| factors.contains(&variable.name());
    let mut mains = recipe.terms.iter().filter(|term| term.variables.len() == 1).flat_map(|term| &term.variables);
    mains.find(is_factor).filter(|_| !recipe.intercept)
}

/// The column of a source that tells whether a column is of a level; no file can well have it.
pub fn indicator(column: &str, level: &str) -> String {
    format!("\u{0}{column} = {level}")
}

/// The terms of a model of a source: main effects of columns and factors, then interactions. `factors` are the names of those.
pub fn terms(
    recipe: &Recipe,
    factors: &BTreeSet<String>,
    levels: impl Fn(&str) -> Result<Vec<String>>,
) -> Result<Terms> {
    let is_factor = |variable: &Variable| factors.contains(&variable.name());
    let spelled = spelled_out(recipe, factors);
    // First what can't be had of rows in memory either.
    for term in recipe.terms.iter().filter(|term| term.variables.iter().any(is_factor)) {
        match term.variables.as_slice() {
            [] | [_] => {}
            [first, second] => check_interaction(&recipe.terms, first, second, recipe.intercept)?,
            _ => return Err(joins_many(term)),
        }
    }
    // The name of each coefficient, and its column.
    let mut numbers: Vec<(String, String)> = Vec::new();
    let (mut of_factors, mut interactions) = (Vec::new(), Vec::new());
    for term in &recipe.terms {
        match term.variables.as_slice() {
            [variable] if Some(variable) == spelled => {
                let name = variable.name();
                let of_level = |level: &String| (level_name(variable, level), indicator(&name, level));
                numbers.extend(levels(&name)?.iter().map(of_level));
            }
            [variable] if is_factor(variable) => of_factors.push(variable),
            [variable] => numbers.push((variable.name(), variable.column.clone())),
            variables if !variables.iter().any(is_factor) => {
                return Err(Error::Usage(format!(
                    "--terms: `{}` is a product of numbers, which needs the rows in memory: give one file that fits (--memory), or save the product as a column of the file",
                    term.name()
                )));
            }
            [first, second] => interactions.push((first, second)),
            _ => {}
        }
    }
    check_names(numbers.iter().map(|(name, _)| name))?;
    let mut terms = Terms::default();
    for (name, column) in &numbers {
        terms = terms.with_column_of(name, column);
    }
    for variable in of_factors {
        let name = variable.name();
        terms = terms.with_factor(&name, &levels(&name)?);
    }
    for (first, second) in interactions {
        terms = terms.with_interaction(&first.name(), &second.name());
    }
    terms = recipe.offset.iter().fold(terms, |terms, column| terms.with_offset(column));
    terms = recipe.weights.iter().fold(terms, |terms, column| terms.with_weights(column));
    Ok(if recipe.intercept { terms } else { terms.without_intercept() })
}
