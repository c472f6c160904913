//! The response of a generalised linear model, from what its columns hold: numbers, words of which one is a success, or
//! successes and failures.

use crate::error::{Error, Result};
use crate::names;
use crate::output;
use crate::recipe::{Outcome, Recipe};
use crate::table::{Role, Table, Values};
use crate::terms;
use models::Family;
use ndarray::Array1;

/// The response of each row.
pub fn response(recipe: &Recipe, table: &Table) -> Result<Array1<f64>> {
    match &recipe.outcome {
        Some(Outcome::Success(level)) => successes(recipe, table, level),
        Some(Outcome::Failures(_)) => proportions(table),
        Some(Outcome::Classes) | None => {
            let numbers = table.numbers(Role::Response).or_else(|| table.numbers(Role::Quantity));
            Ok(numbers.unwrap_or_default().to_vec().into())
        }
    }
}

/// The weight of each row: where the response counts successes and failures, times their sum, as R has it.
pub fn weights(table: &Table) -> Option<Array1<f64>> {
    let given = table.numbers(Role::Weights);
    match (trials(table), given) {
        (Some(trials), Some(given)) => Some(trials.zip(given).map(|(trials, weight)| trials * weight).collect()),
        (Some(trials), None) => Some(trials.collect()),
        (None, given) => given.map(|given| given.to_vec().into()),
    }
}

/// What counts as a success, in a sentence, where that had to be said.
pub fn sentence(recipe: &Recipe, table: &Table) -> Option<String> {
    let Outcome::Success(level) = recipe.outcome.as_ref()? else { return None };
    let Values::Categories { codes, levels } = &table.column(Role::Outcome)?.values else { return None };
    let success = terms::find_level("--success", level, &recipe.response, levels).ok()?;
    let successes = codes.iter().filter(|code| **code == success).count();
    Some(sentence_of(&recipe.response, success, levels, [successes, codes.len()]))
}

/// The same, where the success is that of these levels, in so many of all rows.
pub fn sentence_of(response: &str, success: usize, levels: &[String], [successes, rows]: [usize; 2]) -> String {
    let mut others = levels.to_vec();
    let name = others.remove(success);
    let others = if others.is_empty() { "nothing else".into() } else { names::listed(&others) };
    format!("Response: `{response}` is `{name}` in {successes} rows, {others} in {}", rows - successes)
}

/// Warns of rows, so many, whose response is no count where the family counts.
pub fn warn_of_no_counts(rows: usize, family: Family) -> Result<()> {
    let (what, quasi) = match family {
        _ if rows == 0 => return Ok(()),
        Family::Binomial => {
            ("successes or failures (weight times response, and the rest) are no whole numbers", "quasibinomial")
        }
        _ => ("the response is no whole number", "quasipoisson"),
    };
    let rows = crate::names::rows(rows);
    output::message(&format!(
        "warning: in {rows} {what}, as this family counts: likelihood, AIC and tests are those of counts; --family {quasi} needs none"
    ))
}

/// 1 for rows of this level, 0 for others.
fn successes(recipe: &Recipe, table: &Table, level: &str) -> Result<Array1<f64>> {
    let Some(Values::Categories { codes, levels }) = table.column(Role::Outcome).map(|column| &column.values) else {
        return Ok(Array1::default(0));
    };
    let success = terms::find_level("--success", level, &recipe.response, levels)?;
    Ok(codes.iter().map(|&code| f64::from(u8::from(code == success))).collect())
}

/// The successes' share of each row; 0 in rows without trials, whose weight is 0.
fn proportions(table: &Table) -> Result<Array1<f64>> {
    for role in [Role::Response, Role::Failures] {
        let Some(column) = table.column(role) else { continue };
        let counts = table.numbers(role).unwrap_or_default();
        if let Some(row) = counts.iter().position(|count| *count < 0.0 || count.fract() != 0.0) {
            return Err(Error::Data {
                place: table.place(row, &column.request.name),
                reason: format!(
                    "the value is {}; successes and failures must be whole numbers, 0 or more (a proportion takes its trials as --weights)",
                    counts[row]
                ),
            });
        }
    }
    let Some(trials) = trials(table) else { return Ok(Array1::default(0)) };
    let successes = table.numbers(Role::Response).unwrap_or_default();
    let share = |(success, trials): (&f64, f64)| if trials > 0.0 { success / trials } else { 0.0 };
    Ok(successes.iter().zip(trials).map(share).collect())
}

/// Successes and failures together.
fn trials(table: &Table) -> Option<impl Iterator<Item = f64>> {
    let (successes, failures) = (table.numbers(Role::Response)?, table.numbers(Role::Failures)?);
    Some(successes.iter().zip(failures).map(|(success, failure)| success + failure))
}
