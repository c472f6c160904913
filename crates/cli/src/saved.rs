//! A fitted model as a file.

use crate::design::Levels;
use crate::error::{Error, Result};
use crate::recipe::Recipe;
use models::GlmFit;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// The version of the format; it changes when older programs can't read the file any more.
const VERSION: u32 = 1;

/// All that a prediction needs.
#[derive(Debug, Serialize, Deserialize)]
pub struct Saved {
    /// The version of the format.
    glm_model: u32,
    /// Which columns play which role.
    pub recipe: Recipe,
    /// The levels of the categorical variables.
    pub levels: Levels,
    /// The fit.
    pub fit: GlmFit,
}

impl Saved {
    /// A model to save.
    pub fn new(recipe: Recipe, levels: Levels, fit: GlmFit) -> Saved {
        Saved { glm_model: VERSION, recipe, levels, fit }
    }

    /// Writes the model as JSON.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::file(path, format!("{error}")))?;
        fs::write(path, text + "\n").map_err(|error| Error::file(path, format!("can't be written: {error}")))
    }

    /// Reads a saved model.
    pub fn load(path: &Path) -> Result<Saved> {
        let text = fs::read_to_string(path).map_err(|error| Error::file(path, format!("can't be read: {error}")))?;
        let saved: Saved = serde_json::from_str(&text)
            .map_err(|error| Error::file(path, format!("is no model saved by `glm fit --save`: {error}")))?;
        match saved.glm_model {
            VERSION => Ok(saved),
            other => Err(Error::file(
                path,
                format!("has format {other}; this glm reads format {VERSION}: fit the model again"),
            )),
        }
    }
}
