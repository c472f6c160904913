//! The options that decide the result, as they were given: what the processes of a job must have in common.

use crate::args::CommandLine;
use crate::error::{Error, Result};
use clap::CommandFactory;
use data::Checksum;
use std::path::Path;

/// Where rows are read from, where results go, and how they are shown, each process may decide for itself.
const OWN: [&str; 6] = ["data", "memory", "save", "json", "level", "help"];

/// How cells are read.
const READING: [&str; 6] = ["delimiter", "header", "decimal", "thousands", "na", "na_words"];

/// What decides how cells are read: passes over rows that were read otherwise are of other rows.
pub fn reading() -> Result<Vec<(String, String)>> {
    given(|id| READING.contains(&id))
}

/// All that decides the result, by name, with the values.
pub fn options() -> Result<Vec<(String, String)>> {
    given(|id| !OWN.contains(&id))
}

fn given(is_asked_for: impl Fn(&str) -> bool) -> Result<Vec<(String, String)>> {
    let mut command = CommandLine::command();
    let parsed = command.try_get_matches_from_mut(std::env::args_os());
    let parsed = parsed.map_err(|error| Error::Usage(error.to_string()))?;
    let Some((name, given)) = parsed.subcommand() else { return Ok(Vec::new()) };
    let known = command.find_subcommand(name).into_iter().flat_map(|command| command.get_arguments());
    let mut options = Vec::new();
    for id in known.map(|argument| argument.get_id().as_str()).filter(|id| is_asked_for(id)) {
        let Ok(Some(values)) = given.try_get_raw(id) else { continue };
        let values: Vec<String> = values.map(|value| value.to_string_lossy().into_owned()).collect();
        let value = match id {
            // One process alone writes it.
            "checkpoint" => "given".into(),
            "start" => content(&values.join(" "))?,
            _ => format!("`{}`", values.join(",")),
        };
        options.push((format!("--{}", id.replace('_', "-")), value));
    }
    Ok(options)
}

/// What `--start` says; of a file, the number of what it holds, wherever it lies.
fn content(text: &str) -> Result<String> {
    let path = Path::new(text);
    if !path.is_file() {
        return Ok(format!("`{text}`"));
    }
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, format!("can't be read: {error}")))?;
    Ok(format!("a file with the checksum {:016x}", Checksum::of(&bytes).value()))
}
