//! Levels that may well mean the same truth, and are told apart all the same.

use super::Table;
use super::advice::shown;
use super::column::Values;
use crate::error::Result;
use crate::names::listed;
use crate::output;
use std::collections::HashSet;

/// Warns of columns of the table in which true or false is several levels.
pub fn warn_of_split_truths(table: &Table) -> Result<()> {
    let mut seen = HashSet::new();
    for column in &table.columns {
        if let Values::Categories { levels, .. } = &column.values
            && seen.insert(column.request.column)
        {
            warn_of_levels(&column.request.name, levels)?;
        }
    }
    Ok(())
}

/// The same of a column with these levels.
pub fn warn_of_levels(column: &str, levels: &[String]) -> Result<()> {
    split_truths(levels).map_or(Ok(()), |what| output::message(&format!("warning: column `{column}`: {what}")))
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
    fn truths_that_are_several_levels_are_told() {
        for (levels, words) in [
            (&["F", "T"][..], None),
            (&["F", "M", "T"], None),
            (&["False", "True", "maybe"], None),
            (&["0", "1"], None),
            (&["A", "F", "0"], None),
            (&["TRUE", "True", "maybe"], Some("`TRUE`, `True` are levels of their own, since `maybe`")),
            (&["F", "FALSE"], Some("as all text of a Parquet file")),
            (&["0", "1", "False", "True"], Some("`0`, `1`, `False`, `True` are levels of their own; write them alike")),
        ] {
            let levels: Vec<String> = levels.iter().map(|level| level.to_string()).collect();
            let found = split_truths(&levels);
            let is_said = |words| found.as_ref().is_some_and(|found| found.contains(words));
            assert!(words.map_or(found.is_none(), is_said), "{levels:?}: {found:?}");
        }
    }
}
