//! Levels that may well not be what they seem: several that mean the same, and words for missing values that are text.

use super::advice::shown;
use crate::names::listed;
use data::MissingWords;
use std::collections::BTreeSet;

/// What there is to say of the levels of these columns, a sentence each; `named` says that the words for missing values were given.
pub fn doubts<'l>(levels: impl IntoIterator<Item = (&'l str, &'l [String])>, named: bool) -> BTreeSet<String> {
    let of_column = |(column, levels): (&str, &[String])| {
        let missing = if named { None } else { missing_words(levels) };
        let found = [split_truths(levels), blanks(levels), missing];
        found.into_iter().flatten().map(|what| format!("column `{column}`: {what}")).collect::<Vec<String>>()
    };
    levels.into_iter().flat_map(of_column).collect()
}

/// What is said of levels that differ in the blanks around them alone.
fn blanks(levels: &[String]) -> Option<String> {
    let is_alike = |level: &&String| levels.iter().any(|other| other != *level && other.trim() == level.trim());
    let alike: Vec<String> = levels.iter().filter(is_alike).cloned().collect();
    (!alike.is_empty()).then(|| {
        format!(
            "{} differ in blanks and are levels of their own; write them alike if they mean the same",
            listed(&alike)
        )
    })
}

/// What is said of levels that are words for missing values in text files.
fn missing_words(levels: &[String]) -> Option<String> {
    let usual = MissingWords::default();
    let words: Vec<String> = levels.iter().filter(|level| usual.is_missing(level)).cloned().collect();
    let first = words.first()?;
    Some(format!(
        "{} is text here, and a level of its own; if it stands for a missing value, name it with --na-words '{first}', or save no value there",
        listed(&words)
    ))
}

/// What is said of levels of which several say the same truth.
fn split_truths(levels: &[String]) -> Option<String> {
    let says = |truth: bool| move |level: &&String| data::truth(level) == Some(truth);
    let alike = [true, false].map(|truth| levels.iter().filter(says(truth)).cloned().collect::<Vec<String>>());
    if let Some(several) = alike.iter().find(|several| several.len() > 1) {
        let other = levels.iter().find(|level| data::truth(level).is_none());
        let why = match other.map(|other| shown(other)) {
            Some(other) => format!(
                "since `{other}` beside them says neither true nor false; write them alike if they mean the same, or name `{other}` with --na-words if it stands for a missing value"
            ),
            None => "as all text of a Parquet file; write them alike if they mean the same".into(),
        };
        return Some(format!("{} are levels of their own, {why}", listed(several)));
    }
    // All are truths or 1 and 0, as where a column was saved in two ways.
    let number = |level: &&String| matches!(level.as_str(), "1" | "0");
    let (numbers, words): (Vec<&String>, Vec<&String>) = levels.iter().partition(number);
    let is_mixed = !numbers.is_empty() && !words.is_empty() && words.iter().all(|word| data::truth(word).is_some());
    is_mixed.then(|| format!("{} are levels of their own; write them alike if they mean the same", listed(levels)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_that_may_mean_the_same_or_nothing_are_told() {
        for (levels, words) in [
            (&["F", "T"][..], None),
            (&["F", "M", "T"], None),
            (&["False", "True", "maybe"], None),
            (&["0", "1"], None),
            (&["A", "F", "0"], None),
            (&["TRUE", "True", "maybe"], Some("`TRUE`, `True` are levels of their own, since `maybe`")),
            (&["F", "FALSE"], Some("as all text of a Parquet file")),
            (&["0", "1", "False", "True"], Some("`0`, `1`, `False`, `True` are levels of their own; write them alike")),
            (&["a", "b "], None),
            (&[" a", "a", "b "], Some("` a`, `a` differ in blanks")),
            (
                &["DE", "NA", "null"],
                Some(
                    "`NA`, `null` is text here, and a level of its own; if it stands for a missing value, name it with --na-words 'NA'",
                ),
            ),
        ] {
            let levels: Vec<String> = levels.iter().map(|level| level.to_string()).collect();
            let found = doubts([("g", levels.as_slice())], false);
            let is_said = |words| found.len() == 1 && found.iter().all(|found| found.contains(words));
            assert!(words.map_or(found.is_empty(), is_said), "{levels:?}: {found:?}");
        }
        assert!(doubts([("g", ["NA".to_owned()].as_slice())], true).is_empty());
    }
}
