//! A fitted model of classes as a file.

use super::Kind;
use crate::design::Levels;
use crate::error::{Error, Result};
use crate::files;
use crate::recipe::Recipe;
use crate::saved::{VERSION, check_parts, distinct_keys};
use models::ordinal::OrdinalFit;
use models::softmax::SoftmaxFit;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// All that a prediction needs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved<F> {
    /// The version of the format.
    glm_model: u32,
    /// The kind of model.
    family: Kind,
    /// Which columns play which role.
    pub recipe: Recipe,
    /// The levels of the categorical variables.
    #[serde(deserialize_with = "distinct_keys")]
    pub levels: Levels,
    /// The fit.
    pub fit: F,
}

impl<F: Serialize> Saved<F> {
    /// A model to save.
    pub fn new(family: Kind, recipe: Recipe, levels: Levels, fit: F) -> Saved<F> {
        Saved { glm_model: VERSION, family, recipe, levels, fit }
    }

    /// Writes the model as JSON.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::file(path, format!("{error}")))?;
        files::replace(path, (text + "\n").as_bytes())
    }
}

impl Saved<SoftmaxFit> {
    /// Refuses parts that don't fit together, naming the field.
    pub fn check(&self) -> std::result::Result<(), String> {
        self.fit.check().map_err(|error| format!("`fit`: {error}"))?;
        check_parts(&self.recipe, &self.levels, "fit.terms", &self.fit.terms)
    }
}

impl Saved<OrdinalFit> {
    /// Refuses parts that don't fit together, naming the field.
    pub fn check(&self) -> std::result::Result<(), String> {
        self.fit.check().map_err(|error| format!("`fit`: {error}"))?;
        // The thresholds stand for the intercept.
        let recipe = Recipe { intercept: true, ..self.recipe.clone() };
        let terms: Vec<String> = std::iter::once("(Intercept)".into()).chain(self.fit.terms.iter().cloned()).collect();
        check_parts(&recipe, &self.levels, "fit.terms", &terms)
    }
}
