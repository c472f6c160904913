//! What is wrong with a cell, and what to do about it.

use super::Spelling;
use super::role::Role;
use crate::names::listed;
use crate::output::shortened;

/// What is wrong with a cell that says that there is no value.
pub fn missing(text: &str) -> String {
    /// Words that are values in some files.
    const MAY_BE_VALUES: [&str; 2] = ["none", "null"];
    let what =
        if text.is_empty() { "the cell is empty".into() } else { format!("`{}` is a missing value", shown(text)) };
    let or = match MAY_BE_VALUES.iter().any(|word| word.eq_ignore_ascii_case(text.trim())) {
        true => "; if it is a value of its own, name the words for missing ones, such as --na-words NA",
        false => "",
    };
    format!(
        "{what}; fill it in, remove the row, or leave out all such rows with --na omit (a fit: of one file, in memory; a prediction: as NA){or}"
    )
}

/// What is wrong with a cell of this column that is no number, as others are, and what to do.
pub fn not_a_number(text: &str, column: &str, role: Role, spelling: &Spelling) -> String {
    let mend = mend(text);
    let advice = match (spelling.advice(text), role) {
        (Some(advice), Role::Term | Role::Factor) => format!("{advice}, {}", or_factor(column)),
        (Some(advice), _) => advice.into(),
        (None, Role::Response | Role::Outcome) => {
            format!(
                "other cells of the response are: {mend}; for a binary outcome in words say with --success which level is one"
            )
        }
        (None, Role::Quantity) => format!("other cells of the response are: {mend}; {QUANTITY}"),
        (None, Role::Cluster) => "clusters may have any name".into(),
        (None, Role::Failures | Role::Weights | Role::Offset | Role::Covariate) => {
            let mend = if data::truth(text).is_some() { AS_NUMBERS } else { &mend };
            format!("{}: {mend}", must_be_numbers(role))
        }
        (None, Role::Term | Role::Factor) => format!("other cells of the column are: {mend}, {}", or_factor(column)),
    };
    // The column's own name.
    let names = if text == column {
        "; a second line of names, as where files were put together, is to be removed"
    } else {
        ""
    };
    format!("`{}` is not a number; {advice}{names}", shown(text))
}

/// The same of a column of text in a file that tells text from numbers, whose words are levels, even where all look like numbers.
pub fn stray_text(text: &str, column: &str, role: Role) -> String {
    match role {
        Role::Term | Role::Factor => format!(
            "`{}` is not a number; other cells of the column, which is of text, are: save it as numbers, without a value where one is missing, {}",
            shown(text),
            or_factor(column)
        ),
        _ => not_a_number(text, column, role, &Spelling::default()),
    }
}

/// What is wrong with a column of booleans in this role, and what to do: the same as of their words in a text file.
#[cfg(feature = "parquet")]
pub fn booleans(role: Role) -> String {
    format!("it has booleans; {}: {AS_NUMBERS}", must_be_numbers(role))
}

/// What is said of columns that may be numbers alone.
fn must_be_numbers(role: Role) -> &'static str {
    match role {
        Role::Failures => "failures must be numbers",
        Role::Weights => "weights must be numbers",
        Role::Offset => "an offset must be numbers",
        _ => "the column held numbers when the model was fitted",
    }
}

/// What becomes of truths among numbers.
const AS_NUMBERS: &str = "write 1 for true and 0 for false";
/// Words that often stand for a missing value, and are none of those that always do.
const OFTEN_MISSING: [&str; 14] = [
    "-",
    "--",
    ".",
    "..",
    "?",
    "*",
    "n.a.",
    "n.d.",
    "nil",
    "missing",
    "unknown",
    "undefined",
    "not available",
    "#NULL!",
];

/// What becomes of a word among numbers.
fn mend(word: &str) -> String {
    let word = word.trim();
    let is_often = OFTEN_MISSING.iter().any(|often| often.eq_ignore_ascii_case(word));
    match is_often || data::MissingWords::default().is_missing(word) && !word.is_empty() {
        true => format!(
            "if it stands for a missing value, as it seems, say so with --na-words, such as --na-words 'NA,{word}'; else mend the cell"
        ),
        false => "mend the cell, or name the word with --na-words if it stands for a missing value".into(),
    }
}

fn or_factor(column: &str) -> String {
    format!("or write factor({column}) in --terms if they stand for categories")
}

/// What a response of words is told where its family has no success and failure.
const QUANTITY: &str = "for a category take --family binomial, multinomial or ordinal";

/// What is wrong with a response of words that has these levels.
pub fn no_response(word: &str, levels: &[String], role: Role) -> String {
    let (word, levels) = (shown(word), listed(levels));
    match role {
        Role::Quantity => format!(
            "`{word}` is not a number; the response of this family must be numbers, not words (here {levels}); {QUANTITY}"
        ),
        _ => format!(
            "`{word}` is not a number; the response must be numbers (for a binary outcome 0 and 1): say with --success which of the levels {levels} is one, or take --family multinomial or ordinal"
        ),
    }
}

/// A cell as messages show it.
pub fn shown(cell: &str) -> String {
    shortened(&cell.escape_debug().to_string(), 60)
}
