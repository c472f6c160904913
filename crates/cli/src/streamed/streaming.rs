//! What a fit of a source is asked for, and what its kinds have in common: the journal, the progress, and how it ends.

use super::deciding;
use crate::args::FitArgs;
use crate::error::{Error, Result};
use crate::estimation::{self, Watch};
use crate::model::Kind;
use crate::output;
use crate::progress::{Fitting, Passes};
use crate::recipe::{Levels, Recipe};
use data::{Checksum, Ranks};
use models::{Journal, Objective, Terms};
use std::path::{Path, PathBuf};

/// What is asked for, of which files, by which processes.
#[derive(Clone, Copy)]
pub struct Streaming<'a> {
    pub args: &'a FitArgs,
    pub files: &'a [PathBuf],
    /// The kind of model, where it isn't a generalised linear one.
    pub kind: Option<Kind>,
    pub ranks: Option<&'a dyn Ranks>,
    pub passes: &'a Passes,
}

/// A model of the columns of a source.
pub struct Streamed<'r> {
    pub recipe: &'r Recipe,
    /// The column of the response as numbers, or as places of classes.
    pub response: &'r str,
    pub terms: Terms,
    pub levels: Levels,
    /// Those of all columns of words.
    pub words: Levels,
    /// The levels of a response of words, and the place of its success among them.
    pub success: Option<(Vec<String>, usize)>,
}

impl Streaming<'_> {
    /// The journal of `--checkpoint`, if that is asked for.
    pub fn journal(&self) -> Result<Option<Journal>> {
        let Some(path) = &self.args.streaming.checkpoint else { return Ok(None) };
        let read = format!("{:x} {:?}", data::fingerprint(self.files)?, deciding::reading()?);
        let data = Checksum::of(read.as_bytes()).value();
        let journal = match self.ranks {
            Some(ranks) => Journal::on_ranks(path, data, ranks)?,
            None => Journal::open(path, data)?,
        };
        if journal.dropped_bytes() > 0 {
            output::message(&format!(
                "warning: {}: the last {} bytes hold no whole pass, cut short in writing or damaged, and are dropped: the fit goes on from the pass before to the same result, and nothing need be done",
                path.display(),
                journal.dropped_bytes()
            ))?;
        }
        let passes = match journal.passes() {
            0 => return Ok(Some(journal)),
            1 => "1 pass".to_owned(),
            passes => format!("{passes} passes"),
        };
        output::message(&format!("the checkpoint holds {passes}; those that this fit needs are not taken again"))?;
        Ok(Some(journal))
    }

    /// Fits a model, watched.
    pub fn watched<O: Objective, T>(
        &self,
        model: &O,
        of: &Streamed,
        journal: Option<&Journal>,
        fit: impl FnOnce(&mut Watch<'_>) -> models::Result<T>,
    ) -> Result<T> {
        let words = of.words.iter().map(|(name, levels)| (name.as_str(), levels.as_slice()));
        of.recipe.warn_of_levels(words, &self.args.data)?;
        let progress = Fitting::Streamed(self.passes.clone());
        let watched = estimation::observed_with(progress, journal, model, Error::from, fit);
        let (fit, _) = watched.map_err(|error| match (error, &self.args.streaming.checkpoint) {
            (Error::Interrupted(how), Some(path)) => Error::Interrupted(
                how.replace("nothing is saved", &format!("the same command goes on from {}", path.display())),
            ),
            (error, _) => error,
        })?;
        Ok(fit)
    }

    /// Where the model is to be saved by this process, if it is.
    pub fn save(&self) -> Option<&Path> {
        let is_first = self.ranks.is_none_or(|ranks| ranks.rank() == 0);
        self.args.save.as_deref().filter(|_| is_first)
    }
}
