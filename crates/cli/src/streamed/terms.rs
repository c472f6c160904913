//! The terms of a model of a source.

use crate::error::{Error, Result};
use crate::recipe::{Outcome, Recipe};
use crate::terms::Variable;
use models::Terms;
use std::collections::BTreeSet;

/// The columns that are written as factors, and the response, if its words are told apart.
pub fn written_factors(recipe: &Recipe) -> BTreeSet<&str> {
    let variables = recipe.variables();
    let factors = variables.filter(|variable| variable.factor).map(|variable| variable.column.as_str());
    let is_told_apart = matches!(recipe.outcome, Some(Outcome::Success(_) | Outcome::Classes));
    let words = is_told_apart.then_some(recipe.response.as_str());
    factors.chain(words).collect()
}

/// The factor that is spelled out in a column for each of its levels: the first, where there is no intercept.
pub fn spelled_out<'r>(recipe: &'r Recipe, factors: &BTreeSet<&str>) -> Option<&'r Variable> {
    let is_factor = |variable: &&Variable| factors.contains(variable.column.as_str());
    let mut mains = recipe.terms.iter().filter(|term| term.variables.len() == 1).flat_map(|term| &term.variables);
    mains.find(is_factor).filter(|_| !recipe.intercept)
}

/// The name of the column that tells a level.
pub fn indicator(variable: &Variable, level: &str) -> String {
    variable.name() + level
}

/// The terms of a model of a source: main effects of columns and factors, then interactions.
pub fn terms(recipe: &Recipe, factors: &BTreeSet<&str>, levels: impl Fn(&str) -> Result<Vec<String>>) -> Result<Terms> {
    let is_factor = |variable: &Variable| factors.contains(variable.column.as_str());
    let spelled = spelled_out(recipe, factors);
    let (mut numbers, mut of_factors, mut interactions) = (Vec::new(), Vec::new(), Vec::new());
    for term in &recipe.terms {
        match term.variables.as_slice() {
            [variable] if Some(variable) == spelled => {
                numbers.extend(levels(&variable.column)?.iter().map(|level| indicator(variable, level)));
            }
            [variable] if is_factor(variable) => of_factors.push(variable),
            [variable] => numbers.push(variable.column.clone()),
            [first, second] => interactions.push((first, second)),
            _ => {}
        }
    }
    if !recipe.intercept && !interactions.is_empty() {
        return Err(Error::Usage(
            "--terms: an interaction with a categorical variable needs an intercept; drop --no-intercept".into(),
        ));
    }
    for (first, second) in &interactions {
        let of_numbers = !is_factor(first) && !is_factor(second);
        let missing = [first, second].into_iter().find(|variable| {
            !numbers.contains(&variable.column) && !of_factors.iter().any(|factor| factor == *variable)
        });
        if of_numbers || missing.is_some() {
            let what = format!("{}:{}", first.name(), second.name());
            return Err(Error::Usage(format!(
                "--terms: `{what}` needs the rows in memory: without, an interaction is of a factor, and its variables are terms themselves"
            )));
        }
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
